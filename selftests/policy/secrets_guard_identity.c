// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * secrets-guard: nobody passes for a listed binary, gets at the memory of one,
 * or has one run other code.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "exe_name.h"
#include "secrets.h"

#define LD_SO "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
#define STRANGE_LIBRARY TEST_ROOT "/strange.so"

static struct secret s;
static struct policy policy;

/* --- What the two programs do ----------------------------------------------- */

static int do_read(struct secret *secret)
{
	return open_read(secret->file, O_RDONLY);
}

/* Has the secret in memory, says so, and waits for the end of input. */
static int do_hold(struct secret *secret)
{
	static char room[16];
	int fd = file_open(secret->file, O_RDONLY);
	char *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	char text[PATH_SIZE];

	if (map == MAP_FAILED)
		return -errno;
	path_set(text, "%d %lx %lx\n", fd, (unsigned long)map, (unsigned long)room);
	if (write(1, text, strlen(text)) < 0)
		return -errno;
	while (read(0, text, 1) > 0)
		;
	return 0;
}

/* After its file was deleted. */
static int do_read_deleted(struct secret *secret)
{
	if (unlink("/proc/self/exe") && unlink(TEST_ROOT "/bin/short-lived"))
		return -errno;
	return do_read(secret);
}

static int do_read_then_exec(struct secret *secret)
{
	int err = do_read(secret);

	if (err)
		return -ENOMSG;
	execl(OUTSIDER, OUTSIDER, "do", "read", secret->base, NULL);
	return -errno;
}

static int do_exe_file(struct secret *secret)
{
	return exe_file(ALLOWED);
}

static int do_mm_map(struct secret *secret)
{
	return exe_map(ALLOWED);
}

static int do_set_name(struct secret *secret)
{
	return result(prctl(PR_SET_NAME, "other"));
}

static int do_traceme(struct secret *secret)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

/* As code: ld.so leaves what it could map of a library that it gives up. */
static int do_is_mapped(struct secret *secret)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, STRANGE_LIBRARY) && strstr(line, " r-xp "))
			return 0;
	return -ENOENT;
}

static int map_library(int prot, int flags)
{
	int fd = file_open(STRANGE_LIBRARY, O_RDONLY);

	return result((long)mmap(NULL, 4096, prot, flags, fd, 0));
}

static int do_map_code(struct secret *secret)
{
	return map_library(PROT_READ | PROT_EXEC, MAP_PRIVATE);
}

static int do_map_data(struct secret *secret)
{
	return map_library(PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static int do_map_read(struct secret *secret)
{
	return map_library(PROT_READ, MAP_PRIVATE);
}

static int map_then(int prot)
{
	int fd = file_open(STRANGE_LIBRARY, O_RDONLY);
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	return map == MAP_FAILED ? -ENOMSG : result(mprotect(map, 4096, prot));
}

static int do_mprotect_code(struct secret *secret)
{
	return map_then(PROT_READ | PROT_EXEC);
}

static int do_mprotect_data(struct secret *secret)
{
	return map_then(PROT_READ | PROT_WRITE);
}

static int do_anonymous_code(struct secret *secret)
{
	return result((long)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int do_dump(struct secret *secret)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_CORE, &unlimited) || chdir(secret->base))
		return -errno;
	abort();
}

static const struct deed deeds[] = {
	{ "read", do_read },
	{ "hold", do_hold },
	{ "read-deleted", do_read_deleted },
	{ "read-then-exec", do_read_then_exec },
	{ "exe-file", do_exe_file },
	{ "mm-map", do_mm_map },
	{ "set-name", do_set_name },
	{ "traceme", do_traceme },
	{ "is-mapped", do_is_mapped },
	{ "map-code", do_map_code },
	{ "map-data", do_map_data },
	{ "map-read", do_map_read },
	{ "mprotect-code", do_mprotect_code },
	{ "mprotect-data", do_mprotect_data },
	{ "anonymous-code", do_anonymous_code },
	{ "dump", do_dump },
};

/* --- Passing for one --------------------------------------------------------- */

static int run_args(char *const argv[], char *const env[])
{
	int pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 2);
		if (env)
			execve(argv[0], argv, env);
		else
			execv(argv[0], argv);
		_exit(errno);
	}
	return child_status(pid);
}

static void names(void)
{
	char *const by_ld_so[] = { LD_SO, ALLOWED, "do", "read", s.base, NULL };
	char script[] = TEST_ROOT "/bin/script", copy[] = TEST_ROOT "/bin/copy";
	char other_name[] = TEST_ROOT "/bin/other-name", path[PATH_SIZE];
	char short_lived[] = TEST_ROOT "/bin/short-lived", text[PATH_SIZE];
	char *const by_script[] = { script, NULL };
	int memfd = memfd_create("allowed", 0);

	test_ok(!run(ALLOWED, "read", s.base), "a listed binary reads");
	test_ok(run(OUTSIDER, "read", s.base) == -EPERM, "another one does not");

	test_ok(run_args(by_ld_so, NULL) == -EPERM, "ld.so with a listed binary: denied");
	copy_file(ALLOWED, copy);
	test_ok(run(copy, "read", s.base) == -EPERM, "a copy of a listed binary: denied");
	copy_file(ALLOWED, path_set(path, "/proc/self/fd/%d", memfd));
	test_ok(run(path, "read", s.base) == -EPERM, "a copy in a memfd: denied");
	close(memfd);
	if (link(ALLOWED, other_name))
		test_bail("cannot link %s", ALLOWED);
	test_ok(!run(other_name, "read", s.base), "another name of it: allowed");

	path_set(text, "#!/bin/sh\nexec %s do read %s\n", OUTSIDER, s.base);
	file_write(script, text, strlen(text), 0755);
	list_in(&policy, "binaries", script, SECRETS_GUARD_GROUP);
	test_ok(run_args(by_script, NULL) == -EPERM,
		"a listed script: its interpreter counts, denied");
	unlist_in(&policy, "binaries", script);

	copy_file(ALLOWED, short_lived);
	list_in(&policy, "binaries", short_lived, SECRETS_GUARD_GROUP);
	test_ok(!run(short_lived, "read-deleted", s.base) && access(short_lived, F_OK),
		"a listed binary that is deleted while it runs: allowed");
	test_ok(run(ALLOWED, "read-then-exec", s.base) == -EPERM,
		"what a listed binary executes: denied");
}

static void prctls(void)
{
	int exe = run(OUTSIDER, "exe-file", s.base);
	int map = run(OUTSIDER, "mm-map", s.base);
	int name = run(OUTSIDER, "set-name", s.base);
	int free_exe, free_map;

	policy_detach(&policy);
	free_exe = run(OUTSIDER, "exe-file", s.base);
	free_map = run(OUTSIDER, "mm-map", s.base);
	secrets_attach(&policy);
	list_in(&policy, "files", s.folder, SECRETS_GUARD_GROUP);
	test_ok(exe == -EPERM && !free_exe,
		"prctl(PR_SET_MM_EXE_FILE): denied; without the policy it is looked at");
	if (free_map == -EOPNOTSUPP)
		test_skip("the kernel has no PR_SET_MM_MAP (CONFIG_CHECKPOINT_RESTORE)");
	else
		test_ok(map == -EPERM && !free_map,
			"prctl(PR_SET_MM_MAP): denied; without the policy it is looked at");
	test_ok(!name, "prctl(PR_SET_NAME): works");
}

/* --- Its memory and descriptors ----------------------------------------------- */

struct holder {
	int pid, fd, to, from;
	unsigned long map, room;	/* the secret; memory that can be written to */
};

static void holder_start(struct holder *holder, const char *program)
{
	int to[2], from[2];
	char text[PATH_SIZE] = "";

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		test_bail("cannot make pipes");
	holder->pid = fork();
	if (!holder->pid) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		execl(program, program, "do", "hold", s.base, NULL);
		_exit(errno);
	}
	close(to[0]);
	close(from[1]);
	holder->to = to[1];
	holder->from = from[0];
	if (read(holder->from, text, sizeof(text) - 1) <= 0 ||
	    sscanf(text, "%d %lx %lx", &holder->fd, &holder->map, &holder->room) != 3)
		test_bail("%s holds nothing", program);
}

static void holder_end(struct holder *holder)
{
	close(holder->to);
	close(holder->from);
	if (child_status(holder->pid))
		test_bail("the program ended badly");
}

static int try_attach(struct holder *holder, int request)
{
	if (ptrace(request, holder->pid, NULL, NULL))
		return -errno;
	if (request == PTRACE_SEIZE && ptrace(PTRACE_INTERRUPT, holder->pid, NULL, NULL))
		return -errno;
	if (waitpid(holder->pid, NULL, __WALL) != holder->pid)
		test_bail("a traced child does not stop");
	return result(ptrace(PTRACE_DETACH, holder->pid, NULL, NULL));
}

static int try_readv(struct holder *holder)
{
	char data[16];
	struct iovec local = { data, 10 }, remote = { (void *)holder->map, 10 };

	return result(process_vm_readv(holder->pid, &local, 1, &remote, 1, 0));
}

static int try_writev(struct holder *holder)
{
	char data[16] = "";
	struct iovec local = { data, 10 }, remote = { (void *)holder->room, 10 };

	return result(process_vm_writev(holder->pid, &local, 1, &remote, 1, 0));
}

static int try_mem(struct holder *holder)
{
	char path[PATH_SIZE], data[10];
	int fd = open(path_set(path, "/proc/%d/mem", holder->pid), O_RDONLY), err;

	if (fd < 0)
		return -errno;
	err = result(pread(fd, data, sizeof(data), holder->map));
	close(fd);
	return err;
}

static int try_pidfd_getfd(struct holder *holder)
{
	int pidfd = syscall(SYS_pidfd_open, holder->pid, 0), fd, err;
	char data[16];

	if (pidfd < 0)
		test_bail("no pidfd");
	fd = syscall(SYS_pidfd_getfd, pidfd, holder->fd, 0);
	err = fd < 0 ? -errno : result(pread(fd, data, sizeof(data), 0));
	close(pidfd);
	if (fd >= 0)
		close(fd);
	return err;
}

static int try_proc(struct holder *holder, const char *format, unsigned long a,
		    unsigned long b)
{
	char path[PATH_SIZE], end[PATH_SIZE];

	snprintf(end, sizeof(end), format, a, b);
	path_set(path, "/proc/%d/", holder->pid);
	strncat(path, end, sizeof(path) - strlen(path) - 1);
	return open_read(path, O_RDONLY);
}

static void memory(void)
{
	static const struct {
		const char *what;
		int err;
	} ways[] = {
		{ "PTRACE_ATTACH", EPERM },
		{ "PTRACE_SEIZE", EPERM },
		{ "process_vm_readv", EPERM },
		{ "/proc/PID/mem", EACCES },
		{ "pidfd_getfd", EPERM },
		{ "/proc/PID/fd", EPERM },
		{ "/proc/PID/map_files", EPERM },
		{ "process_vm_writev", EPERM },
	};
	int err[2][ARRAY_SIZE(ways)];

	/* The same program, first not listed and free to be read. */
	for (int listed = 0; listed < 2; listed++) {
		struct holder holder;
		int *e = err[listed];

		if (!listed)
			unlist_in(&policy, "binaries", ALLOWED);
		else
			list_in(&policy, "binaries", ALLOWED, SECRETS_GUARD_GROUP);
		if (!listed)
			unlist_in(&policy, "files", s.folder);
		else
			list_in(&policy, "files", s.folder, SECRETS_GUARD_GROUP);
		holder_start(&holder, ALLOWED);
		e[0] = try_attach(&holder, PTRACE_ATTACH);
		e[1] = try_attach(&holder, PTRACE_SEIZE);
		e[2] = try_readv(&holder);
		e[3] = try_mem(&holder);
		e[4] = try_pidfd_getfd(&holder);
		e[5] = try_proc(&holder, "fd/%lu", holder.fd, 0);
		e[6] = try_proc(&holder, "map_files/%lx-%lx", holder.map,
				holder.map + 4096);
		e[7] = try_writev(&holder);
		holder_end(&holder);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (err[0][i] == -ENOSYS)
			test_skip("the kernel has no %s", ways[i].what);
		else if (!test_ok(!err[0][i] && err[1][i] == -ways[i].err,
				  "of a running listed binary: %s", ways[i].what))
			test_diag("not listed: %s; listed: %s", strerror(-err[0][i]),
				  strerror(-err[1][i]));
}

/* The tracer is there before the listed binary is. */
static int exec_traced(const char *program, bool seize)
{
	int ready[2], status, pid;
	char go = 0;

	if (pipe(ready))
		test_bail("cannot make a pipe");
	pid = fork();
	if (!pid) {
		if (!seize && ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(NO_ANSWER);
		if (read(ready[0], &go, 1) != 1)
			_exit(NO_ANSWER);
		execl(program, program, "do", "read", s.base, NULL);
		_exit(errno);
	}
	if (seize && ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		test_bail("cannot trace a child");
	if (write(ready[1], &go, 1) != 1)
		test_bail("no child");
	close(ready[0]);
	close(ready[1]);
	for (;;) {
		if (waitpid(pid, &status, __WALL) != pid)
			test_bail("cannot wait");
		if (WIFEXITED(status))
			return -WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return -NO_ANSWER;
		/* execve() of a traced task stops it with SIGTRAP. */
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	}
}

static void tracing(void)
{
	test_ok(exec_traced(ALLOWED, false) == -EPERM,
		"PTRACE_TRACEME, then execve of a listed binary: denied");
	test_ok(exec_traced(ALLOWED, true) == -EPERM,
		"PTRACE_SEIZE, then execve of a listed binary: denied");
	unlist_in(&policy, "files", s.folder);
	test_ok(!exec_traced(OUTSIDER, false) && !exec_traced(OUTSIDER, true),
		"other binaries are traced from their first instruction on");
	list_in(&policy, "files", s.folder, SECRETS_GUARD_GROUP);
	test_ok(run(ALLOWED, "traceme", s.base) == -EPERM,
		"PTRACE_TRACEME by a listed binary: denied");
	test_ok(!run(OUTSIDER, "traceme", s.base), "PTRACE_TRACEME by another: works");
}

/* --- Its code ------------------------------------------------------------------ */

static int with_preload(const char *program, const char *deed)
{
	char *const argv[] = { (char *)program, "do", (char *)deed, s.base, NULL };
	char *const env[] = { "LD_PRELOAD=" STRANGE_LIBRARY, NULL };

	return run_args(argv, env);
}

/* In a mount name space where the dynamic loader is another file. */
static int with_other_ld_so(const char *program)
{
	char other[] = TEST_ROOT "/ld.so";
	int pid;

	if (access(other, F_OK))
		copy_file(LD_SO, other);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS) || mount(other, LD_SO, NULL, MS_BIND, NULL))
			_exit(NO_SUCH_DEED);
		_exit(-run(program, "map-read", s.base));
	}
	return child_status(pid);
}

static void code(void)
{
	static const char *const denied[] = {
		"map-code", "map-data", "mprotect-code", "mprotect-data",
	};

	copy_file("/usr/lib/x86_64-linux-gnu/libm.so.6", STRANGE_LIBRARY);
	test_ok(with_preload(OUTSIDER, "is-mapped") == 0, "LD_PRELOAD, not listed: works");
	test_ok(with_preload(ALLOWED, "is-mapped") == -ENOENT,
		"LD_PRELOAD, listed binary: the library is not mapped as code");
	test_ok(!with_preload(ALLOWED, "read"), "and it still reads");
	test_ok(with_other_ld_so(OUTSIDER) == 0, "another dynamic loader, not listed: works");
	test_ok(with_other_ld_so(ALLOWED) != 0,
		"another dynamic loader, listed binary: it does not run");
	for (size_t i = 0; i < ARRAY_SIZE(denied); i++)
		test_ok(run(ALLOWED, denied[i], s.base) == -EPERM &&
			!run(OUTSIDER, denied[i], s.base),
			"a file that is no listed library: %s", denied[i]);
	test_ok(!run(ALLOWED, "map-read", s.base), "to read it: works");
	test_ok(!run(ALLOWED, "anonymous-code", s.base), "code that is in no file: works");
	list_in(&policy, "libraries", STRANGE_LIBRARY, 1);
	test_ok(with_preload(ALLOWED, "is-mapped") == 0,
		"LD_PRELOAD of a listed library: works");
	for (size_t i = 0; i < ARRAY_SIZE(denied); i++)
		test_ok(!run(ALLOWED, denied[i], s.base), "a listed library: %s", denied[i]);
	unlist_in(&policy, "libraries", STRANGE_LIBRARY);
	unlist_in(&policy, "libraries", LIBRARIES);
	test_ok(run(ALLOWED, "read", s.base) != 0 && run(OUTSIDER, "set-name", s.base) == 0,
		"no listed library at all: a listed binary does not start");
	list_in(&policy, "libraries", LIBRARIES, 1);
}

/* --- Core files ---------------------------------------------------------------- */

static bool dumped(const char *program)
{
	char path[PATH_SIZE];
	struct stat stat;
	bool there;

	path_set(path, "%s/core", s.base);
	run(program, "dump", s.base);
	there = !lstat(path, &stat) && stat.st_size > 0;
	unlink(path);
	return there;
}

static void core_files(void)
{
	char pattern[PATH_SIZE] = "", pid[8] = "";
	int fd = file_open("/proc/sys/kernel/core_pattern", O_RDWR);
	int pid_fd = file_open("/proc/sys/kernel/core_uses_pid", O_RDWR);
	ssize_t size = read(fd, pattern, sizeof(pattern) - 1);
	ssize_t pid_size = read(pid_fd, pid, sizeof(pid) - 1);

	if (size <= 0 || pid_size <= 0 || pwrite(fd, "core\n", 5, 0) != 5 ||
	    pwrite(pid_fd, "0\n", 2, 0) != 2)
		test_bail("cannot set the core pattern");
	test_ok(dumped(OUTSIDER), "core file: of another binary, written");
	test_ok(!dumped(ALLOWED), "core file: of a listed binary, not written");
	unlist_in(&policy, "binaries", ALLOWED);
	test_ok(dumped(ALLOWED), "core file: of one no longer listed, written");
	list_in(&policy, "binaries", ALLOWED, SECRETS_GUARD_GROUP);
	if (pwrite(fd, pattern, size, 0) != size || pwrite(pid_fd, pid, pid_size, 0) != pid_size)
		test_bail("cannot restore the core pattern");
	close(fd);
	close(pid_fd);
}

int main(int argc, char **argv)
{
	secrets_payload(argc, argv, deeds, ARRAY_SIZE(deeds));
	secrets_init();
	secret_make(&s, TEST_ROOT "/secret");
	secrets_attach(&policy);
	list_in(&policy, "files", s.folder, SECRETS_GUARD_GROUP);
	names();
	prctls();
	memory();
	tracing();
	code();
	core_files();
	policy_detach(&policy);
	return test_done();
}
