// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The programs of a hook as the kernel runs them (BPF_PROG_QUERY). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_compat.h"
#include "host.h"
#include "query.h"

/* Programs that fit at the first try. */
#define ROOM 32

static int query_once(const struct hook *hook, __u32 *ids, __u32 *links, __u32 *flags,
		      __u32 *n, __u64 *revision)
{
	struct compat_query_attr attr = {
		.target_fd = hook->btf_id,
		.attach_type = BPF_LSM_MAC,
		.prog_ids = (unsigned long)ids,
		.count = *n,
		.link_ids = (unsigned long)links,
		.link_attach_flags = (unsigned long)flags,
	};
	int err = syscall(__NR_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) ? -errno : 0;

	*n = attr.count;
	*revision = attr.revision;
	return err;
}

int hook_query(const struct hook *hook, struct hook_query *query)
{
	__u32 *ids = NULL, *links = NULL, *flags = NULL, room = ROOM, n, i;
	int err;

	memset(query, 0, sizeof(*query));
	for (;;) {
		ids = xreallocarray(ids, room, sizeof(*ids));
		links = xreallocarray(links, room, sizeof(*links));
		flags = xreallocarray(flags, room, sizeof(*flags));
		n = room;
		err = query_once(hook, ids, links, flags, &n, &query->revision);
		/* It may grow again before the next try. */
		if (err != -ENOSPC || n <= room)
			break;
		room = 2 * n;
	}
	if (!err) {
		query->v = xcalloc(n, sizeof(*query->v));
		query->n = n;
		for (i = 0; i < n; i++)
			query->v[i] = (struct query_prog){
				.prog_id = ids[i], .link_id = links[i], .flags = flags[i],
			};
	}
	free(ids);
	free(links);
	free(flags);
	return err;
}

void hook_query_free(struct hook_query *query)
{
	free(query->v);
	memset(query, 0, sizeof(*query));
}

bool kernel_has_query(const struct hooks *hooks, int *err)
{
	struct hook_query query;
	int ret = hooks->n ? hook_query(&hooks->v[0], &query) : -EINVAL;

	if (!ret)
		hook_query_free(&query);
	/* That it has no such hook is an answer, too. */
	if (ret == -ENOENT)
		ret = 0;
	if (err)
		*err = ret;
	return !ret;
}

int need_query(const struct hooks *hooks, const char *cmd, const char *what)
{
	int err;

	if (kernel_has_query(hooks, &err))
		return ST_OK;
	if (err == -EPERM)
		return fail(ST_PERM, "%s: cannot ask the kernel for a hook's programs: needs CAP_NET_ADMIN and CAP_PERFMON; run it with sudo",
			    cmd);
	if (err != -EINVAL)
		return fail(ST_FAILED, "%s: cannot ask the kernel for a hook's programs: %s",
			    cmd, strerror(-err));
	return fail(ST_UNSUPPORTED, "%s: kernel %s cannot %s: it needs LSM slots that answer BPF_PROG_QUERY; 'lsmslot features' shows what it can",
		    cmd, kernel_release(), what);
}
