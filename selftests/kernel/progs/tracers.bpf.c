// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An LSM program, and tracing programs on the function of its hook. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "tracers.h"

int verdict;
int lsm_runs, entry_runs, exit_runs, void_entry_runs, void_exit_runs, void_lsm_runs;
unsigned long entry_arg2, exit_arg2;
int exit_ret;
unsigned long entry_ip, exit_ip;

SEC("lsm/task_prctl")
int BPF_PROG(denier, int option, unsigned long arg2)
{
	if (option != TRACERS_OPTION)
		return 0;
	lsm_runs++;
	return verdict < 0 && verdict >= -4095 ? verdict : 0;
}

SEC("fentry/bpf_lsm_task_prctl")
int BPF_PROG(on_entry, int option, unsigned long arg2)
{
	if (option != TRACERS_OPTION)
		return 0;
	entry_runs++;
	entry_arg2 = arg2;
	entry_ip = bpf_get_func_ip(ctx);
	return 0;
}

SEC("fexit/bpf_lsm_task_prctl")
int BPF_PROG(on_exit, int option, unsigned long arg2, unsigned long arg3,
	     unsigned long arg4, unsigned long arg5, int ret)
{
	if (option != TRACERS_OPTION)
		return 0;
	exit_runs++;
	exit_arg2 = arg2;
	exit_ret = ret;
	exit_ip = bpf_get_func_ip(ctx);
	return 0;
}

unsigned long void_ino;

SEC("lsm/inode_post_setxattr")
int BPF_PROG(void_lsm, struct dentry *dentry)
{
	if (dentry->d_inode->i_ino == void_ino)
		void_lsm_runs++;
	return 0;
}

SEC("fentry/bpf_lsm_inode_post_setxattr")
int BPF_PROG(void_entry, struct dentry *dentry)
{
	if (dentry->d_inode->i_ino == void_ino)
		void_entry_runs++;
	return 0;
}

SEC("fexit/bpf_lsm_inode_post_setxattr")
int BPF_PROG(void_exit, struct dentry *dentry)
{
	if (dentry->d_inode->i_ino == void_ino)
		void_exit_runs++;
	return 0;
}

char _license[] SEC("license") = "GPL";
