/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For tests of the slots: is the kernel one that has them, the switch, a
 * hook's line in the kernel's list, and where a link's program runs.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <fcntl.h>
#include <linux/lsm_slot.h>
#include <stddef.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "testing.h"

static inline bool have_slots(void)
{
	return !access(LSM_SLOT_HOOKS_FILE, R_OK);
}

static inline void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		test_bail("cannot write '%s' to %s", text, path);
	close(fd);
}

/* What programs attached from now on run from. */
static inline void slots_switch(bool on)
{
	write_text(LSM_SLOT_SYSCTL_FILE, on ? "1" : "0");
}

/* A line of the list of hooks. */
struct slots_hook {
	char name[64];
	unsigned int nr_slots, attached, trampoline, armed;
	char reason[32];
};

/* All hooks; the caller frees them. */
static inline struct slots_hook *slots_hooks(int *nr)
{
	struct slots_hook *hooks = NULL, *hook;
	FILE *file = fopen(LSM_SLOT_HOOKS_FILE, "re");
	char line[256];

	if (!file)
		test_bail("cannot open %s", LSM_SLOT_HOOKS_FILE);
	for (*nr = 0; fgets(line, sizeof(line), file); (*nr)++) {
		hooks = realloc(hooks, (*nr + 1) * sizeof(*hooks));
		if (!hooks)
			test_bail("no memory");
		hook = &hooks[*nr];
		if (sscanf(line, "%63s %u %u %u %u %31s", hook->name, &hook->nr_slots,
			   &hook->attached, &hook->trampoline, &hook->armed,
			   hook->reason) != 6)
			test_bail("cannot read a line of %s", LSM_SLOT_HOOKS_FILE);
	}
	fclose(file);
	return hooks;
}

static inline struct slots_hook slots_hook(const char *name)
{
	struct slots_hook *hooks, hook = {};
	int nr;

	hooks = slots_hooks(&nr);
	for (int i = 0; i < nr; i++)
		if (!strcmp(hooks[i].name, name))
			hook = hooks[i];
	free(hooks);
	if (!hook.name[0])
		test_bail("%s has no hook %s", LSM_SLOT_HOOKS_FILE, name);
	return hook;
}

/*
 * The build machine's struct bpf_link_info may be shorter than what the kernel
 * fills, so leave room.
 */
static inline struct lsm_slot_link_info slots_link(const struct bpf_link *link)
{
	union {
		struct bpf_link_info bpf;
		char room[128];
	} info = {};
	struct lsm_slot_link_info slot;
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size))
		test_bail("cannot ask about a link");
	memcpy(&slot, (char *)&info + offsetof(struct bpf_link_info, tracing),
	       sizeof(slot));
	return slot;
}

/* Waits until the hook of @link runs from its slots; false if it does not. */
static inline bool slots_settled(const struct bpf_link *link)
{
	for (int i = 0; i < test_limit(1000); i++) {
		if (!(slots_link(link).flags & LSM_SLOT_LINK_SETTLING))
			return true;
		usleep(10000);
	}
	return false;
}

#endif /* SLOTS_H */
