/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The model: attach, detach, replace. */
#ifndef FUZZ_MODEL_CHANGES_H
#define FUZZ_MODEL_CHANGES_H

#include "fuzz_model_state.h"

/* Programs of a cgroup run in the order in which they came. */
static inline void model_attach_cgroup(struct model *model, const struct fuzz_step *step,
				       struct expected *expected)
{
	struct model_hook *hook = &model->hooks[fuzz_hook_of(step->program)];
	int level = step->above;

	expected->skip = step->raw || model_attached(model, step->program);
	if (!expected->skip && !hook->nr_cgroup[0] && !hook->nr_cgroup[1]) {
		if (hook->nr < model->most)
			model_insert(model, hook, 0, MODEL_SHIM, 0);
		else
			expected->skip = true;
	}
	if (!expected->skip)
		hook->cgroup[level][hook->nr_cgroup[level]++] = step->program;
}

/* Where a program goes, or a negative errno. */
static inline int model_position(const struct model_hook *hook, const struct fuzz_step *step)
{
	int first = 0, last = hook->nr;

	if (step->revision == REVISION_OTHER)
		return -ESTALE;
	if (!(step->flags & (LINK_BEFORE | LINK_AFTER)))
		return 0;
	if (step->other >= 0) {
		first = model_find(hook, step->other);
		last = first + 1;
		if (first == hook->nr)
			return -ENOENT;
	}
	if (!(step->flags & LINK_AFTER))
		return first;
	return step->flags & LINK_BEFORE && first != last ? -ERANGE : last;
}

static inline bool model_attach_makes_no_sense(const struct model *model,
					       const struct fuzz_step *step)
{
	/* This way there is neither cookie nor place. */
	if (step->raw && (step->flags || step->revision || step->cookie))
		return true;
	if (step->other < 0)
		return step->flags & (LINK_LINK | LINK_ID);
	/* A place has a side, and to be relative to a link there has to be one. */
	return !(step->flags & (LINK_BEFORE | LINK_AFTER)) ||
	       fuzz_kind_of(step->other) == FUZZ_CGROUP ||
	       ((step->flags & LINK_LINK) && !model_attached(model, step->other));
}

static inline void model_attach(struct model *model, const struct fuzz_step *step,
				struct expected *expected)
{
	struct model_hook *hook = &model->hooks[fuzz_hook_of(step->program)];
	int at;

	if (model_attach_makes_no_sense(model, step)) {
		expected->skip = true;
		return;
	}
	if (model_attached(model, step->program)) {
		expected->ret = -EBUSY;
		return;
	}
	if (hook->nr >= model->most) {
		expected->skip = true;
		return;
	}
	at = model_position(hook, step);
	if (at < 0)
		expected->ret = at;
	else
		model_insert(model, hook, at, step->program, step->cookie);
}

static inline void model_detach(struct model *model, const struct fuzz_step *step,
				struct expected *expected)
{
	struct model_hook *hook = &model->hooks[fuzz_hook_of(step->program)];
	int level, at;

	if (!model_attached(model, step->program)) {
		expected->skip = true;
		return;
	}
	if (fuzz_kind_of(step->program) != FUZZ_CGROUP) {
		model_remove(hook, model_find(hook, step->program));
		return;
	}
	model_in_cgroup(hook, step->program, &level, &at);
	hook->nr_cgroup[level]--;
	memmove(&hook->cgroup[level][at], &hook->cgroup[level][at + 1],
		(hook->nr_cgroup[level] - at) * sizeof(hook->cgroup[level][0]));
	if (!hook->nr_cgroup[0] && !hook->nr_cgroup[1])
		model_remove(hook, model_find(hook, MODEL_SHIM));
}

static inline void model_replace(struct model *model, const struct fuzz_step *step,
				 struct expected *expected)
{
	struct model_hook *hook = &model->hooks[fuzz_hook_of(step->program)];

	if (!model_attached(model, step->program) ||
	    fuzz_kind_of(step->program) == FUZZ_CGROUP ||
	    fuzz_kind_of(step->other) == FUZZ_CGROUP ||
	    (step->old >= 0 && fuzz_kind_of(step->old) == FUZZ_CGROUP)) {
		expected->skip = true;
	} else if (fuzz_hook_of(step->other) != fuzz_hook_of(step->program)) {
		expected->ret = -EXDEV;
	} else if (step->old >= 0 && step->old != step->program) {
		expected->ret = -EPERM;
	} else if (step->other == step->program) {
		expected->ret = 0;
	} else if (model_attached(model, step->other)) {
		expected->ret = -EBUSY;
	} else {
		hook->entries[model_find(hook, step->program)].program = step->other;
		hook->changes++;
	}
}

#endif /* FUZZ_MODEL_CHANGES_H */
