/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* BPF LSM links and their programs, as the kernel describes them. */
#ifndef LSMSLOT_LINKS_H
#define LSMSLOT_LINKS_H

#include <stddef.h>

#include <linux/bpf.h>
#include <linux/lsm_slot.h>

#include "hooks.h"
#include "lsmslot.h"

/* struct bpf_link_info with room for the slot fields and for newer kernels'. */
union link_info {
	struct bpf_link_info bpf;
	struct {
		char head[offsetof(struct bpf_link_info, tracing)];
		struct lsm_slot_link_info slot;
	};
	char room[256];
};

/* Reads a link's description; 0 or a negative errno. */
int link_info_get(int fd, union link_info *info);

/* True for links that attach an LSM program, to a hook or to a cgroup. */
bool link_is_lsm(const union link_info *info);

/**
 * struct lsm_link - a link and its program
 * @id: link id
 * @prog_id: program id
 * @prog_name: program's full name where its BTF has it
 * @prog_tag: in hex
 * @hook: name of the hook, "?" if the kernel's BTF does not tell
 * @cgroup: attached to a cgroup (then @slot means nothing)
 * @cgroup_id: which cgroup
 * @slot: the kernel's description
 * @told: @slot came from the kernel; else it only says "trampoline"
 * @order: place in the hook's running order, 0 first; -1 for a cgroup's link,
 *	which runs at the place of its hook's cgroup program
 * @pins: paths of its pins
 * @nr_pins: how many
 */
struct lsm_link {
	__u32 id, prog_id;
	char *prog_name;
	char prog_tag[2 * BPF_TAG_SIZE + 1];
	char *hook;
	bool cgroup;
	__u64 cgroup_id;
	struct lsm_slot_link_info slot;
	bool told;
	int order;
	char **pins;
	size_t nr_pins;
};

struct lsm_links {
	struct lsm_link *v;
	size_t n;
};

/*
 * Describes the LSM link open at @fd.  Returns 1, 0 if it is no LSM link, or
 * a negative errno.  link_clear() frees what it filled in.
 */
int link_describe(int fd, const struct hooks *hooks, struct lsm_link *link);
void link_clear(struct lsm_link *link);

/*
 * Every LSM link of the host with its pins, sorted by hook, then by running
 * order.  Returns an enum status.
 */
int links_collect(struct lsm_links *links, const struct hooks *hooks);
void links_free(struct lsm_links *links);

/* "slot 7", "array", "trampoline" or "cgroup"; valid until the next call. */
const char *link_place(const struct lsm_link *link);

/* True if the link and its program stay until reboot. */
bool link_sealed(const struct lsm_link *link);

/* "yes", "no", or "?" where the kernel does not tell. */
const char *link_sleepable(const struct lsm_link *link);

#endif /* LSMSLOT_LINKS_H */
