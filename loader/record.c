// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What apply notes of a policy that it attached. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <json-c/json.h>

#include "output.h"
#include "record.h"

#define FORMAT 1
#define SIZE_MAX_TEXT (1u << 20)

void record_add_program(struct record *record, const char *name, __u32 prog_id, __u32 link_id)
{
	record->programs = xreallocarray(record->programs, record->nr_programs + 1,
					 sizeof(*record->programs));
	record->programs[record->nr_programs++] = (struct record_program){
		.name = xstrdup(name), .prog_id = prog_id, .link_id = link_id,
	};
}

const struct record_program *record_program(const struct record *record, const char *name)
{
	size_t i;

	for (i = 0; i < record->nr_programs; i++)
		if (!strcmp(record->programs[i].name, name))
			return &record->programs[i];
	return NULL;
}

bool record_has_map(const struct record *record, const char *name)
{
	size_t i;

	for (i = 0; i < record->maps.n; i++)
		if (!strcmp(record->maps.v[i], name))
			return true;
	return false;
}

static void add_to(struct json_object *array, struct json_object *o)
{
	if (json_object_array_add(array, json_made(o)))
		no_memory();
}

static struct json_object *to_json(const struct record *record)
{
	struct json_object *o = json_made(json_object_new_object());
	struct json_object *a = json_made(json_object_new_array()), *p;
	size_t i;

	json_add_int(o, "format", FORMAT);
	json_add_string(o, "policy", record->policy);
	json_add_string(o, "file", record->file);
	json_add_string(o, "object", record->object);
	json_add_string(o, "digest", record->digest);
	for (i = 0; i < record->maps.n; i++)
		add_to(a, json_object_new_string(record->maps.v[i]));
	json_add(o, "maps", a);
	a = json_made(json_object_new_array());
	for (i = 0; i < record->nr_programs; i++) {
		p = json_made(json_object_new_object());
		json_add_string(p, "name", record->programs[i].name);
		json_add_int(p, "program_id", record->programs[i].prog_id);
		json_add_int(p, "link_id", record->programs[i].link_id);
		add_to(a, p);
	}
	json_add(o, "programs", a);
	return o;
}

int record_make(const struct record *record)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_RDONLY_PROG);
	struct json_object *o = to_json(record);
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE);
	__u32 zero = 0;
	int fd, err = 0;

	if (!text)
		no_memory();
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "lsmslot_record", sizeof(zero), strlen(text) + 1, 1, &opts);
	if (fd < 0)
		err = -errno;
	if (!err && (bpf_map_update_elem(fd, &zero, text, BPF_ANY) || bpf_map_freeze(fd))) {
		err = -errno;
		close(fd);
	}
	json_object_put(o);
	return err ? err : fd;
}

static char *string_of(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value) || !json_object_is_type(value, json_type_string))
		return NULL;
	return xstrdup(json_object_get_string(value));
}

static void add_map_name(struct record *record, struct json_object *name)
{
	if (json_object_is_type(name, json_type_string))
		string_list_add(&record->maps, json_object_get_string(name));
}

static __u32 number_of(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) ? json_object_get_int64(value) : 0;
}

static int from_json(struct record *record, struct json_object *o)
{
	char *digest = string_of(o, "digest"), *name;
	struct json_object *a;
	size_t i;

	record->policy = string_of(o, "policy");
	record->file = string_of(o, "file");
	record->object = string_of(o, "object");
	if (digest && strlen(digest) < sizeof(record->digest))
		strcpy(record->digest, digest);
	free(digest);
	if (json_object_object_get_ex(o, "maps", &a) && json_object_is_type(a, json_type_array))
		for (i = 0; i < json_object_array_length(a); i++)
			add_map_name(record, json_object_array_get_idx(a, i));
	if (json_object_object_get_ex(o, "programs", &a) && json_object_is_type(a, json_type_array))
		for (i = 0; i < json_object_array_length(a); i++) {
			struct json_object *p = json_object_array_get_idx(a, i);

			name = string_of(p, "name");
			if (name)
				record_add_program(record, name, number_of(p, "program_id"),
						   number_of(p, "link_id"));
			free(name);
		}
	return number_of(o, "format") == FORMAT && record->policy && record->file && record->object ?
	       0 : -EBADMSG;
}

int record_parse(struct record *record, const char *text)
{
	struct json_object *o = json_tokener_parse(text);
	int err;

	memset(record, 0, sizeof(*record));
	err = o ? from_json(record, o) : -EBADMSG;
	json_object_put(o);
	if (err)
		record_free(record);
	return err;
}

int record_read(struct record *record, int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), zero = 0;
	char *text;
	int err;

	memset(record, 0, sizeof(*record));
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.key_size != sizeof(zero) ||
	    info.max_entries != 1 || info.value_size > SIZE_MAX_TEXT)
		return -EBADMSG;
	/* The kernel writes whole multiples of 8 bytes. */
	text = xcalloc(1, info.value_size + 8);
	if (bpf_map_lookup_elem(fd, &zero, text)) {
		err = -errno;
		free(text);
		return err;
	}
	text[info.value_size] = '\0';
	err = record_parse(record, text);
	free(text);
	return err;
}

void record_free(struct record *record)
{
	size_t i;

	for (i = 0; i < record->nr_programs; i++)
		free(record->programs[i].name);
	free(record->programs);
	string_list_free(&record->maps);
	free(record->policy);
	free(record->file);
	free(record->object);
	memset(record, 0, sizeof(*record));
}
