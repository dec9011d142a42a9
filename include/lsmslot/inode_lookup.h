/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * User space: the identity of an open file as the policies' programs see it.
 */
#ifndef LSMSLOT_INODE_LOOKUP_H
#define LSMSLOT_INODE_LOOKUP_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <lsmslot/inode_id.h>

/* What /proc/self/fdinfo says of @fd: the inode number and the mount's id. */
static inline int lsmslot_fdinfo(int fd, unsigned long long *ino, int *mnt_id)
{
	bool have_ino = false, have_mnt = false;
	char path[64], line[256];
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "re");
	if (!info)
		return -errno;
	while (fgets(line, sizeof(line), info)) {
		if (sscanf(line, "ino: %llu", ino) == 1)
			have_ino = true;
		else if (sscanf(line, "mnt_id: %d", mnt_id) == 1)
			have_mnt = true;
	}
	fclose(info);
	return have_ino && have_mnt ? 0 : -ENODATA;
}

/*
 * The device of the file system that mount @mnt_id shows.  Whole lines are read,
 * of any length: the rest of one, which a mount point's name makes up, could
 * pass for the line of another mount.
 */
static inline int lsmslot_mount_dev(int mnt_id, __u64 *dev)
{
	unsigned int major, minor;
	int id, err = -ENODATA;
	char *line = NULL;
	size_t size = 0;
	FILE *info;

	info = fopen("/proc/self/mountinfo", "re");
	if (!info)
		return -errno;
	while (getline(&line, &size, info) > 0) {
		if (sscanf(line, "%d %*d %u:%u", &id, &major, &minor) != 3 ||
		    id != mnt_id)
			continue;
		*dev = LSMSLOT_DEV(major, minor);
		err = 0;
		break;
	}
	free(line);
	fclose(info);
	return err;
}

/*
 * Identity of the file open as @fd, O_PATH being enough. Returns 0, or a
 * negative errno; -ENODATA when /proc has no such mount for this process, as
 * for a memfd or a file of another mount namespace.
 */
static inline int lsmslot_inode_id_of(int fd, struct lsmslot_inode_id *id)
{
	unsigned long long ino;
	int mnt_id, err;
	struct stat st;
	__u64 dev = 0;

	err = lsmslot_fdinfo(fd, &ino, &mnt_id);
	if (err)
		return err;
	err = lsmslot_mount_dev(mnt_id, &dev);
	if (err)
		return err;
	if (fstat(fd, &st))
		return -errno;
	id->dev = dev;
	id->type = st.st_mode & S_IFMT;
	id->ino = ino;
	return 0;
}

#endif /* LSMSLOT_INODE_LOOKUP_H */
