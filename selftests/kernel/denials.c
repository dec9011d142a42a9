// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Denials are counted for the program that denied, and traced, wherever it
 * runs: in the last slot, in another one, beyond the slots, among sleepable
 * programs and from the array.  What allows counts nothing.
 */
#define _GNU_SOURCE
#include <sys/mount.h>

#include "linkctl.h"
#include "recorder.h"
#include "slots.h"

#define TRACE		"/sys/kernel/tracing"
#define EVENT		TRACE "/events/lsm_slots/lsm_slot_deny"
#define STATS_FILE	"/proc/sys/kernel/bpf_stats_enabled"
#define PROGRAMS	20
#define CALLS		7

static struct recorder r;

static __u64 denials(int program)
{
	return slots_link(r.links[program]).denials;
}

/* Each program denies in its turn; those behind it are not asked. */
static void check(int nr, int sleepable, const char *what)
{
	__u64 before[RECORDER_PROGRAMS];
	int good = 0;

	for (int i = 0; i < nr; i++)
		recorder_attach(&r, i);
	if (sleepable >= 0)
		recorder_attach(&r, RECORDER_PLAIN + sleepable);
	for (int i = 0; i < nr; i++) {
		for (int j = 0; j < nr; j++)
			before[j] = denials(j);
		recorder_call(&r);
		r.skel->bss->verdicts[i] = -VERDICT_OF(i);
		for (int j = 0; j < CALLS; j++)
			recorder_call(&r);
		r.skel->bss->verdicts[i] = 0;
		for (int j = 0; j < nr; j++)
			good += denials(j) == before[j] + (i == j ? CALLS : 0);
	}
	test_ok(good == nr * nr, "%s: each denial is its program's (%d of %d)", what, good,
		nr * nr);
	for (int i = 0; i < RECORDER_PROGRAMS; i++)
		if (r.links[i])
			recorder_detach(&r, i);
}

static char *read_trace(void)
{
	static char text[65536];
	FILE *file = fopen(TRACE "/trace", "re");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (!file)
		test_bail("cannot read the trace");
	fclose(file);
	text[n] = '\0';
	return text;
}

static void check_trace(void)
{
	char wanted[128];
	const char *text;
	int lines = 0;

	if (access(TRACE "/trace", R_OK))
		mount("tracefs", TRACE, "tracefs", 0, NULL);
	write_text(TRACE "/trace", "");
	write_text(EVENT "/enable", "1");
	recorder_attach(&r, 0);
	recorder_attach(&r, 1);
	recorder_call(&r);
	r.skel->bss->verdicts[0] = -VERDICT_OF(0);
	recorder_call(&r);
	r.skel->bss->verdicts[0] = 0;
	recorder_call(&r);
	write_text(EVENT "/enable", "0");
	snprintf(wanted, sizeof(wanted), "lsm_slot_deny: hook=%s prog_id=%u verdict=-%d comm=denials",
		 RECORDER_HOOK, recorder_id(&r, 0), VERDICT_OF(0));
	text = read_trace();
	for (const char *at = text; (at = strstr(at, "lsm_slot_deny: ")); at++)
		lines++;
	test_ok(lines == 1 && strstr(text, wanted), "one denial, one event: %s", wanted);
	if (lines != 1 || !strstr(text, wanted))
		test_diag("%.900s", text);
	recorder_detach(&r, 1);
	recorder_detach(&r, 0);
}

int main(void)
{
	if (!have_link_order()) {
		test_skip("denials are not counted: kernel has no LSM slots");
		return test_done();
	}
	recorder_load(&r, PROGRAMS, 2, false);
	check(1, -1, "one program");
	check(4, -1, "four");
	check(PROGRAMS, -1, "more than slots");
	check(4, 0, "a sleepable one in front");
	write_text(STATS_FILE, "1");
	check(3, -1, "with run statistics on, from the array");
	write_text(STATS_FILE, "0");
	check_trace();
	recorder_free(&r);
	return test_done();
}
