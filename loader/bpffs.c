// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A walk over the BPF file systems; fts(3) passes over what it cannot read. */
#include <dirent.h>
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bpffs.h"
#include "lsmslot.h"

struct walk {
	const char *cmd;
	bpffs_visit *visit;
	void *data;
	dev_t dev;
};

static int cannot_read(const struct walk *walk, const char *path)
{
	int err = errno;

	if (err == ENOENT || err == EACCES || err == EPERM)
		return ST_OK;
	return fail(ST_FAILED, "%s%scannot read %s: %s", walk->cmd ? walk->cmd : "",
		    walk->cmd ? ": " : "", path, strerror(err));
}

static int walk_entry(const struct walk *walk, const char *path);

static int walk_dir(const struct walk *walk, const char *dir)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, NULL), status = ST_OK, i;

	if (n < 0)
		return cannot_read(walk, dir);
	for (i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (!status && strcmp(name, ".") && strcmp(name, "..")) {
			char *path = xasprintf("%s/%s", dir, name);

			status = walk_entry(walk, path);
			free(path);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

static int walk_entry(const struct walk *walk, const char *path)
{
	struct stat st;
	int status;

	if (lstat(path, &st))
		return cannot_read(walk, path);
	if (S_ISREG(st.st_mode))
		return walk->visit(path, false, walk->data);
	if (!S_ISDIR(st.st_mode) || st.st_dev != walk->dev)
		return ST_OK;
	status = walk->visit(path, true, walk->data);
	if (status)
		return status == BPFFS_SKIP ? ST_OK : status;
	return walk_dir(walk, path);
}

static int walk_mount(struct walk *walk, const char *dir)
{
	struct stat st;

	if (stat(dir, &st))
		return cannot_read(walk, dir);
	walk->dev = st.st_dev;
	return walk_dir(walk, dir);
}

int bpffs_walk(const char *cmd, bpffs_visit *visit, void *data)
{
	struct walk walk = { .cmd = cmd, .visit = visit, .data = data };
	const char *head = cmd ? cmd : "", *colon = cmd ? ": " : "";
	struct mntent *m;
	int status = ST_OK;
	FILE *f;

	f = setmntent("/proc/self/mounts", "re");
	if (!f)
		return fail(ST_FAILED, "%s%scannot read /proc/self/mounts: %s; mount /proc", head,
			    colon, strerror(errno));
	while (!status && (m = getmntent(f)))
		if (!strcmp(m->mnt_type, "bpf"))
			status = walk_mount(&walk, m->mnt_dir);
	if (!status && ferror(f))
		status = fail(ST_FAILED, "%s%scannot read all of /proc/self/mounts", head, colon);
	endmntent(f);
	return status;
}
