/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The system calls that reach the hooks, in folders, cgroups and a mount name
 * space of the test's own.
 */
#ifndef FUZZ_CALLS_H
#define FUZZ_CALLS_H

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "fuzz_programs.h"

#define FUZZ_OPTION	0x6c736d39	/* an option that prctl() does not know */

#define FUZZ_SET_STRING	1		/* FSCONFIG_SET_STRING */

/* File descriptors: a file, a file system to be, a socket, the cgroup and the one above. */
static int fuzz_file, fuzz_context, fuzz_socket, fuzz_cgroups[2];

static const char fuzz_upper[] = "cgroup/lsmslot-fuzz";
static const char fuzz_inner[] = "cgroup/lsmslot-fuzz/inner";

static inline int fuzz_move(const char *cgroup)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	return write_text(path, "0");
}

static inline void fuzz_calls_prepare(void)
{
	const char *tmp = getenv("TMPDIR") ?: "/tmp";

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("fuzz", tmp, "tmpfs", 0, NULL) || chdir(tmp) || mkdir("cgroup", 0755) ||
	    mount("none", "cgroup", "cgroup2", 0, NULL))
		test_bail("cannot prepare %s", tmp);
	fuzz_file = open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	fuzz_context = syscall(SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */);
	if (fuzz_file < 0 || write(fuzz_file, "x", 1) != 1 || fuzz_context < 0)
		test_bail("cannot prepare files");
	/* They may be there from a run that was stopped. */
	mkdir(fuzz_upper, 0755);
	mkdir(fuzz_inner, 0755);
	if (fuzz_move(fuzz_inner))
		test_bail("cannot move to a cgroup");
	fuzz_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fuzz_socket < 0)
		test_bail("no socket");
	fuzz_cgroups[0] = open(fuzz_inner, O_RDONLY | O_CLOEXEC);
	fuzz_cgroups[1] = open(fuzz_upper, O_RDONLY | O_CLOEXEC);
	if (fuzz_cgroups[0] < 0 || fuzz_cgroups[1] < 0)
		test_bail("cannot open a cgroup");
}

static inline void fuzz_calls_end(void)
{
	fuzz_move("cgroup");
	for (int i = 0; i < 50 && rmdir(fuzz_inner); i++)
		pause_ms(20);
	for (int i = 0; i < 50 && rmdir(fuzz_upper); i++)
		pause_ms(20);
}

/* The one call while programs act: its result, negative errno for an error. */
#define FUZZ_ACTED(call)						\
({									\
	long __ret;							\
									\
	fuzz_act(true);							\
	__ret = (call);							\
	if (__ret < 0)							\
		__ret = -errno;						\
	fuzz_act(false);						\
	(int)__ret;							\
})

/* For calls that return a file descriptor. */
static inline int fuzz_closed(int fd)
{
	if (fd > 0)
		close(fd);
	return fd > 0 ? 0 : fd;
}

static inline int fuzz_undone(int ret)
{
	unlink("new");
	return ret;
}

/* 0 or a negative errno */
static inline int fuzz_make_call(enum fuzz_call_id call)
{
	/* An abstract name, of the kernel's choice; once it has one, the socket keeps it. */
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char byte;

	switch (call) {
	case CALL_PRCTL:
		return FUZZ_ACTED(prctl(FUZZ_OPTION, 0, 0, 0, 0));
	case CALL_FSCONFIG:
		return FUZZ_ACTED(syscall(SYS_fsconfig, fuzz_context, FUZZ_SET_STRING, "size",
					  "64k", 0));
	case CALL_SYMLINK:
		return fuzz_undone(FUZZ_ACTED(symlink("file", "new")));
	case CALL_MKFIFO:
		return fuzz_undone(FUZZ_ACTED(mknod("new", S_IFIFO | 0600, 0)));
	case CALL_SETXATTR:
		return FUZZ_ACTED(fsetxattr(fuzz_file, "trusted.a", "b", 1, 0));
	case CALL_KILL:
		return FUZZ_ACTED(kill(getpid(), 0));
	case CALL_READ:
		return FUZZ_ACTED(pread(fuzz_file, &byte, 1, 0) < 0 ? -1 : 0);
	case CALL_OPEN:
		return fuzz_closed(FUZZ_ACTED(open("file", O_RDONLY | O_CLOEXEC)));
	case CALL_SETOWN:
		return FUZZ_ACTED(fcntl(fuzz_file, F_SETOWN, getpid()));
	case CALL_SOCKET:
		return fuzz_closed(FUZZ_ACTED(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
	case CALL_BIND:
		return FUZZ_ACTED(bind(fuzz_socket, (struct sockaddr *)&name,
				       sizeof(name.sun_family)));
	default:
		test_bail("no such call");
	}
}

#endif /* FUZZ_CALLS_H */
