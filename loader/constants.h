/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The constants of a BPF object that is not loaded yet. */
#ifndef LSMSLOT_CONSTANTS_H
#define LSMSLOT_CONSTANTS_H

#include <bpf/libbpf.h>

#include "encode.h"

/*
 * Sets the "const volatile" globals of @obj as @values, a mapping of names to
 * values, says; @path names the object in errors.  Returns an enum status.
 */
int constants_set(struct bpf_object *obj, const struct encode *encode, const yaml_node_t *values,
		  const char *path);

/* Sets lsmslot_scoped, because of @scope. */
int constant_set_scoped(struct bpf_object *obj, const struct encode *encode,
			const yaml_node_t *scope);

#endif /* LSMSLOT_CONSTANTS_H */
