// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timeout: 600
 *
 * Random sequences of attach and detach with random verdicts: after each step
 * the kernel and a model, a list with the newest first, agree on which
 * programs ran and what the caller was told.  From slots, from trampolines,
 * and with the switch turned at random between them.
 *
 * The argument or $SEED is the seed, $STEPS the number of steps.
 */
#define _GNU_SOURCE
#include "recorder.h"
#include "slots.h"

#define PLAIN		9
#define SLEEPABLE	3
#define PROGRAMS	(PLAIN + SLEEPABLE)

enum mode { SLOTS, TRAMPOLINES, BOTH };

static struct recorder r;
static __u32 model[PROGRAMS];
static int nr_model;

/* The programs by a number from 0 on. */
static int program(int i)
{
	return i < PLAIN ? i : RECORDER_PLAIN + i - PLAIN;
}

static void change(int program)
{
	int at = 0;

	if (!r.links[program]) {
		recorder_attach(&r, program);
		memmove(model + 1, model, nr_model * sizeof(*model));
		model[0] = program;
		nr_model++;
		return;
	}
	recorder_detach(&r, program);
	while (model[at] != (__u32)program)
		at++;
	nr_model--;
	memmove(model + at, model + at + 1, (nr_model - at) * sizeof(*model));
}

/* Most allow, so that chains are long. */
static void set_verdicts(void)
{
	for (int i = 0; i < PROGRAMS; i++)
		r.skel->bss->verdicts[program(i)] =
			random() % 8 ? 0 : -VERDICT_OF(program(i));
}

static bool agrees(void)
{
	int answer = 0, got, nr;

	for (nr = 0; nr < nr_model && !answer; nr++)
		answer = -r.skel->bss->verdicts[model[nr]];
	recorder_forget(&r);
	got = recorder_call(&r);
	if (recorder_ran(&r, 0, model, nr) && got == answer)
		return true;
	test_diag("attached: %s", sequence_text(model, nr_model));
	test_diag("answer %d, wanted %d", got, answer);
	return false;
}

/* Calls right after the change, then when the slots are filled again. */
static bool step(enum mode mode, unsigned int *settled)
{
	bool good;

	if (mode == BOTH && !(random() % 4))
		slots_switch(random() % 2);
	change(program(random() % PROGRAMS));
	set_verdicts();
	good = agrees();
	if (mode != TRAMPOLINES && have_slots() && nr_model && !(random() % 4)) {
		good &= slots_settled(r.links[model[0]]);
		set_verdicts();
		good &= agrees();
		++*settled;
	}
	return good;
}

static void walk(enum mode mode, int steps, unsigned int seed, const char *what)
{
	unsigned int settled = 0;
	int i, most = 0;

	srandom(seed);
	if (have_slots())
		slots_switch(mode != TRAMPOLINES);
	for (i = 0; i < steps; i++) {
		if (!step(mode, &settled)) {
			test_diag("at step %d", i);
			break;
		}
		most = nr_model > most ? nr_model : most;
	}
	test_diag("%s: %d steps, %u times settled, up to %d programs", what, i, settled,
		  most);
	test_ok(i == steps && most >= PROGRAMS / 2,
		"%s: kernel and model agree in %d of %d steps (seed %u)", what, i, steps,
		seed);
	for (i = 0; i < PROGRAMS; i++)
		if (r.links[program(i)])
			change(program(i));
	if (have_slots())
		slots_switch(true);
	r.skel->bss->verdicts[0] = 0;
	test_ok(agrees(), "%s: all detached, and nothing runs", what);
}

int main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("SEED");
	unsigned int seed = text ? strtoul(text, NULL, 0) : 20201;
	int steps = getenv("STEPS") ? atoi(getenv("STEPS")) : 500;

	recorder_load(&r, PLAIN, SLEEPABLE, false);
	if (have_slots()) {
		walk(SLOTS, steps, seed, "slots");
		walk(BOTH, steps / 2, seed + 1, "switch turned at random");
	} else {
		test_skip("slots: kernel has no LSM slots");
		test_skip("switch turned at random: kernel has no LSM slots");
	}
	walk(TRAMPOLINES, steps, seed, "trampolines");
	recorder_free(&r);
	return test_done();
}
