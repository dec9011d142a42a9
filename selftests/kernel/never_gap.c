// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timeout: 600
 *
 * Never a gap: a program that denies stays attached, at several positions of
 * the hook, while others in front of it and behind it, sleepable ones too, are
 * attached and detached, and kernel.bpf_stats_enabled and kernel.lsm_slots are
 * turned.  Tasks on every CPU try the denied call as fast as they can, and not
 * one may pass.
 *
 * One of those in front lingers at times: its caller is then between two slots
 * while the list changes, the case that the grace period is for.
 *
 * To see it fail, break lsm_slot.c in one of these ways:
 *   - lsm_slot_settle(): leave out the waits.  A call that lingers in front of
 *     the denier when the slots are filled anew misses it if it moves forward:
 *     one or two of some 10000 attempts passed in 60 changes.
 *   - lsm_slot_publish(): call lsm_slot_fill() in place of lsm_slot_turn().
 *     Slots are then aimed anew under running calls.
 *
 * $CHANGES is the number of changes per position.
 */
#define _GNU_SOURCE
#include "pounding.h"
#include "slots.h"

#define DENIER		0
#define BEHIND		1	/* to 10: stay attached behind it */
#define NR_BEHIND	10
#define FRONT		11	/* to 30: stay attached in front of it */
#define NR_FRONT	20
#define CHANGED		31	/* to 42 come and go, and some sleepable ones */
#define NR_CHANGED	12
#define NR_SLEEPABLE	4
#define LINGER_NS	100000000
#define PLAIN		(CHANGED + NR_CHANGED)

#define STATS_FILE	"/proc/sys/kernel/bpf_stats_enabled"

static struct recorder r;
static unsigned long attaches, detaches, turns;

/*
 * One at random of @pool plain ones, or now and then a sleepable one: behind
 * that, no program has a slot.
 */
static void change_program(int pool, bool sleepable)
{
	int program = random() % 8 || !sleepable ? CHANGED + random() % pool :
		      RECORDER_PLAIN + random() % NR_SLEEPABLE;

	if (r.links[program]) {
		recorder_detach(&r, program);
		detaches++;
	} else {
		recorder_attach(&r, program);
		attaches++;
	}
}

/* Mostly to where slots are in use. */
static void turn_switch(void)
{
	if (random() % 2)
		write_text(STATS_FILE, random() % 4 ? "0" : "1");
	else if (have_slots())
		slots_switch(random() % 4);
	turns++;
}

static void turn_back(void)
{
	write_text(STATS_FILE, "0");
	if (have_slots())
		slots_switch(true);
}

static void attach_range(int first, int nr)
{
	for (int i = 0; i < nr; i++)
		recorder_attach(&r, first + i);
}

static void detach_from(int first)
{
	for (int i = first; i < RECORDER_PROGRAMS; i++)
		if (r.links[i])
			recorder_detach(&r, i);
}

/*
 * A position of the denier among those that stay, and how many come and go.
 * With one that lingers no switch is turned and none is sleepable, so that slots
 * are in use, and one CPU is left to what changes and fills them meanwhile.
 */
struct position {
	const char *what;
	int front, behind, pool;
	bool lingers;
};

static void attach_all(const struct position *position)
{
	attach_range(BEHIND, position->behind);
	recorder_attach(&r, DENIER);
	if (position->lingers)
		recorder_attach(&r, RECORDER_SPINNER);
	attach_range(FRONT, position->front);
}

/* Some changes follow each other at once, others leave time to settle. */
static void change(const struct position *position, unsigned long changes)
{
	attaches = detaches = turns = 0;
	while (attaches + detaches < changes) {
		change_program(position->pool, !position->lingers);
		if (!position->lingers && !(random() % 4))
			turn_switch();
		if (!(random() % 3))
			nap(random() % 60);
	}
	turn_back();
}

static void check(const struct position *position, int changes)
{
	const char *what = position->what;
	struct pounding_sum sum;

	attach_all(position);
	pounding_spare = position->lingers;
	pounding_start(&r, VERDICT_OF(DENIER));
	change(position, position->lingers ? 3 * changes : changes);
	sum = pounding_stop();
	test_diag("%s: %lu attempts, %lu attached, %lu detached, %lu turns of a switch",
		  what, sum.calls, attaches, detaches, turns);
	test_ok(sum.least > 50, "%s: every attacker got somewhere", what);
	test_ok(!sum.wrong, "%s: none of %lu attempts passed (%lu did)", what, sum.calls,
		sum.wrong);
	detach_from(BEHIND);
	recorder_detach(&r, DENIER);
	test_ok(!recorder_call(&r), "%s: detached, the call passes", what);
}

static const struct position positions[] = {
	{ "at the end", 0, 0, NR_CHANGED, false },
	{ "behind one, at the end", 1, 0, 3, false },
	{ "in front", 0, NR_BEHIND, 2, false },
	{ "behind one that lingers", 0, NR_BEHIND, 3, true },
	{ "about the last slot", 6, 1, 3, false },
	{ "beyond the slots", NR_FRONT, 2, NR_CHANGED, false },
};

int main(void)
{
	int changes = getenv("CHANGES") ? atoi(getenv("CHANGES")) : 60;

	srandom(11);
	recorder_load(&r, PLAIN, NR_SLEEPABLE, true);
	r.skel->bss->linger_ns = LINGER_NS;
	r.skel->bss->watched[0] = 0;
	r.skel->bss->verdicts[DENIER] = -VERDICT_OF(DENIER);
	test_ok(!recorder_call(&r), "nothing attached: the call passes");
	for (unsigned int i = 0; i < sizeof(positions) / sizeof(*positions); i++) {
		if (positions[i].front == NR_FRONT && !have_slots())
			test_skip("more programs than a trampoline takes: kernel has no LSM slots");
		else
			check(&positions[i], changes);
	}
	test_ok(r.skel->bss->lingered > 10, "calls lingered in front of it (%lu)",
		(unsigned long)r.skel->bss->lingered);
	recorder_free(&r);
	return test_done();
}
