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

/* Atomic: another task may preempt this one on its CPU and count there. */
static __always_inline void count(enum lsmslot_counter counter)
{
	__u32 index = counter;
	__u64 *value;

	value = bpf_map_lookup_elem(&counters, &index);
	if (value)
		__sync_fetch_and_add(value, 1);
}

/*
 * One denial from begin to end. event is NULL if the ring buffer is full: that
 * is counted, and the verdict does not depend on it.
 */
struct denial {
	struct bpf_dynptr record;	/* in the ring buffer */
	struct lsmslot_event *event;	/* the same, to write to */
	int verdict;
};

/* Counts, and begins the report on an @object; false: out of scope, allow. */
static __always_inline bool denial_begin(struct denial *denial, const char *hook,
					 enum lsmslot_object object)
{
	struct lsmslot_event *event;
	bool audit;
	__u64 id;

	if (!in_scope())
		return false;
	audit = audit_mode();
	count(audit ? LSMSLOT_AUDITED : LSMSLOT_DENIED);
	denial->verdict = audit ? 0 : -EPERM;
	/* Whether or not there is room, denial_end() has to submit it. */
	bpf_ringbuf_reserve_dynptr(&events, sizeof(*event), 0, &denial->record);
	event = bpf_dynptr_data(&denial->record, 0, sizeof(*event));
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
	event->object = object;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_probe_read_kernel_str(event->hook, sizeof(event->hook), hook);
	return true;
}

static __always_inline int denial_end(struct denial *denial)
{
	bpf_ringbuf_submit_dynptr(&denial->record, 0);
	return denial->verdict;
}

/* Apart from the programs' straight line, and not used by all policies. */
#define POLICY_END __noinline __attribute__((unused))

/* Deny, with nothing to say about the object. */
static POLICY_END int deny(const char *hook)
{
	struct denial denial;

	if (!denial_begin(&denial, hook, LSMSLOT_OBJECT_NONE))
		return 0;
	return denial_end(&denial);
}

/*
 * A path is written from its end towards the root, to the end of the event's
 * name, and moved to the front when it is complete.
 *
 * No lock is taken. A rename that runs at the same time can leave the old name's
 * bytes cut off at the new name's length, or the other way round: in the text of
 * the event, never in its verdict. Names are freed by RCU.
 */
#define NAME_CHUNK	32
#define NAME_MORE	3	/* the dots in front of what was left out */
#define DCACHE_DISCONNECTED (1U << 5)

enum name_front { FRONT_NONE, FRONT_SLASH, FRONT_MORE };

struct name_walk {
	struct bpf_dynptr *record;
	struct dentry *dentry;		/* of the next component, NULL at the end */
	const unsigned char *text;	/* the component at hand */
	__u32 left;			/* so much of it is not written yet */
	enum name_front front;		/* what comes in front of it */
	__u32 at;			/* where the path begins so far */
};

/* A dynptr: the verifier cannot bound two lengths that add up. */
static __always_inline void name_prepend(struct name_walk *walk, void *text, __u32 size)
{
	walk->at -= size;
	bpf_dynptr_write(walk->record, offsetof(struct lsmslot_event, name) + walk->at,
			 text, size, 0);
}

static __always_inline void name_next(struct name_walk *walk, bool first)
{
	struct dentry *dentry = walk->dentry;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	__u32 len = BPF_CORE_READ(dentry, d_name.len);
	__u32 room = walk->at - NAME_MORE;

	walk->text = BPF_CORE_READ(dentry, d_name.name);
	walk->front = FRONT_NONE;
	if (parent == dentry) {
		/*
		 * The root is "/". What only exists in memory has no folder and
		 * a name like "memfd:NAME"; a file that was opened by handle
		 * with nothing cached has one above it that is not known.
		 */
		walk->dentry = NULL;
		if (BPF_CORE_READ(dentry, d_flags) & DCACHE_DISCONNECTED)
			walk->front = FRONT_MORE;
		else if (first)
			walk->left = len < room ? len : room;
	} else if (len < room) {
		walk->dentry = parent;
		walk->front = FRONT_SLASH;
		walk->left = len;
	} else {
		/* Of a file name that is longer than the event, the end. */
		walk->front = FRONT_MORE;
		if (first) {
			walk->left = room;
			walk->text += len - room;
		}
	}
}

/* One piece of a component, or what is between two; 1 ends it. */
static long name_step(__u32 step, struct name_walk *walk)
{
	__u32 size = walk->left;
	char chunk[NAME_CHUNK];

	if (size) {
		if (size > NAME_CHUNK)
			size = NAME_CHUNK;
		walk->left -= size;
		bpf_probe_read_kernel(chunk, size, walk->text + walk->left);
		name_prepend(walk, chunk, size);
		return 0;
	}
	__builtin_memcpy(chunk, "/...", 4);
	if (walk->front == FRONT_MORE)
		name_prepend(walk, chunk + 1, NAME_MORE);
	if (walk->front == FRONT_SLASH)
		name_prepend(walk, chunk, 1);
	if (walk->front == FRONT_MORE || !walk->dentry)
		return 1;
	name_next(walk, step == 0);
	return 0;
}

/*
 * Path of @dentry on its file system: from its root, or the last components with
 * "..." in front. Not the path of the caller, who may have arranged mounts and a
 * root of its own.
 */
static __always_inline void name_of(struct denial *denial, struct dentry *dentry)
{
	struct name_walk walk = {
		.record = &denial->record,
		.dentry = dentry,
	};
	static const __u32 end = LSMSLOT_NAME_SIZE - 1;
	__u32 at;

	/* Read, and not set: the verifier would follow a number it knows. */
	bpf_probe_read_kernel(&walk.at, sizeof(walk.at), &end);

	/* A component is at least two bytes and takes two steps. */
	bpf_loop(2 * LSMSLOT_NAME_SIZE, name_step, &walk, 0);
	at = walk.at;
	if (at >= LSMSLOT_NAME_SIZE)
		return;
	/* Copies upwards, so that the two may overlap. */
	bpf_probe_read_kernel(denial->event->name, LSMSLOT_NAME_SIZE - at,
			      denial->event->name + at);
}

/* Deny, the object being the file at @dentry. */
static POLICY_END int deny_file(const char *hook, struct dentry *dentry)
{
	struct lsmslot_event *event;
	struct denial denial;
	struct inode *inode;

	if (!denial_begin(&denial, hook, LSMSLOT_OBJECT_FILE))
		return 0;
	event = denial.event;
	if (event) {
		inode = BPF_CORE_READ(dentry, d_inode);
		event->file.dev = BPF_CORE_READ(dentry, d_sb, s_dev);
		event->file.type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
		event->file.ino = BPF_CORE_READ(inode, i_ino);
		name_of(&denial, dentry);
	}
	return denial_end(&denial);
}

/* Deny, the object being task @task. */
static POLICY_END int deny_task(const char *hook, struct task_struct *task)
{
	struct lsmslot_event *event;
	struct denial denial;

	if (!denial_begin(&denial, hook, LSMSLOT_OBJECT_TASK))
		return 0;
	event = denial.event;
	if (event) {
		event->task.pid = BPF_CORE_READ(task, tgid);
		event->task.uid = BPF_CORE_READ(task, cred, uid.val);
		BPF_CORE_READ_STR_INTO(&event->name, task, comm);
	}
	return denial_end(&denial);
}

/* Deny, the object being a number: a command, a capability, a flag. */
static POLICY_END int deny_number(const char *hook, __u64 number)
{
	struct denial denial;

	if (!denial_begin(&denial, hook, LSMSLOT_OBJECT_NUMBER))
		return 0;
	if (denial.event)
		denial.event->number = number;
	return denial_end(&denial);
}

/* Deny, the object being known by @name, a string in kernel memory or NULL. */
static POLICY_END int deny_name(const char *hook, const void *name)
{
	struct denial denial;

	if (!denial_begin(&denial, hook, LSMSLOT_OBJECT_NAME))
		return 0;
	if (denial.event)
		bpf_probe_read_kernel_str(denial.event->name, LSMSLOT_NAME_SIZE, name);
	return denial_end(&denial);
}

/* Deny, the object being an Internet address, @port in network byte order. */
static POLICY_END int deny_address(const char *hook, __u16 family, const void *addr,
				   __u16 port)
{
	struct lsmslot_event *event;
	struct denial denial;

	if (!denial_begin(&denial, hook, LSMSLOT_OBJECT_ADDRESS))
		return 0;
	event = denial.event;
	if (event) {
		event->address.family = family;
		event->address.port = bpf_ntohs(port);
		bpf_probe_read_kernel(event->address.addr, family == AF_INET ? 4 : 16, addr);
	}
	return denial_end(&denial);
}

#endif /* POLICY_H */
