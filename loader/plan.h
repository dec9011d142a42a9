/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What apply has to do: what there is, against what is wanted. */
#ifndef LSMSLOT_PLAN_H
#define LSMSLOT_PLAN_H

#include "map_diff.h"
#include "pin_state.h"
#include "wanted.h"

enum plan_action {
	PLAN_KEEP,	/* nothing */
	PLAN_UPDATE,	/* entries, mode, note or seal; the programs stay */
	PLAN_REPLACE,	/* other programs */
	PLAN_ATTACH,	/* there is nothing yet */
	PLAN_DETACH,	/* no more wanted */
};

enum plan_link_action {
	PLAN_LINK_KEEP,
	PLAN_LINK_ATTACH,	/* a new link */
	PLAN_LINK_REPLACE,	/* another program in the same link */
	PLAN_LINK_RENEW,	/* a new link, and then the old one goes */
	PLAN_LINK_DETACH,
};

/**
 * struct plan_link - a link and what becomes of it
 * @name: its program's name, which is its pin's
 * @hook: its program's hook
 * @old: as it is; NULL if there is none
 * @prog: as it is to be; NULL if it goes
 * @fd: the link in force after the changes; -1 before and if it goes
 * @link_id, @prog_id: of that link and its program, where @fd is not -1
 */
struct plan_link {
	enum plan_link_action action;
	const char *name, *hook;
	const struct state_link *old;
	struct policy_prog *prog;
	int fd;
	__u32 link_id, prog_id;
};

/**
 * struct plan_map - a map and the entries that differ
 * @diff: without changes if an earlier policy shares the map and makes them
 * @in_place: the map stays in use; else it only tells what the new one has
 * @shared: path of the map's own pin (LIBBPF_PIN_BY_NAME), with which it always
 *	stays; NULL for none
 */
struct plan_map {
	struct map_diff diff;
	const char *shared;
	bool in_place;
};

/**
 * struct plan_item - a policy and what becomes of it
 * @w: what is wanted; NULL for PLAN_DETACH
 * @who: begins errors about it
 * @name: its name
 * @state: what there is
 * @why: reason for replacing it or its note, NULL for none
 * @settings: the map of that name that is in use, -1 for none; closed with it
 * @settings_old, @settings_new: its value as it is and as it has to be
 * @mode_differs: they differ
 * @note: what apply noted is out of date
 * @seal: at least one link has to be sealed
 */
struct plan_item {
	enum plan_action action;
	struct wanted *w;
	char *who, *name;
	struct pin_state state;
	const char *why;
	struct plan_link *links;
	size_t nr_links;
	struct plan_map *maps;
	size_t nr_maps;
	int settings;
	void *settings_old, *settings_new;
	size_t settings_size;
	bool was_audit, mode_differs, note, seal;
};

/**
 * struct plan - all of it
 * @items: the policies of the file in running order, then those to detach
 * @left: directories that an interrupted apply left
 * @hooks, @all: the host's hooks and links
 * @orders: the kernel orders, replaces and seals links
 * @slots_on: new programs go to slots
 */
struct plan {
	struct wanted_set *set;
	struct plan_item *items;
	size_t n;
	struct string_list left;
	const struct hooks *hooks;
	struct lsm_links all;
	bool orders, slots_on;
};

/*
 * Compares; changes nothing.  With @prune every other policy that apply or
 * attach pinned is to go.  Refuses what would fail half-way: sealed links
 * that would have to change, links that somebody else keeps attached.
 * Returns an enum status; plan_free() frees.
 */
int plan_make(struct plan *plan, struct wanted_set *set, const struct hooks *hooks, bool prune);
void plan_free(struct plan *plan);

/* True if there is nothing to do. */
bool plan_is_empty(const struct plan *plan);

/*
 * Compares the entries of an item's maps, and its mode, with those in use: with
 * @in_place those of its own maps are to be changed, or else only to be told.
 * Return an enum status: plan_diff.c.
 */
int plan_diff_maps(const struct plan *plan, struct plan_item *item, bool in_place);
int plan_diff_mode(struct plan_item *item);

/* True if a map that has to be compared is not there. */
bool plan_maps_missing(const struct plan *plan, const struct plan_item *item);

/* True if it is there, and the programs use another one of its name. */
bool plan_maps_elsewhere(const struct plan_item *item);

/* Decides which links the order of programs makes new: plan_order.c. */
void plan_order(struct plan *plan);

/* Where a wanted item's programs run: what is to be sealed has to be in front. */
enum policy_order plan_item_order(const struct plan_item *item);

/* True if new links of @hook can be placed. */
bool plan_hook_ordered(const struct plan *plan, const char *hook);

/* Makes an item's programs new ones, because of @why; used by plan_order(). */
void plan_item_replace(struct plan *plan, struct plan_item *item, const char *why);

/* Prints the plan, in the past tense if @done; enum status: plan_show.c. */
int plan_show(const struct plan *plan, bool json, bool done);

#endif /* LSMSLOT_PLAN_H */
