/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every policy needs: kernel types, helpers, the constants that BTF does
 * not carry because the kernel has them as macros, and the end of a denial:
 * mode, scope, counters and events (include/lsmslot/event.h).
 *
 * A policy decides first and comes here only to deny:
 *
 *	if (allowed)
 *		return 0;
 *	return deny_file("file_open", file->f_path.dentry);
 *
 * which is -EPERM, or 0 in audit mode or where the policy does not count.
 */
#ifndef POLICY_H
#define POLICY_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>
#include <lsmslot/event.h>

#define EPERM 1

/* include/linux/socket.h */
#define AF_UNIX		1
#define AF_INET		2
#define AF_INET6	10

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

/* --- Mode, scope, counters and events ------------------------------------- */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct lsmslot_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LSMSLOT_SCOPE_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, lsmslot_cgroup_t);
	__type(value, __u32);
} scope SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LSMSLOT_NR_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LSMSLOT_EVENTS_SIZE);
} events SEC(".maps");

/*
 * Set before loading: the policy counts only in the cgroups of map scope and
 * below. A task cannot leave its cgroup's descendants without write access to
 * another cgroup, which is for the operator to keep from it.
 */
const volatile bool lsmslot_scoped = false;

/* Enough for any hierarchy seen in practice; a deeper task is in scope. */
#define SCOPE_MAX_DEPTH 32

static __always_inline bool in_scope(void)
{
	lsmslot_cgroup_t cgroup;

	if (!lsmslot_scoped)
		return true;
	for (int level = 0; level < SCOPE_MAX_DEPTH; level++) {
		cgroup = bpf_get_current_ancestor_cgroup_id(level);
		if (!cgroup)
			return false;
		if (bpf_map_lookup_elem(&scope, &cgroup))
			return true;
	}
	return true;
}

static __always_inline bool audit_mode(void)
{
	struct lsmslot_settings *now;
	__u32 zero = 0;

	now = bpf_map_lookup_elem(&settings, &zero);
	return now && now->mode == LSMSLOT_AUDIT;
}

static __always_inline void count(enum lsmslot_counter counter)
{
	__u32 index = counter;
	__u64 *value;

	value = bpf_map_lookup_elem(&counters, &index);
	if (value)
		++*value;	/* per CPU; a nested hit may be lost */
}

/*
 * One denial from begin to end. event is NULL if the ring buffer is full: it is
 * counted, and the verdict does not depend on it.
 */
struct denial {
	struct lsmslot_event *event;
	int verdict;
};

/* Counts, and reports all but the object; false: out of scope, allow. */
static __always_inline bool denial_begin(struct denial *denial, const char *hook)
{
	struct lsmslot_event *event;
	bool audit;
	__u64 id;

	if (!in_scope())
		return false;
	audit = audit_mode();
	count(audit ? LSMSLOT_AUDITED : LSMSLOT_DENIED);
	denial->verdict = audit ? 0 : -EPERM;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	denial->event = event;
	if (!event) {
		count(LSMSLOT_LOST);
		return true;
	}
	__builtin_memset(event, 0, sizeof(*event));
	id = bpf_get_current_pid_tgid();
	event->time = bpf_ktime_get_boot_ns();
	event->cgroup = bpf_get_current_cgroup_id();
	event->pid = id >> 32;
	event->tid = id;
	event->uid = bpf_get_current_uid_gid();
	event->verdict = -EPERM;
	event->audit = audit;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_probe_read_kernel_str(event->hook, sizeof(event->hook), hook);
	return true;
}

static __always_inline int denial_end(struct denial *denial)
{
	if (denial->event)
		bpf_ringbuf_submit(denial->event, 0);
	return denial->verdict;
}

/* Apart from the programs' straight line, and not used by all policies. */
#define POLICY_END __noinline __attribute__((unused))

/* Deny, with nothing to say about the object. */
static POLICY_END int deny(const char *hook)
{
	struct denial denial;

	if (!denial_begin(&denial, hook))
		return 0;
	return denial_end(&denial);
}

/*
 * The last components of @dentry's path on its file system, "..." in front if
 * there are more.
 */
#define NAME_COMPONENTS	6

static __always_inline void name_of(struct lsmslot_event *event, struct dentry *dentry)
{
	struct dentry *at[NAME_COMPONENTS] = {};
	struct dentry *parent;
	__u32 depth = 0, used = 0;
	long len;

	for (int i = 0; i < NAME_COMPONENTS; i++) {
		parent = BPF_CORE_READ(dentry, d_parent);
		at[i] = dentry;
		depth = i + 1;
		if (parent == dentry)
			break;
		dentry = parent;
	}
	for (int i = NAME_COMPONENTS - 1; i >= 0; i--) {
		if (i >= depth || used >= LSMSLOT_NAME_SIZE / 2)
			continue;
		/* The root's own name is "/", which starts the first component. */
		if (BPF_CORE_READ(at[i], d_parent) == at[i])
			continue;
		event->name[used++ & (LSMSLOT_NAME_SIZE - 1)] = '/';
		len = bpf_probe_read_kernel_str(event->name + (used & (LSMSLOT_NAME_SIZE / 2 - 1)),
						LSMSLOT_NAME_SIZE / 2,
						BPF_CORE_READ(at[i], d_name.name));
		if (len > 0)
			used += len - 1;
	}
}

/* Deny, the object being the file at @dentry. */
static POLICY_END int deny_file(const char *hook, struct dentry *dentry)
{
	struct lsmslot_event *event;
	struct denial denial;
	struct inode *inode;

	if (!denial_begin(&denial, hook))
		return 0;
	event = denial.event;
	if (event) {
		event->object = LSMSLOT_OBJECT_FILE;
		inode = BPF_CORE_READ(dentry, d_inode);
		event->file.dev = BPF_CORE_READ(dentry, d_sb, s_dev);
		event->file.ino = BPF_CORE_READ(inode, i_ino);
		name_of(event, dentry);
	}
	return denial_end(&denial);
}

/* Deny, the object being task @task. */
static POLICY_END int deny_task(const char *hook, struct task_struct *task)
{
	struct lsmslot_event *event;
	struct denial denial;

	if (!denial_begin(&denial, hook))
		return 0;
	event = denial.event;
	if (event) {
		event->object = LSMSLOT_OBJECT_TASK;
		event->task.pid = BPF_CORE_READ(task, tgid);
		event->task.uid = BPF_CORE_READ(task, cred, uid.val);
		BPF_CORE_READ_STR_INTO(&event->name, task, comm);
	}
	return denial_end(&denial);
}

/* Deny, the object being a number: a command, a capability, a flag. */
static POLICY_END int deny_number(const char *hook, __u64 number)
{
	struct lsmslot_event *event;
	struct denial denial;

	if (!denial_begin(&denial, hook))
		return 0;
	event = denial.event;
	if (event) {
		event->object = LSMSLOT_OBJECT_NUMBER;
		event->number = number;
	}
	return denial_end(&denial);
}

/* Deny, the object being known by @name, a string in kernel memory or NULL. */
static POLICY_END int deny_name(const char *hook, const void *name)
{
	struct lsmslot_event *event;
	struct denial denial;

	if (!denial_begin(&denial, hook))
		return 0;
	event = denial.event;
	if (event) {
		event->object = LSMSLOT_OBJECT_NAME;
		bpf_probe_read_kernel_str(event->name, sizeof(event->name), name);
	}
	return denial_end(&denial);
}

/* Deny, the object being an Internet address, @port in network byte order. */
static POLICY_END int deny_address(const char *hook, __u16 family, const void *addr,
				   __u16 port)
{
	struct lsmslot_event *event;
	struct denial denial;

	if (!denial_begin(&denial, hook))
		return 0;
	event = denial.event;
	if (event) {
		event->object = LSMSLOT_OBJECT_ADDRESS;
		event->address.family = family;
		event->address.port = bpf_ntohs(port);
		bpf_probe_read_kernel(event->address.addr, family == AF_INET ? 4 : 16, addr);
	}
	return denial_end(&denial);
}

#endif /* POLICY_H */
