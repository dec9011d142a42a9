/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A run of a script on one of the paths, with the model alongside: the first
 * difference between kernel and model ends it.
 */
#ifndef FUZZ_RUN_H
#define FUZZ_RUN_H

#include "fuzz_run_calls.h"
#include "fuzz_run_changes.h"
#include "fuzz_run_lists.h"

#define STATS_FILE	"/proc/sys/kernel/bpf_stats_enabled"

static inline void run_write(const char *path, bool on)
{
	int err = write_text(path, on ? "1" : "0");

	if (err)
		test_bail("cannot write %s: %s", path, strerror(-err));
}

static inline bool run_step(const struct fuzz_step *step)
{
	model_step(&run.model, step, &run.expected);
	if (run.expected.skip)
		return true;
	fuzz_done.steps++;
	switch (step->kind) {
	case STEP_ATTACH:
		return run_attach(step);
	case STEP_DETACH:
		return run_detach(step);
	case STEP_REPLACE:
		return run_replace(step);
	case STEP_VERDICT:
		fuzz_skel->bss->answers[step->program] = step->verdict;
		return true;
	case STEP_STATS:
		run_write(STATS_FILE, step->value);
		return true;
	case STEP_SWITCH:
		switch_slots(step->value);
		return true;
	case STEP_CALL:
		return run_call(step);
	case STEP_QUERY:
		return run_list(step->value);
	case STEP_SETTLE:
		return run_settle(step->value);
	default:
		return true;
	}
}

/* The final state: lists, then counts. */
static inline bool run_final(void)
{
	for (int i = 0; i < FUZZ_HOOKS; i++)
		if (run.model.hooks[i].changes && !run_list(i))
			return false;
	for (int i = 0; i < FUZZ_PROGRAMS; i++)
		if (run.used[i] && !run_counts(i))
			return false;
	return true;
}

/* Whatever happened: the next run begins with nothing attached. */
static inline bool run_end(bool good)
{
	run_write(STATS_FILE, false);
	for (int i = 0; i < FUZZ_PROGRAMS; i++)
		if (run.links[i])
			close(run.links[i]);
	for (int i = 0; i < FUZZ_HOOKS; i++)
		if (run.model.hooks[i].changes)
			run_wait_for_shim(i);
	good = good && run_nothing_left();
	switch_slots(true);
	return good;
}

/* Do kernel and model agree?  If not, @difference tells where. */
static inline bool run_script(const struct fuzz_script *script, enum fuzz_path path,
			      enum fuzz_lie lie, struct difference *difference)
{
	bool lists = run.lists, good = true;
	int i;

	memset(&run, 0, sizeof(run));
	run.lists = lists;
	run.difference = difference;
	model_start(&run.model, path, script->slots_only, lie);
	switch_slots(run.model.switched_on);
	memset(fuzz_skel->bss->answers, 0, sizeof(fuzz_skel->bss->answers));
	fuzz_done.runs[path]++;
	for (i = 0; good && i < script->nr; i++)
		good = run_step(&script->steps[i]);
	difference->step = good ? i : i - 1;
	if (good)
		good = run_final();
	return run_end(good);
}

static inline void run_prepare(void)
{
	fuzz_programs_open();
	fuzz_calls_prepare();
	run.lists = have_link_order();
}

#endif /* FUZZ_RUN_H */
