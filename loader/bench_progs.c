// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The small programs that bench attaches, as instructions. */
#include <errno.h>
#include <sys/mount.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bench_progs.h"

#define MOV_IMM(REG, IMM) \
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (REG), .imm = (IMM) }
#define MOV_REG(DST, SRC) \
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (DST), .src_reg = (SRC) }
#define ADD_IMM(REG, IMM) \
	{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (REG), .imm = (IMM) }
#define STORE_IMM(REG, OFF, IMM) \
	{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = (REG), .off = (OFF), .imm = (IMM) }
#define CALL(FUNC) { .code = BPF_JMP | BPF_CALL, .imm = (FUNC) }
#define EXIT { .code = BPF_JMP | BPF_EXIT }
/* Two instructions. */
#define LOAD_MAP(REG, KIND, FD) \
	{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = (REG), .src_reg = (KIND), .imm = (FD) }, {}
#define ADD_TO(DST, SRC) \
	{ .code = BPF_STX | BPF_DW | BPF_ATOMIC, .dst_reg = (DST), .src_reg = (SRC), .imm = BPF_ADD }

#define KEY 1

const char *const bench_attached_names[NR_BENCH_ATTACHED] = {
	[BENCH_NOTHING]   = "nothing",
	[BENCH_NOOP]      = "noop",
	[BENCH_LOOKUP]    = "lookup",
	[BENCH_SLEEPABLE] = "sleepable",
	[BENCH_CGROUP]    = "cgroup",
};

static int load(const struct hook *hook, enum bpf_attach_type type, __u32 flags,
		const struct bpf_insn *insns, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = type,
		.attach_btf_id = hook->btf_id,
		.prog_flags = flags,
	);
	int fd = bpf_prog_load(BPF_PROG_TYPE_LSM, BENCH_PROG_NAME, "GPL", insns, n, &opts);

	return fd < 0 ? -errno : fd;
}

static int load_return(const struct hook *hook, enum bpf_attach_type type, __u32 flags, int value)
{
	const struct bpf_insn insns[] = { MOV_IMM(BPF_REG_0, value), EXIT };

	return load(hook, type, flags, insns, sizeof(insns) / sizeof(insns[0]));
}

static int load_lookup(const struct hook *hook, int map)
{
	const struct bpf_insn insns[] = {
		STORE_IMM(BPF_REG_10, -8, KEY),
		MOV_REG(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -8),
		LOAD_MAP(BPF_REG_1, BPF_PSEUDO_MAP_FD, map),
		CALL(BPF_FUNC_map_lookup_elem),
		MOV_IMM(BPF_REG_0, 0),
		EXIT,
	};

	return load(hook, BPF_LSM_MAC, 0, insns, sizeof(insns) / sizeof(insns[0]));
}

int bench_prog_counter(const struct hook *hook, int counter)
{
	const struct bpf_insn insns[] = {
		LOAD_MAP(BPF_REG_1, BPF_PSEUDO_MAP_VALUE, counter),
		MOV_IMM(BPF_REG_2, 1),
		ADD_TO(BPF_REG_1, BPF_REG_2),
		MOV_IMM(BPF_REG_0, 0),
		EXIT,
	};

	return load(hook, BPF_LSM_MAC, 0, insns, sizeof(insns) / sizeof(insns[0]));
}

int bench_prog_load(const struct hook *hook, enum bench_attached kind, int map)
{
	switch (kind) {
	case BENCH_NOOP:
		return load_return(hook, BPF_LSM_MAC, 0, 0);
	case BENCH_LOOKUP:
		return map < 0 ? map : load_lookup(hook, map);
	case BENCH_SLEEPABLE:
		return load_return(hook, BPF_LSM_MAC, BPF_F_SLEEPABLE, 0);
	case BENCH_CGROUP:
		/* There 1 lets pass, on every hook. */
		return load_return(hook, BPF_LSM_CGROUP, 0, 1);
	case BENCH_NOTHING:
	case NR_BENCH_ATTACHED:
		break;
	}
	return -EINVAL;
}

int bench_map(void)
{
	/* The same hash in every run. */
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_ZERO_SEED);
	__u64 key = KEY, value = 1;
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, BENCH_PROG_NAME, sizeof(key), sizeof(value), 64,
				&opts);
	int err;

	if (fd < 0)
		return -errno;
	if (!bpf_map_update_elem(fd, &key, &value, BPF_ANY))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int bench_counter(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, BENCH_PROG_NAME, sizeof(__u32), sizeof(__u64), 1,
				NULL);

	return fd < 0 ? -errno : fd;
}

/* A mount of our own in no name space, so it does not matter where the host has its. */
int bench_cgroup(void)
{
	int fs = fsopen("cgroup2", FSOPEN_CLOEXEC), fd;

	if (fs < 0)
		return -errno;
	fd = fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!fd)
		fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (fd < 0)
		fd = -errno;
	close(fs);
	return fd;
}

int bench_prog_attach(int prog, enum bench_attached kind, int cgroup)
{
	int fd;

	if (kind != BENCH_CGROUP)
		fd = bpf_raw_tracepoint_open(NULL, prog);
	else if (cgroup < 0)
		return cgroup;
	else
		fd = bpf_link_create(prog, cgroup, BPF_LSM_CGROUP, NULL);
	return fd < 0 ? -errno : fd;
}
