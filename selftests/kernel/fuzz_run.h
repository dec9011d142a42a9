/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A run of a script on one of the paths, with the model alongside: the first
 * difference between kernel and model ends it.
 */
#ifndef FUZZ_RUN_H
#define FUZZ_RUN_H

#include "fuzz_calls.h"
#include "fuzz_model.h"

#define STATS_FILE	"/proc/sys/kernel/bpf_stats_enabled"

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

static inline void run_write(const char *path, bool on)
{
	int err = write_text(path, on ? "1" : "0");

	if (err)
		test_bail("cannot write %s: %s", path, strerror(-err));
}

/* --- Changes --------------------------------------------------------------- */

/* Before a program runs for the first time in this run. */
static inline void run_use(int program)
{
	if (run.used[program])
		return;
	run.used[program] = true;
	run.runs_before[program] = fuzz_info(program).run_cnt;
}

/* When a program has come to slots for the first time in this run. */
static inline void run_count_denials(int program)
{
	struct lsm_slot_link_info info;

	if (run.counted[program] || fuzz_kind_of(program) == FUZZ_CGROUP)
		return;
	info = read_link(run.links[program]);
	if (info.place != LSM_SLOT_PLACE_SLOT && info.place != LSM_SLOT_PLACE_ARRAY)
		return;
	run.counted[program] = true;
	run.denials_before[program] = info.denials;
}

static inline int run_query(int hook, struct hook_list *list)
{
	static int ids[FUZZ_HOOKS];

	if (!ids[hook])
		ids[hook] = hook_btf_id(fuzz_hooks[hook].name);
	return hook_query(ids[hook], list);
}

static inline __u64 run_revision(const struct fuzz_step *step)
{
	struct hook_list list;

	if (step->revision == REVISION_NONE)
		return 0;
	if (run_query(fuzz_hook_of(step->program), &list))
		test_bail("no list of a hook");
	return list.revision + (step->revision == REVISION_OTHER);
}

static inline __u32 run_relative(const struct fuzz_step *step)
{
	bool id = step->flags & LINK_ID;

	if (step->other < 0)
		return 0;
	if (step->flags & LINK_LINK)
		return id ? link_id_of(run.links[step->other]) :
			    (__u32)run.links[step->other];
	return id ? prog_id_of(fuzz_fd(step->other)) : (__u32)fuzz_fd(step->other);
}

static inline int run_link(const struct fuzz_step *step)
{
	struct link_create_attr attr = {
		.prog_fd = fuzz_fd(step->program),
		.attach_type = BPF_LSM_MAC,
		.flags = step->flags,
		.lsm.relative_fd = run_relative(step),
		.lsm.cookie = step->cookie,
		.lsm.expected_revision = run_revision(step),
	};
	int link;

	if (fuzz_kind_of(step->program) != FUZZ_CGROUP)
		return bpf_call(BPF_LINK_CREATE, &attr, sizeof(attr));
	link = bpf_link_create(fuzz_fd(step->program), fuzz_cgroups[step->above],
			       BPF_LSM_CGROUP, NULL);
	return link < 0 ? -errno : link;
}

static inline bool run_attach(const struct fuzz_step *step)
{
	int link;

	run_use(step->program);
	link = run_link(step);
	if (link >= 0) {
		if (run.expected.ret)
			close(link);
		else
			run.links[step->program] = link;
	}
	if (!run_same_ret(link < 0 ? link : 0))
		return false;
	fuzz_skel->bss->answers[step->program] = step->verdict;
	if (!run.expected.ret && have_slots())
		run_count_denials(step->program);
	return true;
}

/* The link of all programs of cgroups goes some time after the last of them. */
static inline void run_wait_for_shim(int hook)
{
	struct hook_list list;
	bool there = true;

	for (int i = 0; i < 2000 && there; i++) {
		if (!run.lists) {
			pause_ms(100);
			return;
		}
		there = false;
		if (run_query(hook, &list))
			test_bail("no list of a hook");
		for (__u32 j = 0; j < list.nr && j < LIST_MAX; j++)
			there |= list.flags[j] & LSM_SLOT_LINK_CGROUP;
		if (there)
			pause_ms(5);
	}
}

static inline bool run_detach(const struct fuzz_step *step)
{
	const struct model_hook *hook = &run.model.hooks[fuzz_hook_of(step->program)];

	close(run.links[step->program]);
	run.links[step->program] = 0;
	if (fuzz_kind_of(step->program) == FUZZ_CGROUP && !hook->nr_cgroup[0] &&
	    !hook->nr_cgroup[1])
		run_wait_for_shim(fuzz_hook_of(step->program));
	return true;
}

static inline bool run_replace(const struct fuzz_step *step)
{
	int link = run.links[step->program], ret;

	run_use(step->other);
	ret = link_replace(link, fuzz_fd(step->other), step->old < 0 ? -1 : fuzz_fd(step->old));
	if (!run_same_ret(ret))
		return false;
	if (ret || step->other == step->program)
		return true;
	run.links[step->program] = 0;
	run.links[step->other] = link;
	run_count_denials(step->other);
	return true;
}

/* --- Calls ----------------------------------------------------------------- */

static inline const char *run_event_text(const struct fuzz_event *event)
{
	static char texts[4][160];
	static int next;
	char *text = texts[next++ % 4];
	unsigned int kind = event->kind < FUZZ_KINDS + 2 ? event->kind : FUZZ_PLAIN;

	snprintf(text, sizeof(texts[0]), "%s%s%s cookie %#llx args %#llx",
		 event->program < FUZZ_PROGRAMS ? fuzz_program_name(event->program) : "?",
		 kind >= FUZZ_KINDS ? " in " : "", kind >= FUZZ_KINDS ? fuzz_kinds[kind] : "",
		 event->cookie, event->args);
	return text;
}

static inline bool run_same_event(const struct fuzz_event *got, const struct fuzz_event *want)
{
	return got->program == want->program && got->kind == want->kind &&
	       got->cookie == want->cookie && got->args == want->args;
}

static inline bool run_same_events(int ret)
{
	const struct fuzz_event *got = fuzz_skel->bss->events, *want = run.expected.events;
	int nr = fuzz_skel->bss->nr_events, at = 0;

	if (nr > FUZZ_EVENTS || run.expected.nr > FUZZ_EVENTS)
		test_bail("no room for %d events", nr);
	while (at < nr && at < run.expected.nr && run_same_event(&got[at], &want[at]))
		at++;
	if (at == nr && at == run.expected.nr)
		return true;
	return run_differs("%d programs ran, wanted %d; number %d is %s, wanted %s; result %d, wanted %d",
			   nr, run.expected.nr, at, at < nr ? run_event_text(&got[at]) : "none",
			   at < run.expected.nr ? run_event_text(&want[at]) : "none",
			   ret, run.expected.ret);
}

/* From where does the call's first hook with a link run its newest program? */
static inline void run_cover(const struct fuzz_call *call)
{
	for (int i = 0; i < call->nr && have_slots(); i++) {
		const struct model_hook *hook = &run.model.hooks[call->hooks[i]];

		for (int j = 0; j < hook->nr; j++) {
			int program = hook->entries[j].program;
			unsigned int place;

			if (program == MODEL_SHIM)
				continue;
			place = read_link(run.links[program]).place;
			if (place <= LSM_SLOT_PLACE_ARRAY)
				fuzz_done.places[place]++;
			return;
		}
	}
}

static inline bool run_call(const struct fuzz_step *step)
{
	int ret;

	run_cover(&fuzz_calls[step->value]);
	fuzz_skel->bss->nr_events = 0;
	ret = fuzz_make_call(step->value);
	fuzz_done.calls++;
	fuzz_done.events += fuzz_skel->bss->nr_events;
	return run_same_events(ret) && run_same_ret(ret);
}

/* --- Lists and counts ------------------------------------------------------ */

static inline bool run_same_entry(const struct hook_list *list, int at,
				  const struct model_entry *want)
{
	__u32 flags = want->trampoline ? LSM_SLOT_LINK_TRAMPOLINE : 0, prog = 0, link = 0;
	int program = want->program;

	if (program == MODEL_SHIM) {
		flags |= LSM_SLOT_LINK_CGROUP;
	} else {
		prog = prog_id_of(fuzz_fd(program));
		link = link_id_of(run.links[program]);
		if (fuzz_kind_of(program) == FUZZ_SLEEP)
			flags |= LSM_SLOT_LINK_SLEEPABLE;
	}
	if (list->progs[at] == prog && list->links[at] == link &&
	    (list->flags[at] & ~LSM_SLOT_LINK_SETTLING) == flags)
		return true;
	return run_differs("place %d of the list: program %u, link %u, flags %#x; wanted %u, %u, %#x (%s)",
			   at, list->progs[at], list->links[at], list->flags[at], prog, link,
			   flags, program == MODEL_SHIM ? "cgroups" : fuzz_program_name(program));
}

/* The kernel's list of a hook, and is its revision another one if it has to be? */
static inline bool run_list(int hook)
{
	const struct model_hook *model = &run.model.hooks[hook];
	bool changed = model->changes != run.changes[hook];
	struct hook_list list;
	int err;

	if (!run.lists)
		return true;
	err = run_query(hook, &list);
	if (err || list.nr != (__u32)model->nr)
		return run_differs("list of %s: error %d, %u programs, wanted %d",
				   fuzz_hooks[hook].name, err, list.nr, model->nr);
	for (int i = 0; i < model->nr; i++)
		if (!run_same_entry(&list, i, &model->entries[i]))
			return false;
	if (run.revision[hook] && (list.revision != run.revision[hook]) != changed)
		return run_differs("%s: revision %llu after %llu, and %u changes",
				   fuzz_hooks[hook].name, list.revision, run.revision[hook],
				   model->changes - run.changes[hook]);
	run.revision[hook] = list.revision;
	run.changes[hook] = model->changes;
	return true;
}

static inline bool run_counts(int program)
{
	__u64 runs = fuzz_info(program).run_cnt - run.runs_before[program], denials;
	struct lsm_slot_link_info info;

	/* Programs run for others, too, if only to find out that it is not their task. */
	if (runs < run.model.runs[program] ||
	    (runs > run.model.runs[program] && !fuzz_hooks[fuzz_hook_of(program)].busy))
		return run_differs("%s: %llu runs counted, wanted %llu",
				   fuzz_program_name(program), runs, run.model.runs[program]);
	if (!run.counted[program] || !run.links[program])
		return true;
	/* Of what is on the trampoline now nothing is told. */
	info = read_link(run.links[program]);
	if (info.place == LSM_SLOT_PLACE_TRAMPOLINE)
		return true;
	denials = info.denials - run.denials_before[program];
	if (denials != run.model.denials[program])
		return run_differs("%s: %llu denials counted, wanted %llu",
				   fuzz_program_name(program), denials,
				   run.model.denials[program]);
	return true;
}

/* --- Steps ----------------------------------------------------------------- */

/* In its slots and array as they will stay, unless a change is settling for too long. */
static inline bool run_settle(int hook)
{
	struct hook_list list;

	for (int i = 0; run.lists && i < 2000; i++) {
		if (run_query(hook, &list))
			test_bail("no list of a hook");
		if (!list.nr || !(list.flags[list.nr - 1] & LSM_SLOT_LINK_SETTLING))
			return true;
		pause_ms(5);
	}
	return !run.lists || run_differs("%s does not settle", fuzz_hooks[hook].name);
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
	for (int i = 0; i < FUZZ_HOOKS; i++) {
		if (run.model.hooks[i].nr > fuzz_done.most)
			fuzz_done.most = run.model.hooks[i].nr;
		if (run.model.hooks[i].changes && !run_list(i))
			return false;
	}
	for (int i = 0; i < FUZZ_PROGRAMS; i++)
		if (run.used[i] && !run_counts(i))
			return false;
	return true;
}

/* Whatever happened: the next run begins with nothing attached. */
static inline bool run_end(bool good)
{
	struct hook_list list;

	run_write(STATS_FILE, false);
	for (int i = 0; i < FUZZ_PROGRAMS; i++)
		if (run.links[i])
			close(run.links[i]);
	for (int i = 0; i < FUZZ_HOOKS; i++) {
		if (!run.model.hooks[i].changes)
			continue;
		run_wait_for_shim(i);
		if (good && run.lists && (run_query(i, &list) || list.nr))
			good = run_differs("%s: %u programs when all are detached",
					   fuzz_hooks[i].name, list.nr);
	}
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
