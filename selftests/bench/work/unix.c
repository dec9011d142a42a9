// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * unix TEST COUNT: what the tests of UnixBench do, a fixed number of times instead of for a
 * fixed time.
 *
 *   syscall   five system calls that do next to nothing, COUNT times
 *   pipe      512 bytes into a pipe and out of it again
 *   context   a number goes to another process and back through two pipes
 *   spawn     fork, and wait for the child, which ends at once
 *   execl     the program executes itself
 *   fscopy    a file of 2000 blocks is written, copied and read COUNT times, by blocks of 1024 bytes
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCKS 2000
#define BLOCK_SIZE 1024

static char block[BLOCK_SIZE];

static void put(int fd, const void *data, ssize_t size)
{
	if (write(fd, data, size) != size)
		err(1, "write");
}

static void get(int fd, void *data, ssize_t size)
{
	if (read(fd, data, size) != size)
		err(1, "read");
}

static void make_pipe(int fds[2])
{
	if (pipe(fds))
		err(1, "pipe");
}

static void test_syscall(long count)
{
	int fd = open("/dev/null", O_RDONLY);
	int other;

	while (count--) {
		other = dup(fd);
		if (other < 0 || close(other))
			err(1, "dup");
		syscall(SYS_getpid);
		syscall(SYS_getuid);
		umask(022);
	}
}

static void test_pipe(long count)
{
	int fds[2];

	make_pipe(fds);
	while (count--) {
		put(fds[1], block, 512);
		get(fds[0], block, 512);
	}
}

static void test_context(long count)
{
	int there[2], back[2], status;
	long i, got;
	pid_t pid;

	make_pipe(there);
	make_pipe(back);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		for (i = 0; i < count; i++) {
			get(there[0], &got, sizeof(got));
			put(back[1], &got, sizeof(got));
		}
		_exit(0);
	}
	for (i = 0; i < count; i++) {
		put(there[1], &i, sizeof(i));
		get(back[0], &got, sizeof(got));
		if (got != i)
			errx(1, "sent %ld, got %ld", i, got);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the other process failed");
}

static void test_spawn(long count)
{
	int status;
	pid_t pid;

	while (count--) {
		pid = fork();
		if (!pid)
			_exit(0);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			err(1, "fork");
	}
}

static void test_execl(long count)
{
	char text[32];

	if (!count)
		return;
	snprintf(text, sizeof(text), "%ld", count - 1);
	execl("/proc/self/exe", "unix", "execl", text, NULL);
	err(1, "execl");
}

static void test_fscopy(long count)
{
	int from, to, i;

	from = open("fscopy.from", O_RDWR | O_CREAT | O_TRUNC, 0600);
	to = open("fscopy.to", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (from < 0 || to < 0)
		err(1, "fscopy");
	while (count--) {
		lseek(from, 0, SEEK_SET);
		for (i = 0; i < BLOCKS; i++)
			put(from, block, sizeof(block));
		lseek(from, 0, SEEK_SET);
		lseek(to, 0, SEEK_SET);
		for (i = 0; i < BLOCKS; i++) {
			get(from, block, sizeof(block));
			put(to, block, sizeof(block));
		}
		lseek(to, 0, SEEK_SET);
		for (i = 0; i < BLOCKS; i++)
			get(to, block, sizeof(block));
	}
	unlink("fscopy.from");
	unlink("fscopy.to");
}

static const struct {
	const char *name;
	void (*run)(long count);
} tests[] = {
	{ "syscall", test_syscall },
	{ "pipe", test_pipe },
	{ "context", test_context },
	{ "spawn", test_spawn },
	{ "execl", test_execl },
	{ "fscopy", test_fscopy },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 3 && i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (!strcmp(tests[i].name, argv[1])) {
			tests[i].run(atol(argv[2]));
			return 0;
		}
	}
	errx(64, "usage: unix syscall|pipe|context|spawn|execl|fscopy COUNT");
}
