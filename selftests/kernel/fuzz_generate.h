/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random scripts.  A script follows from its seed alone, whatever the C
 * library's generator of random numbers.
 *
 * The model runs along, so that most steps make sense where they stand.
 */
#ifndef FUZZ_GENERATE_H
#define FUZZ_GENERATE_H

#include "fuzz_model.h"

/* Three sorts of scripts. */
enum fuzz_sort {
	SORT_BOTH,	/* what slots and trampolines can do */
	SORT_ORDERED,	/* places, revisions, replacement: slots only */
	SORT_CROWD,	/* and one hook with more programs than a trampoline takes */
};

struct generator {
	__u64 state;
	enum fuzz_sort sort;
	int calls[3], nr_calls;
	int hooks[3 * FUZZ_CALL_HOOKS], nr_hooks;
	bool sleeps;
	struct fuzz_script *script;
	struct model model;
	struct expected expected;
};

/* splitmix64, by Sebastiano Vigna, in the public domain */
static inline __u64 generator_random(struct generator *g)
{
	__u64 z = g->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 to @limit - 1 */
static inline int pick(struct generator *g, int limit)
{
	return generator_random(g) % limit;
}

static inline bool chance(struct generator *g, int percent)
{
	return pick(g, 100) < percent;
}

static inline int pick_hook(struct generator *g)
{
	return g->hooks[g->sort == SORT_CROWD && chance(g, 80) ? 0 : pick(g, g->nr_hooks)];
}

/* A sort that there is on @hook. */
static inline enum fuzz_kind pick_kind(struct generator *g, int hook)
{
	static const enum fuzz_kind kinds[] = {
		FUZZ_PLAIN, FUZZ_PLAIN, FUZZ_PLAIN, FUZZ_PLAIN, FUZZ_COOKIE, FUZZ_COOKIE,
		FUZZ_FRAME, FUZZ_SLEEP, FUZZ_SLEEP, FUZZ_TAIL, FUZZ_CHAIN, FUZZ_MISS,
		FUZZ_CGROUP, FUZZ_CGROUP,
	};
	enum fuzz_kind kind;

	do
		kind = kinds[pick(g, sizeof(kinds) / sizeof(*kinds))];
	while (!fuzz_kind_fits(hook, kind) || (kind == FUZZ_SLEEP && !g->sleeps));
	return kind;
}

static inline int pick_program(struct generator *g, int hook)
{
	return fuzz_program(hook, pick_kind(g, hook), pick(g, FUZZ_COPIES));
}

/* One that is not attached, if a few attempts find one. */
static inline int pick_free(struct generator *g, int hook)
{
	int program = pick_program(g, hook);

	for (int i = 0; i < 20 && model_attached(&g->model, program); i++)
		program = pick_program(g, hook);
	return program;
}

/* One that is attached, -1 if there is none. */
static inline int pick_attached(struct generator *g, int hook)
{
	const struct model_hook *at = &g->model.hooks[hook];
	int program, level;

	if (!at->nr)
		return -1;
	program = at->entries[pick(g, at->nr)].program;
	if (program != MODEL_SHIM)
		return program;
	level = pick(g, 2);
	if (!at->nr_cgroup[level])
		level = !level;
	return at->cgroup[level][pick(g, at->nr_cgroup[level])];
}

/*
 * Most allow, so that chains are long.  Else most are a number that tells whose
 * verdict it is, some are one that the hook's caller takes for no answer, and
 * some have something in the upper half, which counts as an answer as well.
 */
static inline __s64 pick_verdict(struct generator *g, int program, int percent)
{
	static const int special[] = { -EPERM, -EACCES, -ENOSYS, -FUZZ_ENOPARAM, -4095 };
	__s64 verdict = -(1000 + program);

	if (!chance(g, percent))
		return 0;
	if (chance(g, 40))
		verdict = special[pick(g, 5)];
	if (fuzz_kind_of(program) == FUZZ_CGROUP)
		return chance(g, 25) ? FUZZ_PARDON : verdict;
	if (chance(g, 15))
		verdict = (__u32)(chance(g, 50) ? verdict : 0) |
			  (__u64)(chance(g, 50) ? 1 : pick(g, 1 << 30)) << 32;
	return verdict;
}

static inline void pick_place(struct generator *g, struct fuzz_step *step)
{
	static const __u32 sides[] = { LINK_BEFORE, LINK_AFTER };
	int hook = fuzz_hook_of(step->program);

	if (chance(g, 15))
		step->revision = chance(g, 75) ? REVISION_NOW : REVISION_OTHER;
	if (chance(g, 40))
		return;
	step->flags = chance(g, 4) ? LINK_BEFORE | LINK_AFTER : sides[pick(g, 2)];
	if (chance(g, 25))
		return;
	step->other = chance(g, 90) ? pick_attached(g, hook) : pick_program(g, pick_hook(g));
	if (step->other >= 0)
		step->flags |= (chance(g, 50) ? LINK_LINK : 0) | (chance(g, 50) ? LINK_ID : 0);
}

static inline struct fuzz_step generate_attach(struct generator *g)
{
	struct fuzz_step step = fuzz_step(STEP_ATTACH);
	int hook = pick_hook(g);

	step.program = chance(g, 3) ? pick_program(g, hook) : pick_free(g, hook);
	step.verdict = pick_verdict(g, step.program, 12);
	if (fuzz_kind_of(step.program) == FUZZ_CGROUP)
		step.above = chance(g, 40);
	else if (chance(g, 8))
		step.raw = true;
	else if (g->sort != SORT_BOTH)
		pick_place(g, &step);
	if (fuzz_kind_of(step.program) != FUZZ_CGROUP && !step.raw && chance(g, 75))
		step.cookie = chance(g, 50) ? generator_random(g) : (__u64)pick(g, 1000);
	return step;
}

static inline struct fuzz_step generate_replace(struct generator *g)
{
	struct fuzz_step step = fuzz_step(STEP_REPLACE);
	int hook = pick_hook(g);

	step.program = pick_attached(g, hook);
	step.other = chance(g, 85) ? pick_free(g, hook) : pick_program(g, pick_hook(g));
	if (chance(g, 40))
		step.old = chance(g, 80) ? step.program : pick_program(g, hook);
	return step;
}

static inline struct fuzz_step generate_on_attached(struct generator *g, enum fuzz_step_kind kind)
{
	struct fuzz_step step = fuzz_step(kind);

	step.program = pick_attached(g, pick_hook(g));
	if (step.program >= 0 && kind == STEP_VERDICT)
		step.verdict = pick_verdict(g, step.program, 40);
	return step;
}

static inline struct fuzz_step generate_value(struct generator *g, enum fuzz_step_kind kind)
{
	struct fuzz_step step = fuzz_step(kind);

	if (kind == STEP_CALL)
		step.value = g->calls[pick(g, g->nr_calls)];
	else if (kind == STEP_QUERY || kind == STEP_SETTLE)
		step.value = pick_hook(g);
	else if (kind == STEP_STATS)
		step.value = !g->model.stats;
	else
		step.value = pick(g, 2);
	return step;
}

/* One that may lack an attached program to be about. */
static inline struct fuzz_step generate_any(struct generator *g)
{
	int attach = g->sort == SORT_CROWD && g->model.hooks[g->hooks[0]].nr < 60 ? 60 : 26;
	int at = pick(g, 100);

	if (at < attach)
		return generate_attach(g);
	at = pick(g, 100);
	if (at < 16)
		return generate_on_attached(g, STEP_DETACH);
	if (at < 26)
		return g->sort == SORT_BOTH ? generate_value(g, STEP_SWITCH) : generate_replace(g);
	if (at < 40)
		return generate_on_attached(g, STEP_VERDICT);
	if (at < 44)
		return generate_value(g, STEP_STATS);
	if (at < 58)
		return generate_value(g, STEP_SETTLE);
	return generate_value(g, at < 62 ? STEP_QUERY : STEP_CALL);
}

static inline void generate_step(struct generator *g)
{
	struct fuzz_step step;

	do
		step = generate_any(g);
	while (fuzz_step_has_program(&step) && step.program < 0);
	g->script->steps[g->script->nr++] = step;
	model_step(&g->model, &step, &g->expected);
}

/* A few calls, and the hooks that they reach. */
static inline void generate_calls(struct generator *g)
{
	g->nr_calls = g->sort == SORT_CROWD ? 1 : 1 + pick(g, 3);
	for (int i = 0; i < g->nr_calls; i++) {
		const struct fuzz_call *call;

		g->calls[i] = pick(g, FUZZ_CALLS);
		call = &fuzz_calls[g->calls[i]];
		for (int j = 0; j < call->nr; j++)
			g->hooks[g->nr_hooks++] = call->hooks[j];
	}
}

static inline void generate_script(struct fuzz_script *script, __u64 seed)
{
	/* In turn, so that a few scripts are some of each. */
	static const enum fuzz_sort sorts[] = {
		SORT_BOTH, SORT_ORDERED, SORT_CROWD, SORT_BOTH, SORT_ORDERED, SORT_BOTH,
	};
	static struct generator g;
	int length;

	memset(&g, 0, sizeof(g));
	g.state = seed;
	g.sort = sorts[seed % (sizeof(sorts) / sizeof(*sorts))];
	g.sleeps = chance(&g, 50);
	g.script = script;
	script->seed = seed;
	script->nr = 0;
	script->slots_only = g.sort != SORT_BOTH;
	model_start(&g.model, PATH_SLOTS, script->slots_only, LIE_NONE);
	generate_calls(&g);
	length = g.sort == SORT_CROWD ? 130 + pick(&g, 60) : 25 + pick(&g, 50);
	while (script->nr < length)
		generate_step(&g);
}

#endif /* FUZZ_GENERATE_H */
