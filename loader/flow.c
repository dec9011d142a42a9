// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Control flow of one kernel function, from its live bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <capstone.h>

#include "flow.h"

/* Longer functions than this are not on the way to a program. */
#define MAX_STEPS 20000
#define MAX_INSN 15

/* What decoding one function needs beside the result. */
struct decoder {
	struct flow *flow;
	struct kcore *core;
	const struct ksyms *syms;
	csh cs;
	cs_insn *insn;
	__u64 start, end;	/* the function */
	__u64 cold, cold_end;	/* its part that the compiler moved away, if known */
	size_t room;
};

/*
 * The function is where its symbol is, up to the next symbol; GCC puts blocks
 * it takes for unlikely into NAME.cold.
 */
static bool in_function(struct decoder *d, __u64 addr)
{
	const struct ksym *here, *sym;
	size_t len;

	if (addr >= d->start && addr < d->end)
		return true;
	if (d->cold)
		return addr >= d->cold && addr < d->cold_end;
	here = ksyms_at(d->syms, d->start);
	sym = ksyms_at(d->syms, addr);
	if (!here || !sym)
		return false;
	len = strlen(here->name);
	if (strncmp(sym->name, here->name, len) || strcmp(sym->name + len, ".cold"))
		return false;
	d->cold = sym->addr;
	d->cold_end = ksyms_end(d->syms, addr);
	return true;
}

static bool is_return_thunk(const struct decoder *d, __u64 addr)
{
	return ksyms_is(d->syms, addr, "", "_return_thunk");
}

/* __x86_indirect_thunk_rax, __x86_indirect_jump_thunk_rax and the like. */
static bool is_indirect_thunk(const struct decoder *d, __u64 addr)
{
	return ksyms_is(d->syms, addr, "__x86_indirect_", "");
}

static size_t find_step(const struct flow *flow, __u64 addr)
{
	size_t i;

	for (i = 0; i < flow->n; i++)
		if (flow->v[i].addr == addr)
			return i;
	return FLOW_NONE;
}

static size_t add_step(struct decoder *d, __u64 addr)
{
	struct flow *flow = d->flow;
	size_t i = find_step(flow, addr);

	if (i != FLOW_NONE)
		return i;
	if (flow->n == d->room) {
		d->room = d->room ? 2 * d->room : 256;
		flow->v = xreallocarray(flow->v, d->room, sizeof(*flow->v));
	}
	flow->v[flow->n] = (struct step){ .addr = addr, .next = { FLOW_NONE, FLOW_NONE } };
	return flow->n++;
}

static bool direct_target(const cs_insn *insn, __u64 *target)
{
	const cs_x86 *x86 = &insn->detail->x86;

	if (x86->op_count != 1 || x86->operands[0].type != X86_OP_IMM)
		return false;
	*target = x86->operands[0].imm;
	return true;
}

static void decode_call(struct decoder *d, size_t i, __u64 after)
{
	__u64 target = 0;

	d->flow->v[i].kind = STEP_CALL;
	d->flow->v[i].indirect = !direct_target(d->insn, &target) || is_indirect_thunk(d, target);
	d->flow->v[i].target = target;
	/* The compiler's own function for a smashed stack does not return. */
	if (!ksyms_is(d->syms, target, "__stack_chk_fail", ""))
		d->flow->v[i].next[0] = add_step(d, after);
}

static void decode_jump(struct decoder *d, size_t i, __u64 after, bool conditional)
{
	__u64 target = 0;
	bool direct = direct_target(d->insn, &target);
	size_t next;

	if (conditional) {
		next = add_step(d, after);
		d->flow->v[i].next[0] = next;
	}
	if (direct && in_function(d, target)) {
		next = add_step(d, target);
	} else {
		next = FLOW_EXIT;
		if (!direct || !is_return_thunk(d, target)) {
			d->flow->v[i].kind = STEP_TAIL;
			d->flow->v[i].indirect = !direct || is_indirect_thunk(d, target);
			d->flow->v[i].target = target;
		}
	}
	d->flow->v[i].next[conditional] = next;
}

/* jrcxz and loop are conditional as well; jmp alone is not. */
static bool is_unconditional(const cs_insn *insn)
{
	return insn->id == X86_INS_JMP || insn->id == X86_INS_LJMP;
}

/* False if there is no instruction at step @i. */
static bool decode_step(struct decoder *d, size_t i)
{
	const cs_insn *insn = d->insn;
	__u8 bytes[MAX_INSN];
	const __u8 *p = bytes;
	__u64 addr = d->flow->v[i].addr, after;
	uint64_t at = addr;
	size_t len = kcore_read(d->core, addr, bytes, sizeof(bytes)), next;

	if (!cs_disasm_iter(d->cs, &p, &len, &at, d->insn))
		return false;
	after = addr + insn->size;
	if (cs_insn_group(d->cs, insn, X86_GRP_CALL)) {
		decode_call(d, i, after);
	} else if (cs_insn_group(d->cs, insn, X86_GRP_JUMP)) {
		decode_jump(d, i, after, !is_unconditional(insn));
	} else if (cs_insn_group(d->cs, insn, X86_GRP_RET)) {
		d->flow->v[i].next[0] = FLOW_EXIT;
	} else if (insn->id != X86_INS_UD2 && insn->id != X86_INS_INT3 && insn->id != X86_INS_HLT) {
		next = add_step(d, after);
		d->flow->v[i].next[0] = next;
	}
	return true;
}

/*
 * Orders the calls so that each comes before those it can lead to: reverse
 * postorder of a depth-first walk that takes the fall-through side last.
 */
static void order_calls(struct flow *flow)
{
	size_t *stack = xcalloc(flow->n + 1, sizeof(*stack)), depth = 0, i, next;
	__u8 *taken = xcalloc(flow->n, 1);	/* sides walked so far, plus one */

	flow->order = xcalloc(flow->n, sizeof(*flow->order));
	stack[depth++] = 0;
	taken[0] = 1;
	while (depth) {
		i = stack[depth - 1];
		if (taken[i] == 3) {
			depth--;
			if (flow->v[i].kind != STEP_PLAIN)
				flow->order[flow->nr_calls++] = i;
			continue;
		}
		next = flow->v[i].next[2 - taken[i]++];
		if (next < flow->n && !taken[next]) {
			taken[next] = 1;
			stack[depth++] = next;
		}
	}
	for (i = 0; i < flow->nr_calls / 2; i++) {
		next = flow->order[i];
		flow->order[i] = flow->order[flow->nr_calls - 1 - i];
		flow->order[flow->nr_calls - 1 - i] = next;
	}
	free(stack);
	free(taken);
}

int flow_decode(struct flow *flow, struct kcore *core, const struct ksyms *syms, __u64 entry)
{
	struct decoder d = { .flow = flow, .core = core, .syms = syms };
	const struct ksym *sym = ksyms_at(syms, entry);
	size_t i;

	memset(flow, 0, sizeof(*flow));
	d.start = sym ? sym->addr : entry;
	d.end = ksyms_end(syms, entry);
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &d.cs) != CS_ERR_OK)
		return fail(ST_FAILED, "cannot start the disassembler (libcapstone without x86?)");
	cs_option(d.cs, CS_OPT_DETAIL, CS_OPT_ON);
	d.insn = cs_malloc(d.cs);
	if (!d.insn) {
		cs_close(&d.cs);
		return fail(ST_FAILED, "out of memory for the disassembler");
	}
	add_step(&d, entry);
	for (i = 0; i < flow->n && i < MAX_STEPS; i++)
		if (!decode_step(&d, i) && !flow->stuck)
			flow->stuck = flow->v[i].addr;
	if (i < flow->n && !flow->stuck)
		flow->stuck = flow->v[i].addr;
	cs_free(d.insn, 1);
	cs_close(&d.cs);
	order_calls(flow);
	return ST_OK;
}

void flow_free(struct flow *flow)
{
	free(flow->v);
	free(flow->order);
	memset(flow, 0, sizeof(*flow));
}

bool flow_reaches(const struct flow *flow, size_t from, size_t to, size_t without)
{
	size_t *todo = xcalloc(flow->n + 1, sizeof(*todo)), n = 0, i, next;
	bool *seen = xcalloc(flow->n, sizeof(*seen)), found = false;
	int side;

	if (from != without) {
		todo[n++] = from;
		seen[from] = true;
		found = from == to;
	}
	while (n && !found) {
		i = todo[--n];
		for (side = 0; side < 2 && !found; side++) {
			next = flow->v[i].next[side];
			found = next == to;
			if (found || next >= flow->n || next == without || seen[next])
				continue;
			seen[next] = true;
			todo[n++] = next;
		}
	}
	free(todo);
	free(seen);
	return found;
}
