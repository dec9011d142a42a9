/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attempts: hooks of tasks, credentials, execution and the bpf() call. */
#ifndef KERNEL_ATTEMPTS_TASKS_H
#define KERNEL_ATTEMPTS_TASKS_H

#include <linux/capability.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <sys/klog.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "attempts.h"

#define TRY_CALL(name, call)						\
static int try_##name(void)						\
{									\
	return RECORDED(call);						\
}

/* A call that leaves a trace on the task: in a child. */
#define TRY_CHILD(name, call)						\
static int child_##name(void)						\
{									\
	return RECORDED(call);						\
}									\
									\
static int try_##name(void)						\
{									\
	return in_child(child_##name);					\
}

TRY_CHILD(exec, execl("/bin/true", "true", NULL))
TRY_CHILD(setnice, setpriority(PRIO_PROCESS, 0, 5))
TRY_CHILD(setscheduler,
	  sched_setscheduler(0, SCHED_BATCH, &(struct sched_param) { 0 }))
TRY_CHILD(setpgid, setpgid(0, 0))
TRY_CHILD(setioprio, syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
			     IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)))
TRY_CHILD(setrlimit, setrlimit(RLIMIT_CORE, &(struct rlimit) { 0, 0 }))
TRY_CHILD(setuid, setuid(1))
TRY_CHILD(setgid, setgid(1))
TRY_CHILD(setgroups, syscall(SYS_setgroups, 0, NULL))
TRY_CHILD(userns, unshare(CLONE_NEWUSER))
TRY_CHILD(traceme, ptrace(PTRACE_TRACEME, 0, NULL, NULL))
TRY_CHILD(new_uts, unshare(CLONE_NEWUTS))

TRY_CALL(prctl, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0))
TRY_CALL(kill, kill(getpid(), 0))
TRY_CALL(getscheduler, sched_getscheduler(0))
TRY_CALL(getpgid, syscall(SYS_getpgid, getpid()) < 0 ? -1 : 0)
TRY_CALL(getsid, syscall(SYS_getsid, getpid()) < 0 ? -1 : 0)
TRY_CALL(getioprio, syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, getpid()))
TRY_CALL(syslog, klogctl(10, NULL, 0))
TRY_CALL(settime, settimeofday(NULL, &(struct timezone) { 0, 0 }))

static int try_capget(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	return RECORDED(syscall(SYS_capget, &head, data));
}

static int try_capset(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	syscall(SYS_capget, &head, data);
	return RECORDED(syscall(SYS_capset, &head, data));
}

static int try_fork(void)
{
	pid_t pid, parent = getpid();
	int ret;

	ret = RECORDED(pid = fork());
	if (getpid() != parent)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return ret;
}

/* A call on a child @pid that waits for the end. */
#define TRY_ON_CHILD(name, call)					\
static int try_##name(void)						\
{									\
	pid_t pid = fork();						\
	int ret;							\
									\
	if (pid < 0)							\
		test_bail("no child");					\
	if (!pid)							\
		for (;;)						\
			pause();					\
	ret = RECORDED(call);						\
	kill(pid, SIGKILL);						\
	waitpid(pid, NULL, 0);						\
	return ret;							\
}

TRY_ON_CHILD(prlimit, prlimit(pid, RLIMIT_CORE, NULL, &(struct rlimit) { 0 }))
TRY_ON_CHILD(attach, ptrace(PTRACE_SEIZE, pid, NULL, NULL))

static int try_map_create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};

	return RECORDED(made(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr))));
}

static int try_prog_load(void)
{
	struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT() };
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (unsigned long)insns,
		.insn_cnt = 2,
		.license = (unsigned long)"GPL",
	};

	return RECORDED(made(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr))));
}

static const struct attempt attempts_tasks[] = {
	{ "bprm_check_security", try_exec, 0 },
	{ "bprm_creds_for_exec", try_exec, 0 },
	{ "bprm_creds_from_file", try_exec, 0 },
	{ "task_alloc", try_fork, 0 },
	{ "task_prctl", try_prctl, 0 },
	{ "task_kill", try_kill, 0 },
	{ "task_setnice", try_setnice, 0 },
	{ "task_setscheduler", try_setscheduler, 0 },
	{ "task_getscheduler", try_getscheduler, 0 },
	{ "task_setpgid", try_setpgid, 0 },
	{ "task_getpgid", try_getpgid, 0 },
	{ "task_getsid", try_getsid, 0 },
	{ "task_setioprio", try_setioprio, 0 },
	{ "task_getioprio", try_getioprio, 0 },
	{ "task_setrlimit", try_setrlimit, 0 },
	{ "task_prlimit", try_prlimit, 0 },
	{ "task_fix_setuid", try_setuid, 0 },
	{ "task_fix_setgid", try_setgid, 0 },
	{ "task_fix_setgroups", try_setgroups, 0 },
	{ "cred_prepare", try_setgid, ENOMEM },
	{ "capable", try_new_uts, EPERM },
	{ "capget", try_capget, 0 },
	{ "capset", try_capset, 0 },
	{ "userns_create", try_userns, 0 },
	{ "ptrace_traceme", try_traceme, 0 },
	{ "ptrace_access_check", try_attach, 0 },
	{ "syslog", try_syslog, 0 },
	{ "settime", try_settime, 0 },
	{ "bpf", try_map_create, 0 },
	{ "bpf_map", try_map_create, 0 },
	{ "bpf_map_create", try_map_create, 0 },
	{ "bpf_prog", try_prog_load, 0 },
	{ "bpf_prog_load", try_prog_load, 0 },
};

#endif /* KERNEL_ATTEMPTS_TASKS_H */
