// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot events: denials and audit hits as they happen. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "args.h"
#include "escape.h"
#include "event_policy.h"
#include "event_text.h"
#include "event_trace.h"
#include "host.h"
#include "pins.h"

/* How often to look for policies that came or went, and for lost events. */
#define SCAN_MS 1000

/* Events handed out between two looks at signals and at the clock. */
#define BATCH 256

static const char usage[] =
	"usage: lsmslot events [POLICY]... [-j] [-c N] [-n] [-t]\n\n"
	"Shows the denials and audit hits of the policies pinned below " POLICIES_DIR ",\n"
	"or of POLICY only, a directory there or the path of one elsewhere: what waits in\n"
	"their ring buffers, and then each as it happens, until interrupted.\n\n"
	"  -c, --count N    end after N events\n"
	"  -n, --since-now  leave out what happened before\n"
	"  -t, --trace      also show denials of programs that no shown policy reports\n"
	"  -j, --json       print JSON, an object a line\n"
	"  -h, --help       show this\n";

static const struct option options[] = {
	{ "count",     required_argument, NULL, 'c' },
	{ "since-now", no_argument,       NULL, 'n' },
	{ "trace",     no_argument,       NULL, 't' },
	{ "json",      no_argument,       NULL, 'j' },
	{ "help",      no_argument,       NULL, 'h' },
	{}
};

/* A program that the tracepoint named, and whether a ring buffer has it too. */
struct traced_prog {
	__u32 id;
	char *name;
	bool covered;
};

/**
 * struct reader - a run of 'lsmslot events'
 * @json: print JSON
 * @closed: nobody reads the output any more
 * @all: follow every policy, not only those named
 * @since: leave out events before this, CLOCK_BOOTTIME in nanoseconds
 * @left: events to show before ending; negative for no limit
 * @batch: events to take before looking around
 * @epoll_fd: for all that can happen
 * @policies: those named, or those found so far
 * @nr_policies: how many
 * @current: whose ring buffer is being read
 * @bad_size: size of an event that is none, 0 if there was none
 * @trace: NULL without --trace
 * @progs: programs the tracepoint named since the last scan
 * @nr_progs: how many
 */
struct reader {
	bool json, closed, all;
	unsigned long long since;
	long long left;
	int batch, epoll_fd;
	struct event_policy **policies, *current;
	size_t nr_policies, bad_size;
	struct event_trace *trace;
	struct traced_prog *progs;
	size_t nr_progs;
};

static volatile sig_atomic_t stop;
static int stop_fd = -1;

static void on_signal(int sig)
{
	const unsigned long long one = 1;
	int err = errno;

	(void)sig;
	stop = 1;
	if (write(stop_fd, &one, sizeof(one)) < 0)
		(void)sig;	/* the counter is full: it is readable already */
	errno = err;
}

static unsigned long long clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Negative when reading is to pause, or to end. */
static int counted(struct reader *r)
{
	if (r->left > 0)
		r->left--;
	if (!r->left || ferror(stdout))
		return -ECANCELED;
	return --r->batch > 0 ? 0 : -EAGAIN;
}

static int take_event(void *ctx, void *data, size_t size)
{
	const struct lsmslot_event *event = data;
	struct reader *r = ctx;

	if (size != sizeof(*event)) {
		r->bad_size = size;
		return -EBADMSG;
	}
	if (event->time < r->since)
		return 0;
	event_print(event, r->current->name, r->json);
	return counted(r);
}

static void note_lost(struct reader *r, struct event_policy *p)
{
	unsigned long long lost = event_policy_lost(p);

	if (lost > p->lost)
		event_note(r->json, "lost", p->name, lost - p->lost,
			   "policy %s lost %llu events: its ring buffer was full",
			   p->name, lost - p->lost);
	p->lost = lost;
}

static int drain(struct reader *r, struct event_policy *p)
{
	int err;

	r->current = p;
	r->batch = BATCH;
	err = ring_buffer__consume(p->ring);
	if (!r->bad_size)
		return err;
	fail(ST_FAILED, "events: policy %s reports events of %zu bytes, this loader knows those of %zu: they are from different versions",
	     p->name, r->bad_size, sizeof(struct lsmslot_event));
	p->refused_id = p->map_id;
	r->bad_size = 0;
	event_policy_close(p);
	return -EBADMSG;
}

/* Everything that is in the ring buffer now. */
static void drain_all(struct reader *r, struct event_policy *p)
{
	/* No more than it can hold, should it be filled all the while. */
	int batches = LSMSLOT_EVENTS_SIZE / sizeof(struct lsmslot_event) / BATCH + 1;

	while (batches-- && r->left && drain(r, p) == -EAGAIN)
		;
}

static int open_policy(struct reader *r, struct event_policy *p)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = p };
	__u32 id = event_policy_pinned(p);
	int status;

	status = event_policy_open(p, take_event, r);
	if (status) {
		p->refused_id = id;
		return status;
	}
	if (epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, ring_buffer__epoll_fd(p->ring), &event)) {
		event_policy_close(p);
		return fail(ST_FAILED, "events: cannot wait for events of policy %s: %s",
			    p->name, strerror(errno));
	}
	if (r->since)
		p->lost = event_policy_lost(p);
	p->without = 0;
	return ST_OK;
}

/* A ring buffer pinned in two places has one reader, this. */
static bool followed(const struct reader *r, const struct event_policy *but, __u32 id)
{
	size_t i;

	for (i = 0; i < r->nr_policies; i++)
		if (r->policies[i] != but && r->policies[i]->ring && r->policies[i]->map_id == id)
			return true;
	return false;
}

/* Notices that a policy came, changed or went. */
static int refresh(struct reader *r, struct event_policy *p)
{
	__u32 id = event_policy_pinned(p);

	if (p->ring && id == p->map_id) {
		note_lost(r, p);
		return ST_OK;
	}
	if (p->ring) {
		drain_all(r, p);
		note_lost(r, p);
		event_policy_close(p);
		event_note(r->json, id ? "replaced" : "gone", p->name, -1,
			   id ? "policy %s was replaced" : "policy %s is gone", p->name);
		p->lost = 0;
	}
	if (id && (id != p->refused_id || p->busy))
		return followed(r, p, id) ? ST_OK : open_policy(r, p);
	/* While 'lsmslot attach' is at it, the directory comes before the map. */
	if (!id && !access(p->dir, F_OK) && ++p->without == 2)
		event_note(r->json, "silent", p->name, -1,
			   "policy %s has no ring buffer, so it reports nothing here%s",
			   p->name, r->trace ? "" : "; try --trace");
	return ST_OK;
}

static void add_policy(struct reader *r, char *dir, bool named)
{
	size_t i;

	for (i = 0; i < r->nr_policies; i++) {
		if (!strcmp(r->policies[i]->dir, dir)) {
			free(dir);
			return;
		}
	}
	r->policies = xreallocarray(r->policies, r->nr_policies + 1, sizeof(*r->policies));
	r->policies[r->nr_policies++] = event_policy_new(dir, named);
}

/* What apply is about to put in place, or has yet to remove, is no policy. */
static void find_policies(struct reader *r)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(POLICIES_DIR);
	if (!dir)
		return;		/* nothing was ever attached */
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && entry->d_type == DT_DIR &&
		    !pin_is_staging(entry->d_name))
			add_policy(r, xasprintf(POLICIES_DIR "/%s", entry->d_name), false);
	closedir(dir);
}

static void forget_progs(struct reader *r)
{
	while (r->nr_progs)
		free(r->progs[--r->nr_progs].name);
}

/* The first failure; a policy that cannot be read keeps no other from it. */
static int scan(struct reader *r)
{
	int status = ST_OK, err;
	size_t i, j = 0;

	if (r->all)
		find_policies(r);
	forget_progs(r);
	for (i = 0; i < r->nr_policies; i++) {
		err = refresh(r, r->policies[i]);
		if (!status)
			status = err;
	}
	for (i = 0; i < r->nr_policies; i++) {
		struct event_policy *p = r->policies[i];

		if (p->ring || p->named || !access(p->dir, F_OK))
			r->policies[j++] = p;
		else
			event_policy_free(p);
	}
	r->nr_policies = j;
	return status;
}

/* True if the program writes to a ring buffer that is being read. */
static bool is_covered(const struct reader *r, const __u32 *maps, __u32 nr_maps)
{
	size_t i;

	for (i = 0; i < nr_maps; i++)
		if (followed(r, NULL, maps[i]))
			return true;
	return false;
}

static const struct traced_prog *traced_prog(struct reader *r, __u32 id)
{
	struct bpf_prog_info info = {};
	__u32 maps[64], len = sizeof(info);
	struct traced_prog *prog;
	size_t i;
	int fd;

	for (i = 0; i < r->nr_progs; i++)
		if (r->progs[i].id == id)
			return &r->progs[i];
	r->progs = xreallocarray(r->progs, r->nr_progs + 1, sizeof(*r->progs));
	prog = &r->progs[r->nr_progs++];
	memset(prog, 0, sizeof(*prog));
	prog->id = id;
	fd = id ? bpf_prog_get_fd_by_id(id) : -1;
	if (fd < 0)
		return prog;
	info.map_ids = (__u64)(unsigned long)maps;
	info.nr_map_ids = sizeof(maps) / sizeof(maps[0]);
	if (!bpf_obj_get_info_by_fd(fd, &info, &len)) {
		prog->name = escape_name(info.name, sizeof(info.name), ESCAPE_LINE);
		len = info.nr_map_ids < 64 ? info.nr_map_ids : 64;
		prog->covered = is_covered(r, maps, len);
	}
	close(fd);
	return prog;
}

static int take_denial(void *ctx, struct trace_denial *denial)
{
	struct reader *r = ctx;
	const struct traced_prog *prog;

	if (!r->left)
		return -ECANCELED;
	prog = traced_prog(r, denial->prog_id);
	if (prog->covered)
		return 0;
	denial->program = prog->name;
	trace_denial_print(denial, r->json);
	return counted(r) == -ECANCELED ? -ECANCELED : 0;
}

static void read_trace(struct reader *r)
{
	unsigned long long lost = event_trace_read(r->trace, take_denial, r);

	if (lost)
		event_note(r->json, "lost", NULL, lost, "--trace lost %llu denials: its buffer was full",
			   lost);
}

/* Waits, and handles what happened; enum status, -1 to go on. */
static int step(struct reader *r, int timeout)
{
	struct epoll_event events[16];
	int n, i;

	n = epoll_wait(r->epoll_fd, events, 16, timeout);
	if (n < 0 && errno != EINTR)
		return fail(ST_FAILED, "events: cannot wait for events: %s", strerror(errno));
	for (i = 0; i < n && r->left; i++) {
		struct event_policy *p = events[i].data.ptr;

		if (!p)
			continue;	/* the stop descriptor */
		if ((void *)p == stdout) {
			r->closed = true;
			return ST_FAILED;
		}
		if ((void *)p == r->trace)
			read_trace(r);
		else if (p->ring)
			drain(r, p);
	}
	/* main() says why output failed. */
	if (fflush(stdout) || ferror(stdout))
		return ST_FAILED;
	return stop || !r->left ? ST_OK : -1;
}

static int run(struct reader *r)
{
	unsigned long long next = clock_ns() + SCAN_MS * 1000000ull, now;
	int status = -1;
	size_t i;

	while (status < 0) {
		now = clock_ns();
		if (now >= next) {
			/* What is wrong was said; the other policies go on. */
			scan(r);
			next = now + SCAN_MS * 1000000ull;
		}
		status = step(r, (next - now) / 1000000 + 1);
	}
	if (status)
		return status;
	for (i = 0; i < r->nr_policies; i++) {
		if (!r->policies[i]->ring)
			continue;
		drain_all(r, r->policies[i]);
		if (r->policies[i]->ring)
			note_lost(r, r->policies[i]);
	}
	if (r->trace && r->left)
		read_trace(r);
	return ST_OK;
}

static int watch(struct reader *r)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sigaction action = { .sa_handler = on_signal };

	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->epoll_fd < 0 || stop_fd < 0 ||
	    epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, stop_fd, &event))
		return fail(ST_FAILED, "events: cannot wait for events: %s", strerror(errno));
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* A pipe whose reader is gone shows as an error; a file cannot be watched. */
	event.events = 0;
	event.data.ptr = stdout;
	if (epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, STDOUT_FILENO, &event) && errno != EPERM &&
	    errno != EBADF)
		return fail(ST_FAILED, "events: cannot watch the output: %s", strerror(errno));
	return ST_OK;
}

static int start(struct reader *r, char *const *names, size_t nr_names, bool trace)
{
	int status;
	char *dir;
	size_t i;

	for (i = 0; i < nr_names; i++) {
		dir = policy_dir(names[i], &status);
		if (!dir)
			return status;
		add_policy(r, dir, true);
		if (!event_policy_pinned(r->policies[r->nr_policies - 1]))
			return event_policy_open(r->policies[r->nr_policies - 1], take_event, r);
	}
	status = watch(r);
	if (!status && trace)
		status = event_trace_open(&r->trace);
	if (!status && trace && event_trace_watch(r->trace, r->epoll_fd, r->trace))
		status = fail(ST_FAILED, "events: cannot wait for the tracepoint: %s", strerror(errno));
	if (!status)
		status = scan(r);
	if (!status && !r->nr_policies && !trace)
		event_note(r->json, "waiting", NULL, -1,
			   "no policy is pinned below " POLICIES_DIR " yet; waiting for one");
	return status;
}

static int events(struct reader *r, char *const *names, size_t nr_names, bool trace)
{
	int status = need_capability("events", CAP_SYS_ADMIN);
	size_t i;

	if (!status)
		status = need_bpf_lsm();
	if (!status)
		status = need_bpffs(POLICIES_DIR);
	if (!status)
		status = start(r, names, nr_names, trace);
	if (!status)
		status = run(r);
	for (i = 0; i < r->nr_policies; i++)
		event_policy_free(r->policies[i]);
	free(r->policies);
	event_trace_close(r->trace);
	forget_progs(r);
	free(r->progs);
	if (r->epoll_fd >= 0)
		close(r->epoll_fd);
	if (r->closed) {
		/* As a write would have ended it, had there been one. */
		raise(SIGPIPE);
		status = fail(ST_FAILED, "cannot write the output: %s", strerror(EPIPE));
	}
	return status;
}

int cmd_events(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	struct reader r = { .epoll_fd = -1, .left = -1 };
	bool trace = false;
	__u64 count;

	while (next_option(&args)) {
		switch (args.option) {
		case 'c':
			args.status = arg_number(argv[0], "--count", optarg, &count);
			r.left = count;
			break;
		case 'n':
			r.since = clock_ns();
			break;
		case 't':
			trace = true;
			break;
		case 'j':
			r.json = json_errors = json_stream = true;
			break;
		}
	}
	if (args.over)
		return args.status;
	r.all = optind == argc;
	return events(&r, argv + optind, argc - optind, trace);
}
