/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model's state: a list per hook, the newest first.  It knows nothing of slots,
 * arrays and trampolines but that a place can be chosen on some and not on others,
 * and what the kernel's lists say of them.
 */
#ifndef FUZZ_MODEL_STATE_H
#define FUZZ_MODEL_STATE_H

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

#endif /* FUZZ_MODEL_STATE_H */
