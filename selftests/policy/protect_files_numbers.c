// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * protect-files: an overlay over several file systems counts its folders, and
 * takes the numbers of other files from the layers. A folder and a file that
 * share a number are two entries.
 */
#define _GNU_SOURCE
#include "attempt.h"

#define LAYERS TEST_ROOT "/layers"
#define MERGED TEST_ROOT "/merged"

#define FOLDERS 100
#define FILES 1000

static void mount_layers(void)
{
	char dir[PATH_SIZE];

	mount_tmpfs(LAYERS "/lower");
	mount_tmpfs(LAYERS "/upper");
	sh("mkdir %s/upper/data %s/upper/work %s", LAYERS, LAYERS, MERGED);
	for (int i = 0; i < FOLDERS; i++) {
		snprintf(dir, sizeof(dir), LAYERS "/lower/%d", i);
		if (mkdir(dir, 0755))
			test_bail("cannot make %s", dir);
	}
	sh("mount -t overlay -o xino=off,lowerdir=%s/lower,upperdir=%s/upper/data,"
	   "workdir=%s/upper/work test %s", LAYERS, LAYERS, LAYERS, MERGED);
}

/* A folder with a high number, held open: the number is that of its inode in memory. */
static int numbered_folder(char *path, size_t size, struct lsmslot_inode_id *id)
{
	for (int i = 0; i < FOLDERS; i++) {
		snprintf(path, size, MERGED "/%d", i);
		*id = path_id(path);
	}
	return file_open(path, O_PATH);
}

/* A new file with the number that the folder has. */
static bool numbered_file(char *path, size_t size, const struct lsmslot_inode_id *folder)
{
	struct lsmslot_inode_id id;

	for (int i = 0; i < FILES; i++) {
		snprintf(path, size, MERGED "/file%d", i);
		file_write(path, "one", 3, 0644);
		id = path_id(path);
		if (id.ino == folder->ino)
			return id.dev == folder->dev;
	}
	return false;
}

static int write_to(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, "two", 3) == 3 ? 0 : -errno;
	close(fd);
	return ret;
}

int main(void)
{
	char folder[PATH_SIZE], below[PATH_SIZE + 8], file[PATH_SIZE];
	struct lsmslot_inode_id id;
	struct policy policy;
	int map, fd;

	files_init();
	mount_layers();
	policy_attach(&policy, "protect_files");
	map = policy_map(&policy, "protected");
	fd = numbered_folder(folder, sizeof(folder), &id);
	snprintf(below, sizeof(below), "%s/below", folder);
	if (!test_ok(numbered_file(file, sizeof(file), &id), "%s and a file share number %llu",
		     folder, (unsigned long long)id.ino))
		return test_done();

	list_path(map, file, PROTECT_FILES_FULL);
	test_ok(write_to(file) == -EPERM, "the file is listed: it cannot be changed");
	test_ok(write_to(below) == 0, "the file is listed: what is below the folder can");
	unlist_path(map, file);

	list_path(map, folder, PROTECT_FILES_FULL);
	test_ok(write_to(file) == 0, "the folder is listed: the file can be changed");
	test_ok(write_to(below) == -EPERM, "the folder is listed: what is below it cannot");
	unlist_path(map, folder);

	close(fd);
	policy_detach(&policy);
	return test_done();
}
