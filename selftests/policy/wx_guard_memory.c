// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * wx-guard: code that was written to memory does not run from there, however the
 * memory was come by. Each way runs code, so that it can only work if it leads
 * to memory that was written to and can be executed.
 */
#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "wx_guard.h"

#define RW (PROT_READ | PROT_WRITE)
#define RX (PROT_READ | PROT_EXEC)
#define RWX (RW | PROT_EXEC)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED_ANON (MAP_SHARED | MAP_ANONYMOUS)
#define FILE_AT TEST_ROOT "/file"
#define HUGE (2UL << 20)

/* For calls that are no part of the way: they have to work. */
static void *mapped(void *map)
{
	if (map == MAP_FAILED)
		_exit(248);
	return map;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd < 0)
		_exit(247);
	return fd;
}

static void *map_code(int flags, int fd)
{
	void *map = mapped(mmap(NULL, PAGE, RW, flags, fd, 0));

	memcpy(map, code, sizeof(code));
	return map;
}

static int map_and_run(int prot, int flags, int fd)
{
	void *map = mmap(NULL, PAGE, prot, flags, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	if (prot & PROT_WRITE)
		memcpy(map, code, sizeof(code));
	return code_runs(map);
}

/* --- Anonymous memory ----------------------------------------------------- */

static int try_anon(void)
{
	return map_and_run(RWX, ANON, -1);
}

static int try_anon_shared(void)
{
	return map_and_run(RWX, SHARED_ANON, -1);
}

static int try_anon_mprotect(void)
{
	return protect_and_run(map_code(ANON, -1), RX);
}

static int try_anon_mprotect_rwx(void)
{
	return protect_and_run(map_code(ANON, -1), RWX);
}

static int try_anon_exec_only(void)
{
	return protect_and_run(map_code(ANON, -1), PROT_EXEC);
}

static int try_anon_read_only(void)
{
	void *map = map_code(ANON, -1);

	mprotect(map, PAGE, PROT_READ);
	return protect_and_run(map, RX);
}

static int try_anon_none(void)
{
	void *map = map_code(ANON, -1);

	mprotect(map, PAGE, PROT_NONE);
	return protect_and_run(map, RX);
}

static int try_anon_moved(void)
{
	void *map = map_code(ANON, -1);
	void *to = mapped(mmap(NULL, PAGE, PROT_NONE, ANON, -1, 0));

	return protect_and_run(mapped(mremap(map, PAGE, PAGE, MREMAP_MAYMOVE |
					     MREMAP_FIXED, to)), RX);
}

static int try_anon_pkey(void)
{
	void *map = map_code(ANON, -1);

	if (syscall(SYS_pkey_mprotect, map, PAGE, RX, -1))
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	return code_runs(map);
}

/* With a key of its own, which denies nothing. */
static int try_anon_own_pkey(void)
{
	int key = syscall(SYS_pkey_alloc, 0, 0);
	void *map = map_code(ANON, -1);

	if (key < 0)
		return -EOPNOTSUPP;
	if (syscall(SYS_pkey_mprotect, map, PAGE, RX, key))
		return -errno;
	return code_runs(map);
}

static int try_anon_shared_mprotect(void)
{
	return protect_and_run(map_code(SHARED_ANON, -1), RX);
}

/* The same pages a second time: old_size 0. */
static int try_anon_shared_twice(void)
{
	void *map = map_code(SHARED_ANON, -1);

	return protect_and_run(mapped(mremap(map, 0, PAGE, MREMAP_MAYMOVE)), RX);
}

static int try_grows_down(void)
{
	void *map = map_code(ANON | MAP_GROWSDOWN, -1);

	return protect_and_run(map, RX | PROT_GROWSDOWN);
}

static int try_huge(void)
{
	void *map = mmap(NULL, HUGE, RWX, ANON | MAP_HUGETLB, -1, 0);

	if (map == MAP_FAILED)
		return -errno;
	memcpy(map, code, sizeof(code));
	return code_runs(map);
}

static int try_huge_mprotect(void)
{
	void *map = mapped(mmap(NULL, HUGE, RW, ANON | MAP_HUGETLB, -1, 0));

	memcpy(map, code, sizeof(code));
	return mprotect(map, HUGE, RX) ? -errno : code_runs(map);
}

static int try_heap(void)
{
	char *heap = sbrk(3 * PAGE);

	heap = (char *)(((unsigned long)heap + PAGE - 1) & ~(PAGE - 1UL));
	memcpy(heap, code, sizeof(code));
	return protect_and_run(heap, RX);
}

static int try_stack(void)
{
	char stack[3 * PAGE];
	char *page = (char *)(((unsigned long)stack + PAGE - 1) & ~(PAGE - 1UL));

	memcpy(page, code, sizeof(code));
	return protect_and_run(page, RWX);
}

static int try_bss(void)
{
	static char bss[PAGE] __attribute__((aligned(PAGE)));

	memcpy(bss, code, sizeof(code));
	return protect_and_run(bss, RX);
}

static int try_data(void)
{
	static char data[PAGE] __attribute__((aligned(PAGE))) = { 1 };

	memcpy(data, code, sizeof(code));
	return protect_and_run(data, RX);
}

/* Fills a page that the process itself may not write to. */
static int try_userfaultfd(void)
{
	void *map = mmap(NULL, PAGE, RX, ANON, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	static char page[PAGE] __attribute__((aligned(PAGE)));
	struct uffdio_copy copy = { .len = PAGE };
	int fd;

	if (map == MAP_FAILED)
		return -errno;
	fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd < 0)
		return -EOPNOTSUPP;
	memcpy(page, code, sizeof(code));
	range.range.start = copy.dst = (unsigned long)map;
	range.range.len = PAGE;
	copy.src = (unsigned long)page;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range) ||
	    ioctl(fd, UFFDIO_COPY, &copy))
		return -246;
	return code_runs(map);
}

/* --- READ_IMPLIES_EXEC ---------------------------------------------------- */

static int try_implied(void)
{
	personality(READ_IMPLIES_EXEC);
	return map_and_run(RW, ANON, -1);
}

static int try_implied_shared(void)
{
	personality(READ_IMPLIES_EXEC);
	return map_and_run(RW, SHARED_ANON, -1);
}

static int try_implied_mprotect(void)
{
	void *map = map_code(ANON, -1);

	personality(READ_IMPLIES_EXEC);
	return protect_and_run(map, PROT_READ);
}

/* brk() has one way of saying that it could not: ENOMEM. */
static int try_implied_brk(void)
{
	char *end = sbrk(0), *page;

	personality(READ_IMPLIES_EXEC);
	if (brk(end + 3 * PAGE))
		return errno == ENOMEM && sbrk(0) == end ? -EPERM : -238;
	page = (char *)(((unsigned long)end + PAGE - 1) & ~(PAGE - 1UL));
	memcpy(page, code, sizeof(code));
	return code_runs(page);
}

/* --- Files ---------------------------------------------------------------- */

static int file_with_code(int flags)
{
	int fd;

	unlink(FILE_AT);
	fd = opened(FILE_AT, O_RDWR | O_CREAT | O_EXCL);
	if (write(fd, code, sizeof(code)) != sizeof(code) || ftruncate(fd, PAGE))
		_exit(245);
	close(fd);
	return opened(FILE_AT, flags);
}

static int try_file_private(void)
{
	return map_and_run(RWX, MAP_PRIVATE, file_with_code(O_RDONLY));
}

static int try_file_private_written(void)
{
	return protect_and_run(map_code(MAP_PRIVATE, file_with_code(O_RDONLY)), RX);
}

static int try_file_private_writable(void)
{
	int fd = file_with_code(O_RDONLY);

	return protect_and_run(mapped(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0)), RX);
}

static int try_file_private_read_only(void)
{
	void *map = map_code(MAP_PRIVATE, file_with_code(O_RDONLY));

	mprotect(map, PAGE, PROT_READ);
	return protect_and_run(map, RX);
}

static int try_file_private_moved(void)
{
	void *map = map_code(MAP_PRIVATE, file_with_code(O_RDONLY));
	void *to = mapped(mmap(NULL, PAGE, PROT_NONE, ANON, -1, 0));

	mprotect(map, PAGE, PROT_READ);
	return protect_and_run(mapped(mremap(map, PAGE, PAGE, MREMAP_MAYMOVE |
					     MREMAP_FIXED, to)), RX);
}

/* In a child: what the parent wrote is the child's as well. */
static int try_file_private_forked(void)
{
	void *map = map_code(MAP_PRIVATE, file_with_code(O_RDONLY));
	int status, pid;

	mprotect(map, PAGE, PROT_READ);
	pid = fork();
	if (!pid)
		_exit(-protect_and_run(map, RX));
	waitpid(pid, &status, 0);
	return -WEXITSTATUS(status);
}

/* From executable to writable and back. */
static int try_file_there_and_back(void)
{
	int fd = file_with_code(O_RDONLY);
	char *map = mapped(mmap(NULL, PAGE, RX, MAP_PRIVATE, fd, 0));

	if (code_runs(map) || mprotect(map, PAGE, RW))
		return -244;
	memcpy(map, code, sizeof(code));
	return protect_and_run(map, RX);
}

static int try_file_exec_made_writable(void)
{
	int fd = file_with_code(O_RDONLY);
	char *map = mapped(mmap(NULL, PAGE, RX, MAP_PRIVATE, fd, 0));

	return protect_and_run(map, RWX);
}

static int try_file_shared(void)
{
	return map_and_run(RWX, MAP_SHARED, file_with_code(O_RDWR));
}

static int try_file_shared_mprotect(void)
{
	return protect_and_run(map_code(MAP_SHARED, file_with_code(O_RDWR)), RX);
}

static int try_file_twice(void)
{
	map_code(MAP_SHARED, file_with_code(O_RDWR));
	return map_and_run(RX, MAP_PRIVATE, opened(FILE_AT, O_RDONLY));
}

/* The descriptor is closed, the writable mapping stays. */
static int try_file_twice_closed(void)
{
	int fd = file_with_code(O_RDWR);

	map_code(MAP_SHARED, fd);
	close(fd);
	return map_and_run(RX, MAP_PRIVATE, opened(FILE_AT, O_RDONLY));
}

static int try_file_twice_mprotect(void)
{
	void *map;

	file_with_code(O_RDWR);
	map = mapped(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, opened(FILE_AT, O_RDONLY), 0));
	return protect_and_run(map, RX);
}

static int try_file_write_only(void)
{
	file_with_code(O_WRONLY | O_APPEND);
	return map_and_run(RX, MAP_PRIVATE, opened(FILE_AT, O_RDONLY));
}

/* The layer is written to, the overlay is executed. */
#define OVERLAY TEST_ROOT "/overlay"

static int try_overlay(void)
{
	opened(OVERLAY "/upper/file", O_RDWR);
	return map_and_run(RX, MAP_PRIVATE, opened(OVERLAY "/merged/file", O_RDONLY));
}

static int try_overlay_mprotect(void)
{
	void *map;

	opened(OVERLAY "/upper/file", O_RDWR);
	map = mapped(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE,
			  opened(OVERLAY "/merged/file", O_RDONLY), 0));
	return protect_and_run(map, RX);
}

static int try_overlay_upper(void)
{
	opened(OVERLAY "/merged/file", O_RDWR);
	return map_and_run(RX, MAP_PRIVATE, opened(OVERLAY "/upper/file", O_RDONLY));
}

static int try_zero(void)
{
	return map_and_run(RWX, MAP_PRIVATE, opened("/dev/zero", O_RDONLY));
}

static int try_zero_mprotect(void)
{
	return protect_and_run(map_code(MAP_PRIVATE, opened("/dev/zero", O_RDONLY)), RX);
}

static int try_zero_shared(void)
{
	return protect_and_run(map_code(MAP_SHARED, opened("/dev/zero", O_RDWR)), RX);
}

/* --- memfds and System V segments ----------------------------------------- */

static int memfd(unsigned int flags)
{
	int fd = memfd_create("code", flags);

	if (fd < 0 || write(fd, code, sizeof(code)) != sizeof(code) || ftruncate(fd, PAGE))
		_exit(243);
	return fd;
}

static int try_memfd(void)
{
	return map_and_run(RX, MAP_PRIVATE, memfd(0));
}

static int try_memfd_twice(void)
{
	int fd = memfd(0);

	map_code(MAP_SHARED, fd);
	return map_and_run(RX, MAP_SHARED, fd);
}

static int try_memfd_mprotect(void)
{
	return protect_and_run(map_code(MAP_SHARED, memfd(0)), RX);
}

static int try_memfd_read_only(void)
{
	char path[PATH_SIZE];
	int fd = memfd(0), again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = opened(path, O_RDONLY);
	close(fd);
	return map_and_run(RX, MAP_PRIVATE, again);
}

static int try_memfd_sealed(void)
{
	int fd = memfd(MFD_ALLOW_SEALING);

	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW))
		_exit(242);
	return map_and_run(RX, MAP_SHARED, fd);
}

static int try_memfd_huge(void)
{
	int fd = memfd_create("code", MFD_HUGETLB);
	void *map;

	if (fd < 0 || ftruncate(fd, HUGE))
		_exit(243);
	map = mapped(mmap(NULL, HUGE, RW, MAP_SHARED, fd, 0));
	memcpy(map, code, sizeof(code));
	map = mmap(NULL, HUGE, RX, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? -errno : code_runs(map);
}

static void *segment(int *id)
{
	void *map;

	*id = shmget(IPC_PRIVATE, PAGE, 0700);
	map = shmat(*id, NULL, 0);
	if (map == (void *)-1)
		_exit(241);
	shmctl(*id, IPC_RMID, NULL);
	memcpy(map, code, sizeof(code));
	return map;
}

static int try_shm(void)
{
	int id;
	void *map;

	segment(&id);
	map = shmat(id, NULL, SHM_EXEC);
	return map == (void *)-1 ? -errno : code_runs(map);
}

static int try_shm_read_only(void)
{
	int id;
	void *map;

	segment(&id);
	map = shmat(id, NULL, SHM_EXEC | SHM_RDONLY);
	return map == (void *)-1 ? -errno : code_runs(map);
}

static int try_shm_mprotect(void)
{
	int id;

	return protect_and_run(segment(&id), RX);
}

static const struct way ways[] = {
	WAY_CHILD("anonymous memory", try_anon, "mmap_file"),
	WAY_CHILD("shared anonymous memory", try_anon_shared, "mmap_file"),
	WAY_CHILD("mprotect to read and execute", try_anon_mprotect, "file_mprotect"),
	WAY_CHILD("mprotect to all three", try_anon_mprotect_rwx, "file_mprotect"),
	WAY_CHILD("mprotect to execute only", try_anon_exec_only, "file_mprotect"),
	WAY_CHILD("mprotect by way of read-only", try_anon_read_only, "file_mprotect"),
	WAY_CHILD("mprotect by way of none", try_anon_none, "file_mprotect"),
	WAY_CHILD("mprotect after mremap", try_anon_moved, "file_mprotect"),
	WAY_CHILD("pkey_mprotect", try_anon_pkey, "file_mprotect"),
	WAY_CHILD("pkey_mprotect with a key", try_anon_own_pkey, "file_mprotect"),
	WAY_CHILD("mprotect of shared anonymous memory", try_anon_shared_mprotect, "file_mprotect"),
	WAY_CHILD("mprotect of its second mapping", try_anon_shared_twice, "file_mprotect"),
	WAY_CHILD("mprotect with PROT_GROWSDOWN", try_grows_down, "file_mprotect"),
	WAY_CHILD("huge page", try_huge, "mmap_file"),
	WAY_CHILD("mprotect of a huge page", try_huge_mprotect, "file_mprotect"),
	WAY_CHILD("mprotect of the heap", try_heap, "file_mprotect"),
	WAY_CHILD("mprotect of the stack", try_stack, "file_mprotect"),
	WAY_CHILD("mprotect of .bss", try_bss, "file_mprotect"),
	WAY_CHILD("mprotect of .data", try_data, "file_mprotect"),
	WAY_CHILD("userfaultfd into executable memory", try_userfaultfd, "mmap_file"),
	WAY_CHILD("READ_IMPLIES_EXEC: mmap", try_implied, "mmap_file"),
	WAY_CHILD("READ_IMPLIES_EXEC: shared mmap", try_implied_shared, "mmap_file"),
	WAY_CHILD("READ_IMPLIES_EXEC: mprotect", try_implied_mprotect, "file_mprotect"),
	WAY_CHILD("READ_IMPLIES_EXEC: brk", try_implied_brk, "mmap_addr"),
	WAY_CHILD("private file", try_file_private, "mmap_file"),
	WAY_CHILD("private file, written, mprotect", try_file_private_written, "file_mprotect"),
	WAY_CHILD("private file, writable, mprotect", try_file_private_writable, "file_mprotect"),
	WAY_CHILD("private file, by way of read-only", try_file_private_read_only, "file_mprotect"),
	WAY_CHILD("private file, after mremap", try_file_private_moved, "file_mprotect"),
	WAY_CHILD("private file, in a child", try_file_private_forked, "file_mprotect"),
	WAY_CHILD("private file, executable, written, and back", try_file_there_and_back, "file_mprotect"),
	WAY_CHILD("private file, executable made writable", try_file_exec_made_writable, "file_mprotect"),
	WAY_CHILD("shared file", try_file_shared, "mmap_file"),
	WAY_CHILD("shared file, mprotect", try_file_shared_mprotect, "file_mprotect"),
	WAY_CHILD("file mapped twice", try_file_twice, "mmap_file"),
	WAY_CHILD("file mapped twice, descriptor closed", try_file_twice_closed, "mmap_file"),
	WAY_CHILD("file open for writing, mprotect", try_file_twice_mprotect, "file_mprotect"),
	WAY_CHILD("file open for appending", try_file_write_only, "mmap_file"),
	WAY_CHILD("overlay whose layer is open for writing", try_overlay, "mmap_backing_file"),
	WAY_CHILD("the same by mprotect", try_overlay_mprotect, "file_mprotect"),
	WAY_CHILD("layer whose overlay is open for writing", try_overlay_upper, "mmap_file"),
	WAY_CHILD("/dev/zero", try_zero, "mmap_file"),
	WAY_CHILD("/dev/zero, mprotect", try_zero_mprotect, "file_mprotect"),
	WAY_CHILD("/dev/zero shared, mprotect", try_zero_shared, "file_mprotect"),
	WAY_CHILD("memfd", try_memfd, "mmap_file"),
	WAY_CHILD("memfd mapped twice", try_memfd_twice, "mmap_file"),
	WAY_CHILD("memfd, mprotect", try_memfd_mprotect, "file_mprotect"),
	WAY_CHILD("memfd opened again", try_memfd_read_only, "mmap_file"),
	WAY_CHILD("memfd, sealed", try_memfd_sealed, "mmap_file"),
	WAY_CHILD("memfd of huge pages", try_memfd_huge, "mmap_file"),
	WAY_CHILD("System V segment", try_shm, "mmap_file"),
	WAY_CHILD("System V segment, read-only", try_shm_read_only, "mmap_file"),
	WAY_CHILD("System V segment, mprotect", try_shm_mprotect, "file_mprotect"),
};

/* --- What goes on working ------------------------------------------------- */

static int file_unmodified(void)
{
	return map_and_run(RX, MAP_PRIVATE, file_with_code(O_RDONLY));
}

static int file_unmodified_shared(void)
{
	return map_and_run(RX, MAP_SHARED, file_with_code(O_RDONLY));
}

static int file_unmodified_mprotect(void)
{
	int fd = file_with_code(O_RDONLY);

	return protect_and_run(mapped(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0)), RX);
}

static int exec_to_exec(void)
{
	int fd = file_with_code(O_RDONLY);
	void *map = mapped(mmap(NULL, PAGE, RX, MAP_PRIVATE, fd, 0));

	return protect_and_run(map, PROT_EXEC) ?: protect_and_run(map, RX);
}

static int data(void)
{
	char *map = map_code(ANON, -1);

	if (mprotect(map, PAGE, PROT_READ) || mprotect(map, PAGE, RW))
		return -errno;
	map_code(MAP_SHARED, memfd(0));
	map_code(MAP_SHARED, file_with_code(O_RDWR));
	map_code(SHARED_ANON, -1);
	return sbrk(PAGE) == (void *)-1 ? -errno : 0;
}

static int dlopen_library(void)
{
	return exec_dlopen(LIBRARY);
}

static int shell(void)
{
	return system("ls / | grep -q etc") ? -240 : 0;
}

static int python(void)
{
	return system("python3 -c 'import json, socket, threading'") ? -240 : 0;
}

static const struct {
	const char *what;
	int (*try)(void);
} allowed[] = {
	{ "unmodified file", file_unmodified },
	{ "unmodified file, shared", file_unmodified_shared },
	{ "unmodified file, mprotect", file_unmodified_mprotect },
	{ "executable stays executable", exec_to_exec },
	{ "data", data },
	{ "dlopen", dlopen_library },
	{ "programs", shell },
	{ "python3 with modules", python },
};

/* The other order: mapped first, written to after. The page says so. */
static int limit_written_after(void)
{
	int fd = file_with_code(O_RDONLY), rw;
	char *map = mapped(mmap(NULL, PAGE, RX, MAP_PRIVATE, fd, 0));

	rw = opened(FILE_AT, O_RDWR);
	if (pwrite(rw, "\xb8\x07", 2, 0) != 2)
		return -errno;
	return ((int (*)(void))(unsigned long)map)() == 7 ? 0 : -239;
}

/* Memory that could be written to and executed before the policy was there. */
static void *map_from_before;

static int limit_from_before(void)
{
	memcpy(map_from_before, code, sizeof(code));
	return code_runs(map_from_before);
}

static void allowed_work(void)
{
	struct policy policy;

	start_plain(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		test_ok(!in_child(allowed[i].try), "wx-guard: allowed: %s",
			allowed[i].what);
	test_ok(!in_child(limit_written_after),
		"wx-guard: limit: a file is written to after it was mapped");
	test_ok(!in_child(limit_from_before),
		"wx-guard: limit: memory from before the policy");
	test_ok(!policy_counter(&policy, LSMSLOT_DENIED), "wx-guard: nothing was denied");
	policy_detach(&policy);
}

static void exempt_kinds(void)
{
	static const __u32 useless[] = { 0, WX_GUARD_DEBUGGER, 77 };
	static const __u32 useful[] = { WX_GUARD_JIT, WX_GUARD_BOTH };
	struct policy policy;
	int bad = 0;

	start_plain(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(useless); i++) {
		exempt_set(&policy, NULL, useless[i]);
		test_ok(in_child(try_anon) == -EPERM && in_child(try_memfd) == -EPERM,
			"wx-guard: value %u is no exemption", useless[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(useful); i++) {
		exempt_set(&policy, NULL, useful[i]);
		for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
			int err = way_try(&ways[w], NULL);

			if (!err || err == -EOPNOTSUPP)
				continue;
			test_diag("%s: %d", ways[w].what, err);
			bad++;
		}
		test_ok(!bad, "wx-guard: value %u exempts from all of it", useful[i]);
	}
	policy_detach(&policy);
}

int main(int argc, char **argv)
{
	int fd;

	exec_payload(argc, argv);
	files_init();
	sh("echo 8 > /proc/sys/vm/nr_hugepages");
	sh("mkdir -p %s/lower", TEST_ROOT);
	fd = opened(TEST_ROOT "/lower/file", O_RDWR | O_CREAT);
	if (write(fd, code, sizeof(code)) != sizeof(code) || ftruncate(fd, PAGE))
		test_bail("cannot write a file");
	close(fd);
	mount_overlay(OVERLAY, TEST_ROOT "/lower");
	sh("cp -p %s/lower/file %s/merged/new && mv %s/merged/new %s/merged/file",
	   TEST_ROOT, OVERLAY, OVERLAY, OVERLAY);
	map_from_before = mapped(mmap(NULL, PAGE, RWX, ANON, -1, 0));
	ways_run("wx-guard", ways, ARRAY_SIZE(ways), start_plain, NULL, NULL);
	allowed_work();
	exempt_kinds();
	sh("echo 0 > /proc/sys/vm/nr_hugepages");
	return test_done();
}
