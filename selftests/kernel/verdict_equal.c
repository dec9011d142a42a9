// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Verdicts: three programs on a hook, with every combination of results, in
 * slots and on the trampoline.  The system call's result and which programs
 * ran must be the model's, newest first and the first denial ends it, and the
 * same on both paths.
 *
 * timeout: 600
 */
#define _GNU_SOURCE
#include "attempts_files.h"
#include "attempts_ipc.h"
#include "attempts_net.h"
#include "attempts_tasks.h"

#define NR_PROGRAMS	3

static const int results[] = { 0, -EPERM, -EACCES, -EIO };

#define NR_RESULTS	(int)ARRAY_SIZE(results)
#define NR_COMBINATIONS	(NR_RESULTS * NR_RESULTS * NR_RESULTS)

/* What a combination came to. */
struct outcome {
	int ret;
	char ids[RECORD_MAX + 1];
};

static void set_results(int combination)
{
	for (int i = 0; i < NR_PROGRAMS; i++) {
		record->result[i] = results[combination % NR_RESULTS];
		combination /= NR_RESULTS;
	}
}

/* The model: what one call of the hook returns, and which programs run. */
static int model(char ids[NR_PROGRAMS + 1])
{
	int nr = 0, ret = 0;

	for (int i = NR_PROGRAMS - 1; i >= 0 && !ret; i--) {
		ids[nr++] = '1' + i;
		ret = record->result[i];
	}
	ids[nr] = '\0';
	return ret;
}

/* Is @text @part, once or more? */
static bool is_repeated(const char *text, const char *part)
{
	size_t length = strlen(part);

	if (!*text)
		return false;
	for (; *text; text += length)
		if (strncmp(text, part, length))
			return false;
	return true;
}

static bool as_modelled(const struct attempt *attempt, const struct outcome *outcome)
{
	char ids[NR_PROGRAMS + 1];
	int ret = model(ids);

	if (ret && attempt->err)
		ret = -attempt->err;
	if (outcome->ret == ret && is_repeated(outcome->ids, ids))
		return true;
	test_diag("%s, results of 3, 2, 1: %d %d %d: got %d, programs \"%s\"; wanted %d, \"%s\"",
		  attempt->hook, record->result[2], record->result[1],
		  record->result[0], outcome->ret, outcome->ids, ret, ids);
	return false;
}

/* Every combination on one path; false if one is not as modelled. */
static bool run(const struct attempt *attempt, const int *programs, bool slots,
		struct outcome *outcomes)
{
	int links[NR_PROGRAMS];
	bool good = true;

	switch_slots(slots);
	for (int i = 0; i < NR_PROGRAMS; i++)
		links[i] = attach_program(programs[i]);
	if (have_slots()) {
		unsigned int want = slots ? LSM_SLOT_PLACE_SLOT :
					    LSM_SLOT_PLACE_TRAMPOLINE;

		for (int i = 0; i < NR_PROGRAMS; i++) {
			struct lsm_slot_link_info info = settled_link(links[i]);

			if (info.place == want)
				continue;
			test_diag("%s: program %d is in place %s", attempt->hook,
				  i + 1, place_name(info.place));
			good = false;
		}
	}
	for (int i = 0; i < NR_COMBINATIONS; i++) {
		set_results(i);
		record_clear();
		outcomes[i].ret = attempt->run();
		record_text(outcomes[i].ids);
		if (!as_modelled(attempt, &outcomes[i]))
			good = false;
		if (!good && i > 3)
			break;
	}
	for (int i = 0; i < NR_PROGRAMS; i++)
		close(links[i]);
	record_clear();
	attempt->run();
	if (record->nr) {
		test_diag("%s: programs run after the detach", attempt->hook);
		good = false;
	}
	return good;
}

static void test_hook(const struct attempt *attempt)
{
	static struct outcome in_slots[NR_COMBINATIONS], on_trampoline[NR_COMBINATIONS];
	int programs[NR_PROGRAMS];
	bool good, same = true;

	for (int i = 0; i < NR_PROGRAMS; i++)
		programs[i] = record_program(attempt->hook, i + 1);
	good = run(attempt, programs, false, on_trampoline);
	if (have_slots() && good) {
		good = run(attempt, programs, true, in_slots);
		for (int i = 0; good && i < NR_COMBINATIONS; i++) {
			if (in_slots[i].ret == on_trampoline[i].ret &&
			    !strcmp(in_slots[i].ids, on_trampoline[i].ids))
				continue;
			test_diag("%s: slots %d \"%s\", trampoline %d \"%s\"",
				  attempt->hook, in_slots[i].ret, in_slots[i].ids,
				  on_trampoline[i].ret, on_trampoline[i].ids);
			same = false;
		}
	}
	test_ok(good && same, "%s: %d combinations of 3 results", attempt->hook,
		NR_COMBINATIONS);
	for (int i = 0; i < NR_PROGRAMS; i++)
		close(programs[i]);
}

static void test_hooks(const struct attempt *attempts, int nr, const char *only)
{
	for (int i = 0; i < nr; i++)
		if (!only || !strcmp(only, attempts[i].hook))
			test_hook(&attempts[i]);
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;

	attempts_prepare();
	record_open();
	test_hooks(attempts_files, ARRAY_SIZE(attempts_files), only);
	test_hooks(attempts_net, ARRAY_SIZE(attempts_net), only);
	test_hooks(attempts_tasks, ARRAY_SIZE(attempts_tasks), only);
	test_hooks(attempts_ipc, ARRAY_SIZE(attempts_ipc), only);
	if (!have_slots())
		test_skip("kernel has no LSM slots: the trampoline only");
	else
		switch_slots(true);
	return test_done();
}
