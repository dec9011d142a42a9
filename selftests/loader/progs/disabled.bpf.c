// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A hook that every kernel bars BPF programs from. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/ismaclabel")
int barred(void *ctx)
{
	return 0;
}
