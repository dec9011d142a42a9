// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot attach: loads an object, attaches and pins its LSM programs. */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "links.h"
#include "output.h"
#include "pinning.h"
#include "pins.h"
#include "policy.h"

/* How long to wait for a new program to reach its slot before showing it. */
#define SETTLE_MS 1000

static const char usage[] =
	"usage: lsmslot attach OBJECT [--pin DIR] [--program NAME]... [--log]\n\n"
	"Loads OBJECT, attaches its LSM programs and pins their links, so that they stay\n"
	"attached after lsmslot ends. Either all of it is done or nothing.\n\n"
	"  -p, --pin DIR       pin the links as DIR/PROGRAM and the maps as DIR/maps/MAP\n"
	"                      (default: " BPFFS_DEFAULT "/lsmslot/OBJECT's base name)\n"
	"  -P, --program NAME  attach only this program; may be given several times\n"
	"  -l, --log           show all of the verifier's log if it rejects a program\n"
	"  -h, --help          show this\n";

static const struct option options[] = {
	{ "pin",     required_argument, NULL, 'p' },
	{ "program", required_argument, NULL, 'P' },
	{ "log",     no_argument,       NULL, 'l' },
	{ "help",    no_argument,       NULL, 'h' },
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

/* Maps with a pin path of their own (LIBBPF_PIN_BY_NAME) are libbpf's to pin. */
static bool pins_map(const struct bpf_map *map)
{
	return bpf_map__autocreate(map) && !bpf_map__is_internal(map) && !bpf_map__pin_path(map);
}

static char *map_pin(const char *dir, const struct bpf_map *map)
{
	return xasprintf("%s/maps/%s", dir, bpf_map__name(map));
}

static int check_free(const char *path)
{
	if (!access(path, F_OK))
		return fail(ST_EXISTS, "attach: the pin %s exists; detach it first ('lsmslot detach %s') or choose another directory with --pin",
			    path, path);
	if (errno != ENOENT)
		return fail(errno == EPERM || errno == EACCES ? ST_PERM : ST_FAILED,
			    "attach: cannot pin at %s: %s%s", path, strerror(errno),
			    errno == EPERM ? " (a BPF file system takes no '.' in names)" : "");
	return ST_OK;
}

/* Sees before anything is loaded that every pin can be made. */
static int plan_pins(struct policy *policy, const char *dir)
{
	struct bpf_map *map;
	int status;
	size_t i;

	status = need_bpffs(dir);
	for (i = 0; !status && i < policy->n; i++) {
		policy->v[i].pin = xasprintf("%s/%s", dir, policy->v[i].name);
		status = check_free(policy->v[i].pin);
	}
	bpf_object__for_each_map(map, policy->obj) {
		char *path;

		if (status || !pins_map(map))
			continue;
		path = map_pin(dir, map);
		status = check_free(path);
		free(path);
	}
	return status;
}

static int fail_pin(const char *path, int err)
{
	return fail(err == -EEXIST ? ST_EXISTS : ST_FAILED, "attach: cannot pin at %s: %s",
		    path, strerror(-err));
}

static int pin_maps(const struct policy *policy, const char *dir)
{
	struct bpf_map *map;
	int status = ST_OK, err;

	bpf_object__for_each_map(map, policy->obj) {
		char *path;

		if (status || !pins_map(map))
			continue;
		path = xasprintf("%s/maps", dir);
		err = pinning_mkdir(path);
		free(path);
		path = map_pin(dir, map);
		if (!err)
			err = bpf_map__pin(map, path);
		if (err)
			status = fail_pin(path, err);
		else
			pinning_made(path);
		free(path);
	}
	return status;
}

static int attach_program(struct policy_prog *p)
{
	int err;

	p->link = bpf_program__attach_lsm(p->prog);
	if (!p->link) {
		err = errno;
		return fail(err == EPERM ? ST_PERM : ST_FAILED, "attach: cannot attach program '%s' to hook '%s': %s%s",
			    p->name, p->hook, strerror(err),
			    err == E2BIG ? "; the hook's BPF trampoline is full, detach a program first" : "");
	}
	err = bpf_link__pin(p->link, p->pin);
	if (err)
		return fail_pin(p->pin, err);
	pinning_made(p->pin);
	return ST_OK;
}

/* libbpf pins maps that ask for it while it loads; note which were not there. */
static bool *own_pins_missing(const struct policy *policy)
{
	struct bpf_map *map;
	bool *missing = NULL;
	size_t n = 0;

	bpf_object__for_each_map(map, policy->obj) {
		const char *path = bpf_map__pin_path(map);

		missing = xreallocarray(missing, n + 1, sizeof(*missing));
		missing[n++] = path && access(path, F_OK);
	}
	return missing;
}

static void note_own_pins(const struct policy *policy, const bool *missing)
{
	struct bpf_map *map;
	size_t n = 0;

	bpf_object__for_each_map(map, policy->obj)
		if (missing[n++] && bpf_map__is_pinned(map))
			pinning_made(bpf_map__pin_path(map));
}

static int load_and_attach(struct policy *policy, const char *dir, bool full_log)
{
	bool *missing = own_pins_missing(policy);
	int status, err;
	size_t i;

	pinning_begin();
	status = policy_load(policy, full_log);
	if (!status) {
		note_own_pins(policy, missing);
		err = pinning_mkdir(dir);
		status = err ? fail_pin(dir, err) : pin_maps(policy, dir);
	}
	for (i = 0; !status && i < policy->n; i++)
		status = attach_program(&policy->v[i]);
	if (status)
		pinning_undo();
	else
		pinning_keep();
	free(missing);
	return status;
}

/* Describes a link once its hook has settled, or as it is after SETTLE_MS. */
static int describe_settled(const struct policy_prog *p, const struct hooks *hooks,
			    struct lsm_link *link)
{
	int waited = 0, n;

	while ((n = link_describe(bpf_link__fd(p->link), hooks, link)) > 0 &&
	       link->slot.flags & LSM_SLOT_LINK_SETTLING && waited < SETTLE_MS) {
		link_clear(link);
		usleep(10 * 1000);
		waited += 10;
	}
	return n;
}

static int show_attached(const struct policy *policy, const struct hooks *hooks)
{
	static const char *const columns[] = { "PROGRAM", "HOOK", "PLACE", "LINK", "PIN", NULL };
	struct table *t = table_new(columns);
	struct lsm_link link;
	int status = ST_OK, n;
	size_t i;

	for (i = 0; i < policy->n; i++) {
		n = describe_settled(&policy->v[i], hooks, &link);
		if (n <= 0) {
			status = fail(ST_FAILED, "attach: program '%s' is attached and pinned at %s, but its link cannot be read: %s",
				      policy->v[i].name, policy->v[i].pin, strerror(-n));
			continue;
		}
		table_row(t);
		table_cell(t, "%s", policy->v[i].name);
		table_cell(t, "%s", link.hook);
		table_cell(t, "%s", link_place(&link));
		table_cell(t, "%u", link.id);
		table_cell(t, "%s", policy->v[i].pin);
		link_clear(&link);
	}
	if (table_print(t))
		status = ST_FAILED;
	if (!kernel_has_slots())
		printf("Kernel %s has no LSM slots: programs run from BPF trampolines.\n",
		       kernel_release());
	return status;
}

static int attach(struct policy *policy, const char *dir, bool full_log)
{
	struct hooks hooks;
	int status;

	status = need_capability("attach", CAP_SYS_ADMIN);
	if (!status)
		status = need_bpf_lsm();
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	status = policy_check_hooks(policy, &hooks);
	if (!status)
		status = plan_pins(policy, dir);
	if (!status)
		status = load_and_attach(policy, dir, full_log);
	if (!status)
		status = show_attached(policy, &hooks);
	hooks_free(&hooks);
	return status;
}

int cmd_attach(int argc, char **argv)
{
	char **names = xcalloc(argc, sizeof(*names)), *dir = NULL;
	size_t nr_names = 0;
	struct policy policy;
	bool full_log = false;
	int c, status = -1;

	while (status < 0 && (c = getopt_long(argc, argv, ":p:P:lh", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			free(dir);
			dir = xstrdup(optarg);
			break;
		case 'P':
			names[nr_names++] = optarg;
			break;
		case 'l':
			full_log = true;
			break;
		case 'h':
			fputs(usage, stdout);
			status = ST_OK;
			break;
		default:
			status = fail_option(argv, c);
		}
	}
	if (status < 0 && optind == argc)
		status = fail_usage(argv[0], "names no object");
	if (status < 0 && optind + 1 < argc)
		status = fail_usage(argv[0], "takes one object, '%s' is one too many", argv[optind + 1]);
	if (status < 0 && dir && !*dir)
		status = fail_usage(argv[0], "option '--pin' needs a directory");
	if (status < 0) {
		status = policy_open(&policy, argv[optind], names, nr_names);
		if (!status) {
			if (!dir)
				dir = default_dir(argv[optind]);
			status = attach(&policy, dir, full_log);
			policy_close(&policy);
		}
	}
	free(names);
	free(dir);
	return status;
}
