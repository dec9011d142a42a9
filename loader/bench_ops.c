// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cheap operations that call an LSM hook. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "bench_clock.h"
#include "bench_env.h"
#include "lsmslot.h"

/*
 * Short against a timer tick, also on an emulator that counts instructions; and a
 * multiple of the 48 or 24 random numbers that the kernel makes at a time
 * (drivers/char/random.c), or one sample has more of that than the next.
 */
#define BATCH 96

static const struct bench_group *const groups[] = {
	&bench_files, &bench_memory, &bench_tasks, &bench_net, &bench_ipc, &bench_uring,
};

#define NR_GROUPS (sizeof(groups) / sizeof(groups[0]))

const struct bench_op *bench_op_at(size_t i)
{
	size_t g;

	for (g = 0; g < NR_GROUPS; g++) {
		if (i < groups[g]->n)
			return &groups[g]->ops[i];
		i -= groups[g]->n;
	}
	return NULL;
}

const struct bench_op *bench_op_find(const char *hook)
{
	const struct bench_op *op;
	size_t i;

	for (i = 0; (op = bench_op_at(i)); i++)
		if (!strcmp(op->hook, hook))
			return op;
	return NULL;
}

const struct bench_op *bench_op_next(const struct bench_op *op)
{
	const struct bench_op *next;
	size_t i;

	for (i = 0; bench_op_at(i) != op; i++)
		;
	next = bench_op_at(i + 1);
	return next && next->spare && !strcmp(next->hook, op->hook) ? next : NULL;
}

unsigned int bench_op_batch(const struct bench_op *op)
{
	if (!op->batch)
		return BATCH;
	/* Several would use up what the kernel keeps at hand for the next one. */
	return bench_counts_instructions() ? 1 : op->batch;
}

bool bench_refused(int err)
{
	return err == -EPERM || err == -EACCES;
}

struct bench_env *bench_env_open(void)
{
	struct bench_env *env = xcalloc(1, sizeof(*env));
	size_t g;

	env->dir = env->file = env->elf = env->null = env->event = env->tcp = env->local = -EBADF;
	env->pipe[0] = env->pipe[1] = env->udp[0] = env->udp[1] = -EBADF;
	env->pair[0] = env->pair[1] = env->queue = env->keyring = -EBADF;
	env->pid = getpid();
	env->uid = geteuid();
	for (g = 0; g < NR_GROUPS; g++)
		groups[g]->setup(env);
	return env;
}

void bench_env_close(struct bench_env *env)
{
	int fds[] = { env->file, env->elf, env->dir, env->null, env->event, env->pipe[0],
		      env->pipe[1], env->udp[0], env->udp[1], env->pair[0], env->pair[1],
		      env->tcp, env->local };
	size_t i;

	for (i = 0; i < NR_GROUPS; i++)
		if (groups[i]->cleanup)
			groups[i]->cleanup(env);
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(env);
}
