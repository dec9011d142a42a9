// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The symbols of a BPF object, before libbpf relies on them. */
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "elf_check.h"

struct file {
	const unsigned char *bytes;
	size_t size;
};

static bool lies_in(Elf64_Xword at, Elf64_Xword len, Elf64_Xword size)
{
	return at <= size && len <= size - at;
}

/* Section @i of @head; false if the file has none there. */
static bool section(const struct file *f, const Elf64_Ehdr *head, size_t i, Elf64_Shdr *s)
{
	size_t at = i * sizeof(*s);

	if (i >= head->e_shnum || !lies_in(head->e_shoff, at + sizeof(*s), f->size))
		return false;
	memcpy(s, f->bytes + head->e_shoff + at, sizeof(*s));
	return true;
}

static bool symbols_inside(const struct file *f, const Elf64_Ehdr *head, const Elf64_Shdr *table)
{
	Elf64_Shdr s;
	Elf64_Sym sym;
	size_t i;

	for (i = 0; i < table->sh_size / sizeof(sym); i++) {
		memcpy(&sym, f->bytes + table->sh_offset + i * sizeof(sym), sizeof(sym));
		if (sym.st_shndx == SHN_UNDEF || sym.st_shndx >= SHN_LORESERVE)
			continue;
		if (!section(f, head, sym.st_shndx, &s) || !lies_in(sym.st_value, sym.st_size, s.sh_size))
			return false;
	}
	return true;
}

static const char *check(const struct file *f)
{
	Elf64_Ehdr head;
	Elf64_Shdr s;
	size_t i;

	if (f->size < sizeof(head))
		return NULL;
	memcpy(&head, f->bytes, sizeof(head));
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_ident[EI_DATA] != ELFDATA2LSB)
		return NULL;
	/* Counted elsewhere then, for libelf to find. */
	if ((!head.e_shnum && head.e_shoff) || head.e_shstrndx == SHN_XINDEX)
		return "it has more sections than one can have";
	for (i = 0; section(f, &head, i, &s); i++) {
		if (s.sh_type != SHT_NOBITS && !lies_in(s.sh_offset, s.sh_size, f->size))
			return "a section lies outside of the file";
		if (s.sh_type == SHT_SYMTAB && !symbols_inside(f, &head, &s))
			return "a symbol lies outside of its section";
	}
	return NULL;
}

const char *elf_check(const void *bytes, size_t size)
{
	struct file f = { bytes, size };

	return check(&f);
}
