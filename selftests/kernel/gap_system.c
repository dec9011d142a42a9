// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timeout: 600
 *
 * Never a gap, whatever happens to the system: a program denies a call that
 * tasks on every CPU try as fast as they can, and not one may pass, while others
 * are attached in front of it and behind it, detached, replaced, and meanwhile
 *
 *   - CPUs go offline and come back,
 *   - memory runs out for who attaches: an attach then fails, or is whole,
 *   - the freezer stops who attaches, amid a change, and those who call,
 *   - modules and programs are loaded and go,
 *   - the hook's functions are traced and have kprobes,
 *   - any of that in random order.
 *
 * The denier is a plain program and then a sleepable one.  At times a caller
 * lingers in front of it, between two slots.
 *
 * To see it fail, replace the denier by a program that allows the call, for 2 ms
 * before each event in run_steps(): attempts pass in every round.
 *
 * $CHANGES is the number of events of each kind.
 */
#define _GNU_SOURCE
#include "gap_events.h"

#define DENIER		0
#define TWIN		1	/* same verdict */
#define STAYS		2	/* to 5: half in front, half behind */
#define NR_STAY		4
#define POOL		10	/* and the same number of others to replace them */
#define PLAIN		(POOL + 2 * CHANGE_POOL)
#define NR_SLEEPABLE	5
#define LINGER_NS	20000000

static struct recorder r;
static int hook;

/* A denier, and the pool: of plain ones, and with a sleepable denier two more. */
static void make_task(struct change_task *task, bool sleepable)
{
	*task = (struct change_task) {
		.r = &r,
		.hook = hook,
		.denier = sleepable ? RECORDER_PLAIN : DENIER,
		.twin = sleepable ? RECORDER_PLAIN + 1 : TWIN,
		.others = NR_STAY + 1,
		.answer = VERDICT_OF(DENIER),
	};
	for (int i = 0; i < CHANGE_POOL; i++) {
		task->pool[i][0] = POOL + i;
		task->pool[i][1] = POOL + CHANGE_POOL + i;
	}
	task->pool[CHANGE_POOL - 1][sleepable] = RECORDER_PLAIN + 2;
	if (sleepable)
		task->pool[CHANGE_POOL - 2][0] = RECORDER_PLAIN + 3;
}

static int attach(int program)
{
	int link = link_attach_at(bpf_program__fd(r.programs[program]), 0, 0, 0);

	if (link < 0)
		test_bail("cannot attach program %d", program);
	return link;
}

struct stays {
	int links[NR_STAY + 1];
};

static void attach_all(struct change_task *task, struct stays *stays)
{
	int at = 0;

	for (; at < NR_STAY / 2; at++)
		stays->links[at] = attach(STAYS + at);
	task->denier_link = attach(task->denier);
	for (; at < NR_STAY; at++)
		stays->links[at] = attach(STAYS + at);
	stays->links[at] = attach(RECORDER_SPINNER);
}

static void detach_all(struct change_task *task, struct stays *stays)
{
	for (int i = 0; i <= NR_STAY; i++)
		close(stays->links[i]);
	close(task->denier_link);
}

static void turn_back(void)
{
	write_text(CHANGE_STATS_FILE, "0");
	if (have_slots())
		slots_switch(true);
}

static void report(const char *what, const struct change_counts *did,
		   const struct pounding_sum *sum, double seconds)
{
	test_diag("%s: %.1f s, %lu attempts; %lu attached, %lu detached, %lu replaced, %lu lists, %lu turns of a switch, %lu times no memory",
		  what, seconds, sum->calls, did->attached, did->detached, did->replaced,
		  did->asked, did->turned, did->no_memory);
	if (did->failed)
		test_diag("%s: failed %s: %s", what, did->what, strerror(did->error));
}

/* Some changes of each kind that this kernel has. */
static bool change_enough(const struct change_counts *did)
{
	return change_read(&did->attached) > 5 && change_read(&did->detached) > 2 &&
	       (!hook || (change_read(&did->replaced) > 1 && change_read(&did->asked)));
}

static void change_wait_enough(void)
{
	double end = seconds_now() + test_limit(20);

	while (!change_enough(change_counts) && seconds_now() < end)
		nap(10);
}

/* What must be so whatever the event. */
static void check_sums(const char *what, const struct pounding_sum *sum)
{
	const struct change_counts *did = change_counts;

	test_ok(sum->least > 20, "%s: every attacker got somewhere (%lu)", what, sum->least);
	test_ok(!sum->wrong && !did->passed,
		"%s: none of %lu attempts passed (%lu did, %lu of the changing process)", what,
		sum->calls + did->calls, sum->wrong, did->passed);
	test_ok(!did->failed && change_enough(did),
		"%s: programs came and went (%lu failed)", what, did->failed);
	if (hook)
		test_ok(!did->wrong && did->asked,
			"%s: %lu replaced, none of %lu lists was wrong (%lu were)", what,
			did->replaced, did->asked, did->wrong);
}

/* @event: NULL for any that can be had. */
static void run_steps(const struct change_task *task, const struct event *event, int steps,
		      bool *can, struct event_counts *counts)
{
	for (int i = 0; i < steps; i++) {
		int at = event ? event - events : random() % (int)NR_EVENTS;

		if (!can[at])
			continue;
		events[at].step(task, &counts[at]);
		counts[at].tried++;
	}
}

/* @alone: the event has a round of its own. */
static void check_events(const char *what, const struct event_counts *counts, bool alone)
{
	for (unsigned int i = 0; i < NR_EVENTS; i++)
		if (counts[i].tried)
			test_ok(counts[i].happened == counts[i].tried &&
				(counts[i].more || !alone || !events[i].needs_more),
				"%s: %s, %lu of %lu times; %lu %s", what, events[i].what,
				counts[i].happened, counts[i].tried, counts[i].more,
				events[i].more);
}

static void check(const struct event *event, bool sleepable, int steps, bool *can)
{
	struct event_counts counts[NR_EVENTS] = {};
	double began = seconds_now();
	struct change_task task;
	struct pounding_sum sum;
	struct stays stays;
	char what[64];

	snprintf(what, sizeof(what), "%s, %s denier", event ? event->what : "any",
		 sleepable ? "sleepable" : "plain");
	make_task(&task, sleepable);
	attach_all(&task, &stays);
	pounding_start(&r, task.answer);
	group_attackers();
	change_start(&task, have_groups ? GROUP_CHANGE : NULL);
	change_wait(2);
	run_steps(&task, event, steps, can, counts);
	change_wait_enough();
	change_stop();
	sum = pounding_stop();
	turn_back();
	report(what, change_counts, &sum, seconds_now() - began);
	check_sums(what, &sum);
	check_events(what, counts, event);
	detach_all(&task, &stays);
	test_ok(!recorder_call(&r), "%s: detached, the call passes", what);
}

static void set_up(void)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);

	srandom(23);
	recorder_load(&r, PLAIN, NR_SLEEPABLE, true);
	r.skel->bss->linger_ns = LINGER_NS;
	r.skel->bss->watched[0] = 0;
	r.skel->bss->verdicts[DENIER] = r.skel->bss->verdicts[TWIN] =
		r.skel->bss->verdicts[RECORDER_PLAIN] =
		r.skel->bss->verdicts[RECORDER_PLAIN + 1] = -VERDICT_OF(DENIER);
	if (have_link_order())
		hook = libbpf_find_vmlinux_btf_id(RECORDER_HOOK, BPF_LSM_MAC);
	else
		test_skip("order, replacement and lists: kernel has no LSM slots");
	if (cpus >= POUNDING_MAX)
		test_diag("only %d of %d CPUs have a task that calls", POUNDING_MAX, cpus);
	pounding_nr = cpus < POUNDING_MAX ? cpus + 1 : POUNDING_MAX;
	group_make();
}

int main(void)
{
	int steps = getenv("CHANGES") ? atoi(getenv("CHANGES")) : 3;
	bool can[NR_EVENTS] = {};

	set_up();
	test_ok(!recorder_call(&r), "nothing attached: the call passes");
	for (unsigned int i = 0; i < NR_EVENTS; i++) {
		const char *reason = events[i].missing();

		if (reason) {
			test_skip("%s: %s", events[i].what, reason);
			continue;
		}
		can[i] = true;
		check(&events[i], false, steps, can);
		check(&events[i], true, steps, can);
	}
	check(NULL, false, 2 * steps, can);
	check(NULL, true, 2 * steps, can);
	test_ok(r.skel->bss->lingered > 10, "calls lingered in front of it (%lu)",
		(unsigned long)r.skel->bss->lingered);
	recorder_free(&r);
	group_remove();
	return test_done();
}
