// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * protect-files: how far the list reaches. Files without a known place, layers
 * of an overlay, malformed entries, deep trees; and the limits that its page
 * states, which are tested too, so that the page stays true.
 */
#define _GNU_SOURCE
#include <sys/sysmacros.h>
#include <sys/ioctl.h>

#include "attempt.h"

static int open_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void make_file(char *path, const char *dir, const char *name)
{
	path_set(path, "%s/%s", dir, name);
	file_write(path, "original", 8, 0644);
}

static bool holds(const char *path, const char *content)
{
	char data[64] = "";
	int fd = file_open(path, O_RDONLY);
	ssize_t size = read(fd, data, sizeof(data) - 1);

	close(fd);
	return size == (ssize_t)strlen(content) && !strcmp(data, content);
}

static void malformed_values(int map)
{
	static const __u32 values[] = { 0, 3, 77, 0xffffffff };
	char path[PATH_SIZE];

	make_file(path, TEST_ROOT, "malformed");
	for (int i = 0; i < 4; i++) {
		list_path(map, path, values[i]);
		test_ok(open_write(path) == -EPERM,
			"an entry with value %u protects fully", values[i]);
		unlist_path(map, path);
	}
	test_ok(!open_write(path), "and once gone, it does not");
}

union handle_space {
	struct file_handle handle;
	char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

static int handle_open(const char *mount, union handle_space *u, int flags)
{
	int mount_fd = file_open(mount, O_RDONLY | O_DIRECTORY);
	int fd = open_by_handle_at(mount_fd, &u->handle, flags | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;

	close(mount_fd);
	if (fd >= 0)
		close(fd);
	return err;
}

/* With nothing cached, a handle leads to the file and to no folder. */
static void handles(int map)
{
	union handle_space u = { .handle.handle_bytes = MAX_HANDLE_SZ };
	char dir[] = TEST_ROOT "/handles", folder[PATH_SIZE], file[PATH_SIZE];
	struct lsmslot_inode_id id;
	int mount_id;

	mount_ext4(dir);
	path_set(folder, "%s/folder", dir);
	if (mkdir(folder, 0755))
		test_bail("cannot make %s", folder);
	make_file(file, folder, "file");
	if (name_to_handle_at(AT_FDCWD, file, &u.handle, &mount_id, 0))
		test_bail("no file handle for %s", file);
	list_path(map, folder, PROTECT_FILES_FULL);
	id = path_id(folder);

	sh("sync && echo 2 > /proc/sys/vm/drop_caches");
	test_ok(handle_open(dir, &u, O_WRONLY) == -EPERM,
		"file handle, nothing cached, folder listed: open for writing");
	sh("sync && echo 2 > /proc/sys/vm/drop_caches");
	test_ok(!handle_open(dir, &u, O_RDONLY),
		"file handle, nothing cached: open for reading works");

	map_clear(map, &id);
	sh("sync && echo 2 > /proc/sys/vm/drop_caches");
	test_ok(handle_open(dir, &u, O_WRONLY) == -EPERM,
		"file handle, nothing cached, not listed: denied, place unknown");
	if (access(file, F_OK))
		test_bail("cannot look up %s", file);
	test_ok(!handle_open(dir, &u, O_WRONLY),
		"file handle, cached, not listed: open for writing works");
	unmount(dir);
}

/* Leaves the working directory @levels folders down, and goes back to @back. */
static int at_depth(int levels, bool make)
{
	int back = file_open(".", O_RDONLY | O_DIRECTORY), fd, err;

	for (int i = 0; i < levels; i++)
		if ((make && mkdir("d", 0755)) || chdir("d"))
			test_bail("cannot go %d levels down", i);
	fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	err = fd < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	if (fchdir(back))
		test_bail("cannot go back");
	close(back);
	return err;
}

static void depth(struct policy *policy)
{
	int map = policy_map(policy, "protected");
	char dir[] = TEST_ROOT "/deep";

	mount_tmpfs(dir);
	if (chdir(dir))
		test_bail("cannot go to %s", dir);
	test_ok(!at_depth(1000, true), "1000 levels down, not listed");
	list_path(map, dir, PROTECT_FILES_FULL);
	test_ok(at_depth(1000, false) == -EPERM,
		"1000 levels down in a listed folder");
	unlist_path(map, dir);
	if (chdir("/"))
		test_bail("cannot leave");

	/* The chain is made first: mkdir below the limit is denied as well. */
	policy_detach(policy);
	mount_tmpfs(TEST_ROOT "/deeper");
	if (chdir(TEST_ROOT "/deeper"))
		test_bail("cannot go there");
	at_depth(2100, true);
	policy_attach(policy, "protect_files");
	test_ok(at_depth(2100, false) == -EPERM,
		"2100 levels down: denied, place unknown");
	test_ok(!at_depth(2000, false), "2000 levels down: works");
	if (chdir("/"))
		test_bail("cannot leave");
}

static int map_write(int fd)
{
	char *map = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, 8);
	return 0;
}

/* The list names the file in the upper layer; all goes through the overlay. */
static void overlay_upper(int map, const char *merged, const char *upper)
{
	char file[PATH_SIZE], real[PATH_SIZE];
	char *before;
	int fd;

	make_file(file, merged, "upper");
	path_set(real, "%s/upper", upper);
	fd = file_open(file, O_RDWR);
	before = mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);
	if (before == MAP_FAILED)
		test_bail("cannot map %s", file);
	list_path(map, real, PROTECT_FILES_FULL);
	test_ok(open_write(file) == -EPERM, "upper file listed: open");
	test_ok(result(pwrite(fd, "x", 1, 0)) == -EPERM,
		"upper file listed: write, descriptor opened before");
	test_ok(map_write(fd) == -EPERM, "upper file listed: shared mapping");
	test_ok(result(mprotect(before, 8, PROT_WRITE)) == -EPERM,
		"upper file listed: mprotect of a mapping made before");
	test_ok(result(truncate(file, 0)) == -EPERM,
		"upper file listed: truncate");
	test_ok(result(chmod(file, 0600)) == -EPERM,
		"upper file listed: chmod");
	test_ok(result(unlink(file)) == -EPERM, "upper file listed: unlink");
	test_ok(holds(file, "original"), "upper file listed: unchanged");
	unlist_path(map, real);
	test_ok(!open_write(file) && !result(pwrite(fd, "x", 1, 0)) &&
		!map_write(fd) && !result(mprotect(before, 8, PROT_WRITE)) &&
		!result(unlink(file)), "upper file not listed: all of it works");
	munmap(before, 8);
	close(fd);
}

static void overlay_lower(int map, const char *merged, const char *lower)
{
	char file[PATH_SIZE], real[PATH_SIZE];

	path_set(file, "%s/lower", merged);
	path_set(real, "%s/lower", lower);
	list_path(map, file, PROTECT_FILES_FULL);
	sh("echo 2 > /proc/sys/vm/drop_caches");
	test_ok(open_write(file) == -EPERM,
		"overlay file listed, in the lower layer: open");
	test_ok(result(chmod(file, 0600)) == -EPERM,
		"overlay file listed, in the lower layer: chmod");
	test_ok(result(unlink(file)) == -EPERM,
		"overlay file listed, in the lower layer: unlink");
	unlist_path(map, file);

	list_path(map, real, PROTECT_FILES_FULL);
	test_ok(open_write(real) == -EPERM, "lower file listed: open");
	test_ok(!open_write(file) && holds(real, "original"),
		"limit: lower file listed: the overlay changes a copy");
	unlist_path(map, real);
	test_ok(!open_write(real), "lower file not listed: open");
}

static void overlays(int map)
{
	char lower[] = TEST_ROOT "/lower", file[PATH_SIZE];

	mount_ext4(lower);
	make_file(file, lower, "lower");
	mount_overlay(TEST_ROOT "/overlay", lower);
	overlay_upper(map, TEST_ROOT "/overlay/merged",
		      TEST_ROOT "/overlay/upper");
	overlay_lower(map, TEST_ROOT "/overlay/merged", lower);
	unmount(TEST_ROOT "/overlay/merged");
	unmount(lower);
}

struct move_extent {
	__u32 reserved, donor_fd;
	__u64 orig_start, donor_start, len, moved_len;
};

#define EXT4_IOC_MOVE_EXT _IOWR('f', 15, struct move_extent)

/* Whole pages on the disk, which is what ext4 trades. */
static int block_file(const char *path, char fill)
{
	static char data[TARGET_SIZE];
	int fd;

	memset(data, fill, sizeof(data));
	file_write(path, data, sizeof(data), 0644);
	fd = file_open(path, O_RDWR);
	if (fsync(fd))
		test_bail("cannot write back %s", path);
	return fd;
}

static char first_byte(int fd)
{
	char byte = 0;

	return pread(fd, &byte, 1, 0) == 1 ? byte : 0;
}

/* The listed file is the second one, open for writing before it was listed. */
static void trade_blocks(struct policy *policy)
{
	int map = policy_map(policy, "protected"), err;
	char dir[] = TEST_ROOT "/trade";
	struct move_extent move = { .len = TARGET_SIZE / 1024 };
	int fd, donor;

	mount_ext4(dir);
	fd = block_file(TEST_ROOT "/trade/free", 'f');
	donor = block_file(TEST_ROOT "/trade/listed", 'l');
	move.donor_fd = donor;
	list_path(map, TEST_ROOT "/trade/listed", PROTECT_FILES_FULL);
	err = result(ioctl(fd, EXT4_IOC_MOVE_EXT, &move));
	test_ok(err == -EPERM && first_byte(donor) == 'l',
		"the blocks of a listed file are not traded");
	unlist_path(map, TEST_ROOT "/trade/listed");
	test_ok(result(ioctl(fd, EXT4_IOC_MOVE_EXT, &move)) == -EPERM,
		"nor those of any other, which could be listed");
	policy_detach(policy);
	err = result(ioctl(fd, EXT4_IOC_MOVE_EXT, &move));
	if (!test_ok(!err && move.moved_len == move.len,
		     "without the policy they are"))
		test_diag("%s, moved %llu", strerror(-err),
			  (unsigned long long)move.moved_len);
	close(fd);
	close(donor);
	unmount(dir);
	policy_attach(policy, "protect_files");
}

/* What the page says is out of reach. */
static void limit_hard_link(int map)
{
	char dir[PATH_SIZE], file[PATH_SIZE], second[PATH_SIZE];

	path_set(dir, "%s/linked", TEST_ROOT);
	path_set(second, "%s/second-name", TEST_ROOT);
	if (mkdir(dir, 0755))
		test_bail("cannot make %s", dir);
	make_file(file, dir, "file");
	if (link(file, second))
		test_bail("cannot link %s", second);
	list_path(map, dir, PROTECT_FILES_FULL);
	test_ok(open_write(file) == -EPERM && !open_write(second),
		"limit: an older hard link leads out of a listed folder");
	list_path(map, file, PROTECT_FILES_FULL);
	test_ok(open_write(second) == -EPERM,
		"an older hard link of a listed file: open");
	unlist_path(map, file);
	unlist_path(map, dir);
}

static void limit_mapping(int map)
{
	char file[PATH_SIZE];
	char *shared;
	int fd;

	make_file(file, TEST_ROOT, "mapped");
	fd = file_open(file, O_RDWR);
	shared = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		test_bail("cannot map %s", file);
	list_path(map, file, PROTECT_FILES_FULL);
	shared[0] = 'X';
	test_ok(holds(file, "Xriginal"),
		"limit: an older writable mapping still writes");
	unlist_path(map, file);
	munmap(shared, 8);
	close(fd);
}

static void limit_loop(int map)
{
	char file[PATH_SIZE];

	path_set(file, "%s/loop", TEST_ROOT);
	sh("truncate -s 1M %s && losetup -f --show %s > %s.dev", file, file, file);
	list_path(map, file, PROTECT_FILES_FULL);
	sh("echo changed | dd of=$(cat %s.dev) conv=fsync 2>/dev/null", file);
	test_ok(!system("grep -q changed " TEST_ROOT "/loop"),
		"limit: an older loop device still writes");
	unlist_path(map, file);
	sh("losetup -d $(cat %s.dev)", file);
}

/* A folder ends where its file system does, and what it is on can go away. */
static void limit_mounts(int map)
{
	char folder[] = TEST_ROOT "/outer", inner[] = TEST_ROOT "/outer/inner";

	mount_tmpfs(folder);
	mount_tmpfs(inner);
	list_path(map, folder, PROTECT_FILES_FULL);
	test_ok(!result(mkdir(TEST_ROOT "/outer/inner/new", 0755)) &&
		result(mkdir(TEST_ROOT "/outer/new", 0755)) == -EPERM,
		"limit: another file system mounted below a listed folder");
	test_ok(!result(umount2(inner, 0)) && !result(umount2(folder, 0)),
		"limit: unmounting the file system");
}

/* ext4 gives a new file the number of a deleted one. */
static void limit_number(int map)
{
	char dir[] = TEST_ROOT "/numbers", file[PATH_SIZE];
	struct lsmslot_inode_id id, again;
	__u32 full = PROTECT_FILES_FULL;

	mount_ext4(dir);
	make_file(file, dir, "old");
	id = path_id(file);
	unlink(file);
	make_file(file, dir, "new");
	again = path_id(file);
	if (test_ok(again.ino == id.ino, "a deleted file's number is used again")) {
		map_set(map, &id, &full);
		test_ok(open_write(file) == -EPERM,
			"limit: an entry for the deleted file counts for the new one");
		map_clear(map, &id);
	}
	unmount(dir);
}

/* The contents of these are nowhere; the node itself is protected. */
static void limit_nodes(int map)
{
	char fifo[] = TEST_ROOT "/fifo", null[] = TEST_ROOT "/null";
	int fd;

	if (mkfifo(fifo, 0644) || mknod(null, S_IFCHR | 0644, makedev(1, 3)))
		test_bail("cannot make a node");
	list_path(map, fifo, PROTECT_FILES_FULL);
	list_path(map, null, PROTECT_FILES_FULL);
	fd = open(fifo, O_RDWR | O_CLOEXEC);
	test_ok(fd >= 0 && write(fd, "x", 1) == 1 && !open_write(null),
		"limit: what is written to a FIFO or a device node");
	test_ok(result(chmod(fifo, 0600)) == -EPERM && result(unlink(null)) == -EPERM,
		"a listed FIFO or device node itself does not change");
	close(fd);
	unlist_path(map, fifo);
	unlist_path(map, null);
}

int main(void)
{
	struct policy policy;
	int map;

	files_init();
	policy_attach(&policy, "protect_files");
	depth(&policy);
	trade_blocks(&policy);
	map = policy_map(&policy, "protected");
	malformed_values(map);
	handles(map);
	overlays(map);
	limit_hard_link(map);
	limit_mapping(map);
	limit_loop(map);
	limit_mounts(map);
	limit_nodes(map);
	limit_number(map);
	policy_detach(&policy);
	return test_done();
}
