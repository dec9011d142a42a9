/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line of a subcommand: options, arguments, numbers. */
#ifndef LSMSLOT_ARGS_H
#define LSMSLOT_ARGS_H

#include <getopt.h>
#include <stdbool.h>

#include <linux/types.h>

#include "lsmslot.h"

#define SECONDS_MAX 86400

/**
 * struct args - a command's words while they are taken one by one
 * @argc, @argv: as the command got them
 * @options: for getopt_long(); a character as val is a short option as well
 * @usage: what --help prints
 * @option: the option that next_option() found
 * @status: set by the command to anything but ST_OK, no more are taken
 * @over: the command is to end with @status: help was shown, or an error said
 *
 *	struct args args = args_of(argc, argv, options, usage);
 *
 *	while (next_option(&args)) {
 *		switch (args.option) {
 *		...
 *		}
 *	}
 *	if (args.over)
 *		return args.status;
 */
struct args {
	int argc;
	char **argv;
	const struct option *options;
	const char *usage;
	int option;
	int status;
	bool over;
};

struct args args_of(int argc, char **argv, const struct option *options, const char *usage);

/*
 * Takes the next option, its value is optarg; false if there is none or the
 * command is over.  --help is answered here.
 */
bool next_option(struct args *args);

/*
 * After the options: the one argument, which is a @what; or NULL, and the error
 * was said and is in @args->status.  No argument at all: an enum status.
 */
char *args_one(struct args *args, const char *what);
int args_none(struct args *args);

/*
 * @text as the value of @option of @cmd: a positive number, decimal or with 0x;
 * or from 0.1 to SECONDS_MAX seconds.  ST_OK, or says what is wrong.
 */
int arg_number(const char *cmd, const char *option, const char *text, __u64 *value);
int arg_seconds(const char *cmd, const char *option, const char *text, double *seconds);

/* Sleeps that long. */
void wait_seconds(double seconds);

#endif /* LSMSLOT_ARGS_H */
