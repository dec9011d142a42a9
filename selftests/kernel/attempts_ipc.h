/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attempts: hooks of System V IPC, keys and perf events. */
#ifndef KERNEL_ATTEMPTS_IPC_H
#define KERNEL_ATTEMPTS_IPC_H

#include <linux/perf_event.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "attempts.h"

static int try_msgget(void)
{
	int id, ret = RECORDED(id = msgget(IPC_PRIVATE, 0600));

	if (!ret)
		msgctl(id, IPC_RMID, NULL);
	return ret;
}

static int try_shmget(void)
{
	int id, ret = RECORDED(id = shmget(IPC_PRIVATE, 4096, 0600));

	if (!ret)
		shmctl(id, IPC_RMID, NULL);
	return ret;
}

static int try_semget(void)
{
	int id, ret = RECORDED(id = semget(IPC_PRIVATE, 1, 0600));

	if (!ret)
		semctl(id, 0, IPC_RMID);
	return ret;
}

/* A call on the object @id that @make makes and @undo takes away. */
#define TRY_IPC(name, make, undo, call)					\
static int try_##name(void)						\
{									\
	int id = check_fd(make);					\
	int ret = RECORDED(call);					\
									\
	undo;								\
	return ret;							\
}

TRY_IPC(msgctl, msgget(IPC_PRIVATE, 0600), msgctl(id, IPC_RMID, NULL),
	msgctl(id, IPC_STAT, &(struct msqid_ds) { 0 }))
TRY_IPC(msgsnd, msgget(IPC_PRIVATE, 0600), msgctl(id, IPC_RMID, NULL),
	msgsnd(id, &(long[2]) { 1, 2 }, 8, IPC_NOWAIT))
TRY_IPC(shmctl, shmget(IPC_PRIVATE, 4096, 0600), shmctl(id, IPC_RMID, NULL),
	shmctl(id, IPC_STAT, &(struct shmid_ds) { 0 }))
TRY_IPC(semctl, semget(IPC_PRIVATE, 1, 0600), semctl(id, 0, IPC_RMID),
	semctl(id, 0, GETVAL))
TRY_IPC(semop, semget(IPC_PRIVATE, 1, 0600), semctl(id, 0, IPC_RMID),
	semop(id, &(struct sembuf) { 0, 1, IPC_NOWAIT }, 1))

static int try_shmat(void)
{
	int id = check_fd(shmget(IPC_PRIVATE, 4096, 0600));
	void *at;
	int ret = RECORDED((at = shmat(id, NULL, 0)) == (void *)-1 ? -1 : 0);

	if (!ret)
		shmdt(at);
	shmctl(id, IPC_RMID, NULL);
	return ret;
}

/* KEY_SPEC_PROCESS_KEYRING is -2, KEYCTL_UNLINK 9. */
static int try_add_key(void)
{
	int key, ret;

	ret = RECORDED(key = syscall(SYS_add_key, "user", "lsm", "a", 1, -2));
	if (!ret)
		syscall(SYS_keyctl, 9, key, -2);
	return ret;
}

static int try_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
	};

	return RECORDED(made(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0)));
}

static const struct attempt attempts_ipc[] = {
	{ "msg_queue_alloc_security", try_msgget, 0 },
	{ "msg_queue_msgctl", try_msgctl, 0 },
	{ "msg_queue_msgsnd", try_msgsnd, 0 },
	{ "msg_msg_alloc_security", try_msgsnd, 0 },
	{ "shm_alloc_security", try_shmget, 0 },
	{ "shm_shmctl", try_shmctl, 0 },
	{ "shm_shmat", try_shmat, 0 },
	{ "sem_alloc_security", try_semget, 0 },
	{ "sem_semctl", try_semctl, 0 },
	{ "sem_semop", try_semop, 0 },
	{ "ipc_permission", try_semop, EACCES },
	{ "key_permission", try_add_key, 0 },
	{ "key_alloc", try_add_key, 0 },
	{ "perf_event_open", try_perf, 0 },
	{ "perf_event_alloc", try_perf, 0 },
};

#endif /* KERNEL_ATTEMPTS_IPC_H */
