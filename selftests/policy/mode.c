// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mode of a policy: audit reports and lets through, enforce denies, a change
 * counts at once and for descriptors that are open, and a value that means
 * nothing enforces.
 */
#define _GNU_SOURCE
#include "attempt.h"
#include "events.h"
#include "exec.h"

static struct events events;

static int open_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void audit(struct policy *policy, int map)
{
	char file[] = TEST_ROOT "/file", away[] = TEST_ROOT "/away";
	__u64 denied, audited;

	file_write(file, "x", 1, 0644);
	list_path(map, file, PROTECT_FILES_FULL);
	denied = policy_counter(policy, LSMSLOT_DENIED);
	audited = policy_counter(policy, LSMSLOT_AUDITED);

	policy_mode(policy, LSMSLOT_AUDIT);
	events_read(&events);
	test_ok(!open_write(file), "audit: an open is let through");
	test_ok(events_read(&events) == 1 && events.seen[0].audit &&
		events.seen[0].verdict == -EPERM &&
		!strcmp(events.seen[0].hook, "file_open") &&
		!strcmp(events.seen[0].name, "/file"), "audit: and reported");
	test_ok(policy_counter(policy, LSMSLOT_AUDITED) == audited + 1 &&
		policy_counter(policy, LSMSLOT_DENIED) == denied,
		"audit: and counted as that");
	test_ok(!result(rename(file, away)) && !result(rename(away, file)),
		"audit: a rename is let through");
	test_ok(events_read(&events) == 2, "audit: each is reported");
	unlist_path(map, file);
	test_ok(!open_write(file) && !events_read(&events),
		"audit: what is not listed is not reported");
	list_path(map, file, PROTECT_FILES_FULL);
}

static void change(struct policy *policy)
{
	static const __u32 unknown[] = { 2, 77, 0xffffffff };
	char file[] = TEST_ROOT "/file";
	int fd = file_open(file, O_WRONLY);

	test_ok(write(fd, "y", 1) == 1, "audit: a write to what is open");
	policy_mode(policy, LSMSLOT_ENFORCE);
	events_read(&events);
	test_ok(write(fd, "y", 1) < 0 && errno == EPERM,
		"enforce: the next write to it is denied");
	test_ok(events_read(&events) == 1 && !events.seen[0].audit,
		"enforce: and reported as denied");
	policy_mode(policy, LSMSLOT_AUDIT);
	test_ok(write(fd, "y", 1) == 1, "audit again: the next one is not");
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		policy_mode(policy, unknown[i]);
		test_ok(open_write(file) == -EPERM, "mode %u, unknown: denied",
			unknown[i]);
	}
	policy_mode(policy, LSMSLOT_ENFORCE);
	close(fd);
}

static void exec_guard(void)
{
	static struct events guard_events;
	struct blob blob = blob_read("/proc/self/exe");
	int fd = memfd_create("payload", MFD_CLOEXEC), nr;
	bool opened = false, checked = false;
	struct policy policy;

	if (fd < 0 || write(fd, blob.data, blob.size) != (ssize_t)blob.size)
		test_bail("cannot fill a memfd");
	free(blob.data);
	policy_attach(&policy, "exec_guard");
	events_open(&guard_events, &policy);
	test_ok(exec_fd(fd) == -EPERM, "exec-guard, enforce: a memfd does not run");
	policy_mode(&policy, LSMSLOT_AUDIT);
	events_read(&guard_events);
	test_ok(!exec_fd(fd), "exec-guard, audit: it does");
	nr = events_read(&guard_events);
	for (int i = 0; i < nr && i < MAX_EVENTS; i++) {
		opened |= !strcmp(guard_events.seen[i].hook, "file_open");
		checked |= !strcmp(guard_events.seen[i].hook, "bprm_check_security");
	}
	test_ok(opened && checked, "exec-guard, audit: reported by each hook that saw it");
	events_close(&guard_events);
	policy_detach(&policy);
	close(fd);
}

int main(int argc, char **argv)
{
	struct policy policy;
	int map;

	exec_payload(argc, argv);
	files_init();
	policy_attach(&policy, "protect_files");
	events_open(&events, &policy);
	map = policy_map(&policy, "protected");
	audit(&policy, map);
	change(&policy);
	events_close(&events);
	policy_detach(&policy);
	exec_guard();
	return test_done();
}
