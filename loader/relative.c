// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Links named on the command line. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "pins.h"
#include "relative.h"

#define LIST "'lsmslot status' lists them"

/* What an argument names; @name is set if nothing else is. */
struct named {
	__u32 link_id, prog_id;
	const char *name;
};

static int parse_id(const char *arg, const char *text, __u32 *id)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !value || value > UINT32_MAX)
		return fail_usage("attach", "'%s' has no id", arg);
	*id = value;
	return ST_OK;
}

static int parse_pin(const char *path, struct named *named)
{
	struct bpf_prog_info prog = {};
	__u32 len = sizeof(prog);
	union link_info link;
	enum pin_kind kind;
	int fd, err = 0;

	fd = pin_open(path, &kind);
	if (fd < 0)
		return fail(errno == ENOENT ? ST_NOT_FOUND : ST_FAILED,
			    "attach: cannot open the pin %s: %s; 'lsmslot status' lists the pins",
			    path, strerror(errno));
	if (kind == PIN_LINK) {
		err = link_info_get(fd, &link);
		named->link_id = link.bpf.id;
	} else if (kind == PIN_PROGRAM) {
		err = bpf_obj_get_info_by_fd(fd, &prog, &len) ? -errno : 0;
		named->prog_id = prog.id;
	}
	close(fd);
	if (err)
		return fail(ST_FAILED, "attach: cannot read what is pinned at %s: %s",
			    path, strerror(-err));
	if (!named->link_id && !named->prog_id)
		return fail(ST_NOT_FOUND, "attach: %s is no pin of a link or program; 'lsmslot status' lists the pins",
			    path);
	return ST_OK;
}

static int parse(const char *arg, struct named *named)
{
	memset(named, 0, sizeof(*named));
	if (!strncmp(arg, "link:", 5))
		return parse_id(arg, arg + 5, &named->link_id);
	if (!strncmp(arg, "prog:", 5))
		return parse_id(arg, arg + 5, &named->prog_id);
	if (strchr(arg, '/'))
		return parse_pin(arg, named);
	named->name = arg;
	return ST_OK;
}

static bool names(const struct named *named, const struct lsm_link *link)
{
	if (named->link_id)
		return link->id == named->link_id;
	if (named->prog_id)
		return link->prog_id == named->prog_id;
	return !strcmp(link->prog_name, named->name);
}

int relative_find(const struct lsm_links *links, const char *arg, const char *hook,
		  const char *who, const struct lsm_link **found)
{
	const struct lsm_link *elsewhere = NULL;
	struct named named;
	size_t i, n = 0;
	int status = parse(arg, &named);

	if (status)
		return status;
	for (i = 0; i < links->n; i++) {
		if (!names(&named, &links->v[i]))
			continue;
		if (strcmp(links->v[i].hook, hook)) {
			elsewhere = &links->v[i];
			continue;
		}
		*found = &links->v[i];
		n++;
	}
	if (!n && elsewhere)
		return fail(ST_NOT_FOUND, "attach: program '%s' is for hook '%s', but %s is on hook '%s'; name one on the same hook ('lsmslot hooks %s' shows them), or choose programs with --program",
			    who, hook, arg, elsewhere->hook, hook);
	if (!n)
		return fail(ST_NOT_FOUND, "attach: no LSM program is attached that '%s' names; " LIST, arg);
	if (n > 1)
		return fail(ST_FAILED, "attach: %zu links on hook '%s' are %s, choose one as link:ID; " LIST,
			    n, hook, arg);
	if ((*found)->cgroup)
		return fail(ST_FAILED, "attach: %s is attached to a cgroup and has no place of its own in hook '%s'; name another one",
			    arg, hook);
	if ((*found)->slot.place == LSM_SLOT_PLACE_TRAMPOLINE)
		return fail(ST_UNSUPPORTED, "attach: %s runs from the trampoline of hook '%s', where programs cannot be ordered; attach it again with kernel.lsm_slots=1",
			    arg, hook);
	return ST_OK;
}

int relative_link(const struct lsm_links *links, const char *arg,
		  const struct lsm_link **found, char **pin)
{
	struct named named;
	size_t i;
	int status;

	*pin = NULL;
	if (strncmp(arg, "link:", 5) && !strchr(arg, '/'))
		return fail_usage("attach", "'%s' is neither the path of a pin nor link:ID", arg);
	status = parse(arg, &named);
	if (status)
		return status;
	if (!named.link_id)
		return fail(ST_NOT_FOUND, "attach: %s is the pin of a program, not of a link; 'lsmslot status' lists the pins",
			    arg);
	for (i = 0; i < links->n && links->v[i].id != named.link_id; i++)
		;
	if (i == links->n)
		return fail(ST_NOT_FOUND, "attach: %s is no link of an LSM program; " LIST, arg);
	*found = &links->v[i];
	if (strncmp(arg, "link:", 5))
		*pin = realpath(arg, NULL);
	return ST_OK;
}
