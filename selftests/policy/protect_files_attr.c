// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * protect-files: nothing changes the attributes of a listed file: mode, owner,
 * times, extended attributes, ACLs, and what ioctls set.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "attempt.h"

static int try_chmod(struct target *t)
{
	return result(chmod(t->file, 0600));
}

static int try_chmod_same(struct target *t)
{
	return result(chmod(t->file, 0644));
}

static int try_fchmod(struct target *t)
{
	return result(fchmod(t->ro, 0600));
}

static int try_chmod_proc_fd(struct target *t)
{
	char path[PATH_SIZE];

	path_set(path, "/proc/self/fd/%d", t->ro);
	return result(chmod(path, 0600));
}

static int try_chown(struct target *t)
{
	return result(chown(t->file, 1, 1));
}

static int try_lchown(struct target *t)
{
	return result(lchown(t->file, 1, -1));
}

static int try_fchown(struct target *t)
{
	return result(fchown(t->ro, -1, 1));
}

static int try_fchownat_empty(struct target *t)
{
	int fd = file_open(t->file, O_PATH), err;

	err = result(fchownat(fd, "", 1, 1, AT_EMPTY_PATH));
	close(fd);
	return err;
}

static int try_utimensat(struct target *t)
{
	struct timespec times[] = { { 1, 0 }, { 1, 0 } };

	return result(utimensat(AT_FDCWD, t->file, times, 0));
}

static int try_utimensat_now(struct target *t)
{
	return result(utimensat(AT_FDCWD, t->file, NULL, 0));
}

static int try_futimens(struct target *t)
{
	struct timespec times[] = { { 0, UTIME_OMIT }, { 1, 0 } };

	return result(futimens(t->ro, times));
}

static int try_setxattr(struct target *t)
{
	return result(setxattr(t->file, "user.test", "1", 1, 0));
}

static int try_fsetxattr(struct target *t)
{
	return result(fsetxattr(t->ro, "user.test", "1", 1, 0));
}

static int try_setxattr_trusted(struct target *t)
{
	return result(setxattr(t->file, "trusted.test", "1", 1, 0));
}

static int try_setxattr_security(struct target *t)
{
	return result(setxattr(t->file, "security.test", "1", 1, 0));
}

/* cap_setuid in the effective set, as setcap writes it. */
static int try_set_capability(struct target *t)
{
	unsigned int cap[] = { htole32(0x02000001), htole32(1 << 7), 0, 0, 0 };

	return result(setxattr(t->file, "security.capability", cap,
			       sizeof(cap), 0));
}

/* target_init() gave it one. */
static int try_removexattr(struct target *t)
{
	return result(removexattr(t->file, "user.before"));
}

static int try_fremovexattr(struct target *t)
{
	return result(fremovexattr(t->ro, "user.before"));
}

/* A minimal ACL with one more user, as setfacl writes it. */
static int try_set_acl(struct target *t)
{
	struct {
		__le32 version;
		struct {
			__le16 tag, perm;
			__le32 id;
		} entry[5];
	} acl = {
		2, { { 0x01, 6, -1 }, { 0x02, 6, 1 }, { 0x04, 4, -1 },
		     { 0x10, 6, -1 }, { 0x20, 4, -1 } },
	};

	return result(setxattr(t->file, "system.posix_acl_access", &acl,
			       sizeof(acl), 0));
}

static int try_remove_acl(struct target *t)
{
	return result(removexattr(t->file, "system.posix_acl_access"));
}

/* chattr: a descriptor for reading is enough. */
static int try_set_flags(struct target *t)
{
	int flags;

	if (ioctl(t->ro, FS_IOC_GETFLAGS, &flags))
		return -errno;
	flags |= FS_NODUMP_FL;
	return result(ioctl(t->ro, FS_IOC_SETFLAGS, &flags));
}

static int try_set_fsxattr(struct target *t)
{
	struct fsxattr attr;

	if (ioctl(t->ro, FS_IOC_FSGETXATTR, &attr))
		return -errno;
	attr.fsx_xflags |= FS_XFLAG_NODUMP;
	return result(ioctl(t->ro, FS_IOC_FSSETXATTR, &attr));
}

static int try_set_version(struct target *t)
{
	int version = 7;

	return result(ioctl(t->ro, FS_IOC_SETVERSION, &version));
}

/* EXT4_IOC_SWAP_BOOT: trades contents with the boot loader's inode. */
static int try_swap_boot(struct target *t)
{
	return result(ioctl(t->rw, _IO('f', 17)));
}

static const struct attempt attempts[] = {
	ATTEMPT("chmod", try_chmod),
	ATTEMPT("chmod to its own mode", try_chmod_same),
	ATTEMPT("fchmod", try_fchmod),
	ATTEMPT("chmod through /proc/self/fd", try_chmod_proc_fd),
	ATTEMPT("chown", try_chown),
	ATTEMPT("lchown", try_lchown),
	ATTEMPT("fchown", try_fchown),
	ATTEMPT("fchownat of an O_PATH descriptor", try_fchownat_empty),
	ATTEMPT("utimensat", try_utimensat),
	ATTEMPT("utimensat to now", try_utimensat_now),
	ATTEMPT("futimens", try_futimens),
	ATTEMPT("setxattr user.", try_setxattr),
	ATTEMPT("fsetxattr user.", try_fsetxattr),
	ATTEMPT("setxattr trusted.", try_setxattr_trusted),
	ATTEMPT("setxattr security.", try_setxattr_security),
	ATTEMPT("setxattr security.capability", try_set_capability),
	ATTEMPT("removexattr", try_removexattr),
	ATTEMPT("fremovexattr", try_fremovexattr),
	ATTEMPT("set an ACL", try_set_acl),
	ATTEMPT("remove an ACL", try_remove_acl),
	ATTEMPT("chattr, FS_IOC_SETFLAGS", try_set_flags),
	ATTEMPT("FS_IOC_FSSETXATTR", try_set_fsxattr),
	ATTEMPT_ON("ext4", "FS_IOC_SETVERSION", try_set_version),
	ATTEMPT_ON("ext4", "EXT4_IOC_SWAP_BOOT", try_swap_boot),
};

int main(void)
{
	struct policy policy;

	files_init();
	policy_attach(&policy, "protect_files");
	attempts_run(attempts, ARRAY_SIZE(attempts),
		     policy_map(&policy, "protected"), BOTH_SCOPES);
	policy_detach(&policy);
	return test_done();
}
