// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A policy whose events are read: its pinned maps, found by their directory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <lsmslot/event.h>

#include "escape.h"
#include "event_policy.h"
#include "pins.h"

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* @name with each @from replaced by @to, below POLICIES_DIR, if that is there. */
static char *try_dir(const char *name, char from, char to)
{
	char *dir = xasprintf(POLICIES_DIR "/%s", name), *p;

	for (p = dir + strlen(POLICIES_DIR); *p; p++)
		if (*p == from)
			*p = to;
	if (is_dir(dir))
		return dir;
	free(dir);
	return NULL;
}

char *policy_dir(const char *arg, int *status)
{
	char *dir;
	size_t len;

	*status = ST_OK;
	if (strchr(arg, '/')) {
		dir = xstrdup(arg);
		for (len = strlen(dir); len > 1 && dir[len - 1] == '/'; len--)
			dir[len - 1] = '\0';
		if (is_dir(dir))
			return dir;
		free(dir);
		*status = fail(ST_NOT_FOUND, "events: there is no directory %s; name the one that 'lsmslot attach' pinned the policy in",
			       arg);
		return NULL;
	}
	dir = try_dir(arg, '-', '-');
	if (!dir)
		dir = try_dir(arg, '-', '_');
	if (!dir)
		dir = try_dir(arg, '_', '-');
	if (!dir)
		*status = fail(ST_NOT_FOUND, "events: no policy '%s' is pinned below " POLICIES_DIR "; 'lsmslot status' shows all pins, one elsewhere is named by its path",
			       arg);
	return dir;
}

struct event_policy *event_policy_new(char *dir, bool named)
{
	struct event_policy *p = xcalloc(1, sizeof(*p));
	const char *slash = strrchr(dir, '/');

	p->dir = dir;
	p->name = escape_name(slash && slash[1] ? slash + 1 : dir, strlen(dir), ESCAPE_LINE);
	p->named = named;
	p->ring_fd = p->counters_fd = -1;
	p->lock.fd = -1;
	return p;
}

void event_policy_free(struct event_policy *p)
{
	event_policy_close(p);
	free(p->name);
	free(p->dir);
	free(p);
}

/* Opens the map pinned as maps/@name; -1 with errno set. */
static int open_map(const struct event_policy *p, const char *name, struct bpf_map_info *info)
{
	char *path = xasprintf("%s/maps/%s", p->dir, name);
	__u32 len = sizeof(*info);
	enum pin_kind kind;
	int fd, err;

	fd = pin_open(path, &kind);
	err = errno;
	free(path);
	if (fd >= 0 && kind != PIN_MAP) {
		close(fd);
		errno = EMEDIUMTYPE;
		return -1;
	}
	memset(info, 0, sizeof(*info));
	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, info, &len)) {
		err = errno;
		close(fd);
		fd = -1;
	}
	errno = err;
	return fd;
}

__u32 event_policy_pinned(const struct event_policy *p)
{
	struct bpf_map_info info;
	int fd = open_map(p, "events", &info);

	/* Something else is pinned there: event_policy_open() says what. */
	if (fd < 0)
		return errno == EMEDIUMTYPE ? ~0u : 0;
	close(fd);
	return info.id;
}

static int fail_open(const struct event_policy *p, const char *map, int err)
{
	if (err == EMEDIUMTYPE)
		return fail(ST_FAILED, "events: %s/maps/%s is no map; it was not pinned by 'lsmslot attach'",
			    p->dir, map);
	if (err == ENOENT)
		return fail(ST_NOT_FOUND, "events: policy %s reports no events, there is no %s/maps/%s; build it with bpf/progs/policy.h",
			    p->name, p->dir, map);
	return fail(err == EPERM || err == EACCES ? ST_PERM : ST_FAILED,
		    "events: cannot open %s/maps/%s: %s", p->dir, map, strerror(err));
}

static int open_counters(struct event_policy *p)
{
	struct bpf_map_info info;
	int fd = open_map(p, "counters", &info);

	if (fd < 0)
		return errno == ENOENT ? ST_OK : fail_open(p, "counters", errno);
	if (info.type != BPF_MAP_TYPE_PERCPU_ARRAY || info.key_size != sizeof(__u32) ||
	    info.value_size != sizeof(__u64) || info.max_entries <= LSMSLOT_LOST) {
		close(fd);
		return fail(ST_FAILED, "events: %s/maps/counters is no per-CPU array of %u or more 8-byte counters; it is not the map of include/lsmslot/event.h",
			    p->dir, LSMSLOT_NR_COUNTERS);
	}
	p->counters_fd = fd;
	return ST_OK;
}

static int take_lock(struct event_policy *p)
{
	pid_t holder;
	int err;

	err = event_lock_take(&p->lock, p->map_id, &holder);
	p->busy = err == -EBUSY;
	if (p->busy && p->refused_id == p->map_id)
		return ST_FAILED;
	if (p->busy && holder)
		return fail(ST_FAILED, "events: process %d reads the events of policy %s already, and a ring buffer has one reader; end that one first",
			    holder, p->name);
	if (p->busy)
		return fail(ST_FAILED, "events: another process reads the events of policy %s already, and a ring buffer has one reader; end that one first",
			    p->name);
	if (err)
		return fail(ST_FAILED, "events: cannot lock the events of policy %s in " EVENT_LOCK_DIR ": %s",
			    p->name, strerror(-err));
	return ST_OK;
}

static int open_ring(struct event_policy *p, ring_buffer_sample_fn take, void *ctx)
{
	struct bpf_map_info info;
	int status, fd;

	fd = open_map(p, "events", &info);
	if (fd < 0)
		return fail_open(p, "events", errno);
	if (info.type != BPF_MAP_TYPE_RINGBUF || info.value_size) {
		close(fd);
		return fail(ST_FAILED, "events: %s/maps/events is no BPF ring buffer but a map of type %u with values of %u bytes; it is not the map of include/lsmslot/event.h",
			    p->dir, info.type, info.value_size);
	}
	p->ring_fd = fd;
	p->map_id = info.id;
	status = take_lock(p);
	if (status)
		return status;
	p->ring = ring_buffer__new(fd, take, ctx, NULL);
	if (!p->ring)
		return fail(ST_FAILED, "events: cannot map the ring buffer of policy %s: %s",
			    p->name, strerror(errno));
	return ST_OK;
}

int event_policy_open(struct event_policy *p, ring_buffer_sample_fn take, void *ctx)
{
	int status;

	status = open_ring(p, take, ctx);
	if (!status)
		status = open_counters(p);
	if (status)
		event_policy_close(p);
	return status;
}

void event_policy_close(struct event_policy *p)
{
	ring_buffer__free(p->ring);
	p->ring = NULL;
	p->map_id = 0;
	if (p->ring_fd >= 0)
		close(p->ring_fd);
	p->ring_fd = -1;
	if (p->counters_fd >= 0)
		close(p->counters_fd);
	p->counters_fd = -1;
	event_lock_release(&p->lock);
}

unsigned long long event_policy_lost(const struct event_policy *p)
{
	int nr_cpus = libbpf_num_possible_cpus(), i;
	unsigned long long sum = 0;
	__u32 key = LSMSLOT_LOST;
	__u64 *values;

	if (p->counters_fd < 0 || nr_cpus <= 0)
		return 0;
	values = xcalloc(nr_cpus, sizeof(*values));
	if (!bpf_map_lookup_elem(p->counters_fd, &key, values))
		for (i = 0; i < nr_cpus; i++)
			sum += values[i];
	free(values);
	return sum;
}
