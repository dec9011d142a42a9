/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel tells about LSM hooks and links: the table of hooks, a
 * link's place, and the switch kernel.lsm_slots.
 *
 * On a kernel without slots have_slots() is false, the table is empty, and
 * programs run from trampolines: tests of results run there as well.
 */
#ifndef KERNEL_HOOKS_H
#define KERNEL_HOOKS_H

#include <fcntl.h>
#include <stddef.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/lsm_slot.h>

#include "testing.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A line of LSM_SLOT_HOOKS_FILE. */
struct hook {
	char name[64];
	unsigned int nr_slots;
	unsigned int attached;
	unsigned int trampoline;
	unsigned int armed;
	char reason[32];
};

static inline bool have_slots(void)
{
	return access(LSM_SLOT_HOOKS_FILE, R_OK) == 0;
}

/* Fills at most @max hooks, returns how many there are. */
static inline int read_hooks(struct hook *hooks, int max)
{
	FILE *file = fopen(LSM_SLOT_HOOKS_FILE, "r");
	char line[256];
	int nr = 0;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		struct hook hook;

		if (sscanf(line, "%63s %u %u %u %u %31s", hook.name, &hook.nr_slots,
			   &hook.attached, &hook.trampoline, &hook.armed,
			   hook.reason) != 6)
			test_bail("line of the hook table not understood: %s", line);
		if (nr < max)
			hooks[nr] = hook;
		nr++;
	}
	fclose(file);
	return nr;
}

static inline struct hook read_hook(const char *name)
{
	static struct hook hooks[512];
	int nr = read_hooks(hooks, ARRAY_SIZE(hooks));

	for (int i = 0; i < nr; i++)
		if (!strcmp(hooks[i].name, name))
			return hooks[i];
	test_bail("no hook %s in %s", name, LSM_SLOT_HOOKS_FILE);
}

/* BTF id of bpf_lsm_<name>(), negative if there is none. */
static inline int hook_btf_id(const char *name)
{
	return libbpf_find_vmlinux_btf_id(name, BPF_LSM_MAC);
}

static inline void pause_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* What the link's information says right now. */
static inline struct lsm_slot_link_info read_link(int link)
{
	union {			/* the system's header may be an older one */
		struct bpf_link_info info;
		char bytes[256];
	} link_info = {};
	struct lsm_slot_link_info slot;
	__u32 size = sizeof(link_info);

	if (bpf_obj_get_info_by_fd(link, &link_info, &size))
		test_bail("no information about a link");
	memcpy(&slot, link_info.bytes + offsetof(struct bpf_link_info, tracing),
	       sizeof(slot));
	return slot;
}

/* The same when the hook has settled, or at the latest after ten seconds. */
static inline struct lsm_slot_link_info settled_link(int link)
{
	struct lsm_slot_link_info info = read_link(link);

	for (int i = 0; i < test_limit(500) && (info.flags & LSM_SLOT_LINK_SETTLING); i++) {
		pause_ms(20);
		info = read_link(link);
	}
	return info;
}

static inline const char *place_name(unsigned int place)
{
	static const char *const names[] = {
		"unknown", "trampoline", "slot", "array",
	};

	return place < ARRAY_SIZE(names) ? names[place] : "?";
}

/* Write a text to a file; returns 0 or -errno. */
static inline int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = -errno;
	close(fd);
	return err;
}

static inline int read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	int value;

	if (!file || fscanf(file, "%d", &value) != 1)
		test_bail("no number in %s", path);
	fclose(file);
	return value;
}

/* Where new attachments go.  Without slots only trampolines can be had. */
static inline void switch_slots(bool on)
{
	int err;

	if (!have_slots() && !on)
		return;
	err = write_text(LSM_SLOT_SYSCTL_FILE, on ? "1" : "0");
	if (err)
		test_bail("cannot write %s: %s", LSM_SLOT_SYSCTL_FILE, strerror(-err));
}

#endif /* KERNEL_HOOKS_H */
