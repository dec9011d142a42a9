// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Denies the second BPF_LINK_UPDATE, and no other. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

int updates;

SEC("lsm/bpf")
int BPF_PROG(deny_update, int cmd)
{
	if (cmd != BPF_LINK_UPDATE)
		return 0;
	return ++updates == 2 ? -13 : 0; /* -EACCES */
}
