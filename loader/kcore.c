// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The running kernel's memory, read through /proc/kcore. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "kcore.h"

#define KCORE "/proc/kcore"

struct kcore {
	int fd;
	Elf64_Phdr *segments;
	size_t n;
};

static int fail_open(int err)
{
	if (err == ENOENT)
		return fail(ST_UNSUPPORTED, "%s is missing: kernel %s is built without CONFIG_PROC_KCORE, so its memory cannot be shown",
			    KCORE, kernel_release());
	if (err == EPERM || err == EACCES)
		return fail(ST_PERM, "cannot open %s: %s; it needs root (CAP_SYS_RAWIO) and a kernel that is not locked down for confidentiality",
			    KCORE, strerror(err));
	return fail(ST_FAILED, "cannot open %s: %s", KCORE, strerror(err));
}

static bool read_segments(struct kcore *core)
{
	Elf64_Ehdr head;
	ssize_t len;

	if (pread(core->fd, &head, sizeof(head), 0) != sizeof(head) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_machine != EM_X86_64 || head.e_phentsize != sizeof(Elf64_Phdr))
		return false;
	core->n = head.e_phnum;
	core->segments = xcalloc(core->n, sizeof(Elf64_Phdr));
	len = core->n * sizeof(Elf64_Phdr);
	return pread(core->fd, core->segments, len, head.e_phoff) == len;
}

int kcore_try(struct kcore **core)
{
	struct kcore *c;
	int fd;

	fd = open(KCORE, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	if (!read_segments(c)) {
		kcore_close(c);
		return -ENOEXEC;
	}
	*core = c;
	return 0;
}

int kcore_open(struct kcore **core)
{
	int err = kcore_try(core);

	if (err == -ENOEXEC)
		return fail(ST_UNSUPPORTED, "%s is not the memory of an x86-64 kernel, the only kind decoded here",
			    KCORE);
	return err ? fail_open(-err) : ST_OK;
}

void kcore_close(struct kcore *core)
{
	close(core->fd);
	free(core->segments);
	free(core);
}

size_t kcore_read(struct kcore *core, __u64 addr, void *buf, size_t len)
{
	const Elf64_Phdr *s;
	ssize_t n;
	size_t i;

	for (i = 0; i < core->n; i++) {
		s = &core->segments[i];
		if (s->p_type != PT_LOAD || addr < s->p_vaddr || addr - s->p_vaddr >= s->p_memsz)
			continue;
		if (len > s->p_memsz - (addr - s->p_vaddr))
			len = s->p_memsz - (addr - s->p_vaddr);
		n = pread(core->fd, buf, len, s->p_offset + (addr - s->p_vaddr));
		return n > 0 ? n : 0;
	}
	return 0;
}
