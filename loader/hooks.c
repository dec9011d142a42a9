// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The LSM hooks of the running kernel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <linux/lsm_slot.h>

#include "hooks.h"
#include "host.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct hook *)a)->name, ((const struct hook *)b)->name);
}

static int by_name_and_id(const void *a, const void *b)
{
	int order = by_name(a, b);

	return order ? order : (int)((const struct hook *)a)->btf_id -
			       (int)((const struct hook *)b)->btf_id;
}

const struct hook *hooks_by_name(const struct hooks *hooks, const char *name)
{
	struct hook key = { .name = (char *)name };

	if (!hooks->n)
		return NULL;
	return bsearch(&key, hooks->v, hooks->n, sizeof(key), by_name);
}

const struct hook *hooks_by_btf_id(const struct hooks *hooks, __u32 btf_id)
{
	size_t i;

	for (i = 0; i < hooks->n; i++)
		if (hooks->v[i].btf_id == btf_id)
			return &hooks->v[i];
	return NULL;
}

static bool returns_void(const struct btf *btf, int func)
{
	const struct btf_type *t = btf__type_by_id(btf, btf__type_by_id(btf, func)->type);

	return t && btf_is_func_proto(t) && !t->type;
}

/*
 * Of those with the same name the first stays, which is the one libbpf takes: a
 * kernel that declares a hook's function in two ways (Linux 7.3: mmap_file) may
 * have it twice.
 */
static void keep_first(struct hooks *functions)
{
	size_t i, n = 0;

	qsort(functions->v, functions->n, sizeof(*functions->v), by_name_and_id);
	for (i = 0; i < functions->n; i++)
		if (!n || by_name(&functions->v[n - 1], &functions->v[i]))
			functions->v[n++] = functions->v[i];
	functions->n = n;
}

/* The functions bpf_lsm_*(), called what follows that. */
static struct hooks functions_from_btf(const struct btf *btf)
{
	struct hooks functions = {};
	__u32 id, n = btf__type_cnt(btf);
	size_t room = 0;

	for (id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = btf_is_func(t) ? btf__name_by_offset(btf, t->name_off) : NULL;

		if (!name || strncmp(name, HOOK_FUNC_PREFIX, strlen(HOOK_FUNC_PREFIX)))
			continue;
		if (functions.n == room) {
			room = room ? 2 * room : 512;
			functions.v = xreallocarray(functions.v, room, sizeof(*functions.v));
		}
		functions.v[functions.n++] = (struct hook){
			.name = (char *)name + strlen(HOOK_FUNC_PREFIX), .btf_id = id,
			.is_void = returns_void(btf, id),
		};
	}
	if (functions.n)
		keep_first(&functions);
	return functions;
}

/*
 * A hook is a member of union security_list_options for which there is a
 * function bpf_lsm_<member>; the prefix alone also fits functions like
 * bpf_lsm_verify_prog().
 */
static int hooks_from_btf(struct hooks *hooks, const struct btf *btf)
{
	const struct hook *function;
	const struct btf_member *m;
	const struct btf_type *t;
	struct hooks functions;
	int id, i;

	id = btf__find_by_name_kind(btf, "security_list_options", BTF_KIND_UNION);
	if (id < 0)
		return fail(ST_UNSUPPORTED, "kernel %s: its BTF has no union security_list_options, so its LSM hooks are not known",
			    kernel_release());
	t = btf__type_by_id(btf, id);
	m = btf_members(t);
	hooks->v = xcalloc(btf_vlen(t), sizeof(*hooks->v));
	functions = functions_from_btf(btf);
	for (i = 0; i < btf_vlen(t); i++, m++) {
		const char *name = btf__name_by_offset(btf, m->name_off);

		function = hooks_by_name(&functions, name);
		if (!function)
			continue;
		hooks->v[hooks->n] = *function;
		hooks->v[hooks->n++].name = xstrdup(name);
	}
	free(functions.v);
	qsort(hooks->v, hooks->n, sizeof(*hooks->v), by_name);
	if (!hooks->n)
		return fail(ST_UNSUPPORTED, "kernel %s has no BPF LSM hooks: it is built without CONFIG_BPF_LSM",
			    kernel_release());
	return ST_OK;
}

static int hooks_from_table(struct hooks *hooks)
{
	char *text = read_text(LSM_SLOT_HOOKS_FILE), *line, *save = NULL;

	if (!text) {
		hooks->table_errno = kernel_has_slots() ? errno : 0;
		return ST_OK;
	}
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned int nr_slots, attached, on_trampoline, armed;
		char name[64], reason[64], verdict[16];
		struct hook *hook;

		if (sscanf(line, "%63s %u %u %u %u %63s %15s", name, &nr_slots, &attached,
			   &on_trampoline, &armed, reason, verdict) != 7) {
			fail(ST_FAILED, "%s: line '%s' is not understood; this loader does not fit the kernel",
			     LSM_SLOT_HOOKS_FILE, line);
			free(text);
			return ST_FAILED;
		}
		hook = (struct hook *)hooks_by_name(hooks, name);
		if (!hook)
			continue;	/* not in BTF: nothing attaches to it */
		free(hook->reason);
		hook->reason = xstrdup(reason);
		hook->nr_slots = nr_slots;
		hook->attached = attached;
		hook->on_trampoline = on_trampoline;
		hook->armed = armed;
		hook->have_default = sscanf(verdict, "%d", &hook->default_verdict) == 1;
	}
	free(text);
	hooks->have_table = true;
	return ST_OK;
}

int hooks_load(struct hooks *hooks)
{
	struct btf *btf;
	int status;

	memset(hooks, 0, sizeof(*hooks));
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return fail(ST_UNSUPPORTED, "kernel %s: cannot read its BTF (%s); LSM programs need CONFIG_DEBUG_INFO_BTF and /sys/kernel/btf/vmlinux",
			    kernel_release(), strerror(errno));
	status = hooks_from_btf(hooks, btf);
	btf__free(btf);
	if (!status)
		status = hooks_from_table(hooks);
	if (status)
		hooks_free(hooks);
	return status;
}

void hooks_free(struct hooks *hooks)
{
	size_t i;

	for (i = 0; i < hooks->n; i++) {
		free(hooks->v[i].name);
		free(hooks->v[i].reason);
	}
	free(hooks->v);
	memset(hooks, 0, sizeof(*hooks));
}

/* Levenshtein distance; names longer than the row are cut. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[64], diag, up, best;
	size_t la = strlen(a), lb = strlen(b), i, j;

	if (lb > 63)
		lb = 63;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		diag = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			up = row[j];
			best = diag + (a[i - 1] != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diag = up;
		}
	}
	return row[lb];
}

const struct hook *hooks_nearest(const struct hooks *hooks, const char *name)
{
	const struct hook *nearest = NULL;
	unsigned int best = strlen(name) / 3 + 2, d;
	size_t i;

	for (i = 0; i < hooks->n; i++) {
		d = distance(name, hooks->v[i].name);
		if (d < best) {
			best = d;
			nearest = &hooks->v[i];
		}
	}
	for (i = 0; !nearest && strlen(name) > 3 && i < hooks->n; i++)
		if (strstr(hooks->v[i].name, name) || strstr(name, hooks->v[i].name))
			nearest = &hooks->v[i];
	return nearest;
}

int fail_no_hook(const struct hooks *hooks, const char *who, const char *name)
{
	const struct hook *near = hooks_nearest(hooks, name);

	if (near)
		return fail(ST_NOT_FOUND, "%s: kernel %s has no LSM hook '%s'; did you mean '%s'?",
			    who, kernel_release(), name, near->name);
	return fail(ST_NOT_FOUND, "%s: kernel %s has no LSM hook '%s'; 'lsmslot hooks' lists its hooks",
		    who, kernel_release(), name);
}
