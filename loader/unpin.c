// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A set of links to detach by removing their pins. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "holders.h"
#include "output.h"
#include "pins.h"
#include "signals.h"
#include "unpin.h"

static void add_string(char ***v, size_t *n, const char *s)
{
	*v = xreallocarray(*v, *n + 1, sizeof(**v));
	(*v)[(*n)++] = xstrdup(s);
}

static struct unpin_link *entry_of(struct unpin *unpin, const struct lsm_link *link)
{
	size_t i;

	for (i = 0; i < unpin->nr_links; i++)
		if (unpin->links[i].link == link)
			return &unpin->links[i];
	unpin->links = xreallocarray(unpin->links, unpin->nr_links + 1, sizeof(*unpin->links));
	unpin->links[i] = (struct unpin_link){ .link = link };
	unpin->nr_links++;
	return &unpin->links[i];
}

void unpin_add_all(struct unpin *unpin, const struct lsm_link *link)
{
	struct unpin_link *entry = entry_of(unpin, link);
	size_t i;

	for (i = 0; i < link->nr_pins; i++)
		add_string(&entry->pins, &entry->nr_pins, link->pins[i]);
}

int unpin_add_pin(struct unpin *unpin, const struct lsm_links *links, const char *path)
{
	union link_info info;
	struct unpin_link *entry;
	enum pin_kind kind;
	int fd, err;
	size_t i;

	fd = pin_open(path, &kind);
	if (fd < 0 || kind != PIN_LINK) {
		if (fd >= 0)
			close(fd);
		return fail(ST_NOT_FOUND, "detach: %s is no pin of a link; 'lsmslot status' lists the pins",
			    path);
	}
	err = link_info_get(fd, &info);
	close(fd);
	if (err)
		return fail(ST_FAILED, "detach: cannot read the link pinned at %s: %s",
			    path, strerror(-err));
	for (i = 0; i < links->n; i++) {
		if (links->v[i].id != info.bpf.id)
			continue;
		entry = entry_of(unpin, &links->v[i]);
		add_string(&entry->pins, &entry->nr_pins, path);
		return ST_OK;
	}
	return fail(ST_NOT_FOUND, "detach: link %u, pinned at %s, is no LSM link; it is left alone",
		    info.bpf.id, path);
}

static int fail_foreign(const char *dir, const char *path)
{
	return fail(ST_FAILED, "detach: %s holds %s, which 'lsmslot attach' did not make; name the pins one by one",
		    dir, path);
}

/* Calls @add with each path in @dir until one fails. */
static int for_each_entry(struct unpin *unpin, const struct lsm_links *links, const char *dir,
			  int (*add)(struct unpin *unpin, const struct lsm_links *links,
				     const char *dir, const char *path))
{
	struct dirent **names;
	int n, i, status = ST_OK;

	n = scandir(dir, &names, NULL, alphasort);
	if (n < 0)
		return fail(ST_FAILED, "detach: cannot read %s: %s", dir, strerror(errno));
	for (i = 0; i < n; i++) {
		if (!status && strcmp(names[i]->d_name, ".") && strcmp(names[i]->d_name, "..")) {
			char *path = xasprintf("%s/%s", dir, names[i]->d_name);

			status = add(unpin, links, dir, path);
			free(path);
		}
		free(names[i]);
	}
	free(names);
	return status;
}

static int add_map(struct unpin *unpin, const struct lsm_links *links,
		   const char *dir, const char *path)
{
	enum pin_kind kind;
	int fd = pin_open(path, &kind);

	(void)links;
	if (fd >= 0)
		close(fd);
	if (fd < 0 || kind != PIN_MAP || pin_is_symlink(path))
		return fail_foreign(dir, path);
	add_string(&unpin->rest, &unpin->nr_rest, path);
	return ST_OK;
}

static int add_entry(struct unpin *unpin, const struct lsm_links *links,
		     const char *dir, const char *path)
{
	struct stat st;
	int status;

	if (lstat(path, &st))
		return fail(ST_FAILED, "detach: %s: %s", path, strerror(errno));
	if (S_ISLNK(st.st_mode))
		return fail_foreign(dir, path);
	if (!S_ISDIR(st.st_mode))
		return unpin_add_pin(unpin, links, path);
	if (strcmp(strrchr(path, '/'), "/maps"))
		return fail_foreign(dir, path);
	status = for_each_entry(unpin, links, path, add_map);
	if (!status)
		add_string(&unpin->rest, &unpin->nr_rest, path);
	return status;
}

int unpin_add_dir(struct unpin *unpin, const struct lsm_links *links, const char *dir)
{
	int status = need_bpffs(dir);

	if (!status)
		status = for_each_entry(unpin, links, dir, add_entry);
	if (status)
		return status;
	if (!unpin->nr_links && !unpin->nr_rest)
		return fail(ST_NOT_FOUND, "detach: %s is empty; 'lsmslot status' lists the pins", dir);
	add_string(&unpin->rest, &unpin->nr_rest, dir);
	return ST_OK;
}

/* The same pin seen through two mounts is one file with one name. */
static bool same_pin(const char *a, const char *b)
{
	struct stat sa, sb;

	if (!strcmp(a, b))
		return true;
	return !stat(a, &sa) && !stat(b, &sb) && sa.st_nlink == 1 &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static const char *other_pin(const struct unpin_link *entry)
{
	size_t i, j;

	for (i = 0; i < entry->link->nr_pins; i++) {
		for (j = 0; j < entry->nr_pins; j++)
			if (same_pin(entry->link->pins[i], entry->pins[j]))
				break;
		if (j == entry->nr_pins)
			return entry->link->pins[i];
	}
	return NULL;
}

/* Unpinned, a sealed link would stay attached, and be harder to find. */
static int check_sealed(const struct unpin *unpin)
{
	size_t i;

	for (i = 0; i < unpin->nr_links; i++) {
		const struct lsm_link *link = unpin->links[i].link;

		if (link_sealed(link))
			return fail(ST_SEALED, "detach: link %u (program '%s', hook %s) is sealed and stays attached until the next boot; nothing was detached",
				    link->id, link->prog_name, link->hook);
	}
	return ST_OK;
}

int unpin_check(const struct unpin *unpin)
{
	int status = check_sealed(unpin);
	size_t i;

	if (status)
		return status;
	for (i = 0; i < unpin->nr_links; i++) {
		const struct unpin_link *entry = &unpin->links[i];
		const struct lsm_link *link = entry->link;
		const char *other = other_pin(entry);
		char *holders;

		if (other)
			return fail(ST_FAILED, "detach: link %u (program '%s') is also pinned at %s; detach it from all its pins with --id %u",
				    link->id, link->prog_name, other, link->id);
		holders = link_holders(link->id);
		if (holders) {
			fail(ST_FAILED, "detach: link %u (program '%s') is held open by %s; end that first, nothing was detached",
			     link->id, link->prog_name, holders);
			free(holders);
			return ST_FAILED;
		}
		if (!entry->nr_pins)
			return fail(ST_FAILED, "detach: link %u (program '%s') has no pin here and no process seen from here holds it; look in other mount and pid namespaces",
				    link->id, link->prog_name);
	}
	return ST_OK;
}

/*
 * With a reference of our own held over the unpinning, the last one is
 * dropped by close(), which detaches at once; dropped by unlink() it would be
 * left to a kernel worker.
 */
static int detach_link(const struct unpin_link *entry)
{
	const struct lsm_link *link = entry->link;
	int fd, status = ST_OK;
	size_t i;

	fd = bpf_link_get_fd_by_id(link->id);
	if (fd < 0 && errno != ENOENT)
		return fail(ST_FAILED, "detach: cannot open link %u: %s", link->id, strerror(errno));
	for (i = 0; i < entry->nr_pins; i++)
		if (unlink(entry->pins[i]) && errno != ENOENT)
			status = fail(ST_FAILED, "detach: cannot remove the pin %s: %s",
				      entry->pins[i], strerror(errno));
	if (fd >= 0)
		close(fd);
	if (!status)
		status = link_wait_gone("detach", link);
	if (!status)
		say("detached program '%s' (hook %s, link %u)", link->prog_name, link->hook,
		    link->id);
	return status;
}

int unpin_run(const struct unpin *unpin)
{
	int status = ST_OK, err;
	sigset_t old;
	size_t i;

	/* All or nothing, also if nobody reads what is said of it any more. */
	signals_hold(&old);
	/* Go on after a failure: fewer links left attached is what was asked. */
	for (i = 0; i < unpin->nr_links; i++) {
		err = detach_link(&unpin->links[i]);
		if (err)
			status = err;
	}
	for (i = 0; !status && i < unpin->nr_rest; i++)
		if (remove(unpin->rest[i]) && errno != ENOENT)
			status = fail(ST_FAILED, "detach: cannot remove %s: %s",
				      unpin->rest[i], strerror(errno));
	signals_release(&old);
	return status;
}

void unpin_free(struct unpin *unpin)
{
	size_t i, j;

	for (i = 0; i < unpin->nr_links; i++) {
		for (j = 0; j < unpin->links[i].nr_pins; j++)
			free(unpin->links[i].pins[j]);
		free(unpin->links[i].pins);
	}
	for (i = 0; i < unpin->nr_rest; i++)
		free(unpin->rest[i]);
	free(unpin->links);
	free(unpin->rest);
}
