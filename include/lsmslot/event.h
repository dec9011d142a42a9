/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every policy shares with user space: mode, scope, counters and events.
 *
 * bpf/progs/policy.h defines the maps, so that each policy has its own:
 *
 *   settings	array, one struct lsmslot_settings: may change at any time
 *   scope	hash, lsmslot_cgroup_t to __u32: where the policy counts, if it
 *		was loaded with lsmslot_scoped set
 *   counters	per-CPU array of __u64, indexed by enum lsmslot_counter
 *   events	ring buffer of struct lsmslot_event
 *
 * Nothing of it is touched when a policy allows something.
 */
#ifndef LSMSLOT_EVENT_H
#define LSMSLOT_EVENT_H

#include <lsmslot/types.h>

/* Any other value enforces. */
enum lsmslot_mode {
	LSMSLOT_ENFORCE = 0,	/* refuse and report */
	LSMSLOT_AUDIT = 1,	/* only report */
};

struct lsmslot_settings {
	enum lsmslot_mode mode;
};

enum lsmslot_counter {
	LSMSLOT_DENIED,		/* refused */
	LSMSLOT_AUDITED,	/* would have been refused */
	LSMSLOT_LOST,		/* events that did not fit the ring buffer */
	LSMSLOT_NR_COUNTERS,
};

#define LSMSLOT_EVENTS_SIZE	(256 * 1024)
#define LSMSLOT_SCOPE_MAX	1024
#define LSMSLOT_COMM_SIZE	16
#define LSMSLOT_HOOK_SIZE	32
#define LSMSLOT_NAME_SIZE	256

/* What the event's object is, and so which member of the union counts. */
enum lsmslot_object {
	LSMSLOT_OBJECT_NONE,
	LSMSLOT_OBJECT_FILE,	/* file; name: its path on its file system */
	LSMSLOT_OBJECT_ADDRESS,	/* address */
	LSMSLOT_OBJECT_TASK,	/* task; name: its comm */
	LSMSLOT_OBJECT_NUMBER,	/* number: a command, a capability, a flag */
	LSMSLOT_OBJECT_NAME,	/* name only: a file system type, a module */
};

/*
 * A denial, or in audit mode what would have been one. Strings end with NUL
 * and may hold any other byte: they come from whoever was denied.
 *
 * The path of a file begins at the root of its file system. One that is too long
 * loses components in front, or the beginning of a very long file name: then it
 * begins with "...". What is about to be made has inode 0; a memfd's path is
 * "memfd:NAME".
 */
struct lsmslot_event {
	__u64 time;		/* CLOCK_BOOTTIME, nanoseconds */
	__u64 cgroup;		/* of the task, as lsmslot_cgroup_t */
	__u32 pid;		/* as in the initial pid namespace */
	__u32 tid;
	__u32 uid;		/* as in the initial user namespace */
	__s32 verdict;		/* what the policy says: a negative errno */
	__u8 audit;		/* 1: reported only, the call went on */
	__u8 object;		/* enum lsmslot_object */
	__u8 pad[6];
	char comm[LSMSLOT_COMM_SIZE];
	char hook[LSMSLOT_HOOK_SIZE];
	union {
		struct lsmslot_inode_id file;
		struct {
			__u16 family;	/* AF_INET, AF_INET6 */
			__u16 port;	/* host byte order */
			__u8 addr[16];	/* AF_INET: the first 4 */
		} address;
		struct {
			__u32 pid;
			__u32 uid;
		} task;
		__u64 number;
	};
	char name[LSMSLOT_NAME_SIZE];
};

#endif /* LSMSLOT_EVENT_H */
