// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The running kernel's symbols, programs and trampolines included. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "ksyms.h"

#define KALLSYMS "/proc/kallsyms"

/* Symbols keep the order of the file, which is that of their names' pointers. */
static int by_address(const void *pa, const void *pb)
{
	const struct ksym *a = pa, *b = pb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->name < b->name ? -1 : 1;
}

/* "ffffffff81000000 T name" or "... name\t[module]". */
static bool parse_line(char *line, struct ksym *sym)
{
	char *end, *module;

	sym->addr = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	sym->name = end + 3;
	module = strchr(end + 3, '\t');
	if (module)
		*module++ = '\0';
	sym->is_bpf = module && !strcmp(module, "[bpf]");
	return true;
}

int ksyms_load(struct ksyms *syms)
{
	char *line, *save = NULL;
	size_t room = 0;
	bool any = false;

	memset(syms, 0, sizeof(*syms));
	syms->text = read_text(KALLSYMS);
	if (!syms->text)
		return fail(ST_UNSUPPORTED, "cannot read %s: %s; the kernel needs CONFIG_KALLSYMS",
			    KALLSYMS, strerror(errno));
	for (line = strtok_r(syms->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (syms->n == room) {
			room = room ? 2 * room : 1 << 16;
			syms->v = xreallocarray(syms->v, room, sizeof(*syms->v));
		}
		if (parse_line(line, &syms->v[syms->n]))
			any |= syms->v[syms->n++].addr != 0;
	}
	if (!any) {
		ksyms_free(syms);
		return fail(ST_PERM, "%s hides the kernel's addresses; run as root with CAP_SYSLOG, and set kernel.kptr_restrict below 2",
			    KALLSYMS);
	}
	qsort(syms->v, syms->n, sizeof(*syms->v), by_address);
	return ST_OK;
}

void ksyms_free(struct ksyms *syms)
{
	free(syms->v);
	free(syms->text);
	memset(syms, 0, sizeof(*syms));
}

__u64 ksyms_address(const struct ksyms *syms, const char *name)
{
	size_t i;

	for (i = 0; i < syms->n; i++)
		if (!strcmp(syms->v[i].name, name))
			return syms->v[i].addr;
	return 0;
}

/* Index of the first symbol above @addr. */
static size_t above(const struct ksyms *syms, __u64 addr)
{
	size_t lo = 0, hi = syms->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (syms->v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct ksym *ksyms_at(const struct ksyms *syms, __u64 addr)
{
	size_t i = above(syms, addr);

	if (!i)
		return NULL;
	i--;
	while (i && syms->v[i - 1].addr == syms->v[i].addr)
		i--;
	return &syms->v[i];
}

__u64 ksyms_end(const struct ksyms *syms, __u64 addr)
{
	size_t i = above(syms, addr);

	return i < syms->n ? syms->v[i].addr : ~0ULL;
}

bool ksyms_is(const struct ksyms *syms, __u64 addr, const char *prefix, const char *suffix)
{
	const struct ksym *sym = ksyms_at(syms, addr);
	size_t len;

	for (; sym && sym < syms->v + syms->n && sym->addr == addr; sym++) {
		len = strlen(sym->name);
		if (!strncmp(sym->name, prefix, strlen(prefix)) && len >= strlen(suffix) &&
		    !strcmp(sym->name + len - strlen(suffix), suffix))
			return true;
	}
	return false;
}

char *ksyms_name(const struct ksyms *syms, __u64 addr)
{
	const struct ksym *sym = ksyms_at(syms, addr);

	if (!sym)
		return xasprintf("0x%llx", (unsigned long long)addr);
	if (sym->addr == addr)
		return xstrdup(sym->name);
	return xasprintf("%s+0x%llx", sym->name, (unsigned long long)(addr - sym->addr));
}
