/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Enumerators by the names that operators write. */
#ifndef LSMSLOT_ENCODE_ENUM_H
#define LSMSLOT_ENCODE_ENUM_H

#include <stdbool.h>
#include <stdint.h>

#include <bpf/btf.h>

/*
 * Value of the enumerator called @text: its name in any case, with or without
 * what all names of the enum begin with up to a '_', '-' standing for '_'.
 */
bool enum_value_of(const struct btf *btf, const struct btf_type *t, const char *text,
		   uint64_t *value);
bool enum_has_value(const struct btf_type *t, uint64_t value);

/* All names as an operator writes them, "full, anchor"; to be freed. */
char *enum_names(const struct btf *btf, const struct btf_type *t);

/* The name of @value as an operator writes it, to be freed; NULL if it has none. */
char *enum_name_of(const struct btf *btf, const struct btf_type *t, uint64_t value);

#endif /* LSMSLOT_ENCODE_ENUM_H */
