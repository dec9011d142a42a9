// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * protect-files: a listed folder gains and loses no entry at any depth, and is
 * itself neither changed, moved, removed nor mounted over; an anchor is only
 * not moved, removed or mounted over.
 */
#define _GNU_SOURCE
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "attempt.h"

/* Names in the file's folder, which is in the listed one. */
static const char *inside(struct target *t, char *path)
{
	return path_set(path, "%s/new", t->dir);
}

static int try_create(struct target *t)
{
	char path[PATH_SIZE];
	int fd = open(inside(t, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int try_create_at_top(struct target *t)
{
	char path[PATH_SIZE];

	path_set(path, "%s/new", t->folder);
	return result(mknod(path, S_IFREG | 0644, 0));
}

static int try_create_by_fd(struct target *t)
{
	int fd = openat(t->dir_fd, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int try_tmpfile(struct target *t)
{
	int fd = open(t->dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Made elsewhere without a name, and given one here. */
static int try_link_tmpfile(struct target *t)
{
	char fd_path[PATH_SIZE], path[PATH_SIZE];
	int fd = open(t->base, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644), err;

	if (fd < 0)
		test_bail("cannot have an unnamed file");
	path_set(fd_path, "/proc/self/fd/%d", fd);
	err = result(linkat(AT_FDCWD, fd_path, AT_FDCWD, inside(t, path),
			    AT_SYMLINK_FOLLOW));
	close(fd);
	return err;
}

static int try_mkdir(struct target *t)
{
	char path[PATH_SIZE];

	return result(mkdir(inside(t, path), 0755));
}

static int try_symlink(struct target *t)
{
	char path[PATH_SIZE];

	return result(symlink("target", inside(t, path)));
}

static int try_mkfifo(struct target *t)
{
	char path[PATH_SIZE];

	return result(mknod(inside(t, path), S_IFIFO | 0644, 0));
}

static int try_mknod(struct target *t)
{
	char path[PATH_SIZE];

	return result(mknod(inside(t, path), S_IFCHR | 0644, 0x103));
}

static int try_bind_socket(struct target *t)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	path_set(name.sun_path, "%s/new", t->dir);
	err = result(bind(fd, (struct sockaddr *)&name, sizeof(name)));
	close(fd);
	return err;
}

static int try_rename_into(struct target *t)
{
	char path[PATH_SIZE];

	return result(rename(t->other, inside(t, path)));
}

static int try_link_into(struct target *t)
{
	char path[PATH_SIZE];

	return result(link(t->other, inside(t, path)));
}

static int try_rename_folder(struct target *t)
{
	char path[PATH_SIZE];

	path_set(path, "%s/moved", t->base);
	return result(rename(t->folder, path));
}

static int try_rename_inner_folder(struct target *t)
{
	char path[PATH_SIZE];

	path_set(path, "%s/moved", t->base);
	return result(rename(t->dir, path));
}

static int try_exchange_folder(struct target *t)
{
	char path[PATH_SIZE];

	path_set(path, "%s/exchange", t->base);
	if (mkdir(path, 0755) && errno != EEXIST)
		test_bail("cannot make %s", path);
	return result(renameat2(AT_FDCWD, path, AT_FDCWD, t->folder,
				RENAME_EXCHANGE));
}

static int try_chmod_folder(struct target *t)
{
	return result(chmod(t->folder, 0700));
}

static int try_chown_inner_folder(struct target *t)
{
	return result(fchown(t->dir_fd, 1, 1));
}

static int try_setxattr_folder(struct target *t)
{
	return result(setxattr(t->folder, "user.test", "1", 1, 0));
}

static int try_chattr_folder(struct target *t)
{
	int flags;

	if (ioctl(t->dir_fd, FS_IOC_GETFLAGS, &flags))
		return -errno;
	flags |= FS_NODUMP_FL;
	return result(ioctl(t->dir_fd, FS_IOC_SETFLAGS, &flags));
}

static int mount_over(const char *path)
{
	if (mount("test", path, "tmpfs", 0, NULL))
		return -errno;
	unmount(path);
	return 0;
}

static int try_mount_over_folder(struct target *t)
{
	return mount_over(t->folder);
}

static int try_mount_over_inner_folder(struct target *t)
{
	return mount_over(t->dir);
}

static int try_fsmount_over_folder(struct target *t)
{
	int fs = syscall(SYS_fsopen, "tmpfs", 0), mnt, err;

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		test_bail("cannot make a tmpfs");
	mnt = syscall(SYS_fsmount, fs, 0, 0);
	if (mnt < 0)
		test_bail("cannot mount a tmpfs");
	err = result(syscall(SYS_move_mount, mnt, "", AT_FDCWD, t->folder,
			     MOVE_MOUNT_F_EMPTY_PATH));
	close(mnt);
	close(fs);
	if (!err)
		unmount(t->folder);
	return err;
}

static const struct attempt attempts[] = {
	ATTEMPT("create a file", try_create),
	ATTEMPT("create a file, first level", try_create_at_top),
	ATTEMPT("create a file through a descriptor", try_create_by_fd),
	ATTEMPT("open with O_TMPFILE", try_tmpfile),
	ATTEMPT("link an unnamed file into it", try_link_tmpfile),
	ATTEMPT("mkdir", try_mkdir),
	ATTEMPT("symlink", try_symlink),
	ATTEMPT("make a FIFO", try_mkfifo),
	ATTEMPT("make a device node", try_mknod),
	ATTEMPT("bind a socket", try_bind_socket),
	ATTEMPT("rename a file into it", try_rename_into),
	ATTEMPT("link a file into it", try_link_into),
	ATTEMPT("rename the folder", try_rename_folder),
	ATTEMPT("rename a folder in it", try_rename_inner_folder),
	ATTEMPT("exchange the folder", try_exchange_folder),
	ATTEMPT("chmod of the folder", try_chmod_folder),
	ATTEMPT("fchown of a folder in it", try_chown_inner_folder),
	ATTEMPT("setxattr on the folder", try_setxattr_folder),
	ATTEMPT("chattr of a folder in it", try_chattr_folder),
	ATTEMPT("mount over the folder", try_mount_over_folder),
	ATTEMPT("mount over a folder in it", try_mount_over_inner_folder),
	ATTEMPT("fsmount over the folder", try_fsmount_over_folder),
};

/* The folder's own removal needs an empty one. */
static void rmdir_denied(int map, const char *root)
{
	char dir[PATH_SIZE], sub[PATH_SIZE];

	path_set(dir, "%s/empty", root);
	path_set(sub, "%s/sub", dir);
	if (mkdir(dir, 0755) || mkdir(sub, 0755))
		test_bail("cannot make %s", sub);
	list_path(map, dir, PROTECT_FILES_FULL);
	test_ok(result(rmdir(sub)) == -EPERM, "listed folder: rmdir in it");
	unlist_path(map, dir);
	test_ok(!result(rmdir(sub)), "no longer listed: rmdir in it");
	list_path(map, dir, PROTECT_FILES_FULL);
	test_ok(result(rmdir(dir)) == -EPERM, "listed folder: rmdir");
	unlist_path(map, dir);
	test_ok(!result(rmdir(dir)), "no longer listed: rmdir");
}

static void anchors(int map, const char *root)
{
	static const char *const denied = "anchor: %s";
	char path[PATH_SIZE];
	struct target t;

	target_init(&t, root, 100000);
	list_path(map, t.folder, PROTECT_FILES_ANCHOR);
	list_path(map, t.file, PROTECT_FILES_FULL);
	test_ok(try_rename_folder(&t) == -EPERM, denied, "rename it");
	test_ok(try_exchange_folder(&t) == -EPERM, denied, "exchange it");
	test_ok(try_mount_over_folder(&t) == -EPERM, denied, "mount over it");
	test_ok(try_fsmount_over_folder(&t) == -EPERM, denied,
		"fsmount over it");
	test_ok(target_unchanged(&t), "anchor: what it leads to is in place");
	test_ok(!try_create_at_top(&t), denied, "a new entry is allowed");
	test_ok(!try_create(&t), denied, "a new entry below is allowed");
	test_ok(!try_chmod_folder(&t), denied, "chmod is allowed");
	test_ok(!mount(NULL, TEST_ROOT, NULL, MS_SHARED, NULL) &&
		!mount(NULL, TEST_ROOT, NULL, MS_PRIVATE, NULL),
		"anchor: propagation can change");
	path_set(path, "%s/moved-in", t.dir);
	test_ok(!rename(t.other, path), denied, "a rename into it is allowed");
	unlist_path(map, t.file);
	unlist_path(map, t.folder);
	test_ok(!try_rename_folder(&t), "no longer an anchor: rename it");
	target_release(&t);
}

/* Of a mount point that is listed: a remount puts nothing on it. */
static void remount_allowed(int map)
{
	char root[] = TEST_ROOT "/anchored";

	mount_tmpfs(root);
	list_path(map, root, PROTECT_FILES_FULL);
	test_ok(!mount(NULL, root, NULL, MS_REMOUNT | MS_NOSUID, "size=32m"),
		"listed root of a mount: a remount is allowed");
	test_ok(!mount(NULL, root, NULL, MS_REMOUNT | MS_BIND, NULL),
		"listed root of a mount: other mount flags are allowed");
	test_ok(!mount(NULL, root, NULL, MS_SHARED, NULL),
		"listed root of a mount: propagation can change");
	test_ok(mount_over(root) == -EPERM,
		"listed root of a mount: mount over it");
	test_ok(mkdir(TEST_ROOT "/anchored/new", 0755) == -1 && errno == EPERM,
		"listed root of a mount: mkdir in it");
	unlist_path(map, root);
	test_ok(!mkdir(TEST_ROOT "/anchored/new", 0755),
		"no longer listed root of a mount: mkdir in it");
}

int main(void)
{
	struct policy policy;
	int map;

	files_init();
	policy_attach(&policy, "protect_files");
	map = policy_map(&policy, "protected");
	attempts_run(attempts, ARRAY_SIZE(attempts), map,
		     1 << LISTED_FOLDER);
	rmdir_denied(map, TEST_ROOT);
	anchors(map, TEST_ROOT);
	remount_allowed(map);
	policy_detach(&policy);
	return test_done();
}
