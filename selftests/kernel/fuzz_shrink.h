/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a script that shows a difference to a short one that still does: what
 * is behind the difference goes first, then halves, quarters and so on as long
 * as what remains shows one, whichever.  Then what steps say that is not needed.
 */
#ifndef FUZZ_SHRINK_H
#define FUZZ_SHRINK_H

#include "fuzz_run.h"

/* @script without @nr steps from @first on */
static inline void shrink_cut(struct fuzz_script *script, int first, int nr)
{
	script->nr -= nr;
	memmove(&script->steps[first], &script->steps[first + nr],
		(script->nr - first) * sizeof(*script->steps));
}

/* If @shorter shows a difference, it is the script from now on. */
static inline bool shrink_to(struct fuzz_script *script, const struct fuzz_script *shorter,
			     enum fuzz_path path, enum fuzz_lie lie,
			     struct difference *difference)
{
	struct difference other;

	if (run_script(shorter, path, lie, &other))
		return false;
	*script = *shorter;
	*difference = other;
	if (other.step + 1 < script->nr)
		script->nr = other.step + 1;
	return true;
}

/* One round with pieces of @size steps, from the end; did any go? */
static inline bool shrink_by(struct fuzz_script *script, int size, enum fuzz_path path,
			     enum fuzz_lie lie, struct difference *difference)
{
	static struct fuzz_script shorter;
	bool any = false;

	for (int at = script->nr - size; at > -size; at -= size) {
		int first = at > 0 ? at : 0, nr = at > 0 ? size : size + at;

		if (first + nr > script->nr)
			continue;
		shorter = *script;
		shrink_cut(&shorter, first, nr);
		any |= shrink_to(script, &shorter, path, lie, difference);
	}
	return any;
}

/* Without one of the details of a step, by number; false if there is no such. */
static inline bool shrink_detail(struct fuzz_step *step, int detail)
{
	switch (detail) {
	case 0:
		step->cookie = 0;
		return true;
	case 1:
		step->verdict = 0;
		return true;
	case 2:
		step->revision = REVISION_NONE;
		return true;
	case 3:
		step->above = false;
		return true;
	case 4:
		step->flags = 0;
		if (step->kind == STEP_ATTACH)
			step->other = -1;
		return true;
	case 5:
		step->raw = false;
		return true;
	case 6:
		step->old = -1;
		return true;
	default:
		return false;
	}
}

static inline void shrink_details(struct fuzz_script *script, enum fuzz_path path,
				  enum fuzz_lie lie, struct difference *difference)
{
	static struct fuzz_script shorter;

	for (int i = 0; i < script->nr; i++) {
		shorter = *script;
		for (int detail = 0; shrink_detail(&shorter.steps[i], detail); detail++) {
			if (!fuzz_same_step(&shorter.steps[i], &script->steps[i]))
				shrink_to(script, &shorter, path, lie, difference);
			shorter = *script;
			if (i >= script->nr)
				return;
		}
	}
}

/* @difference is of @script, and afterwards of what it has become. */
static inline void shrink(struct fuzz_script *script, enum fuzz_path path, enum fuzz_lie lie,
			  struct difference *difference)
{
	if (difference->step + 1 < script->nr)
		script->nr = difference->step + 1;
	for (int size = script->nr / 2; size > 1; size /= 2)
		shrink_by(script, size, path, lie, difference);
	while (shrink_by(script, 1, path, lie, difference))
		;
	shrink_details(script, path, lie, difference);
	shrink_by(script, 1, path, lie, difference);
}

#endif /* FUZZ_SHRINK_H */
