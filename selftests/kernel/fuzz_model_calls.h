/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The model: which programs a system call runs, and what it comes to. */
#ifndef FUZZ_MODEL_CALLS_H
#define FUZZ_MODEL_CALLS_H

#include "fuzz_model_state.h"

static inline void model_event(struct expected *expected, int program, unsigned int kind,
			       __u64 cookie, __u64 args)
{
	if (expected->nr < FUZZ_EVENTS)
		expected->events[expected->nr] = (struct fuzz_event){
			.program = program, .kind = kind, .cookie = cookie, .args = args,
		};
	expected->nr++;
}

static inline void model_count(struct model *model, int program)
{
	if (model->stats && !model_lies(model, LIE_COUNT))
		model->runs[program]++;
}

/* What an attached program and those that it calls note. */
static inline void model_note(struct model *model, const struct model_entry *entry,
			      struct expected *expected)
{
	int program = entry->program, nr_args = fuzz_hooks[fuzz_hook_of(program)].nr_args;
	enum fuzz_kind kind = fuzz_kind_of(program);
	bool looks = kind == FUZZ_COOKIE || kind == FUZZ_FRAME || kind == FUZZ_SLEEP;
	__u64 cookie = entry->cookie, args = 0;

	if (kind == FUZZ_FRAME)
		args = nr_args;
	if (kind == FUZZ_SLEEP)
		args = FUZZ_WORD;
	if (looks && model_lies(model, LIE_COOKIE))
		cookie++;
	model_event(expected, program, kind, looks ? cookie : 0, args);
	if (kind == FUZZ_CHAIN)
		model_event(expected, program, FUZZ_MIDDLE, cookie, 0);
	if (kind == FUZZ_CHAIN || kind == FUZZ_TAIL)
		model_event(expected, program, FUZZ_FINAL, cookie, nr_args);
	model_count(model, program);
}

/* All of the cgroup and the one above; a denial stays unless one sets the result. */
static inline __s64 model_run_shim(struct model *model, int hook, struct expected *expected)
{
	const struct model_hook *at = &model->hooks[hook];
	int ret = 0;

	for (int level = 0; level < 2; level++) {
		for (int i = 0; i < at->nr_cgroup[level]; i++) {
			int program = at->cgroup[level][i];
			__s64 answer = model->answers[program];

			model_event(expected, program, FUZZ_CGROUP, 0, 0);
			model_count(model, program);
			if (answer == -EPERM)
				ret = ret ? ret : -EPERM;
			else if (answer)
				ret = answer == FUZZ_PARDON ? 0 : answer;
		}
	}
	return fuzz_hooks[hook].is_void ? 0 : ret;
}

/* The hook's verdict. */
static inline int model_run_hook(struct model *model, int hook, struct expected *expected)
{
	const struct model_hook *at = &model->hooks[hook];

	for (int i = 0; i < at->nr; i++) {
		const struct model_entry *entry = &at->entries[i];
		bool shim = entry->program == MODEL_SHIM;
		__s64 answer;

		if (shim) {
			answer = model_run_shim(model, hook, expected);
		} else {
			model_note(model, entry, expected);
			answer = model->answers[entry->program];
		}
		if (!answer || fuzz_hooks[hook].is_void)
			continue;
		if (!shim && !entry->trampoline)
			model->denials[entry->program]++;
		if (model_lies(model, LIE_VERDICT))
			break;
		/* All 64 bits end the chain, the lower half is the verdict. */
		return (int)answer;
	}
	return fuzz_hooks[hook].verdict;
}

static inline void model_call(struct model *model, const struct fuzz_call *call,
			      struct expected *expected)
{
	for (int i = 0; i < call->nr; i++) {
		int verdict = model_run_hook(model, call->hooks[i], expected);

		/* Without an opinion the call goes on. */
		if (verdict == fuzz_hooks[call->hooks[i]].verdict)
			continue;
		expected->ret = verdict;
		return;
	}
	expected->ret = call->ret;
}

#endif /* FUZZ_MODEL_CALLS_H */
