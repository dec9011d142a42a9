// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A task sleeps in one program of a hook and returns into the next, which has
 * been detached meanwhile and has no user left, while others took memory of
 * its kind and its place on the hook.  A trampoline of 6.12 may run freed
 * memory then, so this is not tried on a kernel without slots.
 */
#define _GNU_SOURCE
#include "churn.h"
#include "held_call.h"
#include "slots.h"

#define SLEEPER		100
#define OTHER_SLEEPER	101
#define ROUNDS		3
#define FIRST_OTHER	40
#define OTHERS		12

static struct recorder r;

/* Programs come and go in place of the detached, beyond the slots too. */
static void replace(bool sleepable)
{
	if (sleepable)
		recorder_attach(&r, OTHER_SLEEPER);
	for (int i = 0; i < OTHERS; i++)
		recorder_attach(&r, FIRST_OTHER + i);
	churn();
	for (int i = 0; i < OTHERS; i++)
		recorder_detach(&r, FIRST_OTHER + i);
	if (sleepable)
		recorder_detach(&r, OTHER_SLEEPER);
	churn();
}

static void check(int round, const char *what, bool sleeper_too, bool replaced)
{
	const __u32 after[] = { round };
	struct held_call call;
	__u32 id = recorder_id(&r, round);

	r.skel->bss->verdicts[round] = -VERDICT_OF(round);
	recorder_attach(&r, round);
	recorder_attach(&r, SLEEPER);
	held_start(&call, &r, SLEEPER);
	recorder_forget(&r);

	recorder_detach(&r, round);
	recorder_drop(&r, round);
	if (sleeper_too)
		recorder_detach(&r, SLEEPER);
	for (int i = 0; i < ROUNDS; i++)
		replace(i % 2);
	if (replaced)
		recorder_attach(&r, FIRST_OTHER + OTHERS);
	nap(200);
	test_ok(program_exists(id), "%s: the program stays while a task may return to it",
		what);
	recorder_forget(&r);
	test_ok(!held_finished(&call) && !recorder_call(&r), "%s: other calls pass", what);
	recorder_forget(&r);

	held_release(&call);
	test_ok(recorder_ran(&r, 1, after, 1) && call.answer == VERDICT_OF(round),
		"%s: the task returned into it and got its answer (%d)", what,
		call.answer);
	test_ok(program_goes(id, 20), "%s: then the program goes", what);
	if (!sleeper_too)
		recorder_detach(&r, SLEEPER);
	if (replaced)
		recorder_detach(&r, FIRST_OTHER + OTHERS);
	test_ok(!recorder_call(&r), "%s: nothing is left on the hook", what);
}

int main(void)
{
	if (!have_slots()) {
		test_skip("return into a detached program: kernel has no LSM slots");
		return test_done();
	}
	recorder_load(&r, FIRST_OTHER + OTHERS + 1, 2, false);
	check(0, "next detached", false, false);
	check(1, "both detached", true, false);
	check(2, "both replaced", true, true);
	check(3, "next replaced", false, true);
	recorder_free(&r);
	return test_done();
}
