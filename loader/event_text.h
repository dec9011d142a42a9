/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events as lines of text or JSON. */
#ifndef LSMSLOT_EVENT_TEXT_H
#define LSMSLOT_EVENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>
#include <lsmslot/event.h>

/**
 * struct trace_denial - a denial that the kernel's tracepoint reported
 * @time: CLOCK_BOOTTIME, nanoseconds
 * @pid, @tid: of the task that was denied
 * @uid: its user, -1 if it has gone already
 * @prog_id: id of the program, 0 for those of lsm_cgroup
 * @verdict: what the program returned
 * @hook, @comm: as the kernel wrote them
 * @program: the program's name, NULL if not known
 */
struct trace_denial {
	__u64 time;
	__u32 pid, tid;
	long long uid;
	__u32 prog_id;
	__s32 verdict;
	char hook[64];
	char comm[LSMSLOT_COMM_SIZE];
	const char *program;
};

/* Each prints one line to standard output. */
void event_print(const struct lsmslot_event *event, const char *policy, bool json);
void trace_denial_print(const struct trace_denial *denial, bool json);

/*
 * Something about a policy that is no event: to standard error, or with @json
 * an object whose "type" is @type to standard output. @count is left out if
 * negative.
 */
void event_note(bool json, const char *type, const char *policy, long long count,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif /* LSMSLOT_EVENT_TEXT_H */
