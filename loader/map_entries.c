// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The entries that a policy file wants in a map. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host_ids.h"
#include "map_entries.h"
#include "path_glob.h"

/* No kernel takes larger keys, and hardly a larger value. */
#define SIZE_LIMIT (1u << 20)

/**
 * struct reader - what reading a map's entries needs
 * @name: of the map, for errors
 * @key_type, @value_type: BTF type ids
 * @key_special: how keys are written
 */
struct reader {
	struct map_entries *entries;
	const struct encode *encode;
	const struct bpf_map *map;
	const char *name;
	__u32 key_type, value_type;
	enum encode_special key_special;
};

bool map_takes_entries(enum bpf_map_type type)
{
	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH ||
	       type == BPF_MAP_TYPE_LPM_TRIE || type == BPF_MAP_TYPE_ARRAY;
}

static size_t hash(const void *key, size_t size)
{
	const unsigned char *p = key;
	uint64_t h = 14695981039346656037ULL;

	while (size--)
		h = (h ^ *p++) * 1099511628211ULL;
	return h ^ h >> 32;
}

/* Where @key is in the index, or the free place for it. */
static size_t *place(const struct map_entries *entries, const void *key)
{
	size_t i = hash(key, entries->key_size);

	for (;; i++) {
		size_t *at = &entries->index[i & (entries->index_size - 1)];

		if (!*at || !memcmp(entries->v[*at - 1].key, key, entries->key_size))
			return at;
	}
}

const struct map_entry *map_entries_find(const struct map_entries *entries, const void *key)
{
	size_t *at;

	if (!entries->n)
		return NULL;
	at = place(entries, key);
	return *at ? &entries->v[*at - 1] : NULL;
}

/* Keeps the index at most half full. */
static void grow(struct map_entries *entries)
{
	size_t i;

	if (2 * (entries->n + 1) <= entries->index_size)
		return;
	entries->index_size = entries->index_size ? 2 * entries->index_size : 64;
	free(entries->index);
	entries->index = xcalloc(entries->index_size, sizeof(*entries->index));
	for (i = 0; i < entries->n; i++)
		*place(entries, entries->v[i].key) = i + 1;
}

static void *copy(const void *bytes, size_t size)
{
	return memcpy(xcalloc(size, 1), bytes, size);
}

static int fail_conflict(const struct reader *r, const struct map_entry *old, const yaml_node_t *node,
			 const char *label)
{
	return yaml_fail(r->encode->yaml, node, ST_USAGE,
			 "map '%s': %s is given two values, the other one in line %zu as %s",
			 r->name, label, yaml_line(old->node), old->label);
}

static int add(const struct reader *r, const void *key, const void *value, const char *label,
	       const yaml_node_t *node, enum entry_origin origin)
{
	struct map_entries *entries = r->entries;
	struct map_entry *old;
	size_t *at;

	grow(entries);
	at = place(entries, key);
	if (*at) {
		old = &entries->v[*at - 1];
		if (old->origin < origin)
			return ST_OK;
		if (old->origin == origin)
			return memcmp(old->value, value, entries->value_size) ?
			       fail_conflict(r, old, node, label) : ST_OK;
		free(old->value);
		free(old->label);
		old->value = copy(value, entries->value_size);
		old->label = xstrdup(label);
		old->node = node;
		old->origin = origin;
		return ST_OK;
	}
	entries->v = xreallocarray(entries->v, entries->n + 1, sizeof(*entries->v));
	entries->v[entries->n++] = (struct map_entry){
		.key = copy(key, entries->key_size),
		.value = copy(value, entries->value_size),
		.label = xstrdup(label),
		.node = node,
		.origin = origin,
	};
	*at = entries->n;
	return ST_OK;
}

/**
 * struct entry_text - one entry as the file has it
 * @key: its key
 * @value: NULL for 1
 * @parents: value of the folders above, or NULL
 * @optional: matching nothing is no error
 */
struct entry_text {
	const yaml_node_t *key, *value, *parents;
	bool optional;
};

/* A mapping with a member "key" is an entry, anything else a key. */
static int read_text(const struct reader *r, yaml_node_t *item, struct entry_text *text)
{
	static const char *const keys[] = { "key", "value", "parents", "optional", NULL };
	struct yaml_doc *yaml = r->encode->yaml;
	yaml_node_t *optional;
	int status;

	*text = (struct entry_text){ .key = item };
	if (!yaml_is_map(item))
		return ST_OK;
	text->key = yaml_member(yaml, item, "key");
	if (!text->key) {
		const struct btf_type *t;
		enum encode_special special;

		t = encode_resolve(r->encode->btf, r->key_type, NULL, &special);
		text->key = item;
		if (t && btf_is_composite(t) && special == ENCODE_PLAIN)
			return ST_OK;
		return yaml_fail(yaml, item, ST_USAGE, "the entry of map '%s' has no 'key'", r->name);
	}
	status = yaml_check_keys(yaml, item, "an entry", keys);
	if (status)
		return status;
	text->value = yaml_member(yaml, item, "value");
	text->parents = yaml_member(yaml, item, "parents");
	optional = yaml_member(yaml, item, "optional");
	if (optional)
		status = yaml_get_bool(yaml, optional, "optional", &text->optional);
	if (!status && text->parents && r->key_special != ENCODE_INODE)
		status = yaml_fail(yaml, text->parents, ST_USAGE,
				   "'parents' is for keys that are paths of files; those of map '%s' are not",
				   r->name);
	return status;
}

static int read_value(const struct reader *r, const struct entry_text *text, void *value)
{
	enum encode_special special;
	const struct btf_type *t;
	char *what;
	int status;

	if (text->value) {
		what = xasprintf("the value in map '%s'", r->name);
		status = encode_value(r->encode, text->value, what, r->value_type, value,
				      r->entries->value_size);
		free(what);
		return status;
	}
	t = encode_resolve(r->encode->btf, r->value_type, NULL, &special);
	if (!t || !btf_is_int(t) || t->size > 8 ||
	    (special != ENCODE_PLAIN && special != ENCODE_BIG_ENDIAN))
		return yaml_fail(r->encode->yaml, text->key, ST_USAGE,
				 "the entry of map '%s' has no 'value'; write {key: KEY, value: VALUE}", r->name);
	memset(value, 0, r->entries->value_size);
	/* The last byte is the lowest of a number in network byte order. */
	((char *)value)[special == ENCODE_BIG_ENDIAN ? t->size - 1 : 0] = 1;
	return ST_OK;
}

/**
 * struct passed - what a pattern leaves out
 * @n: how many
 * @first, @err: the first, and why
 */
struct passed {
	size_t n;
	char *first;
	int err;
};

/*
 * Users who write where a pattern looks can make names that lead nowhere, or to
 * what not even root gets at.  These must not keep a policy from being applied.
 */
static bool may_pass(int err)
{
	switch (-err) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EACCES:
	case EPERM:
	case ENOTCONN:		/* FUSE without its daemon */
	case ECONNABORTED:
	case ENODEV:
	case ENODATA:		/* in no mount of ours: by a link into /proc */
		return true;
	}
	return false;
}

static void pass(struct passed *passed, const char *path, int err)
{
	if (passed->n++)
		return;
	passed->first = xstrdup(path);
	passed->err = err;
}

static int pass_folder(const char *folder, int err, void *data)
{
	if (!may_pass(err))
		return err;
	pass(data, folder, err);
	return 0;
}

static int add_parents(const struct reader *r, const char *path, const yaml_node_t *parents)
{
	void *value = xcalloc(r->entries->value_size, 1);
	char *real = realpath(path, NULL), *slash, *what;
	struct lsmslot_inode_id id;
	int status, err = real ? 0 : -errno;

	if (err) {
		free(value);
		return yaml_fail(r->encode->yaml, parents, ST_FAILED, "cannot tell the folders above %s: %s",
				 path, strerror(-err));
	}
	what = xasprintf("'parents' in map '%s'", r->name);
	status = encode_value(r->encode, parents, what, r->value_type, value, r->entries->value_size);
	free(what);
	while (!status && strcmp(real, "/")) {
		slash = strrchr(real, '/');
		slash[slash == real] = '\0';
		err = inode_id_of_path(real, &id);
		if (err)
			status = yaml_fail(r->encode->yaml, parents, ST_FAILED, "%s: %s", real,
					   strerror(-err));
		else
			status = add(r, &id, value, real, parents, ENTRY_PARENT);
	}
	free(real);
	free(value);
	return status;
}

/* True if the file at @path, which a pattern found, is left out. */
static bool pass_file(const char *path, const struct entry_text *text, struct passed *passed)
{
	struct lsmslot_inode_id id;
	struct stat st;
	int err = inode_id_of_path(path, &id);
	char *real;

	/* It went away since it was listed. */
	if (err == -ENOENT && lstat(path, &st))
		return true;
	if (!err && text->parents) {
		real = realpath(path, NULL);
		err = real ? 0 : -errno;
		free(real);
	}
	/* Nothing is mounted there. */
	if (!err && path_is_automount(path))
		err = -ENODEV;
	if (!err || !may_pass(err))
		return false;
	pass(passed, path, err);
	return true;
}

/* Adds the file at @path; one that went away since it was listed is left out. */
static int add_file(const struct reader *r, const char *path, const struct entry_text *text,
		    const void *value, enum entry_origin origin, size_t *added)
{
	struct lsmslot_inode_id id;
	struct stat st;
	int status, err;

	err = inode_id_of_path(path, &id);
	if (!err && path_is_automount(path))
		return yaml_fail(r->encode->yaml, text->key, ST_NOT_FOUND,
				 "map '%s': nothing is mounted at %s, which is the automounter's; mount it first",
				 r->name, path);
	if (err == -ENOENT && lstat(path, &st) && (origin == ENTRY_GLOB || text->optional))
		return ST_OK;
	if (err == -ENOENT && !lstat(path, &st))
		return yaml_fail(r->encode->yaml, text->key, ST_NOT_FOUND,
				 "map '%s': %s is a symbolic link that leads nowhere", r->name, path);
	if (err == -ENOENT)
		return yaml_fail(r->encode->yaml, text->key, ST_NOT_FOUND,
				 "map '%s': there is no file %s; mark the entry 'optional: true' if that is no error",
				 r->name, path);
	if (err)
		return yaml_fail(r->encode->yaml, text->key, ST_FAILED, "map '%s': %s: %s",
				 r->name, path, strerror(-err));
	++*added;
	status = add(r, &id, value, path, text->key, origin);
	if (!status && text->parents)
		status = add_parents(r, path, text->parents);
	return status;
}

static int add_files(const struct reader *r, const struct entry_text *text, const void *value)
{
	struct yaml_doc *yaml = r->encode->yaml;
	const char *path = yaml_text(text->key);
	struct string_list paths = {};
	size_t added = 0, i;
	struct passed passed = {};
	int status = ST_OK, err;
	char *where;

	if (!path || *path != '/')
		return yaml_fail(yaml, text->key, ST_USAGE,
				 "the key in map '%s' has to be a path that begins with '/', not %s",
				 r->name, path ? path : yaml_kind(text->key));
	if (!path_is_glob(path))
		return add_file(r, path, text, value, ENTRY_NAMED, &added);
	err = path_glob(path, &paths, &where, pass_folder, &passed);
	if (err)
		status = yaml_fail(yaml, text->key, ST_FAILED, "map '%s': cannot read %s: %s", r->name,
				   where ? where : path, strerror(-err));
	free(where);
	for (i = 0; !status && i < paths.n; i++)
		if (!pass_file(paths.v[i], text, &passed))
			status = add_file(r, paths.v[i], text, value, ENTRY_GLOB, &added);
	string_list_free(&paths);
	if (!status && passed.n && !added && !text->optional)
		status = yaml_fail(yaml, text->key, ST_NOT_FOUND,
				   "map '%s': of what matches %s nothing can be an entry (%zu left out, first %s: %s); mark the entry 'optional: true' if that is no error",
				   r->name, path, passed.n, passed.first, strerror(-passed.err));
	else if (!status && passed.n)
		yaml_warn(yaml, text->key, "map '%s': %zu of what matches %s left out, first %s: %s",
			  r->name, passed.n, path, passed.first, strerror(-passed.err));
	free(passed.first);
	if (!status && !added && !text->optional)
		status = yaml_fail(yaml, text->key, ST_NOT_FOUND,
				   "map '%s': no file matches %s; mark the entry 'optional: true' if that is no error",
				   r->name, path);
	return status;
}

/* The key in words: as written if it is one, else as it was understood. */
static char *label_of(const struct reader *r, const yaml_node_t *node, const void *key)
{
	const char *text = yaml_text(node);

	return text ? xstrdup(text) :
	       encode_describe(r->encode->btf, r->key_type, key, r->entries->key_size);
}

static bool is_missing(const struct reader *r, const struct entry_text *text)
{
	const char *path = yaml_text(text->key);
	__u64 id;

	if (!text->optional || !path)
		return false;
	if (r->key_special == ENCODE_DEV)
		return dev_of_mount(path, &id) == -ENOENT || dev_of_mount(path, &id) == -ENODATA;
	return r->key_special == ENCODE_CGROUP && cgroup_id_of_path(path, &id) == -ENOENT;
}

static int add_one(const struct reader *r, const struct entry_text *text, const void *value)
{
	void *key = xcalloc(r->entries->key_size, 1);
	const struct map_entry *old;
	char *what, *label;
	__u32 number;
	int status;

	what = xasprintf("the key in map '%s'", r->name);
	status = encode_value(r->encode, text->key, what, r->key_type, key, r->entries->key_size);
	free(what);
	if (!status && bpf_map__type(r->map) == BPF_MAP_TYPE_ARRAY) {
		memcpy(&number, key, sizeof(number));
		if (number >= bpf_map__max_entries(r->map))
			status = yaml_fail(r->encode->yaml, text->key, ST_USAGE,
					   "map '%s' has no entry %u; its last one is %u", r->name,
					   number, bpf_map__max_entries(r->map) - 1);
	}
	if (!status) {
		label = label_of(r, text->key, key);
		old = map_entries_find(r->entries, key);
		if (old)
			status = yaml_fail(r->encode->yaml, text->key, ST_USAGE,
					   "map '%s': %s is listed twice, first in line %zu", r->name,
					   label, yaml_line(old->node));
		else
			status = add(r, key, value, label, text->key, ENTRY_NAMED);
		free(label);
	}
	free(key);
	return status;
}

static int add_entry(const struct reader *r, yaml_node_t *item)
{
	void *value = xcalloc(r->entries->value_size, 1);
	struct entry_text text;
	int status;

	status = read_text(r, item, &text);
	if (!status)
		status = read_value(r, &text, value);
	if (!status && r->key_special == ENCODE_INODE)
		status = add_files(r, &text, value);
	else if (!status && !is_missing(r, &text))
		status = add_one(r, &text, value);
	free(value);
	return status;
}

int map_entries_read(struct map_entries *entries, const struct encode *encode,
		     const struct bpf_map *map, const yaml_node_t *list)
{
	struct reader r = {
		.entries = entries,
		.encode = encode,
		.map = map,
		.name = bpf_map__name(map),
		.key_type = bpf_map__btf_key_type_id(map),
		.value_type = bpf_map__btf_value_type_id(map),
	};
	int status = ST_OK;
	size_t i;

	memset(entries, 0, sizeof(*entries));
	if (!map_takes_entries(bpf_map__type(map)))
		return yaml_fail(encode->yaml, list, ST_USAGE,
				 "map '%s' is of type %s and takes no entries from a file; those of types hash, lru_hash, lpm_trie and array do",
				 r.name, libbpf_bpf_map_type_str(bpf_map__type(map)));
	if (!r.key_type || !r.value_type)
		return yaml_fail(encode->yaml, list, ST_FAILED,
				 "the object does not tell the types of map '%s'; define it with __type(key, ...) and __type(value, ...)",
				 r.name);
	entries->key_size = bpf_map__key_size(map);
	entries->value_size = bpf_map__value_size(map);
	if (btf__resolve_size(encode->btf, r.key_type) != (__s64)entries->key_size ||
	    btf__resolve_size(encode->btf, r.value_type) != (__s64)entries->value_size ||
	    (bpf_map__type(map) == BPF_MAP_TYPE_ARRAY && entries->key_size != sizeof(__u32)))
		return yaml_fail(encode->yaml, list, ST_FAILED,
				 "the object gives the keys or values of map '%s' other sizes than their types; define it with __type(key, ...) and __type(value, ...)",
				 r.name);
	if (entries->key_size > SIZE_LIMIT || entries->value_size > SIZE_LIMIT)
		return yaml_fail(encode->yaml, list, ST_FAILED,
				 "map '%s' has keys of %zu and values of %zu bytes; a policy file gives at most %u",
				 r.name, entries->key_size, entries->value_size, SIZE_LIMIT);
	encode_resolve(encode->btf, r.key_type, NULL, &r.key_special);
	for (i = 0; !status && i < yaml_length(list); i++)
		status = add_entry(&r, yaml_item(encode->yaml, list, i));
	if (!status && entries->n > bpf_map__max_entries(map))
		status = yaml_fail(encode->yaml, list, ST_USAGE,
				   "map '%s' holds at most %u entries, these are %zu", r.name,
				   bpf_map__max_entries(map), entries->n);
	return status;
}

void map_entries_free(struct map_entries *entries)
{
	size_t i;

	for (i = 0; i < entries->n; i++) {
		free(entries->v[i].key);
		free(entries->v[i].value);
		free(entries->v[i].label);
	}
	free(entries->v);
	free(entries->index);
	memset(entries, 0, sizeof(*entries));
}
