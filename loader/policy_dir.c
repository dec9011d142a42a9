// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The pin directory of a policy that is named on the command line. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "links.h"
#include "pin_state.h"
#include "pins.h"
#include "policy_dir.h"
#include "policy_file.h"
#include "polmaps.h"

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* True if apply noted at @dir that the policy is called @name. */
static bool is_called(const char *dir, const char *name)
{
	struct record record;
	bool same;

	if (pin_state_record(dir, &record))
		return false;
	same = !strcmp(record.policy, name);
	record_free(&record);
	return same;
}

/* Takes @found, to be freed, for @dir if nothing else was; else says that both are meant. */
static int take(const char *cmd, const char *policy, char *found, char **dir)
{
	int status = ST_OK;

	if (!*dir) {
		*dir = found;
		return ST_OK;
	}
	if (!same_dir(*dir, found))
		status = fail(ST_USAGE, "%s: '%s' is the policy at %s and the one at %s; write the directory",
			      cmd, policy, *dir, found);
	free(found);
	return status;
}

static int find_by_name(const char *cmd, const char *policy, char **dir)
{
	struct string_list recorded = {}, left = {};
	int status;
	char *path;
	size_t i;

	status = pin_state_scan(&recorded, &left, cmd);
	for (i = 0; !status && i < recorded.n; i++)
		if (is_called(recorded.v[i], policy))
			status = take(cmd, policy, xstrdup(recorded.v[i]), dir);
	string_list_free(&recorded);
	string_list_free(&left);
	if (status)
		return status;
	path = policy_default_pin(policy);
	if (is_dir(path))
		return take(cmd, policy, path, dir);
	free(path);
	return *dir ? ST_OK : fail(ST_NOT_FOUND, "%s: there is no policy '%s'; 'lsmslot status' lists the pins",
				   cmd, policy);
}

int policy_dir_find(const char *cmd, const char *policy, char **dir)
{
	int status;

	*dir = NULL;
	if (!strchr(policy, '/')) {
		status = find_by_name(cmd, policy, dir);
		if (!status)
			return ST_OK;
		free(*dir);
		*dir = NULL;
		return status;
	}
	if (!is_dir(policy))
		return fail(ST_NOT_FOUND, "%s: %s is no pin directory; 'lsmslot status' lists the pins",
			    cmd, policy);
	*dir = xstrdup(policy);
	return ST_OK;
}

/* Counts in @links, and says what the program of the link pinned at @path uses. */
static enum map_use use_of_pin(const char *path, const char *name, __u32 id, unsigned int *links)
{
	enum pin_kind kind;
	union link_info info;
	enum map_use use = MAP_UNUSED;
	int fd = pin_open(path, &kind);

	if (fd < 0)
		return MAP_UNUSED;
	if (kind == PIN_LINK) {
		use = link_info_get(fd, &info) ? MAP_UNKNOWN : program_map_use(info.bpf.prog_id, name, id);
		++*links;
	}
	close(fd);
	return use;
}

int policy_dir_uses_map(const char *cmd, const char *dir, const char *name, __u32 id)
{
	unsigned int links = 0;
	struct dirent **names;
	bool other = false;
	int n, i;

	n = scandir(dir, &names, NULL, alphasort);
	if (n < 0)
		return fail(ST_FAILED, "%s: cannot read %s: %s", cmd, dir, strerror(errno));
	for (i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", dir, names[i]->d_name);
		enum map_use use = use_of_pin(path, name, id, &links);

		other |= use == MAP_OTHER || use == MAP_UNKNOWN;
		free(path);
		free(names[i]);
	}
	free(names);
	if (!links)
		return fail(ST_NOT_FOUND, "%s: no link is pinned in %s, so there is no policy; 'lsmslot status' lists the pins",
			    cmd, dir);
	return other ? fail(ST_STALE, "%s: a program pinned in %s uses another map '%s' than the one pinned there, as after an interrupted change; apply or attach the policy again",
			    cmd, dir, name) : ST_OK;
}
