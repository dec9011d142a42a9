/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies: file systems to try things on, in a mount name
 * space of the test's own, and small helpers for files on them.
 */
#ifndef POLICY_TEST_FILES_H
#define POLICY_TEST_FILES_H

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <lsmslot/inode_lookup.h>

#include "policy.h"

#define TEST_ROOT "/tmp/lsmslot-test"

/* Runs a shell command of the scaffold; its failure ends the test. */
__attribute__((format(printf, 1, 2)))
static inline void sh(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	fflush(stdout);
	if (system(command))
		test_bail("failed: %s", command);
}

/* An empty tmpfs of the test's own, gone with its mount name space. */
static inline void files_init(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		test_bail("cannot have a mount name space");
	sh("mkdir -p %s", TEST_ROOT);
	if (mount("test", TEST_ROOT, "tmpfs", 0, "size=256m,mode=755"))
		test_bail("cannot mount a tmpfs");
}

static inline void mount_tmpfs(const char *dir)
{
	sh("mkdir -p %s && mount -t tmpfs -o size=64m test %s", dir, dir);
}

/*
 * Not mount -o loop: it holds the device open for writing while it mounts it,
 * which kernels without CONFIG_BLK_DEV_WRITE_MOUNTED refuse. The device goes
 * with its last user. With metadata_csum ext4 has no FS_IOC_SETVERSION.
 */
static inline void mount_ext4(const char *dir)
{
	sh("mkdir -p %s && truncate -s 48M %s.img && "
	   "mkfs.ext4 -q -O ^metadata_csum %s.img && "
	   "dev=$(losetup -f --show %s.img) && mount $dev %s && losetup -d $dev",
	   dir, dir, dir, dir, dir);
}

/* Upper layer on a tmpfs, lower layer @lower; nfs_export is for file handles. */
static inline void mount_overlay(const char *dir, const char *lower)
{
	mount_tmpfs(dir);
	sh("mkdir %s/upper %s/work %s/merged && mount -t overlay "
	   "-o index=on,nfs_export=on,lowerdir=%s,upperdir=%s/upper,"
	   "workdir=%s/work test %s/merged",
	   dir, dir, dir, lower, dir, dir, dir);
}

static inline void unmount(const char *dir)
{
	if (umount2(dir, 0))
		test_bail("cannot unmount %s", dir);
}

/* Callers pass a buffer they keep; PATHS never get near its size. */
#define PATH_SIZE 256

__attribute__((format(printf, 2, 3)))
static inline const char *path_set(char *path, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(path, PATH_SIZE, format, args);
	va_end(args);
	if (length >= PATH_SIZE)
		test_bail("path too long: %s", path);
	return path;
}

static inline void file_write(const char *path, const void *data, size_t size,
			      mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd))
		test_bail("cannot write %s", path);
}

static inline int file_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		test_bail("cannot open %s", path);
	return fd;
}

/* @flags may have O_NOFOLLOW. */
static inline struct lsmslot_inode_id inode_id(const char *path, int flags)
{
	int fd = file_open(path, O_PATH | flags);
	struct lsmslot_inode_id id = {};
	int err = lsmslot_inode_id_of(fd, &id);

	errno = -err;
	if (err)
		test_bail("cannot identify %s", path);
	close(fd);
	return id;
}

/*
 * The test itself, by its path: /proc/self/exe leads to a mount of another
 * mount name space.
 */
static inline struct lsmslot_inode_id own_exe_id(void)
{
	char self[PATH_SIZE] = {};

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		test_bail("no /proc/self/exe");
	return inode_id(self, 0);
}

/* 0 or -errno of a call that returns -1 on failure. */
static inline int result(long ret)
{
	return ret < 0 ? -errno : 0;
}

#endif /* POLICY_TEST_FILES_H */
