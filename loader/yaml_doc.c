// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A YAML file as a tree of nodes that know their lines. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "read_all.h"
#include "yaml_doc.h"

/* A policy file lists paths and names; what is larger is no policy file. */
#define FILE_MAX (16u << 20)

/* Deeper than any member is; libyaml takes its time with brackets in brackets. */
#define DEPTH_MAX 64

/* libyaml compares each anchor with all others. */
#define ANCHORS_MAX 1000

static int fail_read(const struct yaml_doc *yaml, int err)
{
	return fail(err == ENOENT ? ST_NOT_FOUND : err == EACCES ? ST_PERM : ST_FAILED,
		    "%s: cannot read the policy file %s: %s", yaml->cmd, yaml->path, strerror(err));
}

/* A pipe that nobody writes to is empty, not to be waited for. */
static int open_file(const struct yaml_doc *yaml, int *fd)
{
	struct stat st;
	int err = 0;

	*fd = open(yaml->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0)
		return fail_read(yaml, errno);
	if (fstat(*fd, &st) || fcntl(*fd, F_SETFL, 0))
		err = errno;
	else if (S_ISDIR(st.st_mode))
		err = EISDIR;
	if (!err)
		return ST_OK;
	close(*fd);
	return err == EISDIR ? fail(ST_FAILED, "%s: %s is a directory, not a policy file", yaml->cmd,
				    yaml->path) : fail_read(yaml, err);
}

static int read_file(struct yaml_doc *yaml)
{
	int status, err, fd;
	void *text;

	status = open_file(yaml, &fd);
	if (status)
		return status;
	err = read_all(fd, FILE_MAX, &text, &yaml->len);
	close(fd);
	if (err == -EFBIG)
		return fail(ST_USAGE, "%s: %s is larger than a policy file can be (%u MiB); divide it",
			    yaml->cmd, yaml->path, FILE_MAX >> 20);
	if (err)
		return fail_read(yaml, -err);
	yaml->text = text;
	return ST_OK;
}

/* What people mostly got wrong when libyaml says @problem. */
static const char *way_out(const char *problem)
{
	if (strstr(problem, "mapping values are not allowed"))
		return "; look at the indentation of this line and the one above";
	if (strstr(problem, "tab character"))
		return "; indent with blanks";
	if (strstr(problem, "alphabetic or numeric character"))
		return "; put a value that begins with * or & in quotes";
	return "";
}

static int fail_parse(struct yaml_doc *yaml, const yaml_parser_t *parser)
{
	const char *problem = parser->problem ? parser->problem : "out of memory";
	size_t line = parser->problem_mark.line;

	if (parser->error == YAML_MEMORY_ERROR)
		no_memory();
	if (parser->error == YAML_READER_ERROR)
		return fail(ST_USAGE, "%s: %s: is no text: %s at byte %zu",
			    yaml->cmd, yaml->path, problem, parser->problem_offset);
	if (parser->context)
		return fail(ST_USAGE, "%s: %s:%zu: is no YAML: %s, %s%s", yaml->cmd, yaml->path,
			    line + 1, parser->context, problem, way_out(problem));
	return fail(ST_USAGE, "%s: %s:%zu: is no YAML: %s%s", yaml->cmd, yaml->path, line + 1,
		    problem, way_out(problem));
}

/* Nothing may follow the first document. */
static int check_end(struct yaml_doc *yaml, yaml_parser_t *parser)
{
	yaml_document_t next;
	yaml_node_t *top;
	int status = ST_OK;

	if (!yaml_parser_load(parser, &next))
		return fail_parse(yaml, parser);
	top = yaml_document_get_root_node(&next);
	if (top)
		status = yaml_fail(yaml, top, ST_USAGE,
				   "a second document begins; a policy file has one");
	yaml_document_delete(&next);
	return status;
}

static int check_tag(struct yaml_doc *yaml, const yaml_node_t *node)
{
	static const char *const usual[] = {
		[YAML_SCALAR_NODE] = YAML_DEFAULT_SCALAR_TAG,
		[YAML_SEQUENCE_NODE] = YAML_DEFAULT_SEQUENCE_TAG,
		[YAML_MAPPING_NODE] = YAML_DEFAULT_MAPPING_TAG,
	};

	if (!node->tag || node->type == YAML_NO_NODE || !strcmp((char *)node->tag, usual[node->type]))
		return ST_OK;
	return yaml_fail(yaml, node, ST_USAGE, "has the tag '%s'; write it without a tag",
			 (char *)node->tag);
}

/* Equal keys are neighbours, in the order of the file. */
static int by_text(const void *a, const void *b)
{
	const yaml_node_t *one = *(yaml_node_t *const *)a, *other = *(yaml_node_t *const *)b;
	int c = strcmp(yaml_text(one), yaml_text(other));

	return c ? c : (one->start_mark.index > other->start_mark.index) -
		       (one->start_mark.index < other->start_mark.index);
}

static int check_map(struct yaml_doc *yaml, const yaml_node_t *map)
{
	size_t n = yaml_length(map), i;
	yaml_node_t **keys = xcalloc(n, sizeof(*keys));
	int status = ST_OK;

	for (i = 0; !status && i < n; i++) {
		keys[i] = yaml_key(yaml, map, i);
		if (!yaml_text(keys[i]))
			status = yaml_fail(yaml, keys[i], ST_USAGE,
					   "%s is no name of a member; write a string", yaml_kind(keys[i]));
	}
	if (!status)
		qsort(keys, n, sizeof(*keys), by_text);
	for (i = 1; !status && i < n; i++)
		if (!strcmp(yaml_text(keys[i - 1]), yaml_text(keys[i])))
			status = yaml_fail(yaml, keys[i], ST_USAGE, "'%s' is given twice, first in line %zu",
					   yaml_text(keys[i]), yaml_line(keys[i - 1]));
	free(keys);
	return status;
}

static int check_nodes(struct yaml_doc *yaml)
{
	yaml_node_t *node;
	int status = ST_OK, i;

	for (i = 1; !status && (node = yaml_document_get_node(&yaml->doc, i)); i++) {
		status = check_tag(yaml, node);
		if (!status && node->type == YAML_SCALAR_NODE &&
		    memchr(node->data.scalar.value, '\0', node->data.scalar.length))
			status = yaml_fail(yaml, node, ST_USAGE, "a string has a NUL in it");
		if (!status && yaml_is_map(node))
			status = check_map(yaml, node);
	}
	return status;
}

static bool begin(struct yaml_doc *yaml, yaml_parser_t *parser)
{
	if (!yaml_parser_initialize(parser))
		return false;
	yaml_parser_set_input_string(parser, (unsigned char *)yaml->text, yaml->len);
	return true;
}

static bool has_anchor(const yaml_event_t *event)
{
	return (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor) ||
	       (event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.anchor) ||
	       (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor);
}

static int fail_limit(const struct yaml_doc *yaml, const yaml_event_t *event, const char *what)
{
	return fail(ST_USAGE, "%s: %s:%zu: %s", yaml->cmd, yaml->path, event->start_mark.line + 1, what);
}

/*
 * What libyaml's time grows with the square of, seen before it builds its tree.  What is
 * no YAML is left to that.
 */
static int check_limits(struct yaml_doc *yaml, yaml_parser_t *parser)
{
	size_t depth = 0, anchors = 0;
	int status = ST_OK;
	bool over = false;

	while (!status && !over) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			break;
		over = event.type == YAML_STREAM_END_EVENT;
		anchors += has_anchor(&event);
		depth += event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
		depth -= event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
		if (depth > DEPTH_MAX)
			status = fail_limit(yaml, &event, "lists and mappings are nested deeper than any member of a policy file");
		else if (anchors > ANCHORS_MAX)
			status = fail_limit(yaml, &event, "there are more anchors ('&') than a policy file can have");
		yaml_event_delete(&event);
	}
	return status;
}

/* Tags are refused anyway, and so is what gives them short names. */
static int check_directives(const struct yaml_doc *yaml)
{
	const char *p = yaml->text, *end = p + yaml->len;
	size_t line = 1;

	for (; p && p < end; line++) {
		if (end - p >= 4 && !memcmp(p, "%TAG", 4))
			return fail(ST_USAGE, "%s: %s:%zu: has a directive for tags; write the file without tags",
				    yaml->cmd, yaml->path, line);
		p = memchr(p, '\n', end - p);
		p = p ? p + 1 : NULL;
	}
	return ST_OK;
}

static int load(struct yaml_doc *yaml)
{
	yaml_parser_t parser;
	yaml_node_t *top;
	int status;

	if (!begin(yaml, &parser))
		no_memory();
	status = check_limits(yaml, &parser);
	yaml_parser_delete(&parser);
	if (status)
		return status;
	if (!begin(yaml, &parser))
		no_memory();
	if (!yaml_parser_load(&parser, &yaml->doc)) {
		status = fail_parse(yaml, &parser);
	} else {
		top = yaml_doc_top(yaml);
		if (!top)
			status = fail(ST_USAGE, "%s: %s: is empty; it begins with 'version: 1'",
				      yaml->cmd, yaml->path);
		else if (!yaml_is_map(top))
			status = yaml_fail(yaml, top, ST_USAGE,
					   "the file holds %s, not members like 'version: 1' and 'policies:'",
					   yaml_kind(top));
		if (!status)
			status = check_end(yaml, &parser);
		if (!status)
			status = check_nodes(yaml);
		if (status)
			yaml_doc_close(yaml);
	}
	yaml_parser_delete(&parser);
	return status;
}

int yaml_doc_open(struct yaml_doc *yaml, const char *cmd, const char *path)
{
	int status;

	yaml->cmd = cmd;
	yaml->path = path;
	status = read_file(yaml);
	if (status)
		return status;
	status = check_directives(yaml);
	if (!status)
		status = load(yaml);
	free(yaml->text);
	return status;
}

void yaml_doc_close(struct yaml_doc *yaml)
{
	yaml_document_delete(&yaml->doc);
}

yaml_node_t *yaml_doc_top(struct yaml_doc *yaml)
{
	return yaml_document_get_root_node(&yaml->doc);
}

size_t yaml_line(const yaml_node_t *node)
{
	return node->start_mark.line + 1;
}

int yaml_fail(struct yaml_doc *yaml, const yaml_node_t *node, enum status status,
	      const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	fail(status, "%s: %s:%zu: %s", yaml->cmd, yaml->path, yaml_line(node), text);
	free(text);
	return status;
}

void yaml_warn(struct yaml_doc *yaml, const yaml_node_t *node, const char *fmt, ...)
{
	char *text, *shown;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	shown = escape_text(text);
	fprintf(stderr, "lsmslot: %s: %s:%zu: warning: %s\n", yaml->cmd, yaml->path,
		yaml_line(node), shown);
	free(shown);
	free(text);
}

const char *yaml_kind(const yaml_node_t *node)
{
	switch (node->type) {
	case YAML_MAPPING_NODE:
		return "a mapping";
	case YAML_SEQUENCE_NODE:
		return "a list";
	case YAML_SCALAR_NODE:
		if (!node->data.scalar.length && yaml_is_plain(node))
			return "nothing";
		return "a string or number";
	case YAML_NO_NODE:
		break;
	}
	return "nothing";
}

const char *yaml_text(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

bool yaml_is_plain(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

size_t yaml_length(const yaml_node_t *node)
{
	if (yaml_is_map(node))
		return node->data.mapping.pairs.top - node->data.mapping.pairs.start;
	if (yaml_is_list(node))
		return node->data.sequence.items.top - node->data.sequence.items.start;
	return 0;
}

yaml_node_t *yaml_item(struct yaml_doc *yaml, const yaml_node_t *list, size_t i)
{
	return yaml_document_get_node(&yaml->doc, list->data.sequence.items.start[i]);
}

yaml_node_t *yaml_key(struct yaml_doc *yaml, const yaml_node_t *map, size_t i)
{
	return yaml_document_get_node(&yaml->doc, map->data.mapping.pairs.start[i].key);
}

yaml_node_t *yaml_value(struct yaml_doc *yaml, const yaml_node_t *map, size_t i)
{
	return yaml_document_get_node(&yaml->doc, map->data.mapping.pairs.start[i].value);
}

yaml_node_t *yaml_member(struct yaml_doc *yaml, const yaml_node_t *map, const char *key)
{
	size_t i;

	for (i = 0; i < yaml_length(map); i++)
		if (!strcmp(yaml_text(yaml_key(yaml, map, i)), key))
			return yaml_value(yaml, map, i);
	return NULL;
}

int yaml_get_string(struct yaml_doc *yaml, const yaml_node_t *node, const char *what,
		    const char **text)
{
	*text = yaml_text(node);
	if (*text && **text)
		return ST_OK;
	return yaml_fail(yaml, node, ST_USAGE, "'%s' is %s; write a string", what,
			 *text && !yaml_is_plain(node) ? "empty" : yaml_kind(node));
}

int yaml_get_bool(struct yaml_doc *yaml, const yaml_node_t *node, const char *what, bool *value)
{
	const char *text = yaml_is_plain(node) ? yaml_text(node) : "";

	*value = !strcmp(text, "true");
	if (*value || !strcmp(text, "false"))
		return ST_OK;
	return yaml_fail(yaml, node, ST_USAGE, "'%s' is neither true nor false, but '%s'", what,
			 node->type == YAML_SCALAR_NODE ? yaml_text(node) : "a list or mapping");
}

int yaml_check_keys(struct yaml_doc *yaml, const yaml_node_t *map, const char *where,
		    const char *const *keys)
{
	char *known = NULL, *more;
	size_t i, j;
	int status;

	for (i = 0; i < yaml_length(map); i++) {
		const char *key = yaml_text(yaml_key(yaml, map, i));

		for (j = 0; keys[j] && strcmp(keys[j], key); j++)
			;
		if (keys[j])
			continue;
		for (j = 0; keys[j]; j++) {
			more = xasprintf("%s%s%s", known ? known : "", known ? ", " : "", keys[j]);
			free(known);
			known = more;
		}
		status = yaml_fail(yaml, yaml_key(yaml, map, i), ST_USAGE,
				   "%s has no member '%s'; it may have: %s", where, key, known);
		free(known);
		return status;
	}
	return ST_OK;
}
