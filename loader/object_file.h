/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The bytes of a BPF object, read once. */
#ifndef LSMSLOT_OBJECT_FILE_H
#define LSMSLOT_OBJECT_FILE_H

#include <stddef.h>

#include <bpf/btf.h>

/**
 * struct object_file - an object as it was when it was read
 *
 * All that looks at the object looks at this: were the file read a second time, what
 * is loaded could be another than what was checked or noted.
 */
struct object_file {
	void *bytes;
	size_t size;
};

/*
 * Reads the file at @path; @who begins errors.  Returns an enum status;
 * object_file_free() frees.
 */
int object_file_read(struct object_file *file, const char *who, const char *path);
void object_file_free(struct object_file *file);

/* Its types, to be freed, as they are; NULL if there are none that can be read. */
struct btf *object_file_types(const struct object_file *file);

#endif /* LSMSLOT_OBJECT_FILE_H */
