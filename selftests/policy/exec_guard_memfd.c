// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exec-guard: nothing runs from a memfd.
 */
#define _GNU_SOURCE
#include <linux/memfd.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "exec.h"
#include "kernel_data.h"
#include "ways.h"

static int memfd_with(const void *data, size_t size, unsigned int flags)
{
	int fd = memfd_create("payload", flags);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		test_bail("cannot fill a memfd");
	return fd;
}

static int memfd_of_file(const char *path, unsigned int flags)
{
	struct blob blob = blob_read(path);
	int fd = memfd_with(blob.data, blob.size, flags);

	free(blob.data);
	return fd;
}

static int memfd_program(void)
{
	return memfd_of_file("/proc/self/exe", MFD_CLOEXEC);
}

static int memfd_script(void)
{
	/* No MFD_CLOEXEC: the interpreter is to open it by /dev/fd. */
	return memfd_with(SCRIPT, strlen(SCRIPT), 0);
}

static int and_close(int fd, int err)
{
	close(fd);
	return err;
}

static const char *proc_fd(char *path, int fd)
{
	return path_set(path, "/proc/self/fd/%d", fd);
}

static int try_execveat(void)
{
	int fd = memfd_program();

	return and_close(fd, exec_fd(fd));
}

static int try_path_fd(void)
{
	int fd = memfd_program(), path_fd;
	char path[PATH_SIZE];

	path_fd = file_open(proc_fd(path, fd), O_PATH);
	close(fd);
	return and_close(path_fd, exec_fd(path_fd));
}

static int try_read_only_fd(void)
{
	int fd = memfd_program(), again;
	char path[PATH_SIZE];

	again = file_open(proc_fd(path, fd), O_RDONLY);
	close(fd);
	return and_close(again, exec_fd(again));
}

static int try_proc_fd(void)
{
	int fd = memfd_of_file("/proc/self/exe", 0);
	char path[PATH_SIZE];

	return and_close(fd, exec_path(proc_fd(path, fd)));
}

static int try_other_process(void)
{
	int fd = memfd_program();
	char path[PATH_SIZE];

	path_set(path, "/proc/%d/fd/%d", getpid(), fd);
	return and_close(fd, exec_path(path));
}

static int try_symlink(void)
{
	char target[PATH_SIZE], path[] = TEST_ROOT "/link";
	int fd = memfd_program(), err;

	path_set(target, "/proc/%d/fd/%d", getpid(), fd);
	if (symlink(target, path))
		test_bail("cannot make %s", path);
	err = exec_path(path);
	unlink(path);
	return and_close(fd, err);
}

static int try_sealed(void)
{
	int fd = memfd_of_file("/proc/self/exe", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK |
		  F_SEAL_SEAL))
		test_bail("cannot seal a memfd");
	return and_close(fd, exec_fd(fd));
}

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static int try_mfd_exec(void)
{
	int fd = memfd_of_file("/proc/self/exe", MFD_EXEC | MFD_CLOEXEC);

	return and_close(fd, exec_fd(fd));
}

static int try_script(void)
{
	int fd = memfd_script();

	return and_close(fd, exec_fd(fd));
}

static int try_script_proc_fd(void)
{
	int fd = memfd_script();
	char path[PATH_SIZE];

	return and_close(fd, exec_path(proc_fd(path, fd)));
}

/* A script on a disk that names the memfd as its interpreter. */
static int try_interpreter(void)
{
	int fd = memfd_of_file("/proc/self/exe", 0), err;
	char path[] = TEST_ROOT "/script", text[PATH_SIZE];

	path_set(text, "#!/proc/self/fd/%d\n", fd);
	file_write(path, text, strlen(text), 0755);
	err = exec_path(path);
	unlink(path);
	return and_close(fd, err);
}

/* A program on a disk that asks for a dynamic loader in the memfd. */
static int try_elf_interpreter(void)
{
	int fd = memfd_of_file(LD_SO, 0), err;
	char path[] = TEST_ROOT "/program", name[PATH_SIZE];
	struct blob blob;

	blob = blob_with_interpreter(proc_fd(name, fd));
	file_write(path, blob.data, blob.size, 0755);
	free(blob.data);
	err = exec_path(path);
	unlink(path);
	return and_close(fd, err);
}

static int try_ld_so(void)
{
	int fd = memfd_of_file("/proc/self/exe", 0);
	char path[PATH_SIZE];

	return and_close(fd, exec_by_ld_so(proc_fd(path, fd)));
}

static int try_dlopen(void)
{
	int fd = memfd_of_file(LIBRARY, 0);
	char path[PATH_SIZE];

	return and_close(fd, exec_dlopen(proc_fd(path, fd)));
}

static int try_map_private(void)
{
	int fd = memfd_program();

	return and_close(fd, map_exec(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

static int try_map_shared(void)
{
	int fd = memfd_program();

	return and_close(fd, map_exec(fd, PROT_READ | PROT_WRITE | PROT_EXEC,
				      MAP_SHARED));
}

static int try_mprotect_private(void)
{
	int fd = memfd_program();

	return and_close(fd, map_then_exec(fd, PROT_READ, MAP_PRIVATE));
}

static int try_mprotect_shared(void)
{
	int fd = memfd_program();

	return and_close(fd, map_then_exec(fd, PROT_READ | PROT_WRITE,
					   MAP_SHARED));
}

/* With this personality whatever can be read can be executed. */
static int try_read_implies_exec(void)
{
	int fd = memfd_program(), err;

	personality(READ_IMPLIES_EXEC);
	err = map_exec(fd, PROT_READ, MAP_PRIVATE);
	personality(0);
	return and_close(fd, err);
}

#define HUGE_PAGE (2UL << 20)

/* write() does not work there; a script fits in one mapped page. */
static int try_huge_script(void)
{
	int fd = memfd_create("huge", MFD_HUGETLB);
	char *map;

	if (fd < 0 || ftruncate(fd, HUGE_PAGE))
		test_bail("cannot have a memfd of huge pages");
	map = mmap(NULL, HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		test_bail("cannot map a huge page");
	strcpy(map, SCRIPT);
	munmap(map, HUGE_PAGE);
	return and_close(fd, exec_fd(fd));
}

static int try_huge_map(void)
{
	int fd = memfd_create("huge", MFD_HUGETLB | MFD_CLOEXEC);
	void *map;

	if (fd < 0 || ftruncate(fd, HUGE_PAGE))
		test_bail("cannot have a memfd of huge pages");
	map = mmap(NULL, HUGE_PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return and_close(fd, -errno);
	munmap(map, HUGE_PAGE);
	return and_close(fd, 0);
}

/*
 * Shared anonymous memory and System V segments are files like a memfd's that no
 * descriptor shows; /proc/PID/map_files does.
 */
static int map_files(void *map, size_t size, int (*use)(const char *path))
{
	char path[PATH_SIZE];

	path_set(path, "/proc/%d/map_files/%lx-%lx", getpid(),
		 (unsigned long)map, (unsigned long)map + size);
	return use(path);
}

static int anonymous_file(const char *file, int (*use)(const char *path))
{
	struct blob blob = blob_read(file);
	size_t size = (blob.size + 4095) & ~4095UL;
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	if (map == MAP_FAILED)
		test_bail("no shared anonymous memory");
	memcpy(map, blob.data, blob.size);
	free(blob.data);
	err = map_files(map, size, use);
	munmap(map, size);
	return err;
}

static int shm_file(const char *file, int (*use)(const char *path))
{
	struct blob blob = blob_read(file);
	size_t size = (blob.size + 4095) & ~4095UL;
	int id = shmget(IPC_PRIVATE, size, 0700), err;
	void *map = shmat(id, NULL, 0);

	if (map == (void *)-1)
		test_bail("no System V segment");
	shmctl(id, IPC_RMID, NULL);
	memcpy(map, blob.data, blob.size);
	free(blob.data);
	err = map_files(map, size, use);
	shmdt(map);
	return err;
}

static int try_anonymous_file(void)
{
	return anonymous_file("/proc/self/exe", exec_path);
}

static int try_anonymous_file_dlopen(void)
{
	return anonymous_file(LIBRARY, exec_dlopen);
}

static int try_shm_file(void)
{
	return shm_file("/proc/self/exe", exec_path);
}

static int try_shm_file_dlopen(void)
{
	return shm_file(LIBRARY, exec_dlopen);
}

static int try_shm_exec(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0700);
	void *map = shmat(id, NULL, SHM_EXEC);
	int err = map == (void *)-1 ? -errno : 0;

	shmctl(id, IPC_RMID, NULL);
	if (!err)
		shmdt(map);
	return err;
}

/* No module at all: without the policy the kernel reads it and says ENOEXEC. */
static int try_module(void)
{
	int fd = memfd_with(SCRIPT, strlen(SCRIPT), MFD_CLOEXEC);
	int err = result(syscall(SYS_finit_module, fd, "", 0));

	return and_close(fd, err == -ENOEXEC ? 0 : err);
}

/* Nor a kernel. */
static int try_kexec(void)
{
	int fd = memfd_with(SCRIPT, strlen(SCRIPT), MFD_CLOEXEC), ro, err;
	char path[PATH_SIZE];

	ro = file_open(proc_fd(path, fd), O_RDONLY);
	close(fd);
	err = kexec_files(ro, -1);
	return and_close(ro, err == -ENOSYS ? -EOPNOTSUPP : err == -ENOEXEC ? 0 : err);
}

static const struct way ways[] = {
	WAY_CHILD("execveat", try_execveat, NULL),
	WAY_CHILD("execveat, O_PATH descriptor", try_path_fd, NULL),
	WAY_CHILD("execveat, reopened for reading", try_read_only_fd, NULL),
	WAY_CHILD("execve /proc/self/fd", try_proc_fd, NULL),
	WAY_CHILD("execve /proc/PID/fd of another process", try_other_process, NULL),
	WAY_CHILD("execve a symlink to it", try_symlink, NULL),
	WAY_CHILD("execveat, sealed", try_sealed, NULL),
	WAY_CHILD("execveat, made with MFD_EXEC", try_mfd_exec, NULL),
	WAY_CHILD("execveat, a script", try_script, NULL),
	WAY_CHILD("execve /proc/self/fd, a script", try_script_proc_fd, NULL),
	WAY_CHILD("interpreter of a script elsewhere", try_interpreter, NULL),
	WAY_CHILD("dynamic loader of a program elsewhere", try_elf_interpreter, NULL),
	WAY_CHILD("ld.so runs it", try_ld_so, NULL),
	WAY_CHILD("dlopen", try_dlopen, NULL),
	WAY_CHILD("private executable mapping", try_map_private, NULL),
	WAY_CHILD("shared writable executable mapping", try_map_shared, NULL),
	WAY_CHILD("private mapping, then mprotect", try_mprotect_private, NULL),
	WAY_CHILD("shared mapping, then mprotect", try_mprotect_shared, NULL),
	WAY_CHILD("READ_IMPLIES_EXEC", try_read_implies_exec, NULL),
	WAY_CHILD("huge pages: execveat, a script", try_huge_script, NULL),
	WAY_CHILD("huge pages: executable mapping", try_huge_map, NULL),
	WAY_CHILD("shared anonymous memory as a file", try_anonymous_file, NULL),
	WAY_CHILD("System V segment as a file", try_shm_file, NULL),
	WAY_CHILD("shared anonymous memory as a library", try_anonymous_file_dlopen, NULL),
	WAY_CHILD("System V segment as a library", try_shm_file_dlopen, NULL),
	WAY_CHILD("System V segment attached with SHM_EXEC", try_shm_exec, NULL),
	WAY_CHILD("finit_module", try_module, NULL),
	WAY_CHILD("kexec_file_load", try_kexec, NULL),
};

static void start(struct policy *policy)
{
	policy_attach(policy, "exec_guard");
}

/* What must go on working while the policy is attached. */
static void others_work(void)
{
	char path[] = TEST_ROOT "/allowed";
	struct blob blob = blob_read("/proc/self/exe");
	int fd = memfd_program();
	void *map;

	file_write(path, blob.data, blob.size, 0755);
	free(blob.data);
	test_ok(!exec_path(path), "allowed: a program on another file system");
	test_ok(!exec_dlopen(LIBRARY),
		"allowed: dlopen from another file system");
	test_ok(!map_exec(fd, PROT_READ | PROT_WRITE, MAP_SHARED),
		"allowed: a memfd mapped as data");
	close(fd);
	test_ok(!map_exec(-1, PROT_READ | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS),
		"allowed: anonymous executable memory");
	test_ok(!map_exec(-1, PROT_READ | PROT_EXEC,
			  MAP_SHARED | MAP_ANONYMOUS),
		"allowed: shared anonymous executable memory");
	test_ok(!map_then_exec(-1, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS),
		"allowed: mprotect of anonymous memory");
	test_ok(!map_then_exec(-1, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS),
		"allowed: mprotect of shared anonymous memory");
	map = mmap(NULL, HUGE_PAGE, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	test_ok(map != MAP_FAILED, "allowed: anonymous executable huge page");
	if (map != MAP_FAILED)
		munmap(map, HUGE_PAGE);
	test_ok(result(syscall(SYS_init_module, SCRIPT, strlen(SCRIPT), "")) == -ENOEXEC,
		"limit: init_module takes memory, and looks at it");
	if (kexec_memory() == -ENOSYS)
		test_skip("this kernel has no kexec_load");
	else
		test_ok(!kexec_memory(), "limit: so does kexec_load");
}

/* Two hooks see an execve(), and each denies it without the other. */
static void each_hook_denies(void)
{
	static const char *const programs[] = { "exec_guard_open",
						"exec_guard_bprm" };
	struct policy policy;

	for (int i = 0; i < 2; i++) {
		policy_attach_only(&policy, "exec_guard", programs[i]);
		test_ok(try_execveat() == -EPERM, "memfd: %s alone: execveat",
			programs[i]);
		test_ok(try_interpreter() == -EPERM,
			"memfd: %s alone: interpreter of a script elsewhere",
			programs[i]);
		policy_detach(&policy);
	}
}

/* The kernel itself maps such memory in no executable way. */
static void secret_memory(void)
{
	int fd = syscall(SYS_memfd_secret, 0);

	if (fd < 0) {
		test_skip("this kernel has no memfd_secret: %s", strerror(errno));
		return;
	}
	if (ftruncate(fd, 4096))
		test_bail("cannot set the size of secret memory");
	test_ok(!map_exec(fd, PROT_READ | PROT_WRITE, MAP_SHARED) &&
		map_exec(fd, PROT_READ | PROT_EXEC, MAP_SHARED) < 0,
		"memfd_secret is never executable, policy or not");
	close(fd);
}

int main(int argc, char **argv)
{
	struct policy policy;

	exec_payload(argc, argv);
	files_init();
	sh("echo 8 > /proc/sys/vm/nr_hugepages");
	ways_run("memfd", ways, ARRAY_SIZE(ways), start, NULL, NULL);
	start(&policy);
	others_work();
	policy_detach(&policy);
	each_hook_denies();
	secret_memory();
	sh("echo 0 > /proc/sys/vm/nr_hugepages");
	return test_done();
}
