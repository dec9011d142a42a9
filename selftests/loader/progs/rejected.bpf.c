// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program that the verifier rejects after a log of some length. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/file_ioctl")
int reads_anywhere(void *ctx)
{
	__u64 pid = bpf_get_current_pid_tgid();
	__u64 uid = bpf_get_current_uid_gid();
	__u64 now = bpf_ktime_get_ns();

	return *(volatile int *)(pid + uid + now);
}
