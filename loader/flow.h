/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Control flow of one kernel function, from its live bytes.
 *
 * Only what can be reached from the entry is decoded: both sides of a
 * conditional jump, the target alone of an unconditional one.  Code behind a
 * jump label that is off is therefore not part of it, and a static call that
 * is off is a NOP like any other.
 */
#ifndef LSMSLOT_FLOW_H
#define LSMSLOT_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "kcore.h"
#include "ksyms.h"

/* Steps that are none: the end of a path with or without a return. */
#define FLOW_EXIT ((size_t)-1)
#define FLOW_NONE ((size_t)-2)

enum step_kind {
	STEP_PLAIN,	/* falls through, jumps or returns */
	STEP_CALL,	/* calls another function */
	STEP_TAIL,	/* jumps to another function, which returns for this one */
};

/**
 * struct step - one instruction
 * @addr: its address
 * @kind: what it does
 * @indirect: @target is not in the instruction; a retpoline is indirect too
 * @target: address called, of the thunk if it is indirect through one, else 0
 * @next: steps that can follow, FLOW_EXIT and FLOW_NONE included
 */
struct step {
	__u64 addr;
	enum step_kind kind;
	bool indirect;
	__u64 target;
	size_t next[2];
};

/**
 * struct flow - a function's reachable instructions
 * @v: steps; the first is the entry
 * @n: how many
 * @order: the calls among them, each before those that it can lead to
 * @nr_calls: how many
 * @stuck: address that could not be decoded, 0 if there is none
 */
struct flow {
	struct step *v;
	size_t n;
	size_t *order;
	size_t nr_calls;
	__u64 stuck;
};

/* Decodes from @entry on, which may lie inside a function; enum status. */
int flow_decode(struct flow *flow, struct kcore *core, const struct ksyms *syms, __u64 entry);
void flow_free(struct flow *flow);

/* True if there is a way from step @from to step @to (or FLOW_EXIT) past @without. */
bool flow_reaches(const struct flow *flow, size_t from, size_t to, size_t without);

#endif /* LSMSLOT_FLOW_H */
