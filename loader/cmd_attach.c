// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot attach: loads an object, attaches and pins its LSM programs. */
#include <libgen.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "attach.h"
#include "host.h"
#include "pins.h"
#include "policy.h"
#include "runlock.h"

static const char usage[] =
	"usage: lsmslot attach OBJECT [--pin DIR] [OPTION]...\n"
	"       lsmslot attach OBJECT --replace LINK|DIR [--reuse-maps] [OPTION]...\n\n"
	"Loads OBJECT, attaches its LSM programs and pins their links, so that they stay\n"
	"attached after lsmslot ends. Either all of it is done or nothing.\n\n"
	"  -p, --pin DIR       pin the links as DIR/PROGRAM and the maps as DIR/maps/MAP\n"
	"                      (default: " BPFFS_DEFAULT "/lsmslot/OBJECT's base name)\n"
	"  -P, --program NAME  attach only this program; may be given several times\n"
	"  -l, --log           show all of the verifier's log if it rejects a program\n"
	"      --audit         begin in audit mode: report what would be denied\n"
	"      --cookie N      what bpf_get_attach_cookie() returns in the programs\n"
	"      --seal          keep the links and their programs until reboot\n"
	"  -h, --help          show this\n\n"
	"Place in the hook's running order (default: --first):\n"
	"      --first         before all other programs of the hook\n"
	"      --last          after all others\n"
	"      --before WHAT   right before, or right after, this one of the hook's programs:\n"
	"      --after WHAT    a pin, link:ID, prog:ID or a program's name\n"
	"      --revision N    only if the hook's revision is N ('lsmslot hooks HOOK' shows it)\n\n"
	"Instead of new links:\n"
	"      --replace LINK  put the program into this link: a pin or link:ID\n"
	"      --replace DIR   put each program into the link in this directory that has one\n"
	"                      of the same name\n"
	"      --reuse-maps    with --replace, keep the maps pinned there, with what they hold\n";

enum {
	OPT_AUDIT = 256, OPT_COOKIE, OPT_SEAL, OPT_FIRST, OPT_LAST, OPT_BEFORE, OPT_AFTER,
	OPT_REVISION, OPT_REPLACE, OPT_REUSE_MAPS,
};

static const struct option options[] = {
	{ "pin",        required_argument, NULL, 'p' },
	{ "program",    required_argument, NULL, 'P' },
	{ "log",        no_argument,       NULL, 'l' },
	{ "audit",      no_argument,       NULL, OPT_AUDIT },
	{ "cookie",     required_argument, NULL, OPT_COOKIE },
	{ "seal",       no_argument,       NULL, OPT_SEAL },
	{ "first",      no_argument,       NULL, OPT_FIRST },
	{ "last",       no_argument,       NULL, OPT_LAST },
	{ "before",     required_argument, NULL, OPT_BEFORE },
	{ "after",      required_argument, NULL, OPT_AFTER },
	{ "revision",   required_argument, NULL, OPT_REVISION },
	{ "replace",    required_argument, NULL, OPT_REPLACE },
	{ "reuse-maps", no_argument,       NULL, OPT_REUSE_MAPS },
	{ "help",       no_argument,       NULL, 'h' },
	{}
};

/* @path's base name without .o and .bpf; bpffs takes no '.' in names. */
static char *default_dir(const char *path)
{
	char *copy = xstrdup(path), *base = basename(copy), *dir;
	static const char *const suffixes[] = { ".o", ".bpf" };
	size_t i, len;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		len = strlen(base);
		if (len > strlen(suffixes[i]) && !strcmp(base + len - strlen(suffixes[i]), suffixes[i]))
			base[len - strlen(suffixes[i])] = '\0';
	}
	for (i = 0; base[i]; i++)
		if (base[i] == '.')
			base[i] = '_';
	dir = xasprintf(BPFFS_DEFAULT "/lsmslot/%s", base);
	free(copy);
	return dir;
}

static int set_order(const char *cmd, struct attach_options *o, enum attach_order order,
		     const char *relative)
{
	if (o->order != ATTACH_NONE)
		return fail_usage(cmd, "takes one of --first, --last, --before and --after");
	if (relative && !*relative)
		return fail_usage(cmd, "options '--before' and '--after' need a pin, link:ID, prog:ID or a program's name");
	o->order = order;
	o->relative = relative;
	return ST_OK;
}

/* Takes option @c, its value is optarg; enum status. */
static int take_option(const char *cmd, int c, struct attach_options *o)
{
	switch (c) {
	case 'l':
		o->full_log = true;
		break;
	case OPT_AUDIT:
		o->audit = true;
		break;
	case OPT_COOKIE:
		return arg_number(cmd, "--cookie", optarg, &o->cookie);
	case OPT_SEAL:
		o->seal = true;
		break;
	case OPT_FIRST:
		return set_order(cmd, o, ATTACH_FIRST, NULL);
	case OPT_LAST:
		return set_order(cmd, o, ATTACH_LAST, NULL);
	case OPT_BEFORE:
		return set_order(cmd, o, ATTACH_BEFORE, optarg);
	case OPT_AFTER:
		return set_order(cmd, o, ATTACH_AFTER, optarg);
	case OPT_REVISION:
		return arg_number(cmd, "--revision", optarg, &o->revision);
	case OPT_REPLACE:
		if (!*optarg)
			return fail_usage(cmd, "option '--replace' needs a pin, link:ID or a directory");
		o->replace = optarg;
		break;
	case OPT_REUSE_MAPS:
		o->reuse_maps = true;
		break;
	}
	return ST_OK;
}

/* Options that do not go together; ST_OK if they do. */
static int check_options(const char *cmd, const struct attach_options *o)
{
	if (o->dir && !*o->dir)
		return fail_usage(cmd, "option '--pin' needs a directory");
	if (o->reuse_maps && !o->replace)
		return fail_usage(cmd, "option '--reuse-maps' is for --replace");
	if (o->reuse_maps && o->audit)
		return fail_usage(cmd, "takes --audit or --reuse-maps, which keeps the mode as it is; 'lsmslot mode' changes it");
	if (o->replace && (o->dir || o->order != ATTACH_NONE || o->revision || o->cookie || o->seal))
		return fail_usage(cmd, "a replaced link keeps its pin, place and cookie: --replace takes no option for new links");
	return ST_OK;
}

static int attach(struct policy *policy, const struct attach_options *o)
{
	struct hooks hooks;
	int status;

	status = need_capability("attach", CAP_SYS_ADMIN);
	if (!status)
		status = need_bpf_lsm();
	if (!status)
		status = runlock_take("attach");
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	status = policy_check_hooks(policy, &hooks);
	if (!status)
		status = o->replace ? attach_replace(policy, o, &hooks) :
				      attach_new(policy, o, &hooks);
	hooks_free(&hooks);
	return status;
}

int cmd_attach(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	char **names = xcalloc(argc, sizeof(*names));
	struct attach_options o = {};
	const char *object = NULL;
	size_t nr_names = 0;
	struct policy policy;

	while (next_option(&args)) {
		switch (args.option) {
		case 'p':
			free(o.dir);
			o.dir = xstrdup(optarg);
			break;
		case 'P':
			names[nr_names++] = optarg;
			break;
		default:
			args.status = take_option(argv[0], args.option, &o);
		}
	}
	if (!args.over)
		object = args_one(&args, "object");
	if (object)
		args.status = check_options(argv[0], &o);
	if (object && !args.status)
		args.status = policy_open(&policy, object, names, nr_names);
	if (object && !args.status) {
		if (!o.dir && !o.replace)
			o.dir = default_dir(object);
		args.status = attach(&policy, &o);
		policy_close(&policy);
	}
	free(names);
	free(o.dir);
	return args.status;
}
