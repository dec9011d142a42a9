// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * protect-files: a listed file keeps its name, gets no second one, and nothing
 * is put in its place, by a rename or by a mount.
 */
#define _GNU_SOURCE
#include <linux/fs.h>
#include <sys/syscall.h>

#include "attempt.h"
#include "uring.h"

static const char *beside(struct target *t, char *path)
{
	return path_set(path, "%s/beside", t->base);
}

static int try_unlink(struct target *t)
{
	return result(unlink(t->file));
}

static int try_unlinkat(struct target *t)
{
	return result(unlinkat(t->dir_fd, "file", 0));
}

static int try_unlink_uring(struct target *t)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_UNLINKAT,
		.fd = AT_FDCWD,
		.addr = (unsigned long)t->file,
	};

	return uring_do(&sqe);
}

static int try_unlink_bind_mount(struct target *t)
{
	char dir[PATH_SIZE], file[PATH_SIZE];
	int err;

	path_set(dir, "%s/bind", t->base);
	path_set(file, "%s/file", dir);
	if (mkdir(dir, 0755) && errno != EEXIST)
		test_bail("cannot make %s", dir);
	if (mount(t->dir, dir, NULL, MS_BIND, NULL))
		return -errno;
	err = result(unlink(file));
	unmount(dir);
	return err;
}

static int try_rename_away(struct target *t)
{
	char path[PATH_SIZE];

	return result(rename(t->file, beside(t, path)));
}

static int try_rename_in_place(struct target *t)
{
	char path[PATH_SIZE];

	path_set(path, "%s/renamed", t->dir);
	return result(rename(t->file, path));
}

static int try_rename_noreplace(struct target *t)
{
	char path[PATH_SIZE];

	return result(renameat2(AT_FDCWD, t->file, AT_FDCWD, beside(t, path),
				RENAME_NOREPLACE));
}

static int try_rename_whiteout(struct target *t)
{
	char path[PATH_SIZE];

	/* overlayfs keeps this one for itself. */
	return result(renameat2(AT_FDCWD, t->file, AT_FDCWD, beside(t, path),
				RENAME_WHITEOUT));
}

static int try_rename_over(struct target *t)
{
	return result(rename(t->other, t->file));
}

static int try_exchange(struct target *t)
{
	return result(renameat2(AT_FDCWD, t->file, AT_FDCWD, t->other,
				RENAME_EXCHANGE));
}

static int try_exchange_other_way(struct target *t)
{
	return result(renameat2(AT_FDCWD, t->other, AT_FDCWD, t->file,
				RENAME_EXCHANGE));
}

static int try_link(struct target *t)
{
	char path[PATH_SIZE];

	return result(link(t->file, beside(t, path)));
}

static int try_link_empty_path(struct target *t)
{
	int fd = file_open(t->file, O_PATH), err;
	char path[PATH_SIZE];

	err = result(linkat(fd, "", AT_FDCWD, beside(t, path), AT_EMPTY_PATH));
	close(fd);
	return err;
}

static int try_link_proc_fd(struct target *t)
{
	char fd[PATH_SIZE], path[PATH_SIZE];

	path_set(fd, "/proc/self/fd/%d", t->rw);
	return result(linkat(AT_FDCWD, fd, AT_FDCWD, beside(t, path),
			     AT_SYMLINK_FOLLOW));
}

/* The mount goes again at once: the next attempt needs the file. */
static int mounted(int err, const char *path)
{
	if (!err)
		unmount(path);
	return err;
}

static int try_mount_over(struct target *t)
{
	return mounted(result(mount(t->other, t->file, NULL, MS_BIND, NULL)),
		       t->file);
}

static int try_move_mount_over(struct target *t)
{
	char path[PATH_SIZE];

	beside(t, path);
	if (access(path, F_OK))
		file_write(path, "", 0, 0644);
	if (mount(t->other, path, NULL, MS_BIND, NULL))
		test_bail("cannot mount");
	if (mount(path, t->file, NULL, MS_MOVE, NULL)) {
		int err = -errno;

		unmount(path);
		return err;
	}
	unmount(t->file);
	return 0;
}

static int try_open_tree_over(struct target *t)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, t->other,
			   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int err;

	if (tree < 0)
		test_bail("cannot clone a mount");
	err = result(syscall(SYS_move_mount, tree, "", AT_FDCWD, t->file,
			     MOVE_MOUNT_F_EMPTY_PATH));
	close(tree);
	return mounted(err, t->file);
}

static int in_name_space(struct target *t, int flags)
{
	int status, pid = fork();

	if (!pid) {
		if (unshare(flags))
			test_bail("cannot unshare");
		_exit(-result(mount(t->other, t->file, NULL, MS_BIND, NULL)));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("cannot wait");
	return -WEXITSTATUS(status);
}

static int try_mount_own_name_space(struct target *t)
{
	return in_name_space(t, CLONE_NEWNS);
}

static int try_mount_user_name_space(struct target *t)
{
	return in_name_space(t, CLONE_NEWNS | CLONE_NEWUSER);
}

static const struct attempt attempts[] = {
	ATTEMPT("unlink", try_unlink),
	ATTEMPT("unlinkat", try_unlinkat),
	ATTEMPT("io_uring unlink", try_unlink_uring),
	ATTEMPT("unlink through a bind mount", try_unlink_bind_mount),
	ATTEMPT("rename to another folder", try_rename_away),
	ATTEMPT("rename in its folder", try_rename_in_place),
	ATTEMPT("rename with RENAME_NOREPLACE", try_rename_noreplace),
	ATTEMPT_ON("tmpfs", "rename with RENAME_WHITEOUT", try_rename_whiteout),
	ATTEMPT_ON("ext4", "rename with RENAME_WHITEOUT", try_rename_whiteout),
	ATTEMPT("rename of another file over it", try_rename_over),
	ATTEMPT("exchange with another file", try_exchange),
	ATTEMPT("exchange, the other file first", try_exchange_other_way),
	ATTEMPT("hard link", try_link),
	ATTEMPT("hard link of an O_PATH descriptor", try_link_empty_path),
	ATTEMPT("hard link through /proc/self/fd", try_link_proc_fd),
	ATTEMPT("bind mount over it", try_mount_over),
	ATTEMPT("move a mount over it", try_move_mount_over),
	ATTEMPT("open_tree and move_mount over it", try_open_tree_over),
	ATTEMPT("mount over it in a mount name space", try_mount_own_name_space),
	ATTEMPT("mount over it in a user name space", try_mount_user_name_space),
};

int main(void)
{
	struct policy policy;

	files_init();
	policy_attach(&policy, "protect_files");
	attempts_run(attempts, ARRAY_SIZE(attempts),
		     policy_map(&policy, "protected"), BOTH_SCOPES);
	policy_detach(&policy);
	return test_done();
}
