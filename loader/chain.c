// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The calls from a hook's function down to the programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "chain.h"
#include "flow.h"

/* Deeper than any way to a program; helpers of helpers end here. */
#define MAX_DEPTH 10

/* Where a linked program's first function is. */
struct prog_addr {
	__u64 addr;
	const struct lsm_link *link;
};

int chain_find_programs(struct chain_context *ctx)
{
	size_t i;

	ctx->progs = xcalloc(ctx->links.n, sizeof(*ctx->progs));
	for (i = 0; i < ctx->links.n; i++) {
		const struct lsm_link *link = &ctx->links.v[i];
		__u64 addr = 0;
		struct bpf_prog_info info = { .nr_jited_ksyms = 1, .jited_ksyms = (unsigned long)&addr };
		__u32 len = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(link->prog_id), err;

		if (fd < 0 && errno == ENOENT)
			continue;	/* detached since it was listed */
		if (fd < 0)
			return fail(ST_FAILED, "path: cannot open program %u: %s",
				    link->prog_id, strerror(errno));
		err = bpf_obj_get_info_by_fd(fd, &info, &len) ? errno : 0;
		close(fd);
		if (err)
			return fail(ST_FAILED, "path: cannot read program %u: %s",
				    link->prog_id, strerror(err));
		/* No address: it is interpreted, and called through a helper. */
		if (!addr)
			continue;
		ctx->progs[ctx->nr_progs].addr = addr;
		ctx->progs[ctx->nr_progs++].link = link;
	}
	return ST_OK;
}

static const struct lsm_link *program_at(const struct chain_context *ctx, __u64 addr)
{
	size_t i;

	for (i = 0; i < ctx->nr_progs; i++)
		if (ctx->progs[i].addr == addr)
			return ctx->progs[i].link;
	return NULL;
}

/* The program the kernel says is in slot @slot of the hook. */
static const struct lsm_link *program_in_slot(const struct chain_context *ctx, int slot)
{
	size_t i;

	for (i = 0; i < ctx->links.n; i++) {
		const struct lsm_link *link = &ctx->links.v[i];

		if (!link->cgroup && link->slot.place == LSM_SLOT_PLACE_SLOT &&
		    link->slot.slot == (__u32)slot && !strcmp(link->hook, ctx->hook))
			return link;
	}
	return NULL;
}

static bool begins(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/*
 * An indirect call is one of a program in the functions that exist to make
 * it, one of an LSM in the hook's own, and not of interest anywhere else.
 */
static enum callee classify_indirect(const struct call *caller)
{
	if (caller->callee == CALLEE_RUNNER)
		return CALLEE_ANY_PROGRAM;
	return caller->site ? CALLEE_HELPER : CALLEE_ANY_LSM;
}

static enum callee classify(const struct chain_context *ctx, const struct call *caller,
			    const struct step *step)
{
	const struct ksym *sym = ksyms_at(&ctx->syms, step->target);

	if (step->indirect || !sym)
		return classify_indirect(caller);
	if (program_at(ctx, step->target) || (sym->is_bpf && begins(sym->name, "bpf_prog_")))
		return CALLEE_PROGRAM;
	if (sym->is_bpf && begins(sym->name, "bpf_trampoline_"))
		return CALLEE_TRAMPOLINE;
	if (begins(sym->name, "lsm_slot_run_") || begins(sym->name, "lsm_slot_walk"))
		return CALLEE_RUNNER;
	if (begins(sym->name, HOOK_FUNC_PREFIX) &&
	    !strcmp(sym->name + strlen(HOOK_FUNC_PREFIX), ctx->hook))
		return CALLEE_HOOK;
	return sites_is_dispatch(&ctx->sites, step->addr) ? CALLEE_LSM : CALLEE_HELPER;
}

/*
 * A call is on the path if every way to some call of @goals, or every way
 * from it to the return, goes through it.  A function without such calls has
 * the way through it as its goal.
 */
static bool on_path(const struct flow *flow, size_t step, const bool *goals)
{
	bool any = false;
	size_t i;

	for (i = 0; i < flow->n; i++) {
		if (!goals[i])
			continue;
		any = true;
		if (i == step || !flow_reaches(flow, 0, i, step) ||
		    !flow_reaches(flow, i, FLOW_EXIT, step))
			return true;
	}
	return !any && !flow_reaches(flow, 0, FLOW_EXIT, step);
}

/* The functions being followed, so that recursion ends. */
struct frame {
	const struct frame *up;
	__u64 entry;
	unsigned int depth;
};

static bool follows(const struct frame *frame, const struct call *call)
{
	if (call->indirect || call->callee == CALLEE_PROGRAM || call->callee == CALLEE_LSM ||
	    frame->depth >= MAX_DEPTH)
		return false;
	/* Helpers count where the BPF LSM calls them, and only if it always does. */
	if (call->callee == CALLEE_HELPER && (call->conditional || !frame->up))
		return false;
	for (; frame; frame = frame->up)
		if (frame->entry == call->target)
			return false;
	return true;
}

/* A thunk for a register shares its address with the array of all of them. */
static char *callee_symbol(const struct chain_context *ctx, const struct step *step)
{
	const struct ksym *sym = ksyms_at(&ctx->syms, step->target);

	if (!step->target)
		return xstrdup("(register or memory)");
	if (step->indirect && sym && sym->addr == step->target && strstr(sym->name, "_array") &&
	    sym + 1 < ctx->syms.v + ctx->syms.n && sym[1].addr == step->target)
		return xstrdup(sym[1].name);
	return ksyms_name(&ctx->syms, step->target);
}

static void describe_call(const struct chain_context *ctx, const struct call *caller,
			  const struct step *step, struct call *call)
{
	const struct lsm_link *link = step->target ? program_at(ctx, step->target) : NULL;

	memset(call, 0, sizeof(*call));
	call->site = step->addr;
	call->target = step->target;
	call->name = callee_symbol(ctx, step);
	call->callee = classify(ctx, caller, step);
	call->slot = sites_slot(&ctx->sites, step->addr);
	if (!link && call->slot >= 0)
		link = program_in_slot(ctx, call->slot);
	call->indirect = step->indirect;
	call->tail = step->kind == STEP_TAIL;
	if (link) {
		call->prog_id = link->prog_id;
		call->link_id = link->id;
		call->prog_name = link->prog_name;
	}
}

/* True if the body of a hook function is called below @call. */
static bool calls_body(const struct call *call)
{
	size_t i;

	for (i = 0; i < call->nr_calls; i++)
		if (call->calls[i].callee == CALLEE_HOOK || calls_body(&call->calls[i]))
			return true;
	return false;
}

/*
 * A trampoline at a hook function's entry that calls the function's body
 * itself returns over the function's head: what follows runs inside of it,
 * and is shown there.
 */
static bool replaces_caller(const struct call *caller, const struct call *call)
{
	return caller->callee == CALLEE_HOOK && call->callee == CALLEE_TRAMPOLINE &&
	       calls_body(call);
}

static int follow(struct chain_context *ctx, const struct frame *frame, struct call *caller)
{
	struct flow flow;
	bool *goals;
	int status;
	size_t i;

	status = flow_decode(&flow, ctx->core, &ctx->syms, frame->entry);
	if (status)
		return status;
	caller->stuck = flow.stuck;
	caller->calls = xcalloc(flow.nr_calls, sizeof(*caller->calls));
	goals = xcalloc(flow.n, sizeof(*goals));
	for (i = 0; i < flow.nr_calls; i++)
		goals[flow.order[i]] = classify(ctx, caller, &flow.v[flow.order[i]]) != CALLEE_HELPER;
	for (i = 0; !status && i < flow.nr_calls; i++) {
		struct call *call = &caller->calls[caller->nr_calls++];
		struct frame below = { .up = frame, .depth = frame->depth + 1 };

		describe_call(ctx, caller, &flow.v[flow.order[i]], call);
		call->conditional = !on_path(&flow, flow.order[i], goals);
		below.entry = call->target;
		if (follows(frame, call))
			status = follow(ctx, &below, call);
		if (replaces_caller(caller, call))
			break;
	}
	free(goals);
	flow_free(&flow);
	return status;
}

int chain_follow(struct chain_context *ctx, __u64 entry, struct call *root)
{
	struct frame frame = { .entry = entry };

	memset(root, 0, sizeof(*root));
	root->target = entry;
	root->name = ksyms_name(&ctx->syms, entry);
	return follow(ctx, &frame, root);
}

void chain_free(struct call *root)
{
	size_t i;

	for (i = 0; i < root->nr_calls; i++)
		chain_free(&root->calls[i]);
	free(root->calls);
	free(root->name);
	memset(root, 0, sizeof(*root));
}

static void add_calls(const struct call *call, bool below_hook, struct chain_sum *sum)
{
	size_t i;

	for (i = 0; i < call->nr_calls; i++) {
		const struct call *c = &call->calls[i];

		if (c->conditional || (!below_hook && c->callee != CALLEE_HOOK &&
				       c->callee != CALLEE_ANY_LSM))
			continue;
		if (c->indirect)
			sum->indirect++;
		else if (c->tail)
			sum->jumps++;
		else
			sum->direct++;
		sum->programs += c->callee == CALLEE_PROGRAM;
		sum->any_program |= c->callee == CALLEE_ANY_PROGRAM || c->callee == CALLEE_ANY_LSM;
		if (c->callee != CALLEE_ANY_LSM)
			add_calls(c, true, sum);
	}
}

struct chain_sum chain_sum(const struct call *root)
{
	struct chain_sum sum = {};

	add_calls(root, false, &sum);
	return sum;
}
