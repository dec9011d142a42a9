/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy as it is attached: what its pin directory holds. */
#ifndef LSMSLOT_PIN_STATE_H
#define LSMSLOT_PIN_STATE_H

#include "links.h"
#include "path_glob.h"
#include "record.h"

/**
 * struct state_link - a link pinned there
 * @name: its pin's name, which is its program's
 * @fd: the link, @prog_fd its program
 * @link: its description, from the list of all links
 */
struct state_link {
	char *name;
	int fd, prog_fd;
	const struct lsm_link *link;
};

/**
 * struct state_map - a map pinned there
 */
struct state_map {
	char *name;
	int fd;
};

/**
 * struct pin_state - a pin directory
 * @dir: its path
 * @exists: it is there
 * @has_maps: so is DIR/maps
 * @recorded: @record is what apply noted, else apply did not make it
 */
struct pin_state {
	char *dir;
	bool exists, has_maps, recorded;
	struct state_link *links;
	size_t nr_links;
	struct state_map *maps;
	size_t nr_maps;
	struct record record;
};

/*
 * Opens everything in @dir; @links are all links of the host and stay the
 * caller's.  @who begins errors.  Anything but links of LSM programs and a
 * folder "maps" is an error: it is not lsmslot's to change.
 * Returns an enum status; pin_state_close() frees, also after a failure.
 */
int pin_state_open(struct pin_state *state, const char *dir, const struct lsm_links *links,
		   const char *who);
void pin_state_close(struct pin_state *state);

const struct state_link *pin_state_link(const struct pin_state *state, const char *name);
const struct state_map *pin_state_map(const struct pin_state *state, const char *name);

/* Reads what apply noted of the policy at @dir; 0 or a negative errno. */
int pin_state_record(const char *dir, struct record *record);

/*
 * Adds the directories of all policies that apply attached, and the directories and
 * notes that an interrupted apply left; a directory seen through two mounts is listed once.
 * What is in a folder of somebody else is passed over: it is none of ours.  A policy in
 * one of ours that others may write to is an error.
 */
int pin_state_scan(struct string_list *recorded, struct string_list *left, const char *who);

/* True if both paths lead to the same directory. */
bool same_dir(const char *a, const char *b);

#endif /* LSMSLOT_PIN_STATE_H */
