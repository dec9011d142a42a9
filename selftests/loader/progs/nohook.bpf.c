// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A section that names no hook. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm")
int hookless(void *ctx)
{
	return 0;
}
