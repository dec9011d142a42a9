// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lsm_cgroup programs on hooks of each sort (the task's cgroup, a socket's, a
 * sock's) and an LSM program for all tasks on one of them.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "cgroup.h"

#define EDOM	33
#define EACCES	13
#define AF_UNIX	1

int mode, second_mode;
int mac_verdict;
int create_runs, bind_runs, second_runs, connect_runs, mac_runs;

static __always_inline int decide(int how)
{
	if (how == CGROUP_RETVAL)
		bpf_set_retval(-EDOM);
	return how == CGROUP_ALLOW;
}

SEC("lsm_cgroup/socket_create")
int BPF_PROG(create, int family)
{
	create_runs++;
	return decide(mode);
}

SEC("lsm_cgroup/socket_bind")
int BPF_PROG(bind, struct socket *sock)
{
	bind_runs++;
	return decide(mode);
}

SEC("lsm_cgroup/socket_bind")
int BPF_PROG(bind_second, struct socket *sock)
{
	second_runs++;
	return decide(second_mode);
}

SEC("lsm_cgroup/unix_stream_connect")
int BPF_PROG(stream_connect, struct sock *sock)
{
	connect_runs++;
	return decide(mode);
}

SEC("lsm/socket_bind")
int BPF_PROG(mac_bind, struct socket *sock)
{
	if (sock->ops->family != AF_UNIX)
		return 0;
	mac_runs++;
	return mac_verdict ? -EACCES : 0;
}

char _license[] SEC("license") = "GPL";
