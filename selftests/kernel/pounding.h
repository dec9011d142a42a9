/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tasks that call the recorder's hook as fast as they can and compare each
 * answer with the one that they were told to expect.
 */
#ifndef POUNDING_H
#define POUNDING_H

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "recorder.h"

#define POUNDING_TASKS	3
#define POUNDING_MAX	16
#define POUNDING_YIELD	16	/* calls */

struct pounding_task {
	unsigned long calls, wrong;
	bool stop;
} __attribute__((aligned(64)));

struct pounding_sum {
	unsigned long calls, wrong;
	unsigned long least;	/* calls of the task with the fewest */
};

static struct pounding_task *pounding_tasks;
static pid_t pounding_pids[POUNDING_MAX];

/* How many tasks, up to POUNDING_MAX. */
static int pounding_nr = POUNDING_TASKS;

/* How many of the last CPUs to leave to others. */
static int pounding_spare;

/* The tasks are spread over the CPUs, and may not move. */
static inline void pounding_pin(int task)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN) - pounding_spare;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(task % (cpus > 0 ? cpus : 1), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		_exit(1);
}

static inline void pounding_run(const struct recorder *r, int number, int answer)
{
	struct pounding_task *task = &pounding_tasks[number];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pounding_pin(number);
	while (!__atomic_load_n(&task->stop, __ATOMIC_RELAXED)) {
		if (recorder_call(r) != answer)
			task->wrong++;
		__atomic_store_n(&task->calls, task->calls + 1, __ATOMIC_RELAXED);
		/*
		 * A task cannot leave its CPU inside a program, where it mostly is: one
		 * that is to go offline could wait for very long.
		 */
		if (task->calls % POUNDING_YIELD == 0)
			sched_yield();
	}
	_exit(0);
}

/* Returns when each task has made a call. */
static inline void pounding_start(const struct recorder *r, int answer)
{
	if (!pounding_tasks)
		pounding_tasks = mmap(NULL, POUNDING_MAX * sizeof(*pounding_tasks),
				      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				      -1, 0);
	if (pounding_tasks == MAP_FAILED)
		test_bail("no shared memory");
	memset(pounding_tasks, 0, POUNDING_MAX * sizeof(*pounding_tasks));
	for (int i = 0; i < pounding_nr; i++) {
		pounding_pids[i] = fork();
		if (pounding_pids[i] < 0)
			test_bail("cannot fork");
		if (!pounding_pids[i])
			pounding_run(r, i, answer);
	}
	for (int i = 0; i < pounding_nr; i++)
		while (!__atomic_load_n(&pounding_tasks[i].calls, __ATOMIC_RELAXED))
			nap(1);
}

/* Calls up to now of the task with the fewest. */
static inline unsigned long pounding_least(void)
{
	unsigned long least = -1UL, calls;

	for (int i = 0; i < pounding_nr; i++) {
		calls = __atomic_load_n(&pounding_tasks[i].calls, __ATOMIC_RELAXED);
		if (calls < least)
			least = calls;
	}
	return least;
}

static inline struct pounding_sum pounding_stop(void)
{
	struct pounding_sum sum = { .least = -1UL };
	int status;

	for (int i = 0; i < pounding_nr; i++)
		__atomic_store_n(&pounding_tasks[i].stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < pounding_nr; i++) {
		if (waitpid(pounding_pids[i], &status, 0) < 0 || status)
			test_bail("a calling task died");
		sum.calls += pounding_tasks[i].calls;
		sum.wrong += pounding_tasks[i].wrong;
		if (pounding_tasks[i].calls < sum.least)
			sum.least = pounding_tasks[i].calls;
	}
	return sum;
}

#endif /* POUNDING_H */
