// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pins made one by one, and all removed again unless they are kept. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bpf/bpf.h>

#include "bpffs_own.h"
#include "pinning.h"
#include "pins.h"
#include "signals.h"

static char **made;
static size_t nr_made;
static sigset_t old_signals;
static bool active;

static void forget(void)
{
	while (nr_made)
		free(made[--nr_made]);
	free(made);
	made = NULL;
	active = false;
	signals_release(&old_signals);
}

void pinning_keep(void)
{
	if (active)
		forget();
}

void pinning_undo(void)
{
	size_t i;

	if (!active)
		return;
	for (i = nr_made; i-- > 0;)
		if (remove(made[i]) && errno != ENOENT)
			fail(ST_FAILED, "attach: cannot remove %s again: %s; remove it by hand",
			     made[i], strerror(errno));
	forget();
}

void pinning_begin(void)
{
	static bool registered;

	if (!registered && atexit(pinning_undo))
		fail(ST_FAILED, "attach: cannot register an exit handler; going on without");
	registered = true;
	signals_hold(&old_signals);
	active = true;
}

void pinning_made(const char *path)
{
	char *copy = xstrdup(path);

	made = xreallocarray(made, nr_made + 1, sizeof(*made));
	made[nr_made++] = copy;
}

int pinning_mkdir(const char *dir)
{
	char *path = xstrdup(dir), *p = path;
	int err = 0;

	/* Each prefix of @dir in turn, the whole of it last. */
	while (!err && p) {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		if (!mkdir(path, 0700))
			pinning_made(path);
		else if (errno != EEXIST)
			err = -errno;
		if (p)
			*p = '/';
	}
	free(path);
	/* Somebody else may have been faster since need_bpffs(). */
	return err ? err : bpffs_check_own(dir);
}

int fail_pin(const char *path, int err)
{
	return fail(err == -EEXIST ? ST_EXISTS : ST_FAILED, "attach: cannot pin at %s: %s%s",
		    path, strerror(-err), err == -EEXIST ? PIN_MADE_MEANWHILE : "");
}

int pinning_pin(int fd, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	int status = ST_OK, err = pinning_mkdir(dir);

	if (!err && bpf_obj_pin(fd, path))
		err = -errno;
	if (err)
		status = fail_pin(path, err);
	else
		pinning_made(path);
	free(path);
	return status;
}
