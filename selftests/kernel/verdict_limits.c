// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a program's verdict does not do, as docs/security.md says: programs in
 * front of it and switches that undo a denial, a verdict that grants, a hook
 * that asks when all is done.  And maps that even root does not write.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

#include "linkctl.h"
#include "record.h"

#define FTRACE	"/proc/sys/kernel/ftrace_enabled"

static int prctl_asked(void)
{
	return RECORDED(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static bool ran(const char *want)
{
	char ids[RECORD_MAX + 1];

	record_text(ids);
	record_clear();
	if (!strcmp(ids, want))
		return true;
	test_diag("\"%s\" ran, wanted \"%s\"", ids, want);
	return false;
}

/* A hook whose result is not 0 if nobody has an opinion. */
static void in_front(bool slots)
{
	const char *where = slots ? "slots" : "trampoline";
	int behind, front, denier, other;

	switch_slots(slots);
	denier = record_program("task_prctl", 1);
	other = record_program("task_prctl", 2);
	record->result[0] = -EACCES;
	record->result[1] = 0;
	behind = attach_program(denier);
	front = attach_program(other);
	record_clear();
	test_ok(prctl_asked() == -EACCES && ran("21"), "%s: 0 in front of a denial: denied", where);
	record->result[1] = -ENOSYS;
	test_ok(!prctl_asked() && ran("2"),
		"%s: the hook's default in front of a denial: allowed", where);
	close(front);
	if (slots) {
		front = link_attach_at(other, LINK_AFTER, 0, 0);
		test_ok(front >= 0 && prctl_asked() == -EACCES && ran("1"),
			"%s: the same behind it: denied", where);
		close(front);
	}
	close(behind);
	close(other);
	close(denier);
	record_clear();
	record->result[0] = record->result[1] = 0;
}

static int try_param(void)
{
	int fs = syscall(SYS_fsopen, "tmpfs", 0);
	int err;

	if (fs < 0)
		test_bail("cannot fsopen");
	err = RECORDED(syscall(SYS_fsconfig, fs, 1 /* FSCONFIG_SET_STRING */, "size", "4096", 0));
	close(fs);
	return err;
}

static void in_front_of_param(void)
{
	int denier = record_program("fs_context_parse_param", 1);
	int other = record_program("fs_context_parse_param", 2);
	int behind, front;

	switch_slots(true);
	record->result[0] = -EACCES;
	record->result[1] = -519;	/* ENOPARAM */
	behind = attach_program(denier);
	test_ok(try_param() == -EACCES, "fs_context_parse_param: denied");
	front = attach_program(other);
	test_ok(!try_param(), "fs_context_parse_param: its default in front: allowed");
	close(front);
	close(behind);
	close(other);
	close(denier);
	record_clear();
	record->result[0] = record->result[1] = 0;
}

/* kernel.ftrace_enabled takes trampolines out of functions, and calls of slots not. */
static void ftrace_switch(bool slots)
{
	int denier = record_program("task_prctl", 1), link, err, off, on;

	switch_slots(slots);
	record->result[0] = -EACCES;
	link = attach_program(denier);
	settled_link(link);
	on = prctl_asked();
	err = write_text(FTRACE, "0");
	off = prctl_asked();
	write_text(FTRACE, "1");
	if (err)
		test_skip("%s: %s", FTRACE, strerror(-err));
	else if (slots)
		test_ok(on == -EACCES && off == -EACCES && prctl_asked() == -EACCES,
			"slots: kernel.ftrace_enabled=0: denied");
	else
		test_ok(on == -EACCES && !off && prctl_asked() == -EACCES,
			"trampoline: kernel.ftrace_enabled=0: allowed");
	close(link);
	close(denier);
	record_clear();
	record->result[0] = 0;
}

/* The capabilities' own hook comes first, and does what prctl() asks for. */
static void done_already(void)
{
	int denier = record_program("task_prctl", 1), link, err, is;

	switch_slots(true);
	prctl(PR_SET_KEEPCAPS, 0);
	record->result[0] = -EACCES;
	link = attach_program(denier);
	err = RECORDED(prctl(PR_SET_KEEPCAPS, 1));
	close(link);
	close(denier);
	record->result[0] = 0;
	is = prctl(PR_GET_KEEPCAPS);
	test_ok(err == -EACCES && is == 1, "PR_SET_KEEPCAPS: denied, and done");
	prctl(PR_SET_KEEPCAPS, 0);
}

static int settime_asked(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return RECORDED(clock_settime(CLOCK_REALTIME, &now));
}

/* They may also deny, and then no program is asked. */
static void denied_already(void)
{
	int denier = record_program("settime", 1), link, status;
	pid_t pid;

	switch_slots(true);
	record->result[0] = -EACCES;
	link = attach_program(denier);
	record_clear();
	test_ok(settime_asked() == -EACCES && ran("1"), "settime with the capability: denied");
	pid = fork();
	if (!pid)
		_exit(setuid(1234) ? 255 : -settime_asked());
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("a child did not end well");
	test_ok(WEXITSTATUS(status) == EPERM && ran(""), "without: the program is not asked");
	close(link);
	close(denier);
	record->result[0] = 0;
}

static int set_xattr_as_user(const char *path)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setgroups(0, NULL) || setgid(1234) || setuid(1234))
			_exit(255);
		_exit(setxattr(path, "security.limits", "x", 1, 0) ? errno : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("a child did not end well");
	return -WEXITSTATUS(status);
}

/* One of the three hooks where 1 is a verdict: it grants. */
static void granted(void)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 1), EXIT() };
	char path[] = "/tmp/verdict_limits.XXXXXX";
	int program = load_for_hook("inode_xattr_skipcap", insns, 2), link, fd;

	fd = mkstemp(path);
	if (program < 0 || fd < 0)
		test_bail("cannot prepare");
	close(fd);
	switch_slots(true);
	test_ok(set_xattr_as_user(path) == -EPERM, "a user sets no security.* attribute");
	link = attach_program(program);
	test_ok(!set_xattr_as_user(path),
		"with a program that returns 1 on inode_xattr_skipcap any user does");
	close(link);
	close(program);
	unlink(path);
}

static void frozen(void)
{
	int map = bpf_map_create(BPF_MAP_TYPE_HASH, "frozen", 4, 4, 4, NULL), by_id;
	struct bpf_map_info info = {};
	__u32 key = 1, value = 2, size = sizeof(info);

	if (map < 0 || bpf_map_update_elem(map, &key, &value, 0) ||
	    bpf_obj_get_info_by_fd(map, &info, &size))
		test_bail("no map");
	test_ok(!bpf_map_freeze(map), "a map is frozen");
	by_id = bpf_map_get_fd_by_id(info.id);
	test_ok(bpf_map_update_elem(map, &key, &value, 0) && errno == EPERM &&
		bpf_map_delete_elem(map, &key) && errno == EPERM &&
		bpf_map_update_elem(by_id, &key, &value, 0) && errno == EPERM,
		"then root does not write it, by another descriptor neither");
	test_ok(!bpf_map_lookup_elem(map, &key, &value) && value == 2, "its entries stay");
	close(by_id);
	close(map);
}

int main(void)
{
	if (!have_link_order()) {
		test_skip("kernel has no LSM slots");
		return test_done();
	}
	record_open();
	in_front(false);
	in_front(true);
	in_front_of_param();
	ftrace_switch(false);
	ftrace_switch(true);
	done_already();
	denied_already();
	granted();
	frozen();
	switch_slots(true);
	return test_done();
}
