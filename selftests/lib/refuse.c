// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Preloaded into the loader, build/selftests/lib/refuse.so answers in the kernel's
 * place, as it would to one that somebody else was faster than:
 *
 *	REFUSE_BPF	"CMD ERRNO [TIMES]": every call of bpf(2) with this command, by
 *			number, or the first ones
 *	REFUSE_RENAME	"ERRNO": every renameat2(2)
 *	BEFORE_BPF	"CMD COMMAND": the shell runs COMMAND before the first such call
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preload.h"

static void run_before(long cmd)
{
	const char *text = getenv("BEFORE_BPF");
	long wanted;
	int at = 0;

	if (!text || sscanf(text, "%ld %n", &wanted, &at) != 1 || wanted != cmd)
		return;
	text = strdup(text + at);
	unsetenv("BEFORE_BPF");
	unsetenv("LD_PRELOAD");
	if (!text || system(text)) {
		fprintf(stderr, "refuse: the command before bpf(%ld) failed\n", cmd);
		abort();
	}
}

long syscall(long number, ...)
{
	const char *text = getenv("REFUSE_BPF");
	long arg[6], cmd, times = -1;
	static long refused;
	va_list args;
	int err;

	va_start(args, number);
	preload_args(args, arg);
	va_end(args);
	if (number == SYS_bpf)
		run_before(arg[0]);
	if (number == SYS_bpf && text && sscanf(text, "%ld %d %ld", &cmd, &err, &times) >= 2 &&
	    cmd == arg[0] && refused != times) {
		refused++;
		errno = err;
		return -1;
	}
	return preload_call(number, arg);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	static int (*real)(int, const char *, int, const char *, unsigned int);
	const char *text = getenv("REFUSE_RENAME");

	if (text) {
		errno = atoi(text);
		return -1;
	}
	if (!real)
		real = dlsym(RTLD_NEXT, "renameat2");
	return real(from_fd, from, to_fd, to, flags);
}
