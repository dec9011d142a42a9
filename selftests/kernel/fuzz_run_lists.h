/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A run: what the kernel says of it, lists, places and counts. */
#ifndef FUZZ_RUN_LISTS_H
#define FUZZ_RUN_LISTS_H

#include "fuzz_run_state.h"

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

/* Where the kernel says that the program at @at of the list runs, all settled. */
static inline bool run_same_place(const struct model_hook *hook, int at)
{
	const struct model_entry *want = &hook->entries[at];
	struct lsm_slot_link_info info = read_link(run.links[want->program]);
	int position, own, nr = 0, sleeper = -1, first = 0;

	if (want->trampoline)
		return info.place == LSM_SLOT_PLACE_TRAMPOLINE ||
		       run_differs("%s: in place %s, wanted trampoline",
				   fuzz_program_name(want->program), place_name(info.place));
	while (hook->entries[first].trampoline)
		first++;
	for (int i = first; i < hook->nr; i++, nr++)
		if (sleeper < 0 && hook->entries[i].program != MODEL_SHIM &&
		    fuzz_kind_of(hook->entries[i].program) == FUZZ_SLEEP)
			sleeper = nr;
	/* The last slot is for the array, if that is needed. */
	own = nr;
	if (nr > (int)info.nr_slots || sleeper >= 0)
		own = info.nr_slots - 1;
	if (sleeper >= 0 && sleeper < own)
		own = sleeper;
	position = at - first;
	if ((int)info.position == position && (int)info.attached == nr &&
	    info.place == (position < own ? LSM_SLOT_PLACE_SLOT : LSM_SLOT_PLACE_ARRAY))
		return true;
	return run_differs("%s: in place %s, position %u of %u; wanted %d of %d, %d in slots",
			   fuzz_program_name(want->program), place_name(info.place),
			   info.position, info.attached, position, nr, own);
}

static inline bool run_places(int hook)
{
	const struct model_hook *model = &run.model.hooks[hook];

	for (int i = 0; i < model->nr; i++)
		if (model->entries[i].program != MODEL_SHIM && !run_same_place(model, i))
			return false;
	return true;
}

/* Waits until slots and array are as they stay, and looks where the programs are. */
static inline bool run_settle(int hook)
{
	struct hook_list list;

	for (int i = 0; run.lists && i < 2000; i++) {
		if (run_query(hook, &list))
			test_bail("no list of a hook");
		if (!list.nr || !(list.flags[list.nr - 1] & LSM_SLOT_LINK_SETTLING))
			return run_places(hook);
		pause_ms(5);
	}
	return !run.lists || run_differs("%s does not settle", fuzz_hooks[hook].name);
}

/* With all detached, hooks have no programs and do not call the BPF LSM. */
static inline bool run_nothing_left(void)
{
	static struct hook hooks[512];
	int nr = read_hooks(hooks, ARRAY_SIZE(hooks)), at;

	for (int i = 0; i < nr; i++) {
		at = fuzz_find_hook(hooks[i].name);
		if (at < 0 || !run.model.hooks[at].changes)
			continue;
		if (hooks[i].attached || hooks[i].trampoline || hooks[i].armed)
			return run_differs("%s with all detached: %u attached, %u on the trampoline, armed %u",
					   hooks[i].name, hooks[i].attached,
					   hooks[i].trampoline, hooks[i].armed);
	}
	return true;
}

#endif /* FUZZ_RUN_LISTS_H */
