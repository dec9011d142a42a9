// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exec-guard: nothing runs from a listed file system, wherever it is mounted and
 * whatever lies over it. Each way is tried with the file system not listed,
 * listed, and not listed any more: it must work, fail with EPERM and work again.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include <lsmslot/exec_guard.h>

#include "exec.h"
#include "kernel_data.h"

/* A file system with things to execute on it, some of them open already. */
struct place {
	const char *name;
	char dir[PATH_SIZE];
	char program[PATH_SIZE];
	char script[PATH_SIZE];
	char library[PATH_SIZE];
	int program_fd, script_fd, deleted_fd, unnamed_fd;
};

static void copy(const char *from, char *to, const char *dir, const char *name)
{
	struct blob blob = blob_read(from);

	path_set(to, "%s/%s", dir, name);
	file_write(to, blob.data, blob.size, 0755);
	free(blob.data);
}

/* Open for reading only: what is open for writing cannot be executed. */
static int unnamed_program(const char *dir)
{
	struct blob blob = blob_read("/proc/self/exe");
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0755), ro;
	char path[PATH_SIZE];

	if (fd < 0 || write(fd, blob.data, blob.size) != (ssize_t)blob.size)
		test_bail("cannot write an unnamed file in %s", dir);
	free(blob.data);
	ro = file_open(path_set(path, "/proc/self/fd/%d", fd), O_RDONLY);
	close(fd);
	return ro;
}

static void place_init(struct place *p, const char *name)
{
	char deleted[PATH_SIZE];

	p->name = name;
	path_set(p->dir, "%s/%s", TEST_ROOT, name);
	copy("/proc/self/exe", p->program, p->dir, "program");
	copy(LIBRARY, p->library, p->dir, "library");
	path_set(p->script, "%s/script", p->dir);
	file_write(p->script, SCRIPT, strlen(SCRIPT), 0755);
	p->program_fd = file_open(p->program, O_RDONLY);
	p->script_fd = file_open(p->script, O_RDONLY);
	copy("/proc/self/exe", deleted, p->dir, "deleted");
	p->deleted_fd = file_open(deleted, O_RDONLY);
	unlink(deleted);
	p->unnamed_fd = unnamed_program(p->dir);
}

static int try_execve(struct place *p)
{
	return exec_path(p->program);
}

static int try_descriptor(struct place *p)
{
	return exec_fd(p->program_fd);
}

static int try_proc_fd(struct place *p)
{
	char path[PATH_SIZE];

	path_set(path, "/proc/%d/fd/%d", getpid(), p->program_fd);
	return exec_path(path);
}

static int try_deleted(struct place *p)
{
	return exec_fd(p->deleted_fd);
}

static int try_unnamed(struct place *p)
{
	return exec_fd(p->unnamed_fd);
}

static int try_relative(struct place *p)
{
	char *const argv[] = { EXEC_ARG, EXEC_ARG, NULL };
	int dir = file_open(p->dir, O_PATH), err;

	err = exec_at(dir, "program", argv, 0);
	close(dir);
	return err;
}

static int try_symlink(struct place *p)
{
	char path[] = TEST_ROOT "/symlink";
	int err;

	if (symlink(p->program, path))
		test_bail("cannot make %s", path);
	err = exec_path(path);
	unlink(path);
	return err;
}

static int try_hard_link(struct place *p)
{
	char path[PATH_SIZE];
	int err;

	path_set(path, "%s/second-name", p->dir);
	if (link(p->program, path))
		test_bail("cannot make %s", path);
	err = exec_path(path);
	unlink(path);
	return err;
}

static int through_mount(struct place *p, const char *file,
			 int (*use)(const char *path))
{
	char dir[] = TEST_ROOT "/elsewhere", path[PATH_SIZE];
	int err;

	if (mkdir(dir, 0755) && errno != EEXIST)
		test_bail("cannot make %s", dir);
	if (mount(p->dir, dir, NULL, MS_BIND, NULL))
		test_bail("cannot mount %s", dir);
	path_set(path, "%s/%s", dir, file);
	err = use(path);
	unmount(dir);
	return err;
}

static int try_bind_mount(struct place *p)
{
	return through_mount(p, "program", exec_path);
}

static int try_bind_mount_library(struct place *p)
{
	return through_mount(p, "library", exec_dlopen);
}

static int try_file_mount(struct place *p)
{
	char path[] = TEST_ROOT "/mounted-file";
	int err;

	if (access(path, F_OK))
		file_write(path, "", 0, 0755);
	if (mount(p->program, path, NULL, MS_BIND, NULL))
		test_bail("cannot mount %s", path);
	err = exec_path(path);
	unmount(path);
	return err;
}

/* A mount that is in no name space, reached by its descriptor only. */
static int try_detached_mount(struct place *p)
{
	char *const argv[] = { EXEC_ARG, EXEC_ARG, NULL };
	int tree = syscall(SYS_open_tree, AT_FDCWD, p->dir,
			   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int err;

	if (tree < 0)
		test_bail("cannot clone a mount");
	err = exec_at(tree, "program", argv, 0);
	close(tree);
	return err;
}

static int try_user_name_space(struct place *p)
{
	int status, pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
			test_bail("cannot unshare");
		_exit(-exec_path(p->program));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("cannot wait");
	return -WEXITSTATUS(status);
}

static int try_script(struct place *p)
{
	return exec_path(p->script);
}

static int try_interpreter(struct place *p)
{
	char path[] = TEST_ROOT "/script", text[PATH_SIZE];
	int err;

	path_set(text, "#!%s\n", p->program);
	file_write(path, text, strlen(text), 0755);
	err = exec_path(path);
	unlink(path);
	return err;
}

static int try_elf_interpreter(struct place *p)
{
	char path[] = TEST_ROOT "/program", link[] = "/tmp/l", ld[PATH_SIZE];
	struct blob blob;
	int err;

	/* The name must fit where ld.so's was. */
	copy(LD_SO, ld, p->dir, "ld.so");
	if (symlink(ld, link))
		test_bail("cannot make %s", link);
	blob = blob_with_interpreter(link);
	file_write(path, blob.data, blob.size, 0755);
	free(blob.data);
	err = exec_path(path);
	unlink(path);
	unlink(link);
	unlink(ld);
	return err;
}

static int try_ld_so(struct place *p)
{
	return exec_by_ld_so(p->program);
}

static int try_dlopen(struct place *p)
{
	return exec_dlopen(p->library);
}

static int try_map(struct place *p)
{
	return map_exec(p->program_fd, PROT_READ | PROT_EXEC, MAP_PRIVATE);
}

static int try_mprotect(struct place *p)
{
	return map_then_exec(p->program_fd, PROT_READ, MAP_PRIVATE);
}

/* Copied on write, the page is no longer the file's; the mapping still is. */
static int try_mprotect_written(struct place *p)
{
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			 p->program_fd, 0);
	int err;

	if (map == MAP_FAILED)
		test_bail("cannot map for writing");
	map[0] = 'x';
	err = result(mprotect(map, 4096, PROT_READ | PROT_EXEC));
	munmap(map, 4096);
	return err;
}

static int in_overlay(const char *lower, const char *upper,
		      int (*use)(const char *path), const char *file)
{
	char path[PATH_SIZE];
	int err;

	sh("mkdir -p %s/work %s/merged %s/lower && mount -t overlay "
	   "-o lowerdir=%s,upperdir=%s/upper,workdir=%s/work test %s/merged",
	   upper, upper, TEST_ROOT, lower, upper, upper, upper);
	path_set(path, "%s/merged/%s", upper, file);
	err = use(path);
	path_set(path, "%s/merged", upper);
	unmount(path);
	return err;
}

/* An overlay with the place as lower layer and a layer of its own above. */
static int over_place(struct place *p, int (*use)(const char *path),
		      const char *file)
{
	sh("mkdir -p %s/layers/upper", TEST_ROOT);
	return in_overlay(p->dir, TEST_ROOT "/layers", use, file);
}

static int try_overlay_lower(struct place *p)
{
	return over_place(p, exec_path, "program");
}

static int try_overlay_lower_script(struct place *p)
{
	return over_place(p, exec_path, "script");
}

static int try_overlay_lower_library(struct place *p)
{
	return over_place(p, exec_dlopen, "library");
}

static int path_mprotect(const char *path)
{
	int fd = file_open(path, O_RDONLY), err;

	err = map_then_exec(fd, PROT_READ, MAP_PRIVATE);
	close(fd);
	return err;
}

static int try_overlay_lower_mprotect(struct place *p)
{
	return over_place(p, path_mprotect, "library");
}

static int try_overlay_upper(struct place *p)
{
	char path[PATH_SIZE];

	path_set(path, "%s/upper", p->dir);
	if (access(path, F_OK)) {
		sh("mkdir %s && cp %s %s/program", path, p->program, path);
		sh("mkdir -p %s/lower", TEST_ROOT);
	}
	return in_overlay(TEST_ROOT "/lower", p->dir, exec_path, "program");
}

/*
 * binfmt_misc with its F flag opens the interpreter once, when it is registered;
 * a program of that format elsewhere then runs by it.
 */
static int try_binfmt_misc(struct place *p)
{
	char path[] = TEST_ROOT "/foreign";

	if (access(path, F_OK))
		file_write(path, "LSMSLOT\n", 8, 0755);
	return exec_path(path);
}

/* No module at all: without the policy the kernel reads it and says ENOEXEC. */
static int try_module(struct place *p)
{
	int err = result(syscall(SYS_finit_module, p->script_fd, "", 0));

	return err == -ENOEXEC ? 0 : err;
}

/* What is no kernel either. */
static int try_kexec(struct place *p)
{
	int err = kexec_files(p->script_fd, -1);

	return err == -ENOSYS ? -EOPNOTSUPP : err == -ENOEXEC ? 0 : err;
}

static const struct way {
	const char *what;
	int (*try)(struct place *p);
} ways[] = {
	{ "execve", try_execve },
	{ "execveat, descriptor opened before", try_descriptor },
	{ "execve /proc/PID/fd", try_proc_fd },
	{ "execveat, deleted file", try_deleted },
	{ "execveat, file without a name", try_unnamed },
	{ "execveat, relative to its folder", try_relative },
	{ "execve a symlink elsewhere", try_symlink },
	{ "execve a hard link", try_hard_link },
	{ "execve through a bind mount", try_bind_mount },
	{ "dlopen through a bind mount", try_bind_mount_library },
	{ "execve a file mounted on another", try_file_mount },
	{ "execveat in a mount of no name space", try_detached_mount },
	{ "execve in a user and mount name space", try_user_name_space },
	{ "execve a script", try_script },
	{ "interpreter of a script elsewhere", try_interpreter },
	{ "dynamic loader of a program elsewhere", try_elf_interpreter },
	{ "ld.so runs it", try_ld_so },
	{ "interpreter of binfmt_misc, opened before", try_binfmt_misc },
	{ "finit_module", try_module },
	{ "kexec_file_load", try_kexec },
	{ "dlopen", try_dlopen },
	{ "executable mapping", try_map },
	{ "mapping, then mprotect", try_mprotect },
	{ "mapping written to, then mprotect", try_mprotect_written },
	{ "overlay over it: execve", try_overlay_lower },
	{ "overlay over it: a script", try_overlay_lower_script },
	{ "overlay over it: dlopen", try_overlay_lower_library },
	{ "overlay over it: mapping, then mprotect", try_overlay_lower_mprotect },
	{ "overlay with its upper layer on it: execve", try_overlay_upper },
};

#define NR_WAYS ARRAY_SIZE(ways)

static __u64 path_dev(const char *path)
{
	return inode_id(path, 0).dev;
}

static void ways_run(struct place *p, int map)
{
	__u32 deny = EXEC_GUARD_DENY;
	__u64 dev = path_dev(p->dir);
	int before[NR_WAYS], denied[NR_WAYS], after;

	sh("echo ':lsmslot:M::LSMSLOT::%s:F' > /proc/sys/fs/binfmt_misc/register",
	   p->program);
	for (size_t i = 0; i < NR_WAYS; i++)
		before[i] = ways[i].try(p);
	map_set(map, &dev, &deny);
	for (size_t i = 0; i < NR_WAYS; i++)
		denied[i] = ways[i].try(p);
	map_clear(map, &dev);
	for (size_t i = 0; i < NR_WAYS; i++) {
		after = ways[i].try(p);
		if (before[i] == -EOPNOTSUPP && after == before[i])
			test_skip("this kernel cannot: %s", ways[i].what);
		else if (!test_ok(!before[i] && denied[i] == -EPERM && !after,
			     "%s: %s", p->name, ways[i].what))
			test_diag("before: %s; listed: %s; after: %s",
				  strerror(-before[i]), strerror(-denied[i]),
				  strerror(-after));
	}
	sh("echo -1 > /proc/sys/fs/binfmt_misc/lsmslot");
}

/* The overlay is what is listed: its own device, not those of its layers. */
static void overlay_listed(int map)
{
	char root[] = TEST_ROOT "/listed-overlay", program[PATH_SIZE];
	__u32 deny = EXEC_GUARD_DENY;
	int fd, before;
	__u64 dev;

	sh("mkdir -p %s/lower", TEST_ROOT);
	mount_overlay(root, TEST_ROOT "/lower");
	copy("/proc/self/exe", program, TEST_ROOT "/listed-overlay/merged",
	     "program");
	fd = file_open(program, O_RDONLY);
	before = exec_path(program) | map_exec(fd, PROT_EXEC, MAP_PRIVATE) |
		 map_then_exec(fd, PROT_READ, MAP_PRIVATE);
	dev = path_dev(TEST_ROOT "/listed-overlay/merged");
	map_set(map, &dev, &deny);
	test_ok(!before && exec_path(program) == -EPERM,
		"listed overlay: execve");
	test_ok(!before && map_exec(fd, PROT_EXEC, MAP_PRIVATE) == -EPERM,
		"listed overlay: executable mapping");
	test_ok(!before && map_then_exec(fd, PROT_READ, MAP_PRIVATE) == -EPERM,
		"listed overlay: mapping, then mprotect");
	map_clear(map, &dev);
	close(fd);
}

/* The kernel looks for it in the first mount name space, where /run is too. */
#define FIRMWARE_DIR "/run/lsmslot-firmware"

static void firmware(int map)
{
	__u32 deny = EXEC_GUARD_DENY;
	int before, denied;
	__u64 dev;

	sh("mkdir -p " FIRMWARE_DIR " && echo test >" FIRMWARE_DIR "/test.fw");
	dev = path_dev(FIRMWARE_DIR);
	before = firmware_request(FIRMWARE_DIR, "test.fw");
	if (before == -EOPNOTSUPP) {
		test_skip("this kernel has no driver that loads firmware");
		return;
	}
	map_set(map, &dev, &deny);
	denied = firmware_request(FIRMWARE_DIR, "test.fw");
	map_clear(map, &dev);
	if (!test_ok(!before && denied == -ENOENT &&
		     !firmware_request(FIRMWARE_DIR, "test.fw"), "/run: firmware"))
		test_diag("before: %s; listed: %s", strerror(-before), strerror(-denied));
	sh("rm -r " FIRMWARE_DIR);
}

static int run_sh(const char *script)
{
	char *const argv[] = { "sh", (char *)script, NULL };

	return exec_at(AT_FDCWD, "/bin/sh", argv, 0);
}

/* What works while the place is listed: data, and the limits of the page. */
static void others_work(struct place *p, int map)
{
	static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	char path[PATH_SIZE];
	__u32 malformed[] = { 0, 77 };
	__u64 dev = path_dev(p->dir);
	void *mapping;
	int fd;

	file_write(path_set(path, "%s/code", p->dir), code, sizeof(code), 0644);
	fd = file_open(path, O_RDONLY);
	mapping = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (mapping == MAP_FAILED)
		test_bail("cannot map %s", path);
	for (int i = 0; i < 2; i++) {
		map_set(map, &dev, &malformed[i]);
		test_ok(exec_path(p->program) == -EPERM,
			"an entry with value %u denies", malformed[i]);
	}
	test_ok(map_exec(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE) == -EPERM &&
		((int (*)(void))(unsigned long)mapping)() == 42,
		"limit: code mapped before goes on running");
	test_ok(!map_exec(p->program_fd, PROT_READ, MAP_PRIVATE),
		"listed: a mapping for reading works");
	copy("/proc/self/exe", path, TEST_ROOT, "not-listed");
	test_ok(!exec_path(path), "a program elsewhere works");
	test_ok(!run_sh(p->script),
		"limit: an interpreter reads a script and runs it");
	mount_tmpfs(TEST_ROOT "/fresh");
	copy("/proc/self/exe", path, TEST_ROOT "/fresh", "program");
	test_ok(!exec_path(path), "limit: a new mount is not listed");
	map_clear(map, &dev);
}

int main(int argc, char **argv)
{
	struct place tmpfs, ext4;
	struct policy policy;
	int map;

	exec_payload(argc, argv);
	files_init();
	sh("mountpoint -q /proc/sys/fs/binfmt_misc || "
	   "mount -t binfmt_misc test /proc/sys/fs/binfmt_misc");
	mount_tmpfs(TEST_ROOT "/tmpfs");
	mount_ext4(TEST_ROOT "/ext4");
	place_init(&tmpfs, "tmpfs");
	place_init(&ext4, "ext4");
	policy_attach(&policy, "exec_guard");
	map = policy_map(&policy, "noexec_devs");
	ways_run(&tmpfs, map);
	ways_run(&ext4, map);
	overlay_listed(map);
	firmware(map);
	others_work(&tmpfs, map);
	policy_detach(&policy);
	return test_done();
}
