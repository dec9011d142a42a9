/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BPF programs written instruction by instruction, for tests that need one per
 * hook: the hook is known at run time only.
 */
#ifndef KERNEL_INSNS_H
#define KERNEL_INSNS_H

#include <linux/bpf.h>
#include <sys/mman.h>

#include "hooks.h"

#define INSN(...)	((struct bpf_insn) { __VA_ARGS__ })

#define MOV_IMM(dst, value)						\
	INSN(.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = dst, .imm = value)
#define MOV_REG(dst, src)						\
	INSN(.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = dst, .src_reg = src)
#define ALU_IMM(op, dst, value)						\
	INSN(.code = BPF_ALU64 | (op) | BPF_K, .dst_reg = dst, .imm = value)
#define ALU_REG(op, dst, src)						\
	INSN(.code = BPF_ALU64 | (op) | BPF_X, .dst_reg = dst, .src_reg = src)
#define LOAD(size, dst, src, offset)					\
	INSN(.code = BPF_LDX | BPF_MEM | (size), .dst_reg = dst,	\
	     .src_reg = src, .off = offset)
#define STORE(size, dst, offset, src)					\
	INSN(.code = BPF_STX | BPF_MEM | (size), .dst_reg = dst,	\
	     .src_reg = src, .off = offset)
/* *(u64 *)(dst + offset) += src at once, src becomes what was there */
#define FETCH_ADD(dst, offset, src)					\
	INSN(.code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = dst,	\
	     .src_reg = src, .off = offset, .imm = BPF_ADD | BPF_FETCH)
#define JUMP_IMM(op, dst, value, to)					\
	INSN(.code = BPF_JMP | (op) | BPF_K, .dst_reg = dst,		\
	     .imm = value, .off = to)
#define JUMP_REG(op, dst, src, to)					\
	INSN(.code = BPF_JMP | (op) | BPF_X, .dst_reg = dst,		\
	     .src_reg = src, .off = to)
#define CALL(helper)	INSN(.code = BPF_JMP | BPF_CALL, .imm = helper)
#define EXIT()		INSN(.code = BPF_JMP | BPF_EXIT)

/* Two instructions: a constant of 64 bits. */
#define MOV_IMM64(dst, value)						\
	INSN(.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = dst,		\
	     .imm = (__u32)(value)),					\
	INSN(.imm = (__u64)(value) >> 32)

/* Two instructions: the address of byte @offset of an array map's first value. */
#define MAP_VALUE(dst, map, offset)					\
	INSN(.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = dst,		\
	     .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = map),		\
	INSN(.imm = offset)

/* Load a program for a hook; a negative errno if the kernel refuses it. */
static inline int load_for_hook(const char *hook, const struct bpf_insn *insns,
				int nr)
{
	int id = hook_btf_id(hook);
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = BPF_LSM_MAC,
		.attach_btf_id = id);

	if (id < 0)
		return id;
	return bpf_prog_load(BPF_PROG_TYPE_LSM, hook, "GPL", insns, nr, &opts);
}

/* Attach by BPF_LINK_CREATE. */
static inline int attach_program(int program)
{
	int link = bpf_link_create(program, 0, BPF_LSM_MAC, NULL);

	if (link < 0)
		test_bail("cannot attach");
	return link;
}

/* An array map of one value, and the value mapped to memory. */
static inline int make_values(void **values, size_t size)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "values", 4, size, 1, &opts);

	if (map < 0)
		test_bail("no map");
	*values = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (*values == MAP_FAILED)
		test_bail("no map in memory");
	return map;
}

#endif /* KERNEL_INSNS_H */
