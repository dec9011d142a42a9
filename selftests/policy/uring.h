/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies: one io_uring request at a time, without a library.
 */
#ifndef POLICY_TEST_URING_H
#define POLICY_TEST_URING_H

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "policy.h"

/* Result of the request: what the system call it stands for would return. */
static inline int uring_do(const struct io_uring_sqe *sqe)
{
	struct io_uring_params params = {};
	int fd = syscall(SYS_io_uring_setup, 1, &params);
	struct io_uring_cqe *cqes;
	struct io_uring_sqe *sqes;
	unsigned int *tail, *array;
	size_t size, sqes_size;
	char *rings;
	int res;

	if (fd < 0)
		return -errno;
	/* IORING_FEAT_SINGLE_MMAP: both rings are in one mapping. */
	size = params.sq_off.array + params.sq_entries * sizeof(__u32);
	if (size < params.cq_off.cqes + params.cq_entries * sizeof(*cqes))
		size = params.cq_off.cqes + params.cq_entries * sizeof(*cqes);
	sqes_size = params.sq_entries * sizeof(*sqe);
	rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		     IORING_OFF_SQ_RING);
	sqes = mmap(NULL, sqes_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    IORING_OFF_SQES);
	if (rings == MAP_FAILED || sqes == MAP_FAILED)
		test_bail("cannot map an io_uring");

	sqes[0] = *sqe;
	tail = (unsigned int *)(rings + params.sq_off.tail);
	array = (unsigned int *)(rings + params.sq_off.array);
	array[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) != 1)
		test_bail("cannot submit to an io_uring");
	cqes = (struct io_uring_cqe *)(rings + params.cq_off.cqes);
	res = cqes[0].res;

	munmap(rings, size);
	munmap(sqes, sqes_size);
	close(fd);
	return res;
}

#endif /* POLICY_TEST_URING_H */
