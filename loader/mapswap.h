/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pinned maps of a policy whose programs are being replaced. */
#ifndef LSMSLOT_MAPSWAP_H
#define LSMSLOT_MAPSWAP_H

#include "links.h"
#include "policy.h"

/**
 * struct mapswap - DIR/maps, and DIR/maps-new that is to take its place
 * @now: DIR/maps
 * @next: DIR/maps-new
 * @names: maps of @now that other links of DIR still need, to be pinned in
 *	@next as well
 * @fds: these maps
 * @n: how many
 * @old: after mapswap_commit(), the directory to remove, @now or @next; or NULL
 */
struct mapswap {
	char *now, *next;
	char **names;
	int *fds;
	size_t n;
	const char *old;
};

/*
 * Looks at DIR/maps before anything is loaded.  With @reuse the maps of @policy
 * become those pinned under their names.  @here are the @n links of DIR, of which
 * the first @nr_others keep their programs.  Enum status.
 */
int mapswap_plan(struct mapswap *swap, const char *dir, struct policy *policy, bool reuse,
		 const struct lsm_link *const *here, size_t n, size_t nr_others);

/* Pins the maps of the loaded @policy in @next; for pinning_undo(). */
int mapswap_pin(struct mapswap *swap, const struct policy *policy);

/* Puts @next in the place of @now, or changes nothing. */
int mapswap_commit(struct mapswap *swap);

/* Removes the old maps' pins, after mapswap_commit() and pinning_keep(). */
int mapswap_clean(const struct mapswap *swap);
void mapswap_free(struct mapswap *swap);

#endif /* LSMSLOT_MAPSWAP_H */
