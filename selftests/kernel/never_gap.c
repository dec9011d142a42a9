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
 * To see it fail, break the kernel in one of these ways (lsm_slot.c):
 *   - lsm_slot_fill(): before the slots are set, turn the hook back to them
 *     (move both static_branch_disable() to its beginning);
 *   - lsm_slot_publish(): swap the two steps and let lsm_slot_turn() follow
 *     lsm_slot_fill() at once, that is, call lsm_slot_fill() there in place of
 *     queue_work(): slots are then aimed anew under running calls;
 *   - lsm_slot_settle(): leave out synchronize_rcu_expedited(): a call that is
 *     between two slots when they are filled anew misses a program that moves
 *     from behind to before it, and may run one that is freed.
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
#define PLAIN		(CHANGED + NR_CHANGED)

#define STATS_FILE	"/proc/sys/kernel/bpf_stats_enabled"

static struct recorder r;
static unsigned long attaches, detaches, turns;

/* One program at random, the newest of those attached more often than others. */
static void change_program(void)
{
	int i = random() % (NR_CHANGED + NR_SLEEPABLE);
	int program = i < NR_CHANGED ? CHANGED + i : RECORDER_PLAIN + i - NR_CHANGED;

	if (r.links[program]) {
		recorder_detach(&r, program);
		detaches++;
	} else {
		recorder_attach(&r, program);
		attaches++;
	}
}

static void turn_switch(void)
{
	if (random() % 2)
		write_text(STATS_FILE, random() % 2 ? "1" : "0");
	else if (have_slots())
		slots_switch(random() % 3);
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

/* Changes at the pace of the kernel, then with time to settle in between. */
static void check(int front, int behind, int changes)
{
	struct pounding_sum sum;

	attaches = detaches = turns = 0;
	attach_range(BEHIND, behind);
	recorder_attach(&r, DENIER);
	attach_range(FRONT, front);
	pounding_start(&r, VERDICT_OF(DENIER));
	while (attaches + detaches < (unsigned long)changes) {
		change_program();
		if (!(random() % 4))
			turn_switch();
		if (!(random() % 3))
			nap(random() % 60);
	}
	detach_from(CHANGED);
	turn_back();
	sum = pounding_stop();
	test_diag("%d in front, %d behind: %lu attempts, %lu attached, %lu detached, %lu turns of a switch",
		  front, behind, sum.calls, attaches, detaches, turns);
	test_ok(sum.least > 100, "%d in front, %d behind: every attacker got somewhere",
		front, behind);
	test_ok(!sum.wrong, "%d in front, %d behind: none of %lu attempts passed (%lu did)",
		front, behind, sum.calls, sum.wrong);
	detach_from(BEHIND);
	recorder_detach(&r, DENIER);
	test_ok(!recorder_call(&r), "%d in front, %d behind: detached, the call passes",
		front, behind);
}

int main(void)
{
	int changes = getenv("CHANGES") ? atoi(getenv("CHANGES")) : 60;

	srandom(11);
	recorder_load(&r, PLAIN, NR_SLEEPABLE, false);
	r.skel->bss->watched[0] = 0;
	r.skel->bss->verdicts[DENIER] = -VERDICT_OF(DENIER);
	test_ok(!recorder_call(&r), "nothing attached: the call passes");
	check(0, 0, changes);
	check(1, 0, changes);
	check(0, NR_BEHIND, changes);
	check(7, 1, changes);
	if (have_slots())
		check(NR_FRONT, 2, changes);
	else
		test_skip("more programs than a trampoline takes: kernel has no LSM slots");
	recorder_free(&r);
	return test_done();
}
