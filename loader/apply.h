/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Doing what a plan says. */
#ifndef LSMSLOT_APPLY_H
#define LSMSLOT_APPLY_H

#include "plan.h"

/*
 * Loads the programs that the plan needs and fills their maps; attaches
 * nothing.  Maps that hold a policy's own data (no settings, no entries of the
 * file) and look as before are kept for the new programs.
 * Returns an enum status.
 */
int apply_load(struct plan *plan, bool full_log);

/*
 * Makes all changes, or none: if one fails, those before it are undone.  Once
 * the first link is sealed there is no way back, so that comes last.
 * Returns an enum status.
 */
int apply_run(struct plan *plan);

/* The links of one item: apply_links.c.  An enum status each. */
int apply_attach(struct plan *plan, size_t item);

/* Its pins: apply_pins.c. */
int apply_pin(struct plan *plan, struct plan_item *item);
int apply_retire(struct plan_item *item);
int apply_remove_left(const struct plan *plan);

/* "PIN" + what is in the making or on its way out; to be freed. */
char *apply_staging(const struct plan_item *item);

#endif /* LSMSLOT_APPLY_H */
