// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whose the folders of a BPF file system are: what others hold they can swap or empty. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bpffs_own.h"
#include "lsmslot.h"

bool bpffs_folder_owned(const struct stat *st)
{
	return !st->st_uid || st->st_uid == geteuid();
}

bool bpffs_folder_own(const struct stat *st)
{
	return bpffs_folder_owned(st) && !(st->st_mode & 022);
}

/* In @dev the BPF file system that the folder above is in, 0 for none. */
static int check_one(const char *path, dev_t *dev, struct stat *st)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), err = 0;
	struct statfs fs;
	bool root;

	/* -EPERM is for what was looked at. */
	if (fd < 0)
		return errno == EPERM ? -EACCES : -errno;
	if (fstat(fd, st) || fstatfs(fd, &fs))
		err = -errno;
	close(fd);
	if (err)
		return err;
	if ((unsigned long)fs.f_type != BPF_FS_MAGIC) {
		*dev = 0;
		return 0;
	}
	root = st->st_dev != *dev;
	*dev = st->st_dev;
	/* In a sticky folder nobody moves or removes what is another's. */
	if (S_ISDIR(st->st_mode) && !(root && st->st_mode & S_ISVTX))
		return bpffs_folder_own(st) ? 0 : -EPERM;
	return bpffs_folder_owned(st) ? 0 : -EPERM;
}

static int check_prefixes(const char *full, char **where, struct stat *st)
{
	char *path = xstrdup(full), *p = path;
	dev_t dev = 0;
	int err = 0;

	while (!err && p) {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		err = check_one(path, &dev, st);
		if (err == -EPERM) {
			*where = path;
			return err;
		}
		if (p)
			*p = '/';
	}
	free(path);
	return err == -ENOENT ? 0 : err;
}

/* Where the part of @path that exists leads to, to be freed; NULL with errno set. */
static char *real_part(const char *path)
{
	char *part = xstrdup(path), *real, *slash;

	while (!(real = realpath(part, NULL)) && errno == ENOENT) {
		slash = strrchr(part, '/');
		if (!slash)
			break;
		slash[slash == part] = '\0';
	}
	free(part);
	return real;
}

int bpffs_path_own(const char *path, char **where, struct stat *st)
{
	char *full, *real, *cwd = NULL;
	int err;

	*where = NULL;
	if (*path != '/') {
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return -errno;
	}
	full = cwd ? xasprintf("%s/%s", cwd, path) : xstrdup(path);
	/* As it is written for the links on the way, then what they lead to. */
	err = check_prefixes(full, where, st);
	if (!err) {
		real = real_part(full);
		err = real ? check_prefixes(real, where, st) : -errno;
		free(real);
	}
	free(full);
	free(cwd);
	return err;
}

int bpffs_check_own(const char *path)
{
	struct stat st;
	char *where;
	int err = bpffs_path_own(path, &where, &st);

	free(where);
	return err;
}

/* By descriptors, so that nothing outside can take the place of what is in there. */
static int empty(int dir)
{
	struct dirent **names;
	int n = scandirat(dir, ".", &names, NULL, NULL), i, fd, err = 0;

	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (err || !strcmp(name, ".") || !strcmp(name, "..")) {
			;
		} else if (unlinkat(dir, name, 0)) {
			err = -errno;
			fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (fd >= 0) {
				err = empty(fd);
				close(fd);
				if (!err && unlinkat(dir, name, AT_REMOVEDIR))
					err = -errno;
			}
		}
		free(names[i]);
	}
	free(names);
	return err;
}

int bpffs_remove_tree(const char *path)
{
	int err = bpffs_check_own(path), fd;

	if (err)
		return err;
	/* Not what a link leads to. */
	if (!unlink(path))
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = empty(fd);
	close(fd);
	if (!err && rmdir(path))
		err = -errno;
	return err;
}
