// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * protect-files: no gap. Some tasks try to change a protected file as fast as
 * they can while others rename the folders above the listed one, write the same
 * entry of the list again, and drop caches: not one change may get through.
 */
#define _GNU_SOURCE
#include <signal.h>

#include "attempt.h"

#define SECONDS	5
#define LIMIT	60	/* seconds, for a system on which that gets nobody far */
#define ENOUGH	100

struct shared {
	unsigned long tries, through, renames, updates;
	bool stop;
};

static struct shared *shared;

static pid_t start(void (*task)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		test_bail("cannot fork");
	if (pid)
		return pid;
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED))
		task(arg);
	_exit(0);
}

static void count(unsigned long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* By descriptors and names relative to the folder, which itself moves about. */
static void attack(void *arg)
{
	struct target *t = arg;
	int fd = openat(t->dir_fd, "file", O_WRONLY | O_CLOEXEC);

	count(&shared->tries);
	if (fd >= 0)
		count(&shared->through);
	if (!write(t->rw, "x", 1) || errno != EPERM)
		count(&shared->through);
	if (!fchmod(t->ro, 0600) || errno != EPERM)
		count(&shared->through);
	if (!renameat(t->dir_fd, "file", t->dir_fd, "new") || errno != EPERM)
		count(&shared->through);
	if (!unlinkat(t->dir_fd, "file", 0) || errno != EPERM)
		count(&shared->through);
}

/* The folders above the listed one are no anchors here. */
static void move(void *arg)
{
	if (!rename(TEST_ROOT "/race/a", TEST_ROOT "/race/b/a"))
		count(&shared->renames);
	if (!rename(TEST_ROOT "/race/b/a", TEST_ROOT "/race/a"))
		count(&shared->renames);
}

struct entry {
	int map;
	struct lsmslot_inode_id id;
};

static void update(void *arg)
{
	struct entry *entry = arg;
	__u32 kind = PROTECT_FILES_FULL;

	map_set(entry->map, &entry->id, &kind);
	count(&shared->updates);
}

static void drop_caches(void *arg)
{
	sh("echo 2 > /proc/sys/vm/drop_caches");
	usleep(100000);
}

static bool enough(void)
{
	return __atomic_load_n(&shared->tries, __ATOMIC_RELAXED) > ENOUGH &&
	       __atomic_load_n(&shared->renames, __ATOMIC_RELAXED) > ENOUGH &&
	       __atomic_load_n(&shared->updates, __ATOMIC_RELAXED) > ENOUGH;
}

int main(void)
{
	struct policy policy;
	struct entry entry;
	struct target t;
	pid_t tasks[5];

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		test_bail("no shared memory");
	files_init();
	policy_attach(&policy, "protect_files");
	mount_ext4(TEST_ROOT "/race");
	if (mkdir(TEST_ROOT "/race/a", 0755) || mkdir(TEST_ROOT "/race/b", 0755))
		test_bail("cannot make folders");
	target_init(&t, TEST_ROOT "/race/a", 0);
	entry.map = policy_map(&policy, "protected");
	entry.id = path_id(t.folder);
	list_path(entry.map, t.folder, PROTECT_FILES_FULL);

	tasks[0] = start(attack, &t);
	tasks[1] = start(attack, &t);
	tasks[2] = start(move, NULL);
	tasks[3] = start(update, &entry);
	tasks[4] = start(drop_caches, NULL);
	for (int i = 0; i < SECONDS || (!enough() && i < test_limit(LIMIT)); i++)
		sleep(1);
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 5; i++)
		waitpid(tasks[i], NULL, 0);

	test_diag("%lu tries, %lu renames, %lu updates of the list",
		  shared->tries, shared->renames, shared->updates);
	test_ok(enough(), "every task got somewhere");
	test_ok(!shared->through, "nothing got through (%lu)", shared->through);
	/* Where move() left it is a matter of chance. */
	if (!access(TEST_ROOT "/race/b/a", F_OK))
		rename(TEST_ROOT "/race/b/a", TEST_ROOT "/race/a");
	test_ok(target_unchanged(&t), "the file is as it was");
	map_clear(entry.map, &entry.id);
	test_ok(write(t.rw, "x", 1) == 1 && !fchmod(t.ro, 0600) &&
		!unlinkat(t.dir_fd, "file", 0),
		"no longer listed: the same calls work");
	target_release(&t);
	unmount(TEST_ROOT "/race");
	policy_detach(&policy);
	return test_done();
}
