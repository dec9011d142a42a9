// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptrace-guard: no process looks into another one or changes it, but listed
 * programs may.
 *
 * One hook of the kernel stands before nearly all ways: ptrace_access_check, with
 * PTRACE_MODE_ATTACH for those that change or copy, PTRACE_MODE_READ for those
 * that only show state. The others close what does not pass there: a child that
 * asks to be traced, memory files that are open already, and perf, which does
 * not ask where the caller has CAP_PERFMON.
 *
 * docs/policies/ptrace-guard.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include "exe.h"
#include <lsmslot/ptrace_guard.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PTRACE_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_inode_id);
	__type(value, __u32);
} tracers SEC(".maps");

const volatile bool allow_descendants = false;
const volatile bool deny_read = false;

/* include/linux/ptrace.h */
#define PTRACE_MODE_ATTACH	0x02
#define PTRACE_MODE_NOAUDIT	0x04

#define PROC_SUPER_MAGIC	0x9fa0

static __always_inline bool is_tracer(struct task_struct *task)
{
	struct lsmslot_inode_id id = {};

	return task_exe(task, &id) && bpf_map_lookup_elem(&tracers, &id);
}

struct ancestry {
	struct task_struct *task;
	__u32 tgid;
	bool found;
};

#define MAX_ANCESTORS 256

static long ancestor_step(__u32 i, struct ancestry *ancestry)
{
	struct task_struct *task = ancestry->task;
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);

	if (!parent || parent == task)
		return 1;
	if (BPF_CORE_READ(parent, tgid) == ancestry->tgid) {
		ancestry->found = true;
		return 1;
	}
	ancestry->task = parent;
	return 0;
}

static __always_inline bool descends_from(struct task_struct *task, __u32 tgid)
{
	struct ancestry ancestry = {
		.task = BPF_CORE_READ(task, group_leader),
		.tgid = tgid,
	};

	bpf_loop(MAX_ANCESTORS, ancestor_step, &ancestry, 0);
	return ancestry.found;
}

static __always_inline bool current_may_trace(struct task_struct *task)
{
	struct task_struct *current = bpf_get_current_task_btf();

	if (is_tracer(current))
		return true;
	return allow_descendants && descends_from(task, current->tgid);
}

/*
 * ptrace(), process_vm_readv(), opening /proc/PID/mem, pidfd_getfd(); as reads
 * /proc/PID/maps, environ, fd and the like, kcmp(), process_madvise().
 */
SEC("lsm/ptrace_access_check")
int BPF_PROG(ptrace_guard_access, struct task_struct *child, unsigned int mode)
{
	if (!(mode & PTRACE_MODE_ATTACH) && !deny_read)
		return 0;
	if (current_may_trace(child))
		return 0;
	/* Nothing is refused here: /proc/PID/stat shows zeros for what it hides. */
	if (mode & PTRACE_MODE_NOAUDIT)
		return in_scope() && !audit_mode() ? -EPERM : 0;
	return deny_task("ptrace_access_check", child);
}

/* The tracer is the parent, and the traced task the one that asks. */
SEC("lsm/ptrace_traceme")
int BPF_PROG(ptrace_guard_traceme, struct task_struct *parent)
{
	if (allow_descendants || is_tracer(parent))
		return 0;
	return deny_task("ptrace_traceme", parent);
}

/*
 * /proc/PID/mem and /proc/PID/task/TID/mem: whoever may open one can hand it on,
 * or may have opened it before the policy was attached. All of the file system's
 * files of that name are these.
 */
static __always_inline bool is_memory_file(struct file *file)
{
	const unsigned char *name = file->f_path.dentry->d_name.name;
	char at[4] = {};

	if (bpf_probe_read_kernel(at, sizeof(at), name))
		return true;
	return at[0] == 'm' && at[1] == 'e' && at[2] == 'm' && !at[3];
}

/* The hot path: what is not below /proc costs one comparison. */
SEC("lsm/file_permission")
int BPF_PROG(ptrace_guard_memory, struct file *file, int mask)
{
	struct task_struct *current, *owner;
	struct mm_struct *mm;

	if (file->f_inode->i_sb->s_magic != PROC_SUPER_MAGIC ||
	    !S_ISREG(file->f_inode->i_mode) || !is_memory_file(file))
		return 0;
	current = bpf_get_current_task_btf();
	mm = untrusted(struct mm_struct, file->private_data);
	if (!mm || mm == current->mm)
		return 0;
	owner = BPF_CORE_READ(mm, owner);
	if (owner ? current_may_trace(owner) : is_tracer(current))
		return 0;
	return deny_task("file_permission", owner);
}

/*
 * Samples hold registers and stack of the task. What a child inherits was asked
 * for when its parent's event was made.
 */
SEC("lsm/perf_event_alloc")
int BPF_PROG(ptrace_guard_perf, struct perf_event *event)
{
	struct task_struct *target = untrusted(struct task_struct, event->hw.target);
	struct perf_event *parent = untrusted(struct perf_event, event->parent);

	if (!target || parent)
		return 0;
	if (target->tgid == bpf_get_current_pid_tgid() >> 32 ||
	    current_may_trace(target))
		return 0;
	return deny_task("perf_event_alloc", target);
}

/* Else any task that may set this could be a listed program by name. */
SEC("lsm/task_prctl")
int BPF_PROG(ptrace_guard_prctl, int option, unsigned long arg2)
{
	if (!sets_exe(option, arg2) || is_tracer(bpf_get_current_task_btf()))
		return 0;
	return deny_number("task_prctl", option);
}
