// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A policy as it is attached: what its pin directory holds. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpffs.h"
#include "bpffs_own.h"
#include "pin_state.h"
#include "pins.h"

static int fail_foreign(const char *who, const char *dir, const char *path)
{
	return fail(ST_EXISTS, "%s: the pin directory %s holds %s, which is neither a link of an LSM program nor one of its maps; move it away or choose another directory with 'pin:'",
		    who, dir, path);
}

static const struct lsm_link *find_link(const struct lsm_links *links, __u32 id)
{
	size_t i;

	for (i = 0; i < links->n; i++)
		if (links->v[i].id == id)
			return &links->v[i];
	return NULL;
}

static int add_link(struct pin_state *state, const char *name, const char *path,
		    const struct lsm_links *links, const char *who)
{
	const struct lsm_link *link = NULL;
	union link_info info;
	enum pin_kind kind;
	int fd, prog_fd;

	fd = pin_open(path, &kind);
	if (fd >= 0 && kind == PIN_LINK && !pin_is_symlink(path) && !link_info_get(fd, &info))
		link = find_link(links, info.bpf.id);
	if (!link || link->cgroup) {
		if (fd >= 0)
			close(fd);
		return fail_foreign(who, state->dir, path);
	}
	prog_fd = bpf_prog_get_fd_by_id(link->prog_id);
	if (prog_fd < 0) {
		prog_fd = errno;
		close(fd);
		return fail(ST_FAILED, "%s: cannot open program %u of the link at %s: %s", who,
			    link->prog_id, path, strerror(prog_fd));
	}
	state->links = xreallocarray(state->links, state->nr_links + 1, sizeof(*state->links));
	state->links[state->nr_links++] = (struct state_link){
		.name = xstrdup(name), .fd = fd, .prog_fd = prog_fd, .link = link,
	};
	return ST_OK;
}

static int add_map(struct pin_state *state, const char *name, const char *path, const char *who)
{
	enum pin_kind kind;
	int fd = pin_open(path, &kind), err;

	if (fd < 0 || kind != PIN_MAP || pin_is_symlink(path)) {
		if (fd >= 0)
			close(fd);
		return fail_foreign(who, state->dir, path);
	}
	state->maps = xreallocarray(state->maps, state->nr_maps + 1, sizeof(*state->maps));
	state->maps[state->nr_maps++] = (struct state_map){ .name = xstrdup(name), .fd = fd };
	if (strcmp(name, RECORD_NAME))
		return ST_OK;
	err = record_read(&state->record, fd);
	state->recorded = !err;
	return err ? fail(ST_FAILED, "%s: cannot read what an earlier apply noted in %s: %s; detach the policy first ('lsmslot detach %s')",
			  who, path, strerror(-err), state->dir) : ST_OK;
}

/* Adds what is in @dir, which is the pin directory or its folder of maps. */
static int add_all(struct pin_state *state, const char *dir, bool maps,
		   const struct lsm_links *links, const char *who)
{
	struct dirent **names;
	int n, i, status = ST_OK;
	struct stat st;

	n = scandir(dir, &names, NULL, alphasort);
	if (n < 0 && errno == ENOTDIR)
		return fail(ST_EXISTS, "%s: the pin directory %s is a pin itself; choose another directory with 'pin:'",
			    who, dir);
	if (n < 0)
		return fail(ST_FAILED, "%s: cannot read %s: %s", who, dir, strerror(errno));
	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		char *path = xasprintf("%s/%s", dir, name);

		if (status || !strcmp(name, ".") || !strcmp(name, "..")) {
			;
		} else if (maps) {
			status = add_map(state, name, path, who);
		} else if (!strcmp(name, "maps") && !lstat(path, &st) && S_ISDIR(st.st_mode)) {
			state->has_maps = true;
			status = add_all(state, path, true, links, who);
		} else {
			status = add_link(state, name, path, links, who);
		}
		free(path);
		free(names[i]);
	}
	free(names);
	return status;
}

int pin_state_open(struct pin_state *state, const char *dir, const struct lsm_links *links,
		   const char *who)
{
	struct stat st;

	memset(state, 0, sizeof(*state));
	state->dir = xstrdup(dir);
	if (lstat(dir, &st) && errno == ENOENT)
		return ST_OK;
	state->exists = true;
	return add_all(state, dir, false, links, who);
}

void pin_state_close(struct pin_state *state)
{
	size_t i;

	for (i = 0; i < state->nr_links; i++) {
		free(state->links[i].name);
		close(state->links[i].fd);
		close(state->links[i].prog_fd);
	}
	for (i = 0; i < state->nr_maps; i++) {
		free(state->maps[i].name);
		close(state->maps[i].fd);
	}
	free(state->links);
	free(state->maps);
	free(state->dir);
	record_free(&state->record);
	memset(state, 0, sizeof(*state));
}

const struct state_link *pin_state_link(const struct pin_state *state, const char *name)
{
	size_t i;

	for (i = 0; i < state->nr_links; i++)
		if (!strcmp(state->links[i].name, name))
			return &state->links[i];
	return NULL;
}

const struct state_map *pin_state_map(const struct pin_state *state, const char *name)
{
	size_t i;

	for (i = 0; i < state->nr_maps; i++)
		if (!strcmp(state->maps[i].name, name))
			return &state->maps[i];
	return NULL;
}

int pin_state_record(const char *dir, struct record *record)
{
	char *path = xasprintf("%s/maps/" RECORD_NAME, dir);
	enum pin_kind kind;
	int fd = pin_open(path, &kind), err;

	free(path);
	if (fd < 0)
		return -errno;
	err = kind == PIN_MAP ? record_read(record, fd) : -EBADMSG;
	close(fd);
	return err;
}

bool same_dir(const char *a, const char *b)
{
	struct stat sa, sb;

	return !strcmp(a, b) || (!stat(a, &sa) && !stat(b, &sb) &&
				 sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino);
}

static void add_once(struct string_list *list, const char *dir)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (same_dir(list->v[i], dir))
			return;
	string_list_add(list, dir);
}

static bool has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s), end = strlen(suffix);

	return len > end && !strcmp(s + len - end, suffix);
}

/* What pin_state_scan() has found; @open is the last folder that others may write to. */
struct found {
	const char *who;
	struct string_list *recorded, *left;
	char *open;
};

static bool is_below(const char *path, const char *dir)
{
	size_t len = dir ? strlen(dir) : 0;

	return len && !strncmp(path, dir, len) && path[len] == '/';
}

static int visit_folder(const char *path, struct found *found)
{
	struct stat st;

	/* Another's is none of ours, whatever it is called. */
	if (lstat(path, &st) || !bpffs_folder_owned(&st))
		return BPFFS_SKIP;
	if (is_below(path, found->open))
		return ST_OK;
	if (!bpffs_folder_own(&st)) {
		free(found->open);
		found->open = xstrdup(path);
		return ST_OK;
	}
	if (!pin_is_staging(path))
		return ST_OK;
	add_once(found->left, path);
	return BPFFS_SKIP;
}

static int visit_state(const char *path, bool is_dir, void *data)
{
	const char *tail = "/maps/" RECORD_NAME;
	struct found *found = data;
	char *dir;

	if (is_dir)
		return visit_folder(path, found);
	if (is_below(path, found->open) && !has_suffix(path, tail))
		return ST_OK;
	/* To pass over it would be to say that there is no such policy. */
	if (is_below(path, found->open))
		return fail(ST_FAILED, "%s: other users may write to %s and could have changed the policy pinned in it, %.*s; run 'chmod 700 %s'",
			    found->who, found->open, (int)(strlen(path) - strlen(tail)), path, found->open);
	if (has_suffix(path, "/maps/" RECORD_NAME STAGING_SUFFIX))
		string_list_add(found->left, path);
	if (!has_suffix(path, tail))
		return ST_OK;
	dir = xstrdup(path);
	dir[strlen(dir) - strlen(tail)] = '\0';
	add_once(found->recorded, dir);
	free(dir);
	return ST_OK;
}

int pin_state_scan(struct string_list *recorded, struct string_list *left, const char *who)
{
	struct found found = { .who = who, .recorded = recorded, .left = left };
	int status = bpffs_walk(who, visit_state, &found);

	free(found.open);
	return status;
}
