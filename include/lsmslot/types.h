/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Types of map keys and values that the loader can fill from a policy file.
 *
 * A policy file gives the entries of a map in the words of an operator: a path,
 * a prefix, a cgroup. The loader looks the map's key and value types up in the
 * object's BTF and turns the words into bytes: for these types by name, for
 * enumerations, integers, character arrays and structures of all of those by
 * what they are (docs/policy-authors.md).
 */
#ifndef LSMSLOT_TYPES_H
#define LSMSLOT_TYPES_H

#include <lsmslot/inode_id.h>

/* A file system, by its device: written as the path of one of its mounts. */
typedef __u64 lsmslot_dev_t;

/* A cgroup, by its id in the unified hierarchy: written as its path there. */
typedef __u64 lsmslot_cgroup_t;

/* Keys of BPF_MAP_TYPE_LPM_TRIE: written as ADDRESS/LENGTH, or an address. */
struct lsmslot_ipv4_prefix {
	__u32 prefixlen;
	__u8 addr[4];
};

struct lsmslot_ipv6_prefix {
	__u32 prefixlen;
	__u8 addr[16];
};

#endif /* LSMSLOT_TYPES_H */
