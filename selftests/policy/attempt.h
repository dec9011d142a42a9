/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of protect-files: one way of changing a file is an attempt,
 * which returns 0 or a negative errno. Each is made three times, so that none
 * can pass for the wrong reason:
 *
 *   on a listed file       must fail with EPERM and leave the file as it was
 *   on a file like it      must work
 *   on the first, unlisted must work
 *
 * The policy stays attached throughout, and every file is opened and mapped
 * before it is listed, as by somebody who was there before the policy.
 */
#ifndef POLICY_TEST_ATTEMPT_H
#define POLICY_TEST_ATTEMPT_H

#include <sys/mman.h>
#include <sys/xattr.h>

#include <lsmslot/protect_files.h>

#include "files.h"

#define TARGET_SIZE 16384

struct target {
	char base[PATH_SIZE];	/* a folder of its own, never listed */
	char folder[PATH_SIZE];	/* listed when it is about folders */
	char dir[PATH_SIZE];	/* in folder, the file is in here */
	char file[PATH_SIZE];
	char other[PATH_SIZE];	/* another file in base */
	int rw, ro;		/* file, open for writing and for reading */
	int dir_fd;
	void *map;		/* rw mapped shared, for reading */
	struct stat before;
};

struct attempt {
	const char *what;
	int (*try)(struct target *target);
	const char *only;	/* the one file system that has such a call */
};

#define ATTEMPT(what, try) { what, try, NULL }
#define ATTEMPT_ON(only, what, try) { what, try, only }

enum scope { LISTED_FILE, LISTED_FOLDER };

static inline void target_init(struct target *t, const char *root, int nr)
{
	static char data[TARGET_SIZE];

	path_set(t->base, "%s/t%d", root, nr);
	path_set(t->folder, "%s/folder", t->base);
	path_set(t->dir, "%s/sub", t->folder);
	path_set(t->file, "%s/file", t->dir);
	path_set(t->other, "%s/other", t->base);
	if (mkdir(t->base, 0755) || mkdir(t->folder, 0755) ||
	    mkdir(t->dir, 0755))
		test_bail("cannot make %s", t->dir);
	memset(data, 'o', sizeof(data));
	file_write(t->file, data, sizeof(data), 0644);
	file_write(t->other, data, sizeof(data), 0644);
	if (setxattr(t->file, "user.before", "1", 1, 0))
		test_bail("cannot give %s an extended attribute", t->file);
	t->rw = file_open(t->file, O_RDWR);
	t->ro = file_open(t->file, O_RDONLY);
	t->dir_fd = file_open(t->dir, O_RDONLY | O_DIRECTORY);
	t->map = mmap(NULL, TARGET_SIZE, PROT_READ, MAP_SHARED, t->rw, 0);
	if (t->map == MAP_FAILED)
		test_bail("cannot map %s", t->file);
	/* A write that is allowed later must not be what changes st_mtime. */
	if (stat(t->file, &t->before))
		test_bail("cannot stat %s", t->file);
}

static inline void target_release(struct target *t)
{
	munmap(t->map, TARGET_SIZE);
	close(t->rw);
	close(t->ro);
	close(t->dir_fd);
}

/* Is the file what target_init() made, by content, attributes and name? */
static inline bool target_unchanged(struct target *t)
{
	static char data[TARGET_SIZE + 1];
	struct stat now;

	if (stat(t->file, &now) || now.st_ino != t->before.st_ino ||
	    now.st_mode != t->before.st_mode ||
	    now.st_uid != t->before.st_uid ||
	    now.st_gid != t->before.st_gid ||
	    now.st_nlink != t->before.st_nlink ||
	    now.st_size != t->before.st_size ||
	    now.st_mtim.tv_sec != t->before.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != t->before.st_mtim.tv_nsec)
		return false;
	if (pread(t->ro, data, sizeof(data), 0) != TARGET_SIZE)
		return false;
	for (int i = 0; i < TARGET_SIZE; i++)
		if (data[i] != 'o')
			return false;
	return true;
}

static inline struct lsmslot_inode_id path_id(const char *path)
{
	return inode_id(path, O_NOFOLLOW);
}

static inline void list_path(int map, const char *path, __u32 kind)
{
	struct lsmslot_inode_id id = path_id(path);

	map_set(map, &id, &kind);
}

static inline void unlist_path(int map, const char *path)
{
	struct lsmslot_inode_id id = path_id(path);

	map_clear(map, &id);
}

static inline bool unsupported(int err)
{
	return err == -EOPNOTSUPP || err == -ENOTTY || err == -ENOSYS;
}

static inline void attempt_run(const struct attempt *attempt, int map,
			       const char *where, const char *root,
			       enum scope scope)
{
	const char *listed = scope == LISTED_FILE ? "listed file" :
						    "file in a listed folder";
	static int nr;
	struct target target, like;
	bool unchanged;
	int denied, free, again;
	const char *path;

	target_init(&target, root, nr++);
	target_init(&like, root, nr++);
	path = scope == LISTED_FILE ? target.file : target.folder;
	list_path(map, path, PROTECT_FILES_FULL);
	denied = attempt->try(&target);
	unchanged = target_unchanged(&target);
	free = attempt->try(&like);
	unlist_path(map, path);
	again = attempt->try(&target);

	if (unsupported(free) && free == again)
		test_skip("%s does not support it: %s, %s", where, listed,
			  attempt->what);
	else if (!test_ok(denied == -EPERM && unchanged && !free && !again,
			  "%s, %s: %s", where, listed, attempt->what))
		test_diag("listed: %s%s; not listed: %s; no longer listed: %s",
			  strerror(-denied), unchanged ? "" : " and CHANGED",
			  strerror(-free), strerror(-again));
	target_release(&target);
	target_release(&like);
}

#define BOTH_SCOPES ((1 << LISTED_FILE) | (1 << LISTED_FOLDER))

/* Every attempt, on each of the file systems, in each scope of the mask. */
static inline void attempts_run(const struct attempt *attempts, size_t nr,
				int map, int scopes)
{
	static const char *const roots[] = { "tmpfs", "ext4", "overlay/merged" };
	char root[PATH_SIZE];

	mount_tmpfs(TEST_ROOT "/tmpfs");
	mount_ext4(TEST_ROOT "/ext4");
	for (int r = 0; r < 3; r++) {
		/* Only once nothing changes in what is its lower layer. */
		if (r == 2)
			mount_overlay(TEST_ROOT "/overlay", TEST_ROOT "/ext4");
		path_set(root, "%s/%s", TEST_ROOT, roots[r]);
		for (size_t i = 0; i < nr * 2; i++) {
			const struct attempt *attempt = &attempts[i / 2];
			enum scope scope = i % 2;

			if (attempt->only && strcmp(attempt->only, roots[r]))
				continue;
			if (scopes & (1 << scope))
				attempt_run(attempt, map, roots[r], root, scope);
		}
	}
	unmount(TEST_ROOT "/overlay/merged");
	unmount(TEST_ROOT "/ext4");
}

#endif /* POLICY_TEST_ATTEMPT_H */
