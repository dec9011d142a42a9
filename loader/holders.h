/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes that hold a BPF link open. */
#ifndef LSMSLOT_HOLDERS_H
#define LSMSLOT_HOLDERS_H

#include <linux/types.h>

#include "links.h"

/*
 * The processes, other than this one, with a file descriptor of link @id, as
 * "pid 12 (name), pid 34 (name)"; NULL if none is seen.  To be freed.
 */
char *link_holders(__u32 id);

/*
 * After the last reference of @link was closed: waits until it is gone.  Enum
 * status; @who, which says an error, is the command or the place in its file.
 */
int link_wait_gone(const char *who, const struct lsm_link *link);

#endif /* LSMSLOT_HOLDERS_H */
