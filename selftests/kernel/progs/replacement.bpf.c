// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replaces a function of an LSM program by one that looks at the frame, which
 * the program itself does not.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

__u64 cookie, nr_args;
int runs;

SEC("freplace/replaceable")
int replacement(__u64 *ctx __attribute__((btf_decl_tag("arg:ctx"))))
{
	runs++;
	cookie = bpf_get_attach_cookie(ctx);
	nr_args = bpf_get_func_arg_cnt(ctx);
	return 2;
}

char _license[] SEC("license") = "GPL";
