// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A call of the hook sleeps in a sleepable program, and meanwhile its CPU is to
 * go offline, or its task is to be frozen: programs come and go all the same,
 * others' calls get the answer they should, the call goes on with the list that
 * it began with, and what it ran goes after it, also while the task is frozen.
 *
 * A program that sleeps keeps its CPU online, from slots as from a trampoline,
 * and changes of slots wait for a CPU that is about to go.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "gap_events.h"
#include "held_call.h"
#include "slots.h"

#define SLEEPER	RECORDER_PLAIN
#define DENIER	0
#define FRONT	1
#define LATER	2
#define CPU	1
#define LIMIT	60	/* seconds */

static struct recorder r;

/* What may have to wait, in a thread of its own. */
struct waiting {
	void (*what)(void);
	pthread_t thread;
	bool done;
};

static void *waiting_thread(void *arg)
{
	struct waiting *w = arg;

	w->what();
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void waiting_start(struct waiting *w, void (*what)(void))
{
	*w = (struct waiting){ .what = what };
	if (pthread_create(&w->thread, NULL, waiting_thread, w))
		test_bail("cannot start a thread");
}

static bool waiting_done(struct waiting *w, double seconds)
{
	double end = seconds_now() + seconds;

	while (!__atomic_load_n(&w->done, __ATOMIC_ACQUIRE)) {
		if (seconds_now() > end)
			return false;
		nap(5);
	}
	if (pthread_join(w->thread, NULL))
		test_bail("cannot wait for a thread");
	return true;
}

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (cpu < 0 || i == cpu)
			CPU_SET(i, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		test_bail("cannot choose a CPU");
}

static void cpu_online(bool on)
{
	char path[64];

	snprintf(path, sizeof(path), CPU_FILE, CPU);
	write_text(path, on ? "1" : "0");
}

static void cpu_goes(void)
{
	cpu_online(false);
}

static void detach_sleeper(void)
{
	recorder_detach(&r, SLEEPER);
}

static void attach_all(void)
{
	recorder_attach(&r, DENIER);
	recorder_attach(&r, SLEEPER);
	recorder_attach(&r, FRONT);
	r.skel->bss->verdicts[DENIER] = -VERDICT_OF(DENIER);
}

/* Another's call runs @programs, of which the last denies it. */
static bool call_runs(const __u32 *programs, int nr)
{
	recorder_forget(&r);
	return recorder_call(&r) == VERDICT_OF(DENIER) && recorder_ran(&r, 0, programs, nr);
}

static void check_cpu(const char *place)
{
	static const __u32 rest[] = { FRONT, DENIER };
	struct waiting cpu, detach;
	struct held_call call;
	bool went, detached;
	__u32 id;

	attach_all();
	id = recorder_id(&r, SLEEPER);
	pin_to(CPU);
	held_start(&call, &r, SLEEPER);
	pin_to(-1);
	waiting_start(&cpu, cpu_goes);
	went = waiting_done(&cpu, 0.5);
	waiting_start(&detach, detach_sleeper);
	detached = waiting_done(&detach, 0.5);
	test_diag("%s: while a program sleeps there its CPU %s, and a detach %s", place,
		  went ? "goes" : "stays", detached ? "is done" : "waits");
	test_ok(!went, "%s: the CPU stays while a program sleeps on it", place);
	test_ok(recorder_call(&r) == VERDICT_OF(DENIER), "%s: another's call is denied", place);
	held_release(&call);
	test_ok(call.answer == VERDICT_OF(DENIER), "%s: the call goes on and is denied (%d)",
		place, call.answer);
	test_ok(went || waiting_done(&cpu, test_limit(LIMIT)), "%s: then the CPU goes", place);
	test_ok(detached || waiting_done(&detach, test_limit(LIMIT)),
		"%s: the program is detached", place);
	test_ok(call_runs(rest, 2), "%s: a later call does not run it", place);
	recorder_drop(&r, SLEEPER);
	test_ok(program_goes(id, LIMIT), "%s: the program goes without that CPU", place);
	cpu_online(true);
	test_ok(call_runs(rest, 2), "%s: nor when the CPU is back", place);
	recorder_detach(&r, FRONT);
	recorder_detach(&r, DENIER);
}

#define AWAY GROUP_ROOT "/lsmslot_away"

static const char *threads_missing(void)
{
	rmdir(AWAY);
	if (mkdir(AWAY, 0755) || try_text(AWAY "/cgroup.type", 0, "threaded"))
		return "no threaded control group at " GROUP_ROOT;
	return access(AWAY "/cgroup.freeze", W_OK) ? "control groups have no freezer" : NULL;
}

static void check_frozen(const char *place)
{
	static const __u32 rest[] = { FRONT, DENIER }, more[] = { LATER, FRONT, DENIER };
	static const __u32 after[] = { DENIER };
	bool slots = !strcmp(place, "slots");
	struct held_call call;
	double end;
	char text[16];
	__u32 id;

	attach_all();
	id = recorder_id(&r, SLEEPER);
	held_start(&call, &r, SLEEPER);
	snprintf(text, sizeof(text), "%u", call.task);
	write_text(AWAY "/cgroup.threads", text);
	write_text(AWAY "/cgroup.freeze", "1");
	nap(200);
	test_ok(read_entry(AWAY "/cgroup.events", "frozen") == 0,
		"%s: a task is not frozen inside a program", place);
	recorder_detach(&r, SLEEPER);
	recorder_drop(&r, SLEEPER);
	test_ok(call_runs(rest, 2), "%s: a program is detached meanwhile", place);
	recorder_attach(&r, LATER);
	test_ok(call_runs(more, 3), "%s: and another attached", place);
	churn();
	/* A trampoline gives up the id at once and frees the program later. */
	if (slots)
		test_ok(program_exists(id), "%s: what the call runs is not freed", place);
	recorder_forget(&r);
	held_deliver(&call);
	end = seconds_now() + test_limit(LIMIT);
	while (read_entry(AWAY "/cgroup.events", "frozen") != 1 && seconds_now() < end)
		nap(5);
	test_ok(read_entry(AWAY "/cgroup.events", "frozen") == 1 && !held_finished(&call),
		"%s: then the task is frozen", place);
	test_ok(recorder_ran(&r, 1, after, 1), "%s: the call was over, with its own list", place);
	if (slots)
		test_ok(program_goes(id, LIMIT), "%s: a frozen task does not keep the program", place);
	write_text(AWAY "/cgroup.freeze", "0");
	held_join(&call);
	test_ok(call.answer == VERDICT_OF(DENIER), "%s: and was denied (%d)", place, call.answer);
	recorder_detach(&r, LATER);
	recorder_detach(&r, FRONT);
	recorder_detach(&r, DENIER);
}

static void check(void (*what)(const char *place), const char *place)
{
	recorder_load(&r, 3, 1, false);
	what(place);
	test_ok(!recorder_call(&r), "%s: in the end nothing runs", place);
	recorder_free(&r);
}

/* With @what there and not missing, from slots and from a trampoline. */
static void check_both(const char *missing, const char *event, void (*what)(const char *place))
{
	if (missing) {
		test_skip("%s: %s", event, missing);
		return;
	}
	if (have_slots()) {
		check(what, "slots");
		slots_switch(false);
	}
	check(what, "trampoline");
	if (have_slots())
		slots_switch(true);
}

int main(void)
{
	check_both(cpu_missing(), "CPU hotplug", check_cpu);
	check_both(threads_missing(), "freezer", check_frozen);
	rmdir(AWAY);
	return test_done();
}
