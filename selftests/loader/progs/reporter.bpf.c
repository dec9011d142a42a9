// SPDX-License-Identifier: GPL-2.0-only
/*
 * Denies a few things, with each kind of object, to tasks whose comm begins
 * with "denied"; for the tests of lsmslot events.
 */
#include "policy.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline bool is_denied(void)
{
	char comm[LSMSLOT_COMM_SIZE] = {};

	bpf_get_current_comm(comm, sizeof(comm));
	return comm[0] == 'd' && comm[1] == 'e' && comm[2] == 'n' && comm[3] == 'i' &&
	       comm[4] == 'e' && comm[5] == 'd';
}

SEC("lsm/inode_mkdir")
int BPF_PROG(report_mkdir, struct inode *dir, struct dentry *dentry)
{
	return is_denied() ? deny_file("inode_mkdir", dentry) : 0;
}

SEC("lsm/inode_symlink")
int BPF_PROG(report_symlink, struct inode *dir, struct dentry *dentry, const char *target)
{
	return is_denied() ? deny_name("inode_symlink", target) : 0;
}

SEC("lsm/socket_connect")
int BPF_PROG(report_connect, struct socket *sock, struct sockaddr *address, int len)
{
	struct sockaddr_in6 in6 = {};
	struct sockaddr_in in = {};
	__u16 family = 0;

	if (!is_denied())
		return 0;
	bpf_probe_read_kernel(&family, sizeof(family), &address->sa_family);
	if (family == AF_INET) {
		bpf_probe_read_kernel(&in, sizeof(in), address);
		return deny_address("socket_connect", AF_INET, &in.sin_addr, in.sin_port);
	}
	if (family == AF_INET6) {
		bpf_probe_read_kernel(&in6, sizeof(in6), address);
		return deny_address("socket_connect", AF_INET6, &in6.sin6_addr, in6.sin6_port);
	}
	return 0;
}

SEC("lsm/task_kill")
int BPF_PROG(report_kill, struct task_struct *task, struct kernel_siginfo *info, int sig)
{
	return is_denied() ? deny_task("task_kill", task) : 0;
}

SEC("lsm/task_setnice")
int BPF_PROG(report_setnice, struct task_struct *task, int nice)
{
	return is_denied() ? deny_number("task_setnice", nice) : 0;
}

SEC("lsm/task_getpgid")
int BPF_PROG(report_getpgid, struct task_struct *task)
{
	return is_denied() ? deny("task_getpgid") : 0;
}

/* No event, as another version of a policy might write. */
SEC("lsm/task_getsid")
int BPF_PROG(report_garbage, struct task_struct *task)
{
	__u64 garbage = 1;

	if (is_denied())
		bpf_ringbuf_output(&events, &garbage, sizeof(garbage), 0);
	return 0;
}
