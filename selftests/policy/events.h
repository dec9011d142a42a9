/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies: what they report, and the settings that they share:
 * mode, scope and counters (include/lsmslot/event.h).
 */
#ifndef POLICY_TEST_EVENTS_H
#define POLICY_TEST_EVENTS_H

#include <bpf/btf.h>
#include <lsmslot/event.h>

#include "files.h"

#define MAX_EVENTS 64

struct events {
	struct ring_buffer *ring;
	struct lsmslot_event seen[MAX_EVENTS];
	int nr;
};

static inline int events_note(void *ctx, void *data, size_t size)
{
	struct events *events = ctx;

	/* Wrong sizes would be read as something else. */
	if (size != sizeof(struct lsmslot_event))
		test_bail("an event of %zu bytes", size);
	if (events->nr < MAX_EVENTS)
		events->seen[events->nr] = *(struct lsmslot_event *)data;
	events->nr++;
	return 0;
}

static inline void events_open(struct events *events, struct policy *policy)
{
	memset(events, 0, sizeof(*events));
	events->ring = ring_buffer__new(policy_map(policy, "events"),
					events_note, events, NULL);
	if (!events->ring)
		test_bail("cannot map the ring buffer");
}

/* Those since the last call; events are in the ring when the call returns. */
static inline int events_read(struct events *events)
{
	events->nr = 0;
	if (ring_buffer__consume(events->ring) < 0)
		test_bail("cannot read the ring buffer");
	return events->nr;
}

static inline void events_close(struct events *events)
{
	ring_buffer__free(events->ring);
}

static inline void policy_mode(struct policy *policy, __u32 mode)
{
	struct lsmslot_settings settings = { .mode = mode };
	__u32 zero = 0;

	map_set(policy_map(policy, "settings"), &zero, &settings);
}

static inline __u64 policy_counter(struct policy *policy, __u32 counter)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 values[cpus], sum = 0;

	if (bpf_map_lookup_elem(policy_map(policy, "counters"), &counter, values))
		test_bail("cannot read a counter");
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	return sum;
}

/* Sets the boolean constant @name, which must be done before loading. */
static inline void policy_constant(struct bpf_object *object, const char *name)
{
	const struct btf *btf = bpf_object__btf(object);
	const struct btf_var_secinfo *var;
	const struct btf_type *section;
	struct bpf_map *map;
	size_t size;
	char *data;
	int id;

	id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	if (id < 0)
		test_bail("no constants");
	section = btf__type_by_id(btf, id);
	bpf_object__for_each_map(map, object) {
		const char *suffix = strstr(bpf_map__name(map), ".rodata");

		if (!suffix || strcmp(suffix, ".rodata"))
			continue;
		data = (char *)bpf_map__initial_value(map, &size);
		var = btf_var_secinfos(section);
		for (int i = 0; i < btf_vlen(section); i++, var++) {
			const struct btf_type *type = btf__type_by_id(btf, var->type);

			if (strcmp(btf__name_by_offset(btf, type->name_off), name))
				continue;
			data[var->offset] = 1;
			return;
		}
	}
	test_bail("no constant %s", name);
}

/* As policy_attach(), where only the cgroups of map scope count. */
static inline void policy_attach_scoped(struct policy *policy, const char *name)
{
	const char *dir = getenv("BPF_DIR");
	struct bpf_program *program;
	char path[PATH_SIZE];

	memset(policy, 0, sizeof(*policy));
	path_set(path, "%s/%s.bpf.o", dir ? dir : "build/bpf", name);
	policy->object = bpf_object__open_file(path, NULL);
	if (!policy->object)
		test_bail("cannot open %s", path);
	policy_constant(policy->object, "lsmslot_scoped");
	if (bpf_object__load(policy->object))
		test_bail("cannot load %s", path);
	bpf_object__for_each_program(program, policy->object) {
		struct bpf_link *link = bpf_program__attach_lsm(program);

		if (!link || policy->nr_links == MAX_PROGRAMS)
			test_bail("cannot attach %s", bpf_program__name(program));
		policy->links[policy->nr_links++] = link;
	}
}

#endif /* POLICY_TEST_EVENTS_H */
