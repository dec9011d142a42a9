/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The files that a pattern names. */
#ifndef LSMSLOT_PATH_GLOB_H
#define LSMSLOT_PATH_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Strings, each and the array to be freed: string_list_free(). */
struct string_list {
	char **v;
	size_t n;
};

void string_list_add(struct string_list *list, const char *s);
void string_list_free(struct string_list *list);

/* True if @path has a character that makes it a pattern. */
bool path_is_glob(const char *path);

/*
 * Adds the paths that the absolute @pattern matches, in order of their names.
 * "*", "?" and "[...]" match within a name, also one that begins with a dot;
 * "**" as a whole name matches any number of folders, without following
 * symbolic links, and at the end everything below.  "\" takes the next
 * character as it is.  A folder that cannot be read is for @unread, which says
 * whether to pass over it: 0, or the negative errno to end with.  Then that is
 * returned with the folder in @where, to be freed.
 */
typedef int path_unread(const char *folder, int err, void *data);
int path_glob(const char *pattern, struct string_list *paths, char **where,
	      path_unread *unread, void *data);

#endif /* LSMSLOT_PATH_GLOB_H */
