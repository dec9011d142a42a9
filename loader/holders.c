// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Processes that hold a BPF link open. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "holders.h"
#include "host.h"

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
