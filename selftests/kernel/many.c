// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 1, 8, 9, 40 and 100 programs on one hook: each runs exactly once per call,
 * newest first, a denial at any position ends the chain there, the links tell
 * where their programs run, and what remains keeps its order whichever are
 * detached.  A kernel without slots takes 38 and refuses the next.
 */
#define _GNU_SOURCE
#include "recorder.h"
#include "slots.h"

#define TRAMPOLINE_LIMIT 38	/* BPF_MAX_TRAMP_LINKS */

static struct recorder r;

/* The attached programs, newest first. */
static __u32 attached[RECORDER_PROGRAMS];
static int nr_attached;

static void attach(int program)
{
	recorder_attach(&r, program);
	memmove(attached + 1, attached, nr_attached * sizeof(*attached));
	attached[0] = program;
	nr_attached++;
}

static void detach_at(int position)
{
	recorder_detach(&r, attached[position]);
	nr_attached--;
	memmove(attached + position, attached + position + 1,
		(nr_attached - position) * sizeof(*attached));
}

/* A call runs the first @nr attached programs and answers @answer. */
static bool call_runs(int nr, int answer)
{
	int got;

	recorder_forget(&r);
	got = recorder_call(&r);
	if (got != answer)
		test_diag("answer %d, wanted %d", got, answer);
	return recorder_ran(&r, 0, attached, nr) && got == answer;
}

static void check_runs(void)
{
	bool once = true;

	memset(r.skel->bss->runs, 0, sizeof(r.skel->bss->runs));
	test_ok(call_runs(nr_attached, 0), "%d programs: all run, newest first",
		nr_attached);
	call_runs(nr_attached, 0);
	for (int i = 0; i < RECORDER_PROGRAMS; i++)
		once &= r.skel->bss->runs[i] == (r.links[i] ? 2 : 0);
	test_ok(once, "%d programs: each ran twice in two calls", nr_attached);
}

static void check_denials(void)
{
	int wrong = 0;

	for (int i = 0; i < nr_attached; i++) {
		r.skel->bss->verdicts[attached[i]] = -VERDICT_OF(attached[i]);
		wrong += !call_runs(i + 1, VERDICT_OF(attached[i]));
		r.skel->bss->verdicts[attached[i]] = 0;
	}
	test_ok(!wrong, "%d programs: a denial at each position ends the chain there",
		nr_attached);
}

/* Where the program at @position of @nr is to run; @sleeper sleeps, if any. */
static void wanted_place(int position, int nr, int nr_slots, int sleeper,
			 __u32 *place, __u32 *slot)
{
	int own = nr;

	if (nr > nr_slots || sleeper < nr)
		own = sleeper < nr_slots - 1 ? sleeper : nr_slots - 1;
	*place = position < own ? LSM_SLOT_PLACE_SLOT : LSM_SLOT_PLACE_ARRAY;
	*slot = 0;
	if (position < own)
		*slot = nr_slots - own - (own < nr) + position;
}

static void check_links(int sleeper, const char *what)
{
	struct lsm_slot_link_info info;
	__u32 place, slot, flags;
	int wrong = 0;

	if (!have_slots()) {
		test_skip("%s: links tell their place: kernel has no LSM slots", what);
		return;
	}
	if (!test_ok(slots_settled(r.links[attached[0]]), "%s: slots are filled", what))
		return;
	for (int i = 0; i < nr_attached; i++) {
		info = slots_link(r.links[attached[i]]);
		wanted_place(i, nr_attached, info.nr_slots, sleeper, &place, &slot);
		flags = attached[i] >= RECORDER_PLAIN ? LSM_SLOT_LINK_SLEEPABLE : 0;
		if (info.place == place && info.slot == slot &&
		    info.position == (__u32)i && info.flags == flags &&
		    info.attached == (__u32)nr_attached && info.nr_slots > 1)
			continue;
		test_diag("program %u at %d: place %u slot %u position %u flags %u of %u; wanted place %u slot %u flags %u",
			  attached[i], i, info.place, info.slot, info.position,
			  info.flags, info.attached, place, slot, flags);
		wrong++;
	}
	test_ok(!wrong, "%s: the links tell position, place and slot", what);
}

static void check(int nr)
{
	char what[32];

	snprintf(what, sizeof(what), "%d programs", nr);
	while (nr_attached < nr)
		attach(nr_attached);
	check_runs();
	check_links(nr, what);
	check_runs();
	check_denials();
}

/* Detaches all, @pick chooses which next; the rest must keep its order. */
static void check_detach(const char *what, int (*pick)(int nr))
{
	int before = nr_attached, wrong = 0;

	while (nr_attached) {
		detach_at(pick(nr_attached));
		wrong += !call_runs(nr_attached, 0);
	}
	test_ok(!wrong, "%d programs, %s detached first: the rest keeps its order",
		before, what);
}

static int pick_newest(int nr)
{
	return 0;
}

static int pick_oldest(int nr)
{
	return nr - 1;
}

static int pick_middle(int nr)
{
	return nr / 2;
}

static int pick_any(int nr)
{
	return random() % nr;
}

/* Plain programs in front of a sleepable one have slots, those behind do not. */
static void check_sleepable(void)
{
	char what[48];
	int sleeper;

	for (int i = 0; i < 3; i++)
		attach(i);
	attach(RECORDER_PLAIN);
	for (int front = 0; front < 9; front++) {
		sleeper = nr_attached - 4;
		if (sleeper == 0 || sleeper == 2 || sleeper == 8) {
			snprintf(what, sizeof(what), "%d in front of a sleepable one",
				 sleeper);
			check_links(sleeper, what);
			check_runs();
			check_denials();
		}
		attach(3 + front);
	}
	check_detach("any one", pick_any);
}

/* What the trampoline takes: all there is without slots. */
static void check_limit(const char *what)
{
	int err;

	while (nr_attached < TRAMPOLINE_LIMIT)
		attach(nr_attached);
	err = recorder_try_attach(&r, TRAMPOLINE_LIMIT);
	test_ok(err == -E2BIG, "%s: program %d is refused with E2BIG (%d)", what,
		TRAMPOLINE_LIMIT + 1, err);
	test_ok(call_runs(nr_attached, 0), "%s: the %d before it run", what, nr_attached);
	while (nr_attached)
		detach_at(0);
}

int main(void)
{
	static const int numbers[] = { 1, 8, 9, 40, 100 };
	int (*picks[])(int) = { pick_newest, pick_oldest, pick_middle, pick_any };
	static const char *const names[] = { "newest", "oldest", "middle", "any one" };

	srandom(1);
	recorder_load(&r, RECORDER_PLAIN, 1, false);
	test_ok(call_runs(0, 0), "no program: the call is allowed");
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (numbers[i] > TRAMPOLINE_LIMIT && !have_slots()) {
			test_skip("%d programs: kernel has no LSM slots", numbers[i]);
			continue;
		}
		check(numbers[i]);
		if (i)
			check_detach(names[i - 1], picks[i - 1]);
	}
	check_sleepable();
	if (have_slots()) {
		slots_switch(false);
		check_limit("slots switched off");
		slots_switch(true);
	} else {
		check_limit("no slots");
	}
	recorder_free(&r);
	return test_done();
}
