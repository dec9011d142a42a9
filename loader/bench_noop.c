// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs that only return 0, attached to a hook for as long as it is measured. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bench_noop.h"
#include "host.h"

/* How long a hook may take to settle after a change. */
#define SETTLE_MS 1000
#define POLL_MS 2

static int load_one(const struct hook *hook)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = BPF_LSM_MAC,
		.attach_btf_id = hook->btf_id,
	);

	return bpf_prog_load(BPF_PROG_TYPE_LSM, "lsmslot_bench", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), &opts);
}

int noops_load(struct noops *noops, const struct hook *hook, const struct lsm_link *present,
	       size_t nr_present)
{
	size_t i;

	memset(noops, 0, sizeof(*noops));
	noops->hook = hook;
	noops->present = present;
	noops->nr_present = nr_present;
	for (i = 0; i < NOOP_MAX; i++)
		noops->progs[i] = -1;
	for (i = 0; i < NOOP_MAX; i++) {
		noops->progs[i] = load_one(hook);
		if (noops->progs[i] < 0)
			return fail(errno == EPERM ? ST_PERM : ST_FAILED,
				    "bench: cannot load a program for hook '%s': %s",
				    hook->name, strerror(errno));
	}
	return ST_OK;
}

/* True if the link says that its hook is on the way to its slots. */
static bool is_settling(int fd)
{
	union link_info info;

	return !link_info_get(fd, &info) && info.slot.flags & LSM_SLOT_LINK_SETTLING;
}

static bool present_settling(const struct noops *noops)
{
	bool settling;
	int fd;

	if (!noops->nr_present)
		return false;
	fd = bpf_link_get_fd_by_id(noops->present[0].id);
	if (fd < 0)
		return false;
	settling = is_settling(fd);
	close(fd);
	return settling;
}

/* True while the hook's line in the kernel's table says that it is called. */
static bool is_armed(const struct noops *noops)
{
	char *text = read_text(LSM_SLOT_HOOKS_FILE), *line, name[64];
	unsigned int slots, attached, on_trampoline, armed = 0;
	char *key = xasprintf("\n%s ", noops->hook->name);

	line = text ? strstr(text, key) : NULL;
	if (!line || sscanf(line, "\n%63s %u %u %u %u", name, &slots, &attached, &on_trampoline,
			    &armed) != 5)
		armed = 0;
	free(key);
	free(text);
	return armed;
}

static bool unsettled(const struct noops *noops)
{
	if (noops->n)
		return is_settling(noops->links[0]);
	return noops->nr_present ? present_settling(noops) : is_armed(noops);
}

static void wait_settled(struct noops *noops)
{
	int waited;

	if (noops->restless)
		return;
	for (waited = 0; unsettled(noops); waited += POLL_MS) {
		if (waited >= SETTLE_MS) {
			noops->restless = true;
			return;
		}
		usleep(POLL_MS * 1000);
	}
}

int noops_attach(struct noops *noops, size_t n)
{
	int fd;

	while (noops->n < n) {
		fd = bpf_raw_tracepoint_open(NULL, noops->progs[noops->n]);
		if (fd < 0)
			return fail(errno == EPERM ? ST_PERM : ST_FAILED,
				    "bench: cannot attach program %zu to hook '%s': %s%s",
				    noops->n + 1, noops->hook->name, strerror(errno),
				    errno == E2BIG ? "; the hook's BPF trampoline is full, detach a program first" : "");
		noops->links[noops->n++] = fd;
	}
	wait_settled(noops);
	return ST_OK;
}

void noops_detach(struct noops *noops)
{
	while (noops->n)
		close(noops->links[--noops->n]);
	wait_settled(noops);
}

void noops_close(struct noops *noops)
{
	size_t i;

	while (noops->n)
		close(noops->links[--noops->n]);
	for (i = 0; i < NOOP_MAX; i++)
		if (noops->progs[i] >= 0)
			close(noops->progs[i]);
}

const char *noops_place(const struct noops *noops)
{
	bool slot = false, array = false, trampoline = false;
	static char text[64];
	union link_info info;
	size_t i;

	for (i = 0; i < noops->n; i++) {
		if (link_info_get(noops->links[i], &info))
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
