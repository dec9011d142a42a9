// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* On a hook without slots: an argument is wider than 8 bytes. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/socket_getpeersec_stream")
int on_a_wide_hook(void *ctx)
{
	return 0;
}
