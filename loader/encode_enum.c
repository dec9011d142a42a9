// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Enumerators by the names that operators write. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "encode_enum.h"
#include "lsmslot.h"

static const char *name_at(const struct btf *btf, const struct btf_type *t, int i)
{
	return btf__name_by_offset(btf, btf_is_enum64(t) ? btf_enum64(t)[i].name_off :
							   btf_enum(t)[i].name_off);
}

/* Sign-extended where the enum has negative values. */
static uint64_t value_at(const struct btf_type *t, int i)
{
	if (btf_is_enum64(t))
		return btf_enum64_value(&btf_enum64(t)[i]);
	return btf_kflag(t) ? (uint64_t)(int64_t)btf_enum(t)[i].val : (uint32_t)btf_enum(t)[i].val;
}

/* Values are compared as far as the enum's bytes go. */
static uint64_t masked(const struct btf_type *t, uint64_t value)
{
	return t->size < 8 ? value & ((1ULL << (8 * t->size)) - 1) : value;
}

/* How much of each name all of them share, up to and with a '_'. */
static size_t prefix_length(const struct btf *btf, const struct btf_type *t)
{
	const char *first = name_at(btf, t, 0), *name;
	size_t len = strlen(first), j;
	int i;

	for (i = 1; i < btf_vlen(t); i++) {
		name = name_at(btf, t, i);
		for (j = 0; j < len && name[j] == first[j]; j++)
			;
		len = j;
	}
	while (len && first[len - 1] != '_')
		len--;
	/* A name that ends with the prefix would be nothing. */
	for (i = 0; i < btf_vlen(t); i++)
		if (!name_at(btf, t, i)[len])
			return 0;
	return len;
}

static bool same_name(const char *name, const char *text)
{
	for (; *name && *text; name++, text++)
		if (tolower((unsigned char)*name) != tolower((unsigned char)*text) &&
		    !(*name == '_' && *text == '-'))
			return false;
	return !*name && !*text;
}

bool enum_value_of(const struct btf *btf, const struct btf_type *t, const char *text,
		   uint64_t *value)
{
	size_t skip;
	int i;

	if (!btf_vlen(t))
		return false;
	skip = prefix_length(btf, t);
	for (i = 0; i < btf_vlen(t); i++)
		if (same_name(name_at(btf, t, i) + skip, text) || same_name(name_at(btf, t, i), text)) {
			*value = value_at(t, i);
			return true;
		}
	return false;
}

bool enum_has_value(const struct btf_type *t, uint64_t value)
{
	int i;

	for (i = 0; i < btf_vlen(t); i++)
		if (masked(t, value_at(t, i)) == masked(t, value))
			return true;
	return false;
}

static char *written(const char *name)
{
	char *s = xstrdup(name), *p;

	for (p = s; *p; p++)
		*p = *p == '_' ? '-' : tolower((unsigned char)*p);
	return s;
}

char *enum_names(const struct btf *btf, const struct btf_type *t)
{
	size_t skip = btf_vlen(t) ? prefix_length(btf, t) : 0;
	char *text = xstrdup(""), *more, *name;
	int i;

	for (i = 0; i < btf_vlen(t); i++) {
		name = written(name_at(btf, t, i) + skip);
		more = xasprintf("%s%s%s", text, i ? ", " : "", name);
		free(name);
		free(text);
		text = more;
	}
	return text;
}

char *enum_name_of(const struct btf *btf, const struct btf_type *t, uint64_t value)
{
	int i;

	for (i = 0; i < btf_vlen(t); i++)
		if (masked(t, value_at(t, i)) == masked(t, value))
			return written(name_at(btf, t, i) + prefix_length(btf, t));
	return NULL;
}
