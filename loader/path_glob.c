// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The files that a pattern names. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lsmslot.h"
#include "path_glob.h"

void string_list_add(struct string_list *list, const char *s)
{
	list->v = xreallocarray(list->v, list->n + 1, sizeof(*list->v));
	list->v[list->n++] = xstrdup(s);
}

void string_list_free(struct string_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

bool path_is_glob(const char *path)
{
	return strpbrk(path, "*?[\\");
}

struct glob_walk {
	struct string_list *paths;
	char **where;
	path_unread *unread;
	void *data;
};

static int walk(struct glob_walk *glob, const char *dir, const char *rest);

static int pass_over(struct glob_walk *glob, const char *path)
{
	int err = glob->unread(path, -errno, glob->data);

	if (err)
		*glob->where = xstrdup(path);
	return err;
}

/* @dir is "" for the root. */
static int real_names(struct glob_walk *glob, const char *dir, struct dirent ***names)
{
	int n = scandir(*dir ? dir : "/", names, NULL, alphasort);

	/* Gone meanwhile, or a name that matched is no folder. */
	if (n < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	return n < 0 ? pass_over(glob, *dir ? dir : "/") : n;
}

/* What to do with a name in @dir that the pattern may match. */
static int visit(struct glob_walk *glob, const char *dir, const char *name, const char *pattern,
		 bool any_depth, const char *rest)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct stat st;
	int err = 0;

	if (any_depth) {
		if (!rest)
			string_list_add(glob->paths, path);
		if (!lstat(path, &st))
			err = S_ISDIR(st.st_mode) ? walk(glob, path, pattern) : 0;
		else if (rest && errno != ENOENT)
			err = pass_over(glob, path);
	} else if (!fnmatch(pattern, name, 0)) {
		if (rest)
			err = walk(glob, path, rest);
		else
			string_list_add(glob->paths, path);
	}
	free(path);
	return err;
}

static int visit_all(struct glob_walk *glob, const char *dir, const char *pattern,
		     bool any_depth, const char *rest)
{
	struct dirent **names;
	int n, i, err = 0;

	n = real_names(glob, dir, &names);
	if (n < 0)
		return n;
	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (!err && strcmp(name, ".") && strcmp(name, ".."))
			err = visit(glob, dir, name, pattern, any_depth, rest);
		free(names[i]);
	}
	if (n)
		free(names);
	return err;
}

/* Matches @rest, which has no leading '/', below @dir. */
static int walk(struct glob_walk *glob, const char *dir, const char *rest)
{
	size_t len = strcspn(rest, "/");
	const char *more = rest + len;
	char *part, *path;
	struct stat st;
	int err = 0;

	while (*more == '/')
		more++;
	if (!*more)
		more = NULL;
	part = strndup(rest, len);
	if (!part)
		return -ENOMEM;
	if (!strcmp(part, "**")) {
		if (more)
			err = walk(glob, dir, more);
		if (!err)
			err = visit_all(glob, dir, rest, true, more);
	} else if (path_is_glob(part)) {
		err = visit_all(glob, dir, part, false, more);
	} else {
		path = xasprintf("%s/%s", dir, part);
		if (more)
			err = walk(glob, path, more);
		else if (!lstat(path, &st))
			string_list_add(glob->paths, path);
		free(path);
	}
	free(part);
	return err;
}

int path_glob(const char *pattern, struct string_list *paths, char **where,
	      path_unread *unread, void *data)
{
	struct glob_walk glob = { .paths = paths, .where = where, .unread = unread, .data = data };

	*where = NULL;
	while (*pattern == '/')
		pattern++;
	return walk(&glob, "", pattern);
}
