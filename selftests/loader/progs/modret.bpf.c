// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Could overrule every LSM on one hook. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("fmod_ret/security_inode_mknod")
int overrule(void *ctx)
{
	return 0;
}
