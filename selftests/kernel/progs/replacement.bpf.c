// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replace functions of an LSM program: the second one would look at the frame,
 * which the program itself does not.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

__u64 cookie;
int runs;

SEC("?freplace/replaceable")
int replacement(int value)
{
	runs += value;
	return 2;
}

SEC("?freplace/with_context")
int with_cookie(__u64 *ctx __attribute__((btf_decl_tag("arg:ctx"))))
{
	cookie = bpf_get_attach_cookie(ctx);
	return 2;
}

char _license[] SEC("license") = "GPL";
