// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values of a policy file as bytes of a BTF type. */
#include <arpa/inet.h>
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lsmslot/types.h>

#include "encode.h"
#include "encode_enum.h"
#include "host_ids.h"

const struct btf_type *encode_resolve(const struct btf *btf, __u32 type, __u32 *id,
				      enum encode_special *special)
{
	const struct btf_type *t = btf__type_by_id(btf, type);
	const char *name;

	*special = ENCODE_PLAIN;
	while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t))) {
		name = btf__name_by_offset(btf, t->name_off);
		if (btf_is_typedef(t) && name) {
			if (!strcmp(name, "lsmslot_dev_t"))
				*special = ENCODE_DEV;
			else if (!strcmp(name, "lsmslot_cgroup_t"))
				*special = ENCODE_CGROUP;
			else if (!strcmp(name, "__be16") || !strcmp(name, "__be32") ||
				 !strcmp(name, "__be64"))
				*special = ENCODE_BIG_ENDIAN;
		}
		type = t->type;
		t = btf__type_by_id(btf, type);
	}
	if (id)
		*id = type;
	name = t ? btf__name_by_offset(btf, t->name_off) : NULL;
	if (!t || !btf_is_struct(t) || !name)
		return t;
	if (!strcmp(name, "lsmslot_inode_id") && t->size == sizeof(struct lsmslot_inode_id))
		*special = ENCODE_INODE;
	else if (!strcmp(name, "lsmslot_ipv4_prefix") && t->size == sizeof(struct lsmslot_ipv4_prefix))
		*special = ENCODE_IPV4_PREFIX;
	else if (!strcmp(name, "lsmslot_ipv6_prefix") && t->size == sizeof(struct lsmslot_ipv6_prefix))
		*special = ENCODE_IPV6_PREFIX;
	return t;
}

static int fail_kind(const struct encode *e, const yaml_node_t *node, const char *what,
		     const char *wanted)
{
	return yaml_fail(e->yaml, node, ST_USAGE, "%s is %s, and has to be %s", what,
			 yaml_kind(node), wanted);
}

/* An absolute path; the others would depend on where lsmslot was started. */
static int get_path(const struct encode *e, const yaml_node_t *node, const char *what,
		    const char *wanted, const char **path)
{
	*path = yaml_text(node);
	if (!*path)
		return fail_kind(e, node, what, wanted);
	if (**path != '/')
		return yaml_fail(e->yaml, node, ST_USAGE, "%s '%s' has to be %s, beginning with '/'",
				 what, *path, wanted);
	return ST_OK;
}

static int fail_automount(const struct encode *e, const yaml_node_t *node, const char *what,
			  const char *path)
{
	return yaml_fail(e->yaml, node, ST_NOT_FOUND,
			 "%s: nothing is mounted at %s, which is the automounter's; mount it first",
			 what, path);
}

static int encode_inode(const struct encode *e, const yaml_node_t *node, const char *what, void *buf)
{
	const char *path;
	int status, err;

	status = get_path(e, node, what, "a path", &path);
	if (status)
		return status;
	err = inode_id_of_path(path, buf);
	if (!err && path_is_automount(path))
		return fail_automount(e, node, what, path);
	if (err)
		return yaml_fail(e->yaml, node, err == -ENOENT ? ST_NOT_FOUND : ST_FAILED,
				 "%s: %s: %s", what, path, strerror(-err));
	return ST_OK;
}

static int encode_dev(const struct encode *e, const yaml_node_t *node, const char *what, void *buf)
{
	const char *path;
	int status, err;

	status = get_path(e, node, what, "the path of a mount", &path);
	if (status)
		return status;
	err = dev_of_mount(path, buf);
	if (!err && path_is_automount(path))
		return fail_automount(e, node, what, path);
	if (err == -ENODATA)
		return yaml_fail(e->yaml, node, ST_NOT_FOUND,
				 "%s: %s is no mount point; 'findmnt -T %s' shows what is mounted there",
				 what, path, path);
	if (err)
		return yaml_fail(e->yaml, node, err == -ENOENT ? ST_NOT_FOUND : ST_FAILED,
				 "%s: %s: %s", what, path, strerror(-err));
	return ST_OK;
}

static int encode_cgroup(const struct encode *e, const yaml_node_t *node, const char *what, void *buf)
{
	const char *path;
	int status, err;

	status = get_path(e, node, what, "the path of a cgroup", &path);
	if (status)
		return status;
	err = cgroup_id_of_path(path, buf);
	if (err == -ENODEV)
		return yaml_fail(e->yaml, node, ST_UNSUPPORTED,
				 "%s: no cgroup2 file system is mounted; mount one with 'mount -t cgroup2 cgroup2 /sys/fs/cgroup'",
				 what);
	if (err == -ENOENT)
		return yaml_fail(e->yaml, node, ST_NOT_FOUND,
				 "%s: there is no cgroup %s; 'systemd-cgls' shows what there is", what, path);
	if (err)
		return yaml_fail(e->yaml, node, ST_FAILED, "%s: cgroup %s: %s", what, path, strerror(-err));
	return ST_OK;
}

static bool has_host_bits(const __u8 *addr, unsigned int bits, unsigned int width)
{
	for (; bits < width; bits++)
		if (addr[bits / 8] & 0x80 >> bits % 8)
			return true;
	return false;
}

static int encode_prefix(const struct encode *e, const yaml_node_t *node, const char *what, int family,
			 __u32 *prefixlen, __u8 *addr)
{
	unsigned int width = family == AF_INET ? 32 : 128, bits = width;
	const char *wanted = family == AF_INET ? "an IPv4 prefix like 10.0.0.0/8" :
						 "an IPv6 prefix like fd00::/8";
	const char *text = yaml_text(node), *slash;
	char host[64], *end;

	if (!text)
		return fail_kind(e, node, what, wanted);
	slash = strchr(text, '/');
	if (slash) {
		bits = isdigit((unsigned char)slash[1]) ? strtoul(slash + 1, &end, 10) : width + 1;
		if (bits > width || *end)
			return yaml_fail(e->yaml, node, ST_USAGE, "%s '%s' is not %s", what, text, wanted);
	}
	if (snprintf(host, sizeof(host), "%.*s", slash ? (int)(slash - text) : (int)strlen(text), text) >=
	    (int)sizeof(host) || inet_pton(family, host, addr) != 1)
		return yaml_fail(e->yaml, node, ST_USAGE, "%s '%s' is not %s", what, text, wanted);
	if (has_host_bits(addr, bits, width))
		return yaml_fail(e->yaml, node, ST_USAGE,
				 "%s '%s' has address bits behind the first %u; set those to 0 or make the prefix longer",
				 what, text, bits);
	*prefixlen = bits;
	return ST_OK;
}

/* True if @text is an integer; 010 is 8 to some and 10 to others, so it is none. */
static bool parse_integer(const char *text, bool *negative, uint64_t *value)
{
	const char *digits = text;
	int base = 10;
	char *end;

	*negative = *digits == '-';
	digits += *digits == '-' || *digits == '+';
	if (digits[0] == '0' && digits[1]) {
		base = tolower((unsigned char)digits[1]) == 'x' ? 16 :
		       digits[1] == 'o' ? 8 : 0;
		if (!base)
			return false;
		digits += 2;
	}
	if (!isalnum((unsigned char)*digits))
		return false;
	errno = 0;
	*value = strtoull(digits, &end, base);
	return !*end && !errno;
}

static void store(void *buf, uint64_t value, size_t size, bool big_endian)
{
	uint64_t big = htobe64(value << (64 - 8 * size));

	/* x86 alone is supported, so the low bytes come first. */
	memcpy(buf, big_endian ? &big : &value, size);
}

static int encode_int(const struct encode *e, const yaml_node_t *node, const char *what,
		      const struct btf_type *t, bool big_endian, void *buf)
{
	bool is_signed = btf_int_encoding(t) & BTF_INT_SIGNED, negative, fits;
	const char *text = yaml_text(node);
	unsigned int bits = 8 * t->size;
	uint64_t value;

	if (!text)
		return fail_kind(e, node, what, "a number");
	if (t->size > 8 || btf_int_bits(t) != bits)
		return yaml_fail(e->yaml, node, ST_UNSUPPORTED,
				 "%s has a type that a policy file cannot set: an integer of %u bits",
				 what, btf_int_bits(t));
	if (btf_int_encoding(t) & BTF_INT_BOOL) {
		value = yaml_is_plain(node) && (!strcmp(text, "true") || !strcmp(text, "1"));
		if (!value && (!yaml_is_plain(node) || (strcmp(text, "false") && strcmp(text, "0"))))
			return yaml_fail(e->yaml, node, ST_USAGE, "%s '%s' is neither true nor false",
					 what, text);
		store(buf, value, t->size, false);
		return ST_OK;
	}
	if (!yaml_is_plain(node) || !parse_integer(text, &negative, &value))
		return yaml_fail(e->yaml, node, ST_USAGE,
				 "%s '%s' is no number; write 10, 0x0a or 0o12, without quotes", what, text);
	if (!is_signed)
		fits = !(negative && value) && (bits == 64 || value < 1ULL << bits);
	else
		fits = value <= (1ULL << (bits - 1)) - !negative;
	if (!fits)
		return yaml_fail(e->yaml, node, ST_USAGE, "%s %s does not fit %s integer of %u bits",
				 what, text, is_signed ? "a signed" : "an unsigned", bits);
	store(buf, negative ? -value : value, t->size, big_endian);
	return ST_OK;
}

static int encode_enum(const struct encode *e, const yaml_node_t *node, const char *what,
		       const struct btf_type *t, void *buf)
{
	const char *text = yaml_text(node);
	bool negative, found;
	uint64_t value;
	char *names;
	int status;

	if (!text)
		return fail_kind(e, node, what, "a name");
	found = enum_value_of(e->btf, t, text, &value);
	if (!found && yaml_is_plain(node) && parse_integer(text, &negative, &value)) {
		value = negative ? -value : value;
		found = enum_has_value(t, value);
	}
	if (found) {
		store(buf, value, t->size, false);
		return ST_OK;
	}
	names = enum_names(e->btf, t);
	status = yaml_fail(e->yaml, node, ST_USAGE, "%s: '%s' is none of: %s", what, text, names);
	free(names);
	return status;
}

static bool is_char(const struct btf *btf, __u32 type)
{
	enum encode_special special;
	const struct btf_type *t = encode_resolve(btf, type, NULL, &special);
	const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;

	return t && btf_is_int(t) && t->size == 1 && name && !strcmp(name, "char");
}

static int encode_string(const struct encode *e, const yaml_node_t *node, const char *what,
			 void *buf, size_t size)
{
	const char *text = yaml_text(node);

	if (!text)
		return fail_kind(e, node, what, "a string");
	if (strlen(text) >= size)
		return yaml_fail(e->yaml, node, ST_USAGE,
				 "%s '%s' is too long: %zu bytes, at most %zu fit", what, text,
				 strlen(text), size - 1);
	strncpy(buf, text, size);
	return ST_OK;
}

static int encode_array(const struct encode *e, const yaml_node_t *node, const char *what,
			const struct btf_array *array, void *buf)
{
	__s64 size = btf__resolve_size(e->btf, array->type);
	int status = ST_OK;
	char *name;
	size_t i;

	if (is_char(e->btf, array->type))
		return encode_string(e, node, what, buf, array->nelems);
	if (!yaml_is_list(node))
		return fail_kind(e, node, what, "a list");
	if (yaml_length(node) != array->nelems || size <= 0)
		return yaml_fail(e->yaml, node, ST_USAGE, "%s has %zu elements, and has to have %u",
				 what, yaml_length(node), array->nelems);
	for (i = 0; !status && i < array->nelems; i++) {
		name = xasprintf("element %zu of %s", i, what);
		status = encode_value(e, yaml_item(e->yaml, node, i), name, array->type,
				      (char *)buf + i * size, size);
		free(name);
	}
	return status;
}

/* Members that only fill a structure up. */
static bool is_padding(const char *name)
{
	return !strncmp(name, "pad", 3) || !strncmp(name, "reserved", 8) || *name == '_';
}

static int encode_members(const struct encode *e, const yaml_node_t *node, const char *what,
			  const struct btf_type *t, char *buf, size_t *used);

static int encode_member(const struct encode *e, const yaml_node_t *node, const char *what,
			 const struct btf_type *t, int i, char *buf, size_t *used)
{
	const struct btf_member *m = btf_members(t) + i;
	const char *name = btf__name_by_offset(e->btf, m->name_off);
	char *at = buf + btf_member_bit_offset(t, i) / 8, *full;
	__s64 size = btf__resolve_size(e->btf, m->type);
	enum encode_special special;
	const struct btf_type *inner;
	yaml_node_t *value;
	int status;

	if (!*name) {
		inner = encode_resolve(e->btf, m->type, NULL, &special);
		return inner && btf_is_composite(inner) ?
		       encode_members(e, node, what, inner, at, used) : ST_OK;
	}
	value = yaml_member(e->yaml, node, name);
	if (!value) {
		if (btf_is_union(t) || is_padding(name))
			return ST_OK;
		return yaml_fail(e->yaml, node, ST_USAGE, "%s lacks the member '%s'", what, name);
	}
	if (btf_member_bitfield_size(t, i) || btf_member_bit_offset(t, i) % 8 || size < 0)
		return yaml_fail(e->yaml, value, ST_UNSUPPORTED,
				 "%s: member '%s' is a bit field, which a policy file cannot set",
				 what, name);
	++*used;
	full = xasprintf("'%s' of %s", name, what);
	status = encode_value(e, value, full, m->type, at, size);
	free(full);
	return status;
}

static int encode_members(const struct encode *e, const yaml_node_t *node, const char *what,
			  const struct btf_type *t, char *buf, size_t *used)
{
	size_t before = *used;
	int status = ST_OK, i;

	for (i = 0; !status && i < btf_vlen(t); i++)
		status = encode_member(e, node, what, t, i, buf, used);
	if (!status && btf_is_union(t) && *used - before > 1)
		status = yaml_fail(e->yaml, node, ST_USAGE,
				   "%s sets %zu members that share their place; choose one", what,
				   *used - before);
	return status;
}

static bool has_member(const struct btf *btf, const struct btf_type *t, const char *name)
{
	enum encode_special special;
	int i;

	for (i = 0; i < btf_vlen(t); i++) {
		const char *own = btf__name_by_offset(btf, btf_members(t)[i].name_off);
		const struct btf_type *inner = encode_resolve(btf, btf_members(t)[i].type, NULL, &special);

		if (!strcmp(own, name) ||
		    (!*own && inner && btf_is_composite(inner) && has_member(btf, inner, name)))
			return true;
	}
	return false;
}

static int encode_struct(const struct encode *e, const yaml_node_t *node, const char *what,
			 const struct btf_type *t, void *buf)
{
	size_t used = 0, i;

	if (!yaml_is_map(node))
		return fail_kind(e, node, what, "a mapping of members");
	for (i = 0; i < yaml_length(node); i++) {
		const char *name = yaml_text(yaml_key(e->yaml, node, i));

		if (!has_member(e->btf, t, name))
			return yaml_fail(e->yaml, yaml_key(e->yaml, node, i), ST_USAGE,
					 "%s has no member '%s'", what, name);
	}
	return encode_members(e, node, what, t, buf, &used);
}

int encode_value(const struct encode *e, const yaml_node_t *node, const char *what,
		 __u32 type, void *buf, size_t size)
{
	struct lsmslot_ipv4_prefix *v4 = buf;
	struct lsmslot_ipv6_prefix *v6 = buf;
	enum encode_special special;
	const struct btf_type *t = encode_resolve(e->btf, type, NULL, &special);

	if (!t || btf__resolve_size(e->btf, type) != (__s64)size)
		return yaml_fail(e->yaml, node, ST_FAILED,
				 "%s: the object's types do not say how it is laid out; build it with 'clang -g'",
				 what);
	memset(buf, 0, size);
	switch (special) {
	case ENCODE_INODE:
		return encode_inode(e, node, what, buf);
	case ENCODE_DEV:
		return encode_dev(e, node, what, buf);
	case ENCODE_CGROUP:
		return encode_cgroup(e, node, what, buf);
	case ENCODE_IPV4_PREFIX:
		return encode_prefix(e, node, what, AF_INET, &v4->prefixlen, v4->addr);
	case ENCODE_IPV6_PREFIX:
		return encode_prefix(e, node, what, AF_INET6, &v6->prefixlen, v6->addr);
	case ENCODE_PLAIN:
	case ENCODE_BIG_ENDIAN:
		break;
	}
	if (btf_is_int(t))
		return encode_int(e, node, what, t, special == ENCODE_BIG_ENDIAN, buf);
	if (btf_is_any_enum(t))
		return encode_enum(e, node, what, t, buf);
	if (btf_is_array(t))
		return encode_array(e, node, what, btf_array(t), buf);
	if (btf_is_composite(t))
		return encode_struct(e, node, what, t, buf);
	return yaml_fail(e->yaml, node, ST_UNSUPPORTED, "%s has a type that a policy file cannot set",
			 what);
}
