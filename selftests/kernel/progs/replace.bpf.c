// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An LSM program with functions that an extension program might replace. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "replace.h"

__noinline int replaceable(int value)
{
	volatile int ret = value;

	return ret;
}

__noinline
int with_context(__u64 *ctx __attribute__((btf_decl_tag("arg:ctx"))))
{
	volatile int ret = 1;

	asm volatile("" : : "r" (ctx));	/* or the compiler does not pass it */
	return ret;
}

SEC("lsm/task_prctl")
int BPF_PROG(target, int option)
{
	if (option != REPLACE_OPTION)
		return 0;
	if (with_context(ctx) != 1)
		return -EXDEV;
	return replaceable(1) == 1 ? -EDOM : -EXDEV;
}

char _license[] SEC("license") = "GPL";
