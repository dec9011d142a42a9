// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * secrets-guard: a descriptor of a listed file that somebody else opened is of
 * no use to a binary that is not listed, and cannot be passed to it.
 */
#define _GNU_SOURCE
#include <linux/aio_abi.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "secrets.h"
#include "uring.h"

/* The file is open here before the program starts, at offset 0. */
#define INHERITED 100

static char data[64];

static int inherited_read(struct secret *s)
{
	return result(read(INHERITED, data, sizeof(data)));
}

static int inherited_pread(struct secret *s)
{
	return result(pread(INHERITED, data, sizeof(data), 1));
}

static int inherited_preadv2(struct secret *s)
{
	struct iovec iov = { data, sizeof(data) };

	return result(preadv2(INHERITED, &iov, 1, 0, 0));
}

static int to_pipe(void)
{
	int ends[2];

	if (pipe(ends))
		test_bail("cannot make a pipe");
	return ends[1];
}

static int inherited_sendfile(struct secret *s)
{
	return result(sendfile(to_pipe(), INHERITED, NULL, 10));
}

static int inherited_splice(struct secret *s)
{
	return result(splice(INHERITED, NULL, to_pipe(), NULL, 10, 0));
}

static int inherited_copy_file_range(struct secret *s)
{
	int to = file_open(s->other, O_WRONLY);

	return result(copy_file_range(INHERITED, NULL, to, NULL, 10, 0));
}

static int inherited_uring(struct secret *s)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ,
		.fd = INHERITED,
		.addr = (unsigned long)data,
		.len = sizeof(data),
	};
	int res = uring_do(&sqe);

	return res < 0 ? res : 0;
}

static int inherited_uring_worker(struct secret *s)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ,
		.flags = IOSQE_ASYNC,
		.fd = INHERITED,
		.addr = (unsigned long)data,
		.len = sizeof(data),
	};
	int res = uring_do(&sqe);

	return res < 0 ? res : 0;
}

static int inherited_aio(struct secret *s)
{
	struct iocb iocb = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = INHERITED,
		.aio_buf = (unsigned long)data,
		.aio_nbytes = sizeof(data),
	}, *iocbs[] = { &iocb };
	aio_context_t context = 0;
	struct io_event event;

	if (syscall(SYS_io_setup, 1, &context))
		return -errno;
	if (syscall(SYS_io_submit, context, 1, iocbs) != 1)
		return -errno;
	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		return -errno;
	return event.res < 0 ? event.res : 0;
}

static int inherited_map_private(struct secret *s)
{
	return result((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, INHERITED, 0));
}

static int inherited_map_shared(struct secret *s)
{
	return result((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, INHERITED, 0));
}

/* Would be made readable later, which nobody is asked about. */
static int inherited_map_none(struct secret *s)
{
	return result((long)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE, INHERITED, 0));
}

static int inherited_reopen(struct secret *s)
{
	char path[PATH_SIZE];

	return open_read(path_set(path, "/proc/self/fd/%d", INHERITED), O_RDONLY);
}

static int inherited_child(struct secret *s)
{
	int pid = fork();

	if (!pid)
		_exit(-inherited_read(s));
	return child_status(pid);
}

static const struct deed deeds[] = {
	{ "read", inherited_read },
	{ "pread", inherited_pread },
	{ "preadv2", inherited_preadv2 },
	{ "sendfile", inherited_sendfile },
	{ "splice", inherited_splice },
	{ "copy_file_range", inherited_copy_file_range },
	{ "io_uring", inherited_uring },
	{ "io_uring-worker", inherited_uring_worker },
	{ "aio", inherited_aio },
	{ "private-mapping", inherited_map_private },
	{ "shared-mapping", inherited_map_shared },
	{ "mapping-without-access", inherited_map_none },
	{ "reopen", inherited_reopen },
	{ "child", inherited_child },
};

static int run_with(const char *program, const char *deed, struct secret *s, int fd)
{
	if (dup2(fd, INHERITED) < 0 || lseek(INHERITED, 0, SEEK_SET))
		test_bail("cannot pass a descriptor");
	return run(program, deed, s->base);
}

static void inherited(struct policy *policy, const char *where)
{
	static int nr;	/* the overlay shows the names below it */
	struct secret listed, like;
	int listed_fd, like_fd;
	char base[PATH_SIZE];

	secret_make(&listed, path_set(base, "%s/%s/listed%d", TEST_ROOT, where, nr));
	secret_make(&like, path_set(base, "%s/%s/like%d", TEST_ROOT, where, nr++));
	listed_fd = file_open(listed.file, O_RDONLY);
	like_fd = file_open(like.file, O_RDONLY);
	for (size_t i = 0; i < ARRAY_SIZE(deeds) * 2; i++) {
		const struct deed *deed = &deeds[i / 2];
		const char *path = i % 2 ? listed.folder : listed.file;
		int denied, free, allowed;

		list_in(policy, "files", path, SECRETS_GUARD_GROUP);
		denied = run_with(OUTSIDER, deed->name, &listed, listed_fd);
		free = run_with(OUTSIDER, deed->name, &like, like_fd);
		allowed = run_with(ALLOWED, deed->name, &listed, listed_fd);
		unlist_in(policy, "files", path);
		if (!test_ok(denied == -EPERM && !free && !allowed,
			     "%s, inherited, %s listed: %s", where,
			     i % 2 ? "folder" : "file", deed->name))
			test_diag("listed: %s; not listed: %s; by a listed binary: %s",
				  strerror(-denied), strerror(-free),
				  strerror(-allowed));
	}
	close(listed_fd);
	close(like_fd);
	close(INHERITED);
}

/* Opened, and mapped, by somebody who was there before the file was listed. */
static void open_before(struct policy *policy)
{
	struct secret s;
	char *map;
	int fd;

	secret_make(&s, TEST_ROOT "/before");
	fd = file_open(s.file, O_RDONLY);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		test_bail("cannot map %s", s.file);
	list_in(policy, "files", s.file, SECRETS_GUARD_GROUP);
	test_ok(result(read(fd, data, 10)) == -EPERM,
		"opened before the file was listed: read");
	test_ok(result((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0)) == -EPERM,
		"opened before the file was listed: a new mapping");
	test_ok(!memcmp(map, SECRET, strlen(SECRET)),
		"limit: an older mapping is still there");
	munmap(map, 4096);
	close(fd);
	unlist_in(policy, "files", s.file);
}

/* Sends @fd, or receives one if it is negative: the descriptor, or -errno. */
static int pass(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec iov = { data, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	if (fd >= 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		return result(sendmsg(socket, &message, 0));
	}
	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	if (!CMSG_FIRSTHDR(&message))
		return message.msg_flags & MSG_CTRUNC ? -EPERM : -ENOMSG;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

#define SOCKET 101

static int passing_send(struct secret *s)
{
	return pass(SOCKET, file_open(s->file, O_RDONLY));
}

static int passing_receive(struct secret *s)
{
	int fd = pass(SOCKET, -1);

	return fd < 0 ? fd : result(read(fd, data, sizeof(data)));
}

static const struct deed passing[] = {
	{ "send", passing_send },
	{ "receive", passing_receive },
};

static int send_to(const char *program, struct secret *s)
{
	int ends[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || dup2(ends[1], SOCKET) < 0)
		test_bail("no pair of sockets");
	if (run(ALLOWED, "send", s->base))
		test_bail("the listed binary cannot send");
	dup2(ends[0], SOCKET);
	err = run(program, "receive", s->base);
	close(ends[0]);
	close(ends[1]);
	close(SOCKET);
	return err;
}

static void passed(struct policy *policy)
{
	struct secret s;

	secret_make(&s, TEST_ROOT "/passed");
	test_ok(!send_to(OUTSIDER, &s), "SCM_RIGHTS, not listed: received and read");
	list_in(policy, "files", s.file, SECRETS_GUARD_GROUP);
	test_ok(send_to(OUTSIDER, &s) == -EPERM, "SCM_RIGHTS: not received");
	test_ok(!send_to(ALLOWED, &s), "SCM_RIGHTS: a listed binary receives it");
	unlist_in(policy, "files", s.file);
}

int main(int argc, char **argv)
{
	struct policy policy;

	if (argc > 2 && (!strcmp(argv[2], "send") || !strcmp(argv[2], "receive")))
		secrets_payload(argc, argv, passing, ARRAY_SIZE(passing));
	secrets_payload(argc, argv, deeds, ARRAY_SIZE(deeds));
	secrets_init();
	mount_tmpfs(TEST_ROOT "/tmpfs");
	mount_ext4(TEST_ROOT "/ext4");
	mount_overlay(TEST_ROOT "/overlay", TEST_ROOT "/tmpfs");
	secrets_attach(&policy);
	inherited(&policy, "tmpfs");
	inherited(&policy, "ext4");
	inherited(&policy, "overlay/merged");
	open_before(&policy);
	passed(&policy);
	policy_detach(&policy);
	unmount(TEST_ROOT "/overlay/merged");
	unmount(TEST_ROOT "/ext4");
	return test_done();
}
