// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The command line of a subcommand: options, arguments, numbers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"

/* Room for each letter with two colons, and one in front. */
#define SHORT_MAX (2 * 26 * 3 + 2)

/* The short options that the table has. */
static void short_options(const struct option *options, char *text)
{
	*text++ = ':';
	for (; options->name; options++) {
		if (options->val > 'z')
			continue;
		*text++ = options->val;
		if (options->has_arg != no_argument)
			*text++ = ':';
		if (options->has_arg == optional_argument)
			*text++ = ':';
	}
	*text = '\0';
}

/* The option that getopt_long() just refused. */
static int fail_option(char **argv, int c)
{
	const char *arg = argv[optind - 1];

	if (c == ':')
		return fail_usage(argv[0], "option '%s' needs a value", arg);
	if (optopt && strncmp(arg, "--", 2))
		return fail_usage(argv[0], "unknown option '-%c'", optopt);
	return fail_usage(argv[0], "unknown option '%s'", arg);
}

struct args args_of(int argc, char **argv, const struct option *options, const char *usage)
{
	return (struct args){ .argc = argc, .argv = argv, .options = options, .usage = usage };
}

bool next_option(struct args *args)
{
	char text[SHORT_MAX];

	args->over = args->over || args->status;
	if (args->over)
		return false;
	short_options(args->options, text);
	args->option = getopt_long(args->argc, args->argv, text, args->options, NULL);
	switch (args->option) {
	case -1:
		return false;
	case 'h':
		fputs(args->usage, stdout);
		args->over = true;
		return false;
	case '?':
	case ':':
		args->status = fail_option(args->argv, args->option);
		args->over = true;
		return false;
	}
	return true;
}

char *args_one(struct args *args, const char *what)
{
	const char *cmd = args->argv[0];

	if (optind + 1 == args->argc)
		return args->argv[optind];
	if (optind == args->argc)
		args->status = fail_usage(cmd, "names no %s", what);
	else
		args->status = fail_usage(cmd, "takes one %s, '%s' is one too many",
					  what, args->argv[optind + 1]);
	return NULL;
}

int args_none(struct args *args)
{
	if (optind < args->argc)
		return fail_usage(args->argv[0], "takes no argument '%s'", args->argv[optind]);
	return ST_OK;
}

/* strtod() and the like also take blanks, signs and words. */
static bool begins_well(const char *text)
{
	return (*text >= '0' && *text <= '9') || (*text == '.' && text[1]);
}

int arg_number(const char *cmd, const char *option, const char *text, __u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (!begins_well(text) || *end || errno || !*value)
		return fail_usage(cmd, "option '%s' needs a positive number, not '%s'", option, text);
	return ST_OK;
}

int arg_seconds(const char *cmd, const char *option, const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (!begins_well(text) || *end || !(*seconds >= 0.1) || *seconds > SECONDS_MAX)
		return fail_usage(cmd, "option '%s' needs 0.1 to %d seconds, not '%s'",
				  option, SECONDS_MAX, text);
	return ST_OK;
}

void wait_seconds(double seconds)
{
	struct timespec left = { .tv_sec = seconds };

	left.tv_nsec = (seconds - left.tv_sec) * 1e9;
	while (nanosleep(&left, &left) && errno == EINTR)
		;
}
