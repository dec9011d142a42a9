/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps of the bpf-guard policy.
 *
 * Map "executables", a hash: who may do what
 *   key    struct lsmslot_inode_id
 *   value  enum bpf_guard_role; any other value gives nothing
 * Map "folders", a hash: where pins are kept, on a BPF file system
 *   key    struct lsmslot_inode_id
 *   value  enum bpf_guard_folder; any other value is BPF_GUARD_FULL
 * Map "maps", a hash: further BPF maps to guard
 *   key    __u32, the map's id
 *   value  __u32, 1
 * Map "lock", an array of one enum bpf_guard_state: locked, loaders are readers.
 * Any value but BPF_GUARD_OPEN locks, and nobody can take it back: this map is
 * guarded, too.
 *
 * Map "learned" is the programs' own: addresses of the maps of LSM programs.
 */
#ifndef LSMSLOT_BPF_GUARD_H
#define LSMSLOT_BPF_GUARD_H

#include <lsmslot/inode_id.h>

#define BPF_GUARD_MAX 1024
#define BPF_GUARD_MAX_LEARNED 16384

enum bpf_guard_role {
	BPF_GUARD_LOADER = 1,	/* loads, attaches, changes lists and pins */
	BPF_GUARD_READER = 2,	/* sees programs, opens maps for reading */
};

enum bpf_guard_folder {
	BPF_GUARD_FULL = 1,	/* the folder and all below it */
	BPF_GUARD_ANCHOR = 2,	/* only not mounted over, unmounted, moved */
};

enum bpf_guard_state {
	BPF_GUARD_OPEN = 0,
	BPF_GUARD_LOCKED = 1,
};

#endif /* LSMSLOT_BPF_GUARD_H */
