// SPDX-License-Identifier: GPL-2.0-only
/*
 * mount-guard: only listed types of file systems are mounted, and what is
 * mounted can be kept as it is.
 *
 * A type is looked at as early as possible, before the kernel loads the module
 * or reads the device, and once more when the file system is there and its real
 * type and subtype are known. sb_kern_mount is the hook where all mounts that
 * somebody asked for meet. The kernel's own, such as those of pipes, of a new
 * IPC namespace, or tracefs in debugfs, do not come there.
 *
 * docs/policies/mount-guard.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include "caller.h"
#include <lsmslot/mount_guard.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOUNT_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, char[MOUNT_GUARD_TYPE_SIZE]);
	__type(value, enum mount_guard_kind);
} types SEC(".maps");

const volatile bool deny_bind = false;
const volatile bool deny_move = false;
const volatile bool deny_remount = false;
const volatile bool deny_umount = false;
const volatile bool deny_pivot_root = false;

/* include/uapi/linux/mount.h */
#define MS_REMOUNT	(1UL << 5)
#define MS_BIND		(1UL << 12)
#define MS_MOVE		(1UL << 13)
#define MS_PROPAGATION	(1UL << 17 | 1UL << 18 | 1UL << 19 | 1UL << 20)
#define OPEN_TREE_CLONE	1

/* include/linux/fs.h, include/linux/capability.h; numbers are of all ABIs */
#define SB_SUBMOUNT	(1UL << 26)
#define FS_HAS_SUBTYPE	4
#define CAP_SYS_ADMIN	21
#define NR_open_tree	428
#define NR_mount_setattr 442

struct type_name {
	char text[2 * MOUNT_GUARD_TYPE_SIZE];
};

static __always_inline bool listed(struct type_name *name, bool host)
{
	enum mount_guard_kind *kind = bpf_map_lookup_elem(&types, name->text);

	if (!kind)
		return false;
	return *kind == MOUNT_GUARD_ALLOW || (*kind == MOUNT_GUARD_HOST && host);
}

/* Reads a string and returns its length; one that does not fit a key is cut. */
static __always_inline __u32 read_name(char *at, const void *from)
{
	long len = bpf_probe_read_kernel_str(at, MOUNT_GUARD_TYPE_SIZE + 1, from);

	return len <= 0 ? 0 : len - 1;
}

/* Is @type allowed, alone or with @subtype, which may be NULL? */
static __noinline bool type_allowed(const char *type, const char *subtype, bool host)
{
	struct type_name name = {};
	__u32 len;

	len = read_name(name.text, type);
	if (!len || len >= MOUNT_GUARD_TYPE_SIZE)
		return false;
	if (listed(&name, host))
		return true;
	if (!subtype || len >= MOUNT_GUARD_TYPE_SIZE - 2)
		return false;
	name.text[len] = '.';
	len++;
	len += read_name(name.text + (len & (MOUNT_GUARD_TYPE_SIZE - 1)), subtype);
	/* A longer one is listed by no name, not by its first part. */
	return len < MOUNT_GUARD_TYPE_SIZE && listed(&name, host);
}

/* The same for what mount(2) is given: "fuse.sshfs" is "fuse", too. */
static __noinline bool type_text_allowed(const char *text, bool host)
{
	struct type_name name = {};
	bool subtype = false;
	__u32 len;

	len = read_name(name.text, text);
	if (!len || len >= MOUNT_GUARD_TYPE_SIZE)
		return false;
	if (listed(&name, host))
		return true;
	for (int i = 0; i < MOUNT_GUARD_TYPE_SIZE; i++) {
		subtype |= name.text[i] == '.';
		if (subtype)
			name.text[i] = '\0';
	}
	return subtype && listed(&name, host);
}

static __always_inline bool from_host(void)
{
	return caller_userns_level() == 0;
}

/* --- Types ---------------------------------------------------------------- */

/*
 * mount(2), before anything is done. The flags are looked at in the kernel's
 * order; what the others say does not matter any more then.
 */
SEC("lsm/sb_mount")
int BPF_PROG(mount_guard_mount, const char *dev_name, const struct path *path,
	     const char *type, unsigned long flags, void *data)
{
	if (flags & MS_REMOUNT) {
		/* The other remounts are seen by sb_remount. */
		if ((flags & MS_BIND) && deny_remount)
			return deny_name("sb_mount", "bind remount");
		return 0;
	}
	if (flags & MS_BIND)
		return deny_bind ? deny_file("sb_mount", path->dentry) : 0;
	if (flags & MS_PROPAGATION)
		return deny_remount ? deny_name("sb_mount", "propagation") : 0;
	if (flags & MS_MOVE)
		return deny_move ? deny_file("sb_mount", path->dentry) : 0;
	if (type_text_allowed(type, from_host()))
		return 0;
	return deny_name("sb_mount", type);
}

/*
 * fsconfig(2) names the device here, and only later has it read. A type whose
 * subtype is still to come is left to sb_kern_mount, and mount(2) was seen.
 */
SEC("lsm/fs_context_parse_param")
int BPF_PROG(mount_guard_source, struct fs_context *fc, struct fs_parameter *param)
{
	const char *type = BPF_CORE_READ(fc, fs_type, name);

	if (BPF_CORE_READ_BITFIELD_PROBED(fc, oldapi) ||
	    BPF_CORE_READ_BITFIELD_PROBED(fc, purpose) != FS_CONTEXT_FOR_MOUNT)
		return 0;
	if (fc->sb_flags & (SB_KERNMOUNT | SB_SUBMOUNT))
		return 0;
	if (BPF_CORE_READ(fc, fs_type, fs_flags) & FS_HAS_SUBTYPE)
		return 0;
	if (type_allowed(type, NULL, from_host()))
		return 0;
	return deny_name("fs_context_parse_param", type);
}

/*
 * fsopen() has no hook and loads the module of any type that it is asked for.
 * Who calls it is told that there is no such type.
 */
SEC("lsm/kernel_module_request")
int BPF_PROG(mount_guard_module, char *kmod_name)
{
	char prefix[sizeof("fs-")] = {};
	const char *type = kmod_name + sizeof(prefix) - 1;

	bpf_probe_read_kernel(prefix, sizeof(prefix) - 1, kmod_name);
	if (prefix[0] != 'f' || prefix[1] != 's' || prefix[2] != '-')
		return 0;
	if (type_text_allowed(type, from_host()))
		return 0;
	return deny_name("kernel_module_request", type);
}

/* Every file system that is to be mounted, and nothing but those. */
SEC("lsm/sb_kern_mount")
int BPF_PROG(mount_guard_kern_mount, const struct super_block *sb)
{
	const char *type = BPF_CORE_READ(sb, s_type, name);
	bool host = from_host() && BPF_CORE_READ(sb, s_user_ns, level) == 0;

	if (type_allowed(type, BPF_CORE_READ(sb, s_subtype), host))
		return 0;
	return deny_name("sb_kern_mount", type);
}

/* --- Mounts --------------------------------------------------------------- */

/* Is it the root of a tree that fsmount() or open_tree() made, in no place yet? */
static __always_inline bool detached(const struct vfsmount *vfsmount)
{
	unsigned long at = (unsigned long)vfsmount;
	struct mount *mount;
	struct mnt_namespace *ns;

	mount = (void *)(at - bpf_core_field_offset(struct mount, mnt));
	ns = BPF_CORE_READ(mount, mnt_ns);
	return ns && BPF_CORE_READ(ns, seq) == 0;
}

/* Is the file system mounted once only, in or out of sight? */
static __always_inline bool mounted_once(const struct super_block *sb)
{
	unsigned long head = (unsigned long)sb +
			     bpf_core_field_offset(struct super_block, s_mounts);

	return (unsigned long)BPF_CORE_READ(sb, s_mounts.next, next) == head;
}

/*
 * A detached tree gets its place. A copy of what is mounted is a bind mount.
 * Anything else may come from before the policy, or from somebody for whom it
 * does not count, so its type is looked at again.
 */
SEC("lsm/move_mount")
int BPF_PROG(mount_guard_move_mount, const struct path *from_path,
	     const struct path *to_path)
{
	const struct super_block *sb = from_path->mnt->mnt_sb;
	const char *type = BPF_CORE_READ(sb, s_type, name);

	if (!detached(from_path->mnt))
		return deny_move ? deny_file("move_mount", to_path->dentry) : 0;
	if (!mounted_once(sb))
		return deny_bind ? deny_file("move_mount", to_path->dentry) : 0;
	if (type_allowed(type, BPF_CORE_READ(sb, s_subtype), from_host()))
		return 0;
	return deny_name("move_mount", type);
}

/* mount -o remount, and fspick() with fsconfig(). */
SEC("lsm/sb_remount")
int BPF_PROG(mount_guard_remount, struct super_block *sb, void *mnt_opts)
{
	if (!deny_remount)
		return 0;
	return deny_name("sb_remount", BPF_CORE_READ(sb, s_type, name));
}

SEC("lsm/sb_umount")
int BPF_PROG(mount_guard_umount, struct vfsmount *mnt, int flags)
{
	return deny_umount ? deny_file("sb_umount", mnt->mnt_root) : 0;
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(mount_guard_pivot_root, const struct path *old_path,
	     const struct path *new_path)
{
	return deny_pivot_root ? deny_file("sb_pivotroot", old_path->dentry) : 0;
}

/*
 * mount_setattr() and the copies that open_tree() makes have no hook. Both ask
 * for this capability, and the number of the system call says who asks.
 */
SEC("lsm/capable")
int BPF_PROG(mount_guard_capable, const struct cred *cred, struct user_namespace *ns,
	     int cap, unsigned int opts)
{
	__u32 call;

	if (cap != CAP_SYS_ADMIN || !(deny_bind || deny_remount))
		return 0;
	call = caller_syscall();
	if (deny_remount && call == NR_mount_setattr)
		return deny_name("capable", "mount_setattr");
	if (deny_bind && call == NR_open_tree && (caller_regs()->dx & OPEN_TREE_CLONE))
		return deny_name("capable", "open_tree");
	return 0;
}
