/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls, each with an LSM hook that it reaches: attempts_files.h,
 * attempts_net.h, attempts_tasks.h and attempts_ipc.h have them.
 *
 * An attempt prepares what it needs, makes the one call under RECORDED(), takes
 * back what it did and returns 0 or -errno.  Without a program that denies, it
 * returns 0.
 */
#ifndef KERNEL_ATTEMPTS_H
#define KERNEL_ATTEMPTS_H

#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "record.h"

/**
 * struct attempt - a way to reach a hook
 * @hook: its name
 * @run: the attempt
 * @err: what a denial comes out as, whatever the programs' verdict; 0: the
 *	verdict itself
 */
struct attempt {
	const char *hook;
	int (*run)(void);
	int err;
};

/*
 * A file system of the test's own for the attempts, in a mount name space that
 * ends with the test; in it "file", "dir", "mnt" and "symlink".
 */
static inline void attempts_prepare(void)
{
	const char *tmp = getenv("TMPDIR") ?: "/tmp";
	int fd;

	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("attempts", tmp, "tmpfs", 0, NULL) || chdir(tmp) ||
	    mkdir("dir", 0755) || mkdir("mnt", 0755) || symlink("file", "symlink"))
		test_bail("cannot prepare %s", tmp);
	fd = open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0755);
	if (fd < 0 || write(fd, "#!/bin/true\n", 12) != 12)
		test_bail("cannot prepare a file");
	close(fd);
}

static inline int check_fd(int fd)
{
	if (fd < 0)
		test_bail("no file descriptor for an attempt");
	return fd;
}

/* For calls that return a new file descriptor: 0 or -1, and errno stays. */
static inline int made(int fd)
{
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/* For calls that should be a child's: runs @run there, returns its result. */
static inline int in_child(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		test_bail("no child");
	if (!pid)
		_exit(-run());
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("a child did not end well");
	return -WEXITSTATUS(status);
}

#endif /* KERNEL_ATTEMPTS_H */
