// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot mode: switches a policy between audit and enforce. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <lsmslot/event.h>

#include "args.h"
#include "host.h"
#include "output.h"
#include "pins.h"
#include "policy_dir.h"
#include "runlock.h"
#include "wanted.h"

static const char usage[] =
	"usage: lsmslot mode [audit|enforce] POLICY [-j]\n\n"
	"Switches a policy to audit (it reports what it would deny) or enforce (it denies\n"
	"and reports), or shows which it is. Counts from the next hook call on.\n\n"
	"  POLICY      its name, or its pin directory\n"
	"  -j, --json  print JSON\n"
	"  -h, --help  show this\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

/* Opens the settings at @dir and reads them, to be freed; the map or -status. */
static int open_settings(const char *cmd, const char *dir, struct lsmslot_settings **settings)
{
	char *path = xasprintf("%s/maps/" MAP_SETTINGS, dir);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), zero = 0;
	enum pin_kind kind;
	int fd, status = ST_OK;

	fd = pin_open(path, &kind);
	if (fd < 0)
		status = fail(errno == ENOENT ? ST_NOT_FOUND : ST_FAILED,
			      errno == ENOENT ? "%s: %s has no mode: there is no map %s (%s)" :
						"%s: cannot open the mode of %s, map %s: %s",
			      cmd, dir, path, strerror(errno));
	else if (kind != PIN_MAP || bpf_obj_get_info_by_fd(fd, &info, &len) ||
		 info.type != BPF_MAP_TYPE_ARRAY || info.value_size < sizeof(**settings))
		status = fail(ST_FAILED, "%s: %s is not the settings of a policy", cmd, path);
	*settings = NULL;
	if (!status)
		status = policy_dir_uses_map(cmd, dir, MAP_SETTINGS, info.id);
	if (!status) {
		*settings = xcalloc(1, info.value_size + 8);
		if (bpf_map_lookup_elem(fd, &zero, *settings))
			status = fail(ST_FAILED, "%s: cannot read %s: %s", cmd, path, strerror(errno));
	}
	if (status && fd >= 0)
		close(fd);
	free(path);
	return status ? -status : fd;
}

static int show(const char *dir, const struct lsmslot_settings *settings, bool json)
{
	const char *mode = settings->mode == LSMSLOT_AUDIT ? "audit" : "enforce";
	struct json_object *o;

	if (!json) {
		puts(mode);
		return ST_OK;
	}
	o = json_object_new_object();
	json_add_string(o, "pin", dir);
	json_add_string(o, "mode", mode);
	return json_print(o);
}

/* @mode NULL only shows it. */
static int run(const char *cmd, const char *policy, const char *mode, bool json)
{
	struct lsmslot_settings *settings;
	__u32 zero = 0;
	int status, fd;
	char *dir;

	status = need_capability(cmd, CAP_SYS_ADMIN);
	if (!status && mode)
		status = runlock_take(cmd);
	if (!status)
		status = policy_dir_find(cmd, policy, &dir);
	if (status)
		return status;
	fd = open_settings(cmd, dir, &settings);
	if (fd < 0)
		status = -fd;
	if (!status && mode) {
		settings->mode = !strcmp(mode, "audit") ? LSMSLOT_AUDIT : LSMSLOT_ENFORCE;
		if (bpf_map_update_elem(fd, &zero, settings, BPF_ANY))
			status = fail(errno == EPERM ? ST_PERM : ST_FAILED, "%s: cannot switch %s to %s: %s",
				      cmd, dir, mode, strerror(errno));
	}
	if (!status)
		status = show(dir, settings, json);
	if (fd >= 0)
		close(fd);
	free(settings);
	free(dir);
	return status;
}

int cmd_mode(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	const char *mode = NULL;
	bool json = false;

	while (next_option(&args)) {
		switch (args.option) {
		case 'j':
			json = json_errors = true;
			break;
		}
	}
	if (args.over)
		return args.status;
	argc -= optind;
	if (!argc)
		return fail_usage(argv[0], "names no policy");
	if (argc > 2)
		return fail_usage(argv[0], "takes a mode and one policy, '%s' is one too many", argv[optind + 2]);
	if (argc == 2) {
		mode = argv[optind];
		if (strcmp(mode, "audit") && strcmp(mode, "enforce"))
			return fail_usage(argv[0], "'%s' is no mode; it is 'audit' or 'enforce'", mode);
	}
	if (!*argv[optind + argc - 1])
		return fail_usage(argv[0], "names no policy");
	return run(argv[0], argv[optind + argc - 1], mode, json);
}
