/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The symbols of a BPF object, before libbpf relies on them. */
#ifndef LSMSLOT_ELF_CHECK_H
#define LSMSLOT_ELF_CHECK_H

#include <stddef.h>

/*
 * NULL if each symbol of the file of @size @bytes lies in its section, which libbpf adds up
 * without looking for an overflow; else what is wrong.  Whether the file is an object
 * at all is left to libbpf.
 */
const char *elf_check(const void *bytes, size_t size);

#endif /* LSMSLOT_ELF_CHECK_H */
