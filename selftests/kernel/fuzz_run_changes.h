/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A run: attach, detach and replace in the kernel. */
#ifndef FUZZ_RUN_CHANGES_H
#define FUZZ_RUN_CHANGES_H

#include "fuzz_run_state.h"

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

	if (step->raw) {
		link = bpf_raw_tracepoint_open(NULL, fuzz_fd(step->program));
		return link < 0 ? -errno : link;
	}
	if (fuzz_kind_of(step->program) != FUZZ_CGROUP)
		return bpf_call(BPF_LINK_CREATE, &attr, sizeof(attr));
	link = bpf_link_create(fuzz_fd(step->program), fuzz_cgroups[step->above],
			       BPF_LSM_CGROUP, NULL);
	return link < 0 ? -errno : link;
}

static inline bool run_attach(const struct fuzz_step *step)
{
	const struct model_hook *hook = &run.model.hooks[fuzz_hook_of(step->program)];
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
	if (hook->nr > fuzz_done.most)
		fuzz_done.most = hook->nr;
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

#endif /* FUZZ_RUN_CHANGES_H */
