// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * wx-guard: nobody writes to the code of a process, and execve() makes no memory
 * that is writable and executable.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "exe_name.h"
#include "wx_guard.h"

#define PROGRAM TEST_ROOT "/program"
#define COPY TEST_ROOT "/library.so"

static void start_no_ptrace(struct policy *policy)
{
	policy_open(policy, "wx_guard");
	policy_constant(policy, "guard_ptrace", false);
	policy_start(policy);
}

/* A page of code that returns 7 until somebody has changed it. */
__attribute__((aligned(PAGE), noinline, noclone))
static int target(void)
{
	int value;

	asm volatile ("movl $7, %0" : "=r" (value));
	return value;
}

/* --- /proc/PID/mem -------------------------------------------------------- */

static int write_code(const char *path, int flags)
{
	int fd = open(path, flags);
	unsigned long at = (unsigned long)target;

	if (fd < 0)
		return -errno;
	if (pwrite(fd, code, sizeof(code), at) != sizeof(code))
		return -errno;
	close(fd);
	return code_runs(target);
}

static int try_mem(void)
{
	return write_code("/proc/self/mem", O_RDWR);
}

static int try_mem_write_only(void)
{
	return write_code("/proc/self/mem", O_WRONLY);
}

static int try_mem_thread(void)
{
	return write_code("/proc/thread-self/mem", O_RDWR);
}

static int try_mem_task(void)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/mem", getpid(), getpid());
	return write_code(path, O_RDWR);
}

static int try_mem_symlink(void)
{
	if (symlink("/proc/self/mem", "/dev/shm/lsmslot-mem"))
		return -252;
	int err = write_code("/dev/shm/lsmslot-mem", O_RDWR);

	unlink("/dev/shm/lsmslot-mem");
	return err;
}

/* proc mounted somewhere else. */
static int try_mem_other_mount(void)
{
	char path[PATH_SIZE];

	if (mkdir(TEST_ROOT "/proc", 0755) && errno != EEXIST)
		return -252;
	if (mount("/proc", TEST_ROOT "/proc", NULL, MS_BIND, NULL))
		return -252;
	snprintf(path, sizeof(path), TEST_ROOT "/proc/%d/mem", getpid());
	return write_code(path, O_RDWR);
}

static int try_mem_reopened(void)
{
	char path[PATH_SIZE];
	int fd = open("/proc/self/mem", O_PATH);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return write_code(path, O_RDWR);
}

/* --- ptrace --------------------------------------------------------------- */

/* A child that waits; it ends with what target() returns. */
static int waiting_child(int pipe_fd[2], void (*first)(void))
{
	int pid;
	char c;

	if (pipe(pipe_fd))
		_exit(251);
	pid = fork();
	if (!pid) {
		close(pipe_fd[1]);
		if (first)
			first();
		if (read(pipe_fd[0], &c, 1) == 1)
			_exit(target());
		_exit(250);
	}
	close(pipe_fd[0]);
	return pid;
}

static int poke(int pid)
{
	unsigned long word = 0;

	memcpy(&word, code, sizeof(code));
	if (ptrace(PTRACE_POKETEXT, pid, target, word) ||
	    ptrace(PTRACE_DETACH, pid, 0, 0))
		return -errno;
	return 0;
}

static int finish(int pid, int pipe_fd[2], int err)
{
	int status;

	if (err)
		kill(pid, SIGKILL);
	else if (write(pipe_fd[1], "x", 1) != 1)
		err = -249;
	waitpid(pid, &status, 0);
	if (!err && (!WIFEXITED(status) || WEXITSTATUS(status) != 42))
		err = -248;
	return err;
}

static int try_attach(void)
{
	int fds[2], pid = waiting_child(fds, NULL), err;

	err = result(ptrace(PTRACE_ATTACH, pid, 0, 0));
	if (!err) {
		waitpid(pid, NULL, 0);
		err = poke(pid);
	}
	return finish(pid, fds, err);
}

static int try_seize(void)
{
	int fds[2], pid = waiting_child(fds, NULL), err;

	err = result(ptrace(PTRACE_SEIZE, pid, 0, 0)) ?:
	      result(ptrace(PTRACE_INTERRUPT, pid, 0, 0));
	if (!err) {
		waitpid(pid, NULL, 0);
		err = poke(pid);
	}
	return finish(pid, fds, err);
}

/* A child that attaches to its parent, as injected code would. */
static int try_attach_parent(void)
{
	int status, pid, parent = getpid();

	pid = fork();
	if (!pid) {
		int err = result(ptrace(PTRACE_ATTACH, parent, 0, 0));

		if (!err) {
			waitpid(parent, NULL, __WALL);
			err = poke(parent);
		}
		_exit(-err);
	}
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status))
		return -WEXITSTATUS(status);
	return code_runs(target);
}

static int data;

static void traceme(void)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(errno);
	raise(SIGSTOP);
}

static int try_traceme(void)
{
	int fds[2], pid = waiting_child(fds, traceme), status;

	waitpid(pid, &status, WUNTRACED);
	if (WIFEXITED(status))
		return -WEXITSTATUS(status);
	return finish(pid, fds, poke(pid));
}

/* --- execve() ------------------------------------------------------------- */

/* A program killed by the kernel while it was started did not run. */
static int started(int err)
{
	return err == -EXEC_DIED && exec_signal == SIGSEGV ? -EPERM : err;
}

/* Copy of the ELF file @from whose headers of type @type have PF_X. */
static void elf_copy(const char *from, const char *to, unsigned int type)
{
	struct blob blob = blob_read(from);
	Elf64_Ehdr *header = (void *)blob.data;
	Elf64_Phdr *segments = (void *)(blob.data + header->e_phoff);
	bool found = false;

	for (int i = 0; i < header->e_phnum; i++) {
		if (segments[i].p_type != type || !(segments[i].p_flags & PF_W))
			continue;
		segments[i].p_flags |= PF_X;
		found = true;
	}
	if (!found)
		_exit(247);
	unlink(to);
	file_write(to, blob.data, blob.size, 0755);
	free(blob.data);
}

static int try_exec_stack(void)
{
	elf_copy("/proc/self/exe", PROGRAM, PT_GNU_STACK);
	return started(exec_path(PROGRAM));
}

static int try_exec_data(void)
{
	elf_copy("/proc/self/exe", PROGRAM, PT_LOAD);
	return started(exec_path(PROGRAM));
}

static int try_exec_dynamic_loader(void)
{
	struct blob blob;

	elf_copy(LD_SO, TEST_ROOT "/ld.so", PT_LOAD);
	blob = blob_with_interpreter(TEST_ROOT "/ld.so");
	unlink(PROGRAM);
	file_write(PROGRAM, blob.data, blob.size, 0755);
	return started(exec_path(PROGRAM));
}

/* From a script, whose interpreter it is. */
static int try_exec_interpreter(void)
{
	const char text[] = "#!" PROGRAM " " EXEC_ARG "\n";

	elf_copy("/proc/self/exe", PROGRAM, PT_GNU_STACK);
	unlink(TEST_ROOT "/script");
	file_write(TEST_ROOT "/script", text, strlen(text), 0755);
	return started(exec_path(TEST_ROOT "/script"));
}

/* glibc makes the stack executable for a library that asks for it. */
static int try_library_stack(void)
{
	elf_copy(LIBRARY, COPY, PT_GNU_STACK);
	return exec_dlopen(COPY);
}

static int try_library_data(void)
{
	elf_copy(LIBRARY, COPY, PT_LOAD);
	return exec_dlopen(COPY);
}

/* --- The name of the executable ------------------------------------------- */

static int try_exe_file(void)
{
	return exe_file("/bin/true");
}

static int try_exe_map(void)
{
	return exe_map("/bin/true");
}

static const struct way ways[] = {
	WAY_CHILD("/proc/self/mem", try_mem, "file_open"),
	WAY_CHILD("/proc/self/mem, write-only", try_mem_write_only, "file_open"),
	WAY_CHILD("/proc/thread-self/mem", try_mem_thread, "file_open"),
	WAY_CHILD("/proc/PID/task/TID/mem", try_mem_task, "file_open"),
	WAY_CHILD("/proc/self/mem by a symbolic link", try_mem_symlink, "file_open"),
	WAY_CHILD("/proc/PID/mem on another mount", try_mem_other_mount, "file_open"),
	WAY_CHILD("/proc/self/mem, O_PATH opened again", try_mem_reopened, "file_open"),
	WAY_CHILD("PTRACE_ATTACH, PTRACE_POKETEXT", try_attach, "ptrace_access_check"),
	WAY_CHILD("PTRACE_SEIZE, PTRACE_POKETEXT", try_seize, "ptrace_access_check"),
	WAY_CHILD("PTRACE_ATTACH to the parent", try_attach_parent, "ptrace_access_check"),
	WAY_CHILD("PTRACE_TRACEME, PTRACE_POKETEXT", try_traceme, "ptrace_traceme"),
	WAY_CHILD("execve with an executable stack", try_exec_stack, "mmap_file"),
	WAY_CHILD("execve with executable data", try_exec_data, "mmap_file"),
	WAY_CHILD("execve, dynamic loader with executable data", try_exec_dynamic_loader, "mmap_file"),
	WAY_CHILD("interpreter with an executable stack", try_exec_interpreter, "mmap_file"),
	WAY_CHILD("library that wants an executable stack", try_library_stack, "file_mprotect"),
	WAY_CHILD("library with executable data", try_library_data, "mmap_file"),
	WAY_CHILD("PR_SET_MM_EXE_FILE", try_exe_file, "task_prctl"),
	WAY_CHILD("PR_SET_MM_MAP", try_exe_map, "task_prctl"),
};

static bool traces(const struct way *way)
{
	return !strncmp(way->hook, "ptrace", 6);
}

static bool debugs(const struct way *way)
{
	return traces(way) || !strcmp(way->hook, "file_open");
}

/* What a listed executable may, and what not. */
static void exempt_kinds(void)
{
	struct policy policy;

	start_plain(&policy);
	exempt_set(&policy, NULL, WX_GUARD_DEBUGGER);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (debugs(&ways[i]))
			test_ok(!way_try(&ways[i], NULL), "wx-guard: debugger: %s",
				ways[i].what);
	test_ok(in_child(try_library_stack) == -EPERM,
		"wx-guard: debugger: no memory of its own");
	test_ok(in_child(try_exe_file) == -EPERM, "wx-guard: debugger: no other name");
	exempt_set(&policy, NULL, WX_GUARD_JIT);
	test_ok(in_child(try_mem) == -EPERM && in_child(try_attach) == -EPERM &&
		in_child(try_traceme) == -EPERM, "wx-guard: JIT: no debugger");
	test_ok(!in_child(try_library_stack), "wx-guard: JIT: a library that wants a stack");
	exempt_set(&policy, NULL, WX_GUARD_BOTH);
	test_ok(!in_child(try_mem) && !in_child(try_library_stack) &&
		!in_child(try_exe_file), "wx-guard: both");
	policy_detach(&policy);
}

/* The exemption is the program's that is started, not the caller's. */
static void exempt_program(void)
{
	struct lsmslot_inode_id id;
	__u32 jit = WX_GUARD_JIT;
	struct policy policy;
	int err;

	elf_copy("/proc/self/exe", PROGRAM, PT_GNU_STACK);
	start_plain(&policy);
	exempt_set(&policy, NULL, WX_GUARD_JIT);
	test_ok(started(exec_path(PROGRAM)) == -EPERM,
		"wx-guard: JIT: not what it starts");
	id = inode_id(PROGRAM, 0);
	map_set(policy_map(&policy, "exempt"), &id, &jit);
	err = started(exec_path(PROGRAM));
	test_ok(!err, "wx-guard: JIT: a listed program with an executable stack");
	policy_detach(&policy);
}

static void without_ptrace(void)
{
	struct policy policy;

	start_no_ptrace(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (traces(&ways[i]))
			test_ok(!way_try(&ways[i], NULL), "wx-guard: guard_ptrace off: %s",
				ways[i].what);
	test_ok(in_child(try_mem) == -EPERM, "wx-guard: guard_ptrace off: /proc/self/mem");
	policy_detach(&policy);
}

/* What a debugger wrote into memory that was not executable does not become so. */
static int written_by_force(void)
{
	int fd = open("/proc/self/exe", O_RDONLY), mem;
	char *map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	mem = open("/proc/self/mem", O_RDWR);
	if (map == MAP_FAILED || mem < 0 ||
	    pwrite(mem, code, sizeof(code), (unsigned long)map) != sizeof(code))
		return -251;
	return protect_and_run(map, PROT_READ | PROT_EXEC);
}

static void force(void)
{
	struct policy policy;
	int before = in_child(written_by_force), denied;

	start_plain(&policy);
	exempt_set(&policy, NULL, WX_GUARD_DEBUGGER);
	denied = in_child(written_by_force);
	policy_detach(&policy);
	test_ok(!before && denied == -EPERM && !in_child(written_by_force),
		"wx-guard: mprotect of what /proc/self/mem wrote");
}

/* --- What goes on working ------------------------------------------------- */

static int read_mem(void)
{
	int fd = open("/proc/self/mem", O_RDONLY);
	char c;

	return result(pread(fd, &c, 1, (unsigned long)target));
}

static int write_other_proc(void)
{
	int fd = open("/proc/self/comm", O_RDWR);

	return result(write(fd, "test", 4));
}

static int read_process(void)
{
	int fds[2], pid = waiting_child(fds, NULL), err;
	char c;
	struct iovec here = { &c, 1 }, there = { target, 1 };

	err = result(process_vm_readv(pid, &here, 1, &there, 1, 0));
	kill(pid, SIGKILL);
	return err == -ENOSYS ? -EOPNOTSUPP : err;
}

/* process_vm_writev() has respect for protections, policy or not. */
static int write_process(void *at)
{
	int fds[2], pid = waiting_child(fds, NULL), err;
	char c = 0;
	struct iovec here = { &c, 1 }, there = { at, 1 };

	err = result(process_vm_writev(pid, &here, 1, &there, 1, 0));
	kill(pid, SIGKILL);
	return err == -ENOSYS ? -EOPNOTSUPP : err;
}

static int write_process_code(void)
{
	int err = write_process(target);

	return err == -EOPNOTSUPP ? err : err == -EFAULT ? 0 : -250;
}

static int write_process_data(void)
{
	return write_process(&data);
}

static int start_program(void)
{
	return exec_path("/proc/self/exe");
}

/*
 * Limit of the page: memory that the program's header asks for, and of which
 * nothing is in the file. The program looks for it in its own map.
 */
#define MAPS_ARG "lsmslot-maps"

static void maps_payload(int argc, char **argv)
{
	char line[512];
	FILE *maps;

	if (argc < 2 || strcmp(argv[1], MAPS_ARG))
		return;
	maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, " rwxp "))
			_exit(EXEC_RAN);
	_exit(1);
}

static int exec_empty_segment(void)
{
	char *const argv[] = { PROGRAM, MAPS_ARG, NULL };
	struct blob blob = blob_read("/proc/self/exe");
	Elf64_Ehdr *header = (void *)blob.data;
	Elf64_Phdr *segments = (void *)(blob.data + header->e_phoff);
	unsigned long end = 0;

	for (int i = 0; i < header->e_phnum; i++) {
		if (segments[i].p_type == PT_LOAD) {
			end = segments[i].p_vaddr + segments[i].p_memsz;
		} else if (segments[i].p_type == PT_NOTE) {
			end = (end + 16 * PAGE) & ~(PAGE - 1UL);
			segments[i] = (Elf64_Phdr) {
				.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X,
				.p_vaddr = end, .p_paddr = end, .p_memsz = PAGE,
				.p_align = PAGE,
			};
			break;
		}
	}
	unlink(PROGRAM);
	file_write(PROGRAM, blob.data, blob.size, 0755);
	return exec_at(AT_FDCWD, PROGRAM, argv, 0);
}

static const struct {
	const char *what;
	int (*try)(void);
} allowed[] = {
	{ "reading /proc/self/mem", read_mem },
	{ "writing to another file of /proc", write_other_proc },
	{ "process_vm_readv", read_process },
	{ "process_vm_writev to data", write_process_data },
	{ "process_vm_writev to code is refused by the kernel itself", write_process_code },
	{ "a program", start_program },
};

/* What was there before the policy: the page says that it stays. */
static void from_before(void)
{
	int mem = open("/proc/self/mem", O_RDWR), fds[2], pid = waiting_child(fds, NULL);
	int fd = open("/proc/self/exe", O_RDONLY);
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	struct policy policy;

	if (mem < 0 || map == MAP_FAILED || ptrace(PTRACE_SEIZE, pid, 0, 0))
		test_bail("cannot begin before the policy");
	start_plain(&policy);
	test_ok(pwrite(mem, code, sizeof(code), (unsigned long)map) == sizeof(code) &&
		!code_runs(map), "wx-guard: limit: /proc/self/mem open before the policy");
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	waitpid(pid, NULL, 0);
	test_ok(!finish(pid, fds, poke(pid)),
		"wx-guard: limit: a process traced before the policy");
	policy_detach(&policy);
	close(mem);
	close(fd);
}

static void allowed_work(void)
{
	struct policy policy;

	start_plain(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		int err = in_child(allowed[i].try);

		if (err == -EOPNOTSUPP)
			test_skip("wx-guard: this kernel cannot: %s", allowed[i].what);
		else
			test_ok(!err, "wx-guard: allowed: %s", allowed[i].what);
	}
	test_ok(!in_child(exec_empty_segment),
		"wx-guard: limit: a segment of the program without contents");
	test_ok(!policy_counter(&policy, LSMSLOT_DENIED), "wx-guard: nothing was denied");
	policy_detach(&policy);
}

int main(int argc, char **argv)
{
	maps_payload(argc, argv);
	exec_payload(argc, argv);
	files_init();
	ways_run("wx-guard", ways, ARRAY_SIZE(ways), start_plain, NULL, NULL);
	exempt_kinds();
	exempt_program();
	without_ptrace();
	force();
	from_before();
	allowed_work();
	return test_done();
}
