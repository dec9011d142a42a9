// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF LSM links and their programs, as the kernel describes them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "links.h"
#include "pins.h"

int link_info_get(int fd, union link_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &len) ? -errno : 0;
}

bool link_is_lsm(const union link_info *info)
{
	return (info->bpf.type == BPF_LINK_TYPE_TRACING &&
		info->bpf.tracing.attach_type == BPF_LSM_MAC) ||
	       (info->bpf.type == BPF_LINK_TYPE_CGROUP &&
		info->bpf.cgroup.attach_type == BPF_LSM_CGROUP);
}

/*
 * The kernel keeps 15 characters of a program's name; its BTF has the name
 * of its first function in full.
 */
static char *program_name(int fd, const struct bpf_prog_info *info)
{
	__u32 len = sizeof(struct bpf_prog_info);
	struct bpf_func_info func = {};
	struct bpf_prog_info again = {
		.nr_func_info = 1,
		.func_info_rec_size = sizeof(func),
		.func_info = (unsigned long)&func,
	};
	const struct btf_type *t;
	struct btf *btf = NULL;
	char *name = NULL;

	if (info->btf_id && info->nr_func_info &&
	    !bpf_obj_get_info_by_fd(fd, &again, &len) && func.type_id)
		btf = btf__load_from_kernel_by_id(info->btf_id);
	t = btf ? btf__type_by_id(btf, func.type_id) : NULL;
	if (t)
		name = xstrdup(btf__name_by_offset(btf, t->name_off));
	btf__free(btf);
	return name ? name : xstrdup(info->name);
}

static int describe_program(struct lsm_link *link, const struct hooks *hooks)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	const struct hook *hook;
	int fd, err, i;

	fd = bpf_prog_get_fd_by_id(link->prog_id);
	if (fd < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		err = -errno;
		close(fd);
		return err;
	}
	link->prog_name = program_name(fd, &info);
	close(fd);
	for (i = 0; i < BPF_TAG_SIZE; i++)
		sprintf(link->prog_tag + 2 * i, "%02x", info.tag[i]);
	hook = hooks_by_btf_id(hooks, info.attach_btf_id);
	link->hook = xstrdup(hook ? hook->name : "?");
	return 0;
}

int link_describe(int fd, const struct hooks *hooks, struct lsm_link *link)
{
	union link_info info;
	int err;

	memset(link, 0, sizeof(*link));
	err = link_info_get(fd, &info);
	if (err)
		return err;
	if (!link_is_lsm(&info))
		return 0;
	link->id = info.bpf.id;
	link->prog_id = info.bpf.prog_id;
	link->cgroup = info.bpf.type == BPF_LINK_TYPE_CGROUP;
	if (link->cgroup)
		link->cgroup_id = info.bpf.cgroup.cgroup_id;
	else
		link->slot = info.slot;
	link->told = link->slot.place != LSM_SLOT_PLACE_UNKNOWN;
	/* A kernel without slots says nothing; it has only one place. */
	if (!link->cgroup && !link->told)
		link->slot.place = LSM_SLOT_PLACE_TRAMPOLINE;
	err = describe_program(link, hooks);
	if (err) {
		link_clear(link);
		return err;
	}
	return 1;
}

void link_clear(struct lsm_link *link)
{
	size_t i;

	for (i = 0; i < link->nr_pins; i++)
		free(link->pins[i]);
	free(link->pins);
	free(link->prog_name);
	free(link->hook);
	memset(link, 0, sizeof(*link));
}

/*
 * Running order within a hook: its trampoline, newest first, then its slots
 * and array.  The kernel does not report a trampoline's order; link ids grow
 * with every attach, so the highest is the newest.  Links to cgroups come
 * last here, as they have no order of their own.
 */
static int by_running_order(const void *pa, const void *pb)
{
	const struct lsm_link *a = pa, *b = pb;
	bool a_tramp, b_tramp;
	int c;

	c = strcmp(a->hook, b->hook);
	if (c)
		return c;
	if (a->cgroup != b->cgroup)
		return a->cgroup - b->cgroup;
	if (a->cgroup)
		return a->id < b->id ? -1 : 1;
	a_tramp = a->slot.place == LSM_SLOT_PLACE_TRAMPOLINE;
	b_tramp = b->slot.place == LSM_SLOT_PLACE_TRAMPOLINE;
	if (a_tramp != b_tramp)
		return b_tramp - a_tramp;
	if (a_tramp)
		return a->id > b->id ? -1 : 1;
	return a->slot.position < b->slot.position ? -1 : 1;
}

static void number_links(struct lsm_links *links)
{
	size_t i;

	if (links->n)
		qsort(links->v, links->n, sizeof(*links->v), by_running_order);
	for (i = 0; i < links->n; i++) {
		struct lsm_link *link = &links->v[i];

		if (link->cgroup)
			link->order = -1;
		else if (i && !strcmp(link->hook, link[-1].hook))
			link->order = link[-1].order + 1;
		else
			link->order = 0;
	}
}

static void add_pins(struct lsm_links *links, const struct pins *pins)
{
	size_t i, j;

	for (i = 0; i < pins->n; i++) {
		for (j = 0; j < links->n && links->v[j].id != pins->v[i].link_id; j++)
			;
		if (j == links->n)
			continue;
		links->v[j].pins = xreallocarray(links->v[j].pins, links->v[j].nr_pins + 1,
						 sizeof(char *));
		links->v[j].pins[links->v[j].nr_pins++] = xstrdup(pins->v[i].path);
	}
}

/* How long who attaches may take between a link's id and the link itself. */
#define SETTLE_MILLISECONDS 5000

/*
 * Until the link is there its id is refused with EAGAIN.  It is waited for: the
 * program may run already.
 */
static int open_link(__u32 id)
{
	int fd, tries = 0;

	while ((fd = bpf_link_get_fd_by_id(id)) < 0 && errno == EAGAIN &&
	       tries++ < SETTLE_MILLISECONDS)
		usleep(1000);
	return fd;
}

/* Adds link @id if it is an LSM link; one that went away meanwhile is none. */
static int add_link(struct lsm_links *links, const struct hooks *hooks, __u32 id)
{
	struct lsm_link link;
	int fd, n;

	fd = open_link(id);
	if (fd < 0 && errno == ENOENT)
		return ST_OK;
	if (fd < 0 && errno == EAGAIN)
		return fail(ST_STALE, "link %u is still being attached; look again", id);
	if (fd < 0)
		return fail(errno == EPERM ? ST_PERM : ST_FAILED, "cannot open link %u: %s",
			    id, strerror(errno));
	n = link_describe(fd, hooks, &link);
	close(fd);
	if (n < 0 && n != -ENOENT)
		return fail(ST_FAILED, "cannot read link %u: %s", id, strerror(-n));
	if (n <= 0)
		return ST_OK;
	links->v = xreallocarray(links->v, links->n + 1, sizeof(*links->v));
	links->v[links->n++] = link;
	return ST_OK;
}

int links_collect(struct lsm_links *links, const struct hooks *hooks)
{
	struct pins pins = {};
	__u32 id = 0;
	int status = ST_OK;

	memset(links, 0, sizeof(*links));
	while (!status && !bpf_link_get_next_id(id, &id))
		status = add_link(links, hooks, id);
	if (!status && errno != ENOENT)
		status = fail(errno == EPERM ? ST_PERM : ST_FAILED,
			      "cannot list the BPF links: %s", strerror(errno));
	if (!status)
		status = pins_scan(&pins);
	if (status) {
		links_free(links);
		return status;
	}
	add_pins(links, &pins);
	pins_free(&pins);
	number_links(links);
	return ST_OK;
}

void links_free(struct lsm_links *links)
{
	size_t i;

	for (i = 0; i < links->n; i++)
		link_clear(&links->v[i]);
	free(links->v);
	memset(links, 0, sizeof(*links));
}

const char *link_place(const struct lsm_link *link)
{
	static char slot[32];

	if (link->cgroup)
		return "cgroup";
	switch (link->slot.place) {
	case LSM_SLOT_PLACE_SLOT:
		snprintf(slot, sizeof(slot), "slot %u", link->slot.slot);
		return slot;
	case LSM_SLOT_PLACE_ARRAY:
		return "array";
	case LSM_SLOT_PLACE_TRAMPOLINE:
		return "trampoline";
	}
	return "?";
}

bool link_sealed(const struct lsm_link *link)
{
	return link->told && link->slot.flags & LSM_SLOT_LINK_SEALED;
}

const char *link_sleepable(const struct lsm_link *link)
{
	if (!link->told)
		return "?";
	return link->slot.flags & LSM_SLOT_LINK_SLEEPABLE ? "yes" : "no";
}
