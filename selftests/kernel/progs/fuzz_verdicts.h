/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What fuzz_verdicts.bpf.c and the fuzzer agree on. */
#ifndef KERNEL_PROGS_FUZZ_VERDICTS_H
#define KERNEL_PROGS_FUZZ_VERDICTS_H

#define FUZZ_PROGRAMS	2048		/* a power of two: ids are masked */
#define FUZZ_EVENTS	1024
#define FUZZ_IDENTITY	0x51deb0b	/* what a copy's id is put in place of */
#define FUZZ_NOBODY	(~0ULL)
#define FUZZ_WORD	0x77a55e55u	/* what a sleepable program reads */

/* A cgroup's program undoes the denials before it. */
#define FUZZ_PARDON	1

/* Places in a hook's array of programs to call; the last stays empty. */
#define FUZZ_AT_MIDDLE	0
#define FUZZ_AT_FINAL	1
#define FUZZ_AT_NONE	2

/* The sorts of programs, and behind them those that are called by some. */
enum fuzz_kind {
	FUZZ_PLAIN,	/* looks at nothing: a slot calls it directly */
	FUZZ_COOKIE,	/* at its cookie */
	FUZZ_FRAME,	/* and at its arguments by helper */
	FUZZ_SLEEP,	/* reads user memory, and may sleep for it */
	FUZZ_TAIL,	/* calls the final program */
	FUZZ_CHAIN,	/* calls it by way of the middle one */
	FUZZ_MISS,	/* calls nobody, and so goes on itself */
	FUZZ_CGROUP,	/* of the test's cgroup or the one above */
	FUZZ_KINDS,
	FUZZ_MIDDLE = FUZZ_KINDS,
	FUZZ_FINAL,
};

/**
 * struct fuzz_event - a program ran
 * @program: its id
 * @kind: enum fuzz_kind
 * @cookie: of its attachment, 0 if it did not look
 * @args: number of arguments, or what it read; 0 if it did not look
 */
struct fuzz_event {
	unsigned int program;
	unsigned int kind;
	unsigned long long cookie;
	unsigned long long args;
};

#endif /* KERNEL_PROGS_FUZZ_VERDICTS_H */
