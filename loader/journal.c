// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changes to the host that are all kept or all taken back. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpffs_own.h"
#include "journal.h"
#include "lsmslot.h"
#include "signals.h"

enum change_kind {
	CHANGE_MKDIR, CHANGE_RMDIR, CHANGE_PIN, CHANGE_UNPIN, CHANGE_RENAME, CHANGE_ENTRY,
	CHANGE_ATTACH, CHANGE_REPLACE,
};

/**
 * struct change - a change that was made
 * @path, @to: what the kind works on
 * @exchange: of a rename
 * @fd: object, map or link
 * @new_prog, @old_prog: of a replacement
 * @key, @value: the entry as it was; @value is NULL if there was none
 */
struct change {
	enum change_kind kind;
	char *path, *to;
	bool exchange;
	int fd, new_prog, old_prog;
	void *key, *value;
};

static const char *speaker;
static struct change *changes;
static size_t nr_changes;
static unsigned long fail_at, tried;
static sigset_t old_signals;
static bool active;

static void on_exit_undo(void)
{
	journal_undo();
}

void journal_begin(const char *cmd)
{
	const char *text = getenv(JOURNAL_FAIL_AT);
	static bool registered;

	speaker = cmd;
	fail_at = text ? strtoul(text, NULL, 10) : 0;
	tried = 0;
	if (!registered && atexit(on_exit_undo))
		fail(ST_FAILED, "%s: cannot register an exit handler; going on without", cmd);
	registered = true;
	signals_hold(&old_signals);
	active = true;
}

/* What was done is there to stay. */
static void forget(void)
{
	size_t i;

	for (i = 0; i < nr_changes; i++) {
		free(changes[i].path);
		free(changes[i].to);
		free(changes[i].key);
		free(changes[i].value);
	}
	free(changes);
	changes = NULL;
	nr_changes = 0;
}

static void end(void)
{
	forget();
	active = false;
	signals_release(&old_signals);
}

size_t journal_length(void)
{
	return nr_changes;
}

/* Before a change: is it the one that has to fail? */
static int fault(void)
{
	return ++tried == fail_at ? -EIO : 0;
}

/*
 * Room for the note is there before the change is made, so that nothing can
 * come between the two.
 */
static struct change *prepare(enum change_kind kind, const char *path, const char *to)
{
	struct change *c;

	changes = xreallocarray(changes, nr_changes + 1, sizeof(*changes));
	c = &changes[nr_changes];
	memset(c, 0, sizeof(*c));
	c->kind = kind;
	c->path = path ? xstrdup(path) : NULL;
	c->to = to ? xstrdup(to) : NULL;
	return c;
}

static int done(struct change *c, int err)
{
	if (!err) {
		nr_changes++;
		return 0;
	}
	free(c->path);
	free(c->to);
	free(c->key);
	free(c->value);
	return err;
}

static int make_one_dir(const char *dir, bool fresh)
{
	struct change *c = prepare(CHANGE_MKDIR, dir, NULL);
	struct stat st;
	int err;

	if (!fresh && !stat(dir, &st)) {
		done(c, -EEXIST);
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	}
	err = fault();
	if (!err && mkdir(dir, 0700))
		err = -errno;
	return done(c, err);
}

static int make_dirs(const char *dir, bool fresh)
{
	char *path = xstrdup(dir), *p = path;
	int err = 0;

	/* Each prefix of @dir in turn, the whole of it last. */
	while (!err && p) {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		err = make_one_dir(path, fresh && !p);
		if (p)
			*p = '/';
	}
	free(path);
	/* Somebody else may have been faster since the plan was made. */
	return err ? err : bpffs_check_own(dir);
}

int journal_mkdir(const char *dir)
{
	return make_dirs(dir, false);
}

int journal_mkdir_fresh(const char *dir)
{
	return make_dirs(dir, true);
}

int journal_rmdir(const char *dir)
{
	struct change *c = prepare(CHANGE_RMDIR, dir, NULL);
	int err = fault();

	if (!err && rmdir(dir))
		err = -errno;
	return done(c, err);
}

int journal_pin(int fd, const char *path)
{
	struct change *c = prepare(CHANGE_PIN, path, NULL);
	int err = fault();

	if (!err && bpf_obj_pin(fd, path))
		err = -errno;
	return done(c, err);
}

int journal_unpin(int fd, const char *path)
{
	struct change *c = prepare(CHANGE_UNPIN, path, NULL);
	int err = fault();

	c->fd = fd;
	if (!err && unlink(path))
		err = -errno;
	return done(c, err);
}

int journal_rename(const char *from, const char *to, bool exchange)
{
	struct change *c = prepare(CHANGE_RENAME, from, to);
	int err = fault();

	c->exchange = exchange;
	if (!err && renameat2(AT_FDCWD, from, AT_FDCWD, to, exchange ? RENAME_EXCHANGE : RENAME_NOREPLACE))
		err = -errno;
	return done(c, err);
}

int journal_set_entry(int map_fd, const void *key, size_t key_size, const void *old,
		      const void *value, size_t value_size)
{
	struct change *c = prepare(CHANGE_ENTRY, NULL, NULL);
	int err = fault();

	c->fd = map_fd;
	c->key = memcpy(xcalloc(key_size, 1), key, key_size);
	c->value = old ? memcpy(xcalloc(value_size, 1), old, value_size) : NULL;
	if (!err && (value ? bpf_map_update_elem(map_fd, key, value, BPF_ANY) :
			     bpf_map_delete_elem(map_fd, key)))
		err = -errno;
	return done(c, err);
}

int journal_attach(int prog_fd, const struct link_place_arg *place)
{
	struct change *c = prepare(CHANGE_ATTACH, NULL, NULL);
	int fd = fault();

	if (!fd)
		fd = link_create(prog_fd, place);
	c->fd = fd;
	done(c, fd < 0 ? fd : 0);
	return fd;
}

int journal_replace(int link_fd, int new_prog_fd, int old_prog_fd)
{
	struct change *c = prepare(CHANGE_REPLACE, NULL, NULL);
	int err = fault();

	c->fd = link_fd;
	c->new_prog = new_prog_fd;
	c->old_prog = old_prog_fd;
	if (!err)
		err = link_replace(link_fd, new_prog_fd, old_prog_fd);
	return done(c, err);
}

int journal_seal(int link_fd)
{
	int err = fault();

	if (!err)
		err = link_seal(link_fd);
	if (!err)
		forget();
	return err;
}

static int undo_change(const struct change *c)
{
	int err = 0;

	switch (c->kind) {
	case CHANGE_MKDIR:
		err = rmdir(c->path);
		break;
	case CHANGE_RMDIR:
		err = mkdir(c->path, 0700);
		break;
	case CHANGE_PIN:
		err = unlink(c->path);
		break;
	case CHANGE_UNPIN:
		err = bpf_obj_pin(c->fd, c->path);
		break;
	case CHANGE_RENAME:
		err = renameat2(AT_FDCWD, c->to, AT_FDCWD, c->path,
				c->exchange ? RENAME_EXCHANGE : RENAME_NOREPLACE);
		break;
	case CHANGE_ENTRY:
		err = c->value ? bpf_map_update_elem(c->fd, c->key, c->value, BPF_ANY) :
				 bpf_map_delete_elem(c->fd, c->key);
		break;
	case CHANGE_ATTACH:
		err = close(c->fd);
		break;
	case CHANGE_REPLACE:
		return link_replace(c->fd, c->old_prog, c->new_prog);
	}
	return err ? -errno : 0;
}

static void fail_undo(const struct change *c, int err)
{
	static const char *const what[] = {
		[CHANGE_MKDIR] = "remove the new directory",
		[CHANGE_RMDIR] = "make again the directory",
		[CHANGE_PIN] = "remove the new pin",
		[CHANGE_UNPIN] = "pin again",
		[CHANGE_RENAME] = "give back its name to",
		[CHANGE_ENTRY] = "set an entry of a map back",
		[CHANGE_ATTACH] = "detach a new link",
		[CHANGE_REPLACE] = "give a link its old program back",
	};

	fail(ST_FAILED, "%s: cannot undo a change: cannot %s%s%s: %s; 'lsmslot status' shows what is attached now",
	     speaker, what[c->kind], c->path ? " " : "", c->path ? c->path : "", strerror(-err));
}

void journal_undo(void)
{
	size_t i;
	int err;

	if (!active)
		return;
	/* Go on after a failure: what can be as it was should be. */
	for (i = nr_changes; i-- > 0;) {
		err = undo_change(&changes[i]);
		if (err)
			fail_undo(&changes[i], err);
	}
	end();
}

void journal_keep(void)
{
	if (active)
		end();
}
