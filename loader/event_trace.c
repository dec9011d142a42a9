// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Denials as the tracepoint lsm_slots:lsm_slot_deny reports them. */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "event_trace.h"
#include "host.h"

#define EVENT "events/lsm_slots/lsm_slot_deny"
#define DATA_PAGES 16

/* A field of the tracepoint's record, as its format file describes it. */
struct field {
	unsigned int offset, size;
};

struct cpu_ring {
	int fd;
	struct perf_event_mmap_page *page;
	unsigned char *data;
};

struct event_trace {
	unsigned int id;
	struct field hook, prog_id, verdict, comm;
	struct cpu_ring *cpus;
	size_t nr_cpus, page_size, data_size;
	unsigned char *record;
};

static char *read_event_file(const char *name)
{
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char *path, *text = NULL;
	size_t i;

	for (i = 0; !text && i < sizeof(roots) / sizeof(roots[0]); i++) {
		path = xasprintf("%s/" EVENT "/%s", roots[i], name);
		text = read_text(path);
		free(path);
	}
	return text;
}

static int fail_missing(int err)
{
	if (err == EACCES || err == EPERM)
		return fail(ST_PERM, "events: --trace may not read tracefs: %s", strerror(err));
	if (access("/sys/kernel/tracing/events", F_OK) &&
	    access("/sys/kernel/debug/tracing/events", F_OK))
		return fail(ST_UNSUPPORTED, "events: --trace needs tracefs; mount it with 'mount -t tracefs tracefs /sys/kernel/tracing'");
	return fail(ST_UNSUPPORTED, "events: kernel %s has no tracepoint lsm_slots:lsm_slot_deny, which --trace needs; it comes with LSM slots",
		    kernel_release());
}

/* A line like "\tfield:u32 prog_id;\toffset:12;\tsize:4;\tsigned:0;". */
static int find_field(const char *format, const char *name, struct field *field)
{
	size_t len = strlen(name);
	const char *p = format, *end;

	while ((p = strstr(p, "field:"))) {
		p += strlen("field:");
		end = p + strcspn(p, ";\n");
		/* "char comm[16]", but "__data_loc char[] hook" */
		if (end > p && end[-1] == ']')
			while (end > p && *end != '[')
				end--;
		if (end >= p + len + 1 && !strncmp(end - len, name, len) &&
		    (end[-len - 1] == ' ' || end[-len - 1] == '*')) {
			end = strstr(end, "offset:");
			if (end && sscanf(end, "offset:%u;\tsize:%u;", &field->offset, &field->size) == 2)
				return ST_OK;
		}
	}
	return fail(ST_UNSUPPORTED, "events: kernel %s: tracepoint lsm_slots:lsm_slot_deny has no field '%s'; this loader does not fit the kernel",
		    kernel_release(), name);
}

static int read_format(struct event_trace *t)
{
	char *text = read_event_file("id");
	int status;

	if (!text)
		return fail_missing(errno);
	t->id = strtoul(text, NULL, 10);
	free(text);
	text = read_event_file("format");
	if (!text)
		return fail_missing(errno);
	status = find_field(text, "hook", &t->hook);
	if (!status)
		status = find_field(text, "prog_id", &t->prog_id);
	if (!status)
		status = find_field(text, "verdict", &t->verdict);
	if (!status)
		status = find_field(text, "comm", &t->comm);
	free(text);
	return status;
}

/* 0, or a negative errno; ENODEV for a CPU that is offline. */
static int open_cpu(struct event_trace *t, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = t->id,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,	/* the kernel takes no CLOCK_BOOTTIME */
	};
	struct cpu_ring ring;

	ring.fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (ring.fd < 0)
		return -errno;
	ring.page = mmap(NULL, t->page_size + t->data_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 ring.fd, 0);
	if (ring.page == MAP_FAILED) {
		int err = errno;

		close(ring.fd);
		return -err;
	}
	ring.data = (unsigned char *)ring.page + t->page_size;
	t->cpus[t->nr_cpus++] = ring;
	return 0;
}

int event_trace_open(struct event_trace **trace)
{
	int nr_cpus = libbpf_num_possible_cpus(), cpu, err, status;
	struct event_trace *t = xcalloc(1, sizeof(*t));

	t->page_size = sysconf(_SC_PAGESIZE);
	t->data_size = DATA_PAGES * t->page_size;
	t->record = xcalloc(1, 1 << 16);	/* a record's size has 16 bits */
	t->cpus = xcalloc(nr_cpus > 0 ? nr_cpus : 1, sizeof(*t->cpus));
	status = read_format(t);
	for (cpu = 0; !status && cpu < nr_cpus; cpu++) {
		err = open_cpu(t, cpu);
		if (err && err != -ENODEV)
			status = fail(err == -EPERM || err == -EACCES ? ST_PERM : ST_FAILED,
				      "events: --trace cannot record on CPU %d: %s", cpu, strerror(-err));
	}
	if (status) {
		event_trace_close(t);
		return status;
	}
	*trace = t;
	return ST_OK;
}

void event_trace_close(struct event_trace *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->nr_cpus; i++) {
		munmap(t->cpus[i].page, t->page_size + t->data_size);
		close(t->cpus[i].fd);
	}
	free(t->cpus);
	free(t->record);
	free(t);
}

int event_trace_watch(struct event_trace *t, int epoll_fd, void *data)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = data };
	size_t i;

	for (i = 0; i < t->nr_cpus; i++)
		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, t->cpus[i].fd, &event))
			return -errno;
	return 0;
}

/* A time of CLOCK_MONOTONIC as one of CLOCK_BOOTTIME, which counts suspension. */
static __u64 boottime(__u64 monotonic)
{
	struct timespec boot, mono;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return monotonic + (boot.tv_sec - mono.tv_sec) * 1000000000ll + boot.tv_nsec - mono.tv_nsec;
}

/* The user that @pid runs as, if it still runs. */
static long long uid_of(__u32 pid)
{
	char *path = xasprintf("/proc/%u/status", pid), *text = read_text(path), *line;
	long long uid = -1;

	line = text ? strstr(text, "\nUid:") : NULL;
	if (line && sscanf(line, "\nUid: %lld", &uid) != 1)
		uid = -1;
	free(text);
	free(path);
	return uid;
}

static void copy_text(char *to, size_t room, const unsigned char *raw, __u32 size,
		      unsigned int offset, unsigned int len)
{
	memset(to, 0, room);
	if (offset >= size)
		return;
	if (len > size - offset)
		len = size - offset;
	memcpy(to, raw + offset, len < room ? len : room - 1);
}

static bool copy_number(__u32 *to, const unsigned char *raw, __u32 size, struct field field)
{
	if (field.size != sizeof(*to) || field.offset + sizeof(*to) > size)
		return false;
	memcpy(to, raw + field.offset, sizeof(*to));
	return true;
}

/* A PERF_RECORD_SAMPLE with the members of sample_type, in the ABI's order. */
static int take_sample(struct event_trace *t, size_t len, trace_take_fn take, void *ctx)
{
	struct {
		struct perf_event_header header;
		__u32 pid, tid;
		__u64 time;
		__u32 raw_size;
		unsigned char raw[];
	} __attribute__((packed)) *sample = (void *)t->record;
	struct trace_denial denial = {};
	__u32 size, where, verdict;

	if (len < sizeof(*sample) || sample->raw_size > len - sizeof(*sample))
		return 0;
	size = sample->raw_size;
	/* A string's place: its offset below, its length above. */
	if (!copy_number(&where, sample->raw, size, t->hook) ||
	    !copy_number(&denial.prog_id, sample->raw, size, t->prog_id) ||
	    !copy_number(&verdict, sample->raw, size, t->verdict))
		return 0;
	denial.verdict = verdict;
	denial.time = boottime(sample->time);
	denial.pid = sample->pid;
	denial.tid = sample->tid;
	denial.uid = uid_of(denial.pid);
	copy_text(denial.hook, sizeof(denial.hook), sample->raw, size, where & 0xffff, where >> 16);
	copy_text(denial.comm, sizeof(denial.comm), sample->raw, size, t->comm.offset, t->comm.size);
	return take(ctx, &denial);
}

/* A record may wrap around the end of the ring. */
static void copy_record(struct event_trace *t, const struct cpu_ring *ring, __u64 at, size_t len)
{
	size_t offset = at % t->data_size, first = t->data_size - offset;

	if (first > len)
		first = len;
	memcpy(t->record, ring->data + offset, first);
	memcpy(t->record + first, ring->data, len - first);
}

static int read_cpu(struct event_trace *t, struct cpu_ring *ring, trace_take_fn take, void *ctx,
		    unsigned long long *lost)
{
	__u64 head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	__u64 tail = ring->page->data_tail;
	struct perf_event_header header;
	int err = 0;

	while (!err && tail < head) {
		copy_record(t, ring, tail, sizeof(header));
		memcpy(&header, t->record, sizeof(header));
		copy_record(t, ring, tail, header.size);
		if (header.type == PERF_RECORD_SAMPLE) {
			err = take_sample(t, header.size, take, ctx);
		} else if (header.type == PERF_RECORD_LOST) {
			__u64 count;	/* behind the header and an id */

			memcpy(&count, t->record + sizeof(header) + sizeof(__u64), sizeof(count));
			*lost += count;
		}
		tail += header.size;
	}
	__atomic_store_n(&ring->page->data_tail, tail, __ATOMIC_RELEASE);
	return err;
}

unsigned long long event_trace_read(struct event_trace *t, trace_take_fn take, void *ctx)
{
	unsigned long long lost = 0;
	size_t i;

	for (i = 0; i < t->nr_cpus; i++)
		if (read_cpu(t, &t->cpus[i], take, ctx, &lost) < 0)
			break;
	return lost;
}
