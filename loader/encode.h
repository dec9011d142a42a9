/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of a policy file as bytes of a BTF type, and back. */
#ifndef LSMSLOT_ENCODE_H
#define LSMSLOT_ENCODE_H

#include <bpf/btf.h>

#include "yaml_doc.h"

/**
 * struct encode - what encoding needs
 * @yaml: the file, for errors
 * @btf: the object's types
 */
struct encode {
	struct yaml_doc *yaml;
	const struct btf *btf;
};

/* The types that are written as something else than what they consist of. */
enum encode_special {
	ENCODE_PLAIN,
	ENCODE_INODE,		/* struct lsmslot_inode_id: a path */
	ENCODE_DEV,		/* lsmslot_dev_t: a mount point */
	ENCODE_CGROUP,		/* lsmslot_cgroup_t: a cgroup's path */
	ENCODE_IPV4_PREFIX,
	ENCODE_IPV6_PREFIX,
	ENCODE_BIG_ENDIAN,	/* __be16, __be32, __be64: a number */
};

/*
 * @type without its qualifiers and typedefs, its id in @id if not NULL; NULL
 * if the object's BTF is broken.
 */
const struct btf_type *encode_resolve(const struct btf *btf, __u32 type, __u32 *id,
				      enum encode_special *special);

/*
 * Writes @node as a @type of @size bytes to @buf.  @what names it in errors,
 * like "the value".  Returns an enum status: ST_NOT_FOUND for a path or cgroup
 * that is not there, ST_USAGE for text that does not fit the type.
 */
int encode_value(const struct encode *encode, const yaml_node_t *node, const char *what,
		 __u32 type, void *buf, size_t size);

/* The @size bytes of a @type as text for an operator, to be freed. */
char *encode_describe(const struct btf *btf, __u32 type, const void *buf, size_t size);

#endif /* LSMSLOT_ENCODE_H */
