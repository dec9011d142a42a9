// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs that write down what they find in their frame. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "frame.h"

struct frame frame;

unsigned long nested_ino;
__u64 outer_before, outer_after, inner_cookie;
int inner_runs, outer_result;

const char xattr_name[] = "user.lsm";
char xattr_value[16];

extern int bpf_get_file_xattr(struct file *file, const char *name,
			      struct bpf_dynptr *value) __ksym;

SEC("lsm/task_prctl")
int BPF_PROG(read_prctl, int option, unsigned long arg2, unsigned long arg3,
	     unsigned long arg4, unsigned long arg5, int ret)
{
	if (option != FRAME_OPTION)
		return 0;
	frame.runs++;
	frame.args[0] = option;
	frame.args[1] = arg2;
	frame.args[2] = arg3;
	frame.args[3] = arg4;
	frame.args[4] = arg5;
	frame.ret = ret;
	frame.nr_args = bpf_get_func_arg_cnt(ctx);
	bpf_get_func_arg(ctx, 0, &frame.func_args[0]);
	bpf_get_func_arg(ctx, 1, &frame.func_args[1]);
	bpf_get_func_arg(ctx, 2, &frame.func_args[2]);
	bpf_get_func_arg(ctx, 3, &frame.func_args[3]);
	bpf_get_func_arg(ctx, 4, &frame.func_args[4]);
	frame.beyond = bpf_get_func_arg(ctx, 5, &frame.func_args[5]);
	frame.func_ret = 1;
	bpf_get_func_ret(ctx, &frame.func_ret);
	frame.cookie = bpf_get_attach_cookie(ctx);
	return -EDOM;
}

/* Arguments only: what a slot calls without more ado. */
SEC("lsm/task_prctl")
int BPF_PROG(read_plain, int option, unsigned long arg2, unsigned long arg3,
	     unsigned long arg4, unsigned long arg5, int ret)
{
	if (option != FRAME_OPTION)
		return 0;
	frame.runs++;
	frame.args[0] = option;
	frame.args[1] = arg2;
	frame.args[2] = arg3;
	frame.args[3] = arg4;
	frame.args[4] = arg5;
	frame.ret = ret;
	return -EDOM;
}

/* Six arguments, pointers and numbers of several sizes. */
SEC("lsm/inode_setxattr")
int BPF_PROG(read_setxattr, struct mnt_idmap *idmap, struct dentry *dentry,
	     const char *name, const void *value, size_t size, int flags, int ret)
{
	if (dentry->d_inode->i_ino != nested_ino)
		return 0;
	frame.runs++;
	frame.nr_args = bpf_get_func_arg_cnt(ctx);
	frame.args[4] = size;
	frame.args[5] = flags;
	frame.ret = ret;
	bpf_probe_read_kernel_str(frame.text, sizeof(frame.text), name);
	return 0;
}

/* Reads an extended attribute, which calls the hook inode_permission. */
SEC("lsm.s/file_open")
int BPF_PROG(outer, struct file *file)
{
	struct bpf_dynptr value;

	if (file->f_inode->i_ino != nested_ino)
		return 0;
	outer_before = bpf_get_attach_cookie(ctx);
	bpf_dynptr_from_mem(xattr_value, sizeof(xattr_value), 0, &value);
	outer_result = bpf_get_file_xattr(file, xattr_name, &value);
	outer_after = bpf_get_attach_cookie(ctx);
	return 0;
}

SEC("lsm/inode_permission")
int BPF_PROG(inner, struct inode *inode, int mask)
{
	/* Only within the outer one: then its cookie is read already. */
	if (inode->i_ino != nested_ino || !outer_before)
		return 0;
	inner_runs++;
	inner_cookie = bpf_get_attach_cookie(ctx);
	return 0;
}

char _license[] SEC("license") = "GPL";
