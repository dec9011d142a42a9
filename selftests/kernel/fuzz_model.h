/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model: what the kernel is to do at each step of a script.
 *
 * It is a list per hook, the newest first, and knows nothing of slots, arrays
 * and trampolines but that a place can be chosen on some and not on others, and
 * what the kernel's lists say of them.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include "fuzz_script.h"

/* What runs the programs: kernel.lsm_slots on, off, and now and then turned. */
enum fuzz_path { PATH_SLOTS, PATH_TRAMPOLINE, PATH_MIXED, FUZZ_PATHS };

static const char *const fuzz_paths[FUZZ_PATHS] = { "slots", "trampoline", "mixed" };

/* For the test of the fuzzer: what the model is wrong about, once per run. */
enum fuzz_lie { LIE_NONE, LIE_ORDER, LIE_VERDICT, LIE_COUNT, LIE_COOKIE, FUZZ_LIES };

/* In place of a program: all those of cgroups. */
#define MODEL_SHIM	(-1)

/* Attached to a hook at most: what a trampoline takes, with two to spare. */
#define MODEL_TRAMPOLINE	36
#define MODEL_MOST		80

struct model_entry {
	int program;
	__u64 cookie;
	bool trampoline;
};

struct model_hook {
	int nr;
	struct model_entry entries[MODEL_MOST];
	int nr_cgroup[2], cgroup[2][FUZZ_COPIES];	/* of the upper one: [1] */
	unsigned int changes;
};

/**
 * struct model - the model's state in a run
 * @path: of the run
 * @most: programs on a hook; more are not attached
 * @stats: run statistics are on
 * @switched_on: kernel.lsm_slots
 * @lie: what to be wrong about
 * @lied: done
 * @hooks: what is attached
 * @answers: what each program returns
 * @runs: how often each ran while run statistics were on
 * @denials: how often the kernel counted a verdict of each
 */
struct model {
	enum fuzz_path path;
	int most;
	bool stats, switched_on;
	enum fuzz_lie lie;
	bool lied;
	struct model_hook hooks[FUZZ_HOOKS];
	__s64 answers[FUZZ_PROGRAMS];
	__u64 runs[FUZZ_PROGRAMS], denials[FUZZ_PROGRAMS];
};

/**
 * struct expected - what a step is to come to
 * @skip: it makes no sense here and is left out
 * @ret: the system call's result, 0 or a negative errno
 * @nr: how many events
 * @events: of a call
 */
struct expected {
	bool skip;
	int ret;
	int nr;
	struct fuzz_event events[FUZZ_EVENTS];
};

static inline void model_start(struct model *model, enum fuzz_path path, bool slots_only,
			       enum fuzz_lie lie)
{
	memset(model, 0, sizeof(*model));
	model->path = path;
	model->most = slots_only ? MODEL_MOST - 1 : MODEL_TRAMPOLINE;
	model->switched_on = path != PATH_TRAMPOLINE;
	model->lie = lie;
}

/* Is it time to be wrong about @lie? */
static inline bool model_lies(struct model *model, enum fuzz_lie lie)
{
	if (model->lie != lie || model->lied)
		return false;
	model->lied = true;
	return true;
}

/* Where @program is in its hook's list, the list's length if it is not. */
static inline int model_find(const struct model_hook *hook, int program)
{
	int at = 0;

	while (at < hook->nr && hook->entries[at].program != program)
		at++;
	return at;
}

static inline bool model_in_cgroup(const struct model_hook *hook, int program, int *level,
				   int *at)
{
	for (*level = 0; *level < 2; ++*level)
		for (*at = 0; *at < hook->nr_cgroup[*level]; ++*at)
			if (hook->cgroup[*level][*at] == program)
				return true;
	return false;
}

static inline bool model_attached(const struct model *model, int program)
{
	const struct model_hook *hook = &model->hooks[fuzz_hook_of(program)];
	int level, at;

	if (fuzz_kind_of(program) == FUZZ_CGROUP)
		return model_in_cgroup(hook, program, &level, &at);
	return model_find(hook, program) < hook->nr;
}

/* A new program joins others on the trampoline. */
static inline bool model_to_trampoline(const struct model *model, const struct model_hook *hook)
{
	return !model->switched_on || (hook->nr && hook->entries[0].trampoline);
}

static inline void model_insert(struct model *model, struct model_hook *hook, int at,
				int program, __u64 cookie)
{
	struct model_entry entry = {
		.program = program,
		.cookie = cookie,
		.trampoline = model_to_trampoline(model, hook),
	};

	memmove(hook->entries + at + 1, hook->entries + at,
		(hook->nr - at) * sizeof(*hook->entries));
	hook->entries[at] = entry;
	hook->nr++;
	hook->changes++;
	if (hook->nr >= 3 && model_lies(model, LIE_ORDER)) {
		entry = hook->entries[0];
		hook->entries[0] = hook->entries[1];
		hook->entries[1] = entry;
	}
}

static inline void model_remove(struct model_hook *hook, int at)
{
	hook->nr--;
	memmove(hook->entries + at, hook->entries + at + 1,
		(hook->nr - at) * sizeof(*hook->entries));
	hook->changes++;
}

/* --- Changes --------------------------------------------------------------- */

/* Programs of a cgroup run in the order in which they came. */
static inline void model_attach_cgroup(struct model *model, const struct fuzz_step *step,
				       struct expected *expected)
{
	struct model_hook *hook = &model->hooks[fuzz_hook_of(step->program)];
	int level = step->above;

	expected->skip = model_attached(model, step->program);
	if (!hook->nr_cgroup[0] && !hook->nr_cgroup[1]) {
		if (hook->nr >= model->most)
			expected->skip = true;
		if (!expected->skip)
			model_insert(model, hook, 0, MODEL_SHIM, 0);
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

static inline void model_attach(struct model *model, const struct fuzz_step *step,
				struct expected *expected)
{
	struct model_hook *hook = &model->hooks[fuzz_hook_of(step->program)];
	int at;

	/* There has to be a link to name one, and more than one program to be before. */
	if (step->other >= 0 && (!(step->flags & (LINK_BEFORE | LINK_AFTER)) ||
				 fuzz_kind_of(step->other) == FUZZ_CGROUP ||
				 ((step->flags & LINK_LINK) &&
				  !model_attached(model, step->other)))) {
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

/* --- Calls ----------------------------------------------------------------- */

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
