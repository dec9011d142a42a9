/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_STATIC_CALL_ARRAY_H
#define _LINUX_STATIC_CALL_ARRAY_H

/*
 * Static-call arrays
 *
 * A static-call array is a fixed number of static calls of one type that are
 * called one after the other, each with an enable key.  It suits a chain of
 * callbacks that changes rarely and runs often: every callback is a direct
 * call, and an entry that is off is a NOP in the instruction stream.
 *
 *
 * API overview:
 *
 *   DEFINE_STATIC_CALL_ARRAY(name, nr, proto);
 *
 *   static_call_array_on(name, i)
 *   static_call_array_call(name, i)(args...)
 *
 *   static_call_array_set(array, i, func);
 *   static_call_array_clear(array, i);
 *   static_call_array_query(array, i);
 *
 * @nr and @i are integer literals (or macros for such) in the first three, at
 * most 20, because they become part of the names of the calls.  The updating
 * functions take the address of the array and an index at run time.
 *
 *
 * Usage example:
 *
 *   typedef long (*my_fn)(struct thing *thing, const void *datum);
 *
 *   DEFINE_STATIC_CALL_ARRAY(my_chain, 4, my_fn);
 *
 *   # Call what is on, the first non-zero result ends the chain
 *   #define MY_CALL(i, ret, out, thing)				\
 *	if (static_call_array_on(my_chain, i)) {			\
 *		ret = static_call_array_call(my_chain, i)(thing, &my_datum[i]); \
 *		if (ret)						\
 *			goto out;					\
 *	}
 *	UNROLL(4, MY_CALL, ret, out, thing)
 *
 *   # Fill from the end: a new callback runs before those already there
 *   static_call_array_set(&my_chain, 3, func_a);
 *   static_call_array_set(&my_chain, 2, func_b);
 *
 *   # func_b no longer runs in calls that start from here on
 *   static_call_array_clear(&my_chain, 2);
 *
 *
 * Contract:
 *
 *   - Setting and clearing may sleep, take cpu_hotplug_lock, jump_label_mutex
 *     and text_mutex, and cannot fail.  The caller serializes them per array.
 *
 *   - An entry that is off returns 0 when it is called: its call site is then
 *     an instruction that clears the return register (see
 *     DEFINE_STATIC_CALL_RET0).  So the test of the key only saves work; a
 *     chain whose last entry is nearly always on may call it untested.  The
 *     type must therefore return an integer or pointer.
 *
 *   - set() first aims the call and then turns the key on; clear() first turns
 *     the key off and then aims the call at "return 0".  A CPU that races with
 *     either runs the old state or the new one, never a mixture.
 *
 *   - What an entry is passed besides the common arguments (its datum) belongs
 *     to the caller.  Function and datum change at different instants, so an
 *     entry that gets another datum must be out of readers' reach, and every
 *     reader that may have seen it must be gone: clear() it, or turn a key of
 *     one's own that leads to the whole chain; then a grace period of whatever
 *     protects the callers of the chain; then the datum, then set().
 *     Likewise the old function may be freed only after that grace period.
 *
 *   - Nothing here waits for readers.
 *
 * Without CONFIG_HAVE_STATIC_CALL_INLINE the calls go through a trampoline or
 * a function pointer, with the same contract.
 */

#include <linux/jump_label.h>
#include <linux/static_call.h>
#include <linux/unroll.h>

/**
 * struct static_call_array_entry - one call of a static-call array
 * @key: key of the static call
 * @tramp: its trampoline, NULL where the architecture has none
 * @on: enable key
 */
struct static_call_array_entry {
	struct static_call_key *key;
	void *tramp;
	struct static_key_false *on;
};

/**
 * struct static_call_array - the control side of a static-call array
 * @entries: the calls, in the order in which they are made
 * @nr: their number
 */
struct static_call_array {
	const struct static_call_array_entry *entries;
	unsigned int nr;
};

#define __STATIC_CALL_ARRAY_CALL(name, i)	name##_call_##i
#define __STATIC_CALL_ARRAY_KEY(name, i)	name##_on_##i

#define __DEFINE_STATIC_CALL_ARRAY_ENTRY(i, name, proto)		\
	DEFINE_STATIC_CALL_RET0(__STATIC_CALL_ARRAY_CALL(name, i),	\
				*((proto)NULL));			\
	static DEFINE_STATIC_KEY_FALSE(__STATIC_CALL_ARRAY_KEY(name, i));

#define __INIT_STATIC_CALL_ARRAY_ENTRY(i, name)				\
	{								\
		.key = &STATIC_CALL_KEY(__STATIC_CALL_ARRAY_CALL(name, i)), \
		.tramp = STATIC_CALL_TRAMP_ADDR(__STATIC_CALL_ARRAY_CALL(name, i)), \
		.on = &__STATIC_CALL_ARRAY_KEY(name, i),		\
	},

/**
 * DEFINE_STATIC_CALL_ARRAY - define a static-call array, all entries off
 * @name: name of the struct static_call_array and prefix of its calls
 * @count: number of entries, an integer literal from 1 to 20
 * @proto: function pointer type of the calls; returns an integer or pointer
 */
#define DEFINE_STATIC_CALL_ARRAY(name, count, proto)			\
	UNROLL(count, __DEFINE_STATIC_CALL_ARRAY_ENTRY, name, proto)	\
	static const struct static_call_array_entry name##_entries[] = { \
		UNROLL(count, __INIT_STATIC_CALL_ARRAY_ENTRY, name)	\
	};								\
	static const struct static_call_array name = {			\
		.entries = name##_entries,				\
		.nr = ARRAY_SIZE(name##_entries),			\
	}

/* True while entry @i is on; a NOP in the instruction stream while it is off. */
#define static_call_array_on(name, i)					\
	static_branch_unlikely(&__STATIC_CALL_ARRAY_KEY(name, i))

/* The function of entry @i, to be called; returns 0 while the entry is off. */
#define static_call_array_call(name, i)					\
	static_call(__STATIC_CALL_ARRAY_CALL(name, i))

void __static_call_array_set(const struct static_call_array *array,
			     unsigned int i, void *func);
void static_call_array_clear(const struct static_call_array *array,
			     unsigned int i);
void *static_call_array_query(const struct static_call_array *array,
			      unsigned int i);

/**
 * static_call_array_set - aim entry @i at @func and turn it on
 * @array: the array
 * @i: index of the entry, below @array->nr
 * @func: function of the type that the array was defined with, not NULL
 *
 * See the contract above: the entry is out of reach and drained if its
 * datum changed.
 *
 * Context: process context, may sleep, takes cpu_hotplug_lock.
 */
#define static_call_array_set(array, i, func)				\
	__static_call_array_set(array, i, (void *)(func))

#endif /* _LINUX_STATIC_CALL_ARRAY_H */
