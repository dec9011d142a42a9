/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pin directory of a policy that is named on the command line. */
#ifndef LSMSLOT_POLICY_DIR_H
#define LSMSLOT_POLICY_DIR_H

#include <linux/types.h>

/*
 * Finds the one directory that @policy means: a path, the name that a policy file gave
 * it, or that of its directory where policies are pinned by default.  Returns an enum
 * status; @dir is to be freed.
 */
int policy_dir_find(const char *cmd, const char *policy, char **dir);

/*
 * ST_OK if there are links pinned in @dir and none of their programs uses another map
 * called @name than @id, which is pinned there.  One does while an interrupted apply or
 * attach has left the pins of other programs than run: says so and returns ST_STALE.
 */
int policy_dir_uses_map(const char *cmd, const char *dir, const char *name, __u32 id);

#endif /* LSMSLOT_POLICY_DIR_H */
