// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Several tasks call a hook as fast as they can while another attaches,
 * detaches and attaches again what it finds there.  A program that stays
 * attached ran exactly as often as the hook was called, and if it denies, no
 * call passed.  From slots, and from trampolines.
 *
 * The argument or $LOAD_SECONDS is how long each of the parts takes.
 */
#define _GNU_SOURCE
#include "pounding.h"
#include "slots.h"

#define COUNTER		0	/* stays attached, and is the last to run */
#define FIRST		1
#define PLAIN		14
#define SLEEPABLE	3
#define LEAST_CHANGES	20
#define CHANGED		(PLAIN - FIRST + SLEEPABLE)

static struct recorder r;

/* Attach or detach one of those that come and go. */
static void change(void)
{
	int i = random() % CHANGED;
	int program = i < PLAIN - FIRST ? FIRST + i : RECORDER_PLAIN + i - (PLAIN - FIRST);

	if (r.links[program])
		recorder_detach(&r, program);
	else
		recorder_attach(&r, program);
}

static void detach_changed(void)
{
	for (int i = FIRST; i < RECORDER_PROGRAMS; i++)
		if (r.links[i])
			recorder_detach(&r, i);
}

static unsigned long runs_of(int program)
{
	return __atomic_load_n(&r.skel->bss->runs[program], __ATOMIC_RELAXED);
}

/* @answer is the verdict of the program that stays. */
static void check(const char *what, int seconds, int answer)
{
	double end = seconds_now() + seconds;
	unsigned long before, changes = 0;
	struct pounding_sum sum;

	r.skel->bss->verdicts[COUNTER] = -answer;
	recorder_attach(&r, COUNTER);
	before = runs_of(COUNTER);
	pounding_start(&r, answer);
	while (seconds_now() < end || changes < LEAST_CHANGES) {
		change();
		changes++;
	}
	sum = pounding_stop();
	test_diag("%s: %lu calls by %d tasks, %lu changes", what, sum.calls,
		  POUNDING_TASKS, changes);
	test_ok(sum.calls > 1000 && sum.least > 100,
		"%s: every task got somewhere", what);
	test_ok(!sum.wrong, "%s: every call had answer %d (%lu had not)", what, answer,
		sum.wrong);
	test_ok(runs_of(COUNTER) - before == sum.calls,
		"%s: the program that stays ran once per call (%lu of %lu)", what,
		runs_of(COUNTER) - before, sum.calls);
	detach_changed();
	recorder_detach(&r, COUNTER);
	before = runs_of(COUNTER);
	test_ok(!recorder_call(&r) && runs_of(COUNTER) == before,
		"%s: all detached, and nothing runs", what);
}

int main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("LOAD_SECONDS");
	int seconds = text ? atoi(text) : 6;

	srandom(7);
	recorder_load(&r, PLAIN, SLEEPABLE, false);
	r.skel->bss->watched[0] = 0;
	if (have_slots()) {
		check("slots, allowed", seconds, 0);
		check("slots, denied", seconds, VERDICT_OF(COUNTER));
		slots_switch(false);
	} else {
		test_skip("from slots: kernel has no LSM slots");
	}
	check("trampolines, denied", seconds, VERDICT_OF(COUNTER));
	if (have_slots())
		slots_switch(true);
	recorder_free(&r);
	return test_done();
}
