// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod-lock: only listed kernel modules are loaded, and once locked none at all.
 *
 * A module is known by the name in it, under which the kernel will list it: the
 * hooks behind the reading see its bytes, which are the kernel's own copy by
 * then. So it makes no difference what the file is called and whether there is
 * one (init_module takes memory). Signatures cover the name, file names they do
 * not.
 *
 * docs/policies/kmod-lock.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include <lsmslot/kmod_lock.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KMOD_LOCK_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, char[KMOD_LOCK_NAME_SIZE]);
	__type(value, __u32);
} modules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KMOD_LOCK_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_inode_id);
	__type(value, __u32);
} files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, enum kmod_lock_data);
	__type(value, __u32);
} deny_data SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, enum kmod_lock_state);
} lock SEC(".maps");

const volatile bool locked = false;
const volatile bool deny_autoload = false;

static __always_inline bool is_locked(void)
{
	enum kmod_lock_state *state;
	__u32 zero = 0;

	if (locked)
		return true;
	state = bpf_map_lookup_elem(&lock, &zero);
	return !state || *state != KMOD_LOCK_OPEN;
}

static __always_inline bool on_file_list(struct file *file)
{
	struct lsmslot_inode_id id = {
		.dev = inode_dev(file->f_inode),
		.type = file->f_inode->i_mode & S_IFMT,
		.ino = file->f_inode->i_ino,
	};

	return bpf_map_lookup_elem(&files, &id);
}

/* --- The name in a module ------------------------------------------------- */

#define MODULE_SECTION ".gnu.linkonce.this_module"
#define MAX_SECTIONS 65536
#define SHT_NULL 0

struct section_search {
	const void *image;
	__u64 size;
	__u64 headers;		/* offset of the section headers */
	__u64 names;		/* offset of their names */
	__u64 module;		/* offset of the section looked for */
	__u32 nr;
	__u32 found;
};

/* Bounds are the image's: what lies outside is not part of the module. */
static __always_inline bool image_read(const struct section_search *search, void *to,
				       __u32 size, __u64 offset)
{
	if (offset > search->size || size > search->size - offset)
		return false;
	return !bpf_probe_read_kernel(to, size, search->image + offset);
}

static long section_step(__u32 i, struct section_search *search)
{
	char name[sizeof(MODULE_SECTION)] = {};
	struct elf64_shdr section;

	if (i >= search->nr)
		return 1;
	if (!image_read(search, &section, sizeof(section),
			search->headers + (__u64)i * sizeof(section))) {
		search->found = 2;
		return 1;
	}
	/* Names near the end of the image may be shorter than what is read. */
	if (!image_read(search, name, sizeof(name), search->names + section.sh_name))
		return 0;
	for (__u32 at = 0; at < sizeof(name); at++)
		if (name[at] != MODULE_SECTION[at])
			return 0;
	search->module = section.sh_offset;
	search->found++;
	return 0;
}

/*
 * Reads the name from where the kernel takes it: the one section of that name,
 * of any type, as kernel/module/main.c finds it. The kernel refuses a module
 * with two.
 */
static __noinline bool module_name(const void *image, __u64 size, char *name)
{
	struct section_search search = { .image = image, .size = size };
	struct elf64_hdr header;
	struct elf64_shdr names;

	if (!image_read(&search, &header, sizeof(header), 0))
		return false;
	if (header.e_ident[0] != 0x7f || header.e_ident[1] != 'E' ||
	    header.e_ident[2] != 'L' || header.e_ident[3] != 'F' ||
	    header.e_shentsize != sizeof(names))
		return false;
	search.headers = header.e_shoff;
	search.nr = header.e_shnum;
	if (!image_read(&search, &names, sizeof(names),
			header.e_shoff + (__u64)header.e_shstrndx * sizeof(names)))
		return false;
	search.names = names.sh_offset;
	bpf_loop(MAX_SECTIONS, section_step, &search, 0);
	if (search.found != 1)
		return false;
	return image_read(&search, name, KMOD_LOCK_NAME_SIZE,
			  search.module + bpf_core_field_offset(struct module, name));
}

/* What follows the end of the name must be zero to find it in the list. */
static __always_inline void name_pad(char *name)
{
	bool ended = false;

	for (int i = 0; i < KMOD_LOCK_NAME_SIZE; i++) {
		if (!name[i])
			ended = true;
		if (ended)
			name[i] = 0;
	}
	name[KMOD_LOCK_NAME_SIZE - 1] = 0;
}

static __noinline int check_module(const char *hook, const void *image, __u64 size)
{
	char name[KMOD_LOCK_NAME_SIZE] = {};

	if (!module_name(image, size, name))
		return deny_name(hook, "(not known)");
	name_pad(name);
	if (bpf_map_lookup_elem(&modules, name))
		return 0;
	return deny_name(hook, name);
}

/* --- Hooks ---------------------------------------------------------------- */

/* Compressed modules, a kind of their own from Linux 6.14 on. */
enum kernel_read_file_id___new {
	READING_MODULE_COMPRESSED___new,
};

static __always_inline bool reads_compressed(enum kernel_read_file_id id)
{
	if (!bpf_core_enum_value_exists(enum kernel_read_file_id___new,
					READING_MODULE_COMPRESSED___new))
		return false;
	return id == bpf_core_enum_value(enum kernel_read_file_id___new,
					 READING_MODULE_COMPRESSED___new);
}

#define READS(id, what) \
	((id) == bpf_core_enum_value(enum kernel_read_file_id, READING_##what))
#define LOADS(id, what) \
	((id) == bpf_core_enum_value(enum kernel_load_data_id, LOADING_##what))

static __always_inline int check_data(const char *hook, enum kmod_lock_data data)
{
	if (!data || !bpf_map_lookup_elem(&deny_data, &data))
		return 0;
	return deny_number(hook, data);
}

static __always_inline enum kmod_lock_data read_data(enum kernel_read_file_id id)
{
	if (READS(id, FIRMWARE))
		return KMOD_LOCK_FIRMWARE;
	if (READS(id, KEXEC_IMAGE))
		return KMOD_LOCK_KEXEC_IMAGE;
	if (READS(id, KEXEC_INITRAMFS))
		return KMOD_LOCK_KEXEC_INITRAMFS;
	if (READS(id, POLICY))
		return KMOD_LOCK_POLICY;
	if (READS(id, X509_CERTIFICATE))
		return KMOD_LOCK_X509_CERTIFICATE;
	return 0;
}

static __always_inline enum kmod_lock_data load_data(enum kernel_load_data_id id)
{
	if (LOADS(id, FIRMWARE))
		return KMOD_LOCK_FIRMWARE;
	if (LOADS(id, KEXEC_IMAGE))
		return KMOD_LOCK_KEXEC_IMAGE;
	if (LOADS(id, KEXEC_INITRAMFS))
		return KMOD_LOCK_KEXEC_INITRAMFS;
	if (LOADS(id, POLICY))
		return KMOD_LOCK_POLICY;
	if (LOADS(id, X509_CERTIFICATE))
		return KMOD_LOCK_X509_CERTIFICATE;
	return 0;
}

/*
 * finit_module before the reading. Whether the module is on the list is decided
 * behind it; a file that is not read as a whole does not come there.
 */
SEC("lsm/kernel_read_file")
int BPF_PROG(kmod_lock_read, struct file *file, enum kernel_read_file_id id,
	     bool contents)
{
	if (!READS(id, MODULE) && !reads_compressed(id))
		return on_file_list(file) ? 0 :
		       check_data("kernel_read_file", read_data(id));
	if (!is_locked() && (contents || on_file_list(file)))
		return 0;
	return deny_file("kernel_read_file", file->f_path.dentry);
}

/* A compressed module has no name that could be seen: it needs its file listed. */
SEC("lsm/kernel_post_read_file")
int BPF_PROG(kmod_lock_post_read, struct file *file, char *buf, loff_t size,
	     enum kernel_read_file_id id)
{
	if ((!READS(id, MODULE) && !reads_compressed(id)) || on_file_list(file))
		return 0;
	return check_module("kernel_post_read_file", buf, size);
}

/* init_module before the copy from user memory, and kexec_load. */
SEC("lsm/kernel_load_data")
int BPF_PROG(kmod_lock_load, enum kernel_load_data_id id, bool contents)
{
	if (!LOADS(id, MODULE))
		return check_data("kernel_load_data", load_data(id));
	if (!is_locked() && contents)
		return 0;
	return deny_name("kernel_load_data", "init_module");
}

SEC("lsm/kernel_post_load_data")
int BPF_PROG(kmod_lock_post_load, char *buf, loff_t size,
	     enum kernel_load_data_id id, char *description)
{
	if (!LOADS(id, MODULE))
		return 0;
	return check_module("kernel_post_load_data", buf, size);
}

/*
 * The kernel wants a module and would run modprobe, outside of any cgroup that
 * the policy may be bound to. So a task in scope gets only what is listed by
 * the name that the kernel asks for, which may be an alias.
 */
SEC("lsm/kernel_module_request")
int BPF_PROG(kmod_lock_request, char *kmod_name)
{
	char name[KMOD_LOCK_NAME_SIZE] = {};
	bool none = is_locked();

	if (!none && !deny_autoload && !lsmslot_scoped)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), kmod_name);
	if (!none && bpf_map_lookup_elem(&modules, name))
		return 0;
	return deny_name("kernel_module_request", kmod_name);
}
