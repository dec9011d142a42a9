// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Events as lines of text or JSON. */
#include <arpa/inet.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "escape.h"
#include "event_text.h"
#include "output.h"

#define NSEC 1000000000ull

/* The kernel's own dev_t: 12 bits of major number, 20 of minor. */
#define MINOR_BITS 20

static void add_escaped(struct json_object *o, const char *key, const char *bytes, size_t size)
{
	char *text = escape_name(bytes, size, ESCAPE_JSON);

	json_add_string(o, key, text);
	free(text);
}

static unsigned long long now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

/* Wall-clock time of @boottime, by what the clocks say now. */
static void wall_clock(__u64 boottime, bool utc, char *text, size_t size)
{
	unsigned long long wall = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME) + boottime;
	time_t seconds = wall / NSEC;
	char date[32], zone[8] = "Z";
	struct tm tm;

	if (utc)
		gmtime_r(&seconds, &tm);
	else
		localtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	if (!utc)
		strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, size, "%s.%06llu%s", date, wall % NSEC / 1000, zone);
}

static const char *verdict_name(int verdict)
{
	static char number[16];
	const char *name = verdict < 0 && verdict != INT_MIN ? strerrorname_np(-verdict) : NULL;

	if (name)
		return name;
	snprintf(number, sizeof(number), "%d", verdict);
	return number;
}

/* "192.0.2.1" or "2001:db8::1"; NULL for another family. */
static const char *address_text(const struct lsmslot_event *e, char text[INET6_ADDRSTRLEN])
{
	if (e->address.family != AF_INET && e->address.family != AF_INET6)
		return NULL;
	return inet_ntop(e->address.family, e->address.addr, text, INET6_ADDRSTRLEN);
}

static char *object_line(const struct lsmslot_event *e)
{
	char *name = escape_name(e->name, sizeof(e->name), ESCAPE_LINE), *line;
	char text[INET6_ADDRSTRLEN];

	switch (e->object) {
	case LSMSLOT_OBJECT_NONE:
		line = xstrdup("-");
		break;
	case LSMSLOT_OBJECT_FILE:
		line = xasprintf("file=%s dev=%u:%u ino=%llu", name, e->file.dev >> MINOR_BITS,
				 e->file.dev & ((1u << MINOR_BITS) - 1), e->file.ino);
		break;
	case LSMSLOT_OBJECT_ADDRESS:
		if (address_text(e, text))
			line = xasprintf(e->address.family == AF_INET ? "address=%s:%u" :
					 "address=[%s]:%u", text, e->address.port);
		else
			line = xasprintf("address=family-%u:%u", e->address.family, e->address.port);
		break;
	case LSMSLOT_OBJECT_TASK:
		line = xasprintf("task=%s[%u] task-uid=%u", name, e->task.pid, e->task.uid);
		break;
	case LSMSLOT_OBJECT_NUMBER:
		line = xasprintf("number=%llu", e->number);
		break;
	case LSMSLOT_OBJECT_NAME:
		line = xasprintf("name=%s", name);
		break;
	default:
		line = xasprintf("object-kind=%u", e->object);
	}
	free(name);
	return line;
}

static struct json_object *object_json(const struct lsmslot_event *e)
{
	struct json_object *o = json_object_new_object();
	char text[INET6_ADDRSTRLEN];
	char *dev;

	switch (e->object) {
	case LSMSLOT_OBJECT_NONE:
		json_object_put(o);
		return NULL;
	case LSMSLOT_OBJECT_FILE:
		dev = xasprintf("%u:%u", e->file.dev >> MINOR_BITS,
				e->file.dev & ((1u << MINOR_BITS) - 1));
		json_add_string(o, "kind", "file");
		add_escaped(o, "name", e->name, sizeof(e->name));
		json_add_string(o, "dev", dev);
		json_add(o, "ino", json_object_new_uint64(e->file.ino));
		free(dev);
		break;
	case LSMSLOT_OBJECT_ADDRESS:
		json_add_string(o, "kind", "address");
		json_add_int(o, "family", e->address.family);
		json_add_string(o, "address", address_text(e, text));
		json_add_int(o, "port", e->address.port);
		break;
	case LSMSLOT_OBJECT_TASK:
		json_add_string(o, "kind", "task");
		add_escaped(o, "name", e->name, sizeof(e->name));
		json_add_int(o, "pid", e->task.pid);
		json_add_int(o, "uid", e->task.uid);
		break;
	case LSMSLOT_OBJECT_NUMBER:
		json_add_string(o, "kind", "number");
		json_add(o, "number", json_object_new_uint64(e->number));
		break;
	case LSMSLOT_OBJECT_NAME:
		json_add_string(o, "kind", "name");
		add_escaped(o, "name", e->name, sizeof(e->name));
		break;
	default:
		json_add_string(o, "kind", "unknown");
		json_add_int(o, "number", e->object);
	}
	return o;
}

static void print_event_json(const struct lsmslot_event *e, const char *policy)
{
	struct json_object *o = json_object_new_object();
	char time[64];

	wall_clock(e->time, true, time, sizeof(time));
	json_add_string(o, "type", "event");
	json_add_string(o, "time", time);
	add_escaped(o, "hook", e->hook, sizeof(e->hook));
	json_add_string(o, "policy", policy);
	add_escaped(o, "comm", e->comm, sizeof(e->comm));
	json_add_int(o, "pid", e->pid);
	json_add_int(o, "tid", e->tid);
	json_add_int(o, "uid", e->uid);
	json_add(o, "cgroup_id", json_object_new_uint64(e->cgroup));
	json_add(o, "object", object_json(e));
	json_add_int(o, "verdict", e->verdict);
	json_add_string(o, "error", verdict_name(e->verdict));
	json_add_bool(o, "audit", e->audit);
	json_print_line(o);
}

void event_print(const struct lsmslot_event *e, const char *policy, bool json)
{
	char *hook, *comm, *object, time[64];

	if (json) {
		print_event_json(e, policy);
		return;
	}
	wall_clock(e->time, false, time, sizeof(time));
	hook = escape_name(e->hook, sizeof(e->hook), ESCAPE_LINE);
	comm = escape_name(e->comm, sizeof(e->comm), ESCAPE_LINE);
	object = object_line(e);
	printf("%s %s %s %s[%u] uid=%u %s %s%s\n", time, hook, policy, comm, e->pid, e->uid,
	       object, verdict_name(e->verdict), e->audit ? " audit" : "");
	free(hook);
	free(comm);
	free(object);
}

static void print_trace_json(const struct trace_denial *d)
{
	struct json_object *o = json_object_new_object();
	char time[64];

	wall_clock(d->time, true, time, sizeof(time));
	json_add_string(o, "type", "trace");
	json_add_string(o, "time", time);
	add_escaped(o, "hook", d->hook, sizeof(d->hook));
	json_add(o, "policy", NULL);
	add_escaped(o, "comm", d->comm, sizeof(d->comm));
	json_add_int(o, "pid", d->pid);
	json_add_int(o, "tid", d->tid);
	json_add(o, "uid", d->uid < 0 ? NULL : json_object_new_int64(d->uid));
	json_add_string(o, "program", d->program);
	json_add_int(o, "program_id", d->prog_id);
	json_add_int(o, "verdict", d->verdict);
	json_add_string(o, "error", verdict_name(d->verdict));
	json_add_bool(o, "audit", false);
	json_print_line(o);
}

void trace_denial_print(const struct trace_denial *d, bool json)
{
	char *hook, *comm, *uid, *program, time[64];

	if (json) {
		print_trace_json(d);
		return;
	}
	wall_clock(d->time, false, time, sizeof(time));
	hook = escape_name(d->hook, sizeof(d->hook), ESCAPE_LINE);
	comm = escape_name(d->comm, sizeof(d->comm), ESCAPE_LINE);
	uid = d->uid < 0 ? xstrdup("?") : xasprintf("%lld", d->uid);
	if (d->prog_id)
		program = xasprintf("program=%s[%u]", d->program ? d->program : "?", d->prog_id);
	else
		program = xstrdup("program=lsm_cgroup");
	printf("%s %s - %s[%u] uid=%s %s %s\n", time, hook, comm, d->pid, uid, program,
	       verdict_name(d->verdict));
	free(hook);
	free(comm);
	free(uid);
	free(program);
}

void event_note(bool json, const char *type, const char *policy, long long count,
		const char *fmt, ...)
{
	struct json_object *o;
	char *text, *shown;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	if (!json) {
		shown = escape_text(text);
		/* In the order in which things happened, where both end up. */
		fflush(stdout);
		fprintf(stderr, "lsmslot: events: %s\n", shown);
		free(shown);
	} else {
		o = json_object_new_object();
		json_add_string(o, "type", type);
		json_add_string(o, "policy", policy);
		if (count >= 0)
			json_add_int(o, "count", count);
		json_add_string(o, "message", text);
		json_print_line(o);
	}
	free(text);
}
