// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Scope of a policy: it counts in the listed cgroups and below, nowhere else,
 * and for a task where the task is.
 */
#define _GNU_SOURCE
#include "attempt.h"
#include "cgroups.h"
#include "events.h"

#define TEST_FILE TEST_ROOT "/file"

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
	cgroups_init();
	file_write(TEST_FILE, "x", 1, 0644);

	policy_attach_scoped(&policy, "protect_files");
	list_path(policy_map(&policy, "protected"), TEST_FILE, PROTECT_FILES_FULL);
	inside_and_outside(&policy);
	moves();
	limits(&policy);
	policy_detach(&policy);

	cgroups_done();
	return test_done();
}
