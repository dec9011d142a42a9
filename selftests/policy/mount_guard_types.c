// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mount-guard: a type that is not listed is not mounted in any way, a listed one
 * is, and mounts that the kernel makes for itself go on working.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "mount_guard.h"

#define LOOP_FILE TEST_ROOT "/ext4.img"
#define LONG_NAME "fuse.abcdefghijklmnopqrstuvwxyz"	/* as long as a key can be */

static char loop_dev[64];
static int detached[4];

static void list(struct policy *policy)
{
	type_set(policy, "tmpfs", MOUNT_GUARD_ALLOW);
	type_set(policy, "mqueue", MOUNT_GUARD_HOST);
	type_set(policy, "devpts", 77);
	type_set(policy, "fuse.good", MOUNT_GUARD_ALLOW);
	type_set(policy, LONG_NAME, MOUNT_GUARD_ALLOW);
}

static void start_plain(struct policy *policy)
{
	policy_attach(policy, "mount_guard");
	list(policy);
}

/* --- Ways to mount what is not listed ------------------------------------- */

static int try_ramfs(void)
{
	return mount_at("ramfs", NULL);
}

static int try_no_source(void)
{
	return result(mount(NULL, AT, "ramfs", 0, NULL));
}

/* The magic number of old programs, which the kernel ignores. */
static int try_magic(void)
{
	return result(mount("test", AT, "ramfs", MS_MGC_VAL, NULL));
}

static int try_proc(void)
{
	return mount_at("proc", NULL);
}

static int try_unknown_kind(void)
{
	return mount_at("devpts", NULL);
}

static int try_ext4(void)
{
	return result(mount(loop_dev, AT, "ext4", 0, NULL));
}

static int try_ext4_read_only(void)
{
	return result(mount(loop_dev, AT, "ext4", MS_RDONLY, NULL));
}

static int try_overlay(void)
{
	return mount_at("overlay", "lowerdir=/etc:/usr");
}

static int try_new_call(void)
{
	int fd = new_mount("ramfs", NULL, 0);

	return fd < 0 ? fd : attach_at(fd);
}

/* Never attached, but usable through the descriptor. */
static int try_new_call_detached(void)
{
	int fd = new_mount("ramfs", NULL, 0), file;

	if (fd < 0)
		return fd;
	file = openat(fd, "file", O_CREAT | O_RDWR, 0600);
	return result(file);
}

static int try_new_call_source(void)
{
	const char *const options[][2] = { { "source", loop_dev } };
	int fd = new_mount("ext4", options, 1);

	return fd < 0 ? fd : attach_at(fd);
}

static int try_new_call_overlay(void)
{
	const char *const options[][2] = { { "lowerdir", "/etc:/usr" } };
	int fd = new_mount("overlay", options, 1);

	return fd < 0 ? fd : attach_at(fd);
}

/* Made by somebody for whom the policy did not count. */
static int try_made_before(void)
{
	int err = -ENOENT;

	/* A try that works takes one of them. */
	for (size_t i = 0; i < ARRAY_SIZE(detached); i++) {
		err = attach_at(detached[i]);
		if (err != -EINVAL)
			break;
	}
	return err;
}

static int in_user_namespace(int (*try)(void))
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -252;
	return try();
}

static int try_user_namespace(void)
{
	return in_user_namespace(try_ramfs);
}

static int try_user_namespace_new_call(void)
{
	return in_user_namespace(try_new_call);
}

static int try_user_namespace_overlay(void)
{
	return in_user_namespace(try_overlay);
}

static int mqueue(void)
{
	if (unshare(CLONE_NEWIPC))
		return -251;
	return mount_at("mqueue", NULL);
}

static int try_host_only(void)
{
	return in_user_namespace(mqueue);
}

static int mqueue_new_call(void)
{
	int fd;

	if (unshare(CLONE_NEWIPC))
		return -251;
	fd = new_mount("mqueue", NULL, 0);
	return fd < 0 ? fd : attach_at(fd);
}

static int try_host_only_new_call(void)
{
	return in_user_namespace(mqueue_new_call);
}

/* A FUSE file system whose server never answers is mounted all the same. */
static int fuse(const char *type, const char *more)
{
	int fd = open("/dev/fuse", O_RDWR);
	char data[128];

	if (fd < 0)
		return -EOPNOTSUPP;
	snprintf(data, sizeof(data), "fd=%d,rootmode=40000,user_id=0,group_id=0%s", fd,
		 more);
	return mount_at(type, data);
}

static int try_fuse(void)
{
	return fuse("fuse", "");
}

static int try_fuse_subtype(void)
{
	return fuse("fuse.evil", "");
}

static int try_fuse_subtype_longer(void)
{
	return fuse("fuse.goodness", "");
}

static int try_fuse_subtype_too_long(void)
{
	return fuse(LONG_NAME "z", "");
}

/* Not listed as "fuse", though it would come out as "fuse.good". */
static int try_fuse_subtype_option(void)
{
	return fuse("fuse", ",subtype=good");
}

static int fuse_new_call(const char *subtype)
{
	int fs = fsopen("fuse", 0), dev = open("/dev/fuse", O_RDWR), fd;
	char number[16];

	snprintf(number, sizeof(number), "%d", dev);
	if (fs < 0 || dev < 0)
		return -EOPNOTSUPP;
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", "test", 0) ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "subtype", subtype, 0) ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "fd", number, 0) ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "rootmode", "40000", 0) ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "user_id", "0", 0) ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "group_id", "0", 0) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	fd = fsmount(fs, 0, 0);
	return fd < 0 ? -errno : attach_at(fd);
}

static int try_fuse_new_call(void)
{
	return fuse_new_call("evil");
}

static int try_fuse_new_call_too_long(void)
{
	return fuse_new_call("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
}

static const struct way ways[] = {
	WAY_CHILD("mount", try_ramfs, "sb_mount"),
	WAY_CHILD("mount without a source", try_no_source, "sb_mount"),
	WAY_CHILD("mount with the old magic number", try_magic, "sb_mount"),
	WAY_CHILD("mount proc", try_proc, "sb_mount"),
	WAY_CHILD("mount of a type with an unknown value", try_unknown_kind, "sb_mount"),
	WAY_CHILD("mount of a loop device", try_ext4, "sb_mount"),
	WAY_CHILD("mount of a loop device, read-only", try_ext4_read_only, "sb_mount"),
	WAY_CHILD("mount of an overlay", try_overlay, "sb_mount"),
	WAY_CHILD("fsopen, fsmount, move_mount", try_new_call, "sb_kern_mount"),
	WAY_CHILD("fsopen, fsmount, use by descriptor", try_new_call_detached, "sb_kern_mount"),
	WAY_CHILD("fsopen with a device", try_new_call_source, "fs_context_parse_param"),
	WAY_CHILD("fsopen of an overlay", try_new_call_overlay, "fs_context_parse_param"),
	WAY_CHILD("move_mount of what was made before", try_made_before, "move_mount"),
	WAY_CHILD("mount in a user namespace", try_user_namespace, "sb_mount"),
	WAY_CHILD("fsopen in a user namespace", try_user_namespace_new_call, "sb_kern_mount"),
	WAY_CHILD("overlay in a user namespace", try_user_namespace_overlay, "sb_mount"),
	WAY_CHILD("type for the host in a user namespace", try_host_only, "sb_mount"),
	WAY_CHILD("fsopen of it in a user namespace", try_host_only_new_call, "sb_kern_mount"),
	WAY_CHILD("FUSE", try_fuse, "sb_mount"),
	WAY_CHILD("FUSE with another subtype", try_fuse_subtype, "sb_mount"),
	WAY_CHILD("FUSE with a longer subtype", try_fuse_subtype_longer, "sb_mount"),
	WAY_CHILD("FUSE with a subtype that fits no key", try_fuse_subtype_too_long, "sb_mount"),
	WAY_CHILD("FUSE with the subtype as an option", try_fuse_subtype_option, "sb_mount"),
	WAY_CHILD("fsopen of FUSE", try_fuse_new_call, "sb_kern_mount"),
	WAY_CHILD("fsopen of FUSE, long subtype", try_fuse_new_call_too_long, "sb_kern_mount"),
};

/* --- What goes on working ------------------------------------------------- */

static int tmpfs(void)
{
	return mount_at("tmpfs", NULL);
}

static int tmpfs_user_namespace(void)
{
	return in_user_namespace(tmpfs);
}

static int tmpfs_new_call(void)
{
	const char *const options[][2] = { { "source", "test" }, { "size", "1m" } };
	int fd = new_mount("tmpfs", options, 2);

	return fd < 0 ? fd : attach_at(fd);
}

static int fuse_listed(void)
{
	return fuse("fuse.good", "");
}

static int fuse_listed_long(void)
{
	return fuse(LONG_NAME, "");
}

static int fuse_listed_new_call(void)
{
	return fuse_new_call("good");
}

static int bind_etc(void)
{
	return result(mount("/etc", AT, NULL, MS_BIND, NULL)) ?:
	       result(mount(NULL, AT, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL)) ?:
	       result(umount2(AT, 0));
}

/* debugfs mounts tracefs in itself when somebody goes there. */
static int automount(void)
{
	struct stat debugfs, tracefs;

	umount2("/sys/kernel/debug/tracing", MNT_DETACH);
	if (stat("/sys/kernel/debug", &debugfs) ||
	    stat("/sys/kernel/debug/tracing/README", &tracefs))
		return -errno;
	return debugfs.st_dev == tracefs.st_dev ? -ENOENT : 0;
}

/* Each of them gets a mount of the kernel's. */
static int namespaces(void)
{
	int status, pid;

	if (unshare(CLONE_NEWIPC) || unshare(CLONE_NEWNET) || unshare(CLONE_NEWNS) ||
	    unshare(CLONE_NEWPID))
		return -errno;
	pid = fork();
	if (!pid)
		_exit(0);
	return pid < 0 || waitpid(pid, &status, 0) != pid ? -errno : -WEXITSTATUS(status);
}

static int change_root(void)
{
	return result(chroot(TEST_ROOT));
}

static int kernel_files(void)
{
	int fds[2], memfd = memfd_create("test", 0);

	if (memfd < 0 || pipe(fds) || open("/proc/self/ns/mnt", O_RDONLY) < 0)
		return -errno;
	return 0;
}

static const struct {
	const char *what;
	int (*try)(void);
} allowed[] = {
	{ "listed type", tmpfs },
	{ "listed type in a user namespace", tmpfs_user_namespace },
	{ "listed type by fsopen", tmpfs_new_call },
	{ "type for the host, on the host", mqueue },
	{ "the same by fsopen", mqueue_new_call },
	{ "listed subtype of FUSE", fuse_listed },
	{ "listed subtype as long as a key", fuse_listed_long },
	{ "listed subtype of FUSE by fsopen", fuse_listed_new_call },
	{ "bind mount, its remount, umount", bind_etc },
	{ "tracefs that debugfs mounts", automount },
	{ "new IPC, network, mount and PID namespaces", namespaces },
	{ "chroot", change_root },
	{ "memfd, pipe, namespace file", kernel_files },
};

static void allowed_work(void)
{
	struct policy policy;

	start_plain(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		int err = in_child(allowed[i].try);

		if (!test_ok(!err, "mount-guard: allowed: %s", allowed[i].what))
			test_diag("%s", strerror(-err));
	}
	test_ok(policy_counter(&policy, LSMSLOT_DENIED) == 0,
		"mount-guard: nothing of that was denied");
	policy_detach(&policy);
}

/* The kernel asks modprobe for the module of a type. */
#define MODPROBE "/run/lsmslot-modprobe"
#define ASKED "/run/lsmslot-asked"

static bool module_asked(int (*try)(void), int *err)
{
	unlink(ASKED);
	*err = in_child(try);
	return !access(ASKED, F_OK);
}

static int open_nosuch(void)
{
	return result(fsopen("lsmslotfs", 0));
}

static int mount_nosuch(void)
{
	return mount_at("lsmslotfs", NULL);
}

static void modules(void)
{
	static const struct {
		const char *what;
		int (*try)(void);
		int denied;
	} calls[] = {
		{ "fsopen", open_nosuch, -ENODEV },
		{ "mount", mount_nosuch, -EPERM },
	};
	const char script[] = "#!/bin/sh\n[ \"$3\" = fs-lsmslotfs ] && >" ASKED "\n";
	char was[256] = {};
	struct policy policy;
	int fd;

	fd = open("/proc/sys/kernel/modprobe", O_RDONLY);
	if (fd < 0) {
		test_skip("the kernel has no modules");
		return;
	}
	if (read(fd, was, sizeof(was) - 1) < 0)
		test_bail("cannot read the path of modprobe");
	was[strcspn(was, "\n")] = '\0';
	close(fd);
	file_write(MODPROBE, script, strlen(script), 0755);
	sh("echo " MODPROBE " >/proc/sys/kernel/modprobe");
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		bool before, denied, listed;
		int err;

		before = module_asked(calls[i].try, &err);

		start_plain(&policy);
		denied = !module_asked(calls[i].try, &err) && err == calls[i].denied;
		type_set(&policy, "lsmslotfs", MOUNT_GUARD_ALLOW);
		listed = module_asked(calls[i].try, &err);
		policy_detach(&policy);
		test_ok(before && denied && listed && module_asked(calls[i].try, &err),
			"mount-guard: no module is loaded for %s of a type that is not listed",
			calls[i].what);
	}
	sh("echo %s >/proc/sys/kernel/modprobe", was);
	sh("rm -f " MODPROBE " " ASKED);
}

static void attach_made_before(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(detached); i++) {
		detached[i] = new_mount("ramfs", NULL, 0);
		if (detached[i] < 0)
			test_bail("no detached mount");
	}
}

int main(void)
{
	FILE *losetup;

	files_init();
	sh("mkdir -p %s", AT);
	sh("truncate -s 16M " LOOP_FILE " && mkfs.ext4 -q " LOOP_FILE);
	losetup = popen("losetup -f --show " LOOP_FILE, "r");
	if (!losetup || fscanf(losetup, "%63s", loop_dev) != 1)
		test_bail("no loop device");
	pclose(losetup);
	attach_made_before();
	ways_run("mount-guard", ways, ARRAY_SIZE(ways), start_plain, NULL, NULL);
	allowed_work();
	modules();
	sh("losetup -d %s", loop_dev);
	return test_done();
}
