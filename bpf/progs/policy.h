/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every policy needs: kernel types, helpers, and the constants that BTF
 * does not carry because the kernel has them as macros.
 */
#ifndef POLICY_H
#define POLICY_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <lsmslot/inode_id.h>

#define EPERM 1

/* include/linux/fs.h: masks of file_permission, bits of f_mode and f_flags */
#define MAY_WRITE	0x00000002
#define MAY_APPEND	0x00000008
#define FMODE_WRITE	(1U << 1)
#define FMODE_BACKING	(1U << 24)
#define OPENED_FOR_EXEC	(1U << 5)	/* __FMODE_EXEC, in f_flags */
#define SB_KERNMOUNT	(1UL << 22)

#define S_IFMT		00170000
#define S_IFREG		0100000
#define S_IFDIR		0040000
#define S_ISREG(mode)	(((mode) & S_IFMT) == S_IFREG)
#define S_ISDIR(mode)	(((mode) & S_IFMT) == S_IFDIR)

/* include/uapi/asm-generic/mman-common.h, include/linux/mm.h */
#define PROT_WRITE	0x2
#define PROT_EXEC	0x4
#define MAP_TYPE	0x0f
#define MAP_SHARED	0x01
#define MAP_SHARED_VALIDATE 0x03
#define VM_WRITE	0x00000002
#define VM_EXEC		0x00000004
#define VM_SHARED	0x00000008

/*
 * A view of kernel memory that the verifier treats as untrusted: every load
 * through it is checked, reads zero from a bad address, and a test against NULL
 * stays in the program. Without it the verifier takes the arguments of a hook
 * and what hangs off them as valid and removes such tests, also where the
 * kernel does pass NULL: mmap_file has no file for anonymous memory, and the
 * dentry of a name that is about to be made has no inode.
 */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;

#define untrusted(type, ptr) \
	((type *)bpf_rdonly_cast((const void *)(ptr), bpf_core_type_id_kernel(type)))

/* Device of the file system that @inode is on, as maps have it. */
static __always_inline __u64 inode_dev(const struct inode *inode)
{
	return inode->i_sb->s_dev;
}

/*
 * overlayfs and FUSE passthrough do their I/O on a second struct file: its
 * f_path and f_inode are the real file's, and next to it stands the path that
 * the user opened. mprotect() on such a mapping sees only this file.
 */
static __always_inline struct dentry *backing_user_dentry(struct file *file)
{
	struct backing_file *backing;

	if (!(file->f_mode & FMODE_BACKING))
		return NULL;
	backing = untrusted(struct backing_file, file);
	return backing->user_path.dentry;
}

#endif /* POLICY_H */
