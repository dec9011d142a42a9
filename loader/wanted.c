// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A policy of a policy file together with its object. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <lsmslot/event.h>

#include "constants.h"
#include "wanted.h"

bool wanted_pins_map(const struct wanted *w, const struct bpf_map *map)
{
	size_t i;

	for (i = 0; i < w->nr_own_pins; i++)
		if (w->own_pins[i].map == map)
			return false;
	return bpf_map__autocreate(map) && !bpf_map__is_internal(map) && !bpf_map__pin_path(map);
}

const struct wanted_map *wanted_map(const struct wanted *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->nr_maps; i++)
		if (!strcmp(bpf_map__name(w->maps[i].map), name))
			return &w->maps[i];
	return NULL;
}

static char *map_names(const struct bpf_object *obj)
{
	char *text = NULL, *more;
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj) {
		if (bpf_map__is_internal(map) || !strcmp(bpf_map__name(map), MAP_SETTINGS) ||
		    !strcmp(bpf_map__name(map), MAP_SCOPE))
			continue;
		more = xasprintf("%s%s%s", text ? text : "", text ? ", " : "", bpf_map__name(map));
		free(text);
		text = more;
	}
	return text ? text : xstrdup("none");
}

static int add_map(struct wanted *w, const struct encode *encode, struct bpf_map *map,
		   const yaml_node_t *list)
{
	w->maps = xreallocarray(w->maps, w->nr_maps + 1, sizeof(*w->maps));
	w->maps[w->nr_maps].map = map;
	return map_entries_read(&w->maps[w->nr_maps++].entries, encode, map, list);
}

static int read_map(struct wanted *w, const struct encode *encode, size_t i)
{
	const yaml_node_t *maps = w->want->maps, *key = yaml_key(encode->yaml, maps, i);
	const char *name = yaml_text(key);
	struct bpf_map *map;
	char *names;
	int status;

	if (!strcmp(name, MAP_SETTINGS) || !strcmp(name, MAP_SCOPE))
		return yaml_fail(encode->yaml, key, ST_USAGE, "map '%s' is set by '%s', not here", name,
				 !strcmp(name, MAP_SCOPE) ? "scope:" : "mode:");
	map = bpf_object__find_map_by_name(w->policy.obj, name);
	if (map && !bpf_map__is_internal(map))
		return add_map(w, encode, map, yaml_value(encode->yaml, maps, i));
	names = map_names(w->policy.obj);
	status = yaml_fail(encode->yaml, key, ST_NOT_FOUND, "%s has no map '%s'; it has: %s",
			   w->want->object, name, names);
	free(names);
	return status;
}

static int read_scope(struct wanted *w, const struct encode *encode)
{
	const yaml_node_t *scope = w->want->scope;
	struct bpf_map *map = bpf_object__find_map_by_name(w->policy.obj, MAP_SCOPE);
	enum encode_special special = ENCODE_PLAIN;
	int status;
	size_t i;

	if (!scope)
		return ST_OK;
	if (map)
		encode_resolve(encode->btf, bpf_map__btf_key_type_id(map), NULL, &special);
	if (special != ENCODE_CGROUP)
		return yaml_fail(encode->yaml, scope, ST_NOT_FOUND,
				 "%s has no map '" MAP_SCOPE "' of cgroups: the policy counts everywhere or nowhere",
				 w->want->object);
	for (i = 0; i < yaml_length(scope); i++)
		if (yaml_is_map(yaml_item(encode->yaml, scope, i)))
			return yaml_fail(encode->yaml, yaml_item(encode->yaml, scope, i), ST_USAGE,
					 "'scope' has a mapping in it; write the paths of cgroups");
	status = add_map(w, encode, map, scope);
	if (!status)
		status = constant_set_scoped(w->policy.obj, encode, scope);
	return status;
}

static int find_settings(struct wanted *w, struct yaml_doc *yaml)
{
	struct bpf_map *map = bpf_object__find_map_by_name(w->policy.obj, MAP_SETTINGS);

	if (map && bpf_map__type(map) == BPF_MAP_TYPE_ARRAY &&
	    bpf_map__value_size(map) >= sizeof(struct lsmslot_settings))
		w->settings = map;
	if (w->want->audit && !w->settings)
		return yaml_fail(yaml, w->want->mode_node, ST_NOT_FOUND,
				 "%s has no map '" MAP_SETTINGS "': it always enforces and cannot audit",
				 w->want->object);
	return ST_OK;
}

/* What makes the programs what they are; map entries and mode are not in it. */
static void digest(struct wanted *w)
{
	struct sha256 sha;
	const void *bytes;
	struct bpf_map *map;
	size_t size, i;

	sha256_begin(&sha);
	sha256_add(&sha, w->policy.file.bytes, w->policy.file.size);
	for (i = 0; i < w->policy.n; i++)
		sha256_add(&sha, w->policy.v[i].name, strlen(w->policy.v[i].name) + 1);
	bpf_object__for_each_map(map, w->policy.obj) {
		bytes = bpf_map__is_internal(map) ? bpf_map__initial_value(map, &size) : NULL;
		if (bytes)
			sha256_add(&sha, bytes, size);
	}
	sha256_end(&sha, w->digest);
}

static void find_own_pins(struct wanted *w)
{
	struct bpf_map *map;
	const char *path;

	bpf_object__for_each_map(map, w->policy.obj) {
		path = bpf_map__pin_path(map);
		if (!path || !access(path, F_OK))
			continue;
		w->own_pins = xreallocarray(w->own_pins, w->nr_own_pins + 1, sizeof(*w->own_pins));
		w->own_pins[w->nr_own_pins++] = (struct own_pin){ .map = map, .path = xstrdup(path) };
		bpf_map__set_pin_path(map, NULL);
	}
}

static int open_one(struct wanted *w, struct policy_file *file, const char *cmd,
		    const struct policy_want *want, const struct hooks *hooks)
{
	struct encode encode = { .yaml = &file->yaml };
	const yaml_node_t *node = want->programs_node ? want->programs_node : want->object_node;
	int status;
	size_t i;

	w->want = want;
	w->who = xasprintf("%s: %s:%zu: policy '%s'", cmd, file->yaml.path, yaml_line(node), want->name);
	policy_speak_as(w->who, "'programs: [NAME]'");
	status = policy_open(&w->policy, want->object, want->programs, want->nr_programs);
	if (status) {
		memset(&w->policy, 0, sizeof(w->policy));
		return status;
	}
	status = policy_check_hooks(&w->policy, hooks);
	if (status)
		return status;
	find_own_pins(w);
	encode.btf = bpf_object__btf(w->policy.obj);
	if (!encode.btf)
		return fail(ST_FAILED, "%s: %s tells no types; build it with 'clang -g'", w->who, want->object);
	status = find_settings(w, &file->yaml);
	if (!status && want->constants)
		status = constants_set(w->policy.obj, &encode, want->constants, want->object);
	if (!status)
		status = read_scope(w, &encode);
	for (i = 0; !status && want->maps && i < yaml_length(want->maps); i++)
		status = read_map(w, &encode, i);
	if (!status)
		digest(w);
	return status;
}

/*
 * Each program, link and map of each policy is a descriptor, twice while it is
 * replaced: more than the 1024 that processes get for the sake of select().
 */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int wanted_open(struct wanted_set *set, const char *cmd, const char *path,
		const struct hooks *hooks)
{
	int status;
	size_t i;

	raise_descriptor_limit();
	memset(set, 0, sizeof(*set));
	status = policy_file_open(&set->file, cmd, path);
	if (status)
		return status;
	set->v = xcalloc(set->file.n, sizeof(*set->v));
	set->n = set->file.n;
	for (i = 0; !status && i < set->n; i++)
		status = open_one(&set->v[i], &set->file, cmd, &set->file.v[i], hooks);
	if (!status)
		status = wanted_check_shared(set);
	if (status)
		wanted_close(set);
	return status;
}

/* A map that an earlier policy of the file makes for the same pin. */
static int share_pins(struct wanted_set *set, size_t index)
{
	struct wanted *w = &set->v[index];
	size_t i, j, k;
	int err = 0;

	for (i = 0; i < w->nr_own_pins; i++)
		for (j = 0; j < index; j++)
			for (k = 0; !err && set->v[j].loaded && k < set->v[j].nr_own_pins; k++)
				if (!strcmp(set->v[j].own_pins[k].path, w->own_pins[i].path))
					err = bpf_map__reuse_fd(w->own_pins[i].map,
								bpf_map__fd(set->v[j].own_pins[k].map));
	return err ? fail(ST_FAILED, "%s: cannot share a map with another policy: %s", w->who,
			  strerror(-err)) : ST_OK;
}

int wanted_load(struct wanted_set *set, size_t index, bool full_log)
{
	struct wanted *w = &set->v[index];
	int status = share_pins(set, index);

	if (status)
		return status;
	policy_speak_as(w->who, "'programs: [NAME]'");
	status = policy_load(&w->policy, full_log);
	w->loaded = !status;
	return status;
}

static int fail_fill(const struct wanted *w, const struct bpf_map *map, const char *label, int err)
{
	return fail(ST_FAILED, "%s: cannot add %s to map '%s': %s", w->who, label, bpf_map__name(map),
		    strerror(-err));
}

static int fill_map(const struct wanted *w, const struct wanted_map *m)
{
	const struct map_entries *entries = &m->entries;
	size_t i;
	int err;

	for (i = 0; i < entries->n; i++) {
		err = bpf_map_update_elem(bpf_map__fd(m->map), entries->v[i].key, entries->v[i].value, BPF_ANY);
		if (err)
			return fail_fill(w, m->map, entries->v[i].label, err);
	}
	return ST_OK;
}

int wanted_fill(struct wanted *w)
{
	int status = ST_OK, err;
	__u32 zero = 0;
	void *value;
	size_t i;

	for (i = 0; !status && i < w->nr_maps; i++)
		if (!bpf_map__pin_path(w->maps[i].map))
			status = fill_map(w, &w->maps[i]);
	if (status || !w->settings || bpf_map__pin_path(w->settings))
		return status;
	value = xcalloc(1, bpf_map__value_size(w->settings));
	((struct lsmslot_settings *)value)->mode = w->want->audit ? LSMSLOT_AUDIT : LSMSLOT_ENFORCE;
	err = bpf_map_update_elem(bpf_map__fd(w->settings), &zero, value, BPF_ANY);
	free(value);
	return err ? fail_fill(w, w->settings, "the mode", err) : ST_OK;
}

void wanted_close(struct wanted_set *set)
{
	size_t i, j;

	for (i = 0; i < set->n; i++) {
		struct wanted *w = &set->v[i];

		for (j = 0; j < w->nr_maps; j++)
			map_entries_free(&w->maps[j].entries);
		free(w->maps);
		for (j = 0; j < w->nr_own_pins; j++)
			free(w->own_pins[j].path);
		free(w->own_pins);
		policy_close(&w->policy);
		free(w->who);
	}
	free(set->v);
	policy_file_close(&set->file);
	memset(set, 0, sizeof(*set));
}
