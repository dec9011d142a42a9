/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies: attach a policy as an operator would, from its
 * object file, and reach its maps.
 */
#ifndef POLICY_TEST_H
#define POLICY_TEST_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "testing.h"

#define MAX_PROGRAMS 64
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct policy {
	struct bpf_object *object;
	struct bpf_link *links[MAX_PROGRAMS];
	int nr_links;
};

/* All programs of the object, or only the one called @only. */
static inline void policy_attach_only(struct policy *policy, const char *name,
				      const char *only)
{
	const char *dir = getenv("BPF_DIR");
	struct bpf_program *program;
	char path[512];

	memset(policy, 0, sizeof(*policy));
	snprintf(path, sizeof(path), "%s/%s.bpf.o", dir ? dir : "build/bpf", name);
	policy->object = bpf_object__open_file(path, NULL);
	if (!policy->object || bpf_object__load(policy->object))
		test_bail("cannot load %s", path);
	bpf_object__for_each_program(program, policy->object) {
		if (only && strcmp(only, bpf_program__name(program)))
			continue;
		if (policy->nr_links == MAX_PROGRAMS)
			test_bail("%s has more than %d programs", path, MAX_PROGRAMS);
		policy->links[policy->nr_links] = bpf_program__attach_lsm(program);
		if (!policy->links[policy->nr_links])
			test_bail("cannot attach %s of %s",
				  bpf_program__name(program), path);
		policy->nr_links++;
	}
	if (!policy->nr_links)
		test_bail("nothing to attach in %s", path);
}

static inline void policy_attach(struct policy *policy, const char *name)
{
	policy_attach_only(policy, name, NULL);
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

#endif /* POLICY_TEST_H */
