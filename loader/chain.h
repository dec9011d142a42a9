/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The calls from a hook's function down to the programs. */
#ifndef LSMSLOT_CHAIN_H
#define LSMSLOT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "kcore.h"
#include "ksyms.h"
#include "links.h"
#include "sites.h"

enum callee {
	CALLEE_HELPER,		/* locks, accounting and whatever else */
	CALLEE_LSM,		/* another LSM's function for the hook */
	CALLEE_HOOK,		/* bpf_lsm_<hook>(), or its body */
	CALLEE_TRAMPOLINE,	/* a BPF trampoline */
	CALLEE_RUNNER,		/* the kernel's lsm_slot_run_*(), which call programs indirectly */
	CALLEE_PROGRAM,		/* a BPF program */
	CALLEE_ANY_PROGRAM,	/* programs that the instruction does not name */
	CALLEE_ANY_LSM,		/* LSMs that the instruction does not name */
};

/**
 * struct call - a call and those that its target makes
 * @site: address of the call instruction
 * @target: address called, 0 if only a register knows it
 * @name: of the target, or of the thunk
 * @callee: what is called
 * @indirect: by register or memory, through a thunk or not
 * @tail: a jump, the target returns to the caller's caller
 * @slot: number of the slot it is, -1 if it is none
 * @conditional: neither on every way to a program (or, if there is none, to
 *	the return) nor on every way back from one
 * @prog_id: id of the program if it has an LSM link, else 0
 * @link_id: id of that link
 * @prog_name: full name of that program
 * @calls: what the target calls
 * @nr_calls: how many
 * @stuck: address in the target that could not be decoded, else 0
 */
struct call {
	__u64 site, target;
	char *name;
	enum callee callee;
	bool indirect, tail, conditional;
	int slot;
	__u32 prog_id, link_id;
	const char *prog_name;
	struct call *calls;
	size_t nr_calls;
	__u64 stuck;
};

/* What following the chain of @hook needs. */
struct chain_context {
	const char *hook;
	struct kcore *core;
	struct ksyms syms;
	struct sites sites;
	struct lsm_links links;
	struct prog_addr *progs;
	size_t nr_progs;
};

/* Looks up where the programs of @links are in memory; enum status. */
int chain_find_programs(struct chain_context *ctx);

/* Follows the function at @entry; the result is a call without a site. */
int chain_follow(struct chain_context *ctx, __u64 entry, struct call *root);
void chain_free(struct call *root);

/**
 * struct chain_sum - what a verdict costs in calls, without the conditional
 * ones, the other LSMs and what programs call themselves
 * @programs: programs called directly
 * @any_program: programs are called indirectly, how many is not in the text
 * @direct: direct calls, those to the programs included
 * @indirect: indirect calls, and jumps to functions
 * @jumps: direct jumps to functions (tail calls)
 */
struct chain_sum {
	unsigned int programs, direct, indirect, jumps;
	bool any_program;
};

/* Sums up what is below the BPF LSM's function in @root. */
struct chain_sum chain_sum(const struct call *root);

#endif /* LSMSLOT_CHAIN_H */
