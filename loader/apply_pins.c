// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The pins of a policy, made and removed.
 *
 * A policy's new directory is filled under another name and then takes the
 * place of the old one in one rename, so that whoever looks sees either.  The
 * pins of the old one are removed only when all else is done.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "bpffs_own.h"
#include "journal.h"
#include "pins.h"

char *apply_staging(const struct plan_item *item)
{
	return xasprintf("%s" STAGING_SUFFIX, item->w ? item->w->want->pin : item->state.dir);
}

static int fail_item_pin(const struct plan_item *item, const char *path, int err)
{
	return fail(err == -EPERM || err == -EACCES ? ST_PERM : err == -EEXIST ? ST_EXISTS : ST_FAILED,
		    "%s: cannot pin at %s: %s%s", item->who, path, strerror(-err),
		    err == -EEXIST ? PIN_MADE_MEANWHILE : "");
}

/* @dir NULL: @name is the whole path. */
static int pin_at(const struct plan_item *item, int fd, const char *dir, const char *name)
{
	char *path = dir ? xasprintf("%s/%s", dir, name) : xstrdup(name);
	int err, status;

	err = journal_pin(fd, path);
	status = err ? fail_item_pin(item, path, err) : ST_OK;
	free(path);
	return status;
}

static int make_dir(const struct plan_item *item, const char *dir)
{
	int err = journal_mkdir(dir);

	return err ? fail(ST_FAILED, "%s: cannot make the directory %s: %s", item->who, dir, strerror(-err)) :
		     ST_OK;
}

static int make_staging(const struct plan_item *item, const char *dir)
{
	int err = journal_mkdir_fresh(dir);

	if (err == -EEXIST)
		return fail(ST_EXISTS, "%s: the directory %s exists and was left by no apply; remove it",
			    item->who, dir);
	return err ? fail(ST_FAILED, "%s: cannot make the directory %s: %s", item->who, dir, strerror(-err)) :
		     ST_OK;
}

/* The note of what is in force from now on; its descriptor, or -status. */
static int make_record(const struct plan *plan, const struct plan_item *item)
{
	struct record record = {
		.policy = xstrdup(item->name),
		.file = xstrdup(plan->set->file.path),
		.object = xstrdup(item->w->want->object),
	};
	size_t i;
	int fd;

	strcpy(record.digest, item->w->digest);
	for (i = 0; i < item->w->nr_maps; i++)
		string_list_add(&record.maps, bpf_map__name(item->w->maps[i].map));
	for (i = 0; i < item->nr_links; i++)
		if (item->links[i].prog)
			record_add_program(&record, item->links[i].name, item->links[i].prog_id,
					   item->links[i].link_id);
	fd = record_make(&record);
	record_free(&record);
	if (fd < 0)
		return -fail(ST_FAILED, "%s: cannot make the map that notes what was applied: %s",
			     item->who, strerror(-fd));
	return fd;
}

/* One that an earlier policy of the file shares is pinned already. */
static int pin_own(const struct plan_item *item, const struct own_pin *own)
{
	char *dir, *slash;
	int status;

	if (!access(own->path, F_OK))
		return ST_OK;
	dir = xstrdup(own->path);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	status = need_bpffs(dir);
	if (!status)
		status = make_dir(item, dir);
	free(dir);
	return status ? status : pin_at(item, bpf_map__fd(own->map), NULL, own->path);
}

static int pin_maps(struct plan *plan, struct plan_item *item, const char *staging)
{
	char *dir = xasprintf("%s/maps", staging);
	struct bpf_map *map;
	int status, fd;
	size_t i;

	status = make_dir(item, dir);
	bpf_object__for_each_map(map, item->w->policy.obj)
		if (!status && wanted_pins_map(item->w, map))
			status = pin_at(item, bpf_map__fd(map), dir, bpf_map__name(map));
	for (i = 0; !status && i < item->w->nr_own_pins; i++)
		status = pin_own(item, &item->w->own_pins[i]);
	if (!status) {
		fd = make_record(plan, item);
		status = fd < 0 ? -fd : pin_at(item, fd, dir, RECORD_NAME);
		if (fd >= 0)
			close(fd);
	}
	free(dir);
	return status;
}

static int swap(const struct plan_item *item, const char *staging)
{
	int err = journal_rename(staging, item->w->want->pin, item->state.exists);

	return err ? fail(err == -EEXIST ? ST_EXISTS : ST_FAILED,
			  "%s: cannot put its pins in place at %s: %s%s", item->who,
			  item->w->want->pin, strerror(-err),
			  err == -EEXIST ? PIN_MADE_MEANWHILE : "") : ST_OK;
}

static int pin_new(struct plan *plan, struct plan_item *item)
{
	char *staging = apply_staging(item);
	int status;
	size_t i;

	status = make_staging(item, staging);
	for (i = 0; !status && i < item->nr_links; i++)
		if (item->links[i].prog)
			status = pin_at(item, item->links[i].fd, staging, item->links[i].name);
	if (!status)
		status = pin_maps(plan, item, staging);
	if (!status)
		status = swap(item, staging);
	free(staging);
	return status;
}

/* A new note in the place of the old one, again by a rename. */
static int renew_record(struct plan *plan, struct plan_item *item)
{
	char *path = xasprintf("%s/maps/" RECORD_NAME, item->w->want->pin);
	char *fresh = xasprintf("%s" STAGING_SUFFIX, path);
	const struct state_map *old = pin_state_map(&item->state, RECORD_NAME);
	int status = ST_OK, fd, err = 0;

	fd = make_record(plan, item);
	if (fd < 0)
		status = -fd;
	/* What an interrupted apply left here was never in force. */
	if (!status && unlink(fresh) && errno != ENOENT)
		status = fail_item_pin(item, fresh, -errno);
	if (!status)
		status = pin_at(item, fd, NULL, fresh);
	if (!status)
		err = journal_rename(fresh, path, true);
	if (!status && !err)
		err = journal_unpin(old->fd, fresh);
	if (err)
		status = fail_item_pin(item, path, err);
	if (fd >= 0)
		close(fd);
	free(fresh);
	free(path);
	return status;
}

int apply_pin(struct plan *plan, struct plan_item *item)
{
	if (item->action == PLAN_ATTACH || item->action == PLAN_REPLACE)
		return pin_new(plan, item);
	if (item->action == PLAN_UPDATE && item->note)
		return renew_record(plan, item);
	return ST_OK;
}

static int unpin(const struct plan_item *item, int fd, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	int err = journal_unpin(fd, path), status = ST_OK;

	if (err)
		status = fail(ST_FAILED, "%s: cannot remove the pin %s: %s", item->who, path, strerror(-err));
	free(path);
	return status;
}

static int remove_dir(const struct plan_item *item, const char *dir)
{
	int err = journal_rmdir(dir);

	return err ? fail(ST_FAILED, "%s: cannot remove %s: %s", item->who, dir, strerror(-err)) : ST_OK;
}

/* From here on a policy that goes is what an interrupted apply left, and not one without its note. */
static int set_aside(const struct plan_item *item, const char *dir)
{
	int err = journal_rename(item->state.dir, dir, false);

	return err ? fail(ST_FAILED, "%s: cannot rename %s to %s: %s", item->who, item->state.dir, dir,
			  strerror(-err)) : ST_OK;
}

int apply_retire(struct plan_item *item)
{
	const struct pin_state *state = &item->state;
	int status = ST_OK;
	char *dir, *maps;
	size_t i;

	if (!state->exists || (item->action != PLAN_DETACH && item->action != PLAN_REPLACE &&
			       item->action != PLAN_ATTACH))
		return ST_OK;
	dir = apply_staging(item);
	maps = xasprintf("%s/maps", dir);
	if (item->action == PLAN_DETACH)
		status = set_aside(item, dir);
	for (i = 0; !status && i < state->nr_links; i++)
		status = unpin(item, state->links[i].fd, dir, state->links[i].name);
	for (i = 0; !status && i < state->nr_maps; i++)
		status = unpin(item, state->maps[i].fd, maps, state->maps[i].name);
	if (!status && state->has_maps)
		status = remove_dir(item, maps);
	if (!status)
		status = remove_dir(item, dir);
	free(maps);
	free(dir);
	return status;
}

/*
 * Removes what an apply that was killed left behind: pins of links that never
 * came into force, or of those that were to go.
 */
int apply_remove_left(const struct plan *plan)
{
	int status = ST_OK, err;
	size_t i;

	for (i = 0; i < plan->left.n; i++) {
		err = bpffs_remove_tree(plan->left.v[i]);
		if (err)
			status = fail(ST_FAILED, "%s: cannot remove %s, left by an apply that was interrupted: %s",
				      plan->set->file.yaml.cmd, plan->left.v[i], strerror(-err));
	}
	return status;
}
