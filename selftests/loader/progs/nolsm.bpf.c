// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An object without LSM programs. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("raw_tp/sys_enter")
int no_lsm(void *ctx)
{
	return 0;
}
