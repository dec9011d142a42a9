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

#include "exe_name.h"
#include "ways.h"

#define NOBODY 65534

static void start_plain(struct policy *policy)
{
	policy_attach(policy, "userns_guard");
}

static void start_privileged(struct policy *policy)
{
	policy_open(policy, "userns_guard");
	policy_constant(policy, "allow_privileged", true);
	policy_start(policy);
}

static void list_exe(struct policy *policy, const char *path)
{
	struct lsmslot_inode_id id = path ? inode_id(path, 0) : own_exe_id();
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

static int try_exe_file(void)
{
	return exe_file("/bin/true");
}

static int try_exe_map(void)
{
	return exe_map("/bin/true");
}

static const struct way ways[] = {
	WAY_CHILD("unshare", try_unshare, "userns_create"),
	WAY_CHILD("unshare with more namespaces", try_unshare_more, "userns_create"),
	WAY_CHILD("clone", try_clone, "userns_create"),
	WAY_CHILD("clone with vfork and more namespaces", try_clone_vfork, "userns_create"),
	WAY_CHILD("clone3", try_clone3, "userns_create"),
	WAY_CHILD("unshare without privileges", try_unshare_nobody, "userns_create"),
	WAY_CHILD("clone without privileges", try_clone_nobody, "userns_create"),
	WAY_CHILD("one in another", try_nested, "userns_create"),
	WAY_CHILD("another program", try_unshare_command, "userns_create"),
	WAY_CHILD("setns", try_setns, "capable"),
	WAY_CHILD("setns that names no type", try_setns_any, "capable"),
	WAY_CHILD("setns of the owner's", try_setns_nobody, "capable"),
	WAY_CHILD("setns found by NS_GET_USERNS", try_setns_owner, "capable"),
	WAY_CHILD("setns by pidfd", try_setns_pidfd, "capable"),
	WAY_CHILD("setns to a network namespace in there", try_setns_net, "capable"),
	WAY_CHILD("setns by pidfd to a mount namespace in there", try_setns_pidfd_mount, "capable"),
	WAY_CHILD("setns by another program", try_nsenter_command, "capable"),
	WAY_CHILD("PR_SET_MM_EXE_FILE", try_exe_file, "task_prctl"),
	WAY_CHILD("PR_SET_MM_MAP", try_exe_map, "task_prctl"),
};

/* --- Who is listed -------------------------------------------------------- */

static void listed_exe(void)
{
	struct policy policy;

	start_plain(&policy);
	list_exe(&policy, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		bool other = ways[i].alone == try_unshare_command ||
			     ways[i].alone == try_nsenter_command;

		int err = way_try(&ways[i], NULL);

		if (err == -EOPNOTSUPP) {
			test_skip("userns-guard: this kernel cannot: %s", ways[i].what);
			continue;
		}
		test_ok(err == (other ? -EPERM : 0),
			"userns-guard: listed executable: %s%s", ways[i].what,
			other ? ": denied" : "");
	}
	list_exe(&policy, "/usr/bin/unshare");
	test_ok(!in_child(try_unshare_command),
		"userns-guard: another listed executable");
	policy_detach(&policy);
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
	struct policy policy;
	struct stat stat_of;
	__u32 one = 1;
	__u64 id;

	if (mkdir(LISTED_CGROUP, 0755) || mkdir(LISTED_CGROUP "/below", 0755) ||
	    stat(LISTED_CGROUP, &stat_of))
		test_bail("cannot make %s", LISTED_CGROUP);
	id = stat_of.st_ino;
	start_plain(&policy);
	test_ok(in_child(in_cgroup) == -EPERM, "userns-guard: cgroup not listed yet");
	map_set(policy_map(&policy, "cgroups"), &id, &one);
	test_ok(!in_child(in_cgroup), "userns-guard: listed cgroup: unshare");
	test_ok(!in_child(below_cgroup), "userns-guard: below a listed cgroup: setns");
	test_ok(in_child(try_unshare) == -EPERM, "userns-guard: another cgroup: unshare");
	policy_detach(&policy);
	rmdir(LISTED_CGROUP "/below");
	rmdir(LISTED_CGROUP);
}

static void privileged(void)
{
	struct policy policy;

	start_privileged(&policy);
	test_ok(!in_child(try_unshare), "userns-guard: allow_privileged: root makes one");
	test_ok(!in_child(try_setns), "userns-guard: allow_privileged: root enters one");
	test_ok(in_child(try_unshare_nobody) == -EPERM,
		"userns-guard: allow_privileged: nobody makes none");
	test_ok(in_child(try_nested) == -EPERM,
		"userns-guard: allow_privileged: nor does root in a user namespace");
	policy_detach(&policy);
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
	int before = -in_child(nest);
	struct policy policy;

	test_ok(before == USERNS_GUARD_DEPTH + 1,
		"userns-guard: the kernel allows a depth of %d", before - 1);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int denied;

		policy_open(&policy, "userns_guard");
		policy_constant(&policy, "max_depth", limits[i]);
		policy_start(&policy);
		list_exe(&policy, NULL);
		denied = -in_child(nest);
		test_ok(denied == (int)limits[i] + 1 &&
			policy_counter(&policy, LSMSLOT_DENIED) == 1,
			"userns-guard: max_depth %u denies depth %d", limits[i], denied);
		policy_detach(&policy);
	}
	start_plain(&policy);
	list_exe(&policy, NULL);
	test_ok(-in_child(nest) == before && !policy_counter(&policy, LSMSLOT_DENIED),
		"userns-guard: max_depth as it is denies no depth");
	policy_detach(&policy);
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

/* Who was in a user namespace before the policy, and mapped its users after. */
static void limits(void)
{
	int ready[2], go[2], status, err, pid;
	struct policy policy;
	char path[PATH_SIZE], c;

	if (pipe(ready) || pipe(go))
		test_bail("no pipe");
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || write(ready[1], "r", 1) != 1 ||
		    read(go[0], &c, 1) != 1)
			_exit(255);
		_exit(-result(mount("test", TEST_ROOT, "tmpfs", 0, NULL)));
	}
	if (read(ready[0], &c, 1) != 1)
		test_bail("no process in a user namespace");
	start_plain(&policy);
	err = write_map(path_set(path, "/proc/%d/uid_map", pid), "0 0 1");
	test_ok(!err, "userns-guard: limit: uid_map can be written");
	if (write(go[1], "g", 1) != 1 || waitpid(pid, &status, 0) != pid)
		test_bail("the process in a user namespace is gone");
	test_ok(WIFEXITED(status) && !WEXITSTATUS(status),
		"userns-guard: limit: who is in one already mounts there");
	policy_detach(&policy);
}

static void allowed_work(void)
{
	struct policy policy;

	start_plain(&policy);
	test_ok(!in_child(other_namespaces), "userns-guard: allowed: other namespaces");
	test_ok(!in_child(setns_same_owner),
		"userns-guard: allowed: setns to a namespace of the caller's");
	test_ok(!in_child(other_prctl), "userns-guard: allowed: other prctl calls");
	test_ok(!policy_counter(&policy, LSMSLOT_DENIED), "userns-guard: nothing was denied");
	policy_detach(&policy);
}

int main(void)
{
	files_init();
	holder_start(NOBODY);
	ways_run("userns-guard", ways, ARRAY_SIZE(ways), start_plain, NULL, NULL);
	listed_exe();
	listed_cgroup();
	privileged();
	depth();
	limits();
	allowed_work();
	holder_end();
	return test_done();
}
