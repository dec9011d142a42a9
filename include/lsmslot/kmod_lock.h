/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps and constants of the kmod-lock policy.
 *
 * Map "modules", a hash, at most KMOD_LOCK_MAX entries:
 *   key    char[KMOD_LOCK_NAME_SIZE], a module's name as lsmod prints it (with
 *          '_', not '-'), filled up with zeros
 *   value  __u32, 1
 * Map "files", a hash, at most KMOD_LOCK_MAX entries: files that the kernel may
 * load whatever is in them
 *   key    struct lsmslot_inode_id
 *   value  __u32, 1
 * Map "deny_data", a hash of what else the kernel may not load
 *   key    enum kmod_lock_data
 *   value  __u32, 1
 * Map "lock", an array of one enum kmod_lock_state: locked, no module is loaded
 * at all, listed or not. Any value but KMOD_LOCK_OPEN locks.
 *
 * Constants, set before loading:
 *   locked		false; true: as map lock, and not to be taken back
 *   deny_autoload	false; true: the kernel does not ask modprobe for modules
 *			unless the name it asks for is in map modules
 */
#ifndef LSMSLOT_KMOD_LOCK_H
#define LSMSLOT_KMOD_LOCK_H

#include <lsmslot/inode_id.h>

#define KMOD_LOCK_MAX 4096
#define KMOD_LOCK_NAME_SIZE 56	/* the kernel's MODULE_NAME_LEN on 64 bits */

enum kmod_lock_data {
	KMOD_LOCK_FIRMWARE = 1,
	KMOD_LOCK_KEXEC_IMAGE = 2,
	KMOD_LOCK_KEXEC_INITRAMFS = 3,
	KMOD_LOCK_POLICY = 4,
	KMOD_LOCK_X509_CERTIFICATE = 5,
};

enum kmod_lock_state {
	KMOD_LOCK_OPEN = 0,
	KMOD_LOCK_LOCKED = 1,
};

#endif /* LSMSLOT_KMOD_LOCK_H */
