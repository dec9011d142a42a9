// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One program that attach takes, and three kinds that it refuses or leaves. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/file_ioctl")
int taken(void *ctx)
{
	return 0;
}

SEC("?lsm/file_ioctl")
int optional(void *ctx)
{
	return 0;
}

SEC("lsm_cgroup/socket_bind")
int of_a_cgroup(void *ctx)
{
	return 1;
}

SEC("raw_tp/sys_enter")
int no_lsm(void *ctx)
{
	return 0;
}
