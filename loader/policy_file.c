// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A policy file: what lsmslot-policy(5) says it may hold, as structures. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy_file.h"

/* Names go into pin paths, messages and JSON. */
#define NAME_MAX_LEN 64

/* Far more than anybody orders by hand: each is compared with all others. */
#define POLICIES_MAX 256
#define PROGRAMS_MAX 1024

char *policy_default_pin(const char *name)
{
	char *pin = xasprintf(POLICY_PIN_DIR "/%s", name), *p;

	for (p = pin + strlen(POLICY_PIN_DIR) + 1; *p; p++)
		if (*p == '-')
			*p = '_';
	return pin;
}

static int read_name(struct policy_file *file, struct policy_want *want)
{
	yaml_node_t *node = yaml_member(&file->yaml, want->node, "name");
	int status;

	if (!node)
		return yaml_fail(&file->yaml, want->node, ST_USAGE, "the policy has no 'name'; write 'name: NAME'");
	status = yaml_get_string(&file->yaml, node, "name", &want->name);
	if (status)
		return status;
	if (strspn(want->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(want->name) ||
	    strlen(want->name) > NAME_MAX_LEN)
		return yaml_fail(&file->yaml, node, ST_USAGE,
				 "'%s' is no name for a policy; it has at most %d of a-z, 0-9 and '-'",
				 want->name, NAME_MAX_LEN);
	return ST_OK;
}

static int read_object(struct policy_file *file, struct policy_want *want)
{
	yaml_node_t *node = yaml_member(&file->yaml, want->node, "object");
	char *copy, *beside, *installed;
	const char *text;
	int status;

	if (!node)
		return yaml_fail(&file->yaml, want->node, ST_USAGE, "policy '%s' names no 'object'; write 'object: FILE'",
				 want->name);
	want->object_node = node;
	status = yaml_get_string(&file->yaml, node, "object", &text);
	if (status)
		return status;
	if (*text == '/') {
		if (access(text, F_OK))
			return yaml_fail(&file->yaml, node, errno == ENOENT ? ST_NOT_FOUND : ST_FAILED,
					 "the object %s: %s", text, strerror(errno));
		want->object = xstrdup(text);
		return ST_OK;
	}
	copy = xstrdup(file->path);
	beside = xasprintf("%s/%s", dirname(copy), text);
	free(copy);
	installed = xasprintf(POLICY_OBJECT_DIR "/%s", text);
	if (!access(beside, F_OK)) {
		want->object = beside;
		free(installed);
		return ST_OK;
	}
	if (!access(installed, F_OK)) {
		want->object = installed;
		free(beside);
		return ST_OK;
	}
	status = yaml_fail(&file->yaml, node, ST_NOT_FOUND, "there is no object %s, nor %s; write its path",
			   beside, installed);
	free(beside);
	free(installed);
	return status;
}

static int read_mode(struct policy_file *file, struct policy_want *want)
{
	yaml_node_t *node = yaml_member(&file->yaml, want->node, "mode");
	const char *text;
	int status;

	if (!node)
		return ST_OK;
	want->mode_node = node;
	status = yaml_get_string(&file->yaml, node, "mode", &text);
	if (status)
		return status;
	want->audit = !strcmp(text, "audit");
	if (!want->audit && strcmp(text, "enforce"))
		return yaml_fail(&file->yaml, node, ST_USAGE, "'%s' is no mode; it is 'enforce' or 'audit'",
				 text);
	return ST_OK;
}

static int read_programs(struct policy_file *file, struct policy_want *want)
{
	yaml_node_t *node = yaml_member(&file->yaml, want->node, "programs");
	const char *text;
	int status;
	size_t i, j;

	if (!node)
		return ST_OK;
	want->programs_node = node;
	if (!yaml_is_list(node) || !yaml_length(node))
		return yaml_fail(&file->yaml, node, ST_USAGE,
				 "'programs' is no list of names; leave it out for all programs");
	if (yaml_length(node) > PROGRAMS_MAX)
		return yaml_fail(&file->yaml, node, ST_USAGE, "'programs' has more than %d names",
				 PROGRAMS_MAX);
	want->programs = xcalloc(yaml_length(node), sizeof(*want->programs));
	for (i = 0; i < yaml_length(node); i++) {
		yaml_node_t *item = yaml_item(&file->yaml, node, i);

		status = yaml_get_string(&file->yaml, item, "programs", &text);
		if (status)
			return status;
		for (j = 0; j < want->nr_programs; j++)
			if (!strcmp(want->programs[j], text))
				return yaml_fail(&file->yaml, item, ST_USAGE,
						 "program '%s' is listed twice", text);
		want->programs[want->nr_programs++] = xstrdup(text);
	}
	return ST_OK;
}

static int fail_order(struct policy_file *file, const yaml_node_t *node)
{
	return yaml_fail(&file->yaml, node, ST_USAGE,
			 "'order' is 'first', 'last', {before: NAME} or {after: NAME}");
}

static int read_order(struct policy_file *file, struct policy_want *want)
{
	yaml_node_t *node = yaml_member(&file->yaml, want->node, "order");
	const char *text, *key;

	if (!node)
		return ST_OK;
	want->order_node = node;
	text = yaml_text(node);
	if (text && !strcmp(text, "first"))
		want->order = ORDER_FIRST;
	else if (text && !strcmp(text, "last"))
		want->order = ORDER_LAST;
	if (want->order)
		return ST_OK;
	if (!yaml_is_map(node) || yaml_length(node) != 1)
		return fail_order(file, node);
	key = yaml_text(yaml_key(&file->yaml, node, 0));
	if (!strcmp(key, "before"))
		want->order = ORDER_BEFORE;
	else if (!strcmp(key, "after"))
		want->order = ORDER_AFTER;
	else
		return fail_order(file, node);
	return yaml_get_string(&file->yaml, yaml_value(&file->yaml, node, 0), key, &want->relative);
}

/* The BPF file system takes no '.' in names, so "." and ".." are none either. */
static int read_pin(struct policy_file *file, struct policy_want *want)
{
	yaml_node_t *node = yaml_member(&file->yaml, want->node, "pin");
	const char *text;
	size_t len;
	int status;

	if (!node) {
		want->pin = policy_default_pin(want->name);
		return ST_OK;
	}
	want->pin_node = node;
	status = yaml_get_string(&file->yaml, node, "pin", &text);
	if (status)
		return status;
	len = strlen(text);
	while (len > 1 && text[len - 1] == '/')
		len--;
	if (*text != '/' || strchr(text, '.') || strchr(text, '~') || strstr(text, "//") || len == 1)
		return yaml_fail(&file->yaml, node, ST_USAGE,
				 "'%s' is no pin directory; it is an absolute path without '.' and '~'", text);
	want->pin = xstrdup(text);
	want->pin[len] = '\0';
	return ST_OK;
}

static int read_lists(struct policy_file *file, struct policy_want *want)
{
	struct yaml_doc *yaml = &file->yaml;
	size_t i;

	want->scope = yaml_member(yaml, want->node, "scope");
	if (want->scope && (!yaml_is_list(want->scope) || !yaml_length(want->scope)))
		return yaml_fail(yaml, want->scope, ST_USAGE,
				 "'scope' is no list of cgroup paths; leave it out for a policy that counts everywhere");
	want->constants = yaml_member(yaml, want->node, "constants");
	if (want->constants && !yaml_is_map(want->constants))
		return yaml_fail(yaml, want->constants, ST_USAGE,
				 "'constants' is %s; write NAME: VALUE", yaml_kind(want->constants));
	want->maps = yaml_member(yaml, want->node, "maps");
	if (want->maps && !yaml_is_map(want->maps))
		return yaml_fail(yaml, want->maps, ST_USAGE,
				 "'maps' is %s; write MAP: and a list of entries", yaml_kind(want->maps));
	for (i = 0; want->maps && i < yaml_length(want->maps); i++)
		if (!yaml_is_list(yaml_value(yaml, want->maps, i)))
			return yaml_fail(yaml, yaml_value(yaml, want->maps, i), ST_USAGE,
					 "the entries of map '%s' are %s; write a list, each entry with '- ' before it, [] for none",
					 yaml_text(yaml_key(yaml, want->maps, i)),
					 yaml_kind(yaml_value(yaml, want->maps, i)));
	return ST_OK;
}

static int read_policy(struct policy_file *file, struct policy_want *want)
{
	static const char *const keys[] = {
		"name", "object", "mode", "programs", "order", "seal", "pin", "scope", "constants",
		"maps", NULL
	};
	yaml_node_t *seal;
	int status;

	if (!yaml_is_map(want->node))
		return yaml_fail(&file->yaml, want->node, ST_USAGE,
				 "a policy is %s; write members like 'name:' and 'object:'",
				 yaml_kind(want->node));
	status = yaml_check_keys(&file->yaml, want->node, "a policy", keys);
	if (!status)
		status = read_name(file, want);
	if (!status)
		status = read_object(file, want);
	if (!status)
		status = read_mode(file, want);
	if (!status)
		status = read_programs(file, want);
	if (!status)
		status = read_order(file, want);
	seal = yaml_member(&file->yaml, want->node, "seal");
	if (!status && seal)
		status = yaml_get_bool(&file->yaml, seal, "seal", &want->seal);
	if (!status)
		status = read_pin(file, want);
	if (!status)
		status = read_lists(file, want);
	return status;
}

/* A pin directory in another one would be taken for a foreign pin there. */
static bool inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (path[len] == '/' || !path[len]);
}

static int check_distinct(struct policy_file *file)
{
	size_t i, j;

	for (i = 0; i < file->n; i++)
		for (j = 0; j < i; j++) {
			const struct policy_want *a = &file->v[j], *b = &file->v[i];

			if (!strcmp(a->name, b->name))
				return yaml_fail(&file->yaml, b->node, ST_USAGE,
						 "two policies are called '%s', the other one in line %zu; rename one",
						 b->name, yaml_line(a->node));
			if (inside(a->pin, b->pin) || inside(b->pin, a->pin))
				return yaml_fail(&file->yaml, b->node, ST_USAGE,
						 "policies '%s' and '%s' would be pinned in each other's way: %s, %s; set 'pin' in one",
						 a->name, b->name, a->pin, b->pin);
		}
	return ST_OK;
}

static size_t index_of(const struct policy_file *file, const char *name)
{
	size_t i;

	for (i = 0; i < file->n && strcmp(file->v[i].name, name); i++)
		;
	return i;
}

static void move_policy(struct policy_file *file, size_t from, size_t to)
{
	struct policy_want moved = file->v[from];

	if (from < to)
		memmove(&file->v[from], &file->v[from + 1], (to - from) * sizeof(moved));
	else
		memmove(&file->v[to + 1], &file->v[to], (from - to) * sizeof(moved));
	file->v[to] = moved;
}

/* @a must run before @b, as one of them says; the kernel has sealed ones first. */
static bool must_precede(const struct policy_want *a, const struct policy_want *b)
{
	if ((a->order == ORDER_BEFORE && !strcmp(a->relative, b->name)) ||
	    (b->order == ORDER_AFTER && !strcmp(b->relative, a->name)))
		return true;
	if (a->seal != b->seal)
		return a->seal;
	return (a->order == ORDER_FIRST && b->order != ORDER_FIRST) ||
	       (a->order != ORDER_LAST && b->order == ORDER_LAST);
}

static int check_relatives(struct policy_file *file)
{
	size_t i;

	for (i = 0; i < file->n; i++) {
		const struct policy_want *want = &file->v[i];

		if (!want->relative)
			continue;
		if (!strcmp(want->relative, want->name))
			return yaml_fail(&file->yaml, want->order_node, ST_USAGE,
					 "policy '%s' is ordered by itself", want->name);
		if (index_of(file, want->relative) == file->n)
			return yaml_fail(&file->yaml, want->order_node, ST_NOT_FOUND,
					 "there is no policy '%s' in this file to order '%s' by",
					 want->relative, want->name);
	}
	return ST_OK;
}

/*
 * Puts the policies in running order: again and again the first listed one
 * that nothing left has to precede.
 */
static int sort_policies(struct policy_file *file)
{
	size_t done, i, j;

	for (done = 0; done < file->n; done++) {
		for (i = done; i < file->n; i++) {
			for (j = done; j < file->n; j++)
				if (i != j && must_precede(&file->v[j], &file->v[i]))
					break;
			if (j == file->n)
				break;
		}
		if (i == file->n)
			return yaml_fail(&file->yaml,
					 file->v[done].order_node ? file->v[done].order_node :
								    file->v[done].node,
					 ST_USAGE, "the 'order' of policy '%s' and of others contradict each other; sealed policies run before others",
					 file->v[done].name);
		move_policy(file, i, done);
	}
	return ST_OK;
}

static int read_top(struct policy_file *file)
{
	static const char *const keys[] = { "version", "policies", NULL };
	struct yaml_doc *yaml = &file->yaml;
	yaml_node_t *top = yaml_doc_top(yaml), *node;
	int status;
	size_t i;

	status = yaml_check_keys(yaml, top, "a policy file", keys);
	if (status)
		return status;
	node = yaml_member(yaml, top, "version");
	if (!node)
		return yaml_fail(yaml, top, ST_USAGE, "the file has no 'version: 1'; write that line first");
	if (!yaml_is_plain(node) || strcmp(yaml_text(node), "1"))
		return yaml_fail(yaml, node, ST_USAGE, "the file's version is not 1, the only one that this lsmslot reads");
	node = yaml_member(yaml, top, "policies");
	if (!node)
		return yaml_fail(yaml, top, ST_USAGE, "the file has no 'policies'; write 'policies: []' for none");
	if (!yaml_is_list(node))
		return yaml_fail(yaml, node, ST_USAGE, "'policies' is %s; write a list, each policy with '- ' before its first member, [] for none",
				 yaml_kind(node));
	if (yaml_length(node) > POLICIES_MAX)
		return yaml_fail(yaml, node, ST_USAGE, "the file has more than %d policies; divide it",
				 POLICIES_MAX);
	file->v = xcalloc(yaml_length(node), sizeof(*file->v));
	for (i = 0; !status && i < yaml_length(node); i++) {
		file->v[file->n].node = yaml_item(yaml, node, i);
		status = read_policy(file, &file->v[file->n++]);
	}
	if (!status)
		status = check_distinct(file);
	if (!status)
		status = check_relatives(file);
	if (!status)
		status = sort_policies(file);
	return status;
}

int policy_file_open(struct policy_file *file, const char *cmd, const char *path)
{
	int status;

	memset(file, 0, sizeof(*file));
	status = yaml_doc_open(&file->yaml, cmd, path);
	if (status)
		return status;
	file->path = realpath(path, NULL);
	if (!file->path)
		status = fail(ST_FAILED, "%s: cannot tell where %s is: %s", cmd, path, strerror(errno));
	if (!status)
		status = read_top(file);
	if (status)
		policy_file_close(file);
	return status;
}

void policy_file_close(struct policy_file *file)
{
	size_t i, j;

	for (i = 0; i < file->n; i++) {
		for (j = 0; j < file->v[i].nr_programs; j++)
			free(file->v[i].programs[j]);
		free(file->v[i].programs);
		free(file->v[i].object);
		free(file->v[i].pin);
	}
	free(file->v);
	free(file->path);
	yaml_doc_close(&file->yaml);
}
