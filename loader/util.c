// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Errors and memory. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "output.h"

bool json_errors, json_stream;

/**
 * struct pending - what the next JSON document has to tell of errors
 * @text: sentences, a line each; NULL if there is none
 * @status: of the first sentence
 * @no_memory: memory ran out; a sentence of its own would take some
 * @ended: fail_end() has begun, no document comes after it
 */
static struct pending {
	char *text;
	int status;
	bool no_memory, ended;
} pending;

static void print_no_memory(void)
{
	puts("{\"error\":\"out of memory\",\"status\":1}");
}

void no_memory(void)
{
	if (!json_errors)
		fputs("lsmslot: out of memory\n", stderr);
	else if (json_stream || pending.ended)
		print_no_memory();
	else
		pending.no_memory = true;
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

static void print_json(const char *text, int status)
{
	struct json_object *o = json_object_new_object();

	json_add_string(o, "error", text);
	json_add_int(o, "status", status);
	json_print_line(o);
}

static void add_pending(enum status status, const char *text)
{
	char *all = pending.text ? xasprintf("%s\n%s", pending.text, text) : xstrdup(text);

	if (!pending.text)
		pending.status = status;
	free(pending.text);
	pending.text = all;
}

static void print_error(enum status status, const char *text)
{
	char *shown;

	if (json_errors && json_stream) {
		print_json(text, status);
	} else if (json_errors) {
		add_pending(status, text);
	} else {
		shown = escape_text(text);
		fprintf(stderr, "lsmslot: %s\n", shown);
		free(shown);
	}
}

void json_add_errors(struct json_object *o)
{
	if (!pending.text)
		return;
	json_add_string(o, "error", pending.text);
	json_add_int(o, "status", pending.status);
	free(pending.text);
	pending.text = NULL;
}

void fail_end(int status)
{
	char *text = pending.text;

	pending.ended = true;
	if (pending.no_memory && text) {
		pending.text = xasprintf("out of memory\n%s", text);
		free(text);
		text = pending.text;
	}
	pending.text = NULL;
	if (text)
		print_json(text, status ? status : pending.status);
	else if (pending.no_memory)
		print_no_memory();
	pending.no_memory = false;
	free(text);
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
