// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pins made one by one, and all removed again unless they are kept. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pinning.h"

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
	sigprocmask(SIG_SETMASK, &old_signals, NULL);
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
	sigset_t held;

	if (!registered && atexit(pinning_undo))
		fail(ST_FAILED, "attach: cannot register an exit handler; going on without");
	registered = true;
	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGQUIT);
	sigaddset(&held, SIGPIPE);
	sigprocmask(SIG_BLOCK, &held, &old_signals);
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
	return err;
}
