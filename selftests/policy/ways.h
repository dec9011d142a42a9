/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies: a way of doing something that a policy denies is
 * tried
 *
 *   without the policy	it must work
 *   with it		it must fail with EPERM, and the policy must report it
 *   in audit mode	it must work, and the policy must report it
 *   after the policy	it must work
 *
 * Where there is something like it that the policy allows, that has to work all
 * the time, unreported.
 */
#ifndef POLICY_TEST_WAYS_H
#define POLICY_TEST_WAYS_H

#include "events.h"
#include "files.h"

/* One of the two functions, which return 0 or a negative errno, is set. */
struct way {
	const char *what;
	int (*try)(void *arg);	/* in the test's own process */
	int (*alone)(void);	/* in a child of its own: see in_child() */
	const char *hook;	/* that reports it; NULL: any */
	int works;		/* what it returns when it is not denied */
	int denied;		/* what it returns when it is: 0 stands for -EPERM */
	bool no_like;		/* there is nothing like it that is allowed */
};

#define WAY(text, function) { .what = text, .try = function }
#define WAY_ALONE(text, function) { .what = text, .try = function, .no_like = true }
#define WAY_FAILS(text, function, as) { .what = text, .try = function, .works = as }
#define WAY_ALONE_FAILS(text, function, as) \
	{ .what = text, .try = function, .works = as, .no_like = true }
#define WAY_DENIED(text, function, as) { .what = text, .try = function, .denied = as }
#define WAY_CHILD(text, function, by) { .what = text, .alone = function, .hook = by }

#define MAX_WAYS 96
#define CHILD_KILLED -254
#define CHILD_FAILED -255

/*
 * In a child, which a signal may end, with a mount name space of its own, so that
 * no try finds what another one left. Its status is a positive errno.
 */
static inline int in_child(int (*try)(void))
{
	int status, pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS))
			_exit(-CHILD_FAILED);
		_exit(-try());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		test_bail("cannot run a child");
	return WIFEXITED(status) ? -WEXITSTATUS(status) : CHILD_KILLED;
}

static inline int way_try(const struct way *way, void *arg)
{
	return way->alone ? in_child(way->alone) : way->try(arg);
}

/* The same, and whether it was reported as it should, and counted. */
static inline int way_try_reported(const struct way *way, void *arg,
				   struct policy *policy, struct events *events,
				   bool audit, bool *reported)
{
	enum lsmslot_counter counter = audit ? LSMSLOT_AUDITED : LSMSLOT_DENIED;
	__u64 before = policy_counter(policy, counter);
	int err, nr;

	events_read(events);
	err = way_try(way, arg);
	nr = events_read(events);
	*reported = false;
	for (int i = 0; i < nr && i < MAX_EVENTS; i++) {
		const struct lsmslot_event *event = &events->seen[i];

		if (event->audit == audit && event->verdict == -EPERM && event->pid &&
		    (way->hook ? !strcmp(event->hook, way->hook) : event->hook[0]))
			*reported = policy_counter(policy, counter) > before;
	}
	return err;
}

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
	bool denial[MAX_WAYS], audit[MAX_WAYS], quiet[MAX_WAYS];
	static struct events events;
	int allowed[MAX_WAYS];
	struct policy policy;

	if (nr > MAX_WAYS)
		test_bail("more than %d ways", MAX_WAYS);
	for (int i = 0; i < nr; i++)
		before[i] = way_try(&ways[i], arg);
	start(&policy);
	events_open(&events, &policy);
	for (int i = 0; i < nr; i++) {
		allowed[i] = ways[i].works;
		quiet[i] = true;
		if (like && !ways[i].no_like) {
			events_read(&events);
			allowed[i] = way_try(&ways[i], like);
			quiet[i] = !events_read(&events);
		}
		denied[i] = way_try_reported(&ways[i], arg, &policy, &events, false,
					     &denial[i]);
	}
	policy_mode(&policy, LSMSLOT_AUDIT);
	for (int i = 0; i < nr; i++)
		audited[i] = way_try_reported(&ways[i], arg, &policy, &events, true,
					      &audit[i]);
	events_close(&events);
	policy_detach(&policy);
	for (int i = 0; i < nr; i++) {
		bool lacks;
		int refused = ways[i].denied ? ways[i].denied : -EPERM;

		after = way_try(&ways[i], arg);
		/* The policy denies what this kernel does not have as well. */
		lacks = missing(before[i]) && before[i] != ways[i].works;
		works = lacks ? before[i] : ways[i].works;
		if (lacks && denied[i] == before[i]) {
			test_skip("%s: this kernel has no %s", name, ways[i].what);
			continue;
		}
		if (!test_ok(before[i] == works && denied[i] == refused && denial[i] &&
			     allowed[i] == ways[i].works && quiet[i] &&
			     audited[i] == works && audit[i] && after == works,
			     "%s: %s%s", name, ways[i].what,
			     lacks ? " (which this kernel lacks)" : ""))
			test_diag("before: %d; denied: %d%s; the like: %d%s; audit: %d%s; after: %d",
				  before[i], denied[i], denial[i] ? "" : " unreported",
				  allowed[i], quiet[i] ? "" : " reported", audited[i],
				  audit[i] ? "" : " unreported", after);
	}
}

#endif /* POLICY_TEST_WAYS_H */
