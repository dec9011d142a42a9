/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The types of a BPF object, before anybody relies on them. */
#ifndef LSMSLOT_TYPES_H
#define LSMSLOT_TYPES_H

#include <bpf/btf.h>

/*
 * NULL if @btf is sound, else what is wrong with it, to be freed: names and types that
 * are referred to are there, nothing contains itself, members lie in what they belong
 * to.  Neither libbpf nor this loader looks at that again.
 */
char *types_check(const struct btf *btf);

#endif /* LSMSLOT_TYPES_H */
