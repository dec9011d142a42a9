/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies: files that the kernel reads for itself, firmware
 * and kexec images.
 */
#ifndef POLICY_TEST_KERNEL_DATA_H
#define POLICY_TEST_KERNEL_DATA_H

#include <linux/kexec.h>
#include <sys/syscall.h>

#include "files.h"

#define FIRMWARE_PATH "/sys/module/firmware_class/parameters/path"
#define FIRMWARE_REQUEST "/sys/devices/virtual/misc/test_firmware/trigger_request"

static inline void kernel_file_put(const char *path, const char *text)
{
	int fd = file_open(path, O_WRONLY);

	if (write(fd, text, strlen(text)) < 0)
		test_bail("cannot write to %s", path);
	close(fd);
}

/*
 * Has the kernel's test driver ask for @name in folder @dir. The kernel looks in
 * other folders after it, so that the driver is told ENOENT, whatever the reason.
 */
static inline int firmware_request(const char *dir, const char *name)
{
	int fd = open(FIRMWARE_REQUEST, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -EOPNOTSUPP;
	kernel_file_put(FIRMWARE_PATH, dir);
	err = result(write(fd, name, strlen(name)));
	kernel_file_put(FIRMWARE_PATH, "\n");
	close(fd);
	return err;
}

/* What is loaded goes again; -1 for no initial RAM file system. */
static inline int kexec_files(int kernel, int initramfs)
{
	unsigned long flags = initramfs < 0 ? KEXEC_FILE_NO_INITRAMFS : 0;
	int err = result(syscall(SYS_kexec_file_load, kernel, initramfs, 1UL, "", flags));

	if (!err)
		syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, KEXEC_FILE_UNLOAD);
	return err;
}

/* Takes memory; without any it only takes back what is loaded. */
static inline int kexec_memory(void)
{
	return result(syscall(SYS_kexec_load, 0UL, 0UL, NULL, KEXEC_ARCH_DEFAULT));
}

#endif /* POLICY_TEST_KERNEL_DATA_H */
