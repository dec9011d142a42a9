// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mount-guard: with its constants set, nobody binds, moves, changes or takes away
 * what is mounted, by the older calls or the newer ones.
 */
#define _GNU_SOURCE
#include "mount_guard.h"

#define OTHER TEST_ROOT "/other"
#define MOVED TEST_ROOT "/moved"

static void list(struct policy *policy)
{
	type_set(policy, "tmpfs", MOUNT_GUARD_ALLOW);
	type_set(policy, "sysfs", MOUNT_GUARD_ALLOW);
}

static void start_denying_all(struct policy *policy)
{
	policy_open(policy, "mount_guard");
	policy_constant(policy, "deny_bind", true);
	policy_constant(policy, "deny_move", true);
	policy_constant(policy, "deny_remount", true);
	policy_constant(policy, "deny_umount", true);
	policy_constant(policy, "deny_pivot_root", true);
	policy_start(policy);
	list(policy);
}

static void start_denying_nothing(struct policy *policy)
{
	policy_attach(policy, "mount_guard");
	list(policy);
}

/* --- Ways ----------------------------------------------------------------- */

static int try_bind(void)
{
	return result(mount("/etc", AT, NULL, MS_BIND, NULL));
}

static int try_bind_file(void)
{
	return result(mount("/etc/passwd", TEST_ROOT "/file", NULL, MS_BIND, NULL));
}

static int try_bind_tree(void)
{
	return result(mount("/etc", AT, "tmpfs", MS_BIND | MS_REC | MS_MOVE, NULL));
}

static int try_clone(void)
{
	int fd = open_tree(AT_FDCWD, "/etc", OPEN_TREE_CLONE);

	return fd < 0 ? -errno : attach_at(fd);
}

static int try_clone_by_descriptor(void)
{
	int dir = open("/etc", O_PATH | O_DIRECTORY);
	int fd = open_tree(dir, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
			   AT_RECURSIVE);

	return result(fd);
}

/* Of the file system that is at /sys: one instance, mounted twice. */
static int try_second_mount(void)
{
	int fd = new_mount("sysfs", NULL, 0);

	return fd < 0 ? fd : attach_at(fd);
}

static int try_move(void)
{
	return result(mount(MOVED, AT, NULL, MS_MOVE, NULL));
}

static int try_move_mount(void)
{
	return result(move_mount(AT_FDCWD, MOVED, AT_FDCWD, AT, 0));
}

static int try_move_mount_by_descriptor(void)
{
	int fd = open_tree(AT_FDCWD, MOVED, 0);

	return fd < 0 ? -errno : attach_at(fd);
}

static int try_move_beneath(void)
{
	return result(move_mount(AT_FDCWD, MOVED, AT_FDCWD, OTHER, 0x200));
}

/* Makes the second a peer of the first, without moving either. */
static int try_set_group(void)
{
	return result(move_mount(AT_FDCWD, TEST_ROOT "/shared", AT_FDCWD,
				 TEST_ROOT "/shared-copy", 0x100));
}

static int try_remount(void)
{
	return result(mount(NULL, MOVED, NULL, MS_REMOUNT | MS_RDONLY, NULL));
}

static int try_remount_options(void)
{
	return result(mount("test", MOVED, "tmpfs", MS_REMOUNT, "size=2m"));
}

static int try_remount_bind(void)
{
	return result(mount(NULL, MOVED, NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL));
}

static int try_reconfigure(void)
{
	int fs = fspick(AT_FDCWD, MOVED, FSPICK_CLOEXEC);

	if (fs < 0)
		return -errno;
	return result(fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0));
}

static int setattr(struct mount_attr *attr, unsigned int flags)
{
	return result(mount_setattr(AT_FDCWD, MOVED, flags, attr, sizeof(*attr)));
}

static int try_setattr(void)
{
	return setattr(&(struct mount_attr) { .attr_set = MOUNT_ATTR_NOSUID }, 0);
}

static int try_setattr_tree(void)
{
	return setattr(&(struct mount_attr) { .attr_clr = MOUNT_ATTR_NOEXEC },
		       AT_RECURSIVE);
}

static int try_setattr_propagation(void)
{
	return setattr(&(struct mount_attr) { .propagation = MS_SHARED }, 0);
}

static int try_setattr_user_namespace(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -252;
	return try_setattr();
}

static int try_shared(void)
{
	return result(mount(NULL, MOVED, NULL, MS_SHARED, NULL));
}

static int try_private(void)
{
	return result(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static int try_umount(void)
{
	return result(umount2(MOVED, 0));
}

static int try_umount_detach(void)
{
	return result(umount2(MOVED, MNT_DETACH));
}

static int try_umount_force(void)
{
	return result(umount2(MOVED, MNT_FORCE | UMOUNT_NOFOLLOW));
}

/* Asks for nothing the first time. */
static int try_umount_expire(void)
{
	umount2(MOVED, MNT_EXPIRE);
	return result(umount2(MOVED, MNT_EXPIRE));
}

static int try_pivot_root(void)
{
	return result(syscall(SYS_pivot_root, MOVED, MOVED "/old"));
}

static const struct way ways[] = {
	WAY_CHILD("bind mount", try_bind, "sb_mount"),
	WAY_CHILD("bind mount of a file", try_bind_file, "sb_mount"),
	WAY_CHILD("bind mount with more flags, which do not count", try_bind_tree, "sb_mount"),
	WAY_CHILD("open_tree clone, move_mount", try_clone, "capable"),
	WAY_CHILD("open_tree clone by descriptor", try_clone_by_descriptor, "capable"),
	WAY_CHILD("second mount by fsmount", try_second_mount, "move_mount"),
	WAY_CHILD("move", try_move, "sb_mount"),
	WAY_CHILD("move_mount", try_move_mount, "move_mount"),
	WAY_CHILD("move_mount by descriptor", try_move_mount_by_descriptor, "move_mount"),
	WAY_CHILD("move_mount beneath", try_move_beneath, "move_mount"),
	WAY_CHILD("move_mount that sets the peer group", try_set_group, "move_mount"),
	WAY_CHILD("remount", try_remount, "sb_remount"),
	WAY_CHILD("remount with options", try_remount_options, "sb_remount"),
	WAY_CHILD("bind remount", try_remount_bind, "sb_mount"),
	WAY_CHILD("fspick, fsconfig", try_reconfigure, "sb_remount"),
	WAY_CHILD("mount_setattr", try_setattr, "capable"),
	WAY_CHILD("mount_setattr of a tree", try_setattr_tree, "capable"),
	WAY_CHILD("mount_setattr of propagation", try_setattr_propagation, "capable"),
	WAY_CHILD("mount_setattr in a user namespace", try_setattr_user_namespace, "capable"),
	WAY_CHILD("propagation: shared", try_shared, "sb_mount"),
	WAY_CHILD("propagation: private", try_private, "sb_mount"),
	WAY_CHILD("umount", try_umount, "sb_umount"),
	WAY_CHILD("lazy umount", try_umount_detach, "sb_umount"),
	WAY_CHILD("forced umount", try_umount_force, "sb_umount"),
	WAY_CHILD("umount that expires", try_umount_expire, "sb_umount"),
	WAY_CHILD("pivot_root", try_pivot_root, "sb_pivotroot"),
};

/* --- What goes on working ------------------------------------------------- */

static int mount_tmpfs_at(void)
{
	return mount_at("tmpfs", NULL);
}

static int open_tree_without_clone(void)
{
	return result(open_tree(AT_FDCWD, "/etc", OPEN_TREE_CLOEXEC));
}

static int new_namespace(void)
{
	return result(unshare(CLONE_NEWUSER | CLONE_NEWNS));
}

static const struct {
	const char *what;
	int (*try)(void);
} allowed[] = {
	{ "mount of a listed type", mount_tmpfs_at },
	{ "open_tree that makes no copy", open_tree_without_clone },
	{ "a mount namespace, and its end", new_namespace },
};

static void allowed_work(void)
{
	struct policy policy;

	start_denying_all(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		test_ok(!in_child(allowed[i].try), "mount-guard: allowed: %s",
			allowed[i].what);
	policy_detach(&policy);
	start_denying_nothing(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		test_ok(!way_try(&ways[i], NULL), "mount-guard: allowed without its constant: %s",
			ways[i].what);
	policy_detach(&policy);
}

/* A copy made before the policy, or by somebody for whom it does not count. */
static int cloned = -1;

static int attach_cloned(void)
{
	return attach_at(cloned);
}

static void copies_made_before(void)
{
	struct policy policy;

	cloned = open_tree(AT_FDCWD, MOVED, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	start_denying_all(&policy);
	test_ok(cloned >= 0 && in_child(attach_cloned) == -EPERM,
		"mount-guard: a copy made before is not attached");
	policy_detach(&policy);
	test_ok(!in_child(attach_cloned), "mount-guard: it is attached after");
	close(cloned);
}

int main(void)
{
	files_init();
	sh("mkdir -p %s %s %s/shared %s/shared-copy", AT, MOVED, TEST_ROOT, TEST_ROOT);
	sh("touch %s/file", TEST_ROOT);
	mount_tmpfs(MOVED);
	mount_tmpfs(OTHER);
	sh("mkdir %s/old", MOVED);
	mount_tmpfs(TEST_ROOT "/shared");
	sh("mount --bind %s/shared %s/shared-copy", TEST_ROOT, TEST_ROOT);
	sh("mount --make-shared %s/shared", TEST_ROOT);
	ways_run("mount-guard", ways, ARRAY_SIZE(ways), start_denying_all, NULL, NULL);
	allowed_work();
	copies_made_before();
	return test_done();
}
