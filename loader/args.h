/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers on the command line. */
#ifndef LSMSLOT_ARGS_H
#define LSMSLOT_ARGS_H

#include <linux/types.h>

#include "lsmslot.h"

#define SECONDS_MAX 86400

/*
 * @text as the value of @option of @cmd: a positive number, decimal or with 0x;
 * or from 0.1 to SECONDS_MAX seconds.  ST_OK, or says what is wrong.
 */
int arg_number(const char *cmd, const char *option, const char *text, __u64 *value);
int arg_seconds(const char *cmd, const char *option, const char *text, double *seconds);

/* Sleeps that long. */
void wait_seconds(double seconds);

#endif /* LSMSLOT_ARGS_H */
