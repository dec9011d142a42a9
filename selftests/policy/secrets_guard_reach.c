// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * secrets-guard: groups, nested entries, audit mode, events, what needs no
 * listing; and the limits that its page states, which are tested too, so that
 * the page stays true.
 */
#define _GNU_SOURCE
#include <sys/swap.h>
#include <sys/syscall.h>

#include <lsmslot/protect_files.h>

#include "events.h"
#include "secrets.h"

#define SECOND TEST_ROOT "/bin/second"

static struct policy policy;

static int do_read(struct secret *s)
{
	return open_read(s->file, O_RDONLY);
}

static int do_list_folder(struct secret *s)
{
	int fd = open(s->dir, O_RDONLY | O_DIRECTORY);
	char data[1024];

	return fd < 0 ? -errno : result(syscall(SYS_getdents64, fd, data, sizeof(data)));
}

static int do_stat(struct secret *s)
{
	struct stat stat;

	return result(lstat(s->file, &stat));
}

static int do_unlink(struct secret *s)
{
	return result(unlink(s->file));
}

/* Another binary in the place of the second one. */
static int do_overwrite(struct secret *s)
{
	int fd = open(SECOND, O_WRONLY | O_TRUNC);

	if (fd < 0)
		return -errno;
	close(fd);
	copy_file(OUTSIDER, SECOND);
	return 0;
}

static int do_swapon(struct secret *s)
{
	return result(swapon(s->file, 0));
}

static const struct deed deeds[] = {
	{ "read", do_read },
	{ "list-folder", do_list_folder },
	{ "stat", do_stat },
	{ "unlink", do_unlink },
	{ "overwrite", do_overwrite },
	{ "swapon", do_swapon },
};

static void groups(void)
{
	struct secret s;

	secret_make(&s, TEST_ROOT "/groups");
	list_in(&policy, "files", s.file, 2);
	test_ok(run(ALLOWED, "read", s.base) == -EPERM, "another group's file: denied");
	list_in(&policy, "files", s.file, 3);
	test_ok(!run(ALLOWED, "read", s.base), "a file of two groups: either reads");
	list_in(&policy, "files", s.file, 0);
	test_ok(run(ALLOWED, "read", s.base) == -EPERM, "a file of no group: denied");
	list_in(&policy, "files", s.file, 1);
	list_in(&policy, "binaries", ALLOWED, 0);
	test_ok(run(ALLOWED, "read", s.base) == -EPERM, "a binary of no group: denied");
	list_in(&policy, "binaries", ALLOWED, 6);
	test_ok(run(ALLOWED, "read", s.base) == -EPERM,
		"a binary of two other groups: denied");
	list_in(&policy, "binaries", ALLOWED, SECRETS_GUARD_GROUP);
	unlist_in(&policy, "files", s.file);
}

static void nested(void)
{
	struct secret s;

	secret_make(&s, TEST_ROOT "/nested");
	list_in(&policy, "files", s.folder, 2);
	test_ok(run(ALLOWED, "read", s.base) == -EPERM, "a folder of another group: denied");
	list_in(&policy, "files", s.file, 1);
	test_ok(!run(ALLOWED, "read", s.base), "the file in it is listed itself: that counts");
	list_in(&policy, "files", s.folder, 1);
	list_in(&policy, "files", s.file, 2);
	test_ok(run(ALLOWED, "read", s.base) == -EPERM, "also where it is stricter");
	unlist_in(&policy, "files", s.file);
	unlist_in(&policy, "files", s.folder);
}

static void audit(void)
{
	static struct events events;
	struct secret s;

	secret_make(&s, TEST_ROOT "/audit");
	events_open(&events, &policy);
	list_in(&policy, "files", s.folder, 1);
	events_read(&events);
	test_ok(run(OUTSIDER, "read", s.base) == -EPERM && events_read(&events) == 1 &&
		!events.seen[0].audit && !strcmp(events.seen[0].hook, "file_open") &&
		!strcmp(events.seen[0].comm, "outsider") &&
		!strcmp(events.seen[0].name, "/audit/folder/dir/file"),
		"enforce: denied and reported");
	test_ok(!run(ALLOWED, "read", s.base) && !events_read(&events),
		"enforce: a listed binary is not reported");
	policy_mode(&policy, LSMSLOT_AUDIT);
	test_ok(!run(OUTSIDER, "read", s.base), "audit: let through");
	test_ok(events_read(&events) == 2 && events.seen[0].audit && events.seen[1].audit &&
		!strcmp(events.seen[1].hook, "file_permission"),
		"audit: reported, the open and the read");
	policy_mode(&policy, LSMSLOT_ENFORCE);
	unlist_in(&policy, "files", s.folder);
	events_close(&events);
}

static void handles(void)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .handle.handle_bytes = MAX_HANDLE_SZ };
	char dir[] = TEST_ROOT "/ext4", base[] = TEST_ROOT "/ext4/handles";
	int mount_fd, mount_id, fd;
	struct secret s;

	secret_make(&s, base);
	if (name_to_handle_at(AT_FDCWD, s.file, &u.handle, &mount_id, 0))
		test_bail("no file handle");
	mount_fd = file_open(dir, O_RDONLY | O_DIRECTORY);
	sh("sync && echo 2 > /proc/sys/vm/drop_caches");
	fd = open_by_handle_at(mount_fd, &u.handle, O_RDONLY | O_CLOEXEC);
	test_ok(fd < 0 && errno == EPERM,
		"file handle, nothing cached, not listed: denied, place unknown");
	if (access(s.file, F_OK))
		test_bail("cannot look up %s", s.file);
	fd = open_by_handle_at(mount_fd, &u.handle, O_RDONLY | O_CLOEXEC);
	test_ok(fd >= 0, "file handle, cached, not listed: works");
	close(fd);
	list_in(&policy, "files", s.folder, 1);
	sh("sync && echo 2 > /proc/sys/vm/drop_caches");
	fd = open_by_handle_at(mount_fd, &u.handle, O_RDONLY | O_CLOEXEC);
	test_ok(fd < 0 && errno == EPERM,
		"file handle, nothing cached, folder listed: denied");
	unlist_in(&policy, "files", s.folder);
	close(mount_fd);
}

static void kernel_users(void)
{
	struct secret s;
	int listed, free;

	secret_make(&s, TEST_ROOT "/ext4/kernel");
	sh("truncate -s 1M %s && losetup -r -f --show %s > %s/dev", s.file, s.file,
	   s.base);
	list_in(&policy, "files", s.file, 1);
	sh("echo 3 > /proc/sys/vm/drop_caches");
	test_ok(!system("grep -q secret $(cat " TEST_ROOT "/ext4/kernel/dev)"),
		"limit: an older loop device still reads");
	sh("losetup -d $(cat %s/dev)", s.base);
	test_ok(system("losetup -r -f --show " TEST_ROOT
		       "/ext4/kernel/folder/dir/file 2>/dev/null"),
		"a new loop device: denied");
	listed = run(OUTSIDER, "swapon", s.base);
	unlist_in(&policy, "files", s.file);
	free = run(OUTSIDER, "swapon", s.base);
	if (free == -ENOSYS)
		test_skip("the kernel has no swap");
	else
		test_ok(listed == -EPERM && free == -EINVAL, "swapon: denied");
	test_ok(!system("dev=$(losetup -r -f --show " TEST_ROOT
			"/ext4/kernel/folder/dir/file) && losetup -d $dev"),
		"a new loop device, not listed: works");
}

static void limits(void)
{
	struct policy protect;
	char second_name[] = TEST_ROOT "/ext4/second-name", below[PATH_SIZE];
	struct secret s;

	secret_make(&s, TEST_ROOT "/ext4/limits");
	if (link(s.file, second_name))
		test_bail("cannot link %s", s.file);
	list_in(&policy, "files", s.folder, 1);
	test_ok(!open_read(second_name, O_RDONLY),
		"limit: an older hard link leads out of a listed folder");
	list_in(&policy, "files", s.file, 1);
	test_ok(open_read(second_name, O_RDONLY) == -EPERM,
		"the file listed itself: no hard link does");
	test_ok(!run(OUTSIDER, "list-folder", s.base) && !run(OUTSIDER, "stat", s.base),
		"limit: names and attributes can be read");
	sh("sync");
	test_ok(!system("grep -q '" SECRET "' " TEST_ROOT "/ext4.img"),
		"limit: the disk below can be read");

	copy_file(ALLOWED, SECOND);
	list_in(&policy, "binaries", SECOND, 1);
	test_ok(!run(SECOND, "read", s.base), "a second listed binary reads");
	test_ok(!run(OUTSIDER, "overwrite", s.base) && !run(SECOND, "read", s.base),
		"limit: whoever can write a listed binary can be one");
	policy_attach(&protect, "protect_files");
	list_in(&protect, "protected", SECOND, PROTECT_FILES_FULL);
	test_ok(run(OUTSIDER, "overwrite", s.base) == -EPERM,
		"with protect-files nobody can");
	unlist_in(&protect, "protected", SECOND);
	policy_detach(&protect);
	unlist_in(&policy, "binaries", SECOND);

	unlist_in(&policy, "files", s.file);
	test_ok(!run(OUTSIDER, "unlink", s.base), "limit: it can be removed");
	path_set(below, "%s/new", s.dir);
	test_ok(result(open(below, O_WRONLY | O_CREAT | O_EXCL, 0644)) == -EPERM &&
		!access(below, F_OK), "limit: a new file can be made, but not opened");
	path_set(below, "%s/mounted", s.folder);
	mount_tmpfs(below);
	strcat(below, "/file");
	file_write(below, SECRET, strlen(SECRET), 0644);
	test_ok(!open_read(below, O_RDONLY),
		"limit: another file system mounted below a listed folder");
	*strrchr(below, '/') = '\0';
	unmount(below);
	unlist_in(&policy, "files", s.folder);
}

/* secrets_read is what costs: the page says what is lost without it. */
static void one_program(void)
{
	struct policy only;
	struct secret s;
	char data[16];
	int fd;

	secret_make(&s, TEST_ROOT "/one");
	fd = file_open(s.file, O_RDONLY);
	policy_attach_only(&only, "secrets_guard", "secrets_open");
	list_in(&only, "files", s.file, 1);
	test_ok(open_read(s.file, O_RDONLY) == -EPERM, "secrets_open alone: open");
	test_ok(read(fd, data, sizeof(data)) > 0,
		"secrets_open alone: an open descriptor reads");
	policy_detach(&only);
	policy_attach_only(&only, "secrets_guard", "secrets_read");
	list_in(&only, "files", s.file, 1);
	test_ok(result(pread(fd, data, sizeof(data), 0)) == -EPERM,
		"secrets_read alone: it does not");
	policy_detach(&only);
	close(fd);
}

static void scoped(void)
{
	struct policy scoped;
	struct secret s;

	secret_make(&s, TEST_ROOT "/scoped");
	policy_attach_scoped(&scoped, "secrets_guard");
	list_in(&scoped, "files", s.file, 1);
	test_ok(!run(OUTSIDER, "read", s.base), "scope without this cgroup: not denied");
	policy_detach(&scoped);
}

int main(int argc, char **argv)
{
	secrets_payload(argc, argv, deeds, ARRAY_SIZE(deeds));
	secrets_init();
	mount_ext4(TEST_ROOT "/ext4");
	secrets_attach(&policy);
	groups();
	nested();
	audit();
	handles();
	kernel_users();
	limits();
	policy_detach(&policy);
	one_program();
	scoped();
	unmount(TEST_ROOT "/ext4");
	return test_done();
}
