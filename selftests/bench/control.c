// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * control [--rounds N]: what a change of a hook's programs takes, and what it
 * does to calls of the hook.
 *
 * Prints figures as JSON lines, section "control".  On the hook of getpgid(),
 * with 0, 8 and 20 other programs that return 0:
 *
 *   attach, detach, replace, reorder, query   elapsed nanoseconds of the system
 *	calls; load "loaded": beside a task that calls the hook all the time.
 *	reorder is detach and attach at the other end.
 *   call    one getpgid(): load "settled", or right after a change, when the
 *	programs run from the array.  $BENCH_UNIT says what the TSC counts.
 *   loop    one getpgid() of a task beside which programs are attached and
 *	detached all the time ("loaded") or not ("idle"): nanoseconds of its CPU
 *	time.
 *
 * The value of a figure is the median of its samples; of counted instructions
 * the least.  The first round of changes is not a sample, as it finds caches
 * cold and timers at any phase.  What the kernel cannot do has a "reason" instead of samples.
 *
 * Status: 0 measured, 1 something failed that should not, 2 bad usage.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <x86intrin.h>

#include "linkctl.h"

#define HOOK		"task_getpgid"
#define MOST_OTHERS	20
#define CALLS		100	/* in a sample of "call" */
#define LOOP		50000	/* in a sample of "loop" */
#define MAX_ROUNDS	1000

struct sample {
	double value, ticks;	/* ticks: 0 if not read */
};

struct series {
	struct sample samples[MAX_ROUNDS + 1];
	int nr, err;
};

static int btf_id, rounds = 20;
static int others[MOST_OTHERS], links[MOST_OTHERS], nr_others;
static int first, second;	/* the programs that are attached, and replaced by each other */
static pid_t self;	/* getpgid(0) does not call the hook */
static bool counts;		/* the TSC counts instructions: the least sample is exact */

static int load_program(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = BPF_LSM_MAC,
		.attach_btf_id = btf_id);
	int fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "bench_noop", "GPL", insns,
			       sizeof(insns) / sizeof(*insns), &opts);

	if (fd < 0)
		test_bail("cannot load a program for " HOOK ": %d", fd);
	return fd;
}

static double now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static unsigned long long ticks(void)
{
	unsigned long long now;

	_mm_lfence();
	now = __rdtsc();
	_mm_lfence();
	return now;
}

struct watch {
	double ns;
	unsigned long long ticks;
};

static void watch_start(struct watch *watch)
{
	watch->ns = now_ns(CLOCK_MONOTONIC_RAW);
	watch->ticks = ticks();
}

static struct sample watch_stop(const struct watch *watch)
{
	unsigned long long end = ticks();

	return (struct sample){
		.ticks = end - watch->ticks,
		.value = now_ns(CLOCK_MONOTONIC_RAW) - watch->ns,
	};
}

static void keep(struct series *series, struct sample sample)
{
	series->samples[series->nr++] = sample;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The least sample where chance only adds to it, else the median. */
static double figure_of(const struct series *series, bool of_ticks, bool least)
{
	static double values[MAX_ROUNDS];
	int i;

	for (i = 0; i < series->nr; i++)
		values[i] = of_ticks ? series->samples[i].ticks : series->samples[i].value;
	qsort(values, series->nr, sizeof(*values), compare);
	return least ? values[0] : values[series->nr / 2];
}

static void print_samples(const struct series *series, const char *name, bool of_ticks)
{
	int i;

	printf(",\"%s\":[", name);
	for (i = 0; i < series->nr; i++)
		printf("%s%.3f", i ? "," : "",
		       of_ticks ? series->samples[i].ticks : series->samples[i].value);
	printf("]");
}

static void print_figure(const char *name, const char *load, const char *unit,
			 const struct series *series)
{
	printf("{\"section\":\"control\",\"name\":\"%s\",\"operation\":\"getpgid\",\"programs\":%d,"
	       "\"load\":\"%s\",\"unit\":\"%s\"", name, nr_others, load, unit);
	if (series->err) {
		printf(",\"reason\":\"the kernel cannot: %s\"}\n", strerror(-series->err));
		return;
	}
	print_samples(series, "samples", false);
	printf(",\"value\":%.3f", figure_of(series, false, strcmp(unit, "ns") && counts));
	if (series->samples[0].ticks) {
		print_samples(series, "ticks_samples", true);
		printf(",\"ticks\":%.0f", figure_of(series, true, false));
	}
	printf("}\n");
}

static bool settling(int link)
{
	union {
		struct bpf_link_info bpf;
		char room[256];
	} info = {};
	struct lsm_slot_link_info *lsm =
		(void *)(info.room + offsetof(struct bpf_link_info, tracing));
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &size))
		test_bail("cannot ask about a link");
	return lsm->flags & LSM_SLOT_LINK_SETTLING;
}

/* Until @link's hook has settled; without a link, for as long as that takes. */
static void settle(int link)
{
	int tries;

	if (link < 0) {
		usleep(100000);
		return;
	}
	for (tries = 0; tries < 10000; tries++) {
		if (!settling(link))
			return;
		usleep(1000);
	}
	test_bail("the hook does not settle; are run statistics on?");
}

static int any_link(void)
{
	return nr_others ? links[0] : -1;
}

static int attach(int program, __u32 flags)
{
	int link = link_attach_at(program, flags, 0, 0);

	if (link < 0)
		test_bail("cannot attach: %s", strerror(-link));
	return link;
}

static void add_others(int nr)
{
	while (nr_others < nr) {
		links[nr_others] = attach(others[nr_others], 0);
		nr_others++;
	}
	settle(any_link());
}

/* Average of some calls; none of them waits. */
static struct sample calls(void)
{
	unsigned long long start = ticks();
	int i;

	for (i = 0; i < CALLS; i++)
		syscall(SYS_getpgid, self);
	return (struct sample){ .value = (double)(ticks() - start) / CALLS };
}

/* A task that calls the hook until it is killed. */
static pid_t start_loader(void)
{
	pid_t pid = fork();

	if (pid < 0)
		test_bail("cannot fork");
	if (pid)
		return pid;
	for (;;)
		syscall(SYS_getpgid, self);
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

struct changes {
	struct series attach, detach, replace, reorder, query;
	struct series settled, after_attach, after_detach, after_replace;
};

static void replace_once(struct changes *c, int link)
{
	struct watch watch;
	int err;

	watch_start(&watch);
	err = link_replace(link, second, -1);
	if (err) {
		c->replace.err = c->after_replace.err = err;
		return;
	}
	keep(&c->replace, watch_stop(&watch));
	keep(&c->after_replace, calls());
	settle(link);
	if (link_replace(link, first, -1))
		test_bail("replaced, but not back");
	settle(link);
}

static void reorder_once(struct changes *c, int *link)
{
	struct watch watch;

	if (!have_link_order()) {
		c->reorder.err = -EOPNOTSUPP;
		return;
	}
	watch_start(&watch);
	close(*link);
	*link = attach(first, LINK_AFTER);
	keep(&c->reorder, watch_stop(&watch));
	settle(*link);
}

static void query_once(struct changes *c)
{
	struct hook_list list;
	struct watch watch;

	watch_start(&watch);
	c->query.err = hook_query(btf_id, &list);
	if (!c->query.err)
		keep(&c->query, watch_stop(&watch));
}

static void measure_changes(const char *load)
{
	static struct changes c;
	bool loaded = !strcmp(load, "loaded");
	const char *unit = getenv("BENCH_UNIT") ?: "cycles";
	pid_t pid = loaded ? start_loader() : 0;
	struct watch watch;
	int i, link;

	c = (struct changes){};
	for (i = -1; i < rounds; i++) {
		if (!i)
			c = (struct changes){};
		keep(&c.settled, calls());
		watch_start(&watch);
		link = attach(first, 0);
		keep(&c.attach, watch_stop(&watch));
		keep(&c.after_attach, calls());
		settle(link);
		replace_once(&c, link);
		reorder_once(&c, &link);
		query_once(&c);
		watch_start(&watch);
		close(link);
		keep(&c.detach, watch_stop(&watch));
		keep(&c.after_detach, calls());
		settle(any_link());
	}
	if (loaded)
		stop(pid);
	print_figure("attach", load, "ns", &c.attach);
	print_figure("detach", load, "ns", &c.detach);
	print_figure("replace", load, "ns", &c.replace);
	print_figure("reorder", load, "ns", &c.reorder);
	print_figure("query", load, "ns", &c.query);
	if (loaded)
		return;
	print_figure("call", "settled", unit, &c.settled);
	print_figure("call", "after attach", unit, &c.after_attach);
	print_figure("call", "after detach", unit, &c.after_detach);
	print_figure("call", "after replace", unit, &c.after_replace);
}

/* @ns: CPU time of one call in a child; returns after it has begun. */
static pid_t start_loop(double *ns)
{
	pid_t pid = fork();
	double start;
	int i;

	if (pid < 0)
		test_bail("cannot fork");
	if (pid)
		return pid;
	start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (i = 0; i < LOOP; i++)
		syscall(SYS_getpgid, self);
	*ns = (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / LOOP;
	_exit(0);
}

static void measure_loop(const char *load)
{
	static struct series series;
	bool loaded = !strcmp(load, "loaded");
	double *ns = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int i, status;
	pid_t pid;

	if (ns == MAP_FAILED)
		test_bail("no memory");
	series = (struct series){};
	for (i = 0; i < rounds; i++) {
		pid = start_loop(ns);
		while (loaded && !waitpid(pid, &status, WNOHANG))
			close(attach(first, 0));
		if (!loaded)
			waitpid(pid, &status, 0);
		keep(&series, (struct sample){ .value = *ns });
		settle(any_link());
	}
	munmap(ns, 4096);
	print_figure("loop", load, "ns", &series);
}

static void usage(void)
{
	fprintf(stderr, "usage: control [--rounds N], N from 1 to %d\n", MAX_ROUNDS);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{}
	};
	static const int loads[] = { 0, 8, MOST_OTHERS };
	const char *unit = getenv("BENCH_UNIT") ?: "cycles";
	size_t i;
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "r:", options, NULL)) >= 0) {
		if (c != 'r')
			usage();
		rounds = strtol(optarg, &end, 10);
		if (*end || end == optarg || rounds < 1 || rounds > MAX_ROUNDS)
			usage();
	}
	if (optind < argc)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	self = getpid();
	counts = !strcmp(unit, "instructions");
	btf_id = libbpf_find_vmlinux_btf_id(HOOK, BPF_LSM_MAC);
	if (btf_id < 0)
		test_bail("no hook " HOOK);
	first = load_program();
	second = load_program();
	for (i = 0; i < MOST_OTHERS; i++)
		others[i] = load_program();
	for (i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
		add_others(loads[i]);
		measure_changes("idle");
		measure_changes("loaded");
		measure_loop("idle");
		measure_loop("loaded");
	}
	return 0;
}
