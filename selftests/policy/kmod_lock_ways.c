// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kmod-lock: every way of having a module loaded that is not listed, next to one
 * that is; the lock, listed files, and requests for modules.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/module.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <lsmslot/kmod_lock.h>

#include "kernel_data.h"
#include "kmod_lock_module.h"
#include "ways.h"

#define DIR "/tmp/lsmslot-kmod"

struct subject {
	const char *name;
	char path[64];
	struct module_image image;
};

static struct subject denied = { .name = "lsmslot_denied" };
static struct subject allowed = { .name = "lsmslot_allowed" };

/* It works if the kernel has taken the module; and it goes again. */
static int loaded(long ret, const char *name)
{
	if (ret < 0)
		return -errno;
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		test_bail("cannot unload %s", name);
	return 0;
}

static int load_file(const char *path, const char *name, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		test_bail("cannot open %s", path);
	err = loaded(syscall(SYS_finit_module, fd, "", flags), name);
	close(fd);
	return err;
}

static int try_finit(void *arg)
{
	struct subject *subject = arg;

	return load_file(subject->path, subject->name, 0);
}

/* Under a listed module's name, which is none of the file. */
static int try_renamed(void *arg)
{
	struct subject *subject = arg;
	char path[] = DIR "/sub/lsmslot_allowed.ko";
	int err;

	mkdir(DIR "/sub", 0755);
	unlink(path);
	if (link(subject->path, path))
		test_bail("cannot link %s", path);
	err = load_file(path, subject->name, 0);
	unlink(path);
	return err;
}

static int try_init(void *arg)
{
	struct subject *subject = arg;

	return loaded(syscall(SYS_init_module, subject->image.data, subject->image.size,
			      ""), subject->name);
}

static int try_memfd(void *arg)
{
	struct subject *subject = arg;
	int fd = memfd_create("module", MFD_CLOEXEC), ro, err;
	char path[64];

	if (write(fd, subject->image.data, subject->image.size) !=
	    (ssize_t)subject->image.size)
		test_bail("cannot write a memfd");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	err = loaded(syscall(SYS_finit_module, ro, "", 0), subject->name);
	close(ro);
	return err;
}

static int try_in_child(void *arg)
{
	int status, pid = fork();

	if (!pid)
		_exit(-try_finit(arg));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		test_bail("cannot run a child");
	return -WEXITSTATUS(status);
}

/* What is no module, or no whole one, and what says it is two. */
static int try_nonsense(void *arg)
{
	static const char text[256] = "no module";

	return loaded(syscall(SYS_init_module, text, sizeof(text), ""), "");
}

static int try_truncated(void *arg)
{
	return loaded(syscall(SYS_init_module, allowed.image.data,
			      allowed.image.size - 128, ""), "");
}

static int try_twice(void *arg)
{
	static struct module_image image;

	module_make(&image, allowed.name, true);
	return loaded(syscall(SYS_init_module, image.data, image.size, ""), "");
}

/* The kernel can unpack such a file on its own, if it is built to. */
static int try_compressed(void *arg)
{
	char path[] = DIR "/packed.ko.xz";
	char command[256];
	int err;

	snprintf(command, sizeof(command), "xz -kc --check=crc32 %s >%s",
		 allowed.path, path);
	if (system(command))
		test_bail("failed: %s", command);
	err = load_file(path, allowed.name, MODULE_INIT_COMPRESSED_FILE);
	unlink(path);
	return err;
}

/* --- Firmware and kexec images -------------------------------------------- */

/* The kernel looks for firmware in the first mount name space, where /run is too. */
#define RUN_DIR "/run/lsmslot-kmod"

/* Files of one folder: the firmware, a kernel and an initial RAM file system. */
struct images {
	const char *dir;
	char firmware[64], kernel[64], initramfs[64];
};

static struct images denied_images = { .dir = RUN_DIR "/denied" };
static struct images listed_images = { .dir = RUN_DIR "/listed" };

/*
 * The start of a kernel that the kernel takes for one, so that it goes on to the
 * initial RAM file system, which it reads; there is no more of it, so in the end it
 * says EINVAL.
 */
static void kernel_make(const char *path)
{
	static unsigned char image[8192];
	unsigned short signature = 0xaa55, version = 0x020f, xloadflags = 0x3;

	memcpy(image + 0x1fe, &signature, 2);
	memcpy(image + 0x202, "HdrS", 4);
	memcpy(image + 0x206, &version, 2);
	image[0x1f1] = 1;		/* setup_sects */
	image[0x201] = 0x6a;		/* the header's end */
	image[0x211] = 0x01;		/* loadflags: LOADED_HIGH */
	image[0x234] = 1;		/* relocatable_kernel */
	memcpy(image + 0x236, &xloadflags, 2);
	file_write(path, image, sizeof(image), 0644);
}

static void images_make(struct images *images)
{
	if (mkdir(images->dir, 0755))
		test_bail("cannot make %s", images->dir);
	snprintf(images->firmware, sizeof(images->firmware), "%s/test.fw", images->dir);
	snprintf(images->kernel, sizeof(images->kernel), "%s/kernel", images->dir);
	snprintf(images->initramfs, sizeof(images->initramfs), "%s/initramfs", images->dir);
	file_write(images->firmware, "firmware", 8, 0644);
	file_write(images->initramfs, "initramfs", 9, 0644);
	kernel_make(images->kernel);
}

static int try_firmware(void *arg)
{
	struct images *images = arg;

	return firmware_request(images->dir, "test.fw");
}

static int load_kernel(const char *kernel, const char *initramfs)
{
	int kernel_fd = file_open(kernel, O_RDONLY), err;
	int initramfs_fd = initramfs ? file_open(initramfs, O_RDONLY) : -1;

	err = kexec_files(kernel_fd, initramfs_fd);
	close(kernel_fd);
	if (initramfs)
		close(initramfs_fd);
	return err;
}

static int try_kernel(void *arg)
{
	return load_kernel(((struct images *)arg)->kernel, NULL);
}

static int try_initramfs(void *arg)
{
	return load_kernel(listed_images.kernel, ((struct images *)arg)->initramfs);
}

static int try_kexec_load(void *arg)
{
	return kexec_memory();
}

static const struct way data_ways[] = {
	WAY_DENIED("firmware", try_firmware, -ENOENT),
	WAY_FAILS("kexec_file_load, the kernel", try_kernel, -EINVAL),
	WAY_FAILS("kexec_file_load, the initial RAM file system", try_initramfs, -EINVAL),
	WAY_ALONE("kexec_load", try_kexec_load),
};

static void list_file(struct policy *policy, const char *path)
{
	struct lsmslot_inode_id id = inode_id(path, 0);
	__u32 one = 1;

	map_set(policy_map(policy, "files"), &id, &one);
}

static void start_data(struct policy *policy)
{
	static const enum kmod_lock_data kinds[] = {
		KMOD_LOCK_FIRMWARE, KMOD_LOCK_KEXEC_IMAGE, KMOD_LOCK_KEXEC_INITRAMFS,
	};
	__u32 one = 1;

	policy_attach(policy, "kmod_lock");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		map_set(policy_map(policy, "deny_data"), &kinds[i], &one);
	list_file(policy, listed_images.firmware);
	list_file(policy, listed_images.kernel);
	list_file(policy, listed_images.initramfs);
}

/* What is not in deny_data is none of the policy's business, also when locked. */
static void data_not_denied(void)
{
	enum kmod_lock_state locked = KMOD_LOCK_LOCKED;
	struct policy policy;
	__u32 zero = 0;

	policy_attach(&policy, "kmod_lock");
	map_set(policy_map(&policy, "lock"), &zero, &locked);
	if (try_firmware(&denied_images) == -EOPNOTSUPP)
		test_skip("this kernel has no driver that loads firmware (CONFIG_TEST_FIRMWARE)");
	else
		test_ok(!try_firmware(&denied_images), "no entry in deny_data: firmware");
	if (kexec_memory() == -ENOSYS)
		test_skip("this kernel has no kexec (CONFIG_KEXEC)");
	else
		test_ok(try_kernel(&denied_images) == -EINVAL && !kexec_memory(),
			"no entry in deny_data: kexec");
	policy_detach(&policy);
}

/* --- Modules -------------------------------------------------------------- */

static const struct way ways[] = {
	WAY("finit_module", try_finit),
	WAY("finit_module, a listed name for the file", try_renamed),
	WAY("finit_module, memfd", try_memfd),
	WAY("finit_module, child", try_in_child),
	WAY("init_module", try_init),
};

/* No module of the list whatever the argument. */
static const struct way broken[] = {
	WAY_FAILS("init_module, no module", try_nonsense, -ENOEXEC),
	WAY_FAILS("init_module, cut off", try_truncated, -ENOEXEC),
	WAY_FAILS("init_module, two names", try_twice, -ENOEXEC),
	WAY("finit_module, compressed", try_compressed),
};

static void list_module(struct policy *policy, const char *name)
{
	char key[KMOD_LOCK_NAME_SIZE] = {};
	__u32 one = 1;

	strcpy(key, name);
	map_set(policy_map(policy, "modules"), key, &one);
}

static void start(struct policy *policy)
{
	policy_open(policy, "kmod_lock");
	policy_start(policy);
	list_module(policy, allowed.name);
}

static void subject_init(struct subject *subject)
{
	int fd;

	module_make(&subject->image, subject->name, false);
	snprintf(subject->path, sizeof(subject->path), DIR "/%s.ko", subject->name);
	fd = open(subject->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, subject->image.data, subject->image.size) !=
	    (ssize_t)subject->image.size || close(fd))
		test_bail("cannot write %s", subject->path);
}

static void locks(void)
{
	enum kmod_lock_state locked = KMOD_LOCK_LOCKED, open_again = KMOD_LOCK_OPEN;
	struct policy policy;
	__u32 zero = 0;

	start(&policy);
	test_ok(!try_finit(&allowed) && !try_init(&allowed), "lock open: listed modules");
	map_set(policy_map(&policy, "lock"), &zero, &locked);
	test_ok(try_finit(&allowed) == -EPERM && try_init(&allowed) == -EPERM,
		"map lock: none at all");
	map_set(policy_map(&policy, "lock"), &zero, &open_again);
	test_ok(!try_finit(&allowed), "map lock: open again");
	policy_detach(&policy);

	policy_open(&policy, "kmod_lock");
	policy_constant(&policy, "locked", 1);
	policy_start(&policy);
	list_module(&policy, allowed.name);
	test_ok(try_finit(&allowed) == -EPERM && try_init(&allowed) == -EPERM,
		"constant locked: none at all");
	policy_detach(&policy);
}

static void listed_file(void)
{
	char packed[] = DIR "/listed.ko.xz";
	struct policy policy;
	int err;

	sh("xz -kc --check=crc32 %s >%s", denied.path, packed);
	start(&policy);
	list_file(&policy, denied.path);
	test_ok(!try_finit(&denied), "a listed file is loaded whatever its name");
	test_ok(try_init(&denied) == -EPERM, "its contents from memory are not");
	test_ok(load_file(packed, denied.name, MODULE_INIT_COMPRESSED_FILE) == -EPERM,
		"nor is a compressed one");
	list_file(&policy, packed);
	err = load_file(packed, denied.name, MODULE_INIT_COMPRESSED_FILE);
	if (!test_ok(!err || err == -EOPNOTSUPP, "a compressed file is, when it is listed%s",
		     err ? " (this kernel cannot unpack it, and says so itself)" : ""))
		test_diag("%s", strerror(-err));
	policy_detach(&policy);
}

/* A protocol family that no kernel has built in makes the kernel ask modprobe. */
static int request(void)
{
	int fd = socket(AF_X25, SOCK_SEQPACKET, 0);

	if (fd >= 0)
		test_bail("this kernel has X.25");
	return -errno;
}

static void requests(void)
{
	struct events log;
	struct policy policy;

	start(&policy);
	events_open(&log, &policy);
	request();
	test_ok(!events_read(&log), "deny_autoload false: requests pass");
	events_close(&log);
	policy_detach(&policy);

	policy_open(&policy, "kmod_lock");
	policy_constant(&policy, "deny_autoload", 1);
	policy_start(&policy);
	events_open(&log, &policy);
	request();
	test_ok(events_read(&log) == 1 && !strcmp(log.seen[0].hook, "kernel_module_request") &&
		!strcmp(log.seen[0].name, "net-pf-9"), "deny_autoload: denied, by name");
	list_module(&policy, "net-pf-9");
	request();
	test_ok(!events_read(&log), "deny_autoload: a listed name passes");
	events_close(&log);
	policy_detach(&policy);
}

static void events(void)
{
	struct events log;
	struct policy policy;

	start(&policy);
	events_open(&log, &policy);
	try_finit(&denied);
	test_ok(events_read(&log) == 1 && log.seen[0].object == LSMSLOT_OBJECT_NAME &&
		!strcmp(log.seen[0].name, denied.name), "the event names the module");
	events_close(&log);
	policy_detach(&policy);
}

int main(void)
{
	if (access("/proc/modules", F_OK)) {
		test_skip("this kernel has no modules (CONFIG_MODULES)");
		return test_done();
	}
	if (mkdir(DIR, 0755) && errno != EEXIST)
		test_bail("cannot make " DIR);
	subject_init(&denied);
	subject_init(&allowed);
	ways_run("kmod-lock", ways, ARRAY_SIZE(ways), start, &denied, &allowed);
	ways_run("kmod-lock", broken, ARRAY_SIZE(broken), start, &denied, NULL);
	locks();
	listed_file();
	requests();
	events();
	sh("mkdir " RUN_DIR);
	images_make(&denied_images);
	images_make(&listed_images);
	ways_run("kmod-lock", data_ways, ARRAY_SIZE(data_ways), start_data,
		 &denied_images, &listed_images);
	data_not_denied();
	sh("rm -rf " DIR " " RUN_DIR);
	return test_done();
}
