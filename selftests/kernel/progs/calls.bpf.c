// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs that call: tail calls, functions, callbacks, maps. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "calls.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u64);
	__type(value, __u64);
} verdicts SEC(".maps");

__u64 seen_cookie, seen_arg, seen_nr_args, sum;
int returned;

SEC("lsm/task_prctl")
int BPF_PROG(tail_caller, int option, unsigned long arg2)
{
	if (option != CALLS_OPTION)
		return 0;
	bpf_tail_call(ctx, &targets, 0);
	returned++;
	return -EXDEV;
}

SEC("lsm/task_prctl")
int BPF_PROG(tail_middle, int option, unsigned long arg2)
{
	bpf_tail_call(ctx, &targets, 1);
	return -EXDEV;
}

SEC("lsm/task_prctl")
int BPF_PROG(tail_target, int option, unsigned long arg2)
{
	seen_cookie = bpf_get_attach_cookie(ctx);
	seen_nr_args = bpf_get_func_arg_cnt(ctx);
	seen_arg = arg2;
	return -EDOM;
}

/* An own frame each, so that there is something to call. */
static __noinline int local_function(__u64 value)
{
	volatile __u64 twice = value * 2;

	return twice;
}

__noinline int global_function(__u64 value)
{
	return local_function(value) + 1;
}

SEC("lsm/task_prctl")
int BPF_PROG(function_caller, int option, unsigned long arg2)
{
	if (option != CALLS_OPTION)
		return 0;
	sum = global_function(arg2) + local_function(1);
	return sum == arg2 * 2 + 3 ? -EDOM : -EXDEV;
}

/* From a function, with the frame of the main program. */
static __noinline int tail_from_function(void *ctx)
{
	volatile int ret = -EXDEV;	/* else the compiler knows the result */

	bpf_tail_call(ctx, &targets, 1);
	return ret;
}

SEC("lsm/task_prctl")
int BPF_PROG(function_tail_caller, int option, unsigned long arg2)
{
	int ret;

	if (option != CALLS_OPTION)
		return 0;
	ret = tail_from_function(ctx);
	returned++;
	return ret < 0 && ret >= -4095 ? ret : -EXDEV;
}

static int add(__u32 index, void *ctx)
{
	sum += index;
	return 0;
}

SEC("lsm/task_prctl")
int BPF_PROG(looper, int option, unsigned long arg2)
{
	if (option != CALLS_OPTION)
		return 0;
	sum = 0;
	bpf_loop(1000, add, NULL, 0);
	return sum == 499500 ? -EDOM : -EXDEV;
}

SEC("lsm/task_prctl")
int BPF_PROG(map_user, int option, unsigned long arg2)
{
	__u64 key = arg2, *value;

	if (option != CALLS_OPTION)
		return 0;
	value = bpf_map_lookup_elem(&verdicts, &key);
	return value && *value == 7 ? -EDOM : -EXDEV;
}

char _license[] SEC("license") = "GPL";
