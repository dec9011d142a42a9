// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations on processes and their credentials. */
#include <elf.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "bench_env.h"

/* Operations that start a process: some fit between two ticks of a clock. */
#define FEW 8

static int op_kill(struct bench_env *env)
{
	return bench_checked(kill(env->pid, 0));
}

static int op_getpgid(struct bench_env *env)
{
	return bench_checked(getpgid(env->pid));
}

static int op_getsid(struct bench_env *env)
{
	return bench_checked(getsid(env->pid));
}

static int op_setpriority(struct bench_env *env)
{
	int nice;

	(void)env;
	errno = 0;
	nice = getpriority(PRIO_PROCESS, 0);
	if (errno)
		return -errno;
	return bench_checked(setpriority(PRIO_PROCESS, 0, nice));
}

static int op_setrlimit(struct bench_env *env)
{
	struct rlimit limit;

	(void)env;
	if (getrlimit(RLIMIT_CORE, &limit))
		return -errno;
	return bench_checked(setrlimit(RLIMIT_CORE, &limit));
}

static int op_getscheduler(struct bench_env *env)
{
	(void)env;
	return bench_checked(sched_getscheduler(0));
}

static int op_prctl(struct bench_env *env)
{
	(void)env;
	return bench_checked(prctl(PR_GET_DUMPABLE));
}

/* The system call itself: the C library's function also asks all threads. */
static int op_setuid(struct bench_env *env)
{
	return bench_checked(syscall(SYS_setuid, env->uid));
}

/* The kernel asks for the capability before it looks at the number. */
static int op_setgroups(struct bench_env *env)
{
	(void)env;
	return bench_wanted(syscall(SYS_setgroups, NGROUPS_MAX + 1, NULL), EINVAL);
}

static int op_robust_list(struct bench_env *env)
{
	void *head;
	size_t len;

	if (env->child < 0)
		return env->child;
	return bench_checked(syscall(SYS_get_robust_list, env->child, &head, &len));
}

static int ended(pid_t pid)
{
	int result;

	if (pid < 0 || waitpid(pid, &result, 0) < 0)
		return -errno;
	return result ? -EACCES : 0;
}

static int op_vfork(struct bench_env *env)
{
	pid_t pid = vfork();

	(void)env;
	if (!pid)
		_exit(0);
	return ended(pid);
}

static int op_fork(struct bench_env *env)
{
	pid_t pid = fork();

	(void)env;
	if (!pid)
		_exit(0);
	return ended(pid);
}

static int op_exec(struct bench_env *env)
{
	static char *const argv[] = { (char *)"true", NULL }, *const none[] = { NULL };
	pid_t pid;

	if (env->elf < 0)
		return env->elf;
	pid = vfork();
	if (!pid) {
		syscall(SYS_execveat, env->elf, "", argv, none, AT_EMPTY_PATH);
		_exit(1);
	}
	return ended(pid);
}

static int op_exec_true(struct bench_env *env)
{
	static char *const argv[] = { (char *)"true", NULL }, *const none[] = { NULL };
	pid_t pid = vfork();

	(void)env;
	if (!pid) {
		execve("/bin/true", argv, none);
		_exit(1);
	}
	return ended(pid);
}

static int op_bpf(struct bench_env *env)
{
	(void)env;
	return bench_wanted(syscall(SYS_bpf, -1, NULL, 0), EINVAL);
}

#define PRCTL_CGROUP "a cgroup's program answers 0, which ends every prctl() of the host"

static const struct bench_op ops[] = {
	OP("task_alloc",           "vfork(), _exit() and wait()",        op_vfork, .batch = FEW),
	OP("task_alloc",           "fork(), _exit() and wait()",         op_fork, .batch = FEW),
	OP("bprm_check_security",  "vfork() and execveat()",             op_exec, .batch = FEW),
	OP("bprm_check_security",  "vfork() and execve() of /bin/true",  op_exec_true, .batch = FEW, .spare = true),
	OP("bprm_creds_for_exec",  "vfork() and execveat()",             op_exec, .batch = FEW),
	OP("bprm_creds_for_exec",  "vfork() and execve() of /bin/true",  op_exec_true, .batch = FEW, .spare = true),
	OP("bprm_committed_creds", "vfork() and execveat()",             op_exec, .batch = FEW),
	OP("bprm_committed_creds", "vfork() and execve() of /bin/true",  op_exec_true, .batch = FEW, .spare = true),
	OP("bpf",                  "bpf(-1)",                            op_bpf),
	OP("capable",              "setgroups() of too many",            op_setgroups),
	OP("cred_prepare",         "setuid()",                           op_setuid),
	OP("ptrace_access_check",  "get_robust_list() of a child",       op_robust_list),
	OP("task_fix_setuid",      "setuid()",                           op_setuid),
	OP("task_getpgid",         "getpgid()",                          op_getpgid),
	OP("task_getscheduler",    "sched_getscheduler()",               op_getscheduler),
	OP("task_getsid",          "getsid()",                           op_getsid),
	OP("task_kill",            "kill() with signal 0",               op_kill),
	OP("task_prctl",           "prctl(PR_GET_DUMPABLE)",             op_prctl,
	   .no_cgroup = PRCTL_CGROUP),
	OP("task_setnice",         "getpriority() and setpriority()",    op_setpriority),
	OP("task_setrlimit",       "getrlimit() and setrlimit()",        op_setrlimit),
};

/* A process that waits to be killed, also should this one die. */
static pid_t waiting_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return bench_fd(pid);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		for (;;)
			pause();
	_exit(0);
}

#ifdef __x86_64__
/* A program of one segment and no library, so that the kernel's part is what is timed. */
struct tiny {
	Elf64_Ehdr head;
	Elf64_Phdr segment;
	unsigned char text[16];
};

#define TINY_BASE 0x400000

static const struct tiny tiny = {
	.head = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = TINY_BASE + offsetof(struct tiny, text),
		.e_phoff = offsetof(struct tiny, segment),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
	},
	.segment = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = TINY_BASE,
		.p_filesz = sizeof(struct tiny),
		.p_memsz = sizeof(struct tiny),
		.p_align = 0x1000,
	},
	/* xor %edi,%edi; mov $SYS_exit,%eax; syscall */
	.text = { 0x31, 0xff, 0xb8, SYS_exit, 0, 0, 0, 0x0f, 0x05 },
};

static int write_elf(int fd)
{
	return write(fd, &tiny, sizeof(tiny)) == sizeof(tiny) ? 0 : -EIO;
}
#else
static int write_elf(int fd)
{
	(void)fd;
	return -EACCES;		/* as if refused: /bin/true takes its place */
}
#endif

/* Opened anew, since nobody can run a file that is open for writing. */
static int executable(int dir)
{
	int fd, err;

	if (dir < 0)
		return dir;
	fd = openat(dir, "true", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (fd < 0)
		return -errno;
	err = write_elf(fd);
	close(fd);
	return err ? err : bench_fd(openat(dir, "true", O_RDONLY | O_CLOEXEC));
}

static void setup(struct bench_env *env)
{
	env->elf = executable(env->dir);
	env->child = waiting_child();
}

static void cleanup(struct bench_env *env)
{
	if (env->child > 0) {
		kill(env->child, SIGKILL);
		waitpid(env->child, NULL, 0);
	}
}

BENCH_GROUP(bench_tasks, ops, setup, cleanup);
