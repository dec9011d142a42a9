// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The constants of a BPF object that is not loaded yet. */
#include <stdlib.h>
#include <string.h>

#include "constants.h"
#include "wanted.h"

#define SECTION ".rodata"

/**
 * struct constants - the section that holds them
 * @sec: its BTF; NULL if the object has no constants
 * @bytes: their values
 */
struct constants {
	const struct btf *btf;
	const struct btf_type *sec;
	char *bytes;
	size_t size;
};

static void find_section(struct constants *c, struct bpf_object *obj, const struct btf *btf)
{
	__s32 id = btf__find_by_name_kind(btf, SECTION, BTF_KIND_DATASEC);
	struct bpf_map *map;

	memset(c, 0, sizeof(*c));
	c->btf = btf;
	bpf_object__for_each_map(map, obj) {
		const char *dot = strchr(bpf_map__name(map), '.');

		/* libbpf calls the map OBJECT.rodata. */
		if (bpf_map__is_internal(map) && dot && !strcmp(dot, SECTION))
			c->bytes = (char *)bpf_map__initial_value(map, &c->size);
	}
	if (id > 0 && c->bytes)
		c->sec = btf__type_by_id(btf, id);
}

static const char *var_name(const struct constants *c, const struct btf_var_secinfo *info)
{
	return btf__name_by_offset(c->btf, btf__type_by_id(c->btf, info->type)->name_off);
}

/* The compiler's own constants (format strings, tables) are no settings. */
static bool is_setting(const struct constants *c, const struct btf_var_secinfo *info)
{
	const struct btf_type *t = btf__type_by_id(c->btf, info->type);

	/* The qualifiers of an array are those of its elements. */
	t = btf__type_by_id(c->btf, t->type);
	while (t && (btf_is_mod(t) || btf_is_array(t))) {
		if (btf_is_volatile(t))
			return true;
		t = btf__type_by_id(c->btf, btf_is_array(t) ? btf_array(t)->type : t->type);
	}
	return false;
}

static const struct btf_var_secinfo *find(const struct constants *c, const char *name)
{
	const struct btf_var_secinfo *info;
	int i;

	if (!c->sec)
		return NULL;
	info = btf_var_secinfos(c->sec);
	for (i = 0; i < btf_vlen(c->sec); i++)
		if (is_setting(c, &info[i]) && !strcmp(var_name(c, &info[i]), name) &&
		    info[i].offset <= c->size && info[i].size <= c->size - info[i].offset)
			return &info[i];
	return NULL;
}

static char *names(const struct constants *c)
{
	const struct btf_var_secinfo *info = c->sec ? btf_var_secinfos(c->sec) : NULL;
	char *text = NULL, *more;
	int i;

	for (i = 0; c->sec && i < btf_vlen(c->sec); i++) {
		if (!is_setting(c, &info[i]) || !strcmp(var_name(c, &info[i]), CONST_SCOPED))
			continue;
		more = xasprintf("%s%s%s", text ? text : "", text ? ", " : "", var_name(c, &info[i]));
		free(text);
		text = more;
	}
	return text ? text : xstrdup("none");
}

static int set_one(const struct constants *c, const struct encode *encode, const yaml_node_t *key,
		   const yaml_node_t *value, const char *path)
{
	const struct btf_var_secinfo *info;
	const char *name = yaml_text(key);
	char *what;
	int status;

	if (!strcmp(name, CONST_SCOPED))
		return yaml_fail(encode->yaml, key, ST_USAGE,
				 "constant '" CONST_SCOPED "' is set by 'scope:', not here");
	info = find(c, name);
	if (!info) {
		what = names(c);
		status = yaml_fail(encode->yaml, key, ST_NOT_FOUND,
				   "%s has no constant '%s' (const volatile); it has: %s", path, name, what);
		free(what);
		return status;
	}
	what = xasprintf("constant '%s'", name);
	status = encode_value(encode, value, what, btf__type_by_id(c->btf, info->type)->type,
			      c->bytes + info->offset, info->size);
	free(what);
	return status;
}

int constants_set(struct bpf_object *obj, const struct encode *encode, const yaml_node_t *values,
		  const char *path)
{
	struct constants c;
	int status = ST_OK;
	size_t i;

	find_section(&c, obj, encode->btf);
	for (i = 0; !status && i < yaml_length(values); i++)
		status = set_one(&c, encode, yaml_key(encode->yaml, values, i),
				 yaml_value(encode->yaml, values, i), path);
	return status;
}

int constant_set_scoped(struct bpf_object *obj, const struct encode *encode,
			const yaml_node_t *scope)
{
	const struct btf_var_secinfo *info;
	struct constants c;

	find_section(&c, obj, encode->btf);
	info = find(&c, CONST_SCOPED);
	if (!info || info->size != 1)
		return yaml_fail(encode->yaml, scope, ST_NOT_FOUND,
				 "the object has no constant '" CONST_SCOPED "': it would count everywhere");
	c.bytes[info->offset] = 1;
	return ST_OK;
}
