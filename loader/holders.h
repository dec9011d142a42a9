/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes that hold a BPF link open. */
#ifndef LSMSLOT_HOLDERS_H
#define LSMSLOT_HOLDERS_H

#include <linux/types.h>

/*
 * The processes, other than this one, with a file descriptor of link @id, as
 * "pid 12 (name), pid 34 (name)"; NULL if none is seen.  To be freed.
 */
char *link_holders(__u32 id);

#endif /* LSMSLOT_HOLDERS_H */
