/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Have the kernel fail one allocation, or one copy from or to user memory, of
 * this task: Documentation/fault-injection in the kernel's source.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <fcntl.h>

#include "testing.h"

#define FAULT_FILE	"/proc/thread-self/fail-nth"
#define FAULT_DIR	"/sys/kernel/debug/"

static int fault_fd = -1;

static inline void fault_set(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), FAULT_DIR "%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
		test_bail("cannot write '%s' to %s", value, path);
	close(fd);
}

/* False if the kernel cannot do this.  Also says which faults there are. */
static inline bool fault_open(bool *copies)
{
	fault_fd = open(FAULT_FILE, O_RDWR | O_CLOEXEC);
	if (fault_fd < 0)
		return false;
	/* Also what may wait for memory, and single pages; without a message each. */
	fault_set("failslab/ignore-gfp-wait", "0");
	fault_set("failslab/verbose", "0");
	fault_set("fail_page_alloc/ignore-gfp-wait", "0");
	fault_set("fail_page_alloc/ignore-gfp-highmem", "0");
	fault_set("fail_page_alloc/min-order", "0");
	fault_set("fail_page_alloc/verbose", "0");
	*copies = !access(FAULT_DIR "fail_usercopy", F_OK);
	if (*copies)
		fault_set("fail_usercopy/verbose", "0");
	return true;
}

/* The @nth next allocation or copy of this task fails. */
static inline void fault_arm(int nth)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(fault_fd, text, size, 0) != size)
		test_bail("cannot write to " FAULT_FILE);
}

/* How many more it would have taken; 0 if there was an @nth one.  Disarms. */
static inline int fault_left(void)
{
	char text[16] = "";
	ssize_t got = pread(fault_fd, text, sizeof(text) - 1, 0);

	/* If just one was left, it was the copy of this read, or is that of this write. */
	if (pwrite(fault_fd, "0", 1, 0) < 0 && errno != EFAULT)
		test_bail("cannot write to " FAULT_FILE);
	return got > 0 ? atoi(text) : 1;
}

static const char *const fault_kinds[] = { "failslab", "fail_page_alloc" };

static inline int fault_times(const char *kind)
{
	char path[128], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), FAULT_DIR "%s/times", kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		test_bail("cannot read %s", path);
	close(fd);
	return atoi(text);
}

/*
 * What @act does has no memory: of each kind the first @times allocations of this
 * task fail that may.  Returns how many did.
 */
static inline int fault_all(int times, void (*act)(void))
{
	int task = open("/proc/self/make-it-fail", O_WRONLY | O_CLOEXEC), left = 0;
	char name[64], text[16];

	snprintf(text, sizeof(text), "%d", times);
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s/task-filter", fault_kinds[i]);
		fault_set(name, "1");
		snprintf(name, sizeof(name), "%s/times", fault_kinds[i]);
		fault_set(name, text);
		snprintf(name, sizeof(name), "%s/probability", fault_kinds[i]);
		fault_set(name, "100");
	}
	if (task < 0 || pwrite(task, "1", 1, 0) != 1)
		test_bail("cannot write to /proc/self/make-it-fail");
	act();
	if (pwrite(task, "0", 1, 0) != 1)
		test_bail("cannot write to /proc/self/make-it-fail");
	close(task);
	for (int i = 0; i < 2; i++) {
		left += fault_times(fault_kinds[i]);
		snprintf(name, sizeof(name), "%s/probability", fault_kinds[i]);
		fault_set(name, "0");
		snprintf(name, sizeof(name), "%s/times", fault_kinds[i]);
		fault_set(name, "-1");
	}
	return 2 * times - left;
}

#endif /* FAULTS_H */
