// SPDX-License-Identifier: GPL-2.0-only
/*
 * protect-files: listed files, and listed folders with everything below them,
 * cannot be changed, not even by root.
 *
 * A file is listed by its inode, so no second path to it (a bind mount, another
 * mount namespace, /proc/self/fd, a file handle) leads around the list. What is
 * below a listed folder is found from the other end: each hook walks from the
 * file up to the root of its file system and looks every inode up on the way.
 *
 * One hook per way of changing a file. Where the kernel has both a path_ and an
 * inode_ hook the inode_ one is used: it sits where all ways meet (system calls,
 * io_uring, overlayfs and the NFS server working on the layer below), while the
 * path_ hook sees only the system calls.
 *
 * docs/policies/protect-files.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include <lsmslot/protect_files.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROTECT_FILES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_inode_id);
	__type(value, enum protect_files_kind);
} protected SEC(".maps");

struct walk_goal {
	bool anchors;	/* an anchor counts, if the walk starts at one */
};

static __always_inline bool walk_ends(struct walk_goal *goal, __u32 level,
				      const struct lsmslot_inode_id *id)
{
	enum protect_files_kind *kind = bpf_map_lookup_elem(&protected, id);

	return kind && (*kind != PROTECT_FILES_ANCHOR || (goal->anchors && level == 0));
}

#include "walk.h"

/*
 * Is the file at @dentry, or a folder above it, listed? An unknown place is
 * taken as listed. Nothing between a file and the listed folder above it can be
 * renamed while the policy is enforced, so a race with a rename elsewhere cannot
 * hide that folder.
 */
static __noinline bool protected_content(struct dentry *dentry)
{
	struct walk walk = {};

	return walk_up(&walk, dentry) != PLACE_FREE;
}

/* The same for changes of the name itself, from which anchors are kept too. */
static __noinline bool protected_name(struct dentry *dentry)
{
	struct walk walk = { .goal.anchors = true };

	return walk_up(&walk, dentry) != PLACE_FREE;
}

static __always_inline int deny_change(const char *hook, struct dentry *dentry)
{
	return protected_content(dentry) ? deny_file(hook, dentry) : 0;
}

static __always_inline int deny_name_change(const char *hook, struct dentry *dentry)
{
	return protected_name(dentry) ? deny_file(hook, dentry) : 0;
}

/*
 * Contents are those of regular files. What goes through a device node, a FIFO
 * or a socket is not kept in the file, and sockets are the hot path of write().
 */
static __always_inline int deny_content_change(const char *hook, struct file *file)
{
	if (!S_ISREG(file->f_inode->i_mode))
		return 0;
	return deny_change(hook, file->f_path.dentry);
}

/* --- Contents ------------------------------------------------------------ */

/*
 * Opening for write. Also through /proc/self/fd, open_by_handle_at(), and by
 * the kernel itself for swapon(), acct() or a core dump.
 */
SEC("lsm/file_open")
int BPF_PROG(protect_open, struct file *file)
{
	if (!(file->f_mode & FMODE_WRITE))
		return 0;
	return deny_content_change("file_open", file);
}

/*
 * Every write through an open file, which may have been opened before the policy
 * was attached: write, pwritev, sendfile, splice, copy_file_range, fallocate,
 * FICLONE, aio and io_uring. This is the hot path: a read costs one test.
 */
SEC("lsm/file_permission")
int BPF_PROG(protect_write, struct file *file, int mask)
{
	if (!(mask & (MAY_WRITE | MAY_APPEND)))
		return 0;
	return deny_content_change("file_permission", file);
}

/* A private mapping never reaches the file; a shared one needs no write(). */
SEC("lsm/mmap_file")
int BPF_PROG(protect_mmap, struct file *file, unsigned long reqprot,
	     unsigned long prot, unsigned long flags)
{
	struct file *mapped = untrusted(struct file, file);
	unsigned long type = flags & MAP_TYPE;

	if (!mapped || !(prot & PROT_WRITE))
		return 0;
	if (type != MAP_SHARED && type != MAP_SHARED_VALIDATE)
		return 0;
	return deny_content_change("mmap_file", mapped);
}

/* mmap_file saw overlayfs's file; this is the one of the layer below. */
SEC("lsm/mmap_backing_file")
int BPF_PROG(protect_mmap_backing, struct vm_area_struct *vma,
	     struct file *backing_file, struct file *user_file)
{
	unsigned long shared_write = VM_SHARED | VM_WRITE;

	if ((vma->vm_flags & shared_write) != shared_write)
		return 0;
	return deny_content_change("mmap_backing_file", backing_file);
}

/*
 * A shared mapping made before the policy, or made readable only, is made
 * writable. One that was writable already cannot be taken back: see the page.
 */
SEC("lsm/file_mprotect")
int BPF_PROG(protect_mprotect, struct vm_area_struct *vma,
	     unsigned long reqprot, unsigned long prot)
{
	struct file *mapped = untrusted(struct file, vma->vm_file);
	struct dentry *user_dentry;

	if (!mapped || !(prot & PROT_WRITE) || !(vma->vm_flags & VM_SHARED))
		return 0;
	user_dentry = backing_user_dentry(mapped);
	if (user_dentry && protected_content(user_dentry))
		return deny_file("file_mprotect", user_dentry);
	return deny_content_change("file_mprotect", mapped);
}

/* --- Attributes ---------------------------------------------------------- */

/*
 * truncate, ftruncate and O_TRUNC, chmod, chown and utimes: all of them end in
 * notify_change(), which asks here.
 */
SEC("lsm/inode_setattr")
int BPF_PROG(protect_setattr, struct mnt_idmap *idmap, struct dentry *dentry,
	     struct iattr *attr)
{
	return deny_change("inode_setattr", dentry);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(protect_setxattr, struct mnt_idmap *idmap, struct dentry *dentry,
	     const char *name, const void *value, size_t size, int flags)
{
	return deny_change("inode_setxattr", dentry);
}

SEC("lsm/inode_removexattr")
int BPF_PROG(protect_removexattr, struct mnt_idmap *idmap,
	     struct dentry *dentry, const char *name)
{
	return deny_change("inode_removexattr", dentry);
}

/* POSIX ACLs look like xattrs to user space and have their own hooks. */
SEC("lsm/inode_set_acl")
int BPF_PROG(protect_set_acl, struct mnt_idmap *idmap, struct dentry *dentry,
	     const char *acl_name, struct posix_acl *kacl)
{
	return deny_change("inode_set_acl", dentry);
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(protect_remove_acl, struct mnt_idmap *idmap,
	     struct dentry *dentry, const char *acl_name)
{
	return deny_change("inode_remove_acl", dentry);
}

/*
 * Many ioctls change a file through a descriptor open for reading only: the
 * flags of chattr, project ids, fs-verity, encryption, ext4's swap with the
 * boot loader's inode. File systems keep adding some, so the list is of those
 * that only read; each is named with its value as on x86-64.
 */
static __always_inline bool ioctl_only_reads(unsigned int cmd)
{
	switch (cmd) {
	case 0x00000001:	/* FIBMAP */
	case 0x00000002:	/* FIGETBSZ */
	case 0x00005401:	/* TCGETS: isatty() */
	case 0x802c542a:	/* TCGETS2 */
	case 0x00005413:	/* TIOCGWINSZ */
	case 0x0000541b:	/* FIONREAD */
	case 0x00005421:	/* FIONBIO: the descriptor's, not the file's */
	case 0x00005450:	/* FIONCLEX */
	case 0x00005451:	/* FIOCLEX */
	case 0x00005452:	/* FIOASYNC */
	case 0x00005460:	/* FIOQSIZE */
	case 0x80086601:	/* FS_IOC_GETFLAGS */
	case 0x80046601:	/* FS_IOC32_GETFLAGS */
	case 0x80087601:	/* FS_IOC_GETVERSION */
	case 0x80047601:	/* FS_IOC32_GETVERSION */
	case 0x801c581f:	/* FS_IOC_FSGETXATTR */
	case 0x81009431:	/* FS_IOC_GETFSLABEL */
	case 0xc020660b:	/* FS_IOC_FIEMAP */
	case 0xc0046686:	/* FS_IOC_MEASURE_VERITY */
		return true;
	}
	return false;
}

/*
 * Online defragmentation trades the blocks of two files, and asks nobody about
 * the second one. That is named in user memory, which could change after a look
 * at it, so these calls are denied on all files. Type and number, no size.
 */
static __always_inline bool ioctl_trades_blocks(unsigned int cmd)
{
	switch (cmd & 0xffff) {
	case 0x660f:	/* EXT4_IOC_MOVE_EXT */
	case 0x586d:	/* XFS_IOC_SWAPEXT */
	case 0xf509:	/* F2FS_IOC_MOVE_RANGE */
		return true;
	}
	return false;
}

static __always_inline int deny_ioctl(const char *hook, struct file *file,
				      unsigned int cmd)
{
	__u16 mode = file->f_inode->i_mode;

	if (!S_ISREG(mode) && !S_ISDIR(mode))
		return 0;
	if (ioctl_trades_blocks(cmd))
		return deny_file(hook, file->f_path.dentry);
	if (ioctl_only_reads(cmd))
		return 0;
	return deny_change(hook, file->f_path.dentry);
}

SEC("lsm/file_ioctl")
int BPF_PROG(protect_ioctl, struct file *file, unsigned int cmd,
	     unsigned long arg)
{
	return deny_ioctl("file_ioctl", file, cmd);
}

/* The same calls from 32-bit programs, which have a hook of their own. */
SEC("lsm/file_ioctl_compat")
int BPF_PROG(protect_ioctl_compat, struct file *file, unsigned int cmd,
	     unsigned long arg)
{
	return deny_ioctl("file_ioctl_compat", file, cmd);
}

/* --- Names --------------------------------------------------------------- */

SEC("lsm/inode_unlink")
int BPF_PROG(protect_unlink, struct inode *dir, struct dentry *dentry)
{
	return deny_name_change("inode_unlink", dentry);
}

SEC("lsm/inode_rmdir")
int BPF_PROG(protect_rmdir, struct inode *dir, struct dentry *dentry)
{
	return deny_name_change("inode_rmdir", dentry);
}

/*
 * Both ends count: the file that moves, and the name it takes, where a listed
 * file would be replaced or a listed folder gain an entry. For RENAME_EXCHANGE
 * the kernel calls this once for each direction.
 */
SEC("lsm/inode_rename")
int BPF_PROG(protect_rename, struct inode *old_dir, struct dentry *old_dentry,
	     struct inode *new_dir, struct dentry *new_dentry)
{
	int err = deny_name_change("inode_rename", old_dentry);

	return err ? err : deny_name_change("inode_rename", new_dentry);
}

/*
 * A new name for a listed file would escape the listed folder, and outlive it;
 * a new entry would change the folder.
 */
SEC("lsm/inode_link")
int BPF_PROG(protect_link, struct dentry *old_dentry, struct inode *dir,
	     struct dentry *new_dentry)
{
	int err = deny_change("inode_link", old_dentry);

	return err ? err : deny_change("inode_link", new_dentry);
}

/* New entries below a listed folder, one hook per kind. */
SEC("lsm/inode_create")
int BPF_PROG(protect_create, struct inode *dir, struct dentry *dentry,
	     umode_t mode)
{
	return deny_change("inode_create", dentry);
}

SEC("lsm/inode_mkdir")
int BPF_PROG(protect_mkdir, struct inode *dir, struct dentry *dentry,
	     umode_t mode)
{
	return deny_change("inode_mkdir", dentry);
}

SEC("lsm/inode_mknod")
int BPF_PROG(protect_mknod, struct inode *dir, struct dentry *dentry,
	     umode_t mode, dev_t dev)
{
	return deny_change("inode_mknod", dentry);
}

SEC("lsm/inode_symlink")
int BPF_PROG(protect_symlink, struct inode *dir, struct dentry *dentry,
	     const char *old_name)
{
	return deny_change("inode_symlink", dentry);
}

/* --- Mounts -------------------------------------------------------------- */

#define MS_REMOUNT	(1UL << 5)
#define MS_BIND		(1UL << 12)
#define MS_PROPAGATION	(1UL << 17 | 1UL << 18 | 1UL << 19 | 1UL << 20)

/*
 * A mount on top of a listed file hides it as well as a rename would. mount(2)
 * decides by these flags, in this order, whether it puts something on the path;
 * a remount or a change of propagation does not.
 */
SEC("lsm/sb_mount")
int BPF_PROG(protect_mount, const char *dev_name, const struct path *path,
	     const char *type, unsigned long flags, void *data)
{
	if (flags & MS_REMOUNT)
		return 0;
	if (!(flags & MS_BIND) && (flags & MS_PROPAGATION))
		return 0;
	return deny_name_change("sb_mount", path->dentry);
}

/* move_mount(2), with which the newer mount interface puts a mount in place. */
SEC("lsm/move_mount")
int BPF_PROG(protect_move_mount, const struct path *from_path,
	     const struct path *to_path)
{
	return deny_name_change("move_mount", to_path->dentry);
}
