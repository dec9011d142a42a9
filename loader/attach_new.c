// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot attach: new links. */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "bpf_compat.h"
#include "host.h"
#include "linkctl.h"
#include "links.h"
#include "mappins.h"
#include "pinning.h"
#include "pins.h"
#include "polmaps.h"
#include "query.h"
#include "relative.h"

/**
 * struct new_link - a link in the making
 * @prog: its program
 * @hook: the program's hook
 * @place: what to ask the kernel for
 * @behind: an earlier one of the same object and hook to run right after, or NULL
 * @fd: the link once it is attached, else -1
 */
struct new_link {
	struct policy_prog *prog;
	const struct hook *hook;
	struct link_place_arg place;
	const struct new_link *behind;
	int fd;
};

static int check_free(const char *path)
{
	if (!access(path, F_OK))
		return fail(ST_EXISTS, "attach: the pin %s exists; detach it first ('lsmslot detach %s'), replace it with --replace, or choose another directory with --pin",
			    path, path);
	if (errno == ENOTDIR)
		return fail(ST_EXISTS, "attach: cannot pin at %s: the directory for it is a pin itself; choose another directory with --pin",
			    path);
	if (errno != ENOENT)
		return fail(errno == EPERM || errno == EACCES ? ST_PERM : ST_FAILED,
			    "attach: cannot pin at %s: %s%s", path, strerror(errno),
			    errno == EPERM ? " (a BPF file system takes no '.' in names)" : "");
	return ST_OK;
}

/* Sees before anything is loaded that every pin can be made. */
static int plan_pins(struct policy *policy, const char *dir)
{
	struct bpf_map *map;
	int status;
	size_t i;

	status = need_pin_dir(dir);
	for (i = 0; !status && i < policy->n; i++) {
		policy->v[i].pin = xasprintf("%s/%s", dir, policy->v[i].name);
		status = check_free(policy->v[i].pin);
	}
	bpf_object__for_each_map(map, policy->obj) {
		char *path;

		if (status || !mappins_pins(map))
			continue;
		path = xasprintf("%s/" MAP_PINS "/%s", dir, bpf_map__name(map));
		status = check_free(path);
		free(path);
	}
	return status;
}

static __u32 order_flags(enum attach_order order)
{
	switch (order) {
	case ATTACH_FIRST:
	case ATTACH_BEFORE:
		return BPF_F_BEFORE;
	case ATTACH_LAST:
	case ATTACH_AFTER:
		return BPF_F_AFTER;
	case ATTACH_NONE:
		break;
	}
	return 0;
}

/*
 * The first program on a hook takes the place asked for, the others follow it
 * one by one, so that they run in the order of the object there.
 */
static int plan_place(struct new_link *links, size_t i, const struct attach_options *options,
		      const struct lsm_links *have)
{
	struct new_link *link = &links[i];
	const struct lsm_link *relative;
	int status = ST_OK;

	link->place.flags = order_flags(options->order);
	link->place.revision = options->revision;
	link->place.cookie = options->cookie;
	while (link->place.flags && !link->behind && i-- > 0)
		if (links[i].hook == link->hook)
			link->behind = &links[i];
	if (link->behind) {
		link->place.flags = BPF_F_AFTER | BPF_F_LINK;
	} else if (options->relative) {
		status = relative_find(have, options->relative, link->hook->name,
				       link->prog->name, &relative);
		if (!status) {
			link->place.flags |= BPF_F_LINK | BPF_F_ID;
			link->place.relative = relative->id;
		}
	}
	return status;
}

static int plan_places(struct new_link *links, size_t n, const struct attach_options *options,
		       const struct hooks *hooks)
{
	struct lsm_links have = {};
	int status = ST_OK;
	size_t i;

	if (options->order != ATTACH_NONE || options->revision)
		status = need_query(hooks, "attach", "order the programs of a hook");
	if (!status && options->relative)
		status = links_collect(&have, hooks);
	for (i = 0; !status && i < n; i++)
		status = plan_place(links, i, options, &have);
	links_free(&have);
	return status;
}

static int plan(struct policy *policy, struct new_link *links,
		const struct attach_options *options, const struct hooks *hooks)
{
	int status = ST_OK;
	size_t i;

	if (options->revision && policy->n != 1)
		return fail_usage("attach", "--revision is for one program, %s has %zu; choose one with --program",
				  policy->path, policy->n);
	for (i = 0; i < policy->n; i++) {
		links[i].prog = &policy->v[i];
		links[i].hook = hooks_by_name(hooks, policy->v[i].hook);
		links[i].fd = -1;
	}
	if (options->seal) {
		status = need_capability("attach", CAP_MAC_ADMIN);
		if (!status)
			status = need_query(hooks, "attach", "seal links");
	}
	if (!status && options->audit)
		status = polmaps_check_settings(policy);
	if (!status)
		status = plan_places(links, policy->n, options, hooks);
	if (!status)
		status = plan_pins(policy, options->dir);
	return status;
}

static int attach_program(struct new_link *link)
{
	const struct policy_prog *p = link->prog;

	if (link->behind)
		link->place.relative = link->behind->fd;
	link->fd = link_create(bpf_program__fd(p->prog), &link->place);
	if (link->fd < 0)
		return fail_create(link->fd, p->name, link->hook, &link->place);
	if (bpf_obj_pin(link->fd, p->pin))
		return fail_pin(p->pin, -errno);
	pinning_made(p->pin);
	return ST_OK;
}

static int seal_link(const struct new_link *link)
{
	union link_info info = {};
	int err = link_seal(link->fd);

	if (!err)
		return ST_OK;
	link_info_get(link->fd, &info);
	return fail_seal(err, link->prog->name, info.bpf.id);
}

/*
 * Sealing cannot be undone, so it comes when all else has been done.  What
 * keeps links from being sealed shows at the first one, and then all is undone.
 * Later ones that fail stay attached, and it is said that they are not sealed.
 * In running order, as nothing is sealed behind what is not: without places the
 * last one attached runs first.
 */
static int seal_links(const struct new_link *links, size_t n, bool placed, bool *keep)
{
	int status = ST_OK, err;
	size_t i;

	for (i = 0; i < n; i++) {
		err = seal_link(&links[placed ? i : n - 1 - i]);
		if (err)
			status = err;
		if (err && !i)
			return status;
		*keep = true;
	}
	if (status)
		fail(status, "attach: all programs are attached and the others sealed");
	return status;
}

static int load_and_attach(struct policy *policy, struct new_link *links,
			   const struct attach_options *options)
{
	bool *missing = mappins_own_missing(policy), keep = false;
	char *maps = xasprintf("%s/" MAP_PINS, options->dir);
	int status, err;
	size_t i;

	pinning_begin();
	status = policy_load(policy, options->full_log);
	if (!status) {
		mappins_own_made(policy, missing);
		err = pinning_mkdir(options->dir);
		status = err ? fail_pin(options->dir, err) : mappins_pin(policy, maps);
	}
	if (!status && options->audit)
		status = polmaps_set_audit(policy);
	for (i = 0; !status && i < policy->n; i++)
		status = attach_program(&links[i]);
	if (!status && options->seal)
		status = seal_links(links, policy->n, options->order != ATTACH_NONE, &keep);
	if (status && !keep)
		pinning_undo();
	else
		pinning_keep();
	free(maps);
	free(missing);
	return status;
}

static int show(const struct new_link *links, size_t n, const struct hooks *hooks)
{
	struct attached *v = xcalloc(n, sizeof(*v));
	int status;
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = (struct attached){ links[i].prog, links[i].fd, links[i].prog->pin };
	status = attach_show(v, n, hooks);
	free(v);
	return status;
}

int attach_new(struct policy *policy, const struct attach_options *options,
	       const struct hooks *hooks)
{
	struct new_link *links = xcalloc(policy->n, sizeof(*links));
	int status = plan(policy, links, options, hooks);
	size_t i;

	if (!status)
		status = load_and_attach(policy, links, options);
	if (!status)
		status = show(links, policy->n, hooks);
	for (i = 0; i < policy->n; i++)
		if (links[i].fd > 0)
			close(links[i].fd);
	free(links);
	return status;
}
