/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of scopes: cgroups to be in, on a mount of their own, and the
 * map that lists them.
 */
#ifndef POLICY_TEST_CGROUPS_H
#define POLICY_TEST_CGROUPS_H

#include "files.h"

#define CGROUPS TEST_ROOT "-cgroups"
#define TEST_CGROUP CGROUPS "/lsmslot-scope"

static const char *const cgroups[] = {
	TEST_CGROUP,
	TEST_CGROUP "/in",
	TEST_CGROUP "/in/below",
	TEST_CGROUP "/in/below/deep",
	TEST_CGROUP "/inner",		/* a name that begins like the listed one */
};

static inline void move_to(const char *cgroup)
{
	char path[PATH_SIZE];
	int fd;

	fd = file_open(path_set(path, "%s/cgroup.procs", cgroup), O_WRONLY);
	if (write(fd, "0", 1) != 1)
		test_bail("cannot move to %s", cgroup);
	close(fd);
}

/* The id of a cgroup is its folder's file handle, 8 bytes. */
static inline __u64 cgroup_id(const char *cgroup)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + 8];
	} u = { .handle.handle_bytes = 8 };
	int mount_id;
	__u64 id;

	if (name_to_handle_at(AT_FDCWD, cgroup, &u.handle, &mount_id, 0))
		test_bail("no file handle for %s", cgroup);
	memcpy(&id, u.handle.f_handle, sizeof(id));
	return id;
}

static inline void scope_add(struct policy *policy, const char *cgroup)
{
	__u64 id = cgroup_id(cgroup);
	__u32 value = 1;

	map_set(policy_map(policy, "scope"), &id, &value);
}

static inline void scope_remove(struct policy *policy, const char *cgroup)
{
	__u64 id = cgroup_id(cgroup);

	map_clear(policy_map(policy, "scope"), &id);
}

static inline void cgroups_init(void)
{
	if (mkdir(CGROUPS, 0755) && errno != EEXIST)
		test_bail("cannot make %s", CGROUPS);
	if (mount("test", CGROUPS, "cgroup2", 0, NULL))
		test_bail("cannot mount the cgroups");
	for (size_t i = 0; i < ARRAY_SIZE(cgroups); i++)
		if (mkdir(cgroups[i], 0755))
			test_bail("cannot make %s", cgroups[i]);
}

static inline void cgroups_done(void)
{
	for (size_t i = ARRAY_SIZE(cgroups); i--; )
		if (rmdir(cgroups[i]))
			test_bail("cannot remove %s", cgroups[i]);
	unmount(CGROUPS);
	rmdir(CGROUPS);
}

#endif /* POLICY_TEST_CGROUPS_H */
