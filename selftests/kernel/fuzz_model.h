/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The model: what the kernel is to do at each step of a script. */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include "fuzz_model_calls.h"
#include "fuzz_model_changes.h"

/* Makes the step in the model; @expected: what the kernel is to make of it. */
static inline void model_step(struct model *model, const struct fuzz_step *step,
			      struct expected *expected)
{
	expected->skip = false;
	expected->ret = 0;
	expected->nr = 0;
	switch (step->kind) {
	case STEP_ATTACH:
		if (fuzz_kind_of(step->program) == FUZZ_CGROUP)
			model_attach_cgroup(model, step, expected);
		else
			model_attach(model, step, expected);
		if (!expected->skip)
			model->answers[step->program] = step->verdict;
		break;
	case STEP_DETACH:
		model_detach(model, step, expected);
		break;
	case STEP_REPLACE:
		model_replace(model, step, expected);
		break;
	case STEP_VERDICT:
		model->answers[step->program] = step->verdict;
		break;
	case STEP_STATS:
		model->stats = step->value;
		break;
	case STEP_SWITCH:
		expected->skip = model->path != PATH_MIXED;
		if (!expected->skip)
			model->switched_on = step->value;
		break;
	case STEP_CALL:
		model_call(model, &fuzz_calls[step->value], expected);
		break;
	case STEP_SETTLE:
		/* Not while programs are timed, or if there is nothing to settle. */
		expected->skip = model->stats || !model->hooks[step->value].nr;
		break;
	default:
		break;
	}
}

#endif /* FUZZ_MODEL_H */
