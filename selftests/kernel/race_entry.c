// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A task is on its way into bpf_lsm_<hook>() but has not reached its locks: it
 * sleeps in a program on the function's trampoline, which runs before the
 * body.  Meanwhile the only program in the slots is detached and freed, and its
 * memory and its slot are used again.  The task must find the hook as it is
 * when it goes on, and nobody has to wait for it.
 *
 * See race_preempt.c for a task that is preempted there.
 */
#define _GNU_SOURCE
#include "churn.h"
#include "held_call.h"
#include "slots.h"

#define SLEEPER	100
#define OTHERS	20	/* programs 20 to 31 */
#define NEW	40

static struct recorder r;

static void attach_others(bool attach)
{
	for (int i = OTHERS; i < OTHERS + 12; i++) {
		if (attach)
			recorder_attach(&r, i);
		else
			recorder_detach(&r, i);
	}
}

/* On the trampoline, so that it is before everything in the slots. */
static void attach_sleeper(void)
{
	slots_switch(false);
	recorder_attach(&r, SLEEPER);
	slots_switch(true);
	if (slots_link(r.links[SLEEPER]).place != LSM_SLOT_PLACE_TRAMPOLINE)
		test_bail("the sleeping program is not on the trampoline");
}

/* @others: the hook changes a lot meanwhile; @new: and in the end has another. */
static void check(int old, const char *what, bool others, bool new)
{
	__u32 id = recorder_id(&r, old), ran[] = { NEW };
	struct held_call call;

	r.skel->bss->verdicts[old] = -VERDICT_OF(old);
	r.skel->bss->verdicts[NEW] = -VERDICT_OF(NEW);
	recorder_attach(&r, old);
	if (!test_ok(slots_settled(r.links[old]) &&
		     slots_link(r.links[old]).place == LSM_SLOT_PLACE_SLOT,
		     "%s: the program has a slot", what))
		return;
	attach_sleeper();
	held_start(&call, &r, SLEEPER);
	recorder_detach(&r, old);
	recorder_drop(&r, old);
	/* Programs attached from here on would join it on the trampoline. */
	recorder_detach(&r, SLEEPER);
	test_ok(program_goes(id, 20) && !held_finished(&call),
		"%s: the program goes, the task is not waited for", what);
	churn();
	if (others) {
		attach_others(true);
		churn();
		attach_others(false);
	}
	if (new) {
		recorder_attach(&r, NEW);
		test_ok(slots_settled(r.links[NEW]) &&
			slots_link(r.links[NEW]).place == LSM_SLOT_PLACE_SLOT,
			"%s: another has its slot", what);
	}
	recorder_forget(&r);
	test_ok(!held_finished(&call), "%s: the task has not gone on yet", what);
	held_release(&call);
	test_ok(recorder_ran(&r, 1, ran, new) && call.answer == (new ? VERDICT_OF(NEW) : 0),
		"%s: the task finds the hook as it is now (answer %d)", what,
		call.answer);
	if (new)
		recorder_detach(&r, NEW);
}

int main(void)
{
	if (!have_slots()) {
		test_skip("a task before the hook's locks: kernel has no LSM slots");
		return test_done();
	}
	recorder_load(&r, NEW + 1, 1, false);
	check(0, "detached", false, false);
	check(1, "detached after others came and went", true, false);
	check(2, "replaced", false, true);
	check(3, "replaced after others came and went", true, true);
	test_ok(!recorder_call(&r), "in the end the call passes");
	recorder_free(&r);
	return test_done();
}
