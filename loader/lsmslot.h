/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every part of the loader shares: commands, exit statuses, errors. */
#ifndef LSMSLOT_H
#define LSMSLOT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define LSMSLOT_VERSION "0.1"

/**
 * enum status - exit status of every command; also in lsmslot(8)
 * @ST_OK: done
 * @ST_FAILED: a system call or a file failed in a way no other status names
 * @ST_USAGE: unknown command or option, or a wrong argument
 * @ST_PERM: not root, a capability is missing, or the kernel is locked down
 * @ST_UNSUPPORTED: this kernel, as booted, cannot do it
 * @ST_NOT_FOUND: no such file, hook, program, link or pin
 * @ST_EXISTS: the pin exists already, or the program is attached already
 * @ST_REJECTED: the verifier rejected a program
 * @ST_STALE: the hook or link changed meanwhile
 * @ST_SEALED: the link is sealed, or what was asked would go in front of a sealed one
 */
enum status {
	ST_OK = 0,
	ST_FAILED = 1,
	ST_USAGE = 2,
	ST_PERM = 3,
	ST_UNSUPPORTED = 4,
	ST_NOT_FOUND = 5,
	ST_EXISTS = 6,
	ST_REJECTED = 7,
	ST_STALE = 8,
	ST_SEALED = 9,
};

/* Commands: argv[0] is the command's name.  Each returns an enum status. */
int cmd_apply(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_features(int argc, char **argv);
int cmd_hooks(int argc, char **argv);
int cmd_mode(int argc, char **argv);
int cmd_path(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_status(int argc, char **argv);

/*
 * Once set, what fail() says goes to standard output as {"error": ..., "status": ...}
 * instead of to standard error: in the document that json_print() prints next, or else
 * in one of its own at the end.  With @json_stream, where each line is a document, at
 * once.
 */
extern bool json_errors, json_stream;

/* At the end: prints what fail() still has to say.  @status is the exit status. */
void fail_end(int status);

/* Prints the one sentence that tells what is wrong; returns @status. */
int fail(enum status status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints a usage error for @cmd and where to read on; returns ST_USAGE. */
int fail_usage(const char *cmd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Memory: these end the process with ST_FAILED when there is none left, so
 * a command that must not stop half-way calls them before its first step.
 */
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
void no_memory(void) __attribute__((noreturn));

#endif /* LSMSLOT_H */
