// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Processes that hold a BPF link open. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "holders.h"
#include "host.h"

/* How long a link may take to go. */
#define GONE_MS 1000

static bool fdinfo_names(const char *path, __u32 id)
{
	char *text = read_text(path), *line;
	unsigned int found;
	bool is;

	line = text ? strstr(text, "link_id:") : NULL;
	is = line && sscanf(line, "link_id: %u", &found) == 1 && found == id;
	free(text);
	return is;
}

/* A process may end, or hide from us, at any moment: then it holds nothing. */
static bool process_holds(const char *pid, __u32 id)
{
	char *dir = xasprintf("/proc/%s/fdinfo", pid);
	struct dirent *e;
	bool holds = false;
	DIR *d;

	d = opendir(dir);
	while (d && !holds && (e = readdir(d))) {
		char *path;

		if (e->d_name[0] == '.')
			continue;
		path = xasprintf("%s/%s", dir, e->d_name);
		holds = fdinfo_names(path, id);
		free(path);
	}
	if (d)
		closedir(d);
	free(dir);
	return holds;
}

char *link_holders(__u32 id)
{
	char *list = NULL;
	struct dirent *e;
	DIR *proc;

	proc = opendir("/proc");
	while (proc && (e = readdir(proc))) {
		char *path, *comm, *more;

		if (!isdigit((unsigned char)e->d_name[0]) || atol(e->d_name) == getpid() ||
		    !process_holds(e->d_name, id))
			continue;
		path = xasprintf("/proc/%s/comm", e->d_name);
		comm = read_text(path);
		if (comm)
			comm[strcspn(comm, "\n")] = '\0';
		more = xasprintf("%s%spid %s (%s)", list ? list : "", list ? ", " : "",
				 e->d_name, comm ? comm : "?");
		free(list);
		free(comm);
		free(path);
		list = more;
	}
	if (proc)
		closedir(proc);
	return list;
}

/* Closing the last reference detaches before close() returns. */
int link_wait_gone(const char *who, const struct lsm_link *link)
{
	int waited, fd, status;
	char *holders;

	for (waited = 0; waited <= GONE_MS; waited += 10) {
		fd = bpf_link_get_fd_by_id(link->id);
		if (fd < 0 && errno == ENOENT)
			return ST_OK;
		if (fd < 0)
			return fail(ST_FAILED, "%s: cannot look for link %u: %s",
				    who, link->id, strerror(errno));
		close(fd);
		usleep(10 * 1000);
	}
	holders = link_holders(link->id);
	status = fail(ST_FAILED, "%s: link %u (program '%s') is unpinned but still attached: it is held by %s",
		      who, link->id, link->prog_name, holders ? holders : "nothing seen from here");
	free(holders);
	return status;
}
