/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What <linux/bpf.h> of the build host may be too old to have: flags and
 * attributes of bpf(2) with their values and places in newer kernels.
 */
#ifndef LSMSLOT_BPF_COMPAT_H
#define LSMSLOT_BPF_COMPAT_H

#include <linux/bpf.h>

#ifndef BPF_F_BEFORE
#define BPF_F_BEFORE	(1U << 3)
#endif
#ifndef BPF_F_AFTER
#define BPF_F_AFTER	(1U << 4)
#endif
#ifndef BPF_F_ID
#define BPF_F_ID	(1U << 5)
#endif
#ifndef BPF_F_LINK
#define BPF_F_LINK	(1U << 13)
#endif

/* union bpf_attr for BPF_PROG_QUERY. */
struct compat_query_attr {
	__u32 target_fd;
	__u32 attach_type;
	__u32 query_flags;
	__u32 attach_flags;
	__u64 prog_ids __attribute__((aligned(8)));
	__u32 count;
	__u32 :32;
	__u64 prog_attach_flags __attribute__((aligned(8)));
	__u64 link_ids __attribute__((aligned(8)));
	__u64 link_attach_flags __attribute__((aligned(8)));
	__u64 revision;
};

#endif /* LSMSLOT_BPF_COMPAT_H */
