// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Scope of a policy: it counts in the listed cgroups and below, nowhere else,
 * and for a task where the task is.
 */
#define _GNU_SOURCE
#include "attempt.h"
#include "events.h"

#define CGROUPS TEST_ROOT "-cgroups"
#define TEST_CGROUP CGROUPS "/lsmslot-scope"
#define TEST_FILE TEST_ROOT "/file"

static const char *const cgroups[] = {
	TEST_CGROUP,
	TEST_CGROUP "/in",
	TEST_CGROUP "/in/below",
	TEST_CGROUP "/in/below/deep",
	TEST_CGROUP "/inner",		/* a name that begins like the listed one */
};

static void move_to(const char *cgroup)
{
	char path[PATH_SIZE];
	int fd;

	fd = file_open(path_set(path, "%s/cgroup.procs", cgroup), O_WRONLY);
	if (write(fd, "0", 1) != 1)
		test_bail("cannot move to %s", cgroup);
	close(fd);
}

/* The id of a cgroup is its folder's file handle, 8 bytes. */
static __u64 cgroup_id(const char *cgroup)
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

static void scope_add(struct policy *policy, const char *cgroup)
{
	__u64 id = cgroup_id(cgroup);
	__u32 value = 1;

	map_set(policy_map(policy, "scope"), &id, &value);
}

static void scope_remove(struct policy *policy, const char *cgroup)
{
	__u64 id = cgroup_id(cgroup);

	map_clear(policy_map(policy, "scope"), &id);
}

static int write_file(void)
{
	int fd = open(TEST_FILE, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* By a child that starts in @cgroup. */
static int write_in(const char *cgroup)
{
	int status, pid = fork();

	if (!pid) {
		move_to(cgroup);
		_exit(-write_file());
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("cannot wait");
	return -WEXITSTATUS(status);
}

static void inside_and_outside(struct policy *policy)
{
	static struct events events;

	events_open(&events, policy);
	test_ok(!write_in(TEST_CGROUP "/in"), "empty scope: the policy counts nowhere");
	scope_add(policy, TEST_CGROUP "/in");
	events_read(&events);
	test_ok(!write_in(TEST_CGROUP), "above the listed cgroup: allowed");
	test_ok(!write_in(TEST_CGROUP "/inner"), "beside it: allowed");
	test_ok(!write_file(), "where the test is: allowed");
	test_ok(!events_read(&events) && !policy_counter(policy, LSMSLOT_DENIED),
		"outside nothing is reported or counted");
	test_ok(write_in(TEST_CGROUP "/in") == -EPERM, "in the listed cgroup: denied");
	test_ok(events_read(&events) == 1 &&
		events.seen[0].cgroup == cgroup_id(TEST_CGROUP "/in"),
		"the event has the cgroup's id");
	test_ok(write_in(TEST_CGROUP "/in/below") == -EPERM, "one level below: denied");
	test_ok(write_in(TEST_CGROUP "/in/below/deep") == -EPERM,
		"two levels below: denied");
	test_ok(events_read(&events) == 2 &&
		events.seen[1].cgroup == cgroup_id(TEST_CGROUP "/in/below/deep"),
		"the event has the task's own cgroup");
	policy_mode(policy, LSMSLOT_AUDIT);
	test_ok(!write_in(TEST_CGROUP "/in") && events_read(&events) == 1,
		"audit mode, inside: allowed and reported");
	test_ok(!write_in(TEST_CGROUP) && !events_read(&events),
		"audit mode, outside: not reported");
	policy_mode(policy, LSMSLOT_ENFORCE);
	events_close(&events);
}

static void moves(void)
{
	int from_child[2], pid, err[4];

	if (pipe(from_child))
		test_bail("cannot make a pipe");
	pid = fork();
	if (!pid) {
		for (int i = 0; i < 4; i++) {
			int result;

			if (i == 1 || i == 3)
				move_to(TEST_CGROUP "/in/below");
			if (i == 2)
				move_to(TEST_CGROUP);
			result = write_file();
			if (write(from_child[1], &result, sizeof(result)) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < 4; i++)
		if (read(from_child[0], &err[i], sizeof(err[i])) != sizeof(err[i]))
			test_bail("no answer from the child");
	if (waitpid(pid, NULL, 0) != pid)
		test_bail("cannot wait");
	test_ok(!err[0] && err[1] == -EPERM && !err[2] && err[3] == -EPERM,
		"a task that moves: allowed, denied, allowed, denied");
	close(from_child[0]);
	close(from_child[1]);
}

/* The root, and a task further down than the policy looks. */
static void limits(struct policy *policy)
{
	char deep[PATH_SIZE * 2] = TEST_CGROUP "/inner", path[PATH_SIZE * 2];
	int levels = 0;

	scope_add(policy, CGROUPS);
	test_ok(write_in(TEST_CGROUP "/inner") == -EPERM && write_file() == -EPERM,
		"the root cgroup listed: denied everywhere");
	scope_remove(policy, CGROUPS);
	test_ok(!write_in(TEST_CGROUP "/inner"), "and no longer");

	for (; levels < 40; levels++) {
		strcat(deep, "/d");
		if (mkdir(deep, 0755))
			test_bail("cannot make %s", deep);
		if (levels == 20)
			test_ok(!write_in(deep), "23 levels down, not listed: allowed");
	}
	test_ok(write_in(deep) == -EPERM,
		"more levels down than are looked at: denied");
	for (; levels; levels--) {
		strcpy(path, deep);
		if (rmdir(path))
			test_bail("cannot remove %s", path);
		*strrchr(deep, '/') = '\0';
	}

	scope_remove(policy, TEST_CGROUP "/in");
	test_ok(!write_in(TEST_CGROUP "/in"), "taken out of the scope: allowed");
}

int main(void)
{
	struct policy policy;

	files_init();
	if (mkdir(CGROUPS, 0755) && errno != EEXIST)
		test_bail("cannot make %s", CGROUPS);
	if (mount("test", CGROUPS, "cgroup2", 0, NULL))
		test_bail("cannot mount the cgroups");
	for (size_t i = 0; i < ARRAY_SIZE(cgroups); i++)
		if (mkdir(cgroups[i], 0755))
			test_bail("cannot make %s", cgroups[i]);
	file_write(TEST_FILE, "x", 1, 0644);

	policy_attach_scoped(&policy, "protect_files");
	list_path(policy_map(&policy, "protected"), TEST_FILE, PROTECT_FILES_FULL);
	inside_and_outside(&policy);
	moves();
	limits(&policy);
	policy_detach(&policy);

	for (size_t i = ARRAY_SIZE(cgroups); i--; )
		if (rmdir(cgroups[i]))
			test_bail("cannot remove %s", cgroups[i]);
	unmount(CGROUPS);
	rmdir(CGROUPS);
	return test_done();
}
