// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An LSM program with a function that an extension program may replace. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "replace.h"

__attribute__((noinline))
int replaceable(__u64 *ctx __attribute__((btf_decl_tag("arg:ctx"))))
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
	return replaceable(ctx) == 1 ? -EDOM : -EXDEV;
}

char _license[] SEC("license") = "GPL";
