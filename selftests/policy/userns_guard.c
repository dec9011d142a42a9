// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * userns-guard: who is not listed makes no user namespace and enters none; who
 * is listed does, as deep as the policy says.
 */
#define _GNU_SOURCE
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <lsmslot/userns_guard.h>

#include "guard.h"
#include "userns_guard.skel.h"

#define NOBODY 65534

static struct userns_guard_bpf *open_skel(void)
{
	struct userns_guard_bpf *skel = userns_guard_bpf__open();

	if (!skel)
		test_bail("cannot open userns_guard");
	return skel;
}

static struct bpf_object *open_plain(void)
{
	return open_skel()->obj;
}

static struct bpf_object *open_scoped(void)
{
	struct userns_guard_bpf *skel = open_skel();

	skel->rodata->lsmslot_scoped = true;
	return skel->obj;
}

static struct bpf_object *open_privileged(void)
{
	struct userns_guard_bpf *skel = open_skel();

	skel->rodata->allow_privileged = true;
	return skel->obj;
}

static void list_exe(struct policy *policy, const char *path)
{
	struct lsmslot_inode_id id = guard_exe_id(path);
	__u32 one = 1;

	map_set(policy_map(policy, "exes"), &id, &one);
}

static int write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err;

	err = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* Root in the new namespace is @uid outside, without which there is no next. */
static int map_root(uid_t uid)
{
	char text[32];

	snprintf(text, sizeof(text), "0 %u 1", uid);
	return write_map("/proc/self/setgroups", "deny") ?:
	       write_map("/proc/self/uid_map", text) ?:
	       write_map("/proc/self/gid_map", text);
}

/*
 * A process in user, network and mount namespaces of its own, made before the
 * policy, that makes another user namespace when it is asked to.
 */
static int holder, ask[2], answer[2];

static void holder_start(uid_t uid)
{
	char c;

	if (pipe(ask) || pipe(answer))
		test_bail("no pipe");
	holder = fork();
	if (!holder) {
		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
			_exit(1);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS))
			_exit(1);
		prctl(PR_SET_DUMPABLE, 1);
		if (map_root(uid))
			_exit(1);
		c = 'r';
		while (write(answer[1], &c, 1) == 1 && read(ask[0], &c, 1) == 1) {
			int status, pid = fork();

			if (!pid)
				_exit(unshare(CLONE_NEWUSER) ? errno : 0);
			waitpid(pid, &status, 0);
			c = WEXITSTATUS(status);
		}
		_exit(0);
	}
	if (read(answer[0], &c, 1) != 1 || c != 'r')
		test_bail("the process in a namespace did not start");
}

static void holder_end(void)
{
	close(ask[1]);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
}

/* --- Ways ----------------------------------------------------------------- */

static int try_unshare(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int try_unshare_more(void)
{
	return result(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET));
}

static int child_of(long pid)
{
	if (!pid)
		_exit(0);
	if (pid < 0)
		return -errno;
	waitpid(pid, NULL, 0);
	return 0;
}

static int try_clone(void)
{
	return child_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int try_clone_vfork(void)
{
	return child_of(syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | CLONE_VFORK |
				SIGCHLD, 0, 0, 0, 0));
}

static int try_clone3(void)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	return child_of(syscall(SYS_clone3, &args, sizeof(args)));
}

static int as_nobody(int (*try)(void))
{
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		return -252;
	return try();
}

static int try_unshare_nobody(void)
{
	return as_nobody(try_unshare);
}

static int try_clone_nobody(void)
{
	return as_nobody(try_clone);
}

static int try_nested(void)
{
	char c = 'n';

	if (write(ask[1], &c, 1) != 1 || read(answer[0], &c, 1) != 1)
		return -251;
	return -c;
}

static int run(const char *command)
{
	int status = system(command);

	return WIFEXITED(status) ? -WEXITSTATUS(status) : -250;
}

/* unshare(1) and nsenter(1) end with 1, which is EPERM, when they may not. */
static int try_unshare_command(void)
{
	return run("unshare -Ur true 2>/dev/null");
}

static int try_nsenter_command(void)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "nsenter -U --preserve-credentials -t %d true 2>/dev/null", holder);
	return run(command);
}

static int holder_ns(const char *name)
{
	char path[PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", holder, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		_exit(249);
	return fd;
}

static int try_setns(void)
{
	return result(setns(holder_ns("user"), CLONE_NEWUSER));
}

static int try_setns_any(void)
{
	return result(setns(holder_ns("user"), 0));
}

static int try_setns_nobody(void)
{
	return as_nobody(try_setns);
}

static int try_setns_owner(void)
{
	int fd = ioctl(holder_ns("net"), NS_GET_USERNS);

	return fd < 0 ? -249 : result(setns(fd, 0));
}

static int try_setns_pidfd(void)
{
	int fd = syscall(SYS_pidfd_open, holder, 0);

	return result(setns(fd, CLONE_NEWUSER | CLONE_NEWNET));
}

static int try_setns_net(void)
{
	return result(setns(holder_ns("net"), CLONE_NEWNET));
}

static int try_setns_pidfd_mount(void)
{
	int fd = syscall(SYS_pidfd_open, holder, 0);

	return result(setns(fd, CLONE_NEWNS));
}

/* EBUSY is from behind the hook: a program cannot give up what it runs from. */
static int asked(long ret)
{
	return ret && errno != EBUSY ? -errno : 0;
}

static int try_exe_file(void)
{
	int fd = open("/bin/true", O_RDONLY);

	return asked(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, fd, 0, 0));
}

static int try_exe_map(void)
{
	static char at[4096];
	__u64 low = (unsigned long)at, high = low + 64, brk = low + 128;
	struct prctl_mm_map map = {
		.start_code = low, .end_code = high, .start_data = low,
		.end_data = high, .start_brk = brk, .brk = brk,
		.start_stack = low, .arg_start = low, .arg_end = high,
		.env_start = low, .env_end = high,
		.exe_fd = open("/bin/true", O_RDONLY),
	};
	unsigned int size;

	if (prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) && errno == EINVAL)
		return -EOPNOTSUPP;	/* CONFIG_CHECKPOINT_RESTORE is off */
	return asked(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0));
}

static const struct way ways[] = {
	{ "unshare", try_unshare, "userns_create" },
	{ "unshare with more namespaces", try_unshare_more, "userns_create" },
	{ "clone", try_clone, "userns_create" },
	{ "clone with vfork and more namespaces", try_clone_vfork, "userns_create" },
	{ "clone3", try_clone3, "userns_create" },
	{ "unshare without privileges", try_unshare_nobody, "userns_create" },
	{ "clone without privileges", try_clone_nobody, "userns_create" },
	{ "one in another", try_nested, "userns_create" },
	{ "another program", try_unshare_command, "userns_create" },
	{ "setns", try_setns, "capable" },
	{ "setns that names no type", try_setns_any, "capable" },
	{ "setns of the owner's", try_setns_nobody, "capable" },
	{ "setns found by NS_GET_USERNS", try_setns_owner, "capable" },
	{ "setns by pidfd", try_setns_pidfd, "capable" },
	{ "setns to a network namespace in there", try_setns_net, "capable" },
	{ "setns by pidfd to a mount namespace in there", try_setns_pidfd_mount, "capable" },
	{ "setns by another program", try_nsenter_command, "capable" },
	{ "PR_SET_MM_EXE_FILE", try_exe_file, "task_prctl" },
	{ "PR_SET_MM_MAP", try_exe_map, "task_prctl" },
};

/* --- Who is listed -------------------------------------------------------- */

static void listed_exe(void)
{
	struct guard guard;

	guard_attach(&guard, open_plain());
	list_exe(&guard.policy, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		bool other = ways[i].try == try_unshare_command ||
			     ways[i].try == try_nsenter_command;

		int err = guard_try(ways[i].try);

		if (err == -EOPNOTSUPP) {
			test_skip("userns-guard: this kernel cannot: %s", ways[i].what);
			continue;
		}
		test_ok(err == (other ? -EPERM : 0),
			"userns-guard: listed executable: %s%s", ways[i].what,
			other ? ": denied" : "");
	}
	list_exe(&guard.policy, "/usr/bin/unshare");
	test_ok(!guard_try(try_unshare_command),
		"userns-guard: another listed executable");
	guard_detach(&guard);
}

#define LISTED_CGROUP "/sys/fs/cgroup/lsmslot-userns-test"

static int enter(const char *cgroup, int (*try)(void))
{
	char path[PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return -253;
	return try();
}

static int in_cgroup(void)
{
	return enter(LISTED_CGROUP, try_unshare);
}

static int below_cgroup(void)
{
	return enter(LISTED_CGROUP "/below", try_setns);
}

static void listed_cgroup(void)
{
	struct guard guard;
	struct stat stat_of;
	__u32 one = 1;
	__u64 id;

	if (mkdir(LISTED_CGROUP, 0755) || mkdir(LISTED_CGROUP "/below", 0755) ||
	    stat(LISTED_CGROUP, &stat_of))
		test_bail("cannot make %s", LISTED_CGROUP);
	id = stat_of.st_ino;
	guard_attach(&guard, open_plain());
	test_ok(guard_try(in_cgroup) == -EPERM, "userns-guard: cgroup not listed yet");
	map_set(policy_map(&guard.policy, "cgroups"), &id, &one);
	test_ok(!guard_try(in_cgroup), "userns-guard: listed cgroup: unshare");
	test_ok(!guard_try(below_cgroup), "userns-guard: below a listed cgroup: setns");
	test_ok(guard_try(try_unshare) == -EPERM, "userns-guard: another cgroup: unshare");
	guard_detach(&guard);
	rmdir(LISTED_CGROUP "/below");
	rmdir(LISTED_CGROUP);
}

static void privileged(void)
{
	struct guard guard;

	guard_attach(&guard, open_privileged());
	test_ok(!guard_try(try_unshare), "userns-guard: allow_privileged: root makes one");
	test_ok(!guard_try(try_setns), "userns-guard: allow_privileged: root enters one");
	test_ok(guard_try(try_unshare_nobody) == -EPERM,
		"userns-guard: allow_privileged: nobody makes none");
	test_ok(guard_try(try_nested) == -EPERM,
		"userns-guard: allow_privileged: nor does root in a user namespace");
	guard_detach(&guard);
}

/* One in another, as deep as it goes: the depth that was denied. */
static int nest(void)
{
	int depth = 1;

	while (!unshare(CLONE_NEWUSER)) {
		if (map_root(0))
			return -249;
		depth++;
	}
	return errno == EPERM || errno == ENOSPC ? -depth : -248;
}

static void depth(void)
{
	static const unsigned int limits[] = { 0, 1, 3 };
	int before = -guard_try(nest);
	struct guard guard;

	test_ok(before == USERNS_GUARD_DEPTH + 1,
		"userns-guard: the kernel allows a depth of %d", before - 1);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct userns_guard_bpf *skel = open_skel();
		int denied;

		skel->rodata->max_depth = limits[i];
		guard_attach(&guard, skel->obj);
		list_exe(&guard.policy, NULL);
		denied = -guard_try(nest);
		test_ok(denied == (int)limits[i] + 1 &&
			guard_counter(&guard, LSMSLOT_DENIED) == 1,
			"userns-guard: max_depth %u denies depth %d", limits[i], denied);
		guard_detach(&guard);
	}
	guard_attach(&guard, open_plain());
	list_exe(&guard.policy, NULL);
	test_ok(-guard_try(nest) == before && !guard_counter(&guard, LSMSLOT_DENIED),
		"userns-guard: max_depth as it is denies no depth");
	guard_detach(&guard);
}

/* --- What goes on working ------------------------------------------------- */

static int other_namespaces(void)
{
	return result(unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS));
}

/* Of the same owner as the caller: no step down. */
static int setns_same_owner(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY);

	if (fd < 0 || unshare(CLONE_NEWNET))
		return -249;
	return result(setns(fd, CLONE_NEWNET));
}

static int other_prctl(void)
{
	return result(prctl(PR_SET_NAME, "lsmslot-test")) ?:
	       result(prctl(PR_GET_DUMPABLE) < 0 ? -1 : 0);
}

static void allowed_work(void)
{
	struct guard guard;

	guard_attach(&guard, open_plain());
	test_ok(!guard_try(other_namespaces), "userns-guard: allowed: other namespaces");
	test_ok(!guard_try(setns_same_owner),
		"userns-guard: allowed: setns to a namespace of the caller's");
	test_ok(!guard_try(other_prctl), "userns-guard: allowed: other prctl calls");
	test_ok(!guard_counter(&guard, LSMSLOT_DENIED), "userns-guard: nothing was denied");
	guard_detach(&guard);
}

int main(void)
{
	files_init();
	holder_start(NOBODY);
	ways_run("userns-guard", ways, ARRAY_SIZE(ways), open_plain, NULL);
	listed_exe();
	listed_cgroup();
	privileged();
	depth();
	allowed_work();
	scope_run("userns-guard", try_unshare, open_scoped, NULL);
	holder_end();
	return test_done();
}
