// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cheap operations that call an LSM hook. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_ops.h"
#include "lsmslot.h"

/**
 * struct bench_env - what operations use
 * @null: /dev/null
 * @file: an executable file in memory, of no format that the kernel knows
 * @udp: an Internet datagram socket
 * @pair: two connected local datagram sockets
 * @page: a page of memory
 * @page_size: its size
 * @child: a process that waits
 * @sockaddr: of a port of this host
 */
struct bench_env {
	int null, file, udp, pair[2];
	void *page;
	size_t page_size;
	pid_t child;
	struct sockaddr_in sockaddr;
};

static int checked(long ret)
{
	return ret < 0 ? -errno : 0;
}

/* The call is to fail with @want, after its hook was called. */
static int wanted(long ret, int want)
{
	return ret < 0 && errno == want ? 0 : ret < 0 ? -errno : -EPROTO;
}

static int closed(int fd)
{
	return fd < 0 ? -errno : checked(close(fd));
}

static int op_read(struct bench_env *env)
{
	char byte;

	return checked(read(env->null, &byte, 1));
}

static int op_open(struct bench_env *env)
{
	(void)env;
	return closed(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int op_fstat(struct bench_env *env)
{
	struct stat st;

	return checked(fstat(env->null, &st));
}

static int op_access(struct bench_env *env)
{
	(void)env;
	return checked(access("/", R_OK));
}

static int op_readlink(struct bench_env *env)
{
	char text[PATH_MAX];

	(void)env;
	return checked(readlink("/proc/self", text, sizeof(text)));
}

static int op_statfs(struct bench_env *env)
{
	struct statfs st;

	return checked(fstatfs(env->null, &st));
}

static int op_fcntl(struct bench_env *env)
{
	return checked(fcntl(env->null, F_GETFD));
}

static int op_flock(struct bench_env *env)
{
	return checked(flock(env->file, LOCK_UN));
}

static int op_ioctl(struct bench_env *env)
{
	return checked(ioctl(env->null, FIONCLEX));
}

static int op_mmap(struct bench_env *env)
{
	void *p = mmap(NULL, env->page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -errno : checked(munmap(p, env->page_size));
}

static int op_mprotect(struct bench_env *env)
{
	return checked(mprotect(env->page, env->page_size, PROT_READ | PROT_WRITE));
}

static int op_socket(struct bench_env *env)
{
	(void)env;
	return closed(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int op_connect(struct bench_env *env)
{
	return checked(connect(env->udp, (struct sockaddr *)&env->sockaddr, sizeof(env->sockaddr)));
}

static int op_send(struct bench_env *env)
{
	char byte = 0;

	if (send(env->pair[0], &byte, 1, 0) < 0)
		return -errno;
	return checked(recv(env->pair[1], &byte, 1, 0));
}

static int op_getsockname(struct bench_env *env)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	return checked(getsockname(env->udp, (struct sockaddr *)&in, &len));
}

static int op_getsockopt(struct bench_env *env)
{
	int value;
	socklen_t len = sizeof(value);

	return checked(getsockopt(env->udp, SOL_SOCKET, SO_RCVBUF, &value, &len));
}

static int op_setsockopt(struct bench_env *env)
{
	int value = 0;

	return checked(setsockopt(env->udp, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value)));
}

static int op_kill(struct bench_env *env)
{
	(void)env;
	return checked(kill(getpid(), 0));
}

static int op_getpgid(struct bench_env *env)
{
	(void)env;
	return checked(getpgid(getpid()));
}

static int op_getsid(struct bench_env *env)
{
	(void)env;
	return checked(getsid(getpid()));
}

static int op_setpriority(struct bench_env *env)
{
	int nice;

	(void)env;
	errno = 0;
	nice = getpriority(PRIO_PROCESS, 0);
	if (errno)
		return -errno;
	return checked(setpriority(PRIO_PROCESS, 0, nice));
}

static int op_getscheduler(struct bench_env *env)
{
	(void)env;
	return checked(sched_getscheduler(0));
}

/* The kernel asks for the capability before it looks at the number. */
static int op_setgroups(struct bench_env *env)
{
	(void)env;
	return wanted(syscall(SYS_setgroups, NGROUPS_MAX + 1, NULL), EINVAL);
}

static int op_robust_list(struct bench_env *env)
{
	void *head;
	size_t len;

	return checked(syscall(SYS_get_robust_list, env->child, &head, &len));
}

static int op_vfork(struct bench_env *env)
{
	pid_t pid = vfork();

	(void)env;
	if (!pid)
		_exit(0);
	if (pid < 0)
		return -errno;
	return checked(waitpid(pid, NULL, 0));
}

/* No format takes the file, so the kernel goes back, with its hook called. */
static int op_exec(struct bench_env *env)
{
	static char *const none[] = { NULL };

	return wanted(syscall(SYS_execveat, env->file, "", none, none, AT_EMPTY_PATH), ENOEXEC);
}

static int op_exec_true(struct bench_env *env)
{
	static char *const argv[] = { (char *)"true", NULL }, *const none[] = { NULL };
	int result;
	pid_t pid = vfork();

	(void)env;
	if (!pid) {
		execve("/bin/true", argv, none);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &result, 0) < 0)
		return -errno;
	return result ? -EACCES : 0;
}

static int op_bpf(struct bench_env *env)
{
	(void)env;
	return wanted(syscall(SYS_bpf, -1, NULL, 0), EINVAL);
}

const struct bench_op bench_ops[] = {
	{ "bpf",                 "bpf(-1)",                          op_bpf },
	{ "bprm_check_security", "execveat() of a file of no format", op_exec },
	{ "bprm_check_security", "vfork() and execve() of /bin/true", op_exec_true },
	{ "capable",             "setgroups() of too many",          op_setgroups },
	{ "file_fcntl",          "fcntl(F_GETFD)",                   op_fcntl },
	{ "file_ioctl",          "ioctl(FIONCLEX)",                  op_ioctl },
	{ "file_lock",           "flock(LOCK_UN)",                   op_flock },
	{ "file_mprotect",       "mprotect()",                       op_mprotect },
	{ "file_open",           "open() and close() of /",          op_open },
	{ "file_permission",     "read() of /dev/null",              op_read },
	{ "inode_getattr",       "fstat()",                          op_fstat },
	{ "inode_permission",    "access() of /",                    op_access },
	{ "inode_readlink",      "readlink() of /proc/self",         op_readlink },
	{ "mmap_addr",           "mmap() and munmap()",              op_mmap },
	{ "mmap_file",           "mmap() and munmap()",              op_mmap },
	{ "ptrace_access_check", "get_robust_list() of a child",     op_robust_list },
	{ "sb_statfs",           "fstatfs()",                        op_statfs },
	{ "socket_connect",      "connect() of a UDP socket",        op_connect },
	{ "socket_create",       "socket() and close()",             op_socket },
	{ "socket_getsockname",  "getsockname()",                    op_getsockname },
	{ "socket_getsockopt",   "getsockopt()",                     op_getsockopt },
	{ "socket_post_create",  "socket() and close()",             op_socket },
	{ "socket_recvmsg",      "send() and recv() of a byte",      op_send },
	{ "socket_sendmsg",      "send() and recv() of a byte",      op_send },
	{ "socket_setsockopt",   "setsockopt()",                     op_setsockopt },
	{ "task_alloc",          "vfork(), _exit() and wait()",      op_vfork },
	{ "task_getpgid",        "getpgid()",                        op_getpgid },
	{ "task_getscheduler",   "sched_getscheduler()",             op_getscheduler },
	{ "task_getsid",         "getsid()",                         op_getsid },
	{ "task_kill",           "kill() with signal 0",             op_kill },
	{ "task_setnice",        "getpriority() and setpriority()",  op_setpriority },
};

const size_t nr_bench_ops = sizeof(bench_ops) / sizeof(bench_ops[0]);

const struct bench_op *bench_op_find(const char *hook)
{
	size_t i;

	for (i = 0; i < nr_bench_ops; i++)
		if (!strcmp(bench_ops[i].hook, hook))
			return &bench_ops[i];
	return NULL;
}

const struct bench_op *bench_op_next(const struct bench_op *op)
{
	if (op + 1 == bench_ops + nr_bench_ops || strcmp(op->hook, op[1].hook))
		return NULL;
	return op + 1;
}

/* A process that waits to be killed, also should this one die. */
static pid_t waiting_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		for (;;)
			pause();
	_exit(0);
}

/* Printable, or the kernel would ask for a module that knows the format. */
static int no_format(void)
{
	static const char text[] = "lsmslot bench: a file of no executable format\n";
	int fd = memfd_create("lsmslot-bench", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int fail_setup(const char *what)
{
	return fail(ST_FAILED, "bench: cannot set up the operations, %s fails: %s",
		    what, strerror(errno));
}

static int setup(struct bench_env *env)
{
	env->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (env->null < 0)
		return fail_setup("opening /dev/null");
	env->file = no_format();
	if (env->file < 0)
		return fail_setup("memfd_create()");
	env->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (env->udp < 0)
		return fail_setup("socket()");
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, env->pair))
		return fail_setup("socketpair()");
	env->page_size = sysconf(_SC_PAGESIZE);
	env->page = mmap(NULL, env->page_size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (env->page == MAP_FAILED) {
		env->page = NULL;
		return fail_setup("mmap()");
	}
	env->sockaddr.sin_family = AF_INET;
	env->sockaddr.sin_port = htons(9);
	env->sockaddr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	env->child = waiting_child();
	return env->child < 0 ? fail_setup("fork()") : ST_OK;
}

int bench_env_open(struct bench_env **result)
{
	struct bench_env *env = xcalloc(1, sizeof(*env));
	int status;

	env->null = env->file = env->udp = env->pair[0] = env->pair[1] = -1;
	status = setup(env);
	if (status)
		bench_env_close(env);
	else
		*result = env;
	return status;
}

void bench_env_close(struct bench_env *env)
{
	int fds[] = { env->null, env->file, env->udp, env->pair[0], env->pair[1] };
	size_t i;

	if (env->child > 0) {
		kill(env->child, SIGKILL);
		waitpid(env->child, NULL, 0);
	}
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (env->page)
		munmap(env->page, env->page_size);
	free(env);
}
