// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's numbers for what an operator calls by a path. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <lsmslot/inode_lookup.h>

#include "host_ids.h"
#include "lsmslot.h"

/*
 * O_PATH alone takes the place of an automount for what is mounted there when it
 * is used; to ask for a folder mounts it.
 */
static int open_place(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOTDIR)
		fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int inode_id_of_path(const char *path, struct lsmslot_inode_id *id)
{
	int fd = open_place(path), err;

	if (fd < 0)
		return fd;
	err = lsmslot_inode_id_of(fd, id);
	close(fd);
	return err;
}

bool path_is_automount(const char *path)
{
	int fd = open_place(path);
	struct statfs st;
	bool is;

	if (fd < 0)
		return false;
	is = !fstatfs(fd, &st) && (unsigned long)st.f_type == AUTOFS_SUPER_MAGIC;
	close(fd);
	return is;
}

/* mountinfo writes blanks and the like as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (*s == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		} else {
			*to++ = *s;
		}
	*to = '\0';
}

/* True if mount @mnt_id shows its file system's device at @path. */
static bool mounted_at(int mnt_id, const char *path)
{
	char *line = NULL, *where;
	bool found = false;
	size_t size = 0;
	FILE *f;
	int id;

	f = fopen("/proc/self/mountinfo", "re");
	while (f && !found && getline(&line, &size, f) > 0) {
		where = NULL;
		if (sscanf(line, "%d %*d %*s %*s %ms", &id, &where) == 2 && id == mnt_id) {
			unescape(where);
			found = !strcmp(where, path);
		}
		free(where);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

int dev_of_mount(const char *path, __u64 *dev)
{
	unsigned long long ino;
	int fd, mnt_id, err;
	char *real;

	real = realpath(path, NULL);
	if (!real)
		return -errno;
	fd = open_place(real);
	if (fd < 0) {
		free(real);
		return fd;
	}
	err = lsmslot_fdinfo(fd, &ino, &mnt_id);
	close(fd);
	if (!err && !mounted_at(mnt_id, real))
		err = -ENODATA;
	if (!err)
		err = lsmslot_mount_dev(mnt_id, dev);
	free(real);
	return err;
}

static bool lies_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (path[len] == '/' || !path[len]);
}

/*
 * The cgroup called @path as a path of the file system: itself if it has the
 * place of a mount in front, else below the first mount.  To be freed; NULL if
 * the unified hierarchy is mounted nowhere.
 */
static char *cgroup_path(const char *path)
{
	char *full = NULL;
	struct mntent *m;
	FILE *f;

	f = setmntent("/proc/self/mounts", "re");
	while (f && (m = getmntent(f))) {
		if (strcmp(m->mnt_type, "cgroup2"))
			continue;
		if (lies_in(path, m->mnt_dir)) {
			free(full);
			full = xstrdup(path);
			break;
		}
		if (!full)
			full = xasprintf("%s%s", m->mnt_dir, path);
	}
	if (f)
		endmntent(f);
	return full;
}

int cgroup_id_of_path(const char *path, __u64 *id)
{
	struct {
		struct file_handle head;
		__u64 id;
	} handle = { .head.handle_bytes = sizeof(handle.id) };
	char *full = cgroup_path(path);
	int mnt_id, err = 0;
	struct statfs st;

	if (!full)
		return -ENODEV;
	if (statfs(full, &st))
		err = -errno;
	else if ((unsigned long)st.f_type != CGROUP2_SUPER_MAGIC)
		err = -ENOENT;
	else if (name_to_handle_at(AT_FDCWD, full, &handle.head, &mnt_id, 0))
		err = -errno;
	free(full);
	memcpy(id, handle.head.f_handle, sizeof(*id));
	return err;
}
