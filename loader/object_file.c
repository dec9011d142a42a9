// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The bytes of a BPF object, read once. */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lsmslot.h"
#include "object_file.h"
#include "read_all.h"

/* Against a file without an end: it is read into memory. */
#define OBJECT_MAX (256u << 20)

static int fail_read(const char *who, const char *path, int err)
{
	return fail(err == ENOENT ? ST_NOT_FOUND : err == EACCES ? ST_PERM : ST_FAILED,
		    "%s: cannot read the object %s: %s%s", who, path, strerror(err),
		    err == ENOENT ? "; installed ones are in /usr/lib/lsmslot" : "");
}

/* Opening a device or a pipe could do or wait for something: only a file is opened. */
static int open_regular(const char *who, const char *path, int *fd)
{
	struct stat st;

	if (stat(path, &st))
		return fail_read(who, path, errno);
	if (!S_ISREG(st.st_mode))
		return fail(ST_FAILED, "%s: %s is not a BPF object: it is no regular file", who, path);
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return *fd < 0 ? fail_read(who, path, errno) : ST_OK;
}

int object_file_read(struct object_file *file, const char *who, const char *path)
{
	int status, err, fd = -1;

	memset(file, 0, sizeof(*file));
	status = open_regular(who, path, &fd);
	if (status)
		return status;
	err = read_all(fd, OBJECT_MAX, &file->bytes, &file->size);
	close(fd);
	if (err == -EFBIG)
		return fail(ST_FAILED, "%s: %s is not a BPF object: it is larger than %u MiB", who,
			    path, OBJECT_MAX >> 20);
	return err ? fail_read(who, path, -err) : ST_OK;
}

void object_file_free(struct object_file *file)
{
	free(file->bytes);
	memset(file, 0, sizeof(*file));
}

static struct btf *types_of(Elf *elf)
{
	Elf_Scn *section = NULL;
	Elf_Data *data;
	GElf_Shdr head;
	const char *name;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &head))
			return NULL;
		name = elf_strptr(elf, names, head.sh_name);
		if (!name || strcmp(name, BTF_ELF_SEC))
			continue;
		data = elf_getdata(section, NULL);
		return data ? btf__new(data->d_buf, data->d_size) : NULL;
	}
	return NULL;
}

struct btf *object_file_types(const struct object_file *file)
{
	struct btf *btf = NULL;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory(file->bytes, file->size);
	if (elf)
		btf = types_of(elf);
	elf_end(elf);
	return btf;
}
