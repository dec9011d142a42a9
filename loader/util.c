// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Errors and memory. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "output.h"

bool json_errors, json_stream;

void no_memory(void)
{
	if (json_errors)
		puts("{\"error\":\"out of memory\",\"status\":1}");
	else
		fputs("lsmslot: out of memory\n", stderr);
	exit(ST_FAILED);
}

/* Longer than any path: what was quoted whole is some file. */
#define ERROR_MAX 16384

/* What is too long for a sentence without its middle. */
static char *shorten(const char *text)
{
	size_t len = strlen(text);

	if (len <= ERROR_MAX)
		return xstrdup(text);
	return xasprintf("%.*s...%s", ERROR_MAX / 2, text, text + len - ERROR_MAX / 2);
}

static void print_error(enum status status, const char *text)
{
	static bool printed;
	struct json_object *o;
	char *shown;

	if (!json_errors || (printed && !json_stream)) {
		shown = escape_text(text);
		fprintf(stderr, "lsmslot: %s\n", shown);
		free(shown);
		return;
	}
	o = json_object_new_object();
	json_add_string(o, "error", text);
	json_add_int(o, "status", status);
	json_print_line(o);
	printed = true;
}

int fail(enum status status, const char *fmt, ...)
{
	char *text, *cut;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	cut = shorten(text);
	print_error(status, cut);
	free(cut);
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
