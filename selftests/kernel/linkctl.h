/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What bpf(2) on a kernel with slots can do to LSM links beyond attaching:
 * order, replace, seal, query (include/uapi/linux/lsm_slot.h).  Called directly,
 * because the build machine's libbpf and <linux/bpf.h> may be older than that.
 *
 * Each returns 0, or a file descriptor, or a negative errno.
 */
#ifndef LINKCTL_H
#define LINKCTL_H

#include <linux/bpf.h>
#include <linux/lsm_slot.h>
#include <sys/syscall.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "testing.h"

/* include/uapi/linux/bpf.h, since 6.6 */
#define LINK_BEFORE	(1U << 3)	/* BPF_F_BEFORE */
#define LINK_AFTER	(1U << 4)	/* BPF_F_AFTER */
#define LINK_ID		(1U << 5)	/* BPF_F_ID */
#define LINK_LINK	(1U << 13)	/* BPF_F_LINK */

struct link_create_attr {
	__u32 prog_fd;
	__u32 target_fd;
	__u32 attach_type;
	__u32 flags;
	struct lsm_slot_link_create lsm;
};

struct query_attr {
	__u32 target;
	__u32 attach_type;
	__u32 query_flags;
	__u32 attach_flags;
	__u64 prog_ids;
	__u32 count;
	__u32 unused;
	__u64 prog_attach_flags;
	__u64 link_ids;
	__u64 link_attach_flags;
	__u64 revision;
};

static inline int bpf_call(int command, void *attr, unsigned int size)
{
	int ret = syscall(SYS_bpf, command, attr, size);

	return ret < 0 ? -errno : ret;
}

static inline int link_attach_at(int program, __u32 flags, __u32 relative, __u64 revision)
{
	struct link_create_attr attr = {
		.prog_fd = program,
		.attach_type = BPF_LSM_MAC,
		.flags = flags,
		.lsm.relative_fd = relative,
		.lsm.expected_revision = revision,
	};

	return bpf_call(BPF_LINK_CREATE, &attr, sizeof(attr));
}

static inline int link_attach_with_more(int program)
{
	struct {
		struct link_create_attr known;
		__u32 more;
	} attr = {
		.known = { .prog_fd = program, .attach_type = BPF_LSM_MAC },
		.more = 1,
	};

	return bpf_call(BPF_LINK_CREATE, &attr, sizeof(attr));
}

/* @old: the program to be replaced, -1 for whichever it is. */
static inline int link_replace(int link, int program, int old)
{
	struct {
		__u32 link_fd, new_prog_fd, flags, old_prog_fd;
	} attr = {
		.link_fd = link,
		.new_prog_fd = program,
		.flags = old < 0 ? 0 : BPF_F_REPLACE,
		.old_prog_fd = old < 0 ? 0 : old,
	};

	return bpf_call(BPF_LINK_UPDATE, &attr, sizeof(attr));
}

static inline int link_seal(int link)
{
	struct {
		__u32 link_fd, new_prog_fd, flags, old_prog_fd;
	} attr = { .link_fd = link, .flags = LSM_SLOT_F_SEAL };

	return bpf_call(BPF_LINK_UPDATE, &attr, sizeof(attr));
}

#define LIST_MAX 256

/* A hook's programs in running order. */
struct hook_list {
	__u32 nr;
	__u64 revision;
	__u32 progs[LIST_MAX], links[LIST_MAX], flags[LIST_MAX];
};

static inline int hook_query(int btf_id, struct hook_list *list)
{
	struct query_attr attr = {
		.target = btf_id,
		.attach_type = BPF_LSM_MAC,
		.prog_ids = (unsigned long)list->progs,
		.count = LIST_MAX,
		.link_ids = (unsigned long)list->links,
		.link_attach_flags = (unsigned long)list->flags,
	};
	int err = bpf_call(BPF_PROG_QUERY, &attr, sizeof(attr));

	list->nr = attr.count;
	list->revision = attr.revision;
	return err;
}

/* For tests that only make sense with it. */
static inline bool have_link_order(void)
{
	struct hook_list list;
	int id = libbpf_find_vmlinux_btf_id("file_open", BPF_LSM_MAC);

	return id > 0 && !hook_query(id, &list);
}

static inline __u32 link_id_of(int link)
{
	union {
		struct bpf_link_info bpf;
		char room[256];
	} info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &size))
		test_bail("cannot ask about a link");
	return info.bpf.id;
}

static inline __u32 prog_id_of(int program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &size))
		test_bail("cannot ask about a program");
	return info.id;
}

#endif /* LINKCTL_H */
