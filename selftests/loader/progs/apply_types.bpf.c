// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps and constants of every type that a policy file can fill. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <lsmslot/types.h>

char LICENSE[] SEC("license") = "GPL";

enum apply_colour {
	APPLY_COLOUR_RED = 1,
	APPLY_COLOUR_DARK_BLUE = 7,
};

struct apply_rule {
	enum apply_colour colour;
	__u8 pad[4];
	__s64 level;
	char name[8];
	__be16 port;
	__u8 bytes[3];
	struct {
		bool on;
	} inner;
	union {
		__u32 count;
		__s16 delta;
	};
};

struct apply_key {
	__u16 low;
	__u16 high;
};

#define HASH(name, key_type, value_type)		\
	struct {					\
		__uint(type, BPF_MAP_TYPE_HASH);	\
		__uint(max_entries, 64);		\
		__type(key, key_type);			\
		__type(value, value_type);		\
	} name SEC(".maps")

#define TRIE(name, key_type, value_type)		\
	struct {					\
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);	\
		__uint(max_entries, 64);		\
		__uint(map_flags, BPF_F_NO_PREALLOC);	\
		__type(key, key_type);			\
		__type(value, value_type);		\
	} name SEC(".maps")

typedef char apply_name[8];

HASH(files, struct lsmslot_inode_id, enum apply_colour);
HASH(mounts, lsmslot_dev_t, __u8);
HASH(groups, lsmslot_cgroup_t, __u32);
HASH(names, apply_name, __u32);
HASH(numbers, __s32, __u64);
HASH(ports, __be16, __u32);
HASH(hosts, __be32, __be16);
HASH(masks, __u8, __be64);
HASH(devices, __u32, lsmslot_dev_t);
HASH(colours, enum apply_colour, __u32);
HASH(pairs, struct apply_key, __u32);
HASH(rules, __u32, struct apply_rule);
TRIE(nets, struct lsmslot_ipv4_prefix, __u32);
TRIE(nets6, struct lsmslot_ipv6_prefix, enum apply_colour);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

const volatile __u8 small = 1;
const volatile __s16 negative = 0;
const volatile __u64 big = 0;
const volatile bool flag = false;
const volatile enum apply_colour colour = APPLY_COLOUR_RED;
const volatile char word[8] = "none";
const volatile struct apply_rule rule = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} constants SEC(".maps");

/* Keeps everything in use, and shows the constants. */
SEC("lsm/file_ioctl")
int types_ioctl(void *ctx)
{
	__u32 zero = 0;
	__u64 *sum = bpf_map_lookup_elem(&constants, &zero);

	if (sum)
		*sum = small + negative + big + flag + colour + word[0] + rule.level;
	return 0;
}
