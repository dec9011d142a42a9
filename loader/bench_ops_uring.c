// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations through io_uring. */
#include <linux/io_uring.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "bench_env.h"
#include "lsmslot.h"

#define ENTRIES 4

/**
 * struct bench_ring - an io_uring
 * @fd: its descriptor
 * @personality: number of the credentials registered with it
 * @ring: both rings, in one mapping
 * @ring_size: size of it
 * @sqes: the submission entries
 * @cqes: the completion entries
 * @sq_tail, @cq_head, @sq_array: where they are in @ring
 * @sq_mask, @cq_mask: of the positions
 */
struct bench_ring {
	int fd, personality;
	char *ring;
	size_t ring_size;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned int *sq_tail, *cq_head, *sq_array, sq_mask, cq_mask;
};

/* Submits @sqe and waits for its result, which it returns. */
static int submit(struct bench_ring *r, const struct io_uring_sqe *sqe)
{
	unsigned int tail = *r->sq_tail, head = *r->cq_head, i = tail & r->sq_mask;
	int result;

	r->sqes[i] = *sqe;
	r->sq_array[i] = i;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	result = r->cqes[head & r->cq_mask].res;
	__atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
	return result;
}

static int op_read(struct bench_env *env)
{
	char byte;
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ,
		.fd = env->null,
		.addr = (unsigned long)&byte,
		.len = 1,
	};

	return env->ring ? submit(env->ring, &sqe) : env->ring_err;
}

static int op_creds(struct bench_env *env)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_NOP };

	if (!env->ring)
		return env->ring_err;
	if (env->ring->personality < 0)
		return env->ring->personality;
	sqe.personality = env->ring->personality;
	return submit(env->ring, &sqe);
}

static const struct bench_op ops[] = {
	OP("file_permission",      "read of /dev/null by io_uring",   op_read),
	OP("uring_override_creds", "no-op with credentials by io_uring", op_creds),
};

static int map_ring(struct bench_ring *r, const struct io_uring_params *p)
{
	size_t sq = p->sq_off.array + p->sq_entries * sizeof(__u32);
	size_t cq = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);

	if (!(p->features & IORING_FEAT_SINGLE_MMAP))
		return -EOPNOTSUPP;
	r->ring_size = sq > cq ? sq : cq;
	r->ring = mmap(NULL, r->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		       r->fd, IORING_OFF_SQ_RING);
	if (r->ring == MAP_FAILED)
		return -errno;
	r->sqes = mmap(NULL, p->sq_entries * sizeof(*r->sqes), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
	if (r->sqes == MAP_FAILED)
		return -errno;
	r->cqes = (void *)(r->ring + p->cq_off.cqes);
	r->sq_tail = (void *)(r->ring + p->sq_off.tail);
	r->cq_head = (void *)(r->ring + p->cq_off.head);
	r->sq_array = (void *)(r->ring + p->sq_off.array);
	r->sq_mask = p->sq_entries - 1;
	r->cq_mask = p->cq_entries - 1;
	return 0;
}

/* Mappings go with the process: there is one ring, and it is used to the end. */
static void setup(struct bench_env *env)
{
	struct bench_ring *r = xcalloc(1, sizeof(*r));
	struct io_uring_params p = {};

	r->fd = bench_fd(syscall(SYS_io_uring_setup, ENTRIES, &p));
	env->ring_err = r->fd < 0 ? r->fd : map_ring(r, &p);
	if (env->ring_err) {
		if (r->fd >= 0)
			close(r->fd);
		free(r);
		return;
	}
	r->personality = bench_fd(syscall(SYS_io_uring_register, r->fd, IORING_REGISTER_PERSONALITY,
					  NULL, 0));
	env->ring = r;
}

static void cleanup(struct bench_env *env)
{
	if (!env->ring)
		return;
	close(env->ring->fd);
	free(env->ring);
}

BENCH_GROUP(bench_uring, ops, setup, cleanup);
