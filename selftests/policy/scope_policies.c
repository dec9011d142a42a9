// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Scope, for every policy: something that it denies is denied in the listed
 * cgroup and below, and nowhere else; a process that moves takes the scope of
 * where it is.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <lsmslot/kmod_lock.h>
#include <lsmslot/mount_guard.h>
#include <lsmslot/protect_files.h>

#include "cgroups.h"
#include "exec.h"
#include "kmod_lock_module.h"
#include "ways.h"

#define TEST_FILE TEST_ROOT "/file"
#define AT TEST_ROOT "/at"
#define IN TEST_CGROUP "/in"
#define BELOW TEST_CGROUP "/in/below"
#define BESIDE TEST_CGROUP "/inner"

static struct module_image module;
static pid_t other;		/* a process that waits */
static int detached[8];	/* mounts that are in no place yet */

/* --- What the policies deny ----------------------------------------------- */

static int try_exec(void)
{
	struct blob blob = blob_read("/proc/self/exe");
	int fd = memfd_create("payload", MFD_CLOEXEC);

	if (fd < 0 || write(fd, blob.data, blob.size) != (ssize_t)blob.size)
		return CHILD_FAILED;
	return exec_fd(fd);
}

static int try_module(void)
{
	if (syscall(SYS_init_module, module.data, module.size, ""))
		return -errno;
	return result(syscall(SYS_delete_module, "lsmslot_scope", O_NONBLOCK));
}

static int try_attach(void)
{
	int err = result(ptrace(PTRACE_ATTACH, other, 0, 0));

	if (err)
		return err;
	waitpid(other, NULL, __WALL);
	return result(ptrace(PTRACE_DETACH, other, 0, 0));
}

/* The child asks, its parent is the tracer. */
static int try_traceme(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, 0, 0));
}

static int try_mount(void)
{
	return result(mount("test", AT, "ramfs", 0, NULL));
}

static int try_umount(void)
{
	return result(umount2(AT "/mounted", 0));
}

static void make_detached(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(detached); i++) {
		int fs = syscall(SYS_fsopen, "ramfs", 0);

		if (detached[i])
			close(detached[i]);
		if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
			test_bail("cannot make a file system");
		detached[i] = syscall(SYS_fsmount, fs, 0, 0);
		if (detached[i] < 0)
			test_bail("no detached mount");
		close(fs);
	}
}

/* A try that works takes one of them, and the kernel says EINVAL for that. */
static int try_attach_mount(void)
{
	int err = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(detached); i++) {
		err = result(syscall(SYS_move_mount, detached[i], "", AT_FDCWD, AT,
				     4 /* MOVE_MOUNT_F_EMPTY_PATH */));
		if (err != -EINVAL)
			break;
	}
	return err;
}

static int try_namespace(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int try_code(void)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return map == MAP_FAILED ? -errno : 0;
}

static int try_read(void)
{
	return result(open(TEST_FILE, O_RDONLY));
}

static int try_write(void)
{
	return result(open(TEST_FILE, O_WRONLY));
}

static int try_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	return result(connect(fd, (void *)&to, sizeof(to)));
}

static int try_packet(void)
{
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int try_bpf(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_LSM_MAC);
	int fd;

	opts.attach_btf_id = libbpf_find_vmlinux_btf_id("file_open", BPF_LSM_MAC);
	fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "try", "GPL", nothing,
			   ARRAY_SIZE(nothing), &opts);
	return fd < 0 ? -errno : 0;
}

/* --- The policies --------------------------------------------------------- */

static void list_file(struct policy *policy, const char *map)
{
	struct lsmslot_inode_id id = inode_id(TEST_FILE, 0);
	__u32 one = 1;

	map_set(policy_map(policy, map), &id, &one);
}

static void list_secret(struct policy *policy)
{
	list_file(policy, "files");
}

static void list_protected(struct policy *policy)
{
	list_file(policy, "protected");
}

#define SUBJECT(policy, text, function, ...) \
	{ .name = policy, .what = text, .try = function, ##__VA_ARGS__ }

static const struct subject {
	const char *name, *what;
	int (*try)(void);
	void (*setup)(struct policy *policy);
	void (*prepare)(void);	/* before the policy, and before the moves */
	const char *constant;	/* to be set */
} subjects[] = {
	SUBJECT("exec_guard", "a memfd", try_exec),
	SUBJECT("kmod_lock", "init_module", try_module),
	SUBJECT("ptrace_guard", "PTRACE_ATTACH", try_attach),
	SUBJECT("ptrace_guard", "PTRACE_TRACEME", try_traceme),
	SUBJECT("mount_guard", "mount", try_mount),
	SUBJECT("mount_guard", "move_mount of what was made outside", try_attach_mount,
		.prepare = make_detached),
	SUBJECT("mount_guard", "umount", try_umount, .constant = "deny_umount"),
	SUBJECT("userns_guard", "unshare", try_namespace),
	SUBJECT("wx_guard", "mmap", try_code),
	SUBJECT("secrets_guard", "open", try_read, .setup = list_secret),
	SUBJECT("protect_files", "open for writing", try_write, .setup = list_protected),
	SUBJECT("net_egress", "connect", try_connect),
	SUBJECT("net_egress", "packet socket", try_packet),
	SUBJECT("bpf_guard", "loading an LSM program", try_bpf),
};

static const char *cgroup_of_try;
static int (*try_in_cgroup)(void);

static int move_and_try(void)
{
	if (cgroup_of_try)
		move_to(cgroup_of_try);
	return try_in_cgroup();
}

/* In @cgroup, or where the test is if it is NULL. */
static int try_in(const struct subject *subject, const char *cgroup)
{
	cgroup_of_try = cgroup;
	try_in_cgroup = subject->try;
	return in_child(move_and_try);
}

static const struct subject *moving;
static int moved_err[4];

/* Tries from children of its own, which are where it is. */
static int move_about(void)
{
	static const char *const way[] = { NULL, BELOW, TEST_CGROUP, IN };

	for (int i = 0; i < 4; i++) {
		if (way[i])
			move_to(way[i]);
		moved_err[i] = try_in(moving, NULL);
	}
	return moved_err[0] || moved_err[1] != -EPERM || moved_err[2] ||
	       moved_err[3] != -EPERM;
}

static void scope_run(const struct subject *subject)
{
	const char *name = subject->name, *what = subject->what;
	int outside, beside, above, inside, below, err;
	struct policy policy;
	__u64 denied;

	if (subject->prepare)
		subject->prepare();
	err = try_in(subject, IN);
	if (err == -EOPNOTSUPP) {
		test_skip("%s: this kernel cannot: %s", name, what);
		return;
	}
	test_ok(!err, "%s, %s: works without the policy", name, what);
	policy_open(&policy, name);
	policy_constant(&policy, "lsmslot_scoped", true);
	if (subject->constant)
		policy_constant(&policy, subject->constant, true);
	policy_start(&policy);
	if (subject->setup)
		subject->setup(&policy);
	test_ok(!try_in(subject, IN) && !try_in(subject, NULL),
		"%s, %s: empty scope: nowhere", name, what);
	scope_add(&policy, IN);
	outside = try_in(subject, NULL);
	beside = try_in(subject, BESIDE);
	above = try_in(subject, TEST_CGROUP);
	denied = policy_counter(&policy, LSMSLOT_DENIED);
	if (!test_ok(!outside && !beside && !above && !denied,
		     "%s, %s: outside of the cgroup: allowed, nothing counted", name, what))
		test_diag("elsewhere: %d, beside: %d, above: %d, counted: %llu", outside,
			  beside, above, denied);
	inside = try_in(subject, IN);
	below = try_in(subject, BELOW);
	denied = policy_counter(&policy, LSMSLOT_DENIED);
	if (!test_ok(inside == -EPERM && below == -EPERM && denied >= 2,
		     "%s, %s: in the cgroup and below: denied and counted", name, what))
		test_diag("in it: %d, below: %d, counted: %llu", inside, below, denied);
	scope_remove(&policy, IN);
	if (subject->prepare)
		subject->prepare();
	scope_add(&policy, IN);
	moving = subject;
	test_ok(!in_child(move_about), "%s, %s: a process that moves in and out", name, what);
	scope_remove(&policy, IN);
	test_ok(!try_in(subject, IN), "%s, %s: taken out of the scope: allowed", name, what);
	policy_detach(&policy);
}

/* With a scope the kernel's requests are held to the list without deny_autoload. */
static int request(void)
{
	return socket(AF_X25, SOCK_SEQPACKET, 0) < 0 ? 0 : CHILD_FAILED;
}

static void module_requests(void)
{
	const struct subject subject = { .try = request };
	char name[KMOD_LOCK_NAME_SIZE] = "net-pf-9";
	struct policy policy;
	__u64 out, in, listed;
	__u32 one = 1;

	policy_attach_scoped(&policy, "kmod_lock");
	scope_add(&policy, IN);
	try_in(&subject, NULL);
	out = policy_counter(&policy, LSMSLOT_DENIED);
	try_in(&subject, IN);
	in = policy_counter(&policy, LSMSLOT_DENIED);
	map_set(policy_map(&policy, "modules"), name, &one);
	try_in(&subject, IN);
	listed = policy_counter(&policy, LSMSLOT_DENIED);
	policy_detach(&policy);
	if (!test_ok(!out && in == 1 && listed == 1,
		     "kmod_lock, a request for a module: denied in the scope unless listed"))
		test_diag("outside: %llu, inside: %llu, listed: %llu", out, in, listed);
}

int main(int argc, char **argv)
{
	exec_payload(argc, argv);
	files_init();
	cgroups_init();
	if (unshare(CLONE_NEWNET))
		test_bail("cannot have a network name space");
	sh("ip link set lo up && mkdir " AT);
	file_write(TEST_FILE, "x", 1, 0644);
	mount_tmpfs(AT "/mounted");
	module_make(&module, "lsmslot_scope", false);
	other = fork();
	if (!other)
		for (;;)
			pause();
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		scope_run(&subjects[i]);
	module_requests();
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	cgroups_done();
	return test_done();
}
