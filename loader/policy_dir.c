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

static bool has_name(__u32 map_id, const char *name)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_map_get_fd_by_id(map_id);
	bool same;

	if (fd < 0)
		return false;
	same = !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       !strncmp(info.name, name, sizeof(info.name) - 1);
	close(fd);
	return same;
}

/* What the program of a link does with map @id, which is called @name. */
enum use { USE_NONE, USE_IT, USE_ANOTHER, USE_UNKNOWN };

static enum use use_of(__u32 prog_id, const char *name, __u32 id)
{
	__u32 n = 0, *ids = program_map_ids(prog_id, &n), i;
	enum use use = USE_NONE;

	if (!ids)
		return USE_UNKNOWN;
	if (map_id_in(ids, n, id))
		use = USE_IT;
	for (i = 0; use == USE_NONE && i < n; i++)
		if (has_name(ids[i], name))
			use = USE_ANOTHER;
	free(ids);
	return use;
}

static enum use use_of_pin(const char *path, const char *name, __u32 id)
{
	enum pin_kind kind;
	union link_info info;
	enum use use = USE_NONE;
	int fd = pin_open(path, &kind);

	if (fd < 0)
		return USE_NONE;
	if (kind == PIN_LINK)
		use = link_info_get(fd, &info) ? USE_UNKNOWN : use_of(info.bpf.prog_id, name, id);
	close(fd);
	return use;
}

int policy_dir_uses_map(const char *cmd, const char *dir, const char *name, __u32 id)
{
	bool used = false, other = false;
	struct dirent **names;
	int n, i;

	n = scandir(dir, &names, NULL, alphasort);
	if (n < 0)
		return fail(ST_FAILED, "%s: cannot read %s: %s", cmd, dir, strerror(errno));
	for (i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", dir, names[i]->d_name);
		enum use use = use_of_pin(path, name, id);

		used |= use == USE_IT;
		other |= use == USE_ANOTHER || use == USE_UNKNOWN;
		free(path);
		free(names[i]);
	}
	free(names);
	if (used && !other)
		return ST_OK;
	return fail(ST_STALE, "%s: %s pinned in %s %s map '%s' that is pinned there, as after an interrupted change; apply or attach the policy again",
		    cmd, used ? "not every program" : "no program", dir,
		    used ? "has its mode in the" : "uses the", name);
}
