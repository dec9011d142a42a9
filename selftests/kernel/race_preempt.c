// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A task is preempted at the first instruction of bpf_lsm_<hook>(), before it
 * has taken RCU's read lock or looked at anything.  Meanwhile the only program
 * of the hook is detached and freed, and its memory and its slot are used
 * again.  6.12's trampolines may then run freed memory; here the task must
 * find the hook as it is when it goes on.
 *
 * A kprobe at that instruction wakes a task of higher priority that keeps the
 * only CPU that the victim may use.  For that the kernel must preempt itself:
 * boot with preempt=full.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/utsname.h>

#include "churn.h"
#include "race_preempt.skel.h"
#include "recorder.h"
#include "slots.h"

#define HOOK_FUNCTION	"bpf_lsm_" RECORDER_HOOK
#define RT_RUNTIME	"/proc/sys/kernel/sched_rt_runtime_us"
#define NEW		40
#define ROUNDS		6

static struct recorder r;
static struct race_preempt_bpf *probe;

struct shared {
	bool ready, hold, holding;	/* the CPU */
	bool go, finished;	/* the victim's call */
	__u32 victim;
	int answer;
};

static struct shared shared;

#define GET(field)	  __atomic_load_n(&shared.field, __ATOMIC_ACQUIRE)
#define SET(field, value) __atomic_store_n(&shared.field, value, __ATOMIC_RELEASE)

static void become(int cpu, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) ||
	    (priority && sched_setscheduler(0, SCHED_FIFO, &param)))
		test_bail("cannot run at priority %d on CPU %d", priority, cpu);
}

static int ignore(void *context, void *data, size_t size)
{
	return 0;
}

/* Keeps CPU 1 from when the probe wakes it until it is told to let go. */
static void *hog_thread(void *unused)
{
	struct ring_buffer *ring;

	ring = ring_buffer__new(bpf_map__fd(probe->maps.wakeups), ignore, NULL, NULL);
	if (!ring)
		test_bail("no ring buffer");
	become(1, 50);
	SET(ready, true);
	for (;;) {
		if (ring_buffer__poll(ring, -1) <= 0)
			continue;
		SET(holding, true);
		while (GET(hold))
			;
		SET(holding, false);
	}
	return NULL;
}

static void *victim_thread(void *unused)
{
	become(1, 10);
	SET(victim, task_id());
	r.skel->bss->watched[1] = task_id();
	for (;;) {
		while (!GET(go))
			nap(1);
		SET(go, false);
		shared.answer = recorder_call(&r);
		SET(finished, true);
	}
	return NULL;
}

static bool wait_for(bool *flag)
{
	double end = seconds_now() + test_limit(10);

	while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE)) {
		if (seconds_now() > end)
			return false;
		nap(1);
	}
	return true;
}

/* The victim's place in the hook's function, -1 if it is not there. */
static int victim_offset(void)
{
	unsigned int offset = 0;
	char path[64], line[256];
	FILE *file;
	int found = -1;

	snprintf(path, sizeof(path), "/proc/self/task/%u/stack", GET(victim));
	file = fopen(path, "re");
	if (!file)
		test_bail("cannot open %s", path);
	while (fgets(line, sizeof(line), file)) {
		char *at = strstr(line, " " HOOK_FUNCTION "+");

		if (at && sscanf(at, " " HOOK_FUNCTION "+%x", &offset) == 1)
			found = offset;
	}
	fclose(file);
	return found;
}

/* Where the victim stands when the CPU is taken from it. */
static int start_call(void)
{
	recorder_forget(&r);
	SET(finished, false);
	SET(hold, true);
	probe->bss->victim = GET(victim);
	SET(go, true);
	if (!wait_for(&shared.holding))
		test_bail("the victim did not come to the hook's function");
	return victim_offset();
}

static void end_call(void)
{
	SET(hold, false);
	if (!wait_for(&shared.finished))
		test_bail("the victim's call does not end");
}

static void check(int old, bool new)
{
	const char *what = new ? "replaced" : "detached";
	__u32 id = recorder_id(&r, old), ran[] = { NEW };
	int offset;

	r.skel->bss->verdicts[old] = -VERDICT_OF(old);
	r.skel->bss->verdicts[NEW] = -VERDICT_OF(NEW);
	recorder_attach(&r, old);
	if (!slots_settled(r.links[old]))
		test_bail("slots are not filled");
	offset = start_call();
	/* endbr64 and the call that the probe sits in take 9 bytes. */
	test_ok(offset >= 0 && offset <= 9 && !GET(finished),
		"%s: the task is held at the entry (offset %d)", what, offset);
	recorder_detach(&r, old);
	recorder_drop(&r, old);
	test_ok(program_goes(id, 20), "%s: the program goes, the task is not waited for",
		what);
	churn();
	nap(100);
	churn();
	if (new)
		recorder_attach(&r, NEW);
	test_ok(!GET(finished) && victim_offset() == offset,
		"%s: the task is still there", what);
	recorder_forget(&r);
	end_call();
	test_ok(recorder_ran(&r, 1, ran, new) &&
		shared.answer == (new ? VERDICT_OF(NEW) : 0),
		"%s: the task finds the hook as it is now (answer %d)", what,
		shared.answer);
	if (new)
		recorder_detach(&r, NEW);
}

/* RCU and timers run in threads there, which the task with the CPU keeps from it. */
static bool threads_starve(void)
{
	struct utsname name;

	return !uname(&name) && strstr(name.version, " PREEMPT_RT ");
}

/* As it was booted, or as it was built. */
static bool kernel_preempts(void)
{
	char text[4096] = "";
	FILE *file = fopen("/proc/cmdline", "re");
	struct utsname name;

	if (!uname(&name) && strstr(name.version, " PREEMPT "))
		return true;
	if (!file || !fgets(text, sizeof(text), file))
		test_bail("cannot read /proc/cmdline");
	fclose(file);
	return strstr(text, "preempt=full");
}

static bool can_run(void)
{
	const char *lacks = NULL;

	if (!have_slots())
		lacks = "kernel has no LSM slots";
	else if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		lacks = "one CPU";
	else if (threads_starve())
		lacks = "with PREEMPT_RT the threads of RCU and timers would starve; race_entry has the race";
	else if (!kernel_preempts())
		lacks = "kernel does not preempt itself, boot with preempt=full";
	if (lacks)
		test_skip("a task preempted before the hook's locks: %s", lacks);
	return !lacks;
}

static void start_threads(void)
{
	pthread_t hog, victim;

	if (pthread_create(&hog, NULL, hog_thread, NULL) ||
	    pthread_create(&victim, NULL, victim_thread, NULL))
		test_bail("cannot start a thread");
	while (!GET(victim) || !GET(ready))
		nap(1);
}

int main(void)
{
	if (!can_run())
		return test_done();
	become(0, 0);
	recorder_load(&r, NEW + 1, 0, false);
	probe = race_preempt_bpf__open_and_load();
	if (!probe || race_preempt_bpf__attach(probe))
		test_bail("cannot probe " HOOK_FUNCTION);
	write_text(RT_RUNTIME, "-1");
	start_threads();
	for (int i = 0; i < ROUNDS; i++)
		check(i, i % 2);
	write_text(RT_RUNTIME, "950000");
	test_ok(!recorder_call(&r), "in the end the call passes");
	recorder_free(&r);
	race_preempt_bpf__detach(probe);
	return test_done();
}
