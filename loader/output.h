/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables, JSON and lines. */
#ifndef LSMSLOT_OUTPUT_H
#define LSMSLOT_OUTPUT_H

#include <json-c/json.h>

#include "lsmslot.h"

struct table;

/* @columns ends with NULL. */
struct table *table_new(const char *const *columns);
void table_row(struct table *t);
/* The next cell of the current row. */
void table_cell(struct table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Prints and frees; returns an enum status. */
int table_print(struct table *t);

/* @o; NULL, when there is no memory for it, ends the process. */
struct json_object *json_made(struct json_object *o);
/* Members of a JSON object; a NULL @value is null. */
void json_add(struct json_object *o, const char *key, struct json_object *value);
void json_add_string(struct json_object *o, const char *key, const char *value);
void json_add_int(struct json_object *o, const char *key, long long value);
void json_add_bool(struct json_object *o, const char *key, bool value);
/* What fail() was told and has not been printed: members "error" and "status". */
void json_add_errors(struct json_object *o);
/* Prints and frees, with the errors so far; returns an enum status. */
int json_print(struct json_object *o);
/* The same in one line. */
void json_print_line(struct json_object *o);

/* Prints a line to standard output, with escape_text(): names come from outside. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* LSMSLOT_OUTPUT_H */
