// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static-call arrays: the updating side.
 *
 * See include/linux/static_call_array.h for what they are and the contract.
 */
#define pr_fmt(fmt) "static_call_array: " fmt

#include <linux/bug.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/static_call_array.h>

void __static_call_array_set(const struct static_call_array *array,
			     unsigned int i, void *func)
{
	const struct static_call_array_entry *entry = &array->entries[i];

	/* Aim first: from the key on, callers take the branch to the call. */
	__static_call_update(entry->key, entry->tramp, func);
	static_branch_enable(entry->on);
}

/**
 * static_call_array_clear - turn entry @i off
 * @array: the array
 * @i: index of the entry, below @array->nr
 *
 * Calls that start after this returns do not run the entry's function; those
 * under way may.  No effect on an entry that is off.
 *
 * Context: process context, may sleep, takes cpu_hotplug_lock.
 */
void static_call_array_clear(const struct static_call_array *array,
			     unsigned int i)
{
	const struct static_call_array_entry *entry = &array->entries[i];

	static_branch_disable(entry->on);
	__static_call_update(entry->key, entry->tramp,
			     (void *)&__static_call_return0);
}

/**
 * static_call_array_query - which function entry @i calls
 * @array: the array
 * @i: index of the entry, below @array->nr
 *
 * Context: any; the answer is stable only under the caller's serialization.
 *
 * Return: the function, NULL if the entry is off.
 */
void *static_call_array_query(const struct static_call_array *array,
			      unsigned int i)
{
	const struct static_call_array_entry *entry = &array->entries[i];

	if (!static_key_enabled(&entry->on->key))
		return NULL;
	return READ_ONCE(entry->key->func);
}

#ifdef CONFIG_STATIC_CALL_ARRAY_SELFTEST

typedef long (*selftest_fn)(long seen, long datum);

#define SELFTEST_ENTRIES	4

DEFINE_STATIC_CALL_ARRAY(selftest_array, SELFTEST_ENTRIES, selftest_fn);

static long selftest_seen;

/* Appends its datum, as a decimal digit, to what ran before. */
static long selftest_pass(long seen, long datum)
{
	selftest_seen = seen * 10 + datum;
	return 0;
}

static long selftest_stop(long seen, long datum)
{
	selftest_seen = seen * 10 + datum;
	return datum;
}

#define SELFTEST_TESTED(i, ret, out)					\
	if (static_call_array_on(selftest_array, i)) {			\
		ret = static_call_array_call(selftest_array, i)		\
			(selftest_seen, (i) + 1);			\
		if (ret)						\
			goto out;					\
	}

#define SELFTEST_UNTESTED(i, ret, out)					\
	ret = static_call_array_call(selftest_array, i)			\
		(selftest_seen, (i) + 1);				\
	if (ret)							\
		goto out;

static noinline long selftest_run_tested(void)
{
	long ret = 0;

	selftest_seen = 0;
	UNROLL(SELFTEST_ENTRIES, SELFTEST_TESTED, ret, out);
out:
	return ret;
}

static noinline long selftest_run_untested(void)
{
	long ret = 0;

	selftest_seen = 0;
	UNROLL(SELFTEST_ENTRIES, SELFTEST_UNTESTED, ret, out);
out:
	return ret;
}

/* A step of the selftest: change one entry, then run the chain both ways. */
struct selftest_step {
	unsigned int entry;
	selftest_fn func;	/* NULL clears the entry */
	long ret, seen;
};

static const struct selftest_step selftest_steps[] __initconst = {
	{ 3, NULL, 0, 0 },		/* clearing what is off is no change */
	{ 3, selftest_pass, 0, 4 },
	{ 2, selftest_pass, 0, 34 },
	{ 0, selftest_pass, 0, 134 },	/* a gap is skipped */
	{ 2, selftest_stop, 3, 13 },	/* re-aimed; ends the chain */
	{ 1, selftest_pass, 3, 123 },
	{ 2, selftest_pass, 0, 1234 },
	{ 0, NULL, 0, 234 },
	{ 3, NULL, 0, 23 },
	{ 1, selftest_stop, 2, 2 },
	{ 1, NULL, 0, 3 },
	{ 2, NULL, 0, 0 },
};

static int __init static_call_array_selftest(void)
{
	const struct selftest_step *step = selftest_steps;
	unsigned int i, failed = 0;
	void *func;

	for (i = 0; i < ARRAY_SIZE(selftest_steps); i++, step++) {
		if (step->func)
			static_call_array_set(&selftest_array, step->entry,
					      step->func);
		else
			static_call_array_clear(&selftest_array, step->entry);
		func = static_call_array_query(&selftest_array, step->entry);
		failed += WARN_ON(func != (void *)step->func);
		failed += WARN_ON(selftest_run_tested() != step->ret ||
				  selftest_seen != step->seen);
		failed += WARN_ON(selftest_run_untested() != step->ret ||
				  selftest_seen != step->seen);
	}
	if (failed)
		pr_err("selftest: %u of %zu checks failed\n", failed,
		       3 * ARRAY_SIZE(selftest_steps));
	else
		pr_info("selftest: %zu checks passed\n",
			3 * ARRAY_SIZE(selftest_steps));
	return 0;
}
early_initcall(static_call_array_selftest);

#endif /* CONFIG_STATIC_CALL_ARRAY_SELFTEST */
