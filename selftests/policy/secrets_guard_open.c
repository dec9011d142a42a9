// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * secrets-guard: no way to open a listed file with a binary that is not listed,
 * nor to get it out of a listed folder. Each way is tried three times:
 *
 *   by another binary on a listed file	must fail with EPERM
 *   by the same one on a file like it	must work
 *   by a listed binary on a listed file	must work
 */
#define _GNU_SOURCE
#include <linux/fs.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>

#include "secrets.h"
#include "uring.h"

static int do_read(struct secret *s)
{
	return open_read(s->file, O_RDONLY);
}

static int do_write(struct secret *s)
{
	return open_read(s->file, O_WRONLY);
}

static int do_read_write(struct secret *s)
{
	return open_read(s->file, O_RDWR);
}

static int do_append(struct secret *s)
{
	return open_read(s->file, O_WRONLY | O_APPEND);
}

static int do_open_truncate(struct secret *s)
{
	return open_read(s->file, O_RDONLY | O_TRUNC);
}

static int do_truncate(struct secret *s)
{
	return result(truncate(s->file, 2));
}

static int do_openat2(struct secret *s)
{
	struct open_how how = { .flags = O_RDONLY, .resolve = RESOLVE_BENEATH };
	int dir = file_open(s->base, O_RDONLY | O_DIRECTORY);

	return result(syscall(SYS_openat2, dir, "folder/dir/file", &how, sizeof(how)));
}

static int do_path_reopen(struct secret *s)
{
	char path[PATH_SIZE];

	path_set(path, "/proc/self/fd/%d", file_open(s->file, O_PATH));
	return open_read(path, O_RDONLY);
}

static int do_proc_root(struct secret *s)
{
	char path[PATH_SIZE * 2];

	snprintf(path, sizeof(path), "/proc/self/root%s", s->file);
	return open_read(path, O_RDONLY);
}

static int do_proc_cwd(struct secret *s)
{
	if (chdir(s->dir))
		return -errno;
	return open_read("/proc/self/cwd/file", O_RDONLY);
}

static int do_symlink(struct secret *s)
{
	if (symlink(s->file, s->out))
		return -errno;
	return open_read(s->out, O_RDONLY);
}

static int do_bind_mount(struct secret *s)
{
	if (unshare(CLONE_NEWNS) || mkdir(s->out, 0755) ||
	    mount(s->dir, s->out, NULL, MS_BIND, NULL) || chdir(s->out))
		test_bail("cannot mount");
	return open_read("file", O_RDONLY);
}

static int do_bind_mount_file(struct secret *s)
{
	if (unshare(CLONE_NEWNS) || mount(s->file, s->other, NULL, MS_BIND, NULL))
		test_bail("cannot mount");
	return open_read(s->other, O_RDONLY);
}

static int do_chroot(struct secret *s)
{
	if (chroot(s->dir))
		test_bail("cannot chroot");
	return open_read("/file", O_RDONLY);
}

static int do_user_namespace(struct secret *s)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		test_bail("no user name space");
	return open_read(s->file, O_RDONLY);
}

static int do_overlay(struct secret *s)
{
	char options[PATH_SIZE * 3], empty[PATH_SIZE];

	path_set(empty, "%s/empty", s->base);
	if (unshare(CLONE_NEWNS) || mkdir(empty, 0755) || mkdir(s->out, 0755))
		test_bail("cannot prepare an overlay");
	snprintf(options, sizeof(options), "lowerdir=%s:%s", s->dir, empty);
	if (mount("test", s->out, "overlay", 0, options))
		return -errno;
	if (chdir(s->out))
		test_bail("cannot go there");
	return open_read("file", O_RDONLY);
}

/* Changing it copies it up, which reads the file in the layer below. */
static int do_overlay_copy_up(struct secret *s)
{
	char options[PATH_SIZE * 4], layers[PATH_SIZE], upper[PATH_SIZE], work[PATH_SIZE];
	int err;

	/* An overlay is no place for another one's upper layer. */
	path_set(layers, "%s/layers", s->base);
	path_set(upper, "%s/layers/upper", s->base);
	path_set(work, "%s/layers/work", s->base);
	if (unshare(CLONE_NEWNS) || mkdir(layers, 0755) ||
	    mount("test", layers, "tmpfs", 0, NULL) || mkdir(upper, 0755) ||
	    mkdir(work, 0755) || mkdir(s->out, 0755))
		test_bail("cannot prepare an overlay");
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s",
		 s->dir, upper, work);
	if (mount("test", s->out, "overlay", 0, options))
		return -errno;
	if (chdir(s->out))
		test_bail("cannot go there");
	err = result(chmod("file", 0600));
	return err ? err : open_read("file", O_RDONLY);
}

static int do_handle(struct secret *s)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int dir = file_open(s->base, O_RDONLY | O_DIRECTORY), mount_id;

	if (name_to_handle_at(AT_FDCWD, s->file, &u.handle, &mount_id, 0))
		return -errno;
	return result(open_by_handle_at(dir, &u.handle, O_RDONLY | O_CLOEXEC));
}

static int uring_open(struct secret *s, unsigned int flags)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.flags = flags,
		.fd = AT_FDCWD,
		.addr = (unsigned long)s->file,
		.open_flags = O_RDONLY,
	};
	int res = uring_do(&sqe);

	return res < 0 ? res : 0;
}

static int do_uring(struct secret *s)
{
	return uring_open(s, 0);
}

static int do_uring_worker(struct secret *s)
{
	return uring_open(s, IOSQE_ASYNC);
}

static void *thread_reads(void *secret)
{
	return (void *)(long)do_read(secret);
}

static int do_thread(struct secret *s)
{
	pthread_t thread;
	void *err;

	if (pthread_create(&thread, NULL, thread_reads, s) ||
	    pthread_join(thread, &err))
		test_bail("cannot run a thread");
	return (long)err;
}

static int do_child(struct secret *s)
{
	int pid = fork();

	if (!pid)
		_exit(-do_read(s));
	return child_status(pid);
}

static int do_vfork(struct secret *s)
{
	int pid = vfork();

	if (!pid)
		_exit(open(s->file, O_RDONLY) < 0 ? errno : 0);
	return child_status(pid);
}

/* The listed binary opens it; the event has a descriptor of one's own. */
static int do_fanotify(struct secret *s)
{
	struct fanotify_event_metadata event;
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY);
	char data[64];

	if (fd < 0 || fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, s->file))
		return -errno;
	if (run(ALLOWED, "read", s->base))
		return -EBADMSG;
	if (read(fd, &event, sizeof(event)) < 0)
		return -errno;
	if (event.fd < 0)
		return -EPERM;
	return result(read(event.fd, data, sizeof(data)));
}

static int do_link(struct secret *s)
{
	int err = result(link(s->file, s->out));

	return err ? err : open_read(s->out, O_RDONLY);
}

static int do_link_empty_path(struct secret *s)
{
	int fd = file_open(s->file, O_PATH);
	int err = result(linkat(fd, "", AT_FDCWD, s->out, AT_EMPTY_PATH));

	return err ? err : open_read(s->out, O_RDONLY);
}

static int do_link_proc_fd(struct secret *s)
{
	char path[PATH_SIZE];
	int err;

	path_set(path, "/proc/self/fd/%d", file_open(s->file, O_PATH));
	err = result(linkat(AT_FDCWD, path, AT_FDCWD, s->out, AT_SYMLINK_FOLLOW));
	return err ? err : open_read(s->out, O_RDONLY);
}

static int do_link_uring(struct secret *s)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_LINKAT,
		.fd = AT_FDCWD,
		.addr = (unsigned long)s->file,
		.len = AT_FDCWD,
		.addr2 = (unsigned long)s->out,
	};
	int res = uring_do(&sqe);

	return res < 0 ? res : open_read(s->out, O_RDONLY);
}

static int do_rename(struct secret *s)
{
	int err = result(rename(s->file, s->out));

	return err ? err : open_read(s->out, O_RDONLY);
}

static int do_rename_dir(struct secret *s)
{
	char path[PATH_SIZE * 2];
	int err = result(rename(s->dir, s->out));

	snprintf(path, sizeof(path), "%s/file", s->out);
	return err ? err : open_read(path, O_RDONLY);
}

static int do_rename_folder(struct secret *s)
{
	char path[PATH_SIZE * 2];
	int err = result(rename(s->folder, s->out));

	snprintf(path, sizeof(path), "%s/dir/file", s->out);
	return err ? err : open_read(path, O_RDONLY);
}

static int do_exchange(struct secret *s)
{
	int err = result(renameat2(AT_FDCWD, s->file, AT_FDCWD, s->other,
				   RENAME_EXCHANGE));

	return err ? err : open_read(s->other, O_RDONLY);
}

static int do_exchange_other_way(struct secret *s)
{
	int err = result(renameat2(AT_FDCWD, s->other, AT_FDCWD, s->file,
				   RENAME_EXCHANGE));

	return err ? err : open_read(s->other, O_RDONLY);
}

static const struct deed deeds[] = {
	{ "read", do_read },
	{ "write", do_write },
	{ "read-write", do_read_write },
	{ "append", do_append },
	{ "open-truncate", do_open_truncate },
	{ "truncate", do_truncate },
	{ "openat2", do_openat2 },
	{ "path-reopen", do_path_reopen },
	{ "proc-root", do_proc_root },
	{ "proc-cwd", do_proc_cwd },
	{ "symlink", do_symlink },
	{ "bind-mount", do_bind_mount },
	{ "bind-mount-file", do_bind_mount_file },
	{ "chroot", do_chroot },
	{ "user-namespace", do_user_namespace },
	{ "overlay", do_overlay },
	{ "overlay-copy-up", do_overlay_copy_up },
	{ "handle", do_handle },
	{ "io_uring", do_uring },
	{ "io_uring-worker", do_uring_worker },
	{ "thread", do_thread },
	{ "child", do_child },
	{ "vfork", do_vfork },
	{ "fanotify", do_fanotify },
	{ "link", do_link },
	{ "link-empty-path", do_link_empty_path },
	{ "link-proc-fd", do_link_proc_fd },
	{ "link-io_uring", do_link_uring },
	{ "rename", do_rename },
	{ "rename-dir", do_rename_dir },
	{ "rename-listed-folder", do_rename_folder },
	{ "exchange", do_exchange },
	{ "exchange-other-way", do_exchange_other_way },
};

static bool unsupported(int err)
{
	return err == -EOPNOTSUPP || err == -ENOTTY || err == -ENOSYS;
}

static void try(struct policy *policy, const struct deed *deed, const char *where,
		bool folder)
{
	int files = policy_map(policy, "files");
	struct lsmslot_inode_id listed_id, own_id;
	__u32 group = SECRETS_GUARD_GROUP;
	struct secret listed, like, own;
	int denied, free, allowed;
	char base[PATH_SIZE];
	struct stat stat;
	static int nr;

	secret_make(&listed, path_set(base, "%s/%s/%d", TEST_ROOT, where, nr++));
	secret_make(&like, path_set(base, "%s/%s/%d", TEST_ROOT, where, nr++));
	secret_make(&own, path_set(base, "%s/%s/%d", TEST_ROOT, where, nr++));
	listed_id = inode_id(folder ? listed.folder : listed.file, 0);
	own_id = inode_id(folder ? own.folder : own.file, 0);
	map_set(files, &listed_id, &group);
	map_set(files, &own_id, &group);

	denied = run(OUTSIDER, deed->name, listed.base);
	free = run(OUTSIDER, deed->name, like.base);
	allowed = run(ALLOWED, deed->name, own.base);
	map_clear(files, &listed_id);
	map_clear(files, &own_id);
	if (unsupported(free)) {
		test_skip("%s does not support it: %s", where, deed->name);
		return;
	}
	if (!test_ok(denied == -EPERM && !free && !allowed, "%s, %s: %s", where,
		     folder ? "file in a listed folder" : "listed file", deed->name))
		test_diag("listed: %s; not listed: %s; by a listed binary: %s",
			  strerror(-denied), strerror(-free), strerror(-allowed));
	if (!lstat(listed.file, &stat) && stat.st_size != (off_t)strlen(SECRET))
		test_ok(false, "%s: %s: and the file was changed", where, deed->name);
}

int main(int argc, char **argv)
{
	static const char *const places[] = { "tmpfs", "ext4", "overlay/merged" };
	struct policy policy;

	secrets_payload(argc, argv, deeds, ARRAY_SIZE(deeds));
	secrets_init();
	mount_tmpfs(TEST_ROOT "/tmpfs");
	mount_ext4(TEST_ROOT "/ext4");
	mount_overlay(TEST_ROOT "/overlay", TEST_ROOT "/tmpfs");
	secrets_attach(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		for (size_t j = 0; j < ARRAY_SIZE(deeds) * 2; j++)
			try(&policy, &deeds[j / 2], places[i], j % 2);
	policy_detach(&policy);
	unmount(TEST_ROOT "/overlay/merged");
	unmount(TEST_ROOT "/ext4");
	return test_done();
}
