/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state of a run, and how a difference is told. */
#ifndef FUZZ_RUN_STATE_H
#define FUZZ_RUN_STATE_H

#include "fuzz_calls.h"
#include "fuzz_model.h"

/**
 * struct difference - where kernel and model went apart
 * @step: at this step, the script's length for its end
 * @text: in words
 */
struct difference {
	int step;
	char text[1024];
};

/* What was run, over all runs. */
static struct {
	unsigned long runs[FUZZ_PATHS], steps, calls, events;
	unsigned long places[LSM_SLOT_PLACE_ARRAY + 1];
	int most;
} fuzz_done;

static struct run {
	struct model model;
	struct expected expected;
	struct difference *difference;
	bool lists;			/* the kernel has BPF_PROG_QUERY of LSM hooks */
	int links[FUZZ_PROGRAMS];	/* file descriptors, 0 for none */
	bool used[FUZZ_PROGRAMS];	/* and so these are what they were before */
	__u64 runs_before[FUZZ_PROGRAMS];
	bool counted[FUZZ_PROGRAMS];
	__u64 denials_before[FUZZ_PROGRAMS];
	__u64 revision[FUZZ_HOOKS];
	unsigned int changes[FUZZ_HOOKS];	/* of the model, when that was */
} run;

__attribute__((format(printf, 1, 2)))
static inline bool run_differs(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(run.difference->text, sizeof(run.difference->text), format, args);
	va_end(args);
	return false;
}

/* Two results of a system call. */
static inline bool run_same_ret(int ret)
{
	if (ret == run.expected.ret)
		return true;
	return run_differs("result %d, wanted %d", ret, run.expected.ret);
}

static inline int run_query(int hook, struct hook_list *list)
{
	static int ids[FUZZ_HOOKS];

	if (!ids[hook])
		ids[hook] = hook_btf_id(fuzz_hooks[hook].name);
	return hook_query(ids[hook], list);
}

#endif /* FUZZ_RUN_STATE_H */
