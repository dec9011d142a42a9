// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers on the command line. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "args.h"

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
