// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The same addresses in every run of bench. */
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "bench_layout.h"
#include "host.h"
#include "lsmslot.h"

/* An execve() that changes privileges restores the personality: try only once. */
#define TRIED "LSMSLOT_BENCH_LAYOUT"

/* The arguments as the kernel has them, NUL behind each. */
static char **arguments(void)
{
	char **argv = NULL, *arg = NULL;
	size_t n = 0, room = 0;
	FILE *f = fopen("/proc/self/cmdline", "re");

	while (f && getdelim(&arg, &room, '\0', f) > 0) {
		argv = xreallocarray(argv, n + 2, sizeof(*argv));
		argv[n++] = xstrdup(arg);
		argv[n] = NULL;
	}
	if (f)
		fclose(f);
	free(arg);
	return argv;
}

void bench_fix_layout(void)
{
	int old = personality(0xffffffff);
	char path[PATH_MAX], **argv;
	ssize_t len;

	if (old < 0 || old & ADDR_NO_RANDOMIZE || getenv(TRIED))
		return;
	/* By its own path, not /proc/self/exe: policies may go by the name. */
	len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	argv = arguments();
	if (len <= 0 || !argv || personality(old | ADDR_NO_RANDOMIZE) < 0)
		return;
	path[len] = '\0';
	setenv(TRIED, "1", 1);
	execv(path, argv);
	unsetenv(TRIED);
	personality(old);
}
