/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs in the kernel: copies of the patterns in progs/fuzz_verdicts.bpf.c.
 *
 * A program can be attached to a hook once at a time, so many programs are many
 * copies.  The instructions are loaded again as libbpf left them, for another
 * hook and with another id; that takes a fraction of what an object takes.
 */
#ifndef FUZZ_PROGRAMS_H
#define FUZZ_PROGRAMS_H

#include <sys/resource.h>

#include "fuzz_hooks.h"
#include "hooks.h"
#include "fuzz_verdicts.skel.h"

static struct fuzz_verdicts_bpf *fuzz_skel;

/* File descriptors, 0 for what is not loaded yet. */
static int fuzz_fds[FUZZ_PROGRAMS];
static int fuzz_targets[FUZZ_HOOKS];

/* What sleepable programs read. */
static __u32 fuzz_word = FUZZ_WORD;

static inline const struct bpf_program *fuzz_pattern(int hook, enum fuzz_kind kind)
{
	const char *name = fuzz_kinds[kind];

	if (kind == FUZZ_CGROUP && fuzz_hooks[hook].is_void)
		name = "cgroup_void";
	return bpf_object__find_program_by_name(fuzz_skel->obj, name);
}

/* A copy for @hook with id @program, whose array of programs to call is @targets. */
static inline int fuzz_copy(int hook, enum fuzz_kind kind, int program, int targets)
{
	const struct bpf_program *pattern = fuzz_pattern(hook, kind);
	int map = bpf_map__fd(fuzz_skel->maps.targets), fd;
	size_t nr = bpf_program__insn_cnt(pattern);
	struct bpf_insn insns[256];
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = bpf_program__expected_attach_type(pattern),
		.attach_btf_id = hook_btf_id(fuzz_hooks[hook].name),
		.prog_flags = kind == FUZZ_SLEEP ? BPF_F_SLEEPABLE : 0);

	if (nr > ARRAY_SIZE(insns))
		test_bail("the programs have become too long");
	memcpy(insns, bpf_program__insns(pattern), nr * sizeof(*insns));
	for (size_t i = 0; i < nr; i++) {
		struct bpf_insn *insn = &insns[i];

		if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_K) && insn->imm == FUZZ_IDENTITY)
			insn->imm = program;
		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    insn->src_reg == BPF_PSEUDO_MAP_FD && insn->imm == map)
			insn->imm = targets;
	}
	fd = bpf_prog_load(BPF_PROG_TYPE_LSM, fuzz_kinds[kind], "GPL", insns, nr, &opts);
	if (fd < 0)
		test_bail("cannot load program %s for %s", fuzz_kinds[kind],
			  fuzz_hooks[hook].name);
	return fd;
}

/* The array of programs to call is a hook's own, as the kernel wants it. */
static inline int fuzz_targets_of(int hook)
{
	static const enum fuzz_kind kinds[] = {
		[FUZZ_AT_MIDDLE] = FUZZ_MIDDLE, [FUZZ_AT_FINAL] = FUZZ_FINAL,
	};
	int map = fuzz_targets[hook];

	if (map)
		return map;
	map = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "targets", 4, 4, FUZZ_AT_NONE + 1, NULL);
	if (map < 0)
		test_bail("no array of programs");
	for (__u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		__u32 fd = fuzz_copy(hook, kinds[i], 0, map);

		if (bpf_map_update_elem(map, &i, &fd, BPF_ANY))
			test_bail("cannot have a program called on %s", fuzz_hooks[hook].name);
		close(fd);
	}
	fuzz_targets[hook] = map;
	return map;
}

/* A program's file descriptor; loads it the first time. */
static inline int fuzz_fd(int program)
{
	int hook = fuzz_hook_of(program);
	enum fuzz_kind kind = fuzz_kind_of(program);
	int *fd = &fuzz_fds[program];

	if (!*fd)
		*fd = fuzz_copy(hook, kind, program,
				kind == FUZZ_TAIL || kind == FUZZ_CHAIN || kind == FUZZ_MISS ?
				fuzz_targets_of(hook) : 0);
	return *fd;
}

static inline struct bpf_prog_info fuzz_info(int program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fuzz_fd(program), &info, &size))
		test_bail("no information about a program");
	return info;
}

/* While set, programs act and deny, for this task only. */
static inline void fuzz_act(bool on)
{
	__atomic_store_n(&fuzz_skel->bss->acting, on ? fuzz_skel->bss->self : FUZZ_NOBODY,
			 __ATOMIC_SEQ_CST);
}

static inline void fuzz_programs_open(void)
{
	const struct rlimit files = { 8192, 8192 };
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (setrlimit(RLIMIT_NOFILE, &files))
		test_bail("cannot have enough files open");
	fuzz_skel = fuzz_verdicts_bpf__open_and_load();
	if (!fuzz_skel)
		test_bail("cannot load the programs");
	fuzz_act(false);
	/* Who this task is to programs, whatever the name space of pids. */
	if (bpf_prog_test_run_opts(bpf_program__fd(fuzz_skel->progs.introduce), &opts) ||
	    !fuzz_skel->bss->self)
		test_bail("cannot learn the task's id");
	fuzz_skel->bss->word_address = (unsigned long)&fuzz_word;
}

#endif /* FUZZ_PROGRAMS_H */
