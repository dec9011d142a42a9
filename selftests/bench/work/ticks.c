// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ticks [-r ROOT] -o FILE COMMAND [ARG...]: what one run of COMMAND costs the processor.
 *
 * Appends a line "TICKS NS IDLE_NS" to FILE: TSC ticks from fork to wait, less those in which
 * the processor was idle; nanoseconds of CLOCK_MONOTONIC_RAW, idle ones included; idle ones.
 * COMMAND runs on the processor that ticks began on, in ROOT if given.
 *
 * Under QEMU's -icount shift=0 a tick is an instruction.  What others do meanwhile counts:
 * servers are part of a workload, and so is what the kernel does for it later.
 *
 * ticks -u: prints "instructions" if a tick is an instruction here, else "cycles".
 *
 * Status: that of COMMAND, 64 bad usage, 71 the system refused something.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "idle.h"

#define EX_USAGE 64

struct moment {
	uint64_t ticks;
	uint64_t ns;
};

static struct moment now(void)
{
	struct timespec time;
	struct moment m;

	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	_mm_lfence();
	m.ticks = __rdtsc();
	_mm_lfence();
	m.ns = time.tv_sec * 1000000000ull + time.tv_nsec;
	return m;
}

static int pin(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (cpu < 0 || sched_setaffinity(0, sizeof(set), &set))
		err(EX_OSERR, "cannot stay on processor %d", cpu);
	return cpu;
}

static int run(const char *root, char **argv)
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		err(EX_OSERR, "cannot fork");
	if (!pid) {
		if (root && (chroot(root) || chdir("/")))
			err(EX_OSERR, "cannot change the root to %s", root);
		execvp(argv[0], argv);
		err(127, "cannot run %s", argv[0]);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			err(EX_OSERR, "waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Ticks of a loop of two instructions a turn, and of one of ten. */
static uint64_t spin(bool longer, long turns)
{
	uint64_t start = __rdtsc();

	if (longer)
		asm volatile("1: nop; nop; nop; nop; nop; nop; nop; nop; dec %0; jnz 1b"
			     : "+r" (turns) : : "cc");
	else
		asm volatile("1: dec %0; jnz 1b" : "+r" (turns) : : "cc");
	return __rdtsc() - start;
}

/* The best of some, as an interrupt can only add. */
static bool ticks_per_turn(bool longer, uint64_t wanted)
{
	const uint64_t turns = 100000;
	uint64_t ticks, best = UINT64_MAX;
	int i;

	for (i = 0; i < 20; i++) {
		ticks = spin(longer, turns);
		if (ticks < best)
			best = ticks;
	}
	return best >= wanted * turns && best < wanted * turns + turns / 100;
}

int main(int argc, char **argv)
{
	const char *root = NULL, *out = NULL;
	struct moment start, end;
	uint64_t ns, ticks, idle_ns, idle_ticks;
	struct idle idle;
	int option, status;
	FILE *file;

	while ((option = getopt(argc, argv, "+r:o:u")) != -1) {
		switch (option) {
		case 'r':
			root = optarg;
			break;
		case 'o':
			out = optarg;
			break;
		case 'u':
			puts(ticks_per_turn(false, 2) && ticks_per_turn(true, 10) ?
			     "instructions" : "cycles");
			return 0;
		default:
			return EX_USAGE;
		}
	}
	if (!out || optind == argc)
		errx(EX_USAGE, "usage: ticks [-r ROOT] -o FILE COMMAND [ARG...], or ticks -u");
	file = fopen(out, "ae");
	if (!file)
		err(EX_OSERR, "%s", out);

	idle = idle_begin(pin());
	start = now();
	status = run(root, argv + optind);
	end = now();

	ns = end.ns - start.ns;
	ticks = end.ticks - start.ticks;
	/* The clock's nanoseconds are ticks, by the ratio of this very run. */
	if (idle.traced) {
		idle_ticks = idle_end(&idle);
		idle_ns = (uint64_t)((double)ns / ticks * idle_ticks);
	} else {
		idle_ns = idle_end(&idle);
		idle_ticks = (uint64_t)((double)ticks / ns * idle_ns);
	}
	fprintf(file, "%llu %llu %llu\n", (unsigned long long)(ticks - idle_ticks),
		(unsigned long long)ns, (unsigned long long)idle_ns);
	if (fclose(file))
		err(EX_OSERR, "%s", out);
	return status;
}
