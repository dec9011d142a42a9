// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Denies the loading of BPF programs. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/bpf")
int BPF_PROG(deny_load, int cmd)
{
	return cmd == BPF_PROG_LOAD ? -1 : 0; /* -EPERM */
}
