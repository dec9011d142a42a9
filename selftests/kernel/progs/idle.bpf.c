// SPDX-License-Identifier: GPL-2.0-only
/* A program that allows on each of some hooks of all kinds, and a tracer. */
#include <vmlinux.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

#define ALLOW(hook, answer)						\
SEC("lsm/" #hook)							\
int BPF_PROG(hook)							\
{									\
	return answer;							\
}

ALLOW(file_open, 0)
ALLOW(task_setnice, 0)
ALLOW(inode_getxattr, 0)
ALLOW(socket_sendmsg, 0)
/* void */
ALLOW(bprm_committed_creds, 0)
ALLOW(d_instantiate, 0)
/* another default than 0 */
ALLOW(task_prctl, -38)
/* once dispatched by a loop of indirect calls */
ALLOW(xfrm_state_pol_flow_match, 1)

SEC("fentry/bpf_lsm_task_setnice")
int BPF_PROG(tracer)
{
	return 0;
}
