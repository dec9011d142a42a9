// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lsm_cgroup programs: they act inside their cgroup only, keep their ways to
 * give a result, mix with an LSM program on the same hook, and go with the
 * link and with the cgroup.
 */
#define _GNU_SOURCE
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "hooks.h"
#include "progs/cgroup.h"
#include "cgroup.skel.h"

static struct cgroup_bpf *skel;
static struct cgroup_bpf__bss *seen;
static const char *path_name;
static char root[] = "/tmp/cgroup.XXXXXX", dir[64], sub[80];

static int try_create(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return fd < 0 ? errno : 0;
}

/* An abstract name, of the kernel's choice. */
static int try_bind(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return bind(fd, (struct sockaddr *)&name, sizeof(name.sun_family)) ? errno : 0;
}

static int try_connect(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(name);
	int server = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(server, (struct sockaddr *)&name, sizeof(name.sun_family)) ||
	    listen(server, 1) || getsockname(server, (struct sockaddr *)&name, &size))
		return 255;
	return connect(fd, (struct sockaddr *)&name, size) ? errno : 0;
}

/* The errno of a call by a task in @cgroup, NULL for where the test is. */
static int call_in(const char *cgroup, int (*call)(void))
{
	char procs[128];
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (cgroup) {
			snprintf(procs, sizeof(procs), "%s/cgroup.procs", cgroup);
			if (write_text(procs, "0"))
				_exit(254);
		}
		_exit(call());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("a child did not end well");
	return WEXITSTATUS(status);
}

static int attach_cgroup(struct bpf_program *program, const char *cgroup)
{
	int fd = open(cgroup, O_RDONLY | O_CLOEXEC);
	int link = bpf_link_create(bpf_program__fd(program), fd, BPF_LSM_CGROUP, NULL);

	if (link < 0)
		test_bail("cannot attach %s to %s", bpf_program__name(program), cgroup);
	close(fd);
	return link;
}

/* On both sides of the cgroup's border, for each way to decide. */
static void test_hook(struct bpf_program *program, const char *hook,
		      int (*call)(void), int *runs)
{
	static const int wants[] = {
		[CGROUP_ALLOW] = 0, [CGROUP_DENY] = EPERM, [CGROUP_RETVAL] = EDOM,
	};
	int link = attach_cgroup(program, dir), good = 0;

	for (int mode = 0; mode < (int)ARRAY_SIZE(wants); mode++) {
		int inside, below, outside;

		memset(seen, 0, sizeof(*seen));
		seen->mode = mode;
		outside = call_in(NULL, call);
		if (*runs)
			test_diag("%s ran outside", hook);
		inside = call_in(dir, call);
		below = call_in(sub, call);
		if (!outside && inside == wants[mode] && below == wants[mode] && *runs >= 2)
			good++;
		else
			test_diag("%s, mode %d: errno %d inside, %d below, %d outside, %d runs",
				  hook, mode, inside, below, outside, *runs);
	}
	test_ok(good == ARRAY_SIZE(wants), "%s: %s inside the cgroup only", path_name, hook);
	if (have_slots()) {
		struct hook now = read_hook(hook);
		bool slots = !strcmp(path_name, "slots");

		test_ok(now.armed && now.attached == slots && now.trampoline == !slots,
			"%s: %s in the hook table", path_name, hook);
	}
	close(link);
	memset(seen, 0, sizeof(*seen));
	seen->mode = CGROUP_DENY;
	test_ok(call_in(dir, call) == 0 && !*runs, "%s: %s detached with its link",
		path_name, hook);
}

/* Two programs in the hierarchy: both run, and one denial is enough. */
static void test_two(void)
{
	int link = attach_cgroup(skel->progs.bind, dir);
	int second = attach_cgroup(skel->progs.bind_second, sub);

	memset(seen, 0, sizeof(*seen));
	test_ok(call_in(sub, try_bind) == 0 && seen->bind_runs == 1 && seen->second_runs == 1,
		"%s: programs of both cgroups run", path_name);
	seen->second_mode = CGROUP_RETVAL;
	test_ok(call_in(sub, try_bind) == EDOM && call_in(dir, try_bind) == 0,
		"%s: the inner one denies below it", path_name);
	close(link);
	test_ok(call_in(sub, try_bind) == EDOM, "%s: and without the outer one", path_name);
	close(second);
	test_ok(call_in(sub, try_bind) == 0, "%s: both detached", path_name);
}

/* With an LSM program attached before or after: the newest denial counts. */
static void test_mac(bool mac_first)
{
	const char *order = mac_first ? "before" : "after";
	int mac = -1, link = -1;

	for (int i = 0; i < 2; i++) {
		if (i != mac_first)
			mac = bpf_link_create(bpf_program__fd(skel->progs.mac_bind), 0,
					      BPF_LSM_MAC, NULL);
		else
			link = attach_cgroup(skel->progs.bind, dir);
	}
	settled_link(mac);
	memset(seen, 0, sizeof(*seen));
	test_ok(call_in(dir, try_bind) == 0 && seen->mac_runs == 1 && seen->bind_runs == 1,
		"%s: with an LSM program attached %s, both run", path_name, order);
	seen->mode = CGROUP_DENY;
	test_ok(call_in(dir, try_bind) == EPERM && call_in(NULL, try_bind) == 0,
		"%s: %s: the cgroup's denies inside", path_name, order);
	seen->mac_verdict = 1;
	seen->mac_runs = 0;
	seen->bind_runs = 0;
	test_ok(call_in(dir, try_bind) == (mac_first ? EPERM : EACCES) &&
		seen->mac_runs == !mac_first && seen->bind_runs == mac_first,
		"%s: %s: both deny, the newer one has the verdict", path_name, order);
	test_ok(call_in(NULL, try_bind) == EACCES, "%s: %s: the LSM program denies outside",
		path_name, order);
	close(mac);
	seen->mac_runs = 0;
	test_ok(call_in(dir, try_bind) == EPERM && !seen->mac_runs,
		"%s: %s: the LSM program detached", path_name, order);
	close(link);
	test_ok(call_in(dir, try_bind) == 0, "%s: %s: both detached", path_name, order);
}

static void make_cgroups(void)
{
	if (mkdir(dir, 0755) || mkdir(sub, 0755))
		test_bail("cannot make %s", sub);
}

/* A cgroup whose tasks have just ended may be busy for a moment. */
static void remove_cgroups(void)
{
	for (int i = 0; i < 100 && rmdir(sub) && errno == EBUSY; i++)
		pause_ms(20);
	for (int i = 0; i < 100 && rmdir(dir) && errno == EBUSY; i++)
		pause_ms(20);
	if (!access(dir, F_OK))
		test_bail("cannot remove %s", dir);
}

static void test_removal(void)
{
	int link = attach_cgroup(skel->progs.bind, dir);
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &size) || !info.cgroup.cgroup_id)
		test_bail("no cgroup in the link's information");
	remove_cgroups();
	for (int i = 0; i < 250 && info.cgroup.cgroup_id; i++) {
		pause_ms(20);
		size = sizeof(info);
		bpf_obj_get_info_by_fd(link, &info, &size);
	}
	test_ok(info.cgroup.cgroup_id == 0, "%s: detached with its cgroup", path_name);
	if (have_slots()) {
		struct hook hook = read_hook("socket_bind");

		/* The link lets go of the cgroup before it lets go of the hook. */
		for (int i = 0; i < 250 && hook.armed; i++) {
			pause_ms(20);
			hook = read_hook("socket_bind");
		}
		test_ok(!hook.armed && !hook.attached && !hook.trampoline,
			"%s: and the hook is not armed any more", path_name);
	}
	close(link);
}

static void test_path(bool slots)
{
	path_name = slots ? "slots" : "trampoline";
	switch_slots(slots);
	make_cgroups();
	test_hook(skel->progs.create, "socket_create", try_create, &seen->create_runs);
	test_hook(skel->progs.bind, "socket_bind", try_bind, &seen->bind_runs);
	test_hook(skel->progs.stream_connect, "unix_stream_connect", try_connect,
		  &seen->connect_runs);
	test_two();
	test_mac(true);
	test_mac(false);
	test_removal();
}

int main(void)
{
	if (!mkdtemp(root) || mount("none", root, "cgroup2", 0, NULL))
		test_bail("cannot mount cgroup2");
	snprintf(dir, sizeof(dir), "%s/lsmslot-test", root);
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	skel = cgroup_bpf__open_and_load();
	if (!skel)
		test_bail("cannot load the programs");
	seen = skel->bss;
	test_path(false);
	if (have_slots())
		test_path(true);
	else
		test_skip("kernel has no LSM slots: the trampoline only");
	cgroup_bpf__destroy(skel);
	umount(root);
	rmdir(root);
	return test_done();
}
