/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text from outside as text that a terminal or a reader of JSON may get. */
#ifndef LSMSLOT_ESCAPE_H
#define LSMSLOT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* In what words a name from outside is shown. */
enum escape {
	ESCAPE_LINE,	/* a field of a line: printable ASCII without blanks */
	ESCAPE_JSON,	/* UTF-8 without control and format characters */
};

/*
 * @bytes, up to a NUL or @size, with everything else written as \xHH and a
 * backslash as two. The result is to be freed.
 */
char *escape_name(const char *bytes, size_t size, enum escape how);

/*
 * @text as it may go to a terminal, to be freed: as it is if it is printable UTF-8
 * throughout, else as escape_name() writes it.
 */
char *escape_text(const char *text);

/*
 * @json, which json-c made and which may hold any bytes in its strings, as UTF-8 of
 * printable characters: others as \uHHHH, bytes that are none as \\xHH.  To be freed.
 */
char *escape_json(const char *json);

#endif /* LSMSLOT_ESCAPE_H */
