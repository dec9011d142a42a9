// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A hook that no kernel has. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/file_permision")
int misspelt(void *ctx)
{
	return 0;
}
