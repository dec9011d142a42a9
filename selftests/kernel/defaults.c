// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The 16 hooks whose result is not 0 if nobody has an opinion: with a program
 * that returns 0 attached, the hook's function still returns its default, as an
 * fexit program sees it, and the system call comes out as with no program.
 */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include <netinet/in.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/xattr.h>

#include "attempts.h"

#define ENOPARAM		519
#define LSM_ATTR_CURRENT	100
#define LSM_ID_BPF		109

static struct {
	__s64 result;
	__u64 runs;
} *seen;
static int seen_map;

struct default_hook {
	const char *name;
	int result;
	int (*run)(void);	/* NULL: nothing reaches it here */
	const char *why;
	bool disabled;		/* no LSM program can be attached */
};

static int ret_of(long ret)
{
	return ret < 0 ? -errno : 0;
}

/* An unknown option, and one that is known, must be told apart. */
static int run_prctl(void)
{
	int known = ret_of(prctl(PR_SET_NAME, "defaults", 0, 0, 0));
	int unknown = ret_of(prctl(0x6c736d37, 0, 0, 0, 0));

	return known == 0 ? unknown : -EDOM;
}

static int run_mount(void)
{
	int ret = ret_of(mount("none", "mnt", "tmpfs", 0, "size=64k,mode=700"));
	struct stat st;

	if (!ret && (stat("mnt", &st) || (st.st_mode & 0777) != 0700))
		ret = -EDOM;
	umount("mnt");
	return ret;
}

/* A file system without extended attributes. */
static int run_setsecurity(void)
{
	return ret_of(setxattr("/proc/self/status", "security.a", "b", 1, 0));
}

static int run_getsecurity(void)
{
	char value[8];

	return ret_of(getxattr("file", "security.a", value, sizeof(value)));
}

static int run_setselfattr(void)
{
	struct {
		__u64 id, flags, len, ctx_len;
		char ctx[8];
	} ctx = { LSM_ID_BPF, 0, sizeof(ctx), sizeof(ctx.ctx), "a" };

	return ret_of(syscall(460, LSM_ATTR_CURRENT, &ctx, (__u32)sizeof(ctx), 0));
}

static int run_getselfattr(void)
{
	char buffer[512];
	__u32 size = sizeof(buffer);

	return ret_of(syscall(459, LSM_ATTR_CURRENT, buffer, &size, 0));
}

/* Who sent a datagram over a UNIX socket? */
static int run_secctx(void)
{
	char control[256], byte = 1;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fds[2], ret, on = 1;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds))
		test_bail("no socket pair");
	setsockopt(fds[1], SOL_SOCKET, SO_PASSSEC, &on, sizeof(on));
	send(fds[0], &byte, 1, 0);
	ret = ret_of(recvmsg(fds[1], &message, MSG_DONTWAIT));
	close(fds[0]);
	close(fds[1]);
	return ret;
}

static int run_peersec_stream(void)
{
	int fds[2], ret;
	char name[64];
	socklen_t size = sizeof(name);

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		test_bail("no socket pair");
	ret = ret_of(getsockopt(fds[1], SOL_SOCKET, SO_PEERSEC, name, &size));
	close(fds[0]);
	close(fds[1]);
	return ret;
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!ioctl(fd, SIOCGIFFLAGS, &request)) {
		request.ifr_flags |= IFF_UP;
		ioctl(fd, SIOCSIFFLAGS, &request);
	}
	close(fd);
}

static int run_peersec_dgram(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret, on = 1;
	char control[256], byte = 1;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	socklen_t size = sizeof(name);

	setsockopt(fd, IPPROTO_IP, IP_PASSSEC, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&name, size) ||
	    getsockname(fd, (struct sockaddr *)&name, &size) ||
	    sendto(fd, &byte, 1, 0, (struct sockaddr *)&name, size) != 1)
		test_bail("no datagram to myself");
	ret = ret_of(recvmsg(fd, &message, 0));
	close(fd);
	return ret;
}

/* Writing to a file of the lower layer copies it and its attributes up. */
static int run_copy_up(void)
{
	int fd, ret;

	if (mount("none", "mnt", "tmpfs", 0, NULL) || mkdir("mnt/l", 0755) ||
	    mkdir("mnt/u", 0755) || mkdir("mnt/w", 0755) || mkdir("mnt/o", 0755))
		test_bail("cannot prepare an overlay");
	close(check_fd(open("mnt/l/f", O_CREAT | O_WRONLY | O_CLOEXEC, 0644)));
	setxattr("mnt/l/f", "trusted.a", "b", 1, 0);
	if (mount("none", "mnt/o", "overlay", 0,
		  "lowerdir=mnt/l,upperdir=mnt/u,workdir=mnt/w"))
		test_bail("cannot mount an overlay");
	fd = open("mnt/o/f", O_WRONLY | O_CLOEXEC);
	ret = ret_of(fd);
	if (fd >= 0)
		close(fd);
	umount("mnt/o");
	umount("mnt");
	return ret;
}

static const struct default_hook hooks[] = {
	{ "task_prctl", -ENOSYS, run_prctl, NULL, false },
	{ "fs_context_parse_param", -ENOPARAM, run_mount, NULL, false },
	{ "inode_setsecurity", -EOPNOTSUPP, run_setsecurity, NULL, false },
	{ "setselfattr", -EOPNOTSUPP, run_setselfattr, NULL, false },
	{ "secid_to_secctx", -EOPNOTSUPP, run_secctx,
	  "another LSM has an answer", false },
	{ "socket_getpeersec_stream", -ENOPROTOOPT, run_peersec_stream,
	  "another LSM has an answer", false },
	{ "socket_getpeersec_dgram", -ENOPROTOOPT, run_peersec_dgram, NULL, false },
	{ "inode_getsecurity", -EOPNOTSUPP, run_getsecurity, NULL, true },
	{ "getselfattr", -EOPNOTSUPP, run_getselfattr, NULL, true },
	{ "inode_copy_up_xattr", -EOPNOTSUPP, run_copy_up, NULL, true },
	{ "inode_init_security", -EOPNOTSUPP, NULL,
	  "no LSM with security attributes is on", false },
	{ "dentry_init_security", -EOPNOTSUPP, NULL, "only network file systems", false },
	{ "inode_getsecctx", -EOPNOTSUPP, NULL, "only the NFS server", false },
	{ "xfrm_state_pol_flow_match", 1, NULL, "needs IPsec transforms", false },
	{ "getprocattr", -EINVAL, NULL, "an LSM before it answers", true },
	{ "setprocattr", -EINVAL, NULL, "an LSM before it answers", true },
};

/* How many words do the arguments of bpf_lsm_<name>() take? */
static int nr_words(const char *name)
{
	struct btf *btf = libbpf_find_kernel_btf();
	const struct btf_type *type = btf__type_by_id(btf, hook_btf_id(name));
	const struct btf_param *params;
	int words = 0;

	type = btf__type_by_id(btf, type->type);
	params = btf_params(type);
	for (int i = 0; i < btf_vlen(type); i++)
		words += (btf__resolve_size(btf, params[i].type) + 7) / 8;
	btf__free(btf);
	return words;
}

/* An fexit program that keeps the function's result. */
static int attach_watcher(const char *name)
{
	const struct bpf_insn insns[] = {
		MAP_VALUE(6, seen_map, 0),
		LOAD(BPF_DW, 2, 1, 8 * nr_words(name)),
		STORE(BPF_DW, 6, 0, 2),
		MOV_IMM(2, 1),
		FETCH_ADD(6, 8, 2),
		MOV_IMM(0, 0),
		EXIT(),
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = BPF_TRACE_FEXIT,
		.attach_btf_id = hook_btf_id(name));
	int program, link;

	program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "watcher", "GPL", insns,
				ARRAY_SIZE(insns), &opts);
	link = program < 0 ? -1 : bpf_raw_tracepoint_open(NULL, program);
	if (link < 0)
		test_bail("cannot watch bpf_lsm_%s", name);
	close(program);
	return link;
}

static void check(const struct default_hook *hook, int want, const char *path)
{
	int watcher = attach_watcher(hook->name), ret;

	seen->runs = 0;
	seen->result = 42;
	ret = hook->run();
	close(watcher);
	if (!seen->runs && hook->why) {
		test_skip("%s, %s: not reached, %s", hook->name, path, hook->why);
		return;
	}
	if (!test_ok(ret == want && seen->runs && (int)seen->result == hook->result,
		     "%s, %s: result %d of the function, %d of the call", hook->name,
		     path, hook->result, want))
		test_diag("call %d, %llu runs, result %lld", ret, seen->runs, seen->result);
}

static void test_hook(const struct default_hook *hook)
{
	int program, link, want;

	if (!hook->run) {
		test_skip("%s: not reached, %s", hook->name, hook->why);
		return;
	}
	want = hook->run();
	check(hook, want, "no program");
	if (hook->disabled)
		return;
	program = record_program(hook->name, 1);
	for (int slots = 0; slots <= have_slots(); slots++) {
		switch_slots(slots);
		link = attach_program(program);
		settled_link(link);
		check(hook, want, slots ? "slots" : "trampoline");
		close(link);
	}
	close(program);
}

int main(void)
{
	attempts_prepare();
	record_open();
	seen_map = make_values((void **)&seen, sizeof(*seen));
	loopback_up();
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		test_hook(&hooks[i]);
	if (!have_slots())
		test_skip("kernel has no LSM slots: the trampoline only");
	return test_done();
}
