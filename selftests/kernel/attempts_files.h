/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attempts: hooks of files, inodes, paths and mounts. */
#ifndef KERNEL_ATTEMPTS_FILES_H
#define KERNEL_ATTEMPTS_FILES_H

#include <linux/fs.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "attempts.h"

static int try_open(void)
{
	return RECORDED(made(open("file", O_RDONLY | O_CLOEXEC)));
}

/* A call on the open file "file". */
#define TRY_FD(name, call)						\
static int try_##name(void)						\
{									\
	int fd = check_fd(open("file", O_RDWR | O_CLOEXEC));		\
	int ret = RECORDED(call);					\
									\
	close(fd);							\
	return ret;							\
}

TRY_FD(read, pread(fd, &(char) { 0 }, 1, 0))
TRY_FD(ioctl, ioctl(fd, FIGETBSZ, &(int) { 0 }))
TRY_FD(flock, flock(fd, LOCK_EX))
TRY_FD(fcntl, fcntl(fd, F_GETFL))
TRY_FD(ftruncate, ftruncate(fd, 12))
TRY_FD(fchmod, fchmod(fd, 0755))
TRY_FD(fstat, fstat(fd, &(struct stat) { 0 }))

static int try_mmap(void)
{
	int fd = check_fd(open("file", O_RDONLY | O_CLOEXEC)), ret;
	void *at;

	ret = RECORDED((at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0)) ==
		       MAP_FAILED ? -1 : 0);
	if (!ret)
		munmap(at, 4096);
	close(fd);
	return ret;
}

static int try_mprotect(void)
{
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret = RECORDED(mprotect(at, 4096, PROT_READ | PROT_WRITE));

	munmap(at, 4096);
	return ret;
}

/* A call that makes something called "new", and what takes it back. */
#define TRY_MAKE(name, call, undo)					\
static int try_##name(void)						\
{									\
	int ret = RECORDED(call);					\
									\
	undo("new");							\
	return ret;							\
}

TRY_MAKE(create, made(open("new", O_CREAT | O_WRONLY, 0644)), unlink)
TRY_MAKE(mkdir, mkdir("new", 0755), rmdir)
TRY_MAKE(mknod, mknod("new", S_IFIFO | 0644, 0), unlink)
TRY_MAKE(symlink, symlink("file", "new"), unlink)
TRY_MAKE(link, link("file", "new"), unlink)

/* A call on an empty file "old". */
#define TRY_OLD(name, call)						\
static int try_##name(void)						\
{									\
	int ret;							\
									\
	close(check_fd(open("old", O_CREAT | O_WRONLY, 0644)));		\
	ret = RECORDED(call);						\
	unlink("old");							\
	unlink("new");							\
	return ret;							\
}

TRY_OLD(unlink, unlink("old"))
TRY_OLD(rename, rename("old", "new"))
TRY_OLD(chmod, chmod("old", 0600))
TRY_OLD(chown, chown("old", 1, 1))
TRY_OLD(truncate, truncate("old", 1))
TRY_OLD(setxattr, setxattr("old", "trusted.a", "b", 1, 0))

static int try_removexattr(void)
{
	int ret;

	setxattr("file", "trusted.a", "b", 1, 0);
	ret = RECORDED(removexattr("file", "trusted.a"));
	removexattr("file", "trusted.a");
	return ret;
}

static int try_getxattr(void)
{
	char value[8];
	int ret;

	setxattr("file", "trusted.a", "b", 1, 0);
	ret = RECORDED(getxattr("file", "trusted.a", value, sizeof(value)));
	removexattr("file", "trusted.a");
	return ret;
}

static int try_listxattr(void)
{
	return RECORDED(listxattr("file", NULL, 0));
}

static int try_rmdir(void)
{
	int ret;

	if (mkdir("old", 0755))
		test_bail("cannot make a folder");
	ret = RECORDED(rmdir("old"));
	rmdir("old");
	return ret;
}

static int try_readlink(void)
{
	char text[16];

	return RECORDED(readlink("symlink", text, sizeof(text)));
}

static int try_follow(void)
{
	return RECORDED(access("symlink", F_OK));
}

static int try_access(void)
{
	return RECORDED(access("file", R_OK));
}

static int chroot_child(void)
{
	return RECORDED(chroot("dir"));
}

static int try_chroot(void)
{
	return in_child(chroot_child);
}

static int try_inotify(void)
{
	int fd = check_fd(inotify_init1(IN_CLOEXEC));
	int ret = RECORDED(inotify_add_watch(fd, "file", IN_MODIFY));

	close(fd);
	return ret;
}

static int try_statfs(void)
{
	struct statfs fs;

	return RECORDED(statfs("file", &fs));
}

static int try_mount(void)
{
	int ret = RECORDED(mount("none", "mnt", "tmpfs", 0, "size=64k"));

	umount("mnt");
	return ret;
}

static int try_umount(void)
{
	int ret;

	if (mount("none", "mnt", "tmpfs", 0, NULL))
		test_bail("cannot mount");
	ret = RECORDED(umount("mnt"));
	umount("mnt");
	return ret;
}

static const struct attempt attempts_files[] = {
	{ "file_open", try_open, 0 },
	{ "file_alloc_security", try_open, 0 },
	{ "file_permission", try_read, 0 },
	{ "file_ioctl", try_ioctl, 0 },
	{ "file_lock", try_flock, 0 },
	{ "file_fcntl", try_fcntl, 0 },
	{ "file_truncate", try_ftruncate, 0 },
	{ "mmap_file", try_mmap, 0 },
	{ "mmap_addr", try_mmap, 0 },
	{ "file_mprotect", try_mprotect, 0 },
	{ "inode_create", try_create, 0 },
	{ "inode_mkdir", try_mkdir, 0 },
	{ "inode_mknod", try_mknod, 0 },
	{ "inode_symlink", try_symlink, 0 },
	{ "inode_link", try_link, 0 },
	{ "inode_unlink", try_unlink, 0 },
	{ "inode_rmdir", try_rmdir, 0 },
	{ "inode_rename", try_rename, 0 },
	{ "inode_setattr", try_fchmod, 0 },
	{ "inode_getattr", try_fstat, 0 },
	{ "inode_setxattr", try_setxattr, 0 },
	{ "inode_getxattr", try_getxattr, 0 },
	{ "inode_listxattr", try_listxattr, 0 },
	{ "inode_removexattr", try_removexattr, 0 },
	{ "inode_readlink", try_readlink, 0 },
	{ "inode_follow_link", try_follow, 0 },
	{ "inode_permission", try_access, 0 },
	{ "path_mkdir", try_mkdir, 0 },
	{ "path_mknod", try_mknod, 0 },
	{ "path_symlink", try_symlink, 0 },
	{ "path_link", try_link, 0 },
	{ "path_unlink", try_unlink, 0 },
	{ "path_rmdir", try_rmdir, 0 },
	{ "path_rename", try_rename, 0 },
	{ "path_chmod", try_chmod, 0 },
	{ "path_chown", try_chown, 0 },
	{ "path_truncate", try_truncate, 0 },
	{ "path_chroot", try_chroot, 0 },
	{ "path_notify", try_inotify, 0 },
	{ "sb_statfs", try_statfs, 0 },
	{ "sb_mount", try_mount, 0 },
	{ "sb_kern_mount", try_mount, 0 },
	{ "sb_umount", try_umount, 0 },
};

#endif /* KERNEL_ATTEMPTS_FILES_H */
