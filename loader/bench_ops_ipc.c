// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations on System V message queues and on keys. */
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/syscall.h>

#include "bench_env.h"

static int op_message(struct bench_env *env)
{
	struct {
		long type;
		char text[8];
	} message = { .type = 1 };

	if (env->queue < 0)
		return env->queue;
	if (msgsnd(env->queue, &message, sizeof(message.text), 0))
		return -errno;
	return bench_checked(msgrcv(env->queue, &message, sizeof(message.text), 0, 0));
}

static int op_describe(struct bench_env *env)
{
	char text[64];

	if (env->keyring < 0)
		return env->keyring;
	return bench_checked(syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_PROCESS_KEYRING, text,
				     sizeof(text), 0));
}

static const struct bench_op ops[] = {
	OP("ipc_permission",   "msgsnd() and msgrcv()",       op_message),
	OP("msg_queue_msgsnd", "msgsnd() and msgrcv()",       op_message),
	OP("key_permission",   "keyctl(KEYCTL_DESCRIBE)",     op_describe),
};

static void setup(struct bench_env *env)
{
	/* A queue outlives its process, unless the name space goes with it. */
	env->queue = bench_checked(unshare(CLONE_NEWIPC));
	if (!env->queue)
		env->queue = bench_fd(msgget(IPC_PRIVATE, 0600));
	env->keyring = bench_checked(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
					     KEY_SPEC_PROCESS_KEYRING, 1));
}

BENCH_GROUP(bench_ipc, ops, setup, NULL);
