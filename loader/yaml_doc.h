/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A YAML file as a tree of nodes that know their lines. */
#ifndef LSMSLOT_YAML_DOC_H
#define LSMSLOT_YAML_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include <yaml.h>

#include "lsmslot.h"

/**
 * struct yaml_doc - one file
 * @cmd: the command that reads it, for errors
 * @path: as given
 * @text, @len: what is in it, while it is read
 * @doc: libyaml's; nodes stay valid until yaml_doc_close()
 */
struct yaml_doc {
	const char *cmd;
	const char *path;
	char *text;
	size_t len;
	yaml_document_t doc;
};

/*
 * Reads @path, which holds one document with a mapping at its top.  Refuses
 * whatever two readers could understand in two ways: duplicate keys, tags,
 * a second document.  Returns an enum status; @cmd and @path are kept.
 */
int yaml_doc_open(struct yaml_doc *yaml, const char *cmd, const char *path);
void yaml_doc_close(struct yaml_doc *yaml);

yaml_node_t *yaml_doc_top(struct yaml_doc *yaml);

/* Line of @node, 1 being the first. */
size_t yaml_line(const yaml_node_t *node);

/* fail() with "CMD: PATH:LINE: " in front. */
int yaml_fail(struct yaml_doc *yaml, const yaml_node_t *node, enum status status,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same for what is no error; always to standard error. */
void yaml_warn(struct yaml_doc *yaml, const yaml_node_t *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "a mapping", "a list", "a string" and so on, for errors. */
const char *yaml_kind(const yaml_node_t *node);

static inline bool yaml_is_map(const yaml_node_t *node)
{
	return node->type == YAML_MAPPING_NODE;
}

static inline bool yaml_is_list(const yaml_node_t *node)
{
	return node->type == YAML_SEQUENCE_NODE;
}

/* Text of a scalar; NULL if @node is none. */
const char *yaml_text(const yaml_node_t *node);

/* True for a scalar without quotes, which may be a number, true or false. */
bool yaml_is_plain(const yaml_node_t *node);

/* Elements of a list, and pairs of a mapping. */
size_t yaml_length(const yaml_node_t *node);
yaml_node_t *yaml_item(struct yaml_doc *yaml, const yaml_node_t *list, size_t i);
yaml_node_t *yaml_key(struct yaml_doc *yaml, const yaml_node_t *map, size_t i);
yaml_node_t *yaml_value(struct yaml_doc *yaml, const yaml_node_t *map, size_t i);

/* The value of member @key; NULL if there is none. */
yaml_node_t *yaml_member(struct yaml_doc *yaml, const yaml_node_t *map, const char *key);

/*
 * These read one value and say what is wrong with it; @what names the member.
 * A string is not empty.
 */
int yaml_get_string(struct yaml_doc *yaml, const yaml_node_t *node, const char *what,
		    const char **text);
int yaml_get_bool(struct yaml_doc *yaml, const yaml_node_t *node, const char *what, bool *value);

/* Sees that the keys of @map are all among @keys, which ends with NULL. */
int yaml_check_keys(struct yaml_doc *yaml, const yaml_node_t *map, const char *where,
		    const char *const *keys);

#endif /* LSMSLOT_YAML_DOC_H */
