// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot: attaches BPF LSM programs and shows where they run. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "lsmslot.h"

static int cmd_help(int argc, char **argv);

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

static const struct command commands[] = {
	{ "attach",   cmd_attach,   "load an object, attach and pin its LSM programs" },
	{ "detach",   cmd_detach,   "unpin links and see that they are gone" },
	{ "apply",    cmd_apply,    "bring about what a policy file says, all or nothing" },
	{ "check",    cmd_check,    "verify a policy file and its programs, attach nothing" },
	{ "mode",     cmd_mode,     "switch a policy between audit and enforce" },
	{ "status",   cmd_status,   "list every BPF LSM link on the host" },
	{ "hooks",    cmd_hooks,    "list every LSM hook and who is attached" },
	{ "events",   cmd_events,   "show denials and audit hits as they happen" },
	{ "stats",    cmd_stats,    "count runs, time and denials per program" },
	{ "bench",    cmd_bench,    "measure what the programs on a hook cost here" },
	{ "path",     cmd_path,     "show a hook's call chain as it is in memory" },
	{ "features", cmd_features, "show what this kernel offers BPF LSM programs" },
	{ "help",     cmd_help,     "show this list" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *f)
{
	size_t i;

	fputs("usage: lsmslot COMMAND [ARGUMENT]...\n"
	      "       lsmslot --version | --help\n\ncommands:\n", f);
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(f, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\n'lsmslot COMMAND --help' shows a command's arguments; see also lsmslot(8).\n", f);
}

static int cmd_help(int argc, char **argv)
{
	if (argc > 1)
		return fail(ST_USAGE, "%s: takes no argument; try 'lsmslot %s --help'",
			    argv[0], argv[1]);
	print_help(stdout);
	return ST_OK;
}

static int run(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		print_help(stderr);
		return ST_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return ST_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("lsmslot " LSMSLOT_VERSION);
		return ST_OK;
	}
	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return fail(ST_USAGE, "unknown %s '%s'; 'lsmslot help' lists the commands",
		    argv[1][0] == '-' ? "option" : "command", argv[1]);
}

/*
 * A standard descriptor that is closed would become that of the next file, which the
 * output would go to.  A directory can be neither read nor written.
 */
static void hold_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/", O_RDONLY | O_DIRECTORY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void end_early(void)
{
	fail_end(ST_FAILED);
}

int main(int argc, char **argv)
{
	int status;

	/* Registered first, this runs after those that take changes back. */
	if (atexit(end_early))
		return fail(ST_FAILED, "cannot register an exit handler: out of memory");
	hold_standard_descriptors();
	/* A file that may not grow is an error like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	libbpf_set_print(NULL);
	status = run(argc, argv);
	fail_end(status);
	errno = 0;
	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "lsmslot: cannot write the output: %s\n",
			errno ? strerror(errno) : "an earlier part was lost");
		return status ? status : ST_FAILED;
	}
	return status;
}
