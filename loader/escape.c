// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Text from outside as text that a terminal or a reader of JSON may get. */
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "lsmslot.h"

/* Length of the UTF-8 sequence at @p, 0 if it is none; sets its code point. */
static size_t utf8_length(const unsigned char *p, size_t room, unsigned int *code)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;

	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	len = *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	if (len > room)
		return 0;
	*code = *p & (0xff >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return len;
}

/* Characters that control a terminal or reorder what it shows. */
static bool is_format(unsigned int code)
{
	return code < 0xa0 || code == 0xad || code == 0x61c || code == 0x180e ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
	       (code >= 0xfff0 && code <= 0xffff) || (code >= 0xe0000 && code <= 0xe0fff);
}

char *escape_name(const char *bytes, size_t size, enum escape how)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t len = strnlen(bytes, size), i = 0, n, used = 0;
	char *text = xcalloc(len + 1, 4);
	unsigned int code;

	while (i < len) {
		n = how == ESCAPE_JSON ? utf8_length(p + i, len - i, &code) : 0;
		if (n && !is_format(code)) {
			memcpy(text + used, p + i, n);
			used += n;
			i += n;
			continue;
		}
		if (p[i] == '\\')
			used += sprintf(text + used, "\\\\");
		else if (p[i] < ' ' || p[i] > '~' || (p[i] == ' ' && how == ESCAPE_LINE))
			used += sprintf(text + used, "\\x%02x", p[i]);
		else
			text[used++] = p[i];
		i++;
	}
	return text;
}

char *escape_text(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len = strlen(text), i, n;
	unsigned int code;

	for (i = 0; i < len; i += n) {
		n = p[i] >= ' ' && p[i] <= '~' ? 1 : utf8_length(p + i, len - i, &code);
		if (!n || (n > 1 && is_format(code)))
			return escape_name(text, len, ESCAPE_JSON);
	}
	return xstrdup(text);
}

static int write_code(char *to, unsigned int code)
{
	if (code < 0x10000)
		return sprintf(to, "\\u%04x", code);
	code -= 0x10000;
	return sprintf(to, "\\u%04x\\u%04x", 0xd800 | code >> 10, 0xdc00 | (code & 0x3ff));
}

/* Line breaks are json-c's own between the members; in strings it escapes them. */
char *escape_json(const char *json)
{
	const unsigned char *p = (const unsigned char *)json;
	size_t len = strlen(json), i, n, used = 0;
	char *text = xcalloc(len + 1, 6);
	unsigned int code = 0;

	for (i = 0; i < len; i += n) {
		n = p[i] < 0x7f ? 1 : utf8_length(p + i, len - i, &code);
		if (p[i] == 0x7f) {
			n = 1;
			used += write_code(text + used, p[i]);
		} else if (!n) {
			n = 1;
			used += sprintf(text + used, "\\\\x%02x", p[i]);
		} else if (n > 1 && is_format(code)) {
			used += write_code(text + used, code);
		} else {
			memcpy(text + used, p + i, n);
			used += n;
		}
	}
	return text;
}
