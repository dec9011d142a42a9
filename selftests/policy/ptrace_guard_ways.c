// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * name spaces: the system's (events have pids as the kernel counts)
 *
 * ptrace-guard: every way into another process, tried by a program that is not
 * listed; and the two options and the list.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <lsmslot/ptrace_guard.h>

#include "exe_name.h"
#include "uring.h"
#include "ways.h"

static char secret[16] = "secret";
static char proc_path[128];
static pid_t child, stranger;	/* stranger is no descendant */
static int mem_fd, thread_mem_fd;

static pid_t target(void *arg)
{
	return *(pid_t *)arg;
}

/* A process that only waits, in a process group of its own. */
static pid_t new_process(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (pid < 0)
		test_bail("cannot fork");
	return pid;
}

/* The same with a parent that has ended. */
static pid_t new_stranger(void)
{
	int ends[2];
	pid_t pid, middle;

	if (pipe(ends))
		test_bail("no pipe");
	middle = fork();
	if (!middle) {
		pid = fork();
		if (!pid) {
			close(ends[0]);
			close(ends[1]);
			for (;;)
				pause();
		}
		_exit(write(ends[1], &pid, sizeof(pid)) != sizeof(pid));
	}
	if (read(ends[0], &pid, sizeof(pid)) != sizeof(pid))
		test_bail("no stranger");
	waitpid(middle, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

static int proc_open(pid_t pid, const char *name, int flags)
{
	int fd;

	snprintf(proc_path, sizeof(proc_path), "/proc/%d/%s", pid, name);
	fd = open(proc_path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int proc_read(pid_t pid, const char *name)
{
	int fd = proc_open(pid, name, O_RDONLY);
	char data[4096];
	int err;

	if (fd < 0)
		return fd;
	err = result(read(fd, data, sizeof(data)));
	close(fd);
	return err;
}

/* --- Taking part ---------------------------------------------------------- */

static int detach(pid_t pid, int err)
{
	int status;

	if (err)
		return err;
	kill(pid, SIGSTOP);
	waitpid(pid, &status, __WALL);
	ptrace(PTRACE_DETACH, pid, 0, 0);
	kill(pid, SIGCONT);
	return 0;
}

static int try_attach(void *arg)
{
	int status, err = result(ptrace(PTRACE_ATTACH, target(arg), 0, 0));

	if (err)
		return err;
	waitpid(target(arg), &status, __WALL);
	ptrace(PTRACE_DETACH, target(arg), 0, 0);
	return 0;
}

static int try_seize(void *arg)
{
	return detach(target(arg), result(ptrace(PTRACE_SEIZE, target(arg), 0, 0)));
}

static int try_vm_read(void *arg)
{
	char to[sizeof(secret)];
	struct iovec local = { to, sizeof(to) }, remote = { secret, sizeof(secret) };

	return result(process_vm_readv(target(arg), &local, 1, &remote, 1, 0));
}

static int try_vm_write(void *arg)
{
	struct iovec vec = { secret, sizeof(secret) };

	return result(process_vm_writev(target(arg), &vec, 1, &vec, 1, 0));
}

static int try_mem_open(void *arg)
{
	int fd = proc_open(target(arg), "mem", O_RDWR);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int try_thread_mem_open(void *arg)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "task/%d/mem", target(arg));
	fd = proc_open(target(arg), name, O_RDWR);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int try_mem_read(void *arg)
{
	char to[sizeof(secret)];

	return result(pread(mem_fd, to, sizeof(to), (off_t)secret));
}

static int try_mem_write(void *arg)
{
	return result(pwrite(mem_fd, secret, sizeof(secret), (off_t)secret));
}

static int try_mem_readv(void *arg)
{
	char to[sizeof(secret)];
	struct iovec vec = { to, sizeof(to) };

	return result(preadv(mem_fd, &vec, 1, (off_t)secret));
}

static int try_thread_mem_read(void *arg)
{
	char to[sizeof(secret)];

	return result(pread(thread_mem_fd, to, sizeof(to), (off_t)secret));
}

static int try_mem_uring(void *arg)
{
	char to[sizeof(secret)];
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ,
		.fd = mem_fd,
		.off = (__u64)secret,
		.addr = (__u64)to,
		.len = sizeof(to),
	};
	int err = uring_do(&sqe);

	return err < 0 ? err : 0;
}

static int try_getfd(void *arg)
{
	int pidfd = syscall(SYS_pidfd_open, target(arg), 0), fd, err;

	if (pidfd < 0)
		test_bail("no pidfd");
	fd = syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	err = result(fd);
	close(pidfd);
	if (fd >= 0)
		close(fd);
	return err;
}

static int try_syscall_file(void *arg)
{
	return proc_read(target(arg), "syscall");
}

static int try_perf(void *arg)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.size = sizeof(attr),
		.sample_period = 1000000,
		.sample_type = PERF_SAMPLE_IP,
		.disabled = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, target(arg), -1, -1, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int try_traceme(void *arg)
{
	int status, pid = fork();

	if (!pid)
		_exit(-result(ptrace(PTRACE_TRACEME, 0, 0, 0)));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("cannot run a child");
	return -WEXITSTATUS(status);
}

/* To be taken for a listed program. */
static int try_exe_file(void)
{
	return exe_file("/bin/true");
}

static int try_exe_map(void)
{
	return exe_map("/bin/true");
}

/* --- Looking -------------------------------------------------------------- */

static int try_environ(void *arg)
{
	return proc_read(target(arg), "environ");
}

static int try_maps(void *arg)
{
	return proc_read(target(arg), "maps");
}

static int try_auxv(void *arg)
{
	return proc_read(target(arg), "auxv");
}

static int try_pagemap(void *arg)
{
	return proc_read(target(arg), "pagemap");
}

static int try_exe_link(void *arg)
{
	char to[64];

	snprintf(proc_path, sizeof(proc_path), "/proc/%d/exe", target(arg));
	return result(readlink(proc_path, to, sizeof(to)));
}

static int try_fd_link(void *arg)
{
	char to[64];

	snprintf(proc_path, sizeof(proc_path), "/proc/%d/fd/0", target(arg));
	return result(readlink(proc_path, to, sizeof(to)));
}

static int try_root(void *arg)
{
	snprintf(proc_path, sizeof(proc_path), "/proc/%d/root/etc", target(arg));
	return result(access(proc_path, F_OK));
}

static int try_name_space(void *arg)
{
	int fd = proc_open(target(arg), "ns/mnt", O_RDONLY);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int try_kcmp(void *arg)
{
	return result(syscall(SYS_kcmp, getpid(), target(arg), KCMP_VM, 0, 0));
}

static int try_madvise(void *arg)
{
	int pidfd = syscall(SYS_pidfd_open, target(arg), 0), err;
	struct iovec vec = { (void *)((unsigned long)secret & ~4095UL), 4096 };

	err = result(syscall(SYS_process_madvise, pidfd, &vec, 1, MADV_COLD, 0));
	close(pidfd);
	return err;
}

/* /proc and mm_access() make EACCES of every denial. With the stranger; the list of tracers is empty. */
static const struct way attaching[] = {
	WAY("ptrace, PTRACE_ATTACH", try_attach),
	WAY("ptrace, PTRACE_SEIZE", try_seize),
	WAY("process_vm_readv", try_vm_read),
	WAY("process_vm_writev", try_vm_write),
	WAY_DENIED("open /proc/PID/mem", try_mem_open, -EACCES),
	WAY_DENIED("open /proc/PID/task/TID/mem", try_thread_mem_open, -EACCES),
	WAY("read /proc/PID/mem open before", try_mem_read),
	WAY("write /proc/PID/mem open before", try_mem_write),
	WAY("preadv /proc/PID/mem open before", try_mem_readv),
	WAY("io_uring, /proc/PID/mem open before", try_mem_uring),
	WAY("read /proc/PID/task/TID/mem open before", try_thread_mem_read),
	WAY("pidfd_getfd", try_getfd),
	WAY("read /proc/PID/syscall", try_syscall_file),
	WAY("perf_event_open", try_perf),
	WAY("ptrace, PTRACE_TRACEME", try_traceme),
	WAY_CHILD("prctl, PR_SET_MM_EXE_FILE", try_exe_file, "task_prctl"),
	WAY_CHILD("prctl, PR_SET_MM_MAP", try_exe_map, "task_prctl"),
};

static const struct way reading[] = {
	WAY_DENIED("read /proc/PID/maps", try_maps, -EACCES),
	WAY_DENIED("read /proc/PID/pagemap", try_pagemap, -EACCES),
	WAY_DENIED("readlink /proc/PID/fd/N", try_fd_link, -EACCES),
	WAY_DENIED("through /proc/PID/root", try_root, -EACCES),
	WAY_DENIED("open /proc/PID/ns/mnt", try_name_space, -EACCES),
	WAY("kcmp", try_kcmp),
	WAY_DENIED("process_madvise", try_madvise, -EACCES),
	WAY_DENIED("read /proc/PID/environ", try_environ, -EACCES),
	WAY_DENIED("read /proc/PID/auxv", try_auxv, -EACCES),
	WAY_DENIED("readlink /proc/PID/exe", try_exe_link, -EACCES),
};

static void start(struct policy *policy)
{
	policy_open(policy, "ptrace_guard");
	policy_start(policy);
}

static void start_reading(struct policy *policy)
{
	policy_open(policy, "ptrace_guard");
	policy_constant(policy, "deny_read", 1);
	policy_start(policy);
}

static void list_self(struct policy *policy)
{
	struct lsmslot_inode_id id = inode_id("/proc/self/exe", 0);
	__u32 one = 1;

	map_set(policy_map(policy, "tracers"), &id, &one);
}

static void options(void)
{
	struct policy policy;
	char own[sizeof(secret)];
	int fd;

	start(&policy);
	test_ok(!try_maps(&stranger) && !try_environ(&stranger),
		"deny_read false: looking is allowed");
	fd = open("/proc/self/mem", O_RDONLY);
	test_ok(fd >= 0 && pread(fd, own, sizeof(own), (off_t)secret) == sizeof(own),
		"allowed: its own memory");
	close(fd);
	list_self(&policy);
	test_ok(!try_attach(&stranger) && !try_mem_open(&stranger) &&
		!try_mem_read(&stranger) && !try_perf(&stranger) &&
		!try_traceme(&stranger), "a listed program may");
	policy_detach(&policy);

	policy_open(&policy, "ptrace_guard");
	policy_constant(&policy, "allow_descendants", 1);
	policy_start(&policy);
	test_ok(!try_attach(&child) && !try_mem_open(&child) && !try_perf(&child) &&
		!try_traceme(&child), "allow_descendants: a child");
	test_ok(try_attach(&stranger) == -EPERM && try_getfd(&stranger) == -EPERM &&
		try_mem_read(&stranger) == -EPERM && try_perf(&stranger) == -EPERM,
		"allow_descendants: not another process");
	policy_detach(&policy);

	start_reading(&policy);
	test_ok(!proc_read(stranger, "stat") && !proc_read(stranger, "status"),
		"deny_read: what anybody may see stays");
	policy_detach(&policy);
}

/* What the page says that is not denied. */
static void limits(void)
{
	struct perf_event_attr cpu_clock = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.size = sizeof(cpu_clock),
		.disabled = 1,
	};
	int maps = proc_open(child, "maps", O_RDONLY), status, fd;
	struct policy policy;
	char line[64];

	if (maps < 0 || ptrace(PTRACE_SEIZE, child, 0, 0))
		test_bail("cannot begin before the policy");
	start_reading(&policy);
	test_ok(!result(ptrace(PTRACE_INTERRUPT, child, 0, 0)) &&
		waitpid(child, &status, __WALL) == child &&
		(errno = 0, ptrace(PTRACE_PEEKDATA, child, secret, 0), !errno),
		"limit: tracing that began before the policy");
	ptrace(PTRACE_DETACH, child, 0, 0);
	test_ok(read(maps, line, sizeof(line)) > 0, "limit: maps that are open already");
	fd = syscall(SYS_perf_event_open, &cpu_clock, -1, 0, -1, 0);
	test_ok(fd >= 0, "limit: perf of a whole CPU");
	close(fd);
	test_ok(!kill(stranger, 0) && !kill(stranger, SIGCONT), "limit: signals");
	policy_detach(&policy);
	close(maps);
}

static void events(void)
{
	struct events log;
	struct policy policy;

	start(&policy);
	events_open(&log, &policy);
	try_getfd(&stranger);
	test_ok(events_read(&log) == 1 && log.seen[0].pid == (__u32)getpid() &&
		log.seen[0].object == LSMSLOT_OBJECT_TASK &&
		log.seen[0].task.pid == (__u32)stranger &&
		!strcmp(log.seen[0].hook, "ptrace_access_check"),
		"the event names both processes");
	events_close(&log);
	policy_detach(&policy);
}

int main(void)
{
	char name[32];

	child = new_process();
	stranger = new_stranger();
	mem_fd = proc_open(stranger, "mem", O_RDWR);
	snprintf(name, sizeof(name), "task/%d/mem", stranger);
	thread_mem_fd = proc_open(stranger, name, O_RDONLY);
	if (mem_fd < 0 || thread_mem_fd < 0)
		test_bail("cannot open the memory of %d", stranger);
	ways_run("ptrace-guard", attaching, ARRAY_SIZE(attaching), start, &stranger, NULL);
	ways_run("ptrace-guard, deny_read", reading, ARRAY_SIZE(reading),
		 start_reading, &stranger, NULL);
	options();
	limits();
	events();
	kill(stranger, SIGKILL);
	kill(child, SIGKILL);
	return test_done();
}
