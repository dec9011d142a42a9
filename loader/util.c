// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Errors and memory. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "lsmslot.h"

bool json_errors;

static void no_memory(void)
{
	fputs("lsmslot: out of memory\n", stderr);
	exit(ST_FAILED);
}

static void print_error(enum status status, const char *text)
{
	struct json_object *o;

	if (!json_errors) {
		fprintf(stderr, "lsmslot: %s\n", text);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "error", json_object_new_string(text));
	json_object_object_add(o, "status", json_object_new_int(status));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

int fail(enum status status, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	print_error(status, text);
	free(text);
	return status;
}

int fail_usage(const char *cmd, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	fail(ST_USAGE, "%s: %s; see 'lsmslot %s --help'", cmd, text, cmd);
	free(text);
	return ST_USAGE;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		no_memory();
	return p;
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n ? n : 1, size);
	if (!p)
		no_memory();
	return p;
}

char *xstrdup(const char *s)
{
	char *p = strdup(s);

	if (!p)
		no_memory();
	return p;
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *p;

	if (vasprintf(&p, fmt, ap) < 0)
		no_memory();
	return p;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = xvasprintf(fmt, ap);
	va_end(ap);
	return p;
}
