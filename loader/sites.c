// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's table of static calls. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sites.h"

/* How security/security.c names the static calls of a hook: PREFIX HOOK _N. */
#define DISPATCH_PREFIX "__SCK__lsm_static_call_"

/* How kernel/bpf/lsm_slot_hooks.c names a hook's slots: PREFIX HOOK _call_N. */
#define SLOT_PREFIX "__SCK__lsm_slot_"
#define SLOT_INFIX "_call_"

/* struct static_call_site: both are relative to where they are. */
struct raw_site {
	__s32 addr;
	__s32 key;
};

#define KEY_FLAGS 3ULL

int sites_load(struct sites *sites, struct kcore *core, const struct ksyms *syms)
{
	__u64 start = ksyms_address(syms, "__start_static_call_sites");
	__u64 stop = ksyms_address(syms, "__stop_static_call_sites");
	const struct ksym *key;
	struct raw_site *raw;
	size_t i, n;

	memset(sites, 0, sizeof(*sites));
	if (!start || stop <= start)
		return ST_OK;
	n = (stop - start) / sizeof(*raw);
	raw = xcalloc(n, sizeof(*raw));
	if (kcore_read(core, start, raw, n * sizeof(*raw)) != n * sizeof(*raw)) {
		free(raw);
		return fail(ST_FAILED, "cannot read the kernel's static calls from /proc/kcore");
	}
	sites->v = xcalloc(n, sizeof(*sites->v));
	for (i = 0; i < n; i++) {
		__u64 at = start + i * sizeof(*raw);

		key = ksyms_at(syms, (at + 4 + raw[i].key) & ~KEY_FLAGS);
		if (!key)
			continue;
		sites->v[sites->n].addr = at + raw[i].addr;
		sites->v[sites->n++].key = key->name;
	}
	free(raw);
	return ST_OK;
}

void sites_free(struct sites *sites)
{
	free(sites->v);
	memset(sites, 0, sizeof(*sites));
}

static const char *key_at(const struct sites *sites, __u64 addr)
{
	size_t i;

	for (i = 0; i < sites->n; i++)
		if (sites->v[i].addr == addr)
			return sites->v[i].key;
	return "";
}

bool sites_is_dispatch(const struct sites *sites, __u64 addr)
{
	return !strncmp(key_at(sites, addr), DISPATCH_PREFIX, strlen(DISPATCH_PREFIX));
}

int sites_slot(const struct sites *sites, __u64 addr)
{
	const char *key = key_at(sites, addr), *number;

	if (strncmp(key, SLOT_PREFIX, strlen(SLOT_PREFIX)))
		return -1;
	number = strrchr(key, '_') + 1;
	if ((size_t)(number - key) < strlen(SLOT_PREFIX SLOT_INFIX) ||
	    strncmp(number - strlen(SLOT_INFIX), SLOT_INFIX, strlen(SLOT_INFIX)) ||
	    !isdigit((unsigned char)*number))
		return -1;
	return atoi(number);
}

bool site_dispatches(const struct site *site, const char *hook)
{
	size_t len = strlen(DISPATCH_PREFIX), hook_len = strlen(hook);
	const char *p = site->key;

	if (strncmp(p, DISPATCH_PREFIX, len) || strncmp(p + len, hook, hook_len))
		return false;
	p += len + hook_len;
	return p[0] == '_' && isdigit((unsigned char)p[1]) && !p[2 + strspn(p + 2, "0123456789")];
}
