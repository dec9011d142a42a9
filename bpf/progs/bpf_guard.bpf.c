// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf-guard: only listed loaders load and attach LSM programs, and change the
 * maps and pins of those that run. Other use of BPF is left alone.
 *
 * Decisions are made on what the kernel has resolved: the program that is about
 * to be loaded, the map that is about to get a descriptor. A descriptor number
 * can stand for something else a moment later; where only that is at hand, the
 * check is a second net and the comment says so.
 *
 * docs/policies/bpf-guard.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include "exe.h"
#include <lsmslot/bpf_guard.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_inode_id);
	__type(value, enum bpf_guard_role);
} executables SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_inode_id);
	__type(value, enum bpf_guard_folder);
} folders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, __u32);
} maps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, enum bpf_guard_state);
} lock SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_GUARD_MAX_LEARNED);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} learned SEC(".maps");

#define BPF_FS_MAGIC		0xcafe4a11
#define PROC_SUPER_MAGIC	0x9fa0
#define SLOT_SEAL		(1U << 31)	/* LSM_SLOT_F_SEAL */

/* --- Who ------------------------------------------------------------------ */

static __always_inline enum bpf_guard_role current_role(void)
{
	struct lsmslot_inode_id id = {};
	enum bpf_guard_state *state;
	enum bpf_guard_role *role;
	__u32 zero = 0;

	if (!task_exe(bpf_get_current_task_btf(), &id))
		return 0;
	role = bpf_map_lookup_elem(&executables, &id);
	if (!role)
		return 0;
	state = bpf_map_lookup_elem(&lock, &zero);
	if (*role == BPF_GUARD_LOADER && (!state || *state != BPF_GUARD_OPEN))
		return BPF_GUARD_READER;
	return *role;
}

static __always_inline bool is_loader(void)
{
	return current_role() == BPF_GUARD_LOADER;
}

/* --- Maps ----------------------------------------------------------------- */

struct learning {
	struct bpf_map **maps;
	__u32 nr;
	bool failed;
};

#define MAX_USED_MAPS 64	/* as in kernel/bpf/verifier.c */

static long learn_step(__u32 i, struct learning *learning)
{
	__u32 one = 1;
	__u64 map = 0;

	if (i >= learning->nr)
		return 1;
	if (bpf_probe_read_kernel(&map, sizeof(map), &learning->maps[i]) || !map ||
	    bpf_map_update_elem(&learned, &map, &one, BPF_ANY))
		learning->failed = true;
	return 0;
}

/* Every map of an LSM program is guarded from when the program gets a descriptor. */
static __noinline bool learn_maps(struct bpf_prog *prog)
{
	struct learning learning = {
		.maps = BPF_CORE_READ(prog, aux, used_maps),
		.nr = BPF_CORE_READ(prog, aux, used_map_cnt),
	};

	bpf_loop(MAX_USED_MAPS, learn_step, &learning, 0);
	return !learning.failed && learning.nr <= MAX_USED_MAPS;
}

/* All maps of one object have its BTF; those of this policy need no learning. */
static __noinline bool is_guarded(struct bpf_map *map)
{
	struct bpf_map *own = (struct bpf_map *)&executables;
	__u64 address = (__u64)map;
	__u64 own_btf = (__u64)own->btf;
	__u32 id = BPF_CORE_READ(map, id);

	if (bpf_map_lookup_elem(&learned, &address))
		return true;
	if (own_btf && (__u64)BPF_CORE_READ(map, btf) == own_btf)
		return true;
	return bpf_map_lookup_elem(&maps, &id);
}

/* A map gets a descriptor: by id, from a pin, or when it is made. */
SEC("lsm/bpf_map")
int BPF_PROG(bpf_guard_map, struct bpf_map *map, fmode_t fmode)
{
	enum bpf_guard_role role;

	if (!is_guarded(map))
		return 0;
	role = current_role();
	if (role == BPF_GUARD_LOADER ||
	    (role == BPF_GUARD_READER && !(fmode & FMODE_WRITE)))
		return 0;
	return deny_name("bpf_map", map->name);
}

/* An address may be another map's next. */
SEC("lsm/bpf_map_free")
void BPF_PROG(bpf_guard_map_free, struct bpf_map *map)
{
	__u64 address = (__u64)map;

	bpf_map_delete_elem(&learned, &address);
}

/* --- Programs ------------------------------------------------------------- */

/* Name of the function that a tracing program is for, as btf_type_by_id() has it. */
static __always_inline bool target_name(struct bpf_prog *prog, char *name, __u32 size)
{
	struct btf *btf = BPF_CORE_READ(prog, aux, attach_btf);
	__u32 id = BPF_CORE_READ(prog, aux, attach_btf_id), offset;
	struct btf_type **types, *type = NULL;

	if (!btf)
		return false;
	if (id < BPF_CORE_READ(btf, start_id))
		btf = BPF_CORE_READ(btf, base_btf);
	types = BPF_CORE_READ(btf, types);
	bpf_probe_read_kernel(&type, sizeof(type),
			      &types[id - BPF_CORE_READ(btf, start_id)]);
	if (!type)
		return false;
	offset = BPF_CORE_READ(type, name_off);
	if (offset < BPF_CORE_READ(btf, start_str_off))
		btf = BPF_CORE_READ(btf, base_btf);
	offset -= BPF_CORE_READ(btf, start_str_off);
	return bpf_probe_read_kernel_str(name, size, BPF_CORE_READ(btf, strings) + offset) > 0;
}

/*
 * A BPF_MODIFY_RETURN program on security_*() answers before any LSM is asked.
 * The kernel allows them on other functions, which are none of this policy's
 * business; one that cannot be named is refused.
 */
static __always_inline bool overrides_lsm(struct bpf_prog *prog)
{
	static const char prefix[] = "security_";
	char name[16] = {};

	if (!target_name(prog, name, sizeof(name)))
		return true;
	for (__u32 i = 0; i < sizeof(prefix) - 1; i++)
		if (name[i] != prefix[i])
			return false;
	return true;
}

/* An extension replaces a function of another program: here of an LSM program. */
static __always_inline bool is_restricted(struct bpf_prog *prog)
{
	switch (BPF_CORE_READ(prog, type)) {
	case BPF_PROG_TYPE_LSM:
		return true;
	case BPF_PROG_TYPE_EXT:
		return BPF_CORE_READ(prog, aux, dst_prog, type) == BPF_PROG_TYPE_LSM;
	case BPF_PROG_TYPE_TRACING:
		return BPF_CORE_READ(prog, expected_attach_type) == BPF_MODIFY_RETURN &&
		       !BPF_CORE_READ(prog, aux, dst_prog) && overrides_lsm(prog);
	default:
		return false;
	}
}

SEC("lsm/bpf_prog_load")
int BPF_PROG(bpf_guard_load, struct bpf_prog *prog, union bpf_attr *attr,
	     struct bpf_token *token)
{
	if (!is_restricted(prog) || is_loader())
		return 0;
	return deny_name("bpf_prog_load", prog->aux->name);
}

/*
 * An LSM program gets a descriptor: it has been loaded, or is asked for by id or
 * pin. Its maps are known by now. Whoever has one could attach it again, put it
 * in another one's place, or use it as the target of an extension.
 */
SEC("lsm/bpf_prog")
int BPF_PROG(bpf_guard_prog, struct bpf_prog *prog)
{
	if (prog->type != BPF_PROG_TYPE_LSM)
		return 0;
	if (learn_maps(prog) && current_role())
		return 0;
	return deny_name("bpf_prog", prog->aux->name);
}

/* --- Commands ------------------------------------------------------------- */

/* What descriptor @fd stands for right now: a second net, as said above. */
static __always_inline void *fd_object(__u32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files, *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
	return BPF_CORE_READ(file, private_data);
}

static __always_inline bool fd_is_lsm_prog(__u32 fd)
{
	struct bpf_prog *prog = fd_object(fd);

	return prog && BPF_CORE_READ(prog, type) == BPF_PROG_TYPE_LSM;
}

static __always_inline bool fd_is_lsm_link(__u32 fd)
{
	struct bpf_link *link = fd_object(fd);

	return link && BPF_CORE_READ(link, prog, type) == BPF_PROG_TYPE_LSM;
}

static __always_inline bool fd_is_guarded_map(__u32 fd)
{
	struct bpf_map *map = fd_object(fd);

	return map && is_guarded(map);
}

static __always_inline bool for_lsm(__u32 attach_type)
{
	return attach_type == BPF_LSM_MAC || attach_type == BPF_LSM_CGROUP;
}

/* @attr is the kernel's copy; the kernel holds programs to their attach type. */
static __always_inline bool needs_loader(int cmd, union bpf_attr *attr)
{
	switch (cmd) {
	case BPF_LINK_CREATE:
		return for_lsm(BPF_CORE_READ(attr, link_create.attach_type));
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
		return for_lsm(BPF_CORE_READ(attr, attach_type));
	case BPF_RAW_TRACEPOINT_OPEN:
		return fd_is_lsm_prog(BPF_CORE_READ(attr, raw_tracepoint.prog_fd));
	case BPF_LINK_UPDATE:
		return (BPF_CORE_READ(attr, link_update.flags) & SLOT_SEAL) ||
		       fd_is_lsm_link(BPF_CORE_READ(attr, link_update.link_fd));
	case BPF_LINK_DETACH:
		return fd_is_lsm_link(BPF_CORE_READ(attr, link_detach.link_fd));
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
	case BPF_MAP_FREEZE:
		return fd_is_guarded_map(BPF_CORE_READ(attr, map_fd));
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
		return fd_is_guarded_map(BPF_CORE_READ(attr, batch.map_fd));
	}
	return false;
}

SEC("lsm/bpf")
int BPF_PROG(bpf_guard_command, int cmd, union bpf_attr *attr, unsigned int size)
{
	if (!needs_loader(cmd, attr) || is_loader())
		return 0;
	return deny_number("bpf", cmd);
}

/* --- Pins ----------------------------------------------------------------- */

struct walk {
	struct lsmslot_inode_id id;
	struct dentry *dentry;
	bool guarded;
};

#define MAX_DEPTH 64	/* a deeper pin is taken as guarded */

static long walk_step(__u32 level, struct walk *walk)
{
	struct dentry *dentry = walk->dentry;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	enum bpf_guard_folder *kind = NULL;

	if (inode) {
		walk->id.type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
		walk->id.ino = BPF_CORE_READ(inode, i_ino);
		kind = bpf_map_lookup_elem(&folders, &walk->id);
	}
	if (kind && (*kind != BPF_GUARD_ANCHOR || level == 0))
		return 1;
	if (parent == dentry) {
		walk->guarded = false;
		return 1;
	}
	walk->dentry = parent;
	return 0;
}

static __noinline bool is_guarded_path(struct dentry *dentry)
{
	struct walk walk = {
		.id.dev = BPF_CORE_READ(dentry, d_sb, s_dev),
		.dentry = dentry,
		.guarded = true,
	};

	bpf_loop(MAX_DEPTH, walk_step, &walk, 0);
	return walk.guarded;
}

static __always_inline bool on_bpffs(struct dentry *dentry)
{
	return BPF_CORE_READ(dentry, d_sb, s_magic) == BPF_FS_MAGIC;
}

static __always_inline int check_pin(const char *hook, struct dentry *dentry)
{
	if (!on_bpffs(dentry) || !is_guarded_path(dentry) || is_loader())
		return 0;
	return deny_file(hook, dentry);
}

SEC("lsm/inode_unlink")
int BPF_PROG(bpf_guard_unlink, struct inode *dir, struct dentry *dentry)
{
	return check_pin("inode_unlink", dentry);
}

SEC("lsm/inode_rmdir")
int BPF_PROG(bpf_guard_rmdir, struct inode *dir, struct dentry *dentry)
{
	return check_pin("inode_rmdir", dentry);
}

SEC("lsm/inode_rename")
int BPF_PROG(bpf_guard_rename, struct inode *old_dir, struct dentry *old_dentry,
	     struct inode *new_dir, struct dentry *new_dentry)
{
	int err = check_pin("inode_rename", old_dentry);

	return err ? err : check_pin("inode_rename", new_dentry);
}

/* BPF_OBJ_PIN comes here as well. */
SEC("lsm/inode_create")
int BPF_PROG(bpf_guard_create, struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return check_pin("inode_create", dentry);
}

SEC("lsm/inode_mkdir")
int BPF_PROG(bpf_guard_mkdir, struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return check_pin("inode_mkdir", dentry);
}

SEC("lsm/inode_symlink")
int BPF_PROG(bpf_guard_symlink, struct inode *dir, struct dentry *dentry,
	     const char *old_name)
{
	return check_pin("inode_symlink", dentry);
}

/* A second name outside of the folder would be free, one inside a new entry. */
SEC("lsm/inode_link")
int BPF_PROG(bpf_guard_link, struct dentry *old_dentry, struct inode *dir,
	     struct dentry *new_dentry)
{
	int err = check_pin("inode_link", old_dentry);

	return err ? err : check_pin("inode_link", new_dentry);
}

SEC("lsm/inode_setattr")
int BPF_PROG(bpf_guard_setattr, struct mnt_idmap *idmap, struct dentry *dentry,
	     struct iattr *attr)
{
	return check_pin("inode_setattr", dentry);
}

/* --- Mounts --------------------------------------------------------------- */

#define MS_REMOUNT	(1UL << 5)
#define MS_BIND		(1UL << 12)
#define MS_PROPAGATION	(1UL << 17 | 1UL << 18 | 1UL << 19 | 1UL << 20)
#define MNT_SHARED	0x1000

extern const void init_nsproxy __ksym;

static __always_inline struct mount *real_mount(const struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* Mount name spaces of containers are their own, unless changes get out. */
static __always_inline bool reaches_host(struct mount *mount, struct mount *at)
{
	struct nsproxy *host = (struct nsproxy *)&init_nsproxy;
	struct mnt_namespace *ns = NULL;

	bpf_probe_read_kernel(&ns, sizeof(ns),
			      (void *)host + bpf_core_field_offset(struct nsproxy, mnt_ns));
	return BPF_CORE_READ(mount, mnt_ns) == ns ||
	       (BPF_CORE_READ(at, mnt.mnt_flags) & MNT_SHARED);
}

static __always_inline int check_mount(const char *hook, const struct path *path)
{
	struct dentry *dentry = BPF_CORE_READ(path, dentry);
	struct mount *mount = real_mount(BPF_CORE_READ(path, mnt));

	if (!is_guarded_path(dentry) || !reaches_host(mount, mount) || is_loader())
		return 0;
	return deny_file(hook, dentry);
}

SEC("lsm/sb_mount")
int BPF_PROG(bpf_guard_mount, const char *dev_name, const struct path *path,
	     const char *type, unsigned long flags, void *data)
{
	if (flags & MS_REMOUNT)
		return 0;
	if (!(flags & MS_BIND) && (flags & MS_PROPAGATION))
		return 0;
	return check_mount("sb_mount", path);
}

SEC("lsm/move_mount")
int BPF_PROG(bpf_guard_move_mount, const struct path *from_path,
	     const struct path *to_path)
{
	int err = check_mount("move_mount", to_path);

	return err ? err : check_mount("move_mount", from_path);
}

/* The last mount of a BPF file system takes all pins with it. */
SEC("lsm/sb_umount")
int BPF_PROG(bpf_guard_umount, struct vfsmount *mnt, int flags)
{
	struct mount *mount = real_mount(mnt);
	struct dentry *root = BPF_CORE_READ(mnt, mnt_root);

	if (!is_guarded_path(root) ||
	    !reaches_host(mount, BPF_CORE_READ(mount, mnt_parent)) || is_loader())
		return 0;
	return deny_file("sb_umount", root);
}

/* --- The rest ------------------------------------------------------------- */

static __always_inline bool is_switch(struct file *file)
{
	static const char want[] = "lsm_slots";
	char name[sizeof(want)] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), file->f_path.dentry->d_name.name);
	for (__u32 i = 0; i < sizeof(want); i++)
		if (name[i] != want[i])
			return false;
	return true;
}

/* The sysctl kernel.lsm_slots, which has no hook of its own. */
SEC("lsm/file_open")
int BPF_PROG(bpf_guard_open, struct file *file)
{
	if (!(file->f_mode & FMODE_WRITE) ||
	    file->f_inode->i_sb->s_magic != PROC_SUPER_MAGIC || !is_switch(file) ||
	    is_loader())
		return 0;
	return deny_file("file_open", file->f_path.dentry);
}

SEC("lsm/task_prctl")
int BPF_PROG(bpf_guard_prctl, int option, unsigned long arg2)
{
	if (!sets_exe(option, arg2) || is_loader())
		return 0;
	return deny_number("task_prctl", option);
}
