/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies: attach a policy as an operator would, from its
 * object file, with constants and a scope, and reach its maps, its mode and its
 * counters.
 */
#ifndef POLICY_TEST_H
#define POLICY_TEST_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <lsmslot/event.h>

#include "testing.h"

#define MAX_PROGRAMS 64
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct policy {
	struct bpf_object *object;
	struct bpf_link *links[MAX_PROGRAMS];
	int nr_links;
};

/* Opened only: constants can be set before it is started. */
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

/*
 * For a policy whose maps are filled between loading and attaching. All
 * programs, or only the one called @only.
 */
static inline void policy_attach_loaded(struct policy *policy, const char *only)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, policy->object) {
		if (only && strcmp(only, bpf_program__name(program)))
			continue;
		if (policy->nr_links == MAX_PROGRAMS)
			test_bail("more than %d programs", MAX_PROGRAMS);
		policy->links[policy->nr_links] = bpf_program__attach_lsm(program);
		if (!policy->links[policy->nr_links])
			test_bail("cannot attach %s", bpf_program__name(program));
		policy->nr_links++;
	}
	if (!policy->nr_links)
		test_bail("nothing to attach");
}

static inline void policy_start(struct policy *policy)
{
	policy_load(policy);
	policy_attach_loaded(policy, NULL);
}

static inline void policy_attach(struct policy *policy, const char *name)
{
	policy_open(policy, name);
	policy_start(policy);
}

static inline void policy_attach_only(struct policy *policy, const char *name,
				      const char *only)
{
	policy_open(policy, name);
	policy_load(policy);
	policy_attach_loaded(policy, only);
}

/* Where only the cgroups of map scope count. */
static inline void policy_attach_scoped(struct policy *policy, const char *name)
{
	policy_open(policy, name);
	policy_constant(policy, "lsmslot_scoped", true);
	policy_start(policy);
}

static inline void policy_detach(struct policy *policy)
{
	for (int i = 0; i < policy->nr_links; i++)
		if (bpf_link__destroy(policy->links[i]))
			test_bail("cannot detach");
	bpf_object__close(policy->object);
	policy->object = NULL;
	policy->nr_links = 0;
}

static inline int policy_map(struct policy *policy, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(policy->object, name);

	if (fd < 0)
		test_bail("no map %s", name);
	return fd;
}

static inline void map_set(int map, const void *key, const void *value)
{
	if (bpf_map_update_elem(map, key, value, BPF_ANY))
		test_bail("cannot update a map");
}

static inline void map_clear(int map, const void *key)
{
	if (bpf_map_delete_elem(map, key))
		test_bail("cannot delete from a map");
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

#endif /* POLICY_TEST_H */
