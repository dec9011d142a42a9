// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs that only return, attached to a hook for as long as it is measured. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bench_noop.h"
#include "bench_progs.h"
#include "bench_settle.h"

void noops_open(struct noops *noops, const struct hook *hook,
		const struct lsm_link *present, size_t nr_present)
{
	memset(noops, 0, sizeof(*noops));
	noops->hook = hook;
	noops->present = present;
	noops->nr_present = nr_present;
}

/* One more program and its link; every link needs a program of its own. */
static int attach_one(struct noops *noops)
{
	int fd;

	if (noops->n == noops->nr_progs) {
		fd = bench_prog_load(noops->hook, BENCH_NOOP, -1);
		if (fd < 0)
			return fd;
		noops->progs[noops->nr_progs++] = fd;
	}
	fd = bench_prog_attach(noops->progs[noops->n], BENCH_NOOP, -1);
	if (fd < 0)
		return fd;
	noops->links[noops->n++] = fd;
	return 0;
}

int noops_attach(struct noops *noops, size_t n)
{
	int err = 0;

	while (!err && noops->n < n)
		err = attach_one(noops);
	if (!err)
		bench_settle(noops->hook, &noops->restless);
	return err;
}

void noops_detach(struct noops *noops)
{
	while (noops->n)
		close(noops->links[--noops->n]);
	bench_settle(noops->hook, &noops->restless);
}

void noops_close(struct noops *noops)
{
	while (noops->n)
		close(noops->links[--noops->n]);
	while (noops->nr_progs)
		close(noops->progs[--noops->nr_progs]);
}

const char *links_place(const int *fds, size_t n)
{
	bool slot = false, array = false, trampoline = false;
	static char text[64];
	union link_info info;
	size_t i;

	for (i = 0; i < n; i++) {
		if (link_info_get(fds[i], &info))
			continue;
		slot |= info.slot.place == LSM_SLOT_PLACE_SLOT;
		array |= info.slot.place == LSM_SLOT_PLACE_ARRAY;
		/* A kernel without slots says nothing of places. */
		trampoline |= info.slot.place == LSM_SLOT_PLACE_TRAMPOLINE ||
			      info.slot.place == LSM_SLOT_PLACE_UNKNOWN;
	}
	snprintf(text, sizeof(text), "%s%s%s%s%s", slot ? "slot" : "",
		 slot && array ? ", " : "", array ? "array" : "",
		 (slot || array) && trampoline ? ", " : "", trampoline ? "trampoline" : "");
	return *text ? text : "-";
}

const char *noops_place(const struct noops *noops)
{
	return links_place(noops->links, noops->n);
}

int prog_runs(int fd, __u64 *runs, __u64 *time)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*runs = info.run_cnt;
	*time = info.run_time_ns;
	return 0;
}
