// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The maps that policies share: settings and counters. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "mappins.h"
#include "pins.h"
#include "polmaps.h"

static __u32 *map_ids_of(int fd, __u32 *n)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info), *ids;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return NULL;
	*n = info.nr_map_ids;
	ids = xcalloc(*n, sizeof(*ids));
	memset(&info, 0, sizeof(info));
	info.nr_map_ids = *n;
	info.map_ids = (unsigned long)ids;
	len = sizeof(info);
	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		free(ids);
		return NULL;
	}
	return ids;
}

__u32 *program_map_ids(__u32 id, __u32 *n)
{
	int fd = bpf_prog_get_fd_by_id(id);
	__u32 *ids = NULL;

	if (fd >= 0) {
		ids = map_ids_of(fd, n);
		close(fd);
	}
	return ids;
}

bool map_id_in(const __u32 *ids, __u32 n, __u32 id)
{
	__u32 i;

	for (i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
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

enum map_use program_map_use(__u32 prog_id, const char *name, __u32 map_id)
{
	__u32 n = 0, *ids = program_map_ids(prog_id, &n), i;
	enum map_use use = MAP_UNUSED;

	if (!ids)
		return MAP_UNKNOWN;
	if (map_id_in(ids, n, map_id))
		use = MAP_USED;
	for (i = 0; use == MAP_UNUSED && i < n; i++)
		if (has_name(ids[i], name))
			use = MAP_OTHER;
	free(ids);
	return use;
}

/*
 * Opens DIR/maps/@name of one of @link's pins.  A map that the program does
 * not use, or of another layout, is none: its name may mean something else.
 */
static int open_map(const struct lsm_link *link, const char *name, __u32 type, __u32 value_size,
		    __u32 max_entries, __u32 *id, size_t *pin)
{
	__u32 *ids, nr_ids = 0;
	int found = -1;
	size_t i;

	ids = link->nr_pins ? program_map_ids(link->prog_id, &nr_ids) : NULL;
	for (i = 0; ids && found < 0 && i < link->nr_pins; i++) {
		struct bpf_map_info info = {};
		__u32 len = sizeof(info);
		enum pin_kind kind;
		char *path;
		int fd;

		path = xasprintf("%.*s/" MAP_PINS "/%s",
				 (int)(strrchr(link->pins[i], '/') - link->pins[i]),
				 link->pins[i], name);
		fd = pin_open(path, &kind);
		free(path);
		if (fd < 0)
			continue;
		if (kind == PIN_MAP && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
		    info.type == type && info.key_size == sizeof(__u32) &&
		    info.value_size == value_size && info.max_entries == max_entries &&
		    map_id_in(ids, nr_ids, info.id)) {
			found = fd;
			*id = info.id;
			*pin = i;
		} else {
			close(fd);
		}
	}
	free(ids);
	return found;
}

static int fail_read(const struct lsm_link *link, const char *name)
{
	return fail(ST_FAILED, "cannot read the map '%s' of link %u (program '%s'): %s",
		    name, link->id, link->prog_name, strerror(errno));
}

static int read_counters(int fd, const struct lsm_link *link, struct polmaps *maps)
{
	int cpus = libbpf_num_possible_cpus(), cpu, status = ST_OK;
	__u64 *values;
	__u32 i;

	if (cpus < 0) {
		errno = -cpus;
		return fail_read(link, "counters");
	}
	values = xcalloc(cpus, sizeof(*values));
	for (i = 0; !status && i < LSMSLOT_NR_COUNTERS; i++) {
		if (bpf_map_lookup_elem(fd, &i, values)) {
			status = fail_read(link, "counters");
			break;
		}
		for (cpu = 0; cpu < cpus; cpu++)
			maps->counters[i] += values[cpu];
	}
	free(values);
	maps->has_counters = !status;
	return status;
}

int polmaps_read(const struct lsm_link *link, struct polmaps *maps)
{
	struct lsmslot_settings settings;
	int fd, status = ST_OK;
	__u32 zero = 0, id;
	size_t pin;

	memset(maps, 0, sizeof(*maps));
	fd = open_map(link, "settings", BPF_MAP_TYPE_ARRAY, sizeof(settings), 1,
		      &id, &pin);
	if (fd >= 0) {
		if (bpf_map_lookup_elem(fd, &zero, &settings))
			status = fail_read(link, "settings");
		else
			maps->has_mode = true;
		maps->audit = maps->has_mode && settings.mode == LSMSLOT_AUDIT;
		close(fd);
	}
	if (status)
		return status;
	fd = open_map(link, "counters", BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u64),
		      LSMSLOT_NR_COUNTERS, &maps->counters_id, &maps->counters_pin);
	if (fd >= 0) {
		status = read_counters(fd, link, maps);
		close(fd);
	}
	return status;
}

const char *polmaps_mode(const struct polmaps *maps)
{
	if (!maps->has_mode)
		return "-";
	return maps->audit ? "audit" : "enforce";
}

int polmaps_check_settings(const struct policy *policy)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(policy->obj, "settings");
	const char *pin = map ? bpf_map__pin_path(map) : NULL;

	if (pin && !access(pin, F_OK))
		return fail(ST_EXISTS, "attach: --audit would turn every policy to audit that shares the map at %s, 'settings' of %s; leave --audit out, or set the mode in a policy file ('lsmslot apply')",
			    pin, policy->path);
	if (map && bpf_map__type(map) == BPF_MAP_TYPE_ARRAY &&
	    bpf_map__key_size(map) == sizeof(__u32) &&
	    bpf_map__value_size(map) == sizeof(struct lsmslot_settings))
		return ST_OK;
	return fail(ST_UNSUPPORTED, "attach: %s has no audit mode: it has %s map 'settings' of struct lsmslot_settings (lsmslot/event.h); attach it without --audit",
		    policy->path, map ? "another kind of" : "no");
}

/* Some program of @policy looks at map @fd. */
static bool in_use(const struct policy *policy, int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	bool found = false;
	size_t i;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	for (i = 0; !found && i < policy->n; i++) {
		__u32 n = 0, *ids = map_ids_of(bpf_program__fd(policy->v[i].prog), &n);

		found = ids && map_id_in(ids, n, info.id);
		free(ids);
	}
	return found;
}

int polmaps_set_audit(const struct policy *policy)
{
	const struct lsmslot_settings settings = { .mode = LSMSLOT_AUDIT };
	int fd = bpf_object__find_map_fd_by_name(policy->obj, "settings");
	__u32 zero = 0;

	if (!in_use(policy, fd))
		return fail(ST_UNSUPPORTED, "attach: %s has no audit mode: it has a map 'settings', but none of its programs looks at it; attach it without --audit",
			    policy->path);
	if (bpf_map_update_elem(fd, &zero, &settings, BPF_ANY))
		return fail(ST_FAILED, "attach: cannot set the audit mode of %s: %s",
			    policy->path, strerror(errno));
	return ST_OK;
}
