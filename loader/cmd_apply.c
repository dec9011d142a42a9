// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot apply: brings about what a policy file says, all or nothing. */
#include <linux/capability.h>
#include <stdio.h>

#include "apply.h"
#include "args.h"
#include "host.h"
#include "runlock.h"

static const char usage[] =
	"usage: lsmslot apply FILE [--dry-run] [--prune] [--log] [-j]\n\n"
	"Attaches, replaces and detaches policies and changes their maps until all is as\n"
	"FILE says. Either all of it is done or nothing; no program that was wanted before\n"
	"and still is, is missing in between. See lsmslot-policy(5) for what is in FILE.\n\n"
	"Policies that an earlier apply of the same FILE attached and that are not in it\n"
	"any more are detached.\n\n"
	"  -n, --dry-run  say what would be done, having loaded the programs, and do nothing\n"
	"      --prune    detach every policy that is not in FILE: all that apply attached,\n"
	"                 and all below " POLICY_PIN_DIR "\n"
	"  -l, --log      show all of the verifier's log if it rejects a program\n"
	"  -j, --json     print JSON\n"
	"  -h, --help     show this\n";

enum { OPT_PRUNE = 256 };

static const struct option options[] = {
	{ "dry-run", no_argument, NULL, 'n' },
	{ "prune",   no_argument, NULL, OPT_PRUNE },
	{ "log",     no_argument, NULL, 'l' },
	{ "json",    no_argument, NULL, 'j' },
	{ "help",    no_argument, NULL, 'h' },
	{}
};

struct apply_options {
	bool dry_run, prune, full_log, json;
};

static int run(struct wanted_set *set, const struct hooks *hooks, const struct apply_options *o)
{
	struct plan plan;
	int status;

	status = plan_make(&plan, set, hooks, o->prune);
	if (status)
		return status;
	status = apply_load(&plan, o->full_log);
	if (!status && !o->dry_run && !plan_is_empty(&plan))
		status = apply_run(&plan);
	if (!status)
		status = plan_show(&plan, o->json, !o->dry_run);
	plan_free(&plan);
	return status;
}

static int apply(const char *cmd, const char *path, const struct apply_options *o)
{
	struct wanted_set set;
	struct hooks hooks;
	int status;

	status = need_capability(cmd, CAP_SYS_ADMIN);
	if (!status)
		status = need_bpf_lsm();
	if (!status)
		status = runlock_take(cmd);
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	status = wanted_open(&set, cmd, path, &hooks);
	if (!status) {
		status = run(&set, &hooks, o);
		wanted_close(&set);
	}
	hooks_free(&hooks);
	return status;
}

int cmd_apply(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	const char *file;
	struct apply_options o = {};

	while (next_option(&args)) {
		switch (args.option) {
		case 'n':
			o.dry_run = true;
			break;
		case OPT_PRUNE:
			o.prune = true;
			break;
		case 'l':
			o.full_log = true;
			break;
		case 'j':
			o.json = json_errors = true;
			break;
		}
	}
	if (args.over)
		return args.status;
	file = args_one(&args, "policy file");
	if (!file)
		return args.status;
	return apply(argv[0], file, &o);
}
