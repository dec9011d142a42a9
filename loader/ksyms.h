/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The running kernel's symbols, programs and trampolines included. */
#ifndef LSMSLOT_KSYMS_H
#define LSMSLOT_KSYMS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "lsmslot.h"

/**
 * struct ksym - a line of /proc/kallsyms
 * @addr: its address
 * @name: its name
 * @is_bpf: a BPF program or trampoline
 */
struct ksym {
	__u64 addr;
	const char *name;
	bool is_bpf;
};

struct ksyms {
	struct ksym *v;
	size_t n;
	char *text;
};

int ksyms_load(struct ksyms *syms);
void ksyms_free(struct ksyms *syms);

/* Address of @name, 0 if there is none. */
__u64 ksyms_address(const struct ksyms *syms, const char *name);

/*
 * The symbol that @addr lies in; NULL below the first.  Of several at one
 * address, the first that kallsyms lists.
 */
const struct ksym *ksyms_at(const struct ksyms *syms, __u64 addr);

/* Address of the first symbol after the one @addr lies in. */
__u64 ksyms_end(const struct ksyms *syms, __u64 addr);

/* True if a symbol exactly at @addr begins with @prefix and ends with @suffix. */
bool ksyms_is(const struct ksyms *syms, __u64 addr, const char *prefix, const char *suffix);

/* "name", "name+0x9" or the bare address; to be freed. */
char *ksyms_name(const struct ksyms *syms, __u64 addr);

#endif /* LSMSLOT_KSYMS_H */
