// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The types of a BPF object, before anybody relies on them. */
#include <stdlib.h>

#include "lsmslot.h"
#include "types.h"

/* As deep as libbpf follows types; what is written by hand stays far below. */
#define MAX_DEPTH 32

/**
 * struct checker - how far the check is
 * @depth: for each type what it contains at most, plus one; 0 for not known yet
 * @open: it is being looked at
 */
struct checker {
	const struct btf *btf;
	unsigned char *depth;
	bool *open;
	__u32 n;
};

static bool named(const struct checker *c, __u32 name)
{
	return btf__name_by_offset(c->btf, name);
}

/* 0 is void. */
static bool known(const struct checker *c, __u32 type)
{
	return type < c->n;
}

static bool names_known(const struct checker *c, const struct btf_type *t)
{
	__u32 i, n = btf_vlen(t);
	bool good = named(c, t->name_off);

	for (i = 0; good && i < n; i++) {
		if (btf_is_composite(t))
			good = named(c, btf_members(t)[i].name_off);
		else if (btf_is_enum(t))
			good = named(c, btf_enum(t)[i].name_off);
		else if (btf_is_enum64(t))
			good = named(c, btf_enum64(t)[i].name_off);
		else if (btf_is_func_proto(t))
			good = named(c, btf_params(t)[i].name_off);
	}
	return good;
}

/* Variables, and functions of the kernel (.ksyms). */
static bool in_section(const struct checker *c, __u32 type)
{
	const struct btf_type *t = type && known(c, type) ? btf__type_by_id(c->btf, type) : NULL;

	return t && (btf_is_var(t) || btf_is_func(t));
}

static bool references_known(const struct checker *c, const struct btf_type *t)
{
	__u32 i, n = btf_vlen(t);
	bool good = true;

	if (btf_is_array(t))
		return known(c, btf_array(t)->type) && known(c, btf_array(t)->index_type);
	if (btf_is_ptr(t) || btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t) ||
	    btf_is_func(t) || btf_is_func_proto(t) || btf_is_var(t) || btf_is_decl_tag(t))
		good = known(c, t->type);
	for (i = 0; good && i < n; i++) {
		if (btf_is_composite(t))
			good = known(c, btf_members(t)[i].type);
		else if (btf_is_func_proto(t))
			good = known(c, btf_params(t)[i].type);
		else if (btf_is_datasec(t))
			good = in_section(c, btf_var_secinfos(t)[i].type);
	}
	return good && (!btf_is_func(t) ||
			(t->type && btf_is_func_proto(btf__type_by_id(c->btf, t->type))));
}

/* The largest of what @t is made of, by its depth; 0 if that is too deep. */
static unsigned int depth_of(struct checker *c, __u32 id, unsigned int level)
{
	const struct btf_type *t = btf__type_by_id(c->btf, id);
	unsigned int deepest = 1, d;
	__u32 i, n = 1;

	if (c->depth[id])
		return c->depth[id];
	if (c->open[id] || level > MAX_DEPTH)
		return 0;
	if (btf_is_composite(t))
		n = btf_vlen(t);
	else if (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_type_tag(t) && !btf_is_array(t) &&
		 !btf_is_var(t))
		n = 0;
	c->open[id] = true;
	for (i = 0; i < n; i++) {
		d = depth_of(c, btf_is_composite(t) ? btf_members(t)[i].type :
				btf_is_array(t) ? btf_array(t)->type : t->type, level + 1);
		if (!d || d >= MAX_DEPTH)
			return 0;
		if (d + 1 > deepest)
			deepest = d + 1;
	}
	c->open[id] = false;
	c->depth[id] = deepest;
	return deepest;
}

/* Numbers are as wide as the compiler's. */
static bool sized(const struct btf_type *t)
{
	__u32 most = btf_is_int(t) ? 16 : 8;

	if (!btf_is_int(t) && !btf_is_any_enum(t))
		return true;
	return t->size && t->size <= most && !(t->size & (t->size - 1));
}

static bool members_inside(const struct checker *c, const struct btf_type *t)
{
	__u32 i;

	for (i = 0; btf_is_composite(t) && i < btf_vlen(t); i++) {
		__u64 at = btf_member_bit_offset(t, i), bits = btf_member_bitfield_size(t, i);
		__s64 size = btf__resolve_size(c->btf, btf_members(t)[i].type);

		/* A member of a type without a size, as in a struct with an array of any length. */
		if (size < 0)
			size = 0;
		if (at + (bits ? bits : 8 * (__u64)size) > 8 * (__u64)t->size)
			return false;
	}
	return true;
}

char *types_check(const struct btf *btf)
{
	struct checker c = { .btf = btf, .n = btf__type_cnt(btf) };
	const char *wrong = NULL;
	__u32 id, bad = 0;

	c.depth = xcalloc(c.n, sizeof(*c.depth));
	c.open = xcalloc(c.n, sizeof(*c.open));
	c.depth[0] = 1;
	/* All references first: the others follow them. */
	for (id = 1; !wrong && id < c.n; id++) {
		bad = id;
		if (!names_known(&c, btf__type_by_id(btf, id)))
			wrong = "has a name that is not among the names";
		else if (!references_known(&c, btf__type_by_id(btf, id)))
			wrong = "refers to a type that is not there";
	}
	for (id = 1; !wrong && id < c.n; id++) {
		bad = id;
		if (!depth_of(&c, id, 0))
			wrong = "contains itself, or types too deep";
		else if (!sized(btf__type_by_id(btf, id)))
			wrong = "is a number of a size that none has";
		else if (!members_inside(&c, btf__type_by_id(btf, id)))
			wrong = "has a member outside of it";
	}
	free(c.depth);
	free(c.open);
	return wrong ? xasprintf("type %u %s", bad, wrong) : NULL;
}
