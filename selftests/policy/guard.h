/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies that deny by hook: a way around a policy is tried
 *
 *   without the policy	it must work
 *   with it		it must fail with EPERM, and the policy must report it
 *   in audit mode	it must work, and the policy must report it
 *   after the policy	it must work
 *
 * each time in a child of its own with a mount namespace of its own, so that no
 * try finds what another one left.
 */
#ifndef POLICY_TEST_GUARD_H
#define POLICY_TEST_GUARD_H

#include <lsmslot/event.h>
#include <lsmslot/inode_lookup.h>

#include "files.h"

struct way {
	const char *what;
	int (*try)(void);	/* 0, or a negative errno */
	const char *hook;	/* that reports it */
};

struct guard {
	struct policy policy;
	struct ring_buffer *events;
	const char *hook;	/* waited for */
	int seen;		/* events from that hook since then */
	bool audit;
};

static inline int guard_event(void *data, void *sample, size_t size)
{
	const struct lsmslot_event *event = sample;
	struct guard *guard = data;

	if (size < sizeof(*event) || event->verdict != -EPERM || !event->pid)
		return 0;
	if (event->audit == guard->audit && !strcmp(event->hook, guard->hook))
		guard->seen++;
	return 0;
}

/* Attach all programs of an object that the caller opened and set up. */
static inline void guard_attach(struct guard *guard, struct bpf_object *object)
{
	struct policy *policy = &guard->policy;
	struct bpf_program *program;

	memset(guard, 0, sizeof(*guard));
	guard->hook = "";
	policy->object = object;
	if (!object || bpf_object__load(object))
		test_bail("cannot load the policy");
	guard->events = ring_buffer__new(policy_map(policy, "events"), guard_event,
					 guard, NULL);
	if (!guard->events)
		test_bail("cannot read events");
	bpf_object__for_each_program(program, object) {
		struct bpf_link *link = bpf_program__attach_lsm(program);

		if (!link)
			test_bail("cannot attach %s", bpf_program__name(program));
		policy->links[policy->nr_links++] = link;
	}
}

static inline void guard_detach(struct guard *guard)
{
	ring_buffer__free(guard->events);
	policy_detach(&guard->policy);
}

static inline void guard_mode(struct guard *guard, enum lsmslot_mode mode)
{
	struct lsmslot_settings settings = { .mode = mode };
	__u32 zero = 0;

	map_set(policy_map(&guard->policy, "settings"), &zero, &settings);
	guard->audit = mode == LSMSLOT_AUDIT;
}

static inline __u64 guard_counter(struct guard *guard, enum lsmslot_counter which)
{
	__u64 values[256] = {}, sum = 0;
	__u32 key = which;

	if (bpf_map_lookup_elem(policy_map(&guard->policy, "counters"), &key, values))
		test_bail("cannot read a counter");
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		sum += values[i];
	return sum;
}

/* In a child, which a signal may end; its status is a positive errno. */
static inline int guard_try(int (*try)(void))
{
	int status, pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS))
			_exit(255);
		_exit(-try());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		test_bail("cannot run a child");
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -254;
}

/* The same, waiting for a report from @hook. */
static inline int guard_try_reported(struct guard *guard, const struct way *way,
				     bool *reported)
{
	enum lsmslot_counter counter = guard->audit ? LSMSLOT_AUDITED : LSMSLOT_DENIED;
	__u64 before;
	int err;

	guard->hook = "";
	ring_buffer__consume(guard->events);
	guard->hook = way->hook;
	guard->seen = 0;
	before = guard_counter(guard, counter);
	err = guard_try(way->try);
	ring_buffer__consume(guard->events);
	*reported = guard->seen && guard_counter(guard, counter) > before;
	return err;
}

/*
 * The executable at @path, or with NULL the test itself: by its path, because
 * /proc/self/exe leads to a mount of another mount namespace.
 */
static inline struct lsmslot_inode_id guard_exe_id(const char *path)
{
	struct lsmslot_inode_id id = {};
	char self[PATH_SIZE] = {};
	int fd, err;

	if (!path && readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		test_bail("no /proc/self/exe");
	fd = file_open(path ? path : self, O_PATH);
	err = lsmslot_inode_id_of(fd, &id);
	errno = -err;
	if (err)
		test_bail("cannot identify %s", path ? path : self);
	close(fd);
	return id;
}

#define MAX_WAYS 64

/* @open returns the object with its constants set, @setup fills its maps. */
static inline void ways_run(const char *who, const struct way *ways, size_t nr,
			    struct bpf_object *(*open)(void),
			    void (*setup)(struct policy *policy))
{
	int before[MAX_WAYS], denied[MAX_WAYS], audited[MAX_WAYS], after;
	bool denial[MAX_WAYS], audit[MAX_WAYS];
	struct guard guard;

	if (nr > MAX_WAYS)
		test_bail("more than %d ways", MAX_WAYS);
	for (size_t i = 0; i < nr; i++)
		before[i] = guard_try(ways[i].try);
	guard_attach(&guard, open());
	if (setup)
		setup(&guard.policy);
	for (size_t i = 0; i < nr; i++)
		denied[i] = guard_try_reported(&guard, &ways[i], &denial[i]);
	guard_mode(&guard, LSMSLOT_AUDIT);
	for (size_t i = 0; i < nr; i++)
		audited[i] = guard_try_reported(&guard, &ways[i], &audit[i]);
	guard_detach(&guard);
	for (size_t i = 0; i < nr; i++) {
		after = guard_try(ways[i].try);
		if (before[i] == -EOPNOTSUPP && after == before[i])
			test_skip("%s: this machine cannot: %s", who, ways[i].what);
		else if (!test_ok(!before[i] && denied[i] == -EPERM && denial[i] &&
				  !audited[i] && audit[i] && !after, "%s: %s", who,
				  ways[i].what))
			test_diag("before: %d; attached: %d%s; audit: %d%s; after: %d",
				  before[i], denied[i], denial[i] ? "" : " unreported",
				  audited[i], audit[i] ? "" : " unreported", after);
	}
}

#define SCOPE_CGROUP "/sys/fs/cgroup/lsmslot-guard-test"

/* Runs @try in the cgroup. */
static int (*guard_scoped_try)(void);

static inline int guard_in_cgroup(void)
{
	int fd = open(SCOPE_CGROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		return -253;
	close(fd);
	return guard_scoped_try();
}

/* An object opened with lsmslot_scoped set: @try is denied in one cgroup only. */
static inline void scope_run(const char *who, int (*try)(void),
			     struct bpf_object *(*open)(void),
			     void (*setup)(struct policy *policy))
{
	struct guard guard;
	struct stat stat_of;
	__u32 one = 1;
	__u64 id;
	int inside, outside;

	if (mkdir(SCOPE_CGROUP, 0755) || stat(SCOPE_CGROUP, &stat_of))
		test_bail("cannot make %s", SCOPE_CGROUP);
	id = stat_of.st_ino;	/* which is the cgroup's id */
	guard_attach(&guard, open());
	if (setup)
		setup(&guard.policy);
	map_set(policy_map(&guard.policy, "scope"), &id, &one);
	outside = guard_try(try);
	guard_scoped_try = try;
	inside = guard_try(guard_in_cgroup);
	guard_detach(&guard);
	rmdir(SCOPE_CGROUP);
	if (!test_ok(inside == -EPERM && !outside, "%s: denied in its scope only", who))
		test_diag("in scope: %d, outside: %d", inside, outside);
}

#endif /* POLICY_TEST_GUARD_H */
