/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For gap_system.c: a process that changes the hook's programs without end, in
 * front of a program that denies and behind it, and after each change makes the
 * denied call itself.  It attaches at random places, detaches, replaces its own
 * programs and the denier by one with the same verdict, asks for the list, turns
 * kernel.bpf_stats_enabled and kernel.lsm_slots.
 *
 * All its memory is there from the start, so that it can go on where it gets no
 * more: then each of these is done or fails with ENOMEM.
 */
#ifndef GAP_CHANGE_H
#define GAP_CHANGE_H

#include <sys/eventfd.h>

#include "linkctl.h"
#include "pounding.h"
#include "slots.h"

#define CHANGE_POOL		12	/* links that come and go */
#define CHANGE_FILLERS		256
#define CHANGE_STATS_FILE	"/proc/sys/kernel/bpf_stats_enabled"

/* What the process is to work on. */
struct change_task {
	struct recorder *r;
	int hook;		/* BTF id; 0: the kernel has no order and no list */
	int denier, twin;	/* program numbers */
	int denier_link, others;	/* that, and how many links stay beside it */
	int answer;
	/* Each link of the pool has one of two programs. */
	int pool[CHANGE_POOL][2];
};

/* What it did, for the others to read. */
struct change_counts {
	unsigned long done, attached, detached, replaced, asked, turned;
	unsigned long no_memory, calls;
	unsigned long passed;	/* calls without the denier's answer */
	unsigned long wrong;	/* lists that were not as they should be */
	unsigned long failed;	/* with another error than ENOMEM */
	int error;		/* the last such */
	const char *what;	/* while doing what */
	bool busy;		/* in a change right now */
	bool fill;		/* it is to use up what memory it gets */
	bool stop;
};

struct change_link {
	int fd;			/* 0: not attached */
	bool swapped;
	bool trampoline;	/* so a chosen place is refused, for all */
};

static struct change_counts *change_counts;
static struct change_link change_links[CHANGE_POOL];
static bool change_slots = true;	/* where programs without a chosen place go */
static int change_fillers[CHANGE_FILLERS], change_nr_fillers;
static pid_t change_pid;

static inline unsigned long change_read(const unsigned long *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

static inline int change_fd(const struct change_task *task, int program)
{
	return bpf_program__fd(task->r->programs[program]);
}

/* The result of a change: was it done? */
static inline bool change_result(int result, const char *what)
{
	if (result >= 0)
		return true;
	if (result == -ENOMEM) {
		change_counts->no_memory++;
	} else {
		change_counts->failed++;
		change_counts->error = -result;
		change_counts->what = what;
	}
	return false;
}

/* From the trampoline, if the switch says so or another does. */
static inline bool change_trampoline(void)
{
	bool trampoline = !change_slots;

	for (int i = 0; i < CHANGE_POOL; i++)
		trampoline |= change_links[i].fd && change_links[i].trampoline;
	return trampoline;
}

static inline void change_attach(const struct change_task *task, int at)
{
	static const __u32 sides[] = { LINK_BEFORE, LINK_AFTER };
	bool trampoline = !task->hook || change_trampoline();
	__u32 flags = !trampoline && random() % 4 ? sides[random() % 2] : 0;
	bool beside = flags && random() % 2;
	int fd;

	fd = link_attach_at(change_fd(task, task->pool[at][0]),
			    flags | (beside ? LINK_LINK : 0),
			    beside ? task->denier_link : 0, 0);
	if (!change_result(fd, "attaching"))
		return;
	change_links[at] = (struct change_link) { .fd = fd, .trampoline = trampoline };
	change_counts->attached++;
}

static inline void change_detach(int at)
{
	change_result(close(change_links[at].fd) ? -errno : 0, "detaching");
	change_links[at].fd = 0;
	change_counts->detached++;
}

static inline void change_replace(const struct change_task *task, int at)
{
	struct change_link *link = &change_links[at];
	int program = task->pool[at][!link->swapped];

	if (!link->fd || link->trampoline)
		return;
	if (!change_result(link_replace(link->fd, change_fd(task, program), -1), "replacing"))
		return;
	link->swapped = !link->swapped;
	change_counts->replaced++;
}

static inline void change_denier(const struct change_task *task)
{
	static bool swapped;
	int program = swapped ? task->denier : task->twin;

	if (!task->hook)
		return;
	if (!change_result(link_replace(task->denier_link, change_fd(task, program), -1),
			   "replacing the denier"))
		return;
	swapped = !swapped;
	change_counts->replaced++;
}

/* The list has what stays and what this process attached, no more and no less. */
static inline void change_ask(const struct change_task *task)
{
	static struct hook_list list;
	unsigned int wanted = task->others + 1, found = 0;

	if (!task->hook || !change_result(hook_query(task->hook, &list), "asking"))
		return;
	for (int i = 0; i < CHANGE_POOL; i++)
		wanted += !!change_links[i].fd;
	for (unsigned int i = 0; i < list.nr && i < LIST_MAX; i++)
		found += list.progs[i] == prog_id_of(change_fd(task, task->denier)) ||
			 list.progs[i] == prog_id_of(change_fd(task, task->twin));
	change_counts->wrong += list.nr != wanted || found != 1;
	change_counts->asked++;
}

/* Mostly to where slots are in use. */
static inline void change_turn(void)
{
	bool slots = have_slots() && random() % 2, on = random() % 4 ? slots : !slots;
	int fd = open(slots ? LSM_SLOT_SYSCTL_FILE : CHANGE_STATS_FILE,
		      O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || write(fd, on ? "1" : "0", 1) != 1)
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (!change_result(err, "turning a switch"))
		return;
	change_counts->turned++;
	if (!slots)
		return;
	change_slots = on;
	for (int i = 0; on && i < CHANGE_POOL; i++)
		if (change_links[i].fd && change_links[i].trampoline)
			change_detach(i);
}

/* Descriptors of which each needs some of the kernel's memory. */
static inline void change_fill(void)
{
	int fd = 0;

	if (!__atomic_load_n(&change_counts->fill, __ATOMIC_RELAXED)) {
		while (change_nr_fillers)
			close(change_fillers[--change_nr_fillers]);
		return;
	}
	while (change_nr_fillers < CHANGE_FILLERS && fd >= 0) {
		fd = eventfd(0, EFD_CLOEXEC);
		if (fd >= 0)
			change_fillers[change_nr_fillers++] = fd;
	}
}

static inline void change_one(const struct change_task *task)
{
	int at = random() % CHANGE_POOL;

	switch (random() % 12) {
	case 0:
		change_ask(task);
		break;
	case 1:
		change_denier(task);
		break;
	case 2:
	case 3:
		change_replace(task, at);
		break;
	case 4:
		change_turn();
		break;
	default:
		if (change_links[at].fd)
			change_detach(at);
		else
			change_attach(task, at);
	}
}

static inline void change_run(const struct change_task *task)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!__atomic_load_n(&change_counts->stop, __ATOMIC_RELAXED)) {
		change_fill();
		__atomic_store_n(&change_counts->busy, true, __ATOMIC_RELAXED);
		change_one(task);
		__atomic_store_n(&change_counts->busy, false, __ATOMIC_RELAXED);
		change_counts->passed += recorder_call(task->r) != task->answer;
		change_counts->calls++;
		__atomic_store_n(&change_counts->done, change_counts->done + 1,
				 __ATOMIC_RELAXED);
		/* Leaves time to settle, or does not. */
		if (!(random() % 3))
			nap(random() % 30);
	}
	change_ask(task);
	_exit(0);
}

/* @group: the process's control group, NULL for none of its own. */
static inline void change_start(const struct change_task *task, const char *group)
{
	char path[256];

	if (!change_counts)
		change_counts = mmap(NULL, sizeof(*change_counts), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (change_counts == MAP_FAILED)
		test_bail("no shared memory");
	memset(change_counts, 0, sizeof(*change_counts));
	change_pid = fork();
	if (change_pid < 0)
		test_bail("cannot fork");
	if (change_pid)
		return;
	if (group) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", group);
		write_text(path, "0");
		write_text("/proc/self/oom_score_adj", "-1000");
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		test_bail("cannot lock memory");
	change_run(task);
}

/* What it attached goes with it. */
static inline void change_stop(void)
{
	int status;

	__atomic_store_n(&change_counts->stop, true, __ATOMIC_RELAXED);
	if (waitpid(change_pid, &status, 0) != change_pid || status)
		test_bail("the changing process died (status %#x)", status);
}

/* Waits for @nr changes from now on, but not for long. */
static inline bool change_wait(unsigned long nr)
{
	unsigned long from = change_read(&change_counts->done);
	double end = seconds_now() + test_limit(20);

	while (change_read(&change_counts->done) - from < nr) {
		if (seconds_now() > end)
			return false;
		nap(2);
	}
	return true;
}

#endif /* GAP_CHANGE_H */
