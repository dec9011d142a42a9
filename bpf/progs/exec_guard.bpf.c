// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec-guard: no execution from memfds, nor from listed file systems.
 *
 * Code gets from a file into a process in two ways, and both are closed: execve()
 * opens it, or somebody maps it executable, as the dynamic loader does with a
 * library. Each program below tests one flag first, so that opens and mappings
 * that have nothing to do with execution cost next to nothing.
 *
 * docs/policies/exec-guard.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include <lsmslot/exec_guard.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EXEC_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, lsmslot_dev_t);
	__type(value, __u32);
} noexec_devs SEC(".maps");

#define TMPFS_MAGIC	0x01021994
#define HUGETLBFS_MAGIC	0x958458f6

/*
 * Files that exist only in memory are on mounts that the kernel made for itself,
 * of tmpfs or, with MFD_HUGETLB, hugetlbfs. A tmpfs that a user mounted has the
 * same type but never SB_KERNMOUNT. No path leads there: only open descriptors,
 * /proc/PID/fd and /proc/PID/map_files.
 */
static __always_inline bool in_memory_only(const struct inode *inode)
{
	const struct super_block *sb = inode->i_sb;

	if (!(sb->s_flags & SB_KERNMOUNT))
		return false;
	return sb->s_magic == TMPFS_MAGIC || sb->s_magic == HUGETLBFS_MAGIC;
}

/*
 * Not all of those files are memfds. Two kinds back plain anonymous memory, in
 * which just-in-time compilers keep their code: MAP_SHARED | MAP_ANONYMOUS and
 * MAP_HUGETLB. The kernel gives them these names; memfd_create() puts "memfd:"
 * in front of any other, and a file that is in no folder cannot be renamed.
 */
#define SHARED_ANONYMOUS	"dev/zero"
#define ANONYMOUS_HUGE		"anon_hugepage"
#define NAME_SIZE		16

static __always_inline bool same(const char *name, const char *other, __u32 size)
{
	for (__u32 i = 0; i < size; i++)
		if (name[i] != other[i])
			return false;
	return true;
}

#define named(name, literal) same(name, literal, sizeof(literal))

static __always_inline void memory_file_name(struct file *file, char *name)
{
	/* Left empty on failure, which matches nothing that is allowed. */
	if (bpf_probe_read_kernel_str(name, NAME_SIZE,
				      file->f_path.dentry->d_name.name) < 0)
		name[0] = '\0';
}

static __always_inline bool on_listed_dev(lsmslot_dev_t dev)
{
	return bpf_map_lookup_elem(&noexec_devs, &dev);
}

/* The file is, or is about to be, what execve() runs. */
static __always_inline int deny_exec(const char *hook, struct file *file)
{
	const struct inode *inode = file->f_inode;

	if (in_memory_only(inode) || on_listed_dev(inode_dev(inode)))
		return deny_file(hook, file->f_path.dentry);
	return 0;
}

/*
 * The file is about to be mapped as code into a running process. Huge pages come
 * to mmap() as a file even if the process asked for none.
 */
static __noinline bool guarded_mmap(struct file *file)
{
	char name[NAME_SIZE] = {};

	if (on_listed_dev(inode_dev(file->f_inode)))
		return true;
	if (!in_memory_only(file->f_inode))
		return false;
	memory_file_name(file, name);
	return !named(name, ANONYMOUS_HUGE);
}

/* The same for what is mapped already, shared anonymous memory among it. */
static __noinline bool guarded_mprotect(struct file *file)
{
	char name[NAME_SIZE] = {};

	if (on_listed_dev(inode_dev(file->f_inode)))
		return true;
	if (!in_memory_only(file->f_inode))
		return false;
	memory_file_name(file, name);
	return !named(name, ANONYMOUS_HUGE) && !named(name, SHARED_ANONYMOUS);
}

/*
 * execve() opens with a flag that open() cannot set, and so does everything that
 * belongs to it: the program, the interpreter of a script, the dynamic loader
 * that an ELF file asks for, an interpreter of binfmt_misc. overlayfs passes the
 * flag on when it opens the file in the layer, so that an overlay over a listed
 * file system runs nothing from there. The exec fails cleanly, with EPERM.
 */
SEC("lsm/file_open")
int BPF_PROG(exec_guard_open, struct file *file)
{
	if (!(file->f_flags & OPENED_FOR_EXEC))
		return 0;
	return deny_exec("file_open", file);
}

/*
 * The second net, which does not depend on that flag: asked right before the
 * kernel runs what it opened, and again for each interpreter of a script. It
 * also sees what was opened in the instant before the policy was attached. It
 * sees neither an ELF file's dynamic loader nor the layers of an overlay.
 */
SEC("lsm/bprm_check_security")
int BPF_PROG(exec_guard_bprm, struct linux_binprm *bprm)
{
	return deny_exec("bprm_check_security", bprm->file);
}

/*
 * dlopen(), LD_PRELOAD, or "ld.so PROGRAM", which is an execve() of ld.so only.
 * prot has what the kernel will really set: more than reqprot where a process
 * runs with READ_IMPLIES_EXEC.
 */
SEC("lsm/mmap_file")
int BPF_PROG(exec_guard_mmap, struct file *file, unsigned long reqprot,
	     unsigned long prot, unsigned long flags)
{
	struct file *mapped = untrusted(struct file, file);

	if (!mapped || !(prot & PROT_EXEC))
		return 0;
	return guarded_mmap(mapped) ? deny_file("mmap_file", mapped->f_path.dentry) : 0;
}

/* mmap_file saw overlayfs's file; this is the one of the layer below. */
SEC("lsm/mmap_backing_file")
int BPF_PROG(exec_guard_mmap_backing, struct vm_area_struct *vma,
	     struct file *backing_file, struct file *user_file)
{
	if (!(vma->vm_flags & VM_EXEC))
		return 0;
	if (!guarded_mmap(backing_file))
		return 0;
	return deny_file("mmap_backing_file", backing_file->f_path.dentry);
}

/* Mapped as data first, then made executable. */
SEC("lsm/file_mprotect")
int BPF_PROG(exec_guard_mprotect, struct vm_area_struct *vma,
	     unsigned long reqprot, unsigned long prot)
{
	struct file *mapped = untrusted(struct file, vma->vm_file);
	struct dentry *user_dentry;

	if (!mapped || !(prot & PROT_EXEC))
		return 0;
	user_dentry = backing_user_dentry(mapped);
	if (user_dentry && on_listed_dev(user_dentry->d_sb->s_dev))
		return deny_file("file_mprotect", user_dentry);
	if (!guarded_mprotect(mapped))
		return 0;
	return deny_file("file_mprotect", mapped->f_path.dentry);
}

/*
 * The kernel loads code from files as well: a module, a kernel for kexec,
 * firmware. From a memfd or a listed file system it is no better.
 */
SEC("lsm/kernel_read_file")
int BPF_PROG(exec_guard_kernel_read, struct file *file,
	     enum kernel_read_file_id id, bool contents)
{
	return deny_exec("kernel_read_file", file);
}
