// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tables, JSON and lines. */
#include <errno.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "output.h"

struct table {
	struct libscols_table *cols;
	struct libscols_line *line;
	size_t cell;
	bool broken;
};

struct table *table_new(const char *const *columns)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->cols = scols_new_table();
	t->broken = !t->cols;
	/* Full values in any terminal: a cut id or path is no use. */
	if (!t->broken)
		scols_table_enable_maxout(t->cols, 0);
	for (; !t->broken && *columns; columns++)
		t->broken = !scols_table_new_column(t->cols, *columns, 0, 0);
	if (!t->broken)
		scols_table_set_termforce(t->cols, SCOLS_TERMFORCE_NEVER);
	return t;
}

void table_row(struct table *t)
{
	t->cell = 0;
	t->line = t->broken ? NULL : scols_table_new_line(t->cols, NULL);
	t->broken = !t->line;
}

void table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	if (t->broken || scols_line_refer_data(t->line, t->cell++, text)) {
		t->broken = true;
		free(text);
	}
}

int table_print(struct table *t)
{
	bool broken = t->broken || scols_print_table(t->cols);

	scols_unref_table(t->cols);
	free(t);
	return broken ? fail(ST_FAILED, "cannot lay out the table: out of memory") : ST_OK;
}

struct json_object *json_made(struct json_object *o)
{
	if (!o)
		no_memory();
	return o;
}

void json_add(struct json_object *o, const char *key, struct json_object *value)
{
	if (json_object_object_add(o, key, value))
		no_memory();
}

void json_add_string(struct json_object *o, const char *key, const char *value)
{
	json_add(o, key, value ? json_made(json_object_new_string(value)) : NULL);
}

void json_add_int(struct json_object *o, const char *key, long long value)
{
	json_add(o, key, json_made(json_object_new_int64(value)));
}

void json_add_bool(struct json_object *o, const char *key, bool value)
{
	json_add(o, key, json_made(json_object_new_boolean(value)));
}

static void print(struct json_object *o, int flags)
{
	const char *text = json_object_to_json_string_ext(o, flags | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *shown;

	if (!text)
		no_memory();
	shown = escape_json(text);
	puts(shown);
	free(shown);
	json_object_put(o);
}

int json_print(struct json_object *o)
{
	json_add_errors(o);
	print(o, JSON_C_TO_STRING_PRETTY);
	return ST_OK;
}

void json_print_line(struct json_object *o)
{
	print(o, JSON_C_TO_STRING_PLAIN);
}

void say(const char *fmt, ...)
{
	char *text, *shown;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	shown = escape_text(text);
	puts(shown);
	free(shown);
	free(text);
}
