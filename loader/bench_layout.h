/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The same addresses in every run of bench. */
#ifndef LSMSLOT_BENCH_LAYOUT_H
#define LSMSLOT_BENCH_LAYOUT_H

/*
 * Starts this program anew, with its arguments, without random addresses, if
 * it has some; returns if it has none, or if that cannot be.
 */
void bench_fix_layout(void);

#endif /* LSMSLOT_BENCH_LAYOUT_H */
