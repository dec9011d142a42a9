/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Denials as the tracepoint lsm_slots:lsm_slot_deny reports them. */
#ifndef LSMSLOT_EVENT_TRACE_H
#define LSMSLOT_EVENT_TRACE_H

#include "event_text.h"
#include "lsmslot.h"

struct event_trace;

/* What to do with a denial; returns a negative number to stop reading. */
typedef int (*trace_take_fn)(void *ctx, struct trace_denial *denial);

/* Starts to record on every CPU; enum status, and *@trace if ST_OK. */
int event_trace_open(struct event_trace **trace);
void event_trace_close(struct event_trace *trace);

/* Adds the file descriptors that become readable to @epoll_fd, with @data. */
int event_trace_watch(struct event_trace *trace, int epoll_fd, void *data);

/*
 * Hands over what was recorded. Returns the denials that were lost, which the
 * kernel counts, since the last call.
 */
unsigned long long event_trace_read(struct event_trace *trace, trace_take_fn take, void *ctx);

#endif /* LSMSLOT_EVENT_TRACE_H */
