// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations on files and directories. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "bench_env.h"

/* Operations that make or move a file. */
#define FEW 16

static int op_eventfd(struct bench_env *env)
{
	uint64_t one = 1;

	return env->event < 0 ? env->event : bench_checked(write(env->event, &one, sizeof(one)));
}

static int op_read(struct bench_env *env)
{
	char byte;

	return bench_checked(read(env->null, &byte, 1));
}

static int op_pipe(struct bench_env *env)
{
	char byte = 0;

	if (write(env->pipe[1], &byte, 1) < 0)
		return -errno;
	return bench_checked(read(env->pipe[0], &byte, 1));
}

static int op_open(struct bench_env *env)
{
	if (env->dir < 0)
		return env->dir;
	return bench_closed(openat(env->dir, "file", O_RDONLY | O_CLOEXEC));
}

static int op_stat(struct bench_env *env)
{
	struct stat st;

	return env->dir < 0 ? env->dir : bench_checked(fstatat(env->dir, "file", &st, 0));
}

static int op_access(struct bench_env *env)
{
	return env->dir < 0 ? env->dir : bench_checked(faccessat(env->dir, "file", R_OK, 0));
}

static int op_readlink(struct bench_env *env)
{
	char text[64];

	if (env->dir < 0)
		return env->dir;
	return bench_checked(readlinkat(env->dir, "link", text, sizeof(text)));
}

static int op_chmod(struct bench_env *env)
{
	return bench_checked(fchmod(env->file, 0600));
}

static int op_create(struct bench_env *env)
{
	int err;

	if (env->dir < 0)
		return env->dir;
	err = bench_closed(openat(env->dir, "new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	return err ? err : bench_checked(unlinkat(env->dir, "new", 0));
}

static int op_mkdir(struct bench_env *env)
{
	if (env->dir < 0)
		return env->dir;
	if (mkdirat(env->dir, "sub", 0700))
		return -errno;
	return bench_checked(unlinkat(env->dir, "sub", AT_REMOVEDIR));
}

static int op_rename(struct bench_env *env)
{
	if (env->dir < 0)
		return env->dir;
	if (renameat(env->dir, "file", env->dir, "else"))
		return -errno;
	return bench_checked(renameat(env->dir, "else", env->dir, "file"));
}

static int op_statfs(struct bench_env *env)
{
	struct statfs st;

	return bench_checked(fstatfs(env->null, &st));
}

static int op_fcntl(struct bench_env *env)
{
	return bench_checked(fcntl(env->null, F_GETFD));
}

static int op_flock(struct bench_env *env)
{
	return bench_checked(flock(env->file, LOCK_UN));
}

static int op_ioctl(struct bench_env *env)
{
	return bench_checked(ioctl(env->null, FIONCLEX));
}

static const struct bench_op ops[] = {
	OP("file_permission",     "write() of an eventfd",               op_eventfd),
	OP("file_permission",     "read() of /dev/null",                 op_read),
	OP("file_permission",     "write() and read() of a pipe",        op_pipe),
	OP("file_open",           "openat() and close()",                op_open),
	OP("file_alloc_security", "openat() and close()",                op_open),
	OP("file_free_security",  "openat() and close()",                op_open),
	OP("inode_getattr",       "fstatat()",                           op_stat),
	OP("inode_permission",    "faccessat()",                         op_access),
	OP("inode_readlink",      "readlinkat()",                        op_readlink),
	OP("inode_setattr",       "fchmod()",                            op_chmod),
	OP("inode_create",        "openat() that creates, and unlinkat()", op_create, .batch = FEW),
	OP("d_instantiate",       "openat() that creates, and unlinkat()", op_create, .batch = FEW),
	OP("inode_unlink",        "openat() that creates, and unlinkat()", op_create, .batch = FEW),
	OP("path_unlink",         "openat() that creates, and unlinkat()", op_create, .batch = FEW),
	OP("inode_mkdir",         "mkdirat() and unlinkat()",            op_mkdir, .batch = FEW),
	OP("inode_rmdir",         "mkdirat() and unlinkat()",            op_mkdir, .batch = FEW),
	OP("inode_rename",        "renameat() to and fro",               op_rename, .batch = FEW),
	OP("sb_statfs",           "fstatfs()",                           op_statfs),
	OP("file_fcntl",          "fcntl(F_GETFD)",                      op_fcntl),
	OP("file_ioctl",          "ioctl(FIONCLEX)",                     op_ioctl),
	OP("file_lock",           "flock(LOCK_UN)",                      op_flock),
};

/* A tmpfs in no name space: nobody else sees it, and it ends with us. */
static int private_tmpfs(void)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), dir;

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0700", 0) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		dir = -errno;
	else
		dir = bench_fd(fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
	close(fs);
	return dir;
}

static void setup(struct bench_env *env)
{
	env->null = bench_fd(open("/dev/null", O_RDWR | O_CLOEXEC));
	env->event = bench_fd(eventfd(0, EFD_CLOEXEC));
	if (pipe2(env->pipe, O_CLOEXEC))
		env->pipe[0] = env->pipe[1] = -errno;
	env->dir = private_tmpfs();
	if (env->dir < 0)
		return;
	env->file = bench_fd(openat(env->dir, "file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	if (env->file >= 0 && ftruncate(env->file, sysconf(_SC_PAGESIZE))) {
		close(env->file);
		env->file = -errno;
	}
	if (symlinkat("file", env->dir, "link") && env->file >= 0) {
		close(env->file);
		env->file = -errno;
	}
}

BENCH_GROUP(bench_files, ops, setup, NULL);
