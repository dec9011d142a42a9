/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A set of links to detach by removing their pins. */
#ifndef LSMSLOT_UNPIN_H
#define LSMSLOT_UNPIN_H

#include <stddef.h>

#include "links.h"
#include "lsmslot.h"

/**
 * struct unpin_link - a link and those of its pins that are to go
 */
struct unpin_link {
	const struct lsm_link *link;
	char **pins;
	size_t nr_pins;
};

/**
 * struct unpin - what is to go, in this order
 * @links: links and their pins
 * @rest: map pins and then directories, to be removed after the links
 */
struct unpin {
	struct unpin_link *links;
	size_t nr_links;
	char **rest;
	size_t nr_rest;
};

/* These return an enum status and change nothing yet. */
int unpin_add_pin(struct unpin *unpin, const struct lsm_links *links, const char *path);
int unpin_add_dir(struct unpin *unpin, const struct lsm_links *links, const char *dir);
void unpin_add_all(struct unpin *unpin, const struct lsm_link *link);

/* ST_OK if no link is sealed, and nothing beside the pins in the set keeps one. */
int unpin_check(const struct unpin *unpin);

/* Removes the set and says which links are gone. */
int unpin_run(const struct unpin *unpin);
void unpin_free(struct unpin *unpin);

#endif /* LSMSLOT_UNPIN_H */
