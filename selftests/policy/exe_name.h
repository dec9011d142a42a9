/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies that know programs by their executable: the two calls
 * with which a process names another one. Both return 0 if the kernel went on to
 * look at what it was given.
 */
#ifndef POLICY_TEST_EXE_NAME_H
#define POLICY_TEST_EXE_NAME_H

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/prctl.h>
#include <unistd.h>

/* EBUSY is from behind the hook: a program cannot give up what it runs from. */
static inline int exe_named(long ret, int fd)
{
	int err = ret && errno != EBUSY ? -errno : 0;

	close(fd);
	return err;
}

static inline int exe_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	return exe_named(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, fd, 0, 0), fd);
}

static inline int exe_map(const char *path)
{
	static char at[4096];
	__u64 low = (unsigned long)at, high = low + 64, brk = low + 128;
	int fd = open(path, O_RDONLY);
	struct prctl_mm_map map = {
		.start_code = low, .end_code = high, .start_data = low,
		.end_data = high, .start_brk = brk, .brk = brk,
		.start_stack = low, .arg_start = low, .arg_end = high,
		.env_start = low, .env_end = high, .exe_fd = fd,
	};
	unsigned int size;

	if (prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) && errno == EINVAL) {
		close(fd);
		return -EOPNOTSUPP;	/* CONFIG_CHECKPOINT_RESTORE is off */
	}
	return exe_named(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0), fd);
}

#endif /* POLICY_TEST_EXE_NAME_H */
