// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ways to attach and what the kernel tells about it: both commands, the same
 * program twice, again after a detach, pins, and who may.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "record.h"

#define HOOK	"task_prctl"

static const char *path_name;
static int program;

static bool denies(void)
{
	int ret;

	record_on();
	ret = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	record_off();
	return ret == -1 && errno == EACCES;
}

static int attach_link_create(void)
{
	return bpf_link_create(program, 0, BPF_LSM_MAC, NULL);
}

static int attach_raw_tracepoint(void)
{
	return bpf_raw_tracepoint_open(NULL, program);
}

static void test_way(int (*attach)(void), int (*again)(void), const char *name)
{
	int link, second;

	test_ok(!denies(), "%s, %s: nothing denied before", path_name, name);
	link = attach();
	if (!test_ok(link >= 0, "%s, %s: attached", path_name, name))
		return;
	settled_link(link);
	test_ok(denies(), "%s, %s: denied", path_name, name);
	errno = 0;
	second = attach();
	test_ok(second < 0 && errno == EBUSY, "%s, %s: a second time: EBUSY", path_name, name);
	errno = 0;
	second = again();
	test_ok(second < 0 && errno == EBUSY, "%s, %s: nor the other way", path_name, name);
	test_ok(denies(), "%s, %s: still denied", path_name, name);
	close(link);
	test_ok(!denies(), "%s, %s: not denied after the detach", path_name, name);
	link = attach();
	test_ok(link >= 0 && denies(), "%s, %s: attached again", path_name, name);
	close(link);
	test_ok(!denies(), "%s, %s: detached again", path_name, name);
}

/* The switch in between must not let the same program on twice. */
static void test_twice_on_both(void)
{
	int link, second;

	if (!have_slots())
		return;
	for (int first = 0; first <= 1; first++) {
		switch_slots(first);
		link = attach_link_create();
		switch_slots(!first);
		errno = 0;
		second = attach_link_create();
		test_ok(link >= 0 && second < 0 && errno == EBUSY,
			"a program %s is not attached %s as well",
			first ? "in a slot" : "on the trampoline",
			first ? "to the trampoline" : "to a slot");
		if (second >= 0)
			close(second);
		close(link);
	}
}

static void test_info(void)
{
	union {
		struct bpf_link_info info;
		char bytes[256];
	} link_info = {};
	struct bpf_link_info *info = &link_info.info;
	__u32 size = sizeof(link_info), short_size;
	int link = attach_link_create();
	struct bpf_prog_info prog_info = {};

	settled_link(link);
	bpf_obj_get_info_by_fd(link, info, &size);
	test_ok(info->type == BPF_LINK_TYPE_TRACING && info->id > 0 &&
		info->tracing.attach_type == BPF_LSM_MAC &&
		info->tracing.target_btf_id == (__u32)hook_btf_id(HOOK) &&
		info->tracing.target_obj_id > 0,
		"%s: the link's information is that of a tracing link", path_name);
	size = sizeof(prog_info);
	bpf_obj_get_info_by_fd(program, &prog_info, &size);
	test_ok(info->prog_id == prog_info.id, "%s: and names the program", path_name);
	short_size = offsetof(struct bpf_link_info, tracing) + 12;
	memset(&link_info, 0xee, sizeof(link_info));
	memset(&link_info, 0, short_size);
	test_ok(!bpf_obj_get_info_by_fd(link, info, &short_size) &&
		info->tracing.target_btf_id == (__u32)hook_btf_id(HOOK) &&
		(unsigned char)link_info.bytes[short_size] == 0xee,
		"%s: an older program's shorter structure is not overrun", path_name);
	close(link);
}

static void test_pin(void)
{
	char dir[] = "/tmp/attach_ways.XXXXXX", pin[64];
	int link;

	if (!mkdtemp(dir) || mount("none", dir, "bpf", 0, NULL))
		test_bail("cannot mount a BPF file system");
	snprintf(pin, sizeof(pin), "%s/link", dir);
	link = attach_link_create();
	if (bpf_obj_pin(link, pin))
		test_bail("cannot pin");
	close(link);
	test_ok(denies(), "%s: a pinned link outlives its descriptor", path_name);
	link = bpf_obj_get(pin);
	test_ok(link >= 0, "%s: and can be had from the pin", path_name);
	unlink(pin);
	test_ok(denies(), "%s: a descriptor outlives the pin", path_name);
	close(link);
	test_ok(!denies(), "%s: the last one closed detaches", path_name);
	umount(dir);
	rmdir(dir);
}

static bool bpftool_lists(const char *object, __u32 id, const char *text)
{
	char command[128], line[512];
	bool found = false;
	FILE *out;

	snprintf(command, sizeof(command), "bpftool %s show id %u", object, id);
	out = popen(command, "r");
	while (out && fgets(line, sizeof(line), out))
		if (strstr(line, text))
			found = true;
	return out && pclose(out) == 0 && found;
}

static void test_bpftool(void)
{
	struct bpf_link_info link_info = {};
	struct bpf_prog_info prog_info = {};
	__u32 size = sizeof(link_info);
	int link;

	if (system("bpftool version >/dev/null 2>&1")) {
		test_skip("no bpftool here");
		return;
	}
	link = attach_link_create();
	bpf_obj_get_info_by_fd(link, &link_info, &size);
	size = sizeof(prog_info);
	bpf_obj_get_info_by_fd(program, &prog_info, &size);
	test_ok(bpftool_lists("link", link_info.id, "lsm_mac"),
		"%s: bpftool shows the link", path_name);
	test_ok(bpftool_lists("prog", prog_info.id, "lsm"),
		"%s: bpftool shows the program", path_name);
	close(link);
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = {};

	if (syscall(SYS_capset, &head, none))
		_exit(255);
}

static int load_without(void)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT() };
	int id = hook_btf_id(HOOK), fd;
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = BPF_LSM_MAC, .attach_btf_id = id);

	drop_capabilities();
	fd = bpf_prog_load(BPF_PROG_TYPE_LSM, HOOK, "GPL", insns, 2, &opts);
	return fd < 0 ? -fd : 0;
}

/* BPF asks when a program is loaded, and no more when it is attached. */
static int attach_without(void)
{
	int link;

	drop_capabilities();
	link = attach_link_create();
	return link < 0 ? errno : 0;
}

static int child_status(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(run());
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("a child did not end well");
	return WEXITSTATUS(status);
}

static void test_rights(void)
{
	test_ok(child_status(load_without) == EPERM,
		"%s: no program is loaded without capabilities", path_name);
	test_ok(child_status(attach_without) == 0,
		"%s: one that is loaded is attached without, as ever", path_name);
	test_ok(!denies(), "%s: and gone with the task", path_name);
}

static void test_path(bool slots)
{
	path_name = slots ? "slots" : "trampoline";
	switch_slots(slots);
	test_way(attach_link_create, attach_raw_tracepoint, "BPF_LINK_CREATE");
	test_way(attach_raw_tracepoint, attach_link_create, "BPF_RAW_TRACEPOINT_OPEN");
	test_info();
	test_pin();
	test_bpftool();
	test_rights();
}

int main(void)
{
	record_open();
	record->result[0] = -EACCES;
	program = record_program(HOOK, 1);
	test_path(false);
	if (have_slots())
		test_path(true);
	else
		test_skip("kernel has no LSM slots: the trampoline only");
	test_twice_on_both();
	if (have_slots())
		switch_slots(true);
	return test_done();
}
