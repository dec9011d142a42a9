// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A call of the hook sleeps in a sleepable program.  Detaching this program
 * and those around it does not wait, other programs come and go meanwhile and
 * are in force at once; the call under way runs the list as it was when it
 * began, and what it needs is freed only after it.
 */
#define _GNU_SOURCE
#include "churn.h"
#include "held_call.h"
#include "slots.h"

#define SLEEPER		100
#define ALONE		101
#define BEHIND_LAST	0
#define BEHIND		1
#define FRONT		2
#define LATER		3
#define LATEST		4

#define LIMIT 2.0	/* seconds for what must not wait */

static struct recorder r;

/* The call runs exactly @programs and is allowed. */
static bool call_runs(const __u32 *programs, int nr)
{
	recorder_forget(&r);
	return !recorder_call(&r) && recorder_ran(&r, 0, programs, nr);
}

static void timed(void (*change)(struct recorder *r, int program), int program,
		  const char *what)
{
	double began = seconds_now(), took;

	change(&r, program);
	took = seconds_now() - began;
	test_ok(took < test_limit(LIMIT), "%s does not wait for the sleeper (%.0f ms)", what,
		took * 1e3);
}

/* Noted before recorder_forget() for the main task's calls wipes it. */
static bool held_ran(const __u32 *before, int nr_before, const __u32 *after, int nr_after)
{
	struct recorder_sequence *sequence = &r.skel->bss->sequences[1];

	if (!nr_before)
		return recorder_ran(&r, 1, after, nr_after);
	return sequence->nr == (__u32)nr_before && recorder_ran(&r, 1, before, nr_before);
}

static void attach_all(void)
{
	recorder_attach(&r, BEHIND_LAST);
	recorder_attach(&r, BEHIND);
	recorder_attach(&r, SLEEPER);
	recorder_attach(&r, FRONT);
}

static void check_changes(int verdict)
{
	static const __u32 before[] = { FRONT, SLEEPER };
	static const __u32 after[] = { BEHIND, BEHIND_LAST };
	static const __u32 no_behind[] = { FRONT, SLEEPER, BEHIND_LAST };
	static const __u32 no_sleeper[] = { FRONT, BEHIND_LAST };
	static const __u32 with_later[] = { LATER, FRONT, BEHIND_LAST };
	static const __u32 all_new[] = { LATEST, LATER };
	static const __u32 again[] = { BEHIND, LATEST, LATER };
	struct held_call call;

	attach_all();
	r.skel->bss->verdicts[BEHIND_LAST] = 0;
	held_start(&call, &r, SLEEPER);
	test_ok(held_ran(before, 2, NULL, 0), "the call sleeps in its second program");

	timed(recorder_detach, BEHIND, "detach behind it");
	test_ok(call_runs(no_behind, 3), "a later call does not run that one");
	timed(recorder_detach, SLEEPER, "detach of the sleeping program");
	test_ok(call_runs(no_sleeper, 2), "a later call does not run that one either");
	timed(recorder_attach, LATER, "attach");
	test_ok(call_runs(with_later, 3), "a later call runs what was attached");
	timed(recorder_detach, FRONT, "detach in front of it");
	timed(recorder_detach, BEHIND_LAST, "detach of the last");
	timed(recorder_attach, LATEST, "another attach");
	test_ok(call_runs(all_new, 2), "a later call runs the new programs only");
	timed(recorder_attach, BEHIND, "attach of one that the sleeper still has");
	test_ok(call_runs(again, 3), "a later call runs it first");
	recorder_detach(&r, BEHIND);
	recorder_detach(&r, LATER);
	recorder_detach(&r, LATEST);
	test_ok(call_runs(NULL, 0), "all detached: a later call runs none");
	test_ok(!held_finished(&call), "the call still sleeps");

	recorder_forget(&r);
	r.skel->bss->verdicts[BEHIND_LAST] = -verdict;
	held_release(&call);
	test_ok(!r.skel->bss->hold_failed, "the sleeping program got its page");
	test_ok(held_ran(NULL, 0, after, 2) && call.answer == verdict,
		"the call goes on with the programs that it began with (answer %d)",
		call.answer);
	r.skel->bss->verdicts[BEHIND_LAST] = 0;
}

/* Nothing but the call holds the programs. */
static void check_goes(void)
{
	static const __u32 after[] = { BEHIND, BEHIND_LAST };
	static const int programs[] = { SLEEPER, BEHIND, BEHIND_LAST };
	static const char *const names[] = { "sleeping", "next", "last" };
	struct held_call call;
	__u32 ids[3];

	attach_all();
	r.skel->bss->verdicts[BEHIND_LAST] = -VERDICT_OF(BEHIND_LAST);
	for (int i = 0; i < 3; i++)
		ids[i] = recorder_id(&r, programs[i]);
	held_start(&call, &r, SLEEPER);
	recorder_forget(&r);
	for (int i = 0; i < 3; i++) {
		recorder_detach(&r, programs[i]);
		recorder_drop(&r, programs[i]);
	}
	recorder_detach(&r, FRONT);
	churn();
	nap(500);
	for (int i = 0; i < 3; i++)
		test_ok(program_exists(ids[i]), "the %s program is not freed early",
			names[i]);
	held_release(&call);
	test_ok(held_ran(NULL, 0, after, 2) && call.answer == VERDICT_OF(BEHIND_LAST),
		"the call ran them and got the last one's answer (%d)", call.answer);
	for (int i = 0; i < 3; i++)
		test_ok(program_goes(ids[i], 20), "then the %s program goes", names[i]);
}

/* The hook's only sleepable program, and its last, is called without a walk. */
static void check_alone(void)
{
	static const __u32 both[] = { FRONT, ALONE };
	struct held_call call;
	__u32 id;

	recorder_attach(&r, ALONE);
	recorder_attach(&r, FRONT);
	id = recorder_id(&r, ALONE);
	if (!slots_settled(r.links[ALONE]))
		test_bail("the hook does not settle");
	test_ok(call_runs(both, 2), "a lone sleepable program runs behind another");
	r.skel->bss->verdicts[ALONE] = -VERDICT_OF(ALONE);
	test_ok(recorder_call(&r) == VERDICT_OF(ALONE) && slots_link(r.links[ALONE]).denials == 1 &&
		!slots_link(r.links[FRONT]).denials, "its denial is counted once, and for it");
	r.skel->bss->verdicts[ALONE] = 0;
	held_start(&call, &r, ALONE);
	timed(recorder_detach, ALONE, "detach of the lone program");
	recorder_drop(&r, ALONE);
	test_ok(call_runs(both, 1), "a later call does not run it");
	churn();
	nap(1000);
	test_ok(program_exists(id) && !held_finished(&call), "it is not freed while it sleeps");
	held_release(&call);
	test_ok(!call.answer && !r.skel->bss->hold_failed, "the call goes on and is allowed");
	test_ok(program_goes(id, 20), "then the lone program goes");
	recorder_detach(&r, FRONT);
}

int main(void)
{
	if (!have_slots()) {
		test_skip("detach from a sleeping call: kernel has no LSM slots");
		return test_done();
	}
	recorder_load(&r, 5, 2, false);
	check_changes(0);
	check_changes(VERDICT_OF(BEHIND_LAST));
	check_alone();
	check_goes();
	test_ok(call_runs(NULL, 0), "in the end nothing runs");
	recorder_free(&r);
	return test_done();
}
