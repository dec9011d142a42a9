// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timeout: 1500
 *
 * One task per CPU and one more try a denied call as fast as they can while
 * others on the same hook are added, removed, replaced and moved, ten thousand
 * times.  Not one attempt may pass.
 *
 * The denier is one link; it is itself replaced by a program with the same
 * verdict now and then.  The others allow; up to 14 of them are in front of it
 * and behind it, so that it moves through the slots and out of them.
 *
 * $CHANGES is the number of changes, $SEED the seed.
 */
#define _GNU_SOURCE
#include "linkctl.h"
#include "pounding.h"
#include "slots.h"

#define DENIER		0	/* and 1, which takes turns with it */
#define OTHER		2	/* to 21 */
#define NR_OTHERS	20
#define MOST		14
#define NR_SLEEPABLE	2

static struct recorder r;
static int denier, links[RECORDER_PROGRAMS], nr_links;
static unsigned long added, removed, replaced, moved, turned;

static int fd_of(int program)
{
	return bpf_program__fd(r.programs[program]);
}

/* Now and then a sleepable one, behind which nothing has a slot. */
static int other(void)
{
	return random() % 16 ? OTHER + random() % NR_OTHERS :
			       RECORDER_PLAIN + random() % NR_SLEEPABLE;
}

/* In front of the denier or behind it, next to it or at the end. */
static int attach(int program)
{
	__u32 side = random() % 2 ? LINK_BEFORE : LINK_AFTER;
	int link = random() % 2 ?
		link_attach_at(fd_of(program), side | LINK_LINK, denier, 0) :
		link_attach_at(fd_of(program), side, 0, 0);

	if (link < 0)
		test_bail("cannot attach program %d: %d", program, link);
	return link;
}

static void remove_one(int program)
{
	close(links[program]);
	links[program] = 0;
	nr_links--;
}

static void add_or_remove(int program)
{
	if (links[program]) {
		remove_one(program);
		removed++;
	} else if (nr_links < MOST) {
		links[program] = attach(program);
		nr_links++;
		added++;
	}
}

static void replace(int program, int by)
{
	if (!links[program] || links[by])
		return;
	if (link_replace(links[program], fd_of(by), fd_of(program)))
		test_bail("cannot replace program %d by %d", program, by);
	links[by] = links[program];
	links[program] = 0;
	replaced++;
}

/* To another place: detached and attached again. */
static void move(int program)
{
	if (!links[program])
		return;
	close(links[program]);
	links[program] = attach(program);
	moved++;
}

/* The denier's link gets its twin. */
static void turn(void)
{
	static int now = DENIER;

	if (link_replace(denier, fd_of(!now), fd_of(now)))
		test_bail("cannot replace the denier");
	now = !now;
	turned++;
}

static void change(void)
{
	switch (random() % 8) {
	case 0: case 1: case 2:
		return add_or_remove(other());
	case 3: case 4:
		return replace(other(), other());
	case 5: case 6:
		return move(other());
	default:
		return turn();
	}
}

static unsigned long changes_done(void)
{
	return added + removed + replaced + moved + turned;
}

int main(void)
{
	unsigned long changes = getenv("CHANGES") ? strtoul(getenv("CHANGES"), NULL, 0) : 10000;
	unsigned int seed = getenv("SEED") ? strtoul(getenv("SEED"), NULL, 0) : 10000;
	struct pounding_sum sum;
	double start;

	if (!have_link_order()) {
		test_skip("no order and no replacement: kernel has no LSM slots");
		return test_done();
	}
	srandom(seed);
	recorder_load(&r, OTHER + NR_OTHERS, NR_SLEEPABLE, false);
	r.skel->bss->watched[0] = 0;
	r.skel->bss->verdicts[DENIER] = r.skel->bss->verdicts[!DENIER] = -VERDICT_OF(DENIER);
	test_ok(!recorder_call(&r), "nothing attached: the call passes");
	denier = link_attach_at(fd_of(DENIER), 0, 0, 0);
	test_ok(denier >= 0 && recorder_call(&r) == VERDICT_OF(DENIER), "attached, it is denied");

	pounding_start(&r, VERDICT_OF(DENIER));
	start = seconds_now();
	while (changes_done() < changes)
		change();
	sum = pounding_stop();
	test_diag("%lu changes in %.0f s: %lu added, %lu removed, %lu replaced, %lu moved, %lu times the denier (seed %u)",
		  changes_done(), seconds_now() - start, added, removed, replaced, moved, turned,
		  seed);
	test_ok(sum.least > 1000, "every attacker got somewhere (at least %lu attempts)",
		sum.least);
	test_ok(!sum.wrong, "%lu changes: none of %lu attempts passed (%lu did)",
		changes_done(), sum.calls, sum.wrong);
	close(denier);
	test_ok(!recorder_call(&r), "detached, the call passes");
	recorder_free(&r);
	return test_done();
}
