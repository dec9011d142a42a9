/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's table of static calls: it tells which functions dispatch a
 * hook to the LSMs, also while the call is a NOP, with no list to keep.
 */
#ifndef LSMSLOT_SITES_H
#define LSMSLOT_SITES_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "kcore.h"
#include "ksyms.h"

/* A place in the kernel's text, and the symbol of the static call there. */
struct site {
	__u64 addr;
	const char *key;
};

struct sites {
	struct site *v;
	size_t n;
};

/* Stays empty on a kernel without inline static calls; enum status. */
int sites_load(struct sites *sites, struct kcore *core, const struct ksyms *syms);
void sites_free(struct sites *sites);

/* Number of the slot that the static call at @addr is, -1 if it is none. */
int sites_slot(const struct sites *sites, __u64 addr);

/* True if the static call at @addr dispatches a hook to an LSM. */
bool sites_is_dispatch(const struct sites *sites, __u64 addr);

/* True if @site dispatches @hook. */
bool site_dispatches(const struct site *site, const char *hook);

#endif /* LSMSLOT_SITES_H */
