/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies: one way of doing something is tried without the
 * policy, with it, in audit mode, and after it. It must work, fail with EPERM,
 * work and be reported, and work again. Where there is something like it that
 * the policy allows, that has to work all the time.
 */
#ifndef POLICY_TEST_WAYS_H
#define POLICY_TEST_WAYS_H

#include <bpf/btf.h>
#include <lsmslot/event.h>

#include "policy.h"

/* --- A policy with constants, mode and events ----------------------------- */

static inline void policy_open(struct policy *policy, const char *name)
{
	const char *dir = getenv("BPF_DIR");
	char path[512];

	memset(policy, 0, sizeof(*policy));
	snprintf(path, sizeof(path), "%s/%s.bpf.o", dir ? dir : "build/bpf", name);
	policy->object = bpf_object__open_file(path, NULL);
	if (!policy->object)
		test_bail("cannot open %s", path);
}

static inline void policy_constant(struct policy *policy, const char *name,
				   __u32 value)
{
	const struct btf *btf = bpf_object__btf(policy->object);
	struct bpf_map *map = bpf_object__find_map_by_name(policy->object, ".rodata");
	const struct btf_type *section, *var;
	const struct btf_var_secinfo *at;
	char data[4096];
	size_t size;
	int id;

	if (!map)
		test_bail("no constants");
	bpf_map__initial_value(map, &size);
	if (size > sizeof(data))
		test_bail("too many constants");
	memcpy(data, bpf_map__initial_value(map, &size), size);
	id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	section = btf__type_by_id(btf, id);
	at = btf_var_secinfos(section);
	for (int i = 0; i < btf_vlen(section); i++, at++) {
		var = btf__type_by_id(btf, at->type);
		if (strcmp(btf__name_by_offset(btf, var->name_off), name))
			continue;
		if (at->size > sizeof(value))
			test_bail("%s is too wide", name);
		memcpy(data + at->offset, &value, at->size);
		if (bpf_map__set_initial_value(map, data, size))
			test_bail("cannot set %s", name);
		return;
	}
	test_bail("no constant %s", name);
}

static inline void policy_load(struct policy *policy)
{
	if (bpf_object__load(policy->object))
		test_bail("cannot load");
}

/* For a policy whose maps are filled between loading and attaching. */
static inline void policy_attach_loaded(struct policy *policy)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, policy->object) {
		struct bpf_link *link = bpf_program__attach_lsm(program);

		if (!link)
			test_bail("cannot attach %s", bpf_program__name(program));
		policy->links[policy->nr_links++] = link;
	}
}

static inline void policy_start(struct policy *policy)
{
	policy_load(policy);
	policy_attach_loaded(policy);
}

static inline void policy_mode(struct policy *policy, enum lsmslot_mode mode)
{
	struct lsmslot_settings settings = { .mode = mode };
	__u32 zero = 0;

	map_set(policy_map(policy, "settings"), &zero, &settings);
}

static inline __u64 policy_count(struct policy *policy, enum lsmslot_counter counter)
{
	__u64 values[1024] = {}, sum = 0;
	__u32 key = counter;

	if (bpf_map_lookup_elem(policy_map(policy, "counters"), &key, values))
		test_bail("cannot read counters");
	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
		sum += values[cpu];
	return sum;
}

/* --- Events --------------------------------------------------------------- */

struct event_log {
	struct ring_buffer *ring;
	struct lsmslot_event last;
	int nr;
};

static inline int event_arrived(void *context, void *data, size_t size)
{
	struct event_log *log = context;

	if (size >= sizeof(log->last))
		memcpy(&log->last, data, sizeof(log->last));
	log->nr++;
	return 0;
}

static inline void events_open(struct event_log *log, struct policy *policy)
{
	memset(log, 0, sizeof(*log));
	log->ring = ring_buffer__new(policy_map(policy, "events"), event_arrived,
				     log, NULL);
	if (!log->ring)
		test_bail("cannot read events");
}

/* How many since the last call. */
static inline int events_take(struct event_log *log)
{
	log->nr = 0;
	ring_buffer__consume(log->ring);
	return log->nr;
}

/* --- Ways ----------------------------------------------------------------- */

struct way {
	const char *what;
	int (*try)(void *arg);	/* 0 or -errno */
	int works;		/* what it returns when it is not denied */
	bool no_like;		/* there is nothing like it that is allowed */
	int denied;		/* what it returns when it is: 0 stands for -EPERM */
};

#define WAY(what, try) { what, try, 0, false, 0 }
#define WAY_ALONE(what, try) { what, try, 0, true, 0 }
#define WAY_FAILS(what, try, works) { what, try, works, false, 0 }
#define WAY_DENIED(what, try, denied) { what, try, 0, false, denied }

#define MAX_WAYS 96

static inline bool missing(int err)
{
	return err == -ENOSYS || err == -EOPNOTSUPP || err == -EPROTONOSUPPORT ||
	       err == -EAFNOSUPPORT;
}

/*
 * @start opens the policy, sets it up and starts it. @like is the argument for
 * what the policy allows, NULL for none.
 */
static inline void ways_run(const char *name, const struct way *ways, int nr,
			    void (*start)(struct policy *policy), void *arg,
			    void *like)
{
	int before[MAX_WAYS], denied[MAX_WAYS], audited[MAX_WAYS], after, works;
	bool reported[MAX_WAYS], right[MAX_WAYS];
	int allowed[MAX_WAYS] = {};
	struct event_log log;
	struct policy policy;

	if (nr > MAX_WAYS)
		test_bail("too many ways");
	for (int i = 0; i < nr; i++)
		before[i] = ways[i].try(arg);
	start(&policy);
	events_open(&log, &policy);
	for (int i = 0; i < nr; i++) {
		allowed[i] = ways[i].works;
		if (like && !ways[i].no_like)
			allowed[i] = ways[i].try(like);
		right[i] = !events_take(&log) || !like;
		denied[i] = ways[i].try(arg);
		right[i] = right[i] && events_take(&log) && !log.last.audit &&
			   log.last.verdict == -EPERM && log.last.hook[0];
	}
	policy_mode(&policy, LSMSLOT_AUDIT);
	for (int i = 0; i < nr; i++) {
		audited[i] = ways[i].try(arg);
		reported[i] = events_take(&log) && log.last.audit;
	}
	ring_buffer__free(log.ring);
	policy_detach(&policy);
	for (int i = 0; i < nr; i++) {
		after = ways[i].try(arg);
		/* The policy denies what this kernel does not have as well. */
		works = missing(before[i]) ? before[i] : ways[i].works;
		if (missing(before[i]) && denied[i] == before[i]) {
			test_skip("%s: this kernel has no %s", name, ways[i].what);
			continue;
		}
		if (!test_ok(before[i] == works && denied[i] == (ways[i].denied ? ways[i].denied : -EPERM) &&
			     allowed[i] == ways[i].works && right[i] && reported[i] &&
			     audited[i] == works && after == works,
			     "%s: %s%s", name, ways[i].what,
			     missing(works) ? " (which this kernel lacks)" : ""))
			test_diag("before: %s; denied: %s%s; the like: %s; audit: %s%s; after: %s",
				  strerror(-before[i]), strerror(-denied[i]),
				  right[i] ? "" : " (wrong events)",
				  strerror(-allowed[i]), strerror(-audited[i]),
				  reported[i] ? "" : " (no event)", strerror(-after));
	}
}

#endif /* POLICY_TEST_WAYS_H */
