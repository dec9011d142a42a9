/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How policies name a file: by file system, type and inode number, as the kernel
 * sees them.
 *
 * Shared by the BPF programs, which fill one from a struct inode, and by user
 * space, which writes it into their maps. Both sides use host byte order.
 */
#ifndef LSMSLOT_INODE_ID_H
#define LSMSLOT_INODE_ID_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/*
 * A map key: no padding, every bit counts. The numbers are the kernel's own,
 * which are not always what stat() reports:
 *
 * - dev is super_block.s_dev in the kernel's encoding, major << 20 | minor.
 *   stat's st_dev has another encoding, and on btrfs and overlayfs it is
 *   another device altogether. /proc/self/mountinfo prints the right one.
 * - type is inode.i_mode & S_IFMT, as in st_mode. It is part of the name because
 *   an overlay over several file systems counts its folders, and takes the
 *   numbers of other files from the layers: a folder and a file can share one.
 * - ino is inode.i_ino. /proc/self/fdinfo prints it; stat's st_ino can differ.
 *
 * inode_lookup.h gets both for an open file. Zero is never a valid ino.
 */
struct lsmslot_inode_id {
	__u32 dev;
	__u32 type;
	__u64 ino;
};

#define LSMSLOT_MINOR_BITS 20
#define LSMSLOT_DEV(major, minor) \
	(((__u64)(major) << LSMSLOT_MINOR_BITS) | (__u64)(minor))

#endif /* LSMSLOT_INODE_ID_H */
