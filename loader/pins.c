// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pins of BPF links in the BPF file systems mounted here. */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpffs.h"
#include "bpffs_own.h"
#include "links.h"
#include "pins.h"

int pin_open(const char *path, enum pin_kind *kind)
{
	char *proc, target[64];
	ssize_t len;
	int fd, err;

	*kind = PIN_OTHER;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -1;
	proc = xasprintf("/proc/self/fd/%d", fd);
	len = readlink(proc, target, sizeof(target) - 1);
	err = errno;
	free(proc);
	if (len < 0) {
		close(fd);
		/* It is open: /proc says so when it has no memory. */
		errno = err == ENOENT ? EIO : err;
		return -1;
	}
	target[len] = '\0';
	if (strstr(target, "bpf_link") || strstr(target, "bpf-link"))
		*kind = PIN_LINK;
	else if (strstr(target, "bpf-prog"))
		*kind = PIN_PROGRAM;
	else if (strstr(target, "bpf-map"))
		*kind = PIN_MAP;
	return fd;
}

bool pin_is_symlink(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISLNK(st.st_mode);
}

static int add_pin(struct pins *pins, const char *path)
{
	union link_info info;
	enum pin_kind kind;
	int fd, err;

	fd = pin_open(path, &kind);
	if (fd < 0) {
		/* Unpinned since it was listed, or a special file (maps.debug). */
		if (errno == ENOENT || errno == EACCES || errno == EINVAL || errno == EPERM)
			return ST_OK;
		return fail(ST_FAILED, "cannot open the pin %s: %s", path, strerror(errno));
	}
	err = kind == PIN_LINK ? link_info_get(fd, &info) : 0;
	close(fd);
	if (err)
		return fail(ST_FAILED, "cannot read the link pinned at %s: %s", path, strerror(-err));
	if (kind != PIN_LINK)
		return ST_OK;
	pins->v = xreallocarray(pins->v, pins->n + 1, sizeof(*pins->v));
	pins->v[pins->n].path = xstrdup(path);
	pins->v[pins->n++].link_id = info.bpf.id;
	return ST_OK;
}

static int visit_pin(const char *path, bool is_dir, void *data)
{
	return is_dir ? ST_OK : add_pin(data, path);
}

int pins_scan(struct pins *pins)
{
	int status;

	memset(pins, 0, sizeof(*pins));
	status = bpffs_walk(NULL, visit_pin, pins);
	if (status)
		pins_free(pins);
	return status;
}

void pins_free(struct pins *pins)
{
	size_t i;

	for (i = 0; i < pins->n; i++)
		free(pins->v[i].path);
	free(pins->v);
	memset(pins, 0, sizeof(*pins));
}

static int need_own(const char *path)
{
	struct stat st;
	char *where;
	int err, status = ST_OK;

	err = bpffs_path_own(path, &where, &st);
	if (err == -EPERM && st.st_uid && st.st_uid != geteuid())
		status = fail(ST_FAILED, "%s belongs to user %u, who could take away what is pinned at %s; remove it or choose another pin directory",
			      where, st.st_uid, path);
	else if (err == -EPERM)
		status = fail(ST_FAILED, "other users may write to %s and could take away what is pinned at %s; run 'chmod 700 %s' or choose another pin directory",
			      where, path, where);
	else if (err)
		status = fail(ST_FAILED, "cannot look up %s: %s", path, strerror(-err));
	free(where);
	return status;
}

bool pin_is_staging(const char *dir)
{
	size_t len = strlen(dir), end = strlen(STAGING_SUFFIX);

	return len > end && !strcmp(dir + len - end, STAGING_SUFFIX);
}

int need_pin_dir(const char *dir)
{
	const char *p = dir, *end;
	size_t len, suffix = strlen(STAGING_SUFFIX);

	for (; *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, '/');
		len = end - p;
		if (len >= suffix && !strncmp(end - suffix, STAGING_SUFFIX, suffix))
			return fail(ST_USAGE, "the pin directory %s has a name that ends in '" STAGING_SUFFIX "', which apply would remove as left by itself; choose another",
				    dir);
	}
	return need_bpffs(dir);
}

int need_bpffs(const char *path)
{
	char *dir = xstrdup(path), *slash;
	struct statfs st;
	int err;

	while ((err = statfs(dir, &st) ? errno : 0) == ENOENT) {
		slash = strrchr(dir, '/');
		if (!slash) {
			err = statfs(".", &st) ? errno : 0;
			break;
		}
		slash[slash == dir] = '\0';
	}
	free(dir);
	if (err)
		return fail(ST_FAILED, "cannot look up %s: %s%s", path, strerror(err),
			    err == EPERM ? " (a BPF file system takes no '.' in names)" : "");
	if ((unsigned long)st.f_type == BPF_FS_MAGIC)
		return need_own(path);
	return fail(ST_UNSUPPORTED, "%s does not lie in a BPF file system; mount one with 'mount -t bpf -o mode=700 bpf %s' or name a pin directory that lies in one",
		    path, BPFFS_DEFAULT);
}
