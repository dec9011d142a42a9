// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot stats: not there yet. */
#include "lsmslot.h"

int cmd_stats(int argc, char **argv)
{
	(void)argc;
	return fail(ST_UNSUPPORTED, "%s: not there yet", argv[0]);
}
