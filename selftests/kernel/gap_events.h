/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For gap_system.c: what happens to the system meanwhile.  Each event has a
 * step, which makes it happen once and counts it if it did.
 */
#ifndef GAP_EVENTS_H
#define GAP_EVENTS_H

#include "../policy/kmod_lock_module.h"
#include "churn.h"
#include "gap_change.h"

/* What happened; each event has two counts of its own. */
struct event_counts {
	unsigned long tried, happened, more;
};

struct event {
	const char *what;
	/* Why it cannot be had here, NULL if it can. */
	const char *(*missing)(void);
	void (*step)(const struct change_task *task, struct event_counts *counts);
	/* What "more" counts, and must it be some? */
	const char *more;
	bool needs_more;
};

/* The first line of a file. */
static inline const char *read_line(const char *path)
{
	static char line[4096];
	FILE *file = fopen(path, "re");

	line[0] = '\0';
	if (file && fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
	return line;
}

/* 0 or a negative errno. */
static inline int try_text(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = -errno;
	close(fd);
	return err;
}

/* A number in a file of lines "name number". */
static inline long read_entry(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	long number = -1, value;
	char word[128];

	while (file && fscanf(file, "%127s %ld", word, &value) == 2)
		if (!strcmp(word, name))
			number = value;
	if (file)
		fclose(file);
	return number;
}

/* --- A CPU goes and comes back ---------------------------------------------- */

#define CPU_FILE "/sys/devices/system/cpu/cpu%d/online"

static inline const char *cpu_missing(void)
{
	char path[64];

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return "one CPU";
	snprintf(path, sizeof(path), CPU_FILE, 1);
	return access(path, W_OK) ? "kernel has no CPU hotplug" : NULL;
}

/* Those of a CPU that was away were moved and may be anywhere: pins them again. */
static inline void cpu_pin_again(void)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	for (int i = 0; i < pounding_nr; i++) {
		CPU_ZERO(&set);
		CPU_SET(i % cpus, &set);
		if (sched_setaffinity(pounding_pids[i], sizeof(set), &set))
			test_bail("cannot move a calling task");
	}
}

static inline void cpu_step(const struct change_task *task, struct event_counts *counts)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), cpu = 1 + random() % (cpus - 1);
	char path[64];
	bool gone;

	snprintf(path, sizeof(path), CPU_FILE, cpu);
	write_text(path, "0");
	gone = sysconf(_SC_NPROCESSORS_ONLN) == cpus - 1 && !strcmp(read_line(path), "0");
	change_wait(5);
	write_text(path, "1");
	counts->happened += gone && sysconf(_SC_NPROCESSORS_ONLN) == cpus &&
			    !strcmp(read_line(path), "1");
	cpu_pin_again();
	change_wait(2);
	counts->more = counts->happened;
}

/* --- Control groups ---------------------------------------------------------- */

#define GROUP_ROOT	"/sys/fs/cgroup"
#define GROUP		GROUP_ROOT "/lsmslot_gap"
#define GROUP_CHANGE	GROUP "/change"	/* the process that changes, at times a hog */
#define GROUP_ATTACK	GROUP "/attack"	/* and a number: every other calling task */

static bool have_groups, have_memory_group, had_memory;

static inline void group_remove(void)
{
	rmdir(GROUP_CHANGE);
	rmdir(GROUP_ATTACK "0");
	rmdir(GROUP_ATTACK "1");
	rmdir(GROUP);
	if (have_memory_group && !had_memory)
		try_text(GROUP_ROOT "/cgroup.subtree_control", 0, "-memory");
}

static inline void group_make(void)
{
	group_remove();
	if (mkdir(GROUP, 0755))
		return;
	had_memory = strstr(read_line(GROUP_ROOT "/cgroup.subtree_control"), "memory");
	try_text(GROUP_ROOT "/cgroup.subtree_control", 0, "+memory");
	try_text(GROUP "/cgroup.subtree_control", 0, "+memory");
	have_groups = !mkdir(GROUP_CHANGE, 0755) && !mkdir(GROUP_ATTACK "0", 0755) &&
		      !mkdir(GROUP_ATTACK "1", 0755) &&
		      !access(GROUP_CHANGE "/cgroup.freeze", W_OK);
	have_memory_group = have_groups && !access(GROUP_CHANGE "/memory.max", W_OK);
}

static inline void group_attackers(void)
{
	char text[32];

	for (int i = 0; have_groups && i < pounding_nr; i++) {
		snprintf(text, sizeof(text), "%d", pounding_pids[i]);
		write_text(i % 2 ? GROUP_ATTACK "1/cgroup.procs" :
			   GROUP_ATTACK "0/cgroup.procs", text);
	}
}

/* --- No memory --------------------------------------------------------------- */

#define HOG_BYTES	(64UL << 20)
#define SLACK_BYTES	(4UL << 20)

static inline const char *memory_missing(void)
{
	return have_memory_group ? NULL : "no control group with memory.max at " GROUP_ROOT;
}

/* To what is in use, and @more bytes. */
static inline void memory_limit(unsigned long more)
{
	unsigned long now = strtoul(read_line(GROUP_CHANGE "/memory.current"), NULL, 10);
	char text[32];

	snprintf(text, sizeof(text), "%lu", now + more);
	write_text(GROUP_CHANGE "/memory.max", text);
}

/* Uses more than there is until it is killed for it. */
static inline bool memory_hog(void)
{
	int status, pid = fork();
	char *memory;

	if (pid < 0)
		test_bail("cannot fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		write_text("/proc/self/oom_score_adj", "1000");
		write_text(GROUP_CHANGE "/cgroup.procs", "0");
		memory = mmap(NULL, HOG_BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (unsigned long at = 0; at < HOG_BYTES; at += 4096)
			((volatile char *)memory)[at] = 1;
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		test_bail("lost a child");
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* Another dies of it first; then the process that changes gets no more memory. */
static inline void memory_step(const struct change_task *task, struct event_counts *counts)
{
	const char *events = GROUP_CHANGE "/memory.events";
	long kills = read_entry(events, "oom_kill");
	unsigned long before = change_read(&change_counts->no_memory);
	double end = seconds_now() + test_limit(5);

	memory_limit(SLACK_BYTES);
	counts->happened += memory_hog() && read_entry(events, "oom_kill") > kills;
	memory_limit(0);
	__atomic_store_n(&change_counts->fill, true, __ATOMIC_RELAXED);
	while (change_read(&change_counts->no_memory) < before + 3 && seconds_now() < end)
		nap(5);
	counts->more += change_read(&change_counts->no_memory) > before;
	__atomic_store_n(&change_counts->fill, false, __ATOMIC_RELAXED);
	write_text(GROUP_CHANGE "/memory.max", "max");
	change_wait(2);
}

/* --- The freezer ------------------------------------------------------------- */

static inline const char *freeze_missing(void)
{
	return have_groups ? NULL : "no control group with cgroup.freeze at " GROUP_ROOT;
}

/* Returns when it is so. */
static inline bool freeze(const char *group, bool on)
{
	double end = seconds_now() + test_limit(20);
	char path[128];

	snprintf(path, sizeof(path), "%s/cgroup.freeze", group);
	write_text(path, on ? "1" : "0");
	snprintf(path, sizeof(path), "%s/cgroup.events", group);
	while (read_entry(path, "frozen") != on) {
		if (seconds_now() > end)
			return false;
		nap(1);
	}
	return true;
}

static inline unsigned long attempts_of(int group)
{
	unsigned long sum = 0;

	for (int i = group; i < pounding_nr; i += 2)
		sum += change_read(&pounding_tasks[i].calls);
	return sum;
}

/* While others are frozen nothing of the hook is held that this needs. */
static inline bool change_here(const struct change_task *task)
{
	int link = link_attach_at(change_fd(task, task->pool[0][1]), 0, 0, 0);
	bool good = link >= 0 && recorder_call(task->r) == task->answer;

	if (link >= 0)
		close(link);
	return good && recorder_call(task->r) == task->answer;
}

/* Waits until the process is amid a change, but not for long. */
static inline bool change_busy(void)
{
	double end = seconds_now() + test_limit(2);

	while (!__atomic_load_n(&change_counts->busy, __ATOMIC_RELAXED)) {
		if (seconds_now() > end)
			return false;
		usleep(100);
	}
	return true;
}

/*
 * The process that changes, in the middle of a change; some of those that call;
 * or all of them.
 */
static inline void freeze_step(const struct change_task *task, struct event_counts *counts)
{
	bool changer = counts->tried % 3 != 1, attackers = counts->tried % 3 != 0, ok = true;
	int first = counts->tried / 3 % 2, last = counts->tried % 3 == 2 ? !first : first;
	unsigned long changes, attempts[2];
	bool middle = false;

	if (changer) {
		middle = change_busy();
		ok = freeze(GROUP_CHANGE, true);
	}
	for (int i = 0; attackers && i < 2; i++)
		if (i == first || i == last)
			ok &= freeze(i ? GROUP_ATTACK "1" : GROUP_ATTACK "0", true);
	changes = change_read(&change_counts->done);
	attempts[0] = attempts_of(0);
	attempts[1] = attempts_of(1);

	if (changer)
		ok &= change_here(task);
	else
		ok &= change_wait(3);
	nap(20);
	if (changer)
		ok &= changes == change_read(&change_counts->done);
	for (int i = 0; attackers && i < 2; i++)
		if (i == first || i == last)
			ok &= attempts[i] == attempts_of(i);

	ok &= freeze(GROUP_ATTACK "0", false) & freeze(GROUP_ATTACK "1", false) &
	      freeze(GROUP_CHANGE, false);
	ok &= change_wait(4);
	counts->happened += ok;
	counts->more += middle;
}

/* --- Modules and other programs ---------------------------------------------- */

#define MODULE_NAME "lsmslot_gap"

static inline int module_load(void)
{
	static struct module_image image;

	if (!image.size)
		module_make(&image, MODULE_NAME, false);
	return syscall(SYS_init_module, image.data, image.size, "") ? -errno : 0;
}

static inline int module_unload(void)
{
	return syscall(SYS_delete_module, MODULE_NAME, O_NONBLOCK) ? -errno : 0;
}

static inline const char *module_missing(void)
{
	static char reason[128];
	int err = module_load();

	if (!err)
		err = module_unload();
	if (!err)
		return NULL;
	snprintf(reason, sizeof(reason), "kernel does not take the test's module: %s",
		 strerror(-err));
	return reason;
}

static inline bool module_listed(void)
{
	FILE *file = fopen("/proc/modules", "re");
	char line[512];
	bool found = false;

	while (file && fgets(line, sizeof(line), file))
		found |= !strncmp(line, MODULE_NAME " ", strlen(MODULE_NAME " "));
	if (file)
		fclose(file);
	return found;
}

static inline void module_step(const struct change_task *task, struct event_counts *counts)
{
	bool ok = true;

	for (int i = 0; i < 5; i++) {
		ok &= !module_load() && module_listed();
		ok &= !module_unload() && !module_listed();
	}
	change_wait(1);
	churn();
	change_wait(1);
	counts->happened += ok;
	counts->more += CHURN_PROGRAMS;
}

/* --- Others patch the same functions ----------------------------------------- */

#define TRACE_ROOT	"/sys/kernel/tracing"
#define KPROBES		TRACE_ROOT "/kprobe_events"

static inline const char *trace_missing(void)
{
	if (access(TRACE_ROOT "/set_ftrace_filter", W_OK))
		return "kernel has no function tracer";
	return access(KPROBES, W_OK) ? "kernel has no kprobe events" : NULL;
}

/* Entries of the trace so far. */
static inline unsigned long trace_entries(void)
{
	FILE *file = fopen(TRACE_ROOT "/trace", "re");
	unsigned long entries = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "# entries-in-buffer/entries-written: %*u/%lu", &entries) == 1)
			break;
	if (file)
		fclose(file);
	return entries;
}

/* Calls of the hook's functions are recorded while the programs change. */
static inline bool trace_functions(void)
{
	static const char *const functions[] = {
		"bpf_lsm_" RECORDER_HOOK, "security_" RECORDER_HOOK,
	};
	bool ok = !try_text(TRACE_ROOT "/set_ftrace_filter", O_TRUNC,
			    functions[random() % 2]);

	ok &= !try_text(TRACE_ROOT "/current_tracer", 0, "function");
	change_wait(3);
	ok &= trace_entries() > 0;
	/* Both functions, and one fewer. */
	ok &= !try_text(TRACE_ROOT "/set_ftrace_filter", O_TRUNC, functions[0]);
	ok &= !try_text(TRACE_ROOT "/set_ftrace_filter", O_APPEND, functions[1]);
	change_wait(1);
	ok &= !try_text(TRACE_ROOT "/current_tracer", 0, "nop");
	ok &= !try_text(TRACE_ROOT "/set_ftrace_filter", O_TRUNC, "");
	return ok;
}

/* The hits of a probe; the file has three columns a line. */
static inline long probe_hits(const char *name)
{
	FILE *file = fopen(TRACE_ROOT "/kprobe_profile", "re");
	long number = -1, hits;
	char word[128];

	while (file && fscanf(file, "%127s %ld %*d", word, &hits) == 2)
		if (!strcmp(word, name))
			number = hits;
	if (file)
		fclose(file);
	return number;
}

/* Is the probe taken and, if the calls come by it, hit? */
static inline bool probe(const char *definition, bool must_hit)
{
	bool ok;

	if (try_text(KPROBES, O_APPEND, definition))
		return false;
	ok = !try_text(TRACE_ROOT "/events/lsmslot_gap/probe/enable", 0, "1");
	change_wait(2);
	ok &= !try_text(TRACE_ROOT "/events/lsmslot_gap/probe/enable", 0, "0");
	ok &= !must_hit || probe_hits("probe") > 0;
	ok &= !try_text(KPROBES, O_APPEND, "-:lsmslot_gap/probe");
	return ok;
}

/* Inside a function the kernel takes what is the start of an instruction. */
static inline unsigned int probe_inside(void)
{
	unsigned int taken = 0;
	char text[128];

	for (int i = 0; i < 16 && !taken; i++) {
		snprintf(text, sizeof(text), "p:lsmslot_gap/probe bpf_lsm_" RECORDER_HOOK "+%ld",
			 1 + random() % 200);
		taken += probe(text, false);
	}
	return taken;
}

static inline void trace_step(const struct change_task *task, struct event_counts *counts)
{
	static const char *const probes[] = {
		"p:lsmslot_gap/probe bpf_lsm_" RECORDER_HOOK,
		"r:lsmslot_gap/probe security_" RECORDER_HOOK,
		"p:lsmslot_gap/probe security_" RECORDER_HOOK,
		"r:lsmslot_gap/probe bpf_lsm_" RECORDER_HOOK,
	};
	static unsigned int times;

	if (times++ % 2) {
		counts->happened += probe(probes[times / 2 % 4], true);
		counts->more += probe_inside();
	} else {
		counts->happened += trace_functions();
	}
}

static const struct event events[] = {
	{ "CPU hotplug", cpu_missing, cpu_step, "times a CPU was away and came back",
	  true },
	{ "no memory", memory_missing, memory_step, "times the changing process got no memory",
	  true },
	{ "freezer", freeze_missing, freeze_step, "times it was in the middle of a change",
	  true },
	{ "modules", module_missing, module_step, "programs loaded and freed beside", true },
	{ "tracing", trace_missing, trace_step, "probes inside the hook's function", false },
};

#define NR_EVENTS (sizeof(events) / sizeof(*events))

#endif /* GAP_EVENTS_H */
