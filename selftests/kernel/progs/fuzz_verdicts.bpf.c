// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs of all sorts that note that they ran and answer as they are told.
 *
 * They are patterns: ../fuzz_programs.h loads copies of them for each hook,
 * with an id of its own in place of FUZZ_IDENTITY.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "fuzz_verdicts.h"

#define EPERM	1
#define EXDEV	18

char _license[] SEC("license") = "GPL";

/* The fuzzer's task, and whom programs act for: it or nobody. */
__u64 self, acting;

__s64 answers[FUZZ_PROGRAMS];
struct fuzz_event events[FUZZ_EVENTS];
__u32 nr_events;		/* may exceed FUZZ_EVENTS */
__u64 word_address;
__u32 tail_caller;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

SEC("syscall")
int introduce(void *ctx)
{
	self = bpf_get_current_pid_tgid();
	return 0;
}

static __always_inline bool acts(void)
{
	return bpf_get_current_pid_tgid() == acting;
}

/* Of the copy; the compiler must not know it. */
static __always_inline __u32 identity(void)
{
	__u64 id;

	asm volatile("%[id] = %[pattern]" : [id] "=r"(id) : [pattern] "i"(FUZZ_IDENTITY));
	return id;
}

static __always_inline void note(__u32 program, __u32 kind, __u64 cookie, __u64 args)
{
	__u32 at = nr_events;

	nr_events = at + 1;
	if (at >= FUZZ_EVENTS)
		return;
	events[at].program = program;
	events[at].kind = kind;
	events[at].cookie = cookie;
	events[at].args = args;
}

/*
 * All 64 bits of it.  The verifier looks at the lower half, and wants to see
 * that it is an errno.
 */
static __always_inline long answer(__u32 program)
{
	long value = answers[program & (FUZZ_PROGRAMS - 1)];

	asm volatile("r0 = %[value];"
		     "if w0 s> 0 goto +1;"
		     "if w0 s> -4096 goto +1;"
		     "r0 = 0;"
		     "%[value] = r0;" : [value] "+r"(value) : : "r0");
	return value;
}

SEC("lsm/task_prctl")
long plain(__u64 *ctx)
{
	__u32 program = identity();

	if (!acts())
		return 0;
	note(program, FUZZ_PLAIN, 0, 0);
	return answer(program);
}

SEC("lsm/task_prctl")
long cookie(__u64 *ctx)
{
	__u32 program = identity();

	if (!acts())
		return 0;
	note(program, FUZZ_COOKIE, bpf_get_attach_cookie(ctx), 0);
	return answer(program);
}

SEC("lsm/task_prctl")
long frame(__u64 *ctx)
{
	__u32 program = identity();
	__u64 first = 0, nr;

	if (!acts())
		return 0;
	nr = bpf_get_func_arg_cnt(ctx);
	bpf_get_func_arg(ctx, 0, &first);
	if (first != ctx[0])
		nr = 0;
	note(program, FUZZ_FRAME, bpf_get_attach_cookie(ctx), nr);
	return answer(program);
}

SEC("lsm.s/task_prctl")
long sleep(__u64 *ctx)
{
	__u32 program = identity(), word = 0;

	if (!acts())
		return 0;
	bpf_copy_from_user(&word, sizeof(word), (void *)word_address);
	note(program, FUZZ_SLEEP, bpf_get_attach_cookie(ctx), word);
	return answer(program);
}

SEC("lsm/task_prctl")
long tail(__u64 *ctx)
{
	__u32 program = identity();

	if (!acts())
		return 0;
	note(program, FUZZ_TAIL, 0, 0);
	tail_caller = program;
	bpf_tail_call(ctx, &targets, FUZZ_AT_FINAL);
	return -EXDEV;
}

SEC("lsm/task_prctl")
long chain(__u64 *ctx)
{
	__u32 program = identity();

	if (!acts())
		return 0;
	note(program, FUZZ_CHAIN, 0, 0);
	tail_caller = program;
	bpf_tail_call(ctx, &targets, FUZZ_AT_MIDDLE);
	return -EXDEV;
}

SEC("lsm/task_prctl")
long miss(__u64 *ctx)
{
	__u32 program = identity();

	if (!acts())
		return 0;
	note(program, FUZZ_MISS, 0, 0);
	bpf_tail_call(ctx, &targets, FUZZ_AT_NONE);
	return answer(program);
}

SEC("lsm/task_prctl")
long middle(__u64 *ctx)
{
	note(tail_caller, FUZZ_MIDDLE, bpf_get_attach_cookie(ctx), 0);
	bpf_tail_call(ctx, &targets, FUZZ_AT_FINAL);
	return -EXDEV;
}

SEC("lsm/task_prctl")
long final(__u64 *ctx)
{
	__u32 program = tail_caller;

	note(program, FUZZ_FINAL, bpf_get_attach_cookie(ctx), bpf_get_func_arg_cnt(ctx));
	return answer(program);
}

SEC("lsm_cgroup/task_prctl")
long cgroup(__u64 *ctx)
{
	__u32 program = identity();
	__s64 value;

	if (!acts())
		return 1;
	note(program, FUZZ_CGROUP, 0, 0);
	value = answers[program & (FUZZ_PROGRAMS - 1)];
	if (value == -EPERM)
		return 0;
	if (value)
		bpf_set_retval(value == FUZZ_PARDON ? 0 : value);
	return 1;
}

/* There is no result to set. */
SEC("lsm_cgroup/inode_post_setxattr")
long cgroup_void(__u64 *ctx)
{
	__u32 program = identity();

	if (acts())
		note(program, FUZZ_CGROUP, 0, 0);
	return 1;
}
