/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What apply notes of a policy that it attached.
 *
 * The note is a frozen map of one entry, pinned among the policy's maps: it
 * appears, moves and goes together with the pins of the links, in the same
 * rename, and a reboot takes both.  A file beside the BPF file system could
 * tell another story than the pins.
 */
#ifndef LSMSLOT_RECORD_H
#define LSMSLOT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "path_glob.h"
#include "sha256.h"

#define RECORD_NAME "lsmslot-record"

/**
 * struct record_program - which link and program it was
 */
struct record_program {
	char *name;
	__u32 prog_id, link_id;
};

/**
 * struct record - the note
 * @policy: its name
 * @file: absolute path of the policy file
 * @object: path of the object
 * @digest: of what its programs are made of
 * @maps: names of the maps whose entries the file gave
 * @programs: the programs attached
 */
struct record {
	char *policy, *file, *object;
	char digest[SHA256_TEXT];
	struct string_list maps;
	struct record_program *programs;
	size_t nr_programs;
};

/* Reads the note from map @fd; 0 or a negative errno, -EBADMSG if it is none. */
int record_read(struct record *record, int fd);
/* The same from the map's text. */
int record_parse(struct record *record, const char *text);

/* Makes the map; its file descriptor or a negative errno. */
int record_make(const struct record *record);

void record_add_program(struct record *record, const char *name, __u32 prog_id, __u32 link_id);
const struct record_program *record_program(const struct record *record, const char *name);
bool record_has_map(const struct record *record, const char *name);
void record_free(struct record *record);

#endif /* LSMSLOT_RECORD_H */
