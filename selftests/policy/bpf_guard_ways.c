// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * name spaces: the system's (mounts in other name spaces do not concern it)
 *
 * bpf-guard: what only a loader may do, tried by a copy of this program, which
 * is not listed, and by this program, which is. Its ways run in a process of
 * their own: bpf_guard_ways WAY PROG_ID MAP_ID PROG_FD MAP_FD LINK_FD MAPPED_FD.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <lsmslot/bpf_guard.h>
#include <linux/lsm_slot.h>

#include "exe_name.h"
#include "ways.h"

#define DIR "/tmp/lsmslot-bpf-guard"
#define COPY DIR "/copy"
#define FS DIR "/bpffs"
#define PINS FS "/pins"

static __u32 prog_id, map_id;
static int prog_fd, map_fd, link_fd, mapped_fd;
static struct policy victim, *guard;

static int closing(int fd)
{
	int err = result(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

/* --- In the child --------------------------------------------------------- */

static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int load(enum bpf_prog_type type, enum bpf_attach_type attach,
		const char *function, int target)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach);
	int id;

	if (target) {
		opts.attach_prog_fd = target;
		opts.attach_btf_id = 1;
	} else if (function) {
		id = libbpf_find_vmlinux_btf_id(function, attach);
		if (id < 0)
			return id;
		opts.attach_btf_id = id;
	}
	return closing(bpf_prog_load(type, "try", "GPL", nothing, 2, &opts));
}

static int do_load(void)
{
	return load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "file_open", 0);
}

static int do_load_cgroup(void)
{
	return load(BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, "socket_bind", 0);
}

static int do_load_modify(void)
{
	return load(BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, "security_file_open", 0);
}

static int do_load_extension(void)
{
	return load(BPF_PROG_TYPE_EXT, 0, NULL, prog_fd);
}

static int do_prog_by_id(void)
{
	return closing(bpf_prog_get_fd_by_id(prog_id));
}

static int do_map_by_id(void)
{
	return closing(bpf_map_get_fd_by_id(map_id));
}

static int do_prog_by_pin(void)
{
	return closing(bpf_obj_get(PINS "/prog"));
}

static int do_map_by_pin(void)
{
	return closing(bpf_obj_get(PINS "/map"));
}

static int do_map_by_pin_reading(void)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_RDONLY);

	return closing(bpf_obj_get_opts(PINS "/map", &opts));
}

static int do_link_create(void)
{
	return closing(bpf_link_create(prog_fd, 0, BPF_LSM_MAC, NULL));
}

static int do_attach(void)
{
	return closing(bpf_raw_tracepoint_open(NULL, prog_fd));
}

/* Not what seals: the kernel refuses it for the program. */
static int do_seal(void)
{
	LIBBPF_OPTS(bpf_link_update_opts, opts, .flags = LSM_SLOT_F_SEAL);

	return result(bpf_link_update(link_fd, prog_fd, &opts));
}

static int do_link_update(void)
{
	return result(bpf_link_update(link_fd, prog_fd, NULL));
}

static int do_map_update(void)
{
	__u64 key = 1;
	__u32 value = 1;

	return result(bpf_map_update_elem(map_fd, &key, &value, BPF_ANY));
}

static int do_map_delete(void)
{
	__u64 key = 77;

	return result(bpf_map_delete_elem(map_fd, &key));
}

static int do_map_batch(void)
{
	__u64 key = 1;
	__u32 value = 1, nr = 1;

	return result(bpf_map_update_batch(map_fd, &key, &value, &nr, NULL));
}

/* There is no way back, so of a map that is mapped, which the kernel refuses. */
static int do_map_freeze(void)
{
	return result(bpf_map_freeze(mapped_fd));
}

static int do_map_take(void)
{
	__u64 key = 77;
	__u32 value;

	return result(bpf_map_lookup_and_delete_elem(map_fd, &key, &value));
}

static int do_map_delete_batch(void)
{
	__u64 key = 77;
	__u32 nr = 1;

	return result(bpf_map_delete_batch(map_fd, &key, &nr, NULL));
}

/* The map may be empty. */
static int do_map_take_batch(void)
{
	__u64 batch, keys[64];
	__u32 values[64], nr = ARRAY_SIZE(keys);
	int err = result(bpf_map_lookup_and_delete_batch(map_fd, NULL, &batch, keys,
							 values, &nr, NULL));

	return err == -ENOENT || err == -ENOSPC ? 0 : err;
}

/* The kernel has no such operation for links of BPF_LSM_MAC. */
static int do_link_detach(void)
{
	return result(bpf_link_detach(link_fd));
}

/* Nor does it attach such a program in this way. */
static int do_prog_attach(void)
{
	return result(bpf_prog_attach(prog_fd, 0, BPF_LSM_MAC, 0));
}

static int do_prog_attach_cgroup(void)
{
	int cgroup = open("/sys/fs/cgroup", O_RDONLY);

	return result(bpf_prog_attach(prog_fd, cgroup, BPF_LSM_CGROUP, 0));
}

static int do_prog_detach_cgroup(void)
{
	int cgroup = open("/sys/fs/cgroup", O_RDONLY);

	return result(bpf_prog_detach2(prog_fd, cgroup, BPF_LSM_CGROUP));
}

static int do_hard_link(void)
{
	return result(link(PINS "/link", FS "/outside"));
}

static int do_hard_link_into(void)
{
	return result(link(FS "/loose", PINS "/new"));
}

static int do_unlink(void)
{
	return result(unlink(PINS "/link"));
}

static int do_rename(void)
{
	return result(rename(PINS "/link", FS "/moved"));
}

static int do_rename_folder(void)
{
	return result(rename(PINS, FS "/moved"));
}

static int do_rmdir(void)
{
	return result(rmdir(PINS "/empty"));
}

static int do_mkdir(void)
{
	return result(mkdir(PINS "/new", 0700));
}

static int do_symlink(void)
{
	return result(symlink("link", PINS "/new"));
}

static int do_chmod(void)
{
	return result(chmod(PINS "/map", 0666));
}

static int do_pin(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "new", 4, 4, 1, NULL);

	return result(bpf_obj_pin(fd, PINS "/new"));
}

static int do_mount_over(void)
{
	int err = result(mount("test", PINS, "tmpfs", 0, NULL));

	if (!err)
		umount2(PINS, MNT_DETACH);
	return err;
}

static int do_bind_over(void)
{
	int err = result(mount("/tmp", FS, NULL, MS_BIND, NULL));

	if (!err)
		umount2(FS, MNT_DETACH);
	return err;
}

static int do_move_mount_over(void)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, "/tmp", 1 /* OPEN_TREE_CLONE */);
	int err = result(syscall(SYS_move_mount, tree, "", AT_FDCWD, PINS,
				  4 /* MOVE_MOUNT_F_EMPTY_PATH */));

	close(tree);
	if (!err)
		umount2(PINS, MNT_DETACH);
	return err;
}

static int do_umount(void)
{
	return result(umount2(FS, MNT_DETACH));
}

static int do_sysctl(void)
{
	return closing(open(LSM_SLOT_SYSCTL_FILE, O_WRONLY));
}

static int do_exe_file(void)
{
	return exe_file("/bin/true");
}

static int do_exe_map(void)
{
	return exe_map("/bin/true");
}

/* Limits of the page. */
#define OPEN_BEFORE 100		/* kernel.lsm_slots */

static int do_sysctl_before(void)
{
	char value[16];
	ssize_t size = pread(OPEN_BEFORE, value, sizeof(value), 0);

	return size <= 0 ? -EBADF : result(pwrite(OPEN_BEFORE, value, size, 0));
}

static int do_move_away(void)
{
	return result(mount(FS, DIR "/elsewhere", NULL, MS_MOVE, NULL));
}

/* What others do with BPF, and with a BPF file system. */
static int do_others(void)
{
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "events", 4, 4, 1, NULL);
	__u32 zero = 0, len = sizeof(struct bpf_map_info);
	struct bpf_map_info info = {};
	int err;

	err = load(BPF_PROG_TYPE_SOCKET_FILTER, 0, NULL, 0);
	if (!err)
		err = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "security_file_open", 0);
	if (!err)
		err = result(map);
	if (!err)
		err = result(bpf_map_update_elem(map, &zero, &zero, BPF_ANY));
	if (!err)
		err = result(bpf_obj_get_info_by_fd(map, &info, &len));
	if (!err)
		err = closing(bpf_map_get_fd_by_id(info.id));
	if (!err)
		err = result(bpf_obj_pin(map, FS "/other"));
	if (!err)
		err = closing(bpf_obj_get(FS "/other"));
	if (!err)
		err = result(rename(FS "/other", FS "/another"));
	if (!err)
		err = result(unlink(FS "/another"));
	return err;
}

/* A mount name space of its own, as containers have. */
static int do_container(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	return result(umount2(FS, MNT_DETACH));
}

static int (*const steps[])(void) = {
	do_load, do_load_cgroup, do_load_modify, do_load_extension, do_prog_by_id,
	do_map_by_id, do_prog_by_pin, do_map_by_pin, do_link_create, do_attach,
	do_seal, do_link_update, do_map_update, do_map_delete, do_map_batch,
	do_unlink, do_rename, do_rename_folder, do_rmdir, do_mkdir, do_symlink,
	do_chmod, do_pin, do_mount_over, do_bind_over, do_move_mount_over, do_umount,
	do_sysctl, do_exe_file, do_others, do_container, do_map_by_pin_reading,
	do_map_freeze, do_map_take, do_map_delete_batch, do_map_take_batch,
	do_link_detach, do_prog_attach, do_prog_attach_cgroup, do_prog_detach_cgroup,
	do_hard_link, do_hard_link_into, do_exe_map, do_sysctl_before, do_move_away,
};

/* --- In the parent -------------------------------------------------------- */

static void list_path(const char *map, const char *path, __u32 value)
{
	struct lsmslot_inode_id id = inode_id(path, 0);

	map_set(policy_map(guard, map), &id, &value);
}

/* Whatever the last way did to the pins: all there again, and listed. */
static void pins_mend(void)
{
	bool mounted = !system("mountpoint -q " FS);

	if (!mounted && (mount("bpf", FS, "bpf", 0, NULL)))
		test_bail("cannot mount a BPF file system");
	rename(FS "/moved", access(PINS, F_OK) ? PINS : PINS "/link");
	mkdir(PINS, 0700);
	mkdir(PINS "/empty", 0700);
	rmdir(PINS "/new");
	unlink(PINS "/new");
	unlink(FS "/outside");
	if ((access(FS "/loose", F_OK) && bpf_obj_pin(map_fd, FS "/loose")) ||
	    (access(PINS "/link", F_OK) && bpf_obj_pin(link_fd, PINS "/link")) ||
	    (access(PINS "/map", F_OK) && bpf_obj_pin(map_fd, PINS "/map")) ||
	    (access(PINS "/prog", F_OK) && bpf_obj_pin(prog_fd, PINS "/prog")))
		test_bail("cannot pin");
	if (guard && guard->object) {
		list_path("folders", FS, BPF_GUARD_ANCHOR);
		list_path("folders", PINS, BPF_GUARD_FULL);
	}
}

static int run(int (*step)(void), const char *exe)
{
	char numbers[7][16], *argv[9] = { "bpf_guard_ways" };
	int status, pid;
	__u32 args[7] = { 0, prog_id, map_id, prog_fd, map_fd, link_fd, mapped_fd };

	while (steps[args[0]] != step)
		args[0]++;
	for (int i = 0; i < 7; i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%u", args[i]);
		argv[i + 1] = numbers[i];
	}
	pins_mend();
	pid = fork();
	if (!pid) {
		fcntl(prog_fd, F_SETFD, 0);
		fcntl(map_fd, F_SETFD, 0);
		fcntl(link_fd, F_SETFD, 0);
		fcntl(mapped_fd, F_SETFD, 0);
		execv(exe, argv);
		_exit(255);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 255)
		test_bail("cannot run %s", exe);
	return -WEXITSTATUS(status);
}

#define STEP(name)						\
static int try_##name(void *arg)				\
{								\
	return run(do_##name, arg);				\
}

STEP(load)
STEP(load_cgroup)
STEP(load_modify)
STEP(load_extension)
STEP(prog_by_id)
STEP(map_by_id)
STEP(prog_by_pin)
STEP(map_by_pin)
STEP(map_by_pin_reading)
STEP(link_create)
STEP(attach)
STEP(seal)
STEP(link_update)
STEP(map_update)
STEP(map_delete)
STEP(map_batch)
STEP(map_freeze)
STEP(map_take)
STEP(map_delete_batch)
STEP(map_take_batch)
STEP(link_detach)
STEP(prog_attach)
STEP(prog_attach_cgroup)
STEP(prog_detach_cgroup)
STEP(hard_link)
STEP(hard_link_into)
STEP(exe_map)
STEP(unlink)
STEP(rename)
STEP(rename_folder)
STEP(rmdir)
STEP(mkdir)
STEP(symlink)
STEP(chmod)
STEP(pin)
STEP(mount_over)
STEP(bind_over)
STEP(move_mount_over)
STEP(umount)
STEP(sysctl)
STEP(exe_file)

static const struct way ways[] = {
	WAY("load an LSM program", try_load),
	WAY("load an LSM program for cgroups", try_load_cgroup),
	WAY("load BPF_MODIFY_RETURN for security_file_open", try_load_modify),
	WAY_FAILS("load an extension of an LSM program", try_load_extension, -EINVAL),
	WAY("LSM program by id", try_prog_by_id),
	WAY("map by id", try_map_by_id),
	WAY("LSM program from its pin", try_prog_by_pin),
	WAY("map from its pin", try_map_by_pin),
	WAY("map from its pin, for reading", try_map_by_pin_reading),
	WAY_FAILS("BPF_LINK_CREATE with an inherited program", try_link_create, -EBUSY),
	WAY_FAILS("BPF_RAW_TRACEPOINT_OPEN with an inherited program", try_attach, -EBUSY),
	WAY_FAILS("BPF_LINK_UPDATE with LSM_SLOT_F_SEAL", try_seal, -EINVAL),
	WAY("BPF_LINK_UPDATE of an inherited link", try_link_update),
	WAY("BPF_MAP_UPDATE_ELEM of an inherited map", try_map_update),
	WAY_FAILS("BPF_MAP_DELETE_ELEM of an inherited map", try_map_delete, -ENOENT),
	WAY("BPF_MAP_UPDATE_BATCH of an inherited map", try_map_batch),
	WAY_FAILS("BPF_MAP_FREEZE of a map that is listed by its id", try_map_freeze, -EBUSY),
	WAY_FAILS("BPF_MAP_LOOKUP_AND_DELETE_ELEM", try_map_take, -ENOENT),
	WAY_FAILS("BPF_MAP_DELETE_BATCH", try_map_delete_batch, -ENOENT),
	WAY("BPF_MAP_LOOKUP_AND_DELETE_BATCH", try_map_take_batch),
	WAY_FAILS("BPF_LINK_DETACH of an inherited link", try_link_detach, -EOPNOTSUPP),
	WAY_FAILS("BPF_PROG_ATTACH, BPF_LSM_MAC", try_prog_attach, -EINVAL),
	WAY_FAILS("BPF_PROG_ATTACH, BPF_LSM_CGROUP", try_prog_attach_cgroup, -EINVAL),
	WAY_FAILS("BPF_PROG_DETACH, BPF_LSM_CGROUP", try_prog_detach_cgroup, -ENOENT),
	WAY("hard link of a pin to outside", try_hard_link),
	WAY("hard link into the folder", try_hard_link_into),
	WAY("unlink a pin", try_unlink),
	WAY("rename a pin", try_rename),
	WAY("rename the folder", try_rename_folder),
	WAY("remove a folder", try_rmdir),
	WAY("make a folder", try_mkdir),
	WAY("make a symbolic link", try_symlink),
	WAY("chmod a pin", try_chmod),
	WAY("pin something else", try_pin),
	WAY("mount over the folder", try_mount_over),
	WAY("bind over an anchor", try_bind_over),
	WAY("move_mount over the folder", try_move_mount_over),
	WAY("unmount", try_umount),
	WAY("open kernel.lsm_slots for writing", try_sysctl),
	WAY("prctl, PR_SET_MM_EXE_FILE", try_exe_file),
	WAY("prctl, PR_SET_MM_MAP", try_exe_map),
};

static __u32 id_of(int fd, bool map)
{
	struct bpf_prog_info prog = {};
	struct bpf_map_info info = {};
	__u32 size = map ? sizeof(info) : sizeof(prog);

	if (bpf_obj_get_info_by_fd(fd, map ? (void *)&info : (void *)&prog, &size))
		test_bail("no information");
	return map ? info.id : prog.id;
}

/* What a reader may not, the loader may no more; others' business goes on. */
/* Learning happens when somebody gets a descriptor of the program. */
static void start(struct policy *policy)
{
	__u32 id = id_of(mapped_fd, true), one = 1;

	guard = policy;
	policy_open(policy, "bpf_guard");
	policy_load(policy);
	list_path("executables", "/proc/self/exe", BPF_GUARD_LOADER);
	map_set(policy_map(policy, "maps"), &id, &one);
	policy_attach_loaded(policy, NULL);
	close(bpf_prog_get_fd_by_id(prog_id));
}

static void locked_ways(void)
{
	static int (*const reads[])(void) = {
		do_prog_by_id, do_prog_by_pin, do_map_by_pin_reading, do_others,
		do_container, do_sysctl_before, do_move_away,
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		bool free = false;

		for (size_t j = 0; j < ARRAY_SIZE(reads); j++)
			free |= steps[i] == reads[j];
		if (!free)
			test_ok(run(steps[i], "/proc/self/exe") == -EPERM,
				"locked: a loader does not do step %zu either", i);
	}
}

/* What the page says that root can still do. */
static void limits(void)
{
	int fd = open(LSM_SLOT_SYSCTL_FILE, O_RDWR);
	struct policy policy;

	if (fd < 0 || dup2(fd, OPEN_BEFORE) < 0)
		test_bail("cannot open " LSM_SLOT_SYSCTL_FILE);
	close(fd);
	start(&policy);
	test_ok(!run(do_sysctl_before, COPY),
		"limit: kernel.lsm_slots through a descriptor open before");
	test_ok(!run(do_move_away, COPY) &&
		!access(DIR "/elsewhere/pins/link", F_OK),
		"limit: mount --move of the BPF file system");
	if (mount(DIR "/elsewhere", FS, NULL, MS_MOVE, NULL))
		test_bail("cannot move it back");
	policy_detach(&policy);
	guard = NULL;
	close(OPEN_BEFORE);
}

static void rules(void)
{
	enum bpf_guard_state locked = BPF_GUARD_LOCKED;
	struct policy policy, later;
	__u32 zero = 0;
	int later_map;

	start(&policy);
	test_ok(!run(do_others, COPY), "allowed: others' programs, maps and pins");
	test_ok(!run(do_container, COPY), "allowed: unmounting in a container");
	policy_open(&later, "exec_guard");
	policy_start(&later);
	later_map = map_id;
	map_id = id_of(policy_map(&later, "noexec_devs"), true);
	test_ok(run(do_map_by_id, COPY) == -EPERM, "maps loaded later are guarded at once");
	map_id = id_of(policy_map(&policy, "lock"), true);
	test_ok(run(do_map_by_id, COPY) == -EPERM, "its own maps are guarded");
	map_id = later_map;
	policy_detach(&later);
	list_path("executables", COPY, BPF_GUARD_READER);
	test_ok(!run(do_prog_by_id, COPY) && !run(do_map_by_pin_reading, COPY),
		"a reader sees programs and maps");
	test_ok(run(do_map_by_id, COPY) == -EPERM && run(do_load, COPY) == -EPERM &&
		run(do_link_create, COPY) == -EPERM && run(do_unlink, COPY) == -EPERM,
		"a reader does nothing else");
	map_set(policy_map(&policy, "lock"), &zero, &locked);
	guard = NULL;
	locked_ways();
	test_ok(bpf_map_update_elem(policy_map(&policy, "lock"), &zero, &zero, 0) &&
		errno == EPERM, "locked: nobody opens the lock");
	policy_detach(&policy);
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_map_create_opts, mmapable, .map_flags = BPF_F_MMAPABLE);

	if (argc == 8) {
		prog_id = atoi(argv[2]);
		map_id = atoi(argv[3]);
		prog_fd = atoi(argv[4]);
		map_fd = atoi(argv[5]);
		link_fd = atoi(argv[6]);
		mapped_fd = atoi(argv[7]);
		_exit(-steps[atoi(argv[1])]());
	}
	if (system("mkdir -p " FS " " DIR "/elsewhere && cp /proc/$PPID/exe " COPY))
		test_bail("cannot copy the test");
	policy_open(&victim, "exec_guard");
	policy_start(&victim);
	prog_fd = bpf_program__fd(bpf_object__find_program_by_name(victim.object,
								   "exec_guard_open"));
	map_fd = policy_map(&victim, "noexec_devs");
	mapped_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "mapped", 4, 4, 1, &mmapable);
	if (mapped_fd < 0 || mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
				  mapped_fd, 0) == MAP_FAILED)
		test_bail("no map that can be mapped");
	link_fd = -1;
	for (int i = 0; i < victim.nr_links; i++) {
		struct bpf_link_info info = {};
		__u32 size = sizeof(info);

		if (!bpf_obj_get_info_by_fd(bpf_link__fd(victim.links[i]), &info, &size) &&
		    info.prog_id == id_of(prog_fd, false))
			link_fd = bpf_link__fd(victim.links[i]);
	}
	prog_id = id_of(prog_fd, false);
	map_id = id_of(map_fd, true);
	ways_run("bpf-guard", ways, ARRAY_SIZE(ways), start, COPY, "/proc/self/exe");
	guard = NULL;
	rules();
	limits();
	umount2(FS, MNT_DETACH);
	policy_detach(&victim);
	if (system("rm -rf " DIR))
		test_bail("cannot remove " DIR);
	return test_done();
}
