/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A run: system calls, and which programs they have run. */
#ifndef FUZZ_RUN_CALLS_H
#define FUZZ_RUN_CALLS_H

#include "fuzz_run_state.h"

static inline const char *run_event_text(const struct fuzz_event *event)
{
	static char texts[4][160];
	static int next;
	char *text = texts[next++ % 4];
	unsigned int kind = event->kind < FUZZ_KINDS + 2 ? event->kind : FUZZ_PLAIN;

	snprintf(text, sizeof(texts[0]), "%s%s%s cookie %#llx args %#llx",
		 event->program < FUZZ_PROGRAMS ? fuzz_program_name(event->program) : "?",
		 kind >= FUZZ_KINDS ? " in " : "", kind >= FUZZ_KINDS ? fuzz_kinds[kind] : "",
		 event->cookie, event->args);
	return text;
}

static inline bool run_same_event(const struct fuzz_event *got, const struct fuzz_event *want)
{
	return got->program == want->program && got->kind == want->kind &&
	       got->cookie == want->cookie && got->args == want->args;
}

static inline bool run_same_events(int ret)
{
	const struct fuzz_event *got = fuzz_skel->bss->events, *want = run.expected.events;
	int nr = fuzz_skel->bss->nr_events, at = 0;

	if (nr > FUZZ_EVENTS || run.expected.nr > FUZZ_EVENTS)
		test_bail("no room for %d events", nr);
	while (at < nr && at < run.expected.nr && run_same_event(&got[at], &want[at]))
		at++;
	if (at == nr && at == run.expected.nr)
		return true;
	return run_differs("%d programs ran, wanted %d; number %d is %s, wanted %s; result %d, wanted %d",
			   nr, run.expected.nr, at, at < nr ? run_event_text(&got[at]) : "none",
			   at < run.expected.nr ? run_event_text(&want[at]) : "none",
			   ret, run.expected.ret);
}

/* From where does the call's first hook with a link run its newest program? */
static inline void run_cover(const struct fuzz_call *call)
{
	for (int i = 0; i < call->nr && have_slots(); i++) {
		const struct model_hook *hook = &run.model.hooks[call->hooks[i]];

		for (int j = 0; j < hook->nr; j++) {
			int program = hook->entries[j].program;
			unsigned int place;

			if (program == MODEL_SHIM)
				continue;
			place = read_link(run.links[program]).place;
			if (place <= LSM_SLOT_PLACE_ARRAY)
				fuzz_done.places[place]++;
			return;
		}
	}
}

static inline bool run_call(const struct fuzz_step *step)
{
	int ret;

	run_cover(&fuzz_calls[step->value]);
	fuzz_skel->bss->nr_events = 0;
	ret = fuzz_make_call(step->value);
	fuzz_done.calls++;
	fuzz_done.events += fuzz_skel->bss->nr_events;
	return run_same_events(ret) && run_same_ret(ret);
}

#endif /* FUZZ_RUN_CALLS_H */
