// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timeout: 172800
 *
 * Differential fuzzing: random scripts of attaching, detaching, replacing and
 * calling (fuzz_script.h, fuzz_generate.h) on slots, on trampolines and with
 * kernel.lsm_slots turned in between.  A model (fuzz_model.h) says what each step
 * is to come to: which programs run in which order, with which cookie, what the
 * caller is told, what the kernel's lists and counters say.
 *
 *	fuzz_verdicts [--seed N] [--steps N] [--seconds N] [--script FILE]
 *
 * Script number i is that of seed N + i.  A difference is shrunk and printed; what
 * is printed can be fed back as FILE.  $FUZZ_STEPS, if not empty, is --steps.
 *
 * Without any, the test bounds itself in time; the limit above is for the many
 * steps of a night.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <time.h>

#include "fuzz_generate.h"
#include "fuzz_run.h"
#include "fuzz_shrink.h"

#define BASE_SEED	20201130	/* of all sorts of scripts within a few */
#define SHORT_SECONDS	18	/* per seed */
#define SHORT_LIMIT	600	/* and with a difference to be shrunk */
#define MOST_DIFFERENCES 5

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Can @script run on @path, on this kernel? */
static bool has_path(const struct fuzz_script *script, enum fuzz_path path)
{
	if (path == PATH_TRAMPOLINE)
		return !script->slots_only;
	return run.lists && (path == PATH_SLOTS || !script->slots_only);
}

static const char *step_at(const struct fuzz_script *script, int step)
{
	return step < script->nr ? fuzz_step_text(&script->steps[step]) : "the end";
}

/* Whose fault it may be: what becomes of the short script elsewhere. */
static void compare_paths(const struct fuzz_script *script)
{
	struct difference difference;

	for (int path = 0; path < FUZZ_PATHS; path++) {
		if (!has_path(script, path))
			continue;
		if (run_script(script, path, LIE_NONE, &difference))
			test_diag("%s: as the model", fuzz_paths[path]);
		else
			test_diag("%s: at \"%s\": %s", fuzz_paths[path],
				  step_at(script, difference.step), difference.text);
	}
}

static void report(struct fuzz_script *script, enum fuzz_path path,
		   struct difference *difference)
{
	test_diag("seed %llu, %s, step %d of %d, \"%s\": %s", script->seed, fuzz_paths[path],
		  difference->step, script->nr, step_at(script, difference->step),
		  difference->text);
	shrink(script, path, LIE_NONE, difference);
	test_diag("shrunk to %d steps; --script takes them, or --seed %llu --steps 1 all:",
		  script->nr, script->seed);
	fuzz_script_print(script);
	compare_paths(script);
}

/* On all paths; false if there is a difference on one. */
static bool check_script(struct fuzz_script *script)
{
	struct difference difference;

	for (int path = 0; path < FUZZ_PATHS; path++) {
		if (!has_path(script, path) ||
		    run_script(script, path, LIE_NONE, &difference))
			continue;
		report(script, path, &difference);
		return false;
	}
	return true;
}

/* At least @steps steps or for at most about @seconds, unless they are 0. */
static void walk(__u64 seed, unsigned long steps, double seconds)
{
	static struct fuzz_script script;
	unsigned long scripts = 0, made = 0;
	double start = now();
	int differences = 0;

	for (; (!steps || made < steps) && (!seconds || now() < start + seconds); scripts++) {
		generate_script(&script, seed + scripts);
		made += script.nr;
		if (!check_script(&script) && ++differences == MOST_DIFFERENCES)
			break;
	}
	test_ok(!differences && scripts, "kernel and model agree: %lu scripts of %lu steps in %.0f s, seed %llu (%d differences)",
		scripts, made, now() - start, seed, differences);
}

/* --- The fuzzer itself ----------------------------------------------------- */

static const char *const lies[FUZZ_LIES] = {
	[LIE_ORDER] = "two programs swapped",
	[LIE_VERDICT] = "a verdict forgotten",
	[LIE_COUNT] = "a run not counted",
	[LIE_COOKIE] = "another cookie",
};

/* With a model that lies there is a difference, and a short script shows it. */
static void check_lie(enum fuzz_lie lie)
{
	enum fuzz_path path = run.lists ? PATH_SLOTS : PATH_TRAMPOLINE;
	static struct fuzz_script script;
	struct difference difference;
	bool noticed = false;
	int before;

	for (int i = 0; i < 50 && !noticed; i++) {
		generate_script(&script, BASE_SEED + i);
		noticed = has_path(&script, path) && script.nr < 100 &&
			  !run_script(&script, path, lie, &difference);
	}
	before = script.nr;
	if (noticed)
		shrink(&script, path, lie, &difference);
	test_ok(noticed && script.nr <= 5, "%s: noticed, and %d steps shrunk to %d",
		lies[lie], before, script.nr);
	test_diag("at \"%s\": %s", step_at(&script, difference.step), difference.text);
	fuzz_script_print(&script);
}

static bool same_script(const struct fuzz_script *a, const struct fuzz_script *b)
{
	for (int i = 0; i < a->nr && i < b->nr; i++) {
		if (fuzz_same_step(&a->steps[i], &b->steps[i]))
			continue;
		test_diag("read as \"%s\"", fuzz_step_text(&a->steps[i]));
		test_diag("printed as \"%s\"", fuzz_step_text(&b->steps[i]));
		return false;
	}
	return a->nr == b->nr && a->slots_only == b->slots_only;
}

/* Text and back must be the same script. */
static void check_text(void)
{
	static struct fuzz_script script, again;
	int same = 0, nr = 50;
	FILE *file;

	for (int i = 0; i < nr; i++) {
		generate_script(&script, BASE_SEED + i);
		file = fopen("script", "we");
		if (!file)
			test_bail("cannot write a script");
		fprintf(file, "%s", script.slots_only ? "slots\n" : "");
		for (int j = 0; j < script.nr; j++)
			fprintf(file, "# %s\n", fuzz_step_text(&script.steps[j]));
		fclose(file);
		memset(&again, 0, sizeof(again));
		fuzz_script_read(&again, "script");
		same += same_script(&again, &script);
	}
	test_ok(same == nr, "scripts are the same when printed and read (%d of %d)", same, nr);
}

/* --- What was done --------------------------------------------------------- */

static void print_done(void)
{
	test_diag("runs: %lu on slots, %lu on trampolines, %lu mixed; up to %d programs on a hook",
		  fuzz_done.runs[PATH_SLOTS], fuzz_done.runs[PATH_TRAMPOLINE],
		  fuzz_done.runs[PATH_MIXED], fuzz_done.most);
	test_diag("%lu steps made, %lu calls, %lu programs ran; calls whose first link was in a slot %lu, in the array %lu, on the trampoline %lu",
		  fuzz_done.steps, fuzz_done.calls, fuzz_done.events,
		  fuzz_done.places[LSM_SLOT_PLACE_SLOT], fuzz_done.places[LSM_SLOT_PLACE_ARRAY],
		  fuzz_done.places[LSM_SLOT_PLACE_TRAMPOLINE]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "steps", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 't' },
		{ "script", required_argument, NULL, 'f' },
		{},
	};
	const char *text = getenv("FUZZ_STEPS"), *file = NULL;
	unsigned long steps = text ? strtoul(text, NULL, 0) : 0;
	static struct fuzz_script script;
	double seconds = 0;
	__u64 seed = BASE_SEED;
	bool given = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's') {
			seed = strtoull(optarg, NULL, 0);
			given = true;
		} else if (option == 'n') {
			steps = strtoul(optarg, NULL, 0);
		} else if (option == 't') {
			seconds = strtod(optarg, NULL);
		} else if (option == 'f') {
			file = optarg;
			fuzz_script_read(&script, file);
		} else {
			return 64;
		}
	}
	if (!steps && !seconds && !file) {
		seconds = SHORT_SECONDS;
		alarm(test_limit(SHORT_LIMIT));
	}
	run_prepare();
	if (!run.lists)
		test_skip("slots: kernel has no LSM slots");
	if (file) {
		test_ok(check_script(&script), "%s: kernel and model agree in %d steps", file,
			script.nr);
	} else if (given) {
		walk(seed, steps, seconds);
	} else {
		check_text();
		for (int lie = LIE_NONE + 1; lie < FUZZ_LIES; lie++)
			check_lie(lie);
		walk(seed, (steps + 1) / 2, seconds);
		walk(time(NULL), (steps + 1) / 2, seconds);
	}
	print_done();
	fuzz_calls_end();
	return test_done();
}
