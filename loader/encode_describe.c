// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bytes of a BTF type as text for an operator. */
#include <arpa/inet.h>
#include <ctype.h>
#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lsmslot/types.h>

#include "encode.h"
#include "encode_enum.h"

static char *hex(const unsigned char *bytes, size_t size)
{
	char *text = xcalloc(2 * size + 3, 1);
	size_t i;

	strcpy(text, "0x");
	for (i = 0; i < size; i++)
		sprintf(text + 2 + 2 * i, "%02x", bytes[i]);
	return text;
}

static char *number(const struct btf_type *t, const void *buf)
{
	uint64_t value = 0, sign = 1ULL << (8 * t->size - 1);

	memcpy(&value, buf, t->size);
	if (!(btf_int_encoding(t) & BTF_INT_SIGNED))
		return xasprintf("%llu", (unsigned long long)value);
	return xasprintf("%lld", (long long)((value ^ sign) - sign));
}

static char *big_endian(const struct btf_type *t, const void *buf)
{
	uint64_t value = 0;

	memcpy((char *)&value + 8 - t->size, buf, t->size);
	return xasprintf("%llu", (unsigned long long)be64toh(value));
}

static char *prefix(int family, __u32 prefixlen, const __u8 *addr)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, addr, text, sizeof(text));
	return xasprintf("%s/%u", text, prefixlen);
}

/* What is no readable string is shown in hex, so that nothing of it hides. */
static char *string(const char *bytes, size_t size)
{
	size_t len = strnlen(bytes, size), i;

	for (i = 0; i < size; i++)
		if (i < len ? !isprint((unsigned char)bytes[i]) : bytes[i])
			return hex((const unsigned char *)bytes, size);
	return xasprintf("%.*s", (int)len, bytes);
}

static char *members(const struct btf *btf, const struct btf_type *t, const char *buf, size_t size)
{
	char *text = xstrdup(""), *value, *more;
	int i;

	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;
		const char *name = btf__name_by_offset(btf, m->name_off);
		__u32 at = btf_member_bit_offset(t, i) / 8;
		__s64 len = btf__resolve_size(btf, m->type);

		if (!*name || btf_member_bitfield_size(t, i) || len <= 0 || at + (__u64)len > size) {
			free(text);
			return hex((const unsigned char *)buf, size);
		}
		value = encode_describe(btf, m->type, buf + at, len);
		more = xasprintf("%s%s%s: %s", text, i ? ", " : "", name, value);
		free(value);
		free(text);
		text = more;
	}
	value = xasprintf("{%s}", text);
	free(text);
	return value;
}

char *encode_describe(const struct btf *btf, __u32 type, const void *buf, size_t size)
{
	const struct lsmslot_inode_id *inode = buf;
	const struct lsmslot_ipv4_prefix *v4 = buf;
	const struct lsmslot_ipv6_prefix *v6 = buf;
	const __u64 *id = buf;
	enum encode_special special;
	const struct btf_type *t = encode_resolve(btf, type, NULL, &special), *element;
	char *name = NULL;
	uint64_t value = 0;

	if (!t || btf__resolve_size(btf, type) != (__s64)size)
		return hex(buf, size);
	switch (special) {
	case ENCODE_INODE:
		return xasprintf("device %u:%u inode %llu", inode->dev >> LSMSLOT_MINOR_BITS,
				 inode->dev & ((1 << LSMSLOT_MINOR_BITS) - 1),
				 (unsigned long long)inode->ino);
	case ENCODE_DEV:
		return xasprintf("device %llu:%llu", (unsigned long long)*id >> LSMSLOT_MINOR_BITS,
				 (unsigned long long)*id & ((1 << LSMSLOT_MINOR_BITS) - 1));
	case ENCODE_CGROUP:
		return xasprintf("cgroup %llu", (unsigned long long)*id);
	case ENCODE_IPV4_PREFIX:
		return prefix(AF_INET, v4->prefixlen, v4->addr);
	case ENCODE_IPV6_PREFIX:
		return prefix(AF_INET6, v6->prefixlen, v6->addr);
	case ENCODE_BIG_ENDIAN:
		return big_endian(t, buf);
	case ENCODE_PLAIN:
		break;
	}
	if (btf_is_any_enum(t)) {
		memcpy(&value, buf, size);
		name = enum_name_of(btf, t, value);
		return name ? name : hex(buf, size);
	}
	if (btf_is_int(t) && size <= 8)
		return number(t, buf);
	if (btf_is_struct(t))
		return members(btf, t, buf, size);
	element = btf_is_array(t) ? encode_resolve(btf, btf_array(t)->type, NULL, &special) : NULL;
	if (element && element->size == 1 &&
	    !strcmp(btf__name_by_offset(btf, element->name_off), "char"))
		return string(buf, size);
	return hex(buf, size);
}
