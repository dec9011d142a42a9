// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations on a process's memory. */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "bench_env.h"

/* Operations that leave something behind to be freed after a grace period. */
#define FEW 16

static int op_mmap(struct bench_env *env)
{
	void *p = mmap(NULL, env->page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -errno : bench_checked(munmap(p, env->page_size));
}

static int op_mmap_file(struct bench_env *env)
{
	void *p = mmap(NULL, env->page_size, PROT_READ, MAP_PRIVATE, env->file, 0);

	return p == MAP_FAILED ? -errno : bench_checked(munmap(p, env->page_size));
}

static int op_mprotect(struct bench_env *env)
{
	if (!env->page)
		return -ENOMEM;
	return bench_checked(mprotect(env->page, env->page_size, PROT_READ | PROT_WRITE));
}

/* Nobody allocates meanwhile, so the C library does not miss its heap's end. */
static int op_brk(struct bench_env *env)
{
	long end = syscall(SYS_brk, 0);

	if (syscall(SYS_brk, end + env->page_size) == end)
		return -ENOMEM;
	return syscall(SYS_brk, end) == end ? 0 : -ENOMEM;
}

static const struct bench_op ops[] = {
	OP("mmap_addr",        "mmap() and munmap()",           op_mmap, .batch = FEW),
	OP("mmap_file",        "mmap() and munmap() of a file", op_mmap_file, .batch = FEW),
	OP("file_mprotect",    "mprotect()",                    op_mprotect),
	OP("vm_enough_memory", "brk() up and down",             op_brk, .batch = FEW),
};

static void setup(struct bench_env *env)
{
	env->page_size = sysconf(_SC_PAGESIZE);
	env->page = mmap(NULL, env->page_size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (env->page == MAP_FAILED)
		env->page = NULL;
}

static void cleanup(struct bench_env *env)
{
	if (env->page)
		munmap(env->page, env->page_size);
}

BENCH_GROUP(bench_memory, ops, setup, cleanup);
