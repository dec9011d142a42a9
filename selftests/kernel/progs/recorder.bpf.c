// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many programs of one hook that record that they ran.  Each has a number and
 * a verdict, and can be held while it runs; see ../recorder.h.
 *
 * The hook is inode_getxattr, which sleepable programs may use too, of one
 * file that only the test has: no other task calls it.
 */
#include <vmlinux.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "recorder_limits.h"
#include "task_id.h"

char _license[] SEC("license") = "GPL";

/* The file, and what each program is to answer: 0 or a negative errno. */
__u64 marked_ino;
__u32 marked_dev;
__s64 verdicts[RECORDER_PROGRAMS];

/* How often each ran; per watched task also in which order. */
__u64 runs[RECORDER_PROGRAMS];
__u32 watched[RECORDER_TASKS];
struct recorder_sequence sequences[RECORDER_TASKS];

/*
 * A sleepable program @hold_program called by task @hold_task reads
 * @hold_address, which lets it sleep.  The spinner called by task @spin_task
 * runs until @spin_stop, and for others every now and then @linger_ns long.
 */
__u32 hold_task;
__u32 hold_program;
__u64 hold_address;
__u64 held, hold_failed;
__u32 spin_task;
__u32 spin_stop;
__u64 spinning, spin_rounds;
__u64 linger_ns, lingered;

static __always_inline bool is_marked(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	return inode->i_ino == marked_ino && inode->i_sb->s_dev == marked_dev;
}

static __always_inline void note(__u32 task, __u32 program)
{
	struct recorder_sequence *sequence;
	__u32 i, at;

	__sync_fetch_and_add(&runs[program], 1);
	for (i = 0; i < RECORDER_TASKS; i++) {
		if (watched[i] != task)
			continue;
		sequence = &sequences[i];
		at = sequence->nr++;
		if (at < RECORDER_LENGTH)
			sequence->programs[at] = program;
	}
}

/* The verifier wants to see that it is an errno. */
static __always_inline int verdict(__u32 program)
{
	__s64 value = verdicts[program];

	asm volatile("if %[value] s> 0 goto +1;"
		     "if %[value] s> -4096 goto +1;"
		     "%[value] = 0;" : [value] "+r"(value));
	return value;
}

static __always_inline int run(struct dentry *dentry, __u32 program)
{
	__u32 task = current_tid();

	if (!is_marked(dentry))
		return 0;
	note(task, program);
	return verdict(program);
}

static __always_inline int run_sleepable(struct dentry *dentry, __u32 program)
{
	__u32 task = current_tid();
	__u64 value;

	if (!is_marked(dentry))
		return 0;
	note(task, program);
	if (task == hold_task && program == hold_program) {
		__sync_fetch_and_add(&held, 1);
		if (bpf_copy_from_user(&value, sizeof(value), (void *)hold_address))
			__sync_fetch_and_add(&hold_failed, 1);
	}
	return verdict(program);
}

#define PLAIN(number)							\
SEC("lsm/inode_getxattr")						\
int BPF_PROG(plain_##number, struct dentry *dentry)			\
{									\
	return run(dentry, number);					\
}

#define SLEEPABLE(number)						\
SEC("lsm.s/inode_getxattr")						\
int BPF_PROG(sleepable_##number, struct dentry *dentry)			\
{									\
	return run_sleepable(dentry, number);				\
}

/* Decimal, because number and name are the same token. */
#define PLAIN_TEN(tens)							\
	PLAIN(tens##0) PLAIN(tens##1) PLAIN(tens##2) PLAIN(tens##3)	\
	PLAIN(tens##4) PLAIN(tens##5) PLAIN(tens##6) PLAIN(tens##7)	\
	PLAIN(tens##8) PLAIN(tens##9)

PLAIN(0) PLAIN(1) PLAIN(2) PLAIN(3) PLAIN(4)
PLAIN(5) PLAIN(6) PLAIN(7) PLAIN(8) PLAIN(9)
PLAIN_TEN(1) PLAIN_TEN(2) PLAIN_TEN(3) PLAIN_TEN(4) PLAIN_TEN(5)
PLAIN_TEN(6) PLAIN_TEN(7) PLAIN_TEN(8) PLAIN_TEN(9)

SLEEPABLE(100) SLEEPABLE(101) SLEEPABLE(102) SLEEPABLE(103)
SLEEPABLE(104) SLEEPABLE(105) SLEEPABLE(106) SLEEPABLE(107)

static int spin_inner(__u32 index, void *unused)
{
	if (*(volatile __u32 *)&spin_stop)
		return 1;
	return 0;
}

/* A test that died must not leave it running: RCU would wait for it. */
static int spin(__u32 index, void *end)
{
	__sync_fetch_and_add(&spin_rounds, 1);
	bpf_loop(1 << 10, spin_inner, NULL, 0);
	if (bpf_ktime_get_ns() > *(__u64 *)end)
		return 1;
	return spin_inner(index, NULL);
}

static int linger(__u32 index, void *end)
{
	if (bpf_ktime_get_ns() > *(__u64 *)end)
		return 1;
	return 0;
}

SEC("lsm/inode_getxattr")
int BPF_PROG(spinner, struct dentry *dentry)
{
	__u64 end = bpf_ktime_get_ns() + RECORDER_SPIN_SECONDS * 1000000000ULL;
	__u32 task = current_tid();

	if (!is_marked(dentry))
		return 0;
	note(task, RECORDER_SPINNER);
	if (task == spin_task) {
		__sync_fetch_and_add(&spinning, 1);
		bpf_loop(1 << 23, spin, &end, 0);
	} else if (linger_ns && !(bpf_get_prandom_u32() & 63)) {
		end = bpf_ktime_get_ns() + linger_ns;
		__sync_fetch_and_add(&lingered, 1);
		bpf_loop(1 << 23, linger, &end, 0);
	}
	return verdict(RECORDER_SPINNER);
}
