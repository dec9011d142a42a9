// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * protect-files: nothing changes what a listed file contains, by whatever call,
 * through whatever descriptor or mapping.
 */
#define _GNU_SOURCE
#include <linux/aio_abi.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "attempt.h"
#include "uring.h"

static char text[] = "changed";

static int open_close(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int try_open_write(struct target *t)
{
	return open_close(t->file, O_WRONLY);
}

static int try_open_read_write(struct target *t)
{
	return open_close(t->file, O_RDWR);
}

static int try_open_append(struct target *t)
{
	return open_close(t->file, O_WRONLY | O_APPEND);
}

static int try_open_create(struct target *t)
{
	return open_close(t->file, O_WRONLY | O_CREAT | O_TRUNC);
}

static int try_open_truncate(struct target *t)
{
	return open_close(t->file, O_RDONLY | O_TRUNC);
}

static int try_open_proc_fd(struct target *t)
{
	char path[PATH_SIZE];

	path_set(path, "/proc/self/fd/%d", t->ro);
	return open_close(path, O_WRONLY);
}

static int try_open_path_fd(struct target *t)
{
	int fd = file_open(t->file, O_PATH), err;
	char path[PATH_SIZE];

	path_set(path, "/proc/self/fd/%d", fd);
	err = open_close(path, O_WRONLY);
	close(fd);
	return err;
}

static int try_open_chroot(struct target *t)
{
	int status, pid = fork();

	if (!pid) {
		if (chroot(t->dir))
			test_bail("cannot chroot");
		_exit(-open_close("/file", O_WRONLY));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("cannot wait");
	return -WEXITSTATUS(status);
}

static int try_open_handle(struct target *t)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount_id, fd;

	if (name_to_handle_at(AT_FDCWD, t->file, &u.handle, &mount_id, 0))
		return -errno;
	fd = open_by_handle_at(t->dir_fd, &u.handle, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int try_bind_mount(struct target *t)
{
	char dir[PATH_SIZE], file[PATH_SIZE];
	int err;

	path_set(dir, "%s/bind", t->base);
	path_set(file, "%s/file", dir);
	if (mkdir(dir, 0755) && errno != EEXIST)
		test_bail("cannot make %s", dir);
	if (mount(t->dir, dir, NULL, MS_BIND, NULL))
		return -errno;
	err = open_close(file, O_WRONLY);
	unmount(dir);
	return err;
}

static int try_write(struct target *t)
{
	return result(write(t->rw, text, sizeof(text)));
}

static int try_pwrite(struct target *t)
{
	return result(pwrite(t->rw, text, sizeof(text), 100));
}

static int try_pwritev2(struct target *t)
{
	struct iovec iov = { text, sizeof(text) };

	return result(pwritev2(t->rw, &iov, 1, -1, RWF_APPEND));
}

static int try_write_other_process(struct target *t)
{
	int status, pid = fork();

	if (!pid)
		_exit(-result(write(t->rw, text, sizeof(text))));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("cannot wait");
	return -WEXITSTATUS(status);
}

static int try_sendfile(struct target *t)
{
	int from = file_open(t->other, O_RDONLY), err;

	err = result(sendfile(t->rw, from, NULL, 100));
	close(from);
	return err;
}

static int try_copy_file_range(struct target *t)
{
	int from = file_open(t->other, O_RDONLY), err;

	err = result(copy_file_range(from, NULL, t->rw, NULL, 100, 0));
	close(from);
	return err;
}

static int try_splice(struct target *t)
{
	int ends[2], err;

	if (pipe(ends) || write(ends[1], text, sizeof(text)) < 0)
		test_bail("cannot fill a pipe");
	err = result(splice(ends[0], NULL, t->rw, NULL, sizeof(text), 0));
	close(ends[0]);
	close(ends[1]);
	return err;
}

static int try_truncate(struct target *t)
{
	return result(truncate(t->file, 10));
}

static int try_truncate_same_size(struct target *t)
{
	return result(truncate(t->file, TARGET_SIZE));
}

static int try_ftruncate(struct target *t)
{
	return result(ftruncate(t->rw, 10));
}

static int try_fallocate(struct target *t)
{
	return result(fallocate(t->rw, 0, 0, TARGET_SIZE * 2));
}

static int try_punch_hole(struct target *t)
{
	return result(fallocate(t->rw, FALLOC_FL_PUNCH_HOLE |
				FALLOC_FL_KEEP_SIZE, 0, 4096));
}

static int try_collapse_range(struct target *t)
{
	return result(fallocate(t->rw, FALLOC_FL_COLLAPSE_RANGE, 0, 4096));
}

static int map_write(struct target *t, int flags)
{
	char *map = mmap(NULL, TARGET_SIZE, PROT_READ | PROT_WRITE, flags,
			 t->rw, 0);

	if (map == MAP_FAILED)
		return -errno;
	map[0] = 'x';
	munmap(map, TARGET_SIZE);
	return 0;
}

static int try_map_shared(struct target *t)
{
	return map_write(t, MAP_SHARED);
}

static int try_map_shared_validate(struct target *t)
{
	return map_write(t, MAP_SHARED_VALIDATE);
}

static int try_mprotect(struct target *t)
{
	if (mprotect(t->map, TARGET_SIZE, PROT_READ | PROT_WRITE))
		return -errno;
	*(char *)t->map = 'x';
	return 0;
}

/* Mapped for reading while the file is listed, then made writable. */
static int try_map_then_mprotect(struct target *t)
{
	char *map = mmap(NULL, TARGET_SIZE, PROT_READ, MAP_SHARED, t->rw, 0);
	int err;

	if (map == MAP_FAILED)
		test_bail("cannot map for reading");
	err = result(mprotect(map, TARGET_SIZE, PROT_WRITE));
	munmap(map, TARGET_SIZE);
	return err;
}

static int try_aio(struct target *t)
{
	struct iocb iocb = {
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = t->rw,
		.aio_buf = (unsigned long)text,
		.aio_nbytes = sizeof(text),
	};
	struct iocb *iocbs[] = { &iocb };
	struct io_event event = {};
	aio_context_t context = 0;
	int err;

	if (syscall(SYS_io_setup, 1, &context))
		test_bail("cannot set up aio");
	err = result(syscall(SYS_io_submit, context, 1, iocbs));
	if (!err && syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1)
		err = event.res < 0 ? event.res : 0;
	syscall(SYS_io_destroy, context);
	return err;
}

static int try_uring_write(struct target *t)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_WRITE,
		.fd = t->rw,
		.addr = (unsigned long)text,
		.len = sizeof(text),
	};
	int res = uring_do(&sqe);

	return res < 0 ? res : 0;
}

/* From the kernel's worker thread rather than from this task. */
static int try_uring_write_async(struct target *t)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_WRITE,
		.flags = IOSQE_ASYNC,
		.fd = t->rw,
		.addr = (unsigned long)text,
		.len = sizeof(text),
	};
	int res = uring_do(&sqe);

	return res < 0 ? res : 0;
}

static int try_uring_fallocate(struct target *t)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_FALLOCATE,
		.fd = t->rw,
		.addr = TARGET_SIZE * 2,
	};

	return uring_do(&sqe);
}

static int try_uring_open(struct target *t)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (unsigned long)t->file,
		.open_flags = O_WRONLY,
	};
	int res = uring_do(&sqe);

	if (res < 0)
		return res;
	close(res);
	return 0;
}

static int try_loop_device(struct target *t)
{
	char command[PATH_SIZE * 2];
	int status;

	/* Writes through it come from the kernel and pass no hook: so no loop. */
	snprintf(command, sizeof(command),
		 "dev=$(losetup -f --show %s 2>/dev/null) || exit 1;"
		 "echo changed | dd of=$dev conv=fsync 2>/dev/null;"
		 "status=$?; losetup -d $dev; exit $status", t->file);
	status = system(command);
	return status ? -EPERM : 0;
}

static const struct attempt attempts[] = {
	ATTEMPT("open for writing", try_open_write),
	ATTEMPT("open for reading and writing", try_open_read_write),
	ATTEMPT("open for appending", try_open_append),
	ATTEMPT("open with O_CREAT | O_TRUNC", try_open_create),
	ATTEMPT("open for reading with O_TRUNC", try_open_truncate),
	ATTEMPT("reopen through /proc/self/fd", try_open_proc_fd),
	ATTEMPT("reopen an O_PATH descriptor", try_open_path_fd),
	ATTEMPT("open in a chroot", try_open_chroot),
	ATTEMPT("open by file handle", try_open_handle),
	ATTEMPT("open through a bind mount of its folder", try_bind_mount),
	ATTEMPT("write, descriptor opened before", try_write),
	ATTEMPT("pwrite, descriptor opened before", try_pwrite),
	ATTEMPT("pwritev2 with RWF_APPEND", try_pwritev2),
	ATTEMPT("write from a child that inherited the descriptor",
		try_write_other_process),
	ATTEMPT("sendfile into it", try_sendfile),
	ATTEMPT("copy_file_range into it", try_copy_file_range),
	ATTEMPT("splice from a pipe into it", try_splice),
	ATTEMPT("truncate", try_truncate),
	ATTEMPT("truncate to its own size", try_truncate_same_size),
	ATTEMPT("ftruncate, descriptor opened before", try_ftruncate),
	ATTEMPT("fallocate", try_fallocate),
	ATTEMPT("fallocate that punches a hole", try_punch_hole),
	ATTEMPT_ON("ext4", "fallocate that collapses a range", try_collapse_range),
	ATTEMPT("shared writable mapping", try_map_shared),
	ATTEMPT("shared writable mapping, MAP_SHARED_VALIDATE",
		try_map_shared_validate),
	ATTEMPT("mprotect of a mapping made before", try_mprotect),
	ATTEMPT("mprotect of a mapping made after", try_map_then_mprotect),
	ATTEMPT("aio write", try_aio),
	ATTEMPT("io_uring write", try_uring_write),
	ATTEMPT("io_uring write from a worker", try_uring_write_async),
	ATTEMPT("io_uring fallocate", try_uring_fallocate),
	ATTEMPT("io_uring open for writing", try_uring_open),
	ATTEMPT("write through a new loop device", try_loop_device),
};

/* What must go on working on a listed file. */
static void reading_works(int map)
{
	struct target t;
	char byte;
	char *copy;

	mount_tmpfs(TEST_ROOT "/reading");
	target_init(&t, TEST_ROOT "/reading", 0);
	list_path(map, t.file, PROTECT_FILES_FULL);
	test_ok(!open_close(t.file, O_RDONLY), "listed file: open for reading");
	test_ok(read(t.rw, &byte, 1) == 1,
		"listed file: read, descriptor open for writing");
	copy = mmap(NULL, TARGET_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		    t.rw, 0);
	if (copy != MAP_FAILED)
		copy[0] = 'x';
	test_ok(copy != MAP_FAILED && target_unchanged(&t),
		"listed file: a private writable mapping stays private");
	test_ok(isatty(t.ro) == 0 && errno == ENOTTY,
		"listed file: isatty() still answers");
	unlist_path(map, t.file);
	munmap(copy, TARGET_SIZE);
	target_release(&t);
}

/* The list stays as it is: it is the programs that must be gone. */
static void detach_frees(struct policy *policy)
{
	struct target t;
	int before;

	mount_tmpfs(TEST_ROOT "/detach");
	target_init(&t, TEST_ROOT "/detach", 0);
	list_path(policy_map(policy, "protected"), t.file, PROTECT_FILES_FULL);
	before = try_write(&t);
	policy_detach(policy);
	test_ok(before == -EPERM && !try_write(&t) && !try_open_write(&t),
		"listed file: writable again once the policy is detached");
	target_release(&t);
}

int main(void)
{
	struct policy policy;

	files_init();
	policy_attach(&policy, "protect_files");
	attempts_run(attempts, ARRAY_SIZE(attempts),
		     policy_map(&policy, "protected"), BOTH_SCOPES);
	reading_works(policy_map(&policy, "protected"));
	detach_frees(&policy);
	return test_done();
}
