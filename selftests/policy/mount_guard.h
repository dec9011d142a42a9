/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of mount-guard: its list, and mounts by the older and the newer
 * calls.
 */
#ifndef POLICY_TEST_MOUNT_GUARD_H
#define POLICY_TEST_MOUNT_GUARD_H

#include <sys/syscall.h>

#include <lsmslot/mount_guard.h>

#include "ways.h"

#define AT TEST_ROOT "/at"

static inline void type_set(struct policy *policy, const char *name,
			    enum mount_guard_kind kind)
{
	char key[MOUNT_GUARD_TYPE_SIZE] = {};
	__u32 value = kind;

	memcpy(key, name, strnlen(name, sizeof(key) - 1));
	map_set(policy_map(policy, "types"), key, &value);
}

static inline int mount_at(const char *type, const char *data)
{
	return result(mount("test", AT, type, 0, data));
}

/* In a detached tree: a descriptor, or a negative errno. */
static inline int new_mount(const char *type, const char *const options[][2], int nr)
{
	int fs = fsopen(type, FSOPEN_CLOEXEC), fd;

	if (fs < 0)
		return -errno;
	for (int i = 0; i < nr; i++)
		if (fsconfig(fs, FSCONFIG_SET_STRING, options[i][0], options[i][1], 0))
			return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	close(fs);
	return fd;
}

static inline int attach_at(int fd)
{
	return result(move_mount(fd, "", AT_FDCWD, AT, MOVE_MOUNT_F_EMPTY_PATH));
}

#endif /* POLICY_TEST_MOUNT_GUARD_H */
