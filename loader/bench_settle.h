/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Waits until a change of a hook's programs is in its slots. */
#ifndef LSMSLOT_BENCH_SETTLE_H
#define LSMSLOT_BENCH_SETTLE_H

#include <stdbool.h>

#include "hooks.h"

/*
 * Waits until @hook has settled.  If that takes too long, as while run
 * statistics are on, sets @restless and from then on does not wait at all.
 */
void bench_settle(const struct hook *hook, bool *restless);

#endif /* LSMSLOT_BENCH_SETTLE_H */
