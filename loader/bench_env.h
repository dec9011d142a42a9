/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the operations of bench use, for the files that define them. */
#ifndef LSMSLOT_BENCH_ENV_H
#define LSMSLOT_BENCH_ENV_H

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench_ops.h"

struct bench_ring;

/**
 * struct bench_env - what operations use
 * @dir: a tmpfs of our own that is mounted nowhere, so it goes with its descriptor
 * @file: an empty file there
 * @elf: an executable file there that only exits
 * @null: /dev/null
 * @event: an eventfd
 * @pipe: a pipe
 * @udp: Internet datagram sockets, the first connected to the second
 * @pair: two connected local datagram sockets
 * @tcp: an Internet stream socket that listens on the loopback device
 * @local: a local stream socket that listens
 * @queue: a message queue in an IPC name space of our own
 * @keyring: 0 if there is a process keyring
 * @child: a process that waits
 * @pid: this process
 * @uid: its effective user
 * @page: a page of memory
 * @page_size: its size
 * @udp_addr: of the second of @udp
 * @tcp_addr: of @tcp
 * @local_addr: of @local
 * @local_len: length of that address
 * @ring: an io_uring, NULL if there is none
 * @ring_err: why not
 *
 * A descriptor that could not be had is the negative errno, which the
 * operations that need it return.
 */
struct bench_env {
	int dir, file, elf, null, event, pipe[2], udp[2], pair[2], tcp, local, queue, keyring;
	pid_t child, pid;
	uid_t uid;
	void *page;
	size_t page_size;
	struct sockaddr_in udp_addr, tcp_addr;
	struct sockaddr_un local_addr;
	socklen_t local_len;
	struct bench_ring *ring;
	int ring_err;
};

/**
 * struct bench_group - the operations of one subject
 * @ops: operations; those for one hook of which some are spare are neighbours
 * @n: how many
 * @setup: fills in its part of the environment, whose descriptors are -EBADF
 * @cleanup: undoes that; NULL if closing the descriptors does
 */
struct bench_group {
	const struct bench_op *ops;
	size_t n;
	void (*setup)(struct bench_env *env);
	void (*cleanup)(struct bench_env *env);
};

extern const struct bench_group bench_files, bench_memory, bench_tasks, bench_net, bench_ipc,
	bench_uring;

#define BENCH_GROUP(NAME, OPS, SETUP, CLEANUP)			\
	const struct bench_group NAME = {			\
		.ops = OPS,					\
		.n = sizeof(OPS) / sizeof((OPS)[0]),		\
		.setup = SETUP,					\
		.cleanup = CLEANUP,				\
	}

/* An element of @ops; what follows are initializers of further members. */
#define OP(HOOK, WHAT, RUN, ...) { .hook = HOOK, .what = WHAT, .run = RUN, ##__VA_ARGS__ }

/* A descriptor or another result of a call, or the negative errno. */
static inline int bench_fd(long ret)
{
	return ret < 0 ? -errno : (int)ret;
}

static inline int bench_checked(long ret)
{
	return ret < 0 ? -errno : 0;
}

/* The call is to fail with @want, after its hook was called. */
static inline int bench_wanted(long ret, int want)
{
	return ret < 0 && errno == want ? 0 : ret < 0 ? -errno : -EPROTO;
}

static inline int bench_closed(int fd)
{
	return fd < 0 ? -errno : bench_checked(close(fd));
}

#endif /* LSMSLOT_BENCH_ENV_H */
