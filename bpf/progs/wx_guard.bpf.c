// SPDX-License-Identifier: GPL-2.0-only
/*
 * wx-guard: no memory is writable and executable, and none that was writable
 * becomes executable.
 *
 * What is executed then comes from files only: mapped by execve() or mmap(),
 * unmodified, and from no file that somebody has open for writing at the time.
 * All programs but those of /proc/PID/mem, ptrace() and brk() end after a test
 * of one flag unless something is to become executable.
 *
 * docs/policies/wx-guard.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include "caller.h"
#include <lsmslot/wx_guard.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WX_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_inode_id);
	__type(value, enum wx_guard_kind);
} exempt SEC(".maps");

/* Off: whoever may trace a process writes to its code as well. */
const volatile bool guard_ptrace = true;

/* include/uapi/linux/personality.h, ptrace.h, magic.h; include/linux/ptrace.h */
#define READ_IMPLIES_EXEC	0x0400000
#define PROC_SUPER_MAGIC	0x9fa0
#define PTRACE_MODE_ATTACH	0x02

/* x86-64, i386; none of these numbers is a call that asks here in the other. */
#define NR_brk		12
#define NR_brk_i386	45
#define NR_ptrace	101
#define NR_ptrace_i386	26

static __noinline bool exempted(struct task_struct *task, enum wx_guard_kind as)
{
	struct lsmslot_inode_id id = {};
	enum wx_guard_kind *kind;

	if (!task_exe(task, &id))
		return false;
	kind = bpf_map_lookup_elem(&exempt, &id);
	return kind && (*kind == as || *kind == WX_GUARD_BOTH);
}

/* The end of a program that found @file, or memory if there is none, at fault. */
static __always_inline int deny_exec(const char *hook, struct file *file)
{
	if (exempted(bpf_get_current_task_btf(), WX_GUARD_JIT))
		return 0;
	if (file)
		return deny_file(hook, BPF_CORE_READ(file, f_path.dentry));
	return deny_name(hook, "anonymous memory");
}

/*
 * Can the file's contents change under an executable mapping? Memory behind
 * memfds, System V segments and shared anonymous mappings is a file on a mount
 * that the kernel made for itself; /dev/zero is no regular file.
 */
static __always_inline bool changeable(struct file *file)
{
	struct inode *inode = untrusted(struct inode, file->f_inode);

	if (!S_ISREG(inode->i_mode))
		return true;
	if (inode->i_sb->s_flags & SB_KERNMOUNT)
		return true;
	return inode->i_writecount.counter > 0;
}

/* --- execve() ------------------------------------------------------------- */

static long vma_executable(struct task_struct *task, struct vm_area_struct *vma,
			   void *data)
{
	if (!(vma->vm_flags & VM_EXEC))
		*(bool *)data = false;
	return 0;
}

/*
 * The kernel makes the stack executable if the program's header asks for it, and
 * asks no hook. The program's first mapping comes right behind. If somebody has
 * the address space locked, what the stack is remains unknown.
 */
static __always_inline bool stack_executable(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	bool executable = true;

	if (!BPF_CORE_READ_BITFIELD_PROBED(task, in_execve))
		return false;
	bpf_find_vma(task, BPF_CORE_READ(task, mm, start_stack), vma_executable,
		     &executable, 0);
	return executable;
}

/* --- Mappings ------------------------------------------------------------- */

/*
 * prot has what the kernel will really set: more than reqprot where a process
 * runs with READ_IMPLIES_EXEC. Anonymous memory is empty, and who wants it
 * executable wants to fill it: userfaultfd() can, without write access.
 */
SEC("lsm/mmap_file")
int BPF_PROG(wx_guard_mmap, struct file *file, unsigned long reqprot,
	     unsigned long prot, unsigned long flags)
{
	struct file *mapped = untrusted(struct file, file);

	if (!(prot & PROT_EXEC))
		return 0;
	if (!mapped || (prot & PROT_WRITE) || changeable(mapped))
		return deny_exec("mmap_file", mapped);
	if (stack_executable()) {
		if (exempted(bpf_get_current_task_btf(), WX_GUARD_JIT))
			return 0;
		return deny_name("mmap_file", "executable stack");
	}
	return 0;
}

/* mmap_file saw overlayfs's file; this is the one of the layer below. */
SEC("lsm/mmap_backing_file")
int BPF_PROG(wx_guard_mmap_backing, struct vm_area_struct *vma,
	     struct file *backing_file, struct file *user_file)
{
	if (!(vma->vm_flags & VM_EXEC) || !changeable(backing_file))
		return 0;
	return deny_exec("mmap_backing_file", backing_file);
}

/*
 * A private mapping of a file has an anon_vma from the first write on, also by
 * ptrace(), and whatever its protection is by then.
 */
SEC("lsm/file_mprotect")
int BPF_PROG(wx_guard_mprotect, struct vm_area_struct *vma,
	     unsigned long reqprot, unsigned long prot)
{
	struct file *mapped = untrusted(struct file, vma->vm_file);

	if (!(prot & PROT_EXEC))
		return 0;
	if (!(prot & PROT_WRITE)) {
		if (vma->vm_flags & VM_EXEC)
			return 0;
		if (mapped && !(vma->vm_flags & VM_WRITE) &&
		    !untrusted(struct anon_vma, vma->anon_vma) && !changeable(mapped))
			return 0;
	}
	return deny_exec("file_mprotect", mapped);
}

/* With READ_IMPLIES_EXEC the heap is executable, and brk() has no other hook. */
SEC("lsm/mmap_addr")
int BPF_PROG(wx_guard_brk, unsigned long addr)
{
	__u32 call;

	if (!(bpf_get_current_task_btf()->personality & READ_IMPLIES_EXEC))
		return 0;
	call = caller_syscall();
	if (call != NR_brk && call != NR_brk_i386)
		return 0;
	return deny_exec("mmap_addr", NULL);
}

/* --- Memory of processes -------------------------------------------------- */

/* Writes to /proc/PID/mem go through whatever the protection is. */
SEC("lsm/file_open")
int BPF_PROG(wx_guard_open, struct file *file)
{
	char name[sizeof("mem") + 1] = {};
	struct dentry *dentry;

	if (!(file->f_mode & FMODE_WRITE))
		return 0;
	if (file->f_inode->i_sb->s_magic != PROC_SUPER_MAGIC)
		return 0;
	dentry = file->f_path.dentry;
	if (bpf_probe_read_kernel_str(name, sizeof(name), dentry->d_name.name) < 0 ||
	    name[0] != 'm' || name[1] != 'e' || name[2] != 'm' || name[3])
		return 0;
	if (exempted(bpf_get_current_task_btf(), WX_GUARD_DEBUGGER))
		return 0;
	return deny_file("file_open", dentry);
}

/* PTRACE_ATTACH and PTRACE_SEIZE; reading through /proc asks here as well. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(wx_guard_attach, struct task_struct *child, unsigned int mode)
{
	__u32 call;

	if (!guard_ptrace || !(mode & PTRACE_MODE_ATTACH))
		return 0;
	call = caller_syscall();
	if (call != NR_ptrace && call != NR_ptrace_i386)
		return 0;
	if (exempted(bpf_get_current_task_btf(), WX_GUARD_DEBUGGER))
		return 0;
	return deny_task("ptrace_access_check", child);
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(wx_guard_traceme, struct task_struct *parent)
{
	if (!guard_ptrace || exempted(parent, WX_GUARD_DEBUGGER))
		return 0;
	return deny_task("ptrace_traceme", parent);
}

/* Nobody takes on the name of an exempt executable. */
SEC("lsm/task_prctl")
int BPF_PROG(wx_guard_prctl, int option, unsigned long arg2)
{
	if (!sets_exe(option, arg2))
		return 0;
	if (exempted(bpf_get_current_task_btf(), WX_GUARD_BOTH))
		return 0;
	return deny_number("task_prctl", arg2);
}
