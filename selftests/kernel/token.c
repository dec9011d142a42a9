// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * BPF tokens: root of a user namespace loads an LSM program only with a token
 * that has both this program type and this attach type.  What it loads then
 * runs for the whole system.  A token is good for nothing else that concerns
 * LSM links.
 *
 * Who gives a token: a BPF file system is opened in the user namespace, and
 * made with its delegate_ options from outside.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "linkctl.h"
#include "record.h"
#include "subjects.h"


/* include/uapi/linux/bpf.h, since 6.9; the system's may be older. */
#define TOKEN_CREATE	36		/* BPF_TOKEN_CREATE */
#define F_TOKEN_FD	(1U << 16)	/* BPF_F_TOKEN_FD */
#define BIT_OF(n)	(1ULL << (n))

/* fsconfig(2) */
#define SET_STRING	1
#define CMD_CREATE	6

struct delegation {
	const char *name;
	__u64 cmds, progs, attachs;
	int token;		/* what becomes of BPF_TOKEN_CREATE */
	int load;		/* of loading with it */
};

static const struct delegation delegations[] = {
	{ "nothing", 0, 0, 0, -ENOENT, -EPERM },
	{ "loading of socket filters", BIT_OF(BPF_PROG_LOAD), BIT_OF(BPF_PROG_TYPE_SOCKET_FILTER),
	  ~0ULL, 0, -EPERM },
	{ "loading of LSM programs for other attach types", BIT_OF(BPF_PROG_LOAD),
	  BIT_OF(BPF_PROG_TYPE_LSM), BIT_OF(BPF_LSM_CGROUP), 0, -EPERM },
	{ "LSM programs without BPF_PROG_LOAD", BIT_OF(BPF_MAP_CREATE),
	  BIT_OF(BPF_PROG_TYPE_LSM), BIT_OF(BPF_LSM_MAC), 0, -EPERM },
	{ "loading of LSM programs", BIT_OF(BPF_PROG_LOAD), BIT_OF(BPF_PROG_TYPE_LSM),
	  BIT_OF(BPF_LSM_MAC), 0, 0 },
};

/* What the child reports, errnos as they are. */
struct report {
	int token, load, attach, query, seal, by_id;
};

static int hook_id;
static __u32 others_link;

static void send_fd(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	if (sendmsg(socket, &msg, 0) != 1)
		_exit(90);
}

static int receive_fd(int socket)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte;
	struct iovec data = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(socket, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* Root of a user namespace with file systems of its own. */
static bool become_root_there(void)
{
	return become_user(0) && enter_userns(SUBJECT_USER) && !unshare(CLONE_NEWNS);
}

static int create_token(int root)
{
	struct {
		__u32 flags, bpffs_fd;
	} attr = { .bpffs_fd = root };

	return bpf_call(TOKEN_CREATE, &attr, sizeof(attr));
}

/* A program that denies fgetxattr(), and nothing that this machine needs. */
static int load_with(int token)
{
	static const struct bpf_insn insns[] = { MOV_IMM(0, -EKEYREJECTED), EXIT() };
	union {
		union bpf_attr bpf;
		char room[256];
	} attr = {};

	attr.bpf.prog_type = BPF_PROG_TYPE_LSM;
	attr.bpf.expected_attach_type = BPF_LSM_MAC;
	attr.bpf.attach_btf_id = hook_id;
	attr.bpf.insns = (unsigned long)insns;
	attr.bpf.insn_cnt = ARRAY_SIZE(insns);
	attr.bpf.license = (unsigned long)"GPL";
	if (token >= 0) {
		attr.bpf.prog_flags = F_TOKEN_FD;
		/* prog_token_fd is the next but one behind core_relo_rec_size. */
		memcpy(attr.room + offsetof(union bpf_attr, core_relo_rec_size) + 8, &token, 4);
	}
	return bpf_call(BPF_PROG_LOAD, &attr, offsetof(union bpf_attr, core_relo_rec_size) + 12);
}

static void child(int socket)
{
	struct hook_list list;
	struct report report;
	int fs, mount, root, program, link;
	char byte;

	if (!become_root_there())
		_exit(91);
	fs = syscall(SYS_fsopen, "bpf", 0);
	if (fs < 0)
		_exit(92);
	send_fd(socket, fs);
	if (read(socket, &byte, 1) != 1)
		_exit(93);
	mount = syscall(SYS_fsmount, fs, 0, 0);
	root = openat(mount, ".", O_RDONLY | O_DIRECTORY);
	if (root < 0)
		_exit(94);
	report.token = create_token(root);
	program = load_with(report.token);
	link = program < 0 ? -ENOENT : link_attach_at(program, 0, 0, 0);
	report.token = report.token < 0 ? report.token : 0;
	report.load = program < 0 ? program : 0;
	report.attach = link < 0 ? link : 0;
	report.query = hook_query(hook_id, &list);
	report.seal = link < 0 ? -EPERM : link_seal(link);
	report.by_id = bpf_link_get_fd_by_id(others_link) < 0 ? -errno : 0;
	if (write(socket, &report, sizeof(report)) != sizeof(report))
		_exit(95);
	/* The parent looks at what is attached, and lets go. */
	if (read(socket, &byte, 1) != 1)
		_exit(96);
	_exit(0);
}

static bool set_option(int fs, const char *option, __u64 bits)
{
	char text[32];

	snprintf(text, sizeof(text), "%#llx", (unsigned long long)bits);
	return !syscall(SYS_fsconfig, fs, SET_STRING, option, text, 0);
}

static int denied_here(void)
{
	char value;

	return getxattr("/", "user.token", &value, 1) < 0 ? -errno : 0;
}

static void delegate(const struct delegation *d)
{
	bool lsm = !d->load;
	struct report report;
	int sockets[2], status, fs, here;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		test_bail("no sockets");
	pid = fork();
	if (!pid)
		child(sockets[1]);
	close(sockets[1]);
	fs = receive_fd(sockets[0]);
	if (fs < 0 || !set_option(fs, "delegate_cmds", d->cmds) ||
	    !set_option(fs, "delegate_progs", d->progs) ||
	    !set_option(fs, "delegate_attachs", d->attachs) ||
	    syscall(SYS_fsconfig, fs, CMD_CREATE, NULL, NULL, 0) || write(sockets[0], "", 1) != 1 ||
	    read(sockets[0], &report, sizeof(report)) != sizeof(report)) {
		waitpid(pid, &status, 0);
		test_bail("the child did not report (%d)", WEXITSTATUS(status));
	}
	here = denied_here();
	test_ok(report.token == d->token, "%s: BPF_TOKEN_CREATE: %s (got %s)", d->name,
		strerror(-d->token), strerror(-report.token));
	test_ok(report.load == d->load, "%s: loading an LSM program: %s (got %s)", d->name,
		strerror(-d->load), strerror(-report.load));
	test_ok((here == -EKEYREJECTED) == lsm && (!lsm || !report.attach),
		"%s: %s", d->name, lsm ? "it runs outside of the user namespace too" :
		"nothing is attached");
	test_ok(report.query == -EPERM && report.seal == -EPERM && report.by_id == -EPERM,
		"%s: neither query nor seal nor links of others", d->name);
	if (write(sockets[0], "", 1) != 1)
		test_bail("the child is gone");
	waitpid(pid, &status, 0);
	close(sockets[0]);
	close(fs);
}

/* Who may give a token: not the user namespace itself. */
static void delegate_oneself(bool option)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		int fs, err;

		if (!become_root_there())
			_exit(91);
		fs = syscall(SYS_fsopen, "bpf", 0);
		if (fs < 0)
			_exit(92);
		if (option)
			err = !set_option(fs, "delegate_progs", BIT_OF(BPF_PROG_TYPE_LSM));
		else
			err = syscall(SYS_fsconfig, fs, CMD_CREATE, NULL, NULL, 0);
		_exit(err ? errno : 0);
	}
	waitpid(pid, &status, 0);
	test_ok(WIFEXITED(status) && WEXITSTATUS(status) == EPERM,
		"a user namespace %s: %s (got %s)", option ? "delegates nothing to itself" :
		"makes no BPF file system by itself", strerror(EPERM),
		strerror(WEXITSTATUS(status)));
}

int main(void)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT() };
	int link;

	if (!have_link_order()) {
		test_skip("kernel has no LSM slots");
		return test_done();
	}
	switch_slots(true);
	hook_id = hook_btf_id("inode_getxattr");
	link = attach_program(load_for_hook("settime", insns, 2));
	others_link = link_id_of(link);
	delegate_oneself(true);
	delegate_oneself(false);
	for (size_t i = 0; i < ARRAY_SIZE(delegations); i++)
		delegate(&delegations[i]);
	close(link);
	return test_done();
}
