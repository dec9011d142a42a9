// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot detach: unpins links and sees that they are gone. */
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "host.h"
#include "links.h"
#include "runlock.h"
#include "unpin.h"

static const char usage[] =
	"usage: lsmslot detach PIN | DIR\n"
	"       lsmslot detach --id LINK | --program NAME\n\n"
	"Unpins LSM links and waits until they are gone. Nothing is unpinned if a process\n"
	"or another pin would keep a link attached.\n\n"
	"  PIN                 the link pinned there\n"
	"  DIR                 every link in a directory made by 'lsmslot attach', and\n"
	"                      the directory with its maps\n"
	"  -i, --id LINK       the link with this id, from all its pins\n"
	"  -P, --program NAME  the one link of the program with this name, from all its pins\n"
	"  -h, --help          show this\n";

static const struct option options[] = {
	{ "id",      required_argument, NULL, 'i' },
	{ "program", required_argument, NULL, 'P' },
	{ "help",    no_argument,       NULL, 'h' },
	{}
};

/**
 * struct target - what the command line names; one member is set
 * @path: a pin or a directory
 * @id: link id
 * @program: program name
 */
struct target {
	const char *path;
	const char *id;
	const char *program;
};

static int add_by_id(struct unpin *unpin, const struct lsm_links *links, const char *arg)
{
	unsigned long id;
	char *end;
	size_t i;

	errno = 0;
	id = strtoul(arg, &end, 10);
	if (!*arg || *end || errno || *arg == '-' || !id || id > UINT32_MAX)
		return fail_usage("detach", "'%s' is no link id", arg);
	for (i = 0; i < links->n; i++)
		if (links->v[i].id == id) {
			unpin_add_all(unpin, &links->v[i]);
			return ST_OK;
		}
	return fail(ST_NOT_FOUND, "detach: there is no LSM link %lu; 'lsmslot status' lists them", id);
}

static int add_by_program(struct unpin *unpin, const struct lsm_links *links, const char *name)
{
	const struct lsm_link *found = NULL;
	size_t i, n = 0;

	for (i = 0; i < links->n; i++)
		if (!strcmp(links->v[i].prog_name, name)) {
			found = &links->v[i];
			n++;
		}
	if (!n)
		return fail(ST_NOT_FOUND, "detach: no LSM link has a program '%s'; 'lsmslot status' lists them",
			    name);
	if (n > 1)
		return fail(ST_FAILED, "detach: %zu links have a program '%s', choose one with --id; 'lsmslot status' lists them",
			    n, name);
	unpin_add_all(unpin, found);
	return ST_OK;
}

static int add_by_path(struct unpin *unpin, const struct lsm_links *links, const char *arg)
{
	char *path = realpath(arg, NULL);
	struct stat st;
	int status;

	if (!path || stat(path, &st)) {
		if (errno == ENOENT)
			status = fail(ST_NOT_FOUND, "detach: there is no pin or directory %s; 'lsmslot status' lists the pins",
				      arg);
		else
			status = fail(ST_FAILED, "detach: %s: %s; 'lsmslot status' lists the pins",
				      arg, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		status = unpin_add_dir(unpin, links, path);
	} else {
		status = unpin_add_pin(unpin, links, path);
	}
	free(path);
	return status;
}

static int detach(const struct target *target)
{
	struct unpin unpin = {};
	struct lsm_links links;
	struct hooks hooks;
	int status;

	status = need_capability("detach", CAP_SYS_ADMIN);
	if (!status)
		status = runlock_take("detach");
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	status = links_collect(&links, &hooks);
	hooks_free(&hooks);
	if (status)
		return status;

	if (target->path)
		status = add_by_path(&unpin, &links, target->path);
	else if (target->id)
		status = add_by_id(&unpin, &links, target->id);
	else
		status = add_by_program(&unpin, &links, target->program);
	if (!status)
		status = unpin_check(&unpin);
	if (!status)
		status = unpin_run(&unpin);
	unpin_free(&unpin);
	links_free(&links);
	return status;
}

int cmd_detach(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	struct target target = {};

	while (next_option(&args)) {
		switch (args.option) {
		case 'i':
			target.id = optarg;
			break;
		case 'P':
			target.program = optarg;
			break;
		}
	}
	if (args.over)
		return args.status;
	target.path = argv[optind];
	if (optind + 1 < argc)
		return fail_usage(argv[0], "takes one pin or directory, '%s' is one too many",
				  argv[optind + 1]);
	if (!!target.path + !!target.id + !!target.program != 1)
		return fail_usage(argv[0], "needs exactly one of a pin, a directory, --id or --program");
	return detach(&target);
}
