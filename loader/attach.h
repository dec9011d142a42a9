/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of 'lsmslot attach'. */
#ifndef LSMSLOT_ATTACH_H
#define LSMSLOT_ATTACH_H

#include <linux/types.h>

#include "hooks.h"
#include "lsmslot.h"
#include "policy.h"

/* Where a hook's running order is to have the new programs. */
enum attach_order { ATTACH_NONE, ATTACH_FIRST, ATTACH_LAST, ATTACH_BEFORE, ATTACH_AFTER };

/**
 * struct attach_options - what the command line asks for
 * @dir: directory for the pins; NULL with @replace
 * @full_log: show all of the verifier's log
 * @order: place in the running order
 * @relative: what ATTACH_BEFORE and ATTACH_AFTER are relative to
 * @replace: the link, or the directory of links, to replace; NULL for new links
 * @reuse_maps: with @replace, keep the maps that are pinned
 * @revision: the hook's expected revision, 0 for any
 * @cookie: the links' cookie
 * @seal: seal the links
 * @audit: begin in audit mode
 */
struct attach_options {
	char *dir;
	bool full_log;
	enum attach_order order;
	const char *relative;
	const char *replace;
	bool reuse_maps;
	__u64 revision;
	__u64 cookie;
	bool seal;
	bool audit;
};

/*
 * Attaches the programs of @policy as new links, or in place of those of
 * existing links: all of them or, on an error, none.  Enum status.
 */
int attach_new(struct policy *policy, const struct attach_options *options,
	       const struct hooks *hooks);
int attach_replace(struct policy *policy, const struct attach_options *options,
		   const struct hooks *hooks);

/**
 * struct attached - a link to show
 * @prog: its program
 * @fd: the link
 * @pin: where it is pinned, NULL if nowhere
 */
struct attached {
	const struct policy_prog *prog;
	int fd;
	const char *pin;
};

/* Prints where the programs run, once their hooks have settled. */
int attach_show(const struct attached *v, size_t n, const struct hooks *hooks);

#endif /* LSMSLOT_ATTACH_H */
