// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The pinned maps of a policy whose programs are being replaced. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "mappins.h"
#include "mapswap.h"
#include "pinning.h"
#include "pins.h"
#include "polmaps.h"

static struct bpf_map *pinned_map(const struct policy *policy, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(policy->obj, name);

	return map && mappins_pins(map) ? map : NULL;
}

/* @map's definition can be that of the existing map @info; else says what differs. */
static int check_same(const struct policy *policy, const struct bpf_map *map,
		      const struct bpf_map_info *info)
{
	const struct { const char *what; __u32 want, have; } facts[] = {
		{ "type", bpf_map__type(map), info->type },
		{ "key size", bpf_map__key_size(map), info->key_size },
		{ "value size", bpf_map__value_size(map), info->value_size },
		{ "number of entries", bpf_map__max_entries(map), info->max_entries },
		{ "flags", bpf_map__map_flags(map), info->map_flags },
	};
	size_t i;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		/* libbpf fills in a number of entries that depends on the CPUs. */
		if (facts[i].want != facts[i].have && (facts[i].want || i != 3))
			return fail(ST_FAILED, "attach: map '%s' of %s cannot be the pinned one: its %s is %u, the pinned map's is %u; leave out --reuse-maps",
				    bpf_map__name(map), policy->path, facts[i].what,
				    facts[i].want, facts[i].have);
	return ST_OK;
}

static bool needed(const struct lsm_link *const *others, size_t n, __u32 id,
		   const struct lsm_link **by)
{
	size_t i;

	for (i = 0; i < n; i++) {
		__u32 nr_ids = 0, *ids = program_map_ids(others[i]->prog_id, &nr_ids);
		/* A program that cannot be read may need it. */
		bool uses = !ids || map_id_in(ids, nr_ids, id);

		free(ids);
		if (uses) {
			*by = others[i];
			return true;
		}
	}
	return false;
}

static void keep(struct mapswap *swap, const char *name, int fd)
{
	swap->names = xreallocarray(swap->names, swap->n + 1, sizeof(*swap->names));
	swap->fds = xreallocarray(swap->fds, swap->n + 1, sizeof(*swap->fds));
	swap->names[swap->n] = xstrdup(name);
	swap->fds[swap->n++] = fd;
}

/* Takes over @fd, the map pinned as @name. */
static int plan_map(struct mapswap *swap, struct policy *policy, bool reuse,
		    const struct lsm_link *const *others, size_t nr_others,
		    const char *name, int fd)
{
	struct bpf_map *map = pinned_map(policy, name);
	const struct lsm_link *by;
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int status = ST_OK;

	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		status = fail(ST_FAILED, "attach: cannot read the map pinned at %s/%s: %s",
			      swap->now, name, strerror(errno));
	} else if (map && reuse) {
		status = check_same(policy, map, &info);
		if (!status && bpf_map__reuse_fd(map, fd))
			status = fail(ST_FAILED, "attach: cannot reuse the map pinned at %s/%s: %s",
				      swap->now, name, strerror(errno));
	} else if (needed(others, nr_others, info.id, &by)) {
		if (!map) {
			keep(swap, name, fd);
			return ST_OK;
		}
		status = fail(ST_EXISTS, "attach: %s/%s is also a map of program '%s', which keeps its link; keep the map with --reuse-maps, or replace the whole directory",
			      swap->now, name, by->prog_name);
	}
	close(fd);
	return status;
}

/*
 * A replacement that was killed left DIR/maps-new.  If its programs run already, these
 * are their maps, and without the pins nobody could change or read them any more.
 */
static int fail_left(const struct mapswap *swap, const struct lsm_link *const *here, size_t n)
{
	const struct lsm_link *by = NULL;
	struct dirent **names;
	int nr, i;

	nr = scandir(swap->next, &names, NULL, NULL);
	if (nr < 0)
		return fail(ST_FAILED, "attach: cannot read %s: %s", swap->next, strerror(errno));
	for (i = 0; i < nr; i++) {
		char *path = xasprintf("%s/%s", swap->next, names[i]->d_name);
		struct bpf_map_info info = {};
		__u32 len = sizeof(info);
		enum pin_kind kind;
		int fd = pin_open(path, &kind);

		if (!by && fd >= 0 && kind == PIN_MAP && !bpf_obj_get_info_by_fd(fd, &info, &len))
			needed(here, n, info.id, &by);
		if (fd >= 0)
			close(fd);
		free(path);
		free(names[i]);
	}
	free(names);
	if (!by)
		return fail(ST_EXISTS, "attach: %s exists, left by a replacement that was killed; remove it",
			    swap->next);
	return fail(ST_EXISTS, "attach: %s exists, left by a replacement that was killed, and program '%s' uses its maps; attach the new programs in another directory, then detach this one",
		    swap->next, by->prog_name);
}

int mapswap_plan(struct mapswap *swap, const char *dir, struct policy *policy, bool reuse,
		 const struct lsm_link *const *here, size_t nr_here, size_t nr_others)
{
	struct dirent **names;
	int n, i, status = ST_OK;

	memset(swap, 0, sizeof(*swap));
	swap->now = xasprintf("%s/" MAP_PINS, dir);
	swap->next = xasprintf("%s/" MAP_PINS "-new", dir);
	if (!access(swap->next, F_OK))
		return fail_left(swap, here, nr_here);
	n = scandir(swap->now, &names, NULL, alphasort);
	if (n < 0 && errno == ENOENT)
		return ST_OK;
	if (n < 0)
		return fail(ST_FAILED, "attach: cannot read %s: %s", swap->now, strerror(errno));
	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (!status && strcmp(name, ".") && strcmp(name, "..")) {
			char *path = xasprintf("%s/%s", swap->now, name);
			enum pin_kind kind;
			int fd = pin_open(path, &kind);

			if (fd >= 0 && kind == PIN_MAP) {
				status = plan_map(swap, policy, reuse, here, nr_others, name, fd);
			} else {
				if (fd >= 0)
					close(fd);
				status = fail(ST_FAILED, "attach: %s is no pin of a map, 'lsmslot attach' did not make it; remove it first",
					      path);
			}
			free(path);
		}
		free(names[i]);
	}
	free(names);
	return status;
}

int mapswap_pin(struct mapswap *swap, const struct policy *policy)
{
	int status = mappins_pin(policy, swap->next);
	size_t i;

	for (i = 0; !status && i < swap->n; i++)
		status = pinning_pin(swap->fds[i], swap->next, swap->names[i]);
	return status;
}

int mapswap_commit(struct mapswap *swap)
{
	bool now = !access(swap->now, F_OK), next = !access(swap->next, F_OK);

	if (next && renameat2(AT_FDCWD, swap->next, AT_FDCWD, swap->now,
			      now ? RENAME_EXCHANGE : RENAME_NOREPLACE))
		return fail(errno == EEXIST ? ST_EXISTS : ST_FAILED,
			    "attach: cannot put %s in the place of %s: %s%s", swap->next, swap->now,
			    strerror(errno), errno == EEXIST ? PIN_MADE_MEANWHILE : "");
	if (now)
		swap->old = next ? swap->next : swap->now;
	return ST_OK;
}

static int remove_dir(const char *dir)
{
	struct dirent **names;
	int n, i, err = 0;

	n = scandir(dir, &names, NULL, NULL);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", dir, names[i]->d_name);

		if (strcmp(names[i]->d_name, ".") && strcmp(names[i]->d_name, "..") &&
		    unlink(path) && errno != ENOENT)
			err = -errno;
		free(path);
		free(names[i]);
	}
	free(names);
	if (rmdir(dir) && !err)
		err = -errno;
	return err;
}

int mapswap_clean(const struct mapswap *swap)
{
	int err = swap->old ? remove_dir(swap->old) : 0;

	if (!err)
		return ST_OK;
	return fail(ST_FAILED, "attach: all is replaced, but %s with the old maps cannot be removed: %s; remove it by hand",
		    swap->old, strerror(-err));
}

void mapswap_free(struct mapswap *swap)
{
	size_t i;

	for (i = 0; i < swap->n; i++) {
		free(swap->names[i]);
		close(swap->fds[i]);
	}
	free(swap->names);
	free(swap->fds);
	free(swap->now);
	free(swap->next);
	memset(swap, 0, sizeof(*swap));
}
