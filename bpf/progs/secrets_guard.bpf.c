// SPDX-License-Identifier: GPL-2.0-only
/*
 * secrets-guard: listed files, and what is below listed folders, are opened and
 * read by listed binaries only, not even by root with another program.
 *
 * Three questions, each with its programs:
 *
 *   Who reads?	A task is what its mm->exe_file says, an inode: threads and
 *		io_uring workers have the mm of their process, kernel threads
 *		have none and read nothing that is listed.
 *   Is it still itself?  Nobody but its equals may trace a listed binary, write
 *		to its memory, run it under a tracer, have it map foreign code,
 *		or take its name by prctl().
 *   Does the file stay where it is listed?  What is below a listed folder is
 *		neither moved nor linked out of it.
 *
 * The file is looked at first: almost none is listed, and then who asks does not
 * matter.
 *
 * docs/policies/secrets-guard.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include <lsmslot/secrets_guard.h>

char LICENSE[] SEC("license") = "GPL";

struct inode_set {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SECRETS_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_inode_id);
	__type(value, __u32);
};

struct inode_set files SEC(".maps");
struct inode_set binaries SEC(".maps");
struct inode_set libraries SEC(".maps");

struct walk_goal {
	bool code;	/* look in libraries, not in files */
	__u32 groups;	/* of what was found */
};

static __always_inline bool walk_ends(struct walk_goal *goal, __u32 level,
				      const struct lsmslot_inode_id *id)
{
	__u32 *groups;

	if (goal->code)
		groups = bpf_map_lookup_elem(&libraries, id);
	else
		groups = bpf_map_lookup_elem(&files, id);
	if (!groups)
		return false;
	goal->groups = *groups;
	return true;
}

#include "walk.h"

/* include/linux/fs.h, sched.h, ptrace.h, include/uapi/linux/prctl.h */
#define MAY_READ		0x00000004
#define ATTR_SIZE		(1U << 3)
#define PF_DUMPCORE		0x00000200
#define PTRACE_MODE_ATTACH	0x02
#define PR_SET_MM		35
#define PR_SET_MM_EXE_FILE	13
#define PR_SET_MM_MAP		14

/* --- Who reads ------------------------------------------------------------ */

static __always_inline __u32 groups_of_binary(struct inode *inode)
{
	struct lsmslot_inode_id id = {
		.dev = BPF_CORE_READ(inode, i_sb, s_dev),
		.type = BPF_CORE_READ(inode, i_mode) & S_IFMT,
		.ino = BPF_CORE_READ(inode, i_ino),
	};
	__u32 *groups = bpf_map_lookup_elem(&binaries, &id);

	return groups ? *groups : 0;
}

/* What @task may open: nothing, if it runs no listed binary. */
static __noinline __u32 groups_of_task(struct task_struct *task)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	return exe ? groups_of_binary(BPF_CORE_READ(exe, f_inode)) : 0;
}

/*
 * A traced task does what its tracer says. Nobody can start to trace a listed
 * binary; this one was traced before it was listed.
 */
static __always_inline bool may_open(__u32 groups)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (task->ptrace)
		return false;
	return groups & groups_of_task(task);
}

/* Is what is at @dentry a secret of others? If its place is not known, it is. */
static __noinline bool kept_from_task(struct dentry *dentry)
{
	struct walk walk = {};

	switch (walk_up(&walk, dentry)) {
	case PLACE_FREE:
		return false;
	case PLACE_LISTED:
		return !may_open(walk.goal.groups);
	default:
		return true;
	}
}

/*
 * The core file of a listed binary would have its secrets. This is the open of
 * the file that the kernel dumps to; a pipe to a program is not opened.
 */
static __noinline bool dumps_secrets(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->flags & PF_DUMPCORE && groups_of_task(task);
}

/*
 * Folders can be opened: their entries' names are no secret, and what they are
 * opened for is mostly openat(). Also the layer below an overlay, file handles,
 * swapon(), fanotify, the NFS server.
 */
SEC("lsm/file_open")
int BPF_PROG(secrets_open, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;

	if (S_ISDIR(file->f_inode->i_mode))
		return 0;
	if (file->f_mode & FMODE_WRITE && dumps_secrets())
		return deny_file("file_open", dentry);
	return kept_from_task(dentry) ? deny_file("file_open", dentry) : 0;
}

/*
 * A descriptor that somebody else opened: inherited through execve(), or open
 * since before the policy. It sees read, pread, sendfile, splice,
 * copy_file_range, FICLONE, aio and io_uring. The only program that costs
 * something on reading, for regular files.
 */
SEC("lsm/file_permission")
int BPF_PROG(secrets_read, struct file *file, int mask)
{
	struct dentry *dentry = file->f_path.dentry;

	if (!(mask & MAY_READ) || !S_ISREG(file->f_inode->i_mode))
		return 0;
	return kept_from_task(dentry) ? deny_file("file_permission", dentry) : 0;
}

/* SCM_RIGHTS, pidfd_getfd(), a seccomp supervisor: not to get it at all. */
SEC("lsm/file_receive")
int BPF_PROG(secrets_receive, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;

	if (!S_ISREG(file->f_inode->i_mode))
		return 0;
	return kept_from_task(dentry) ? deny_file("file_receive", dentry) : 0;
}

/* Changes the file without an open: truncate(). */
SEC("lsm/inode_setattr")
int BPF_PROG(secrets_truncate, struct mnt_idmap *idmap, struct dentry *dentry,
	     struct iattr *attr)
{
	if (!(attr->ia_valid & ATTR_SIZE))
		return 0;
	return kept_from_task(dentry) ? deny_file("inode_setattr", dentry) : 0;
}

/* --- Code of listed binaries ------------------------------------------------ */

/*
 * Code, or the data of code: the dynamic loader maps a library's data private
 * and writable, and calls what it finds there.
 */
static __always_inline bool maps_code(struct file *file, unsigned long prot, bool shared)
{
	if (prot & PROT_EXEC)
		return true;
	return prot & PROT_WRITE && !shared && S_ISREG(file->f_inode->i_mode);
}

/*
 * Does the current task run a listed binary, and is the file at @dentry neither
 * a listed library nor such a binary? ld.so takes libraries from where the
 * environment or the mounts of whoever starts the binary say.
 */
static __noinline bool foreign_code(struct dentry *dentry)
{
	struct walk walk = { .goal.code = true };

	if (!groups_of_task(bpf_get_current_task_btf()))
		return false;
	if (groups_of_binary(BPF_CORE_READ(dentry, d_inode)))
		return false;
	return walk_up(&walk, dentry) != PLACE_LISTED;
}

SEC("lsm/mmap_file")
int BPF_PROG(secrets_mmap, struct file *file, unsigned long reqprot,
	     unsigned long prot, unsigned long flags)
{
	struct file *mapped = untrusted(struct file, file);
	unsigned long type = flags & MAP_TYPE;
	struct dentry *dentry;

	if (!mapped)
		return 0;
	dentry = mapped->f_path.dentry;
	if (maps_code(mapped, prot, type == MAP_SHARED || type == MAP_SHARED_VALIDATE) &&
	    foreign_code(dentry))
		return deny_file("mmap_file", dentry);
	if (!S_ISREG(mapped->f_inode->i_mode))
		return 0;
	return kept_from_task(dentry) ? deny_file("mmap_file", dentry) : 0;
}

/* mmap_file saw overlayfs's file; this is the one of the layer below. */
SEC("lsm/mmap_backing_file")
int BPF_PROG(secrets_mmap_backing, struct vm_area_struct *vma,
	     struct file *backing_file, struct file *user_file)
{
	struct dentry *dentry = backing_file->f_path.dentry;

	return kept_from_task(dentry) ? deny_file("mmap_backing_file", dentry) : 0;
}

/* Mapped as plain data first, then made code. */
SEC("lsm/file_mprotect")
int BPF_PROG(secrets_mprotect, struct vm_area_struct *vma, unsigned long reqprot,
	     unsigned long prot)
{
	struct file *mapped = untrusted(struct file, vma->vm_file);
	struct dentry *dentry;

	if (!mapped || !maps_code(mapped, prot, vma->vm_flags & VM_SHARED))
		return 0;
	dentry = backing_user_dentry(mapped);
	if (!dentry)
		dentry = mapped->f_path.dentry;
	return foreign_code(dentry) ? deny_file("file_mprotect", dentry) : 0;
}

/* --- Identity of listed binaries -------------------------------------------- */

/* May a task with @tracer's groups do to @task what it likes? It gains nothing. */
static __always_inline bool gains(struct task_struct *tracer, struct task_struct *task)
{
	return groups_of_task(task) & ~groups_of_task(tracer);
}

/*
 * ptrace(), /proc/PID/mem, process_vm_readv(), pidfd_getfd(). Looking at what
 * /proc shows of a process stays as it is.
 */
SEC("lsm/ptrace_access_check")
int BPF_PROG(secrets_trace, struct task_struct *child, unsigned int mode)
{
	if (!(mode & PTRACE_MODE_ATTACH))
		return 0;
	if (!gains(bpf_get_current_task_btf(), child))
		return 0;
	return deny_task("ptrace_access_check", child);
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(secrets_traceme, struct task_struct *parent)
{
	if (!gains(parent, bpf_get_current_task_btf()))
		return 0;
	return deny_task("ptrace_traceme", parent);
}

/*
 * A task that is traced already executes a listed binary. Nobody can begin to
 * trace it while it does: ptrace() and execve() take the same mutex.
 */
SEC("lsm/bprm_check_security")
int BPF_PROG(secrets_exec, struct linux_binprm *bprm)
{
	struct file *file = bprm->file;

	if (!bpf_get_current_task_btf()->ptrace)
		return 0;
	if (!groups_of_binary(file->f_inode))
		return 0;
	return deny_file("bprm_check_security", file->f_path.dentry);
}

/*
 * A process that has unmapped its executable may name another one. Which, is in
 * user memory, so both calls are denied to everybody.
 */
SEC("lsm/task_prctl")
int BPF_PROG(secrets_prctl, int option, unsigned long arg2, unsigned long arg3,
	     unsigned long arg4, unsigned long arg5)
{
	if (option != PR_SET_MM)
		return 0;
	if (arg2 != PR_SET_MM_EXE_FILE && arg2 != PR_SET_MM_MAP)
		return 0;
	return deny_number("task_prctl", arg2);
}

/* --- Place of listed files -------------------------------------------------- */

/*
 * Out of a listed folder, by whoever may not read what is in it. A file that is
 * listed itself takes its entry along. For RENAME_EXCHANGE the kernel calls this
 * once for each direction.
 */
SEC("lsm/inode_rename")
int BPF_PROG(secrets_rename, struct inode *old_dir, struct dentry *old_dentry,
	     struct inode *new_dir, struct dentry *new_dentry)
{
	if (!kept_from_task(old_dentry->d_parent))
		return 0;
	return deny_file("inode_rename", old_dentry);
}

SEC("lsm/inode_link")
int BPF_PROG(secrets_link, struct dentry *old_dentry, struct inode *dir,
	     struct dentry *new_dentry)
{
	if (!kept_from_task(old_dentry->d_parent))
		return 0;
	return deny_file("inode_link", old_dentry);
}
