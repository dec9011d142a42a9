/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of exec-guard: something to execute, and ways to execute it.
 * A way returns 0 if the code ran and a negative errno if it was kept from it.
 *
 * The code is the test program itself: called as EXEC_ARG it ends with
 * EXEC_RAN, a status that nothing else ends with.
 */
#ifndef POLICY_TEST_EXEC_H
#define POLICY_TEST_EXEC_H

#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>

#include "files.h"

#define EXEC_ARG "lsmslot-ran"
#define EXEC_RAN 201
#define EXEC_DIED 255	/* by a signal, or with a status that says nothing */
#define LD_SO "/lib64/ld-linux-x86-64.so.2"
#define LIBRARY "/lib/x86_64-linux-gnu/libm.so.6" /* none the test has loaded */
#define SCRIPT "#!/bin/sh\nexit 201\n"

/* First thing in main(): a program run under another name gets here too. */
static inline void exec_payload(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], EXEC_ARG))
			_exit(EXEC_RAN);
}

/* What ended the last one that exec_at() has run, 0 if it ended by itself. */
static int exec_signal;

struct blob {
	char *data;
	size_t size;
};

static inline struct blob blob_read(const char *path)
{
	int fd = file_open(path, O_RDONLY);
	struct stat stat;
	struct blob blob;

	if (fstat(fd, &stat))
		test_bail("cannot stat %s", path);
	blob.size = stat.st_size;
	blob.data = malloc(blob.size);
	if (!blob.data || read(fd, blob.data, blob.size) != (ssize_t)blob.size)
		test_bail("cannot read %s", path);
	close(fd);
	return blob;
}

/* The test program, made to ask for @interpreter where it asks for ld.so. */
static inline struct blob blob_with_interpreter(const char *interpreter)
{
	struct blob blob = blob_read("/proc/self/exe");
	Elf64_Ehdr *header = (void *)blob.data;
	Elf64_Phdr *segments = (void *)(blob.data + header->e_phoff);

	for (int i = 0; i < header->e_phnum; i++) {
		if (segments[i].p_type != PT_INTERP)
			continue;
		if (strlen(interpreter) >= segments[i].p_filesz)
			test_bail("no room for %s", interpreter);
		memset(blob.data + segments[i].p_offset, 0,
		       segments[i].p_filesz);
		strcpy(blob.data + segments[i].p_offset, interpreter);
		segments[i].p_filesz = strlen(interpreter) + 1;
		return blob;
	}
	test_bail("the test program asks for no ld.so");
}

/*
 * In a child: what execveat() leads to. A program that runs and fails on its
 * own, as ld.so does when it cannot map its argument, ends with 127.
 */
static inline int exec_at(int dir, const char *path, char *const argv[],
			  int flags)
{
	static char *const env[] = { NULL };
	int status, pid;

	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 2);
		execveat(dir, path, argv, env, flags);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		test_bail("cannot run a child");
	exec_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (!WIFEXITED(status))
		return -EXEC_DIED;
	if (WEXITSTATUS(status) == EXEC_RAN)
		return 0;
	return WEXITSTATUS(status) ? -WEXITSTATUS(status) : -EXEC_DIED;
}

static inline int exec_path(const char *path)
{
	char *const argv[] = { EXEC_ARG, EXEC_ARG, NULL };

	return exec_at(AT_FDCWD, path, argv, 0);
}

static inline int exec_fd(int fd)
{
	char *const argv[] = { EXEC_ARG, EXEC_ARG, NULL };

	return exec_at(fd, "", argv, AT_EMPTY_PATH);
}

/* ld.so PROGRAM: the kernel executes ld.so only; it says 127 if it may not. */
static inline int exec_by_ld_so(const char *path)
{
	char *const argv[] = { LD_SO, (char *)path, EXEC_ARG, NULL };
	int err = exec_at(AT_FDCWD, LD_SO, argv, 0);

	return err == -127 ? -EPERM : err;
}

/* dlopen() in a child, which has nothing of the library mapped yet. */
static inline int exec_dlopen(const char *path)
{
	int status, pid = fork();

	if (!pid)
		_exit(dlopen(path, RTLD_NOW) ? EXEC_RAN : EPERM);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("cannot run a child");
	return WEXITSTATUS(status) == EXEC_RAN ? 0 : -WEXITSTATUS(status);
}

static inline int map_exec(int fd, int prot, int flags)
{
	void *map = mmap(NULL, 4096, prot, flags, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, 4096);
	return 0;
}

static inline int map_then_exec(int fd, int prot, int flags)
{
	void *map = mmap(NULL, 4096, prot, flags, fd, 0);
	int err;

	if (map == MAP_FAILED)
		test_bail("cannot map for reading");
	err = result(mprotect(map, 4096, prot | PROT_EXEC));
	munmap(map, 4096);
	return err;
}

#endif /* POLICY_TEST_EXEC_H */
