// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot attach --replace: new programs in existing links. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "linkctl.h"
#include "links.h"
#include "mappins.h"
#include "mapswap.h"
#include "pinning.h"
#include "polmaps.h"
#include "query.h"
#include "relative.h"

/**
 * struct target - a link that gets a new program
 * @prog: the new program
 * @hook: its hook, and the link's
 * @link: the link as it was
 * @pin: one of its pins, or NULL
 * @link_fd: the link
 * @old_fd: the program it has, to put back
 */
struct target {
	struct policy_prog *prog;
	const struct hook *hook;
	const struct lsm_link *link;
	const char *pin;
	int link_fd, old_fd;
};

/**
 * struct replacement - all that is replaced at once
 * @dir: where the links are pinned, NULL for a link without a pin
 * @whole: every link of @dir is replaced
 * @v: a target for each program of the policy
 * @n: how many
 * @maps: the pinned maps; used only with @dir
 */
struct replacement {
	char *dir;
	bool whole;
	struct target *v;
	size_t n;
	struct mapswap maps;
};

/* A pin of @link right in @dir, or NULL. */
static const char *pin_in(const struct lsm_link *link, const char *dir)
{
	size_t i, len = strlen(dir);

	for (i = 0; i < link->nr_pins; i++)
		if (!strncmp(link->pins[i], dir, len) &&
		    strrchr(link->pins[i], '/') == link->pins[i] + len)
			return link->pins[i];
	return NULL;
}

static int check_target(const struct target *target)
{
	const struct lsm_link *link = target->link;

	if (link->cgroup)
		return fail(ST_FAILED, "attach: link %u is attached to a cgroup; replace its program with 'bpftool cgroup attach'",
			    link->id);
	if (strcmp(link->hook, target->prog->hook))
		return fail(ST_FAILED, "attach: program '%s' is for hook '%s', link %u is on hook '%s'; choose another program with --program, or another link",
			    target->prog->name, target->prog->hook, link->id, link->hook);
	if (link_sealed(link))
		return fail_replace(-EROFS, target->prog->name, target->hook, link->id,
				    link->prog_id);
	if (link->slot.place == LSM_SLOT_PLACE_TRAMPOLINE)
		return fail(ST_UNSUPPORTED, "attach: the program of link %u runs from the trampoline of hook '%s' and cannot be replaced there; detach it and attach it again",
			    link->id, link->hook);
	return ST_OK;
}

static void add_target(struct replacement *r, struct policy_prog *prog,
		       const struct lsm_link *link, const char *pin, const struct hooks *hooks)
{
	r->v[r->n++] = (struct target){
		.prog = prog,
		.hook = hooks_by_name(hooks, prog->hook),
		.link = link,
		.pin = pin,
		.link_fd = -1,
		.old_fd = -1,
	};
}

static int plan_link(struct replacement *r, struct policy *policy, const char *arg,
		     const struct lsm_links *links, const struct hooks *hooks)
{
	const struct lsm_link *link;
	const char *slash;
	char *path;
	int status;

	status = relative_link(links, arg, &link, &path);
	if (status)
		return status;
	if (policy->n != 1) {
		free(path);
		return fail_usage("attach", "a link takes one program, %s has %zu; choose one with --program, or name a directory of links",
				  policy->path, policy->n);
	}
	if (!path && link->nr_pins > 1)
		return fail_usage("attach", "link %u has %zu pins, and maps are pinned next to them; name one of the pins",
				  link->id, link->nr_pins);
	if (!path && link->nr_pins)
		path = xstrdup(link->pins[0]);
	slash = path ? strrchr(path, '/') : NULL;
	if (slash)
		r->dir = xasprintf("%.*s", (int)(slash - path), path);
	add_target(r, &policy->v[0], link, r->dir ? pin_in(link, r->dir) : NULL, hooks);
	free(path);
	return ST_OK;
}

static struct policy_prog *program_called(struct policy *policy, const char *name)
{
	size_t i;

	for (i = 0; i < policy->n; i++)
		if (!strcmp(policy->v[i].name, name))
			return &policy->v[i];
	return NULL;
}

static int plan_dir(struct replacement *r, struct policy *policy,
		    const struct lsm_links *links, const struct hooks *hooks)
{
	size_t i, j;

	r->whole = true;
	for (i = 0; i < links->n; i++) {
		const struct lsm_link *link = &links->v[i];
		const char *pin = pin_in(link, r->dir);
		struct policy_prog *prog;

		if (!pin)
			continue;
		prog = program_called(policy, link->prog_name);
		if (!prog)
			return fail(ST_NOT_FOUND, "attach: %s has no program '%s' for the link pinned at %s; detach that first, or replace the links one by one",
				    policy->path, link->prog_name, pin);
		for (j = 0; j < r->n; j++)
			if (r->v[j].prog == prog)
				return fail(ST_FAILED, "attach: %s and %s both have a program '%s'; replace them one by one",
					    r->v[j].pin, pin, prog->name);
		add_target(r, prog, link, pin, hooks);
	}
	if (!r->n)
		return fail(ST_NOT_FOUND, "attach: no link of an LSM program is pinned in %s; 'lsmslot status' lists the pins",
			    r->dir);
	for (i = 0; i < policy->n; i++) {
		for (j = 0; j < r->n && r->v[j].prog != &policy->v[i]; j++)
			;
		if (j == r->n)
			return fail(ST_NOT_FOUND, "attach: no link in %s has a program '%s' to replace; choose programs with --program, or attach it anew",
				    r->dir, policy->v[i].name);
	}
	return ST_OK;
}

static bool is_target(const struct replacement *r, const struct lsm_link *link)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->v[i].link == link)
			return true;
	return false;
}

/* The maps of links in the same directory that keep their programs stay pinned. */
static int plan_maps(struct replacement *r, struct policy *policy, bool reuse,
		     const struct lsm_links *links)
{
	const struct lsm_link **here = xcalloc(links->n, sizeof(*here));
	size_t i, n = 0, nr_others;
	int status;

	for (i = 0; i < links->n; i++)
		if (pin_in(&links->v[i], r->dir) && !is_target(r, &links->v[i]))
			here[n++] = &links->v[i];
	nr_others = n;
	for (i = 0; i < r->n; i++)
		here[n++] = r->v[i].link;
	status = mapswap_plan(&r->maps, r->dir, policy, reuse, here, n, nr_others);
	free(here);
	return status;
}

static int open_targets(struct replacement *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		struct target *target = &r->v[i];

		target->link_fd = bpf_link_get_fd_by_id(target->link->id);
		if (target->link_fd >= 0)
			target->old_fd = bpf_prog_get_fd_by_id(target->link->prog_id);
		if (target->link_fd < 0 || target->old_fd < 0)
			return fail(errno == ENOENT ? ST_STALE : ST_FAILED,
				    "attach: cannot open link %u and its program: %s",
				    target->link->id, strerror(errno));
	}
	return ST_OK;
}

static int plan(struct replacement *r, struct policy *policy,
		const struct attach_options *options, const struct lsm_links *links,
		const struct hooks *hooks)
{
	struct stat st;
	int status;
	size_t i;

	r->v = xcalloc(policy->n, sizeof(*r->v));
	if (strncmp(options->replace, "link:", 5) && !stat(options->replace, &st) &&
	    S_ISDIR(st.st_mode)) {
		r->dir = realpath(options->replace, NULL);
		if (!r->dir)
			return fail(ST_FAILED, "attach: %s: %s", options->replace, strerror(errno));
		status = plan_dir(r, policy, links, hooks);
	} else {
		status = plan_link(r, policy, options->replace, links, hooks);
	}
	for (i = 0; !status && i < r->n; i++)
		status = check_target(&r->v[i]);
	if (!status && options->reuse_maps && !r->dir)
		return fail_usage("attach", "link %u has no pin, so there are no pinned maps to reuse",
				  r->v[0].link->id);
	if (!status && options->audit)
		status = polmaps_check_settings(policy);
	if (!status && r->dir)
		status = plan_maps(r, policy, options->reuse_maps, links);
	if (!status)
		status = open_targets(r);
	return status;
}

/* Puts the old programs back into the first @n links. */
static void roll_back(const struct replacement *r, size_t n)
{
	while (n-- > 0) {
		const struct target *target = &r->v[n];
		int err = link_replace(target->link_fd, target->old_fd,
				       bpf_program__fd(target->prog->prog));

		if (err)
			fail(ST_FAILED, "attach: link %u keeps the new program '%s', the old one cannot be put back: %s",
			     target->link->id, target->prog->name, strerror(-err));
	}
}

static int replace_programs(const struct replacement *r)
{
	size_t i;
	int err;

	for (i = 0; i < r->n; i++) {
		const struct target *target = &r->v[i];

		err = link_replace(target->link_fd, bpf_program__fd(target->prog->prog),
				   target->old_fd);
		if (!err)
			continue;
		roll_back(r, i);
		return fail_replace(err, target->prog->name, target->hook, target->link->id,
				    target->link->prog_id);
	}
	return ST_OK;
}

static int load_and_replace(struct replacement *r, struct policy *policy,
			    const struct attach_options *options)
{
	bool *missing = mappins_own_missing(policy);
	int status;

	pinning_begin();
	status = policy_load(policy, options->full_log);
	if (!status) {
		mappins_own_made(policy, missing);
		status = r->dir ? mapswap_pin(&r->maps, policy) : ST_OK;
	}
	if (!status && options->audit)
		status = polmaps_set_audit(policy);
	if (!status)
		status = replace_programs(r);
	if (!status && r->dir) {
		status = mapswap_commit(&r->maps);
		if (status)
			roll_back(r, r->n);
	}
	if (status) {
		pinning_undo();
	} else {
		/* Signals wait until the old maps are gone as well. */
		status = r->dir ? mapswap_clean(&r->maps) : ST_OK;
		pinning_keep();
	}
	free(missing);
	return status;
}

static int show(const struct replacement *r, const struct hooks *hooks)
{
	struct attached *v = xcalloc(r->n, sizeof(*v));
	int status;
	size_t i;

	for (i = 0; i < r->n; i++)
		v[i] = (struct attached){ r->v[i].prog, r->v[i].link_fd, r->v[i].pin };
	status = attach_show(v, r->n, hooks);
	free(v);
	return status;
}

static void replacement_free(struct replacement *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (r->v[i].link_fd >= 0)
			close(r->v[i].link_fd);
		if (r->v[i].old_fd >= 0)
			close(r->v[i].old_fd);
	}
	mapswap_free(&r->maps);
	free(r->v);
	free(r->dir);
}

int attach_replace(struct policy *policy, const struct attach_options *options,
		   const struct hooks *hooks)
{
	struct replacement r = {};
	struct lsm_links links;
	int status;

	status = need_query(hooks, "attach", "replace programs");
	if (!status)
		status = links_collect(&links, hooks);
	if (status)
		return status;
	status = plan(&r, policy, options, &links, hooks);
	if (!status)
		status = load_and_replace(&r, policy, options);
	if (!status)
		status = show(&r, hooks);
	replacement_free(&r);
	links_free(&links);
	return status;
}
