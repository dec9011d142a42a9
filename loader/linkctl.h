/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Links of LSM programs by bpf(2) itself: with a place in the hook's running
 * order, replaced, sealed.  libbpf has no calls for these.
 *
 * A kernel without slots ignores place and revision: need_query() first.
 */
#ifndef LSMSLOT_LINKCTL_H
#define LSMSLOT_LINKCTL_H

#include <linux/types.h>

#include "hooks.h"

/**
 * struct link_place_arg - what a new link asks for; all zero asks for nothing
 * @flags: BPF_F_BEFORE or BPF_F_AFTER, with BPF_F_LINK and BPF_F_ID
 * @relative: file descriptor of the relative program or link, or its id
 * @revision: the hook's expected revision
 * @cookie: for bpf_get_attach_cookie()
 */
struct link_place_arg {
	__u32 flags;
	__u32 relative;
	__u64 revision;
	__u64 cookie;
};

/* Attaches an LSM program; returns the link's file descriptor or a negative errno. */
int link_create(int prog_fd, const struct link_place_arg *arg);

/* Puts @new_prog_fd in the place of @old_prog_fd; 0 or a negative errno. */
int link_replace(int link_fd, int new_prog_fd, int old_prog_fd);

/* Keeps the link and its program until reboot; 0 or a negative errno. */
int link_seal(int link_fd);

/*
 * Each says in one sentence why @err came back; they return an enum status.
 * @old_id is the program that link @link_id should have had.
 */
int fail_create(int err, const char *program, const struct hook *hook,
		const struct link_place_arg *arg);
int fail_replace(int err, const char *program, const struct hook *hook, __u32 link_id,
		 __u32 old_id);
int fail_seal(int err, const char *program, __u32 link_id);

#endif /* LSMSLOT_LINKCTL_H */
