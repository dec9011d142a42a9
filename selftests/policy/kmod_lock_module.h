/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of kmod-lock: the smallest module that this kernel loads, made
 * here. It has no code; its struct module is as the kernel's BTF says.
 */
#ifndef POLICY_TEST_MODULE_H
#define POLICY_TEST_MODULE_H

#include <bpf/btf.h>
#include <elf.h>
#include <sys/utsname.h>

#include "testing.h"

struct module_image {
	char data[16384];
	size_t size;
};

static inline void module_layout(__u32 *size, __u32 *name)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const struct btf_type *type;
	const struct btf_member *member;
	int id;

	id = btf ? btf__find_by_name_kind(btf, "module", BTF_KIND_STRUCT) : -1;
	if (id < 0)
		test_bail("this kernel has no struct module");
	type = btf__type_by_id(btf, id);
	*size = type->size;
	member = btf_members(type);
	for (int i = 0; i < btf_vlen(type); i++, member++)
		if (!strcmp(btf__name_by_offset(btf, member->name_off), "name"))
			*name = btf_member_bit_offset(type, i) / 8;
	btf__free(btf);
}

static inline size_t module_put(struct module_image *image, const void *data, size_t size)
{
	size_t at = (image->size + 63) & ~63UL;

	if (at + size > sizeof(image->data))
		test_bail("module too large");
	if (data)
		memcpy(image->data + at, data, size);
	image->size = at + size;
	return at;
}

/* @twice: two sections of the module's own, which the kernel refuses. */
static inline void module_make(struct module_image *image, const char *name, bool twice)
{
	static const char names[] = "\0.gnu.linkonce.this_module\0.modinfo\0.shstrtab\0"
				    ".symtab\0.strtab\0.text";
	Elf64_Shdr sections[8] = {};
	Elf64_Ehdr header = {
		.e_ident = ELFMAG "\2\1\1",
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = 1,
		.e_ehsize = sizeof(header),
		.e_shentsize = sizeof(sections[0]),
		.e_shnum = twice ? 8 : 7,
		.e_shstrndx = 3,
	};
	__u32 module_size = 0, name_at = 0;
	Elf64_Sym symbols[1] = {};
	struct utsname host;
	char info[256];
	int length;

	module_layout(&module_size, &name_at);
	uname(&host);
	length = snprintf(info, sizeof(info),
			  "name=%s%clicense=GPL%cretpoline=Y%cvermagic=%s SMP preempt mod_unload ",
			  name, 0, 0, 0, host.release) + 1;
	memset(image, 0, sizeof(*image));
	module_put(image, &header, sizeof(header));
	sections[1] = (Elf64_Shdr){
		.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | SHF_WRITE,
		.sh_addralign = 64, .sh_size = module_size,
	};
	sections[1].sh_offset = module_put(image, NULL, module_size);
	snprintf(image->data + sections[1].sh_offset + name_at, 56, "%s", name);
	sections[2] = (Elf64_Shdr){
		.sh_name = 27, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC,
		.sh_addralign = 1, .sh_size = length,
	};
	sections[2].sh_offset = module_put(image, info, length);
	sections[3] = (Elf64_Shdr){
		.sh_name = 36, .sh_type = SHT_STRTAB, .sh_addralign = 1,
		.sh_size = sizeof(names),
	};
	sections[3].sh_offset = module_put(image, names, sizeof(names));
	sections[4] = (Elf64_Shdr){
		.sh_name = 46, .sh_type = SHT_SYMTAB, .sh_addralign = 8,
		.sh_size = sizeof(symbols), .sh_entsize = sizeof(symbols[0]),
		.sh_link = 5, .sh_info = 1,
	};
	sections[4].sh_offset = module_put(image, symbols, sizeof(symbols));
	sections[5] = (Elf64_Shdr){
		.sh_name = 54, .sh_type = SHT_STRTAB, .sh_addralign = 1, .sh_size = 1,
	};
	sections[5].sh_offset = module_put(image, "", 1);
	sections[6] = (Elf64_Shdr){
		.sh_name = 62, .sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC | SHF_EXECINSTR, .sh_addralign = 16, .sh_size = 16,
	};
	sections[6].sh_offset = module_put(image, NULL, 16);
	sections[7] = sections[1];
	header.e_shoff = module_put(image, sections, header.e_shnum * sizeof(sections[0]));
	memcpy(image->data, &header, sizeof(header));
}

#endif /* POLICY_TEST_MODULE_H */
