// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot path: a hook's call chain as it is in memory now. */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "chain.h"
#include "host.h"
#include "output.h"

static const char usage[] =
	"usage: lsmslot path HOOK [-a | -j]\n\n"
	"Shows the calls from the kernel's security function of HOOK down to the BPF\n"
	"programs, decoded from the kernel's memory as it is now: where each call is, what\n"
	"it calls, and whether directly. Calls of helpers that no verdict needs, like a slow\n"
	"path of a lock, are conditional: shown with --all, and not part of the sum. Nor are\n"
	"the calls to other LSMs.\n\n"
	"  -a, --all   show conditional calls too\n"
	"  -j, --json  print JSON\n"
	"  -h, --help  show this\n";

static const struct option options[] = {
	{ "all",  no_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

struct roots {
	__u64 *v;
	size_t n;
};

static void add_root(struct roots *roots, __u64 addr)
{
	size_t i;

	for (i = 0; i < roots->n; i++)
		if (roots->v[i] == addr)
			return;
	roots->v = xreallocarray(roots->v, roots->n + 1, sizeof(*roots->v));
	roots->v[roots->n++] = addr;
}

/* The function a call site is in, also if it is in the part moved to .cold. */
static __u64 function_at(const struct ksyms *syms, __u64 addr)
{
	const struct ksym *sym = ksyms_at(syms, addr);
	size_t len = sym ? strlen(sym->name) : 0;
	__u64 start = sym ? sym->addr : 0;
	char *name;

	if (len > 5 && !strcmp(sym->name + len - 5, ".cold")) {
		name = xstrdup(sym->name);
		name[len - 5] = '\0';
		start = ksyms_address(syms, name);
		free(name);
	}
	return start;
}

/* The only function whose name begins with security_<hook>, 0 if none or more. */
static __u64 function_named_after(const struct ksyms *syms, const char *hook)
{
	char *name = xasprintf("security_%s", hook);
	__u64 addr = ksyms_address(syms, name), found = 0;
	size_t i, n = 0;

	for (i = 0; !addr && i < syms->n; i++) {
		if (strncmp(syms->v[i].name, name, strlen(name)) || strchr(syms->v[i].name, '.'))
			continue;
		found = syms->v[i].addr;
		n++;
	}
	free(name);
	if (n == 1)
		addr = found;
	return addr;
}

/*
 * The functions with a static call for @hook; on kernels that dispatch the
 * hook by other means, the one named after it.
 */
static int find_roots(const struct chain_context *ctx, const char *hook, struct roots *roots)
{
	__u64 addr;
	size_t i;

	for (i = 0; i < ctx->sites.n; i++)
		if (site_dispatches(&ctx->sites.v[i], hook))
			add_root(roots, function_at(&ctx->syms, ctx->sites.v[i].addr));
	addr = roots->n ? 0 : function_named_after(&ctx->syms, hook);
	if (addr)
		add_root(roots, addr);
	if (!roots->n)
		return fail(ST_UNSUPPORTED, "path: cannot tell which function of kernel %s calls hook '%s': it has no static call for it and no function named after it",
			    kernel_release(), hook);
	return ST_OK;
}

static const char *kind(const struct call *call)
{
	if (call->tail)
		return call->indirect ? "indirect jump" : "direct jump";
	return call->indirect ? "indirect" : "direct";
}

static const char *callee_name(const struct call *call)
{
	switch (call->callee) {
	case CALLEE_HELPER:	return "helper";
	case CALLEE_LSM:	return "lsm";
	case CALLEE_HOOK:	return "hook";
	case CALLEE_TRAMPOLINE:	return "trampoline";
	case CALLEE_RUNNER:	return "runner";
	case CALLEE_PROGRAM:	return "program";
	case CALLEE_ANY_PROGRAM: return "any-program";
	case CALLEE_ANY_LSM:	return "any-lsm";
	}
	return "?";
}

/* Appends to @text, which is freed. */
static char *append(char *text, char *more)
{
	char *both = xasprintf("%s%s%s", text, *text && *more ? ", " : "", more);

	free(text);
	free(more);
	return both;
}

static char *note(const struct call *call)
{
	char *text = xstrdup(call->conditional ? "conditional" : "");

	if (call->slot >= 0)
		text = append(text, xasprintf("slot %d", call->slot));
	if (call->callee == CALLEE_LSM)
		text = append(text, xstrdup("other LSM"));
	if (call->callee == CALLEE_ANY_LSM)
		text = append(text, xstrdup("each LSM, or what else is in the register"));
	if (call->callee == CALLEE_ANY_PROGRAM)
		text = append(text, xstrdup("a program, see 'lsmslot status'"));
	if (call->callee == CALLEE_TRAMPOLINE)
		text = append(text, xstrdup("trampoline"));
	if (call->link_id)
		text = append(text, xasprintf("program %u %s, link %u", call->prog_id,
					      call->prog_name, call->link_id));
	else if (call->callee == CALLEE_PROGRAM)
		text = append(text, xstrdup("program without an LSM link"));
	if (call->stuck)
		text = append(text, xasprintf("cannot be decoded at 0x%llx",
					      (unsigned long long)call->stuck));
	return text;
}

/* Returns how many calls it left out. */
static unsigned int add_rows(struct table *t, const struct call *call, int depth, bool all)
{
	unsigned int left_out = 0;
	size_t i;

	for (i = 0; i < call->nr_calls; i++) {
		const struct call *c = &call->calls[i];
		char *text;

		if (c->conditional && c->callee == CALLEE_HELPER && !all) {
			left_out++;
			continue;
		}
		text = note(c);
		table_row(t);
		table_cell(t, "%llx", (unsigned long long)c->site);
		table_cell(t, "%s", kind(c));
		table_cell(t, "%*s%s", 2 * depth, "", c->name);
		table_cell(t, "%s", text);
		free(text);
		left_out += add_rows(t, c, depth + 1, all);
	}
	return left_out;
}

static const char *plural(unsigned int n)
{
	return n == 1 ? "" : "s";
}

/*
 * Programs on the path: those that the text names, or where it calls them
 * indirectly, those that have a link.
 */
static unsigned int count_programs(const struct chain_context *ctx, const struct chain_sum *sum)
{
	unsigned int linked = 0;
	size_t i;

	for (i = 0; i < ctx->links.n; i++)
		linked += !ctx->links.v[i].cgroup && !strcmp(ctx->links.v[i].hook, ctx->hook);
	return sum->any_program && linked > sum->programs ? linked : sum->programs;
}

static int print_root(const struct chain_context *ctx, const struct call *root, bool all)
{
	static const char *const columns[] = { "CALL AT", "KIND", "TARGET", "", NULL };
	struct chain_sum sum = chain_sum(root);
	struct table *t = table_new(columns);
	unsigned int left_out, programs = count_programs(ctx, &sum);

	say("%s at %llx", root->name, (unsigned long long)root->target);
	if (root->stuck)
		printf("Only in part: it cannot be decoded at 0x%llx.\n",
		       (unsigned long long)root->stuck);
	left_out = add_rows(t, root, 0, all);
	if (table_print(t))
		return ST_FAILED;
	printf("%u program%s, %u direct call%s, %u indirect", programs,
	       plural(programs), sum.direct, plural(sum.direct), sum.indirect);
	if (sum.jumps)
		printf(", %u jump%s to a function", sum.jumps, plural(sum.jumps));
	if (left_out)
		printf(" (and %u conditional, shown with --all)", left_out);
	putchar('\n');
	return ST_OK;
}

/* JSON numbers do not hold 64 bits everywhere. */
static struct json_object *address_json(__u64 addr)
{
	char text[19];

	if (!addr)
		return NULL;
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)addr);
	return json_object_new_string(text);
}

static struct json_object *calls_json(const struct call *call)
{
	struct json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < call->nr_calls; i++) {
		const struct call *c = &call->calls[i];
		struct json_object *o = json_object_new_object();

		json_add(o, "at", address_json(c->site));
		json_add(o, "target", address_json(c->target));
		json_add_string(o, "name", c->name);
		json_add_string(o, "callee", callee_name(c));
		json_add_bool(o, "direct", !c->indirect);
		json_add_bool(o, "jump", c->tail);
		json_add_bool(o, "conditional", c->conditional);
		json_add(o, "slot", c->slot >= 0 ? json_object_new_int(c->slot) : NULL);
		json_add(o, "program_id", c->prog_id ? json_object_new_int64(c->prog_id) : NULL);
		json_add(o, "link_id", c->link_id ? json_object_new_int64(c->link_id) : NULL);
		json_add_bool(o, "complete", !c->stuck);
		json_add(o, "calls", calls_json(c));
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *root_json(const struct chain_context *ctx, const struct call *root)
{
	struct chain_sum sum = chain_sum(root);
	struct json_object *o = json_object_new_object();

	json_add_string(o, "function", root->name);
	json_add(o, "at", address_json(root->target));
	json_add_int(o, "programs", count_programs(ctx, &sum));
	json_add_int(o, "direct", sum.direct);
	json_add_int(o, "indirect", sum.indirect);
	json_add_int(o, "jumps", sum.jumps);
	json_add_bool(o, "complete", !root->stuck);
	json_add(o, "calls", calls_json(root));
	return o;
}

static int show(struct chain_context *ctx, const struct roots *roots, bool all, bool json)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	int status = ST_OK;
	struct call root;
	size_t i;

	json_add_string(o, "hook", ctx->hook);
	json_add(o, "functions", a);
	for (i = 0; !status && i < roots->n; i++) {
		status = chain_follow(ctx, roots->v[i], &root);
		if (!status && json)
			json_object_array_add(a, root_json(ctx, &root));
		else if (!status)
			status = print_root(ctx, &root, all);
		chain_free(&root);
	}
	if (json && !status)
		return json_print(o);
	json_object_put(o);
	return status;
}

static int follow_hook(struct chain_context *ctx, bool all, bool json)
{
	struct roots roots = {};
	int status;

	status = kcore_open(&ctx->core);
	if (status)
		return status;
	status = ksyms_load(&ctx->syms);
	if (!status)
		status = sites_load(&ctx->sites, ctx->core, &ctx->syms);
	if (!status)
		status = chain_find_programs(ctx);
	if (!status)
		status = find_roots(ctx, ctx->hook, &roots);
	if (!status)
		status = show(ctx, &roots, all, json);
	free(roots.v);
	free(ctx->progs);
	sites_free(&ctx->sites);
	ksyms_free(&ctx->syms);
	kcore_close(ctx->core);
	return status;
}

static int path(const char *hook, bool all, bool json)
{
	struct chain_context ctx = { .hook = hook };
	struct hooks hooks;
	int status;

	status = need_capability("path", CAP_SYS_ADMIN);
	if (!status)
		status = need_capability("path", CAP_SYS_RAWIO);
	if (!status)
		status = need_capability("path", CAP_SYSLOG);
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	if (!hooks_by_name(&hooks, hook))
		status = fail_no_hook(&hooks, "path", hook);
	if (!status)
		status = links_collect(&ctx.links, &hooks);
	if (!status)
		status = follow_hook(&ctx, all, json);
	links_free(&ctx.links);
	hooks_free(&hooks);
	return status;
}

int cmd_path(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	const char *hook;
	bool all = false, json = false;

	while (next_option(&args)) {
		switch (args.option) {
		case 'a':
			all = true;
			break;
		case 'j':
			json = json_errors = true;
			break;
		}
	}
	if (args.over)
		return args.status;
	hook = args_one(&args, "hook");
	if (!hook)
		return args.status;
	if (all && json)
		return fail_usage(argv[0], "--json shows all anyway, leave out --all");
	return path(hook, all, json);
}
