// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A program is detached while a call of the hook runs it: closing its link
 * does not wait, later calls do not run it, the call under way ends as if
 * nothing had happened and still runs what was behind it, and only then the
 * program goes.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>

#include "recorder.h"
#include "slots.h"

#define BEHIND	0
#define FRONT	1

static struct recorder r;
static int answer;

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		test_bail("cannot stay on CPU %d", cpu);
}

static void *call_thread(void *unused)
{
	pin(1);
	r.skel->bss->watched[1] = task_id();
	r.skel->bss->spin_task = task_id();
	answer = recorder_call(&r);
	return NULL;
}

static pthread_t start_call(void)
{
	double end = seconds_now() + test_limit(20);
	pthread_t thread;

	recorder_forget(&r);
	r.skel->bss->spin_stop = 0;
	r.skel->bss->spinning = 0;
	if (pthread_create(&thread, NULL, call_thread, NULL))
		test_bail("cannot start a thread");
	while (!__atomic_load_n(&r.skel->bss->spinning, __ATOMIC_ACQUIRE))
		if (seconds_now() > end)
			test_bail("no call runs the program");
	return thread;
}

static bool still_spins(void)
{
	unsigned long before = __atomic_load_n(&r.skel->bss->spin_rounds, __ATOMIC_RELAXED);

	for (int i = 0; i < test_limit(100); i++) {
		if (__atomic_load_n(&r.skel->bss->spin_rounds, __ATOMIC_RELAXED) != before)
			return true;
		nap(1);
	}
	return false;
}

/* @verdict is what the program answers in the end. */
static void check(const char *what, int verdict)
{
	static const __u32 all[] = { FRONT, RECORDER_SPINNER, BEHIND };
	static const __u32 rest[] = { FRONT, BEHIND };
	double began, took;
	pthread_t thread;
	__u32 id;

	recorder_attach(&r, BEHIND);
	recorder_attach(&r, RECORDER_SPINNER);
	recorder_attach(&r, FRONT);
	id = recorder_id(&r, RECORDER_SPINNER);
	r.skel->bss->verdicts[RECORDER_SPINNER] = -verdict;
	thread = start_call();

	began = seconds_now();
	recorder_detach(&r, RECORDER_SPINNER);
	took = seconds_now() - began;
	test_ok(still_spins(), "%s: detached while a call runs it", what);
	test_ok(took < test_limit(2), "%s: the detach did not wait (%.0f ms)", what, took * 1e3);
	test_ok(!recorder_call(&r) && recorder_ran(&r, 0, rest, 2),
		"%s: a later call does not run it", what);
	/* The call is a reader of RCU: whatever waits for one would not end. */
	test_ok(program_exists(id) && still_spins(), "%s: the program is still there",
		what);

	r.skel->bss->spin_stop = 1;
	pthread_join(thread, NULL);
	test_ok(answer == verdict && recorder_ran(&r, 1, all, verdict ? 2 : 3),
		"%s: the call ends as begun (answer %d)", what, answer);
	recorder_detach(&r, FRONT);
	recorder_detach(&r, BEHIND);
}

/* The test's own descriptor is closed too; then nothing holds the program. */
static void check_goes(void)
{
	static const __u32 rest[] = { BEHIND };
	pthread_t thread;
	__u32 id;

	recorder_attach(&r, BEHIND);
	recorder_attach(&r, RECORDER_SPINNER);
	id = recorder_id(&r, RECORDER_SPINNER);
	r.skel->bss->verdicts[RECORDER_SPINNER] = -VERDICT_OF(RECORDER_SPINNER);
	thread = start_call();
	recorder_detach(&r, RECORDER_SPINNER);
	recorder_drop(&r, RECORDER_SPINNER);
	nap(300);
	test_ok(still_spins(), "no reference left: the call still runs the program");
	if (have_slots())
		test_ok(program_exists(id), "no reference left: its id is still there");
	else
		test_skip("its id is still there: kernel has no LSM slots");
	r.skel->bss->spin_stop = 1;
	pthread_join(thread, NULL);
	test_ok(answer == VERDICT_OF(RECORDER_SPINNER),
		"no reference left: the call ends with its answer (%d)", answer);
	test_ok(program_goes(id, 20), "no reference left: then the program goes");
	recorder_forget(&r);
	test_ok(!recorder_call(&r) && recorder_ran(&r, 0, rest, 1),
		"no reference left: the program behind it still runs");
}

int main(void)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		test_skip("one CPU: nothing can be detached while a program runs");
		return test_done();
	}
	pin(0);
	recorder_load(&r, 2, 0, true);
	check("it will allow", 0);
	check("it will deny", VERDICT_OF(RECORDER_SPINNER));
	check_goes();
	recorder_free(&r);
	return test_done();
}
