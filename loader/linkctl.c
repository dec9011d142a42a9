// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Links of LSM programs by bpf(2) itself. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/lsm_slot.h>

#include "bpf_compat.h"
#include "host.h"
#include "linkctl.h"
#include "links.h"
#include "query.h"

#define ORDER_FLAGS (BPF_F_BEFORE | BPF_F_AFTER)

static int call(int cmd, union bpf_attr *attr)
{
	int ret = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

int link_create(int prog_fd, const struct link_place_arg *arg)
{
	struct lsm_slot_link_create create = {
		.relative_fd = arg->relative,
		.cookie = arg->cookie,
		.expected_revision = arg->revision,
	};
	union bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = prog_fd;
	attr.link_create.attach_type = BPF_LSM_MAC;
	attr.link_create.flags = arg->flags;
	memcpy((char *)&attr + offsetof(union bpf_attr, link_create.target_btf_id),
	       &create, sizeof(create));
	err = call(BPF_LINK_CREATE, &attr);
	/* Before 5.19 LSM programs are only attached this way. */
	if (err == -EINVAL && !arg->flags && !arg->relative && !arg->revision && !arg->cookie) {
		err = bpf_raw_tracepoint_open(NULL, prog_fd);
		if (err < 0)
			err = -errno;
	}
	return err;
}

int link_replace(int link_fd, int new_prog_fd, int old_prog_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_update.link_fd = link_fd;
	attr.link_update.new_prog_fd = new_prog_fd;
	attr.link_update.flags = BPF_F_REPLACE;
	attr.link_update.old_prog_fd = old_prog_fd;
	return call(BPF_LINK_UPDATE, &attr);
}

int link_seal(int link_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_update.link_fd = link_fd;
	attr.link_update.flags = LSM_SLOT_F_SEAL;
	return call(BPF_LINK_UPDATE, &attr);
}

/* Why a program of @hook has to run from the trampoline. */
static int fail_trampoline(const char *program, const struct hook *hook, const char *what)
{
	char *now = read_text(LSM_SLOT_SYSCTL_FILE);
	bool off = now && *now == '0';

	free(now);
	if (!hook->nr_slots && hook->reason)
		return fail(ST_UNSUPPORTED, "attach: program '%s': hook '%s' has no slots (%s), and programs on its trampoline cannot be %s; choose another hook ('lsmslot hooks' shows them)",
			    program, hook->name, hook->reason, what);
	if (off)
		return fail(ST_UNSUPPORTED, "attach: program '%s': slots are off (kernel.lsm_slots=0), and programs on the trampoline of hook '%s' cannot be %s; switch them on with 'sysctl kernel.lsm_slots=1'",
			    program, hook->name, what);
	return fail(ST_UNSUPPORTED, "attach: program '%s': hook '%s' has programs on its trampoline, which cannot be %s; detach those first ('lsmslot status' shows them)",
		    program, hook->name, what);
}

static int fail_stale(const char *program, const struct hook *hook, __u64 expected)
{
	struct hook_query query;
	int status;

	if (hook_query(hook, &query))
		return fail(ST_STALE, "attach: program '%s': hook '%s' has changed since revision %llu; look at it again ('lsmslot hooks %s')",
			    program, hook->name, (unsigned long long)expected, hook->name);
	status = fail(ST_STALE, "attach: program '%s': hook '%s' has changed: its revision is %llu, not %llu; look at it again ('lsmslot hooks %s')",
		      program, hook->name, (unsigned long long)query.revision,
		      (unsigned long long)expected, hook->name);
	hook_query_free(&query);
	return status;
}

int fail_create(int err, const char *program, const struct hook *hook,
		const struct link_place_arg *arg)
{
	bool placed = arg->flags & ORDER_FLAGS || arg->revision;

	switch (-err) {
	case EPERM:
	case EACCES:
		return fail(ST_PERM, "attach: the kernel does not let program '%s' be attached to hook '%s': %s",
			    program, hook->name, strerror(-err));
	case ESTALE:
		return fail_stale(program, hook, arg->revision);
	case EOPNOTSUPP:
		if (placed)
			return fail_trampoline(program, hook, "ordered");
		break;
	case EROFS:
		if (placed)
			return fail(ST_SEALED, "attach: program '%s': its place on hook '%s' is in front of a sealed link, where nothing can be attached before the next boot; 'lsmslot hooks %s' shows the order",
				    program, hook->name, hook->name);
		return fail(ST_SEALED, "attach: program '%s' would run from the trampoline of hook '%s', in front of a sealed link; switch slots on with 'sysctl kernel.lsm_slots=1'",
			    program, hook->name);
	case ENOENT:
	case EBADF:
	case ERANGE:
		if (placed)
			return fail(ST_NOT_FOUND, "attach: program '%s': what it is to run before or after is no longer on hook '%s'; 'lsmslot hooks %s' shows what is",
				    program, hook->name, hook->name);
		break;
	case EBUSY:
		return fail(ST_EXISTS, "attach: program '%s' is attached to hook '%s' already",
			    program, hook->name);
	case E2BIG:
		return fail(ST_FAILED, "attach: cannot attach program '%s' to hook '%s': its BPF trampoline is full; detach a program first",
			    program, hook->name);
	}
	return fail(ST_FAILED, "attach: cannot attach program '%s' to hook '%s': %s",
		    program, hook->name, strerror(-err));
}

/* The id of the link's program now, 0 if it cannot be told. */
static __u32 program_of(__u32 link_id)
{
	union link_info info;
	int fd = bpf_link_get_fd_by_id(link_id), err;

	if (fd < 0)
		return 0;
	err = link_info_get(fd, &info);
	close(fd);
	return err ? 0 : info.bpf.prog_id;
}

int fail_replace(int err, const char *program, const struct hook *hook, __u32 link_id,
		 __u32 old_id)
{
	switch (-err) {
	case EROFS:
		return fail(ST_SEALED, "attach: link %u is sealed: program '%s' cannot replace its program before the next boot",
			    link_id, program);
	case EPERM:
	case EACCES:
		if (program_of(link_id) != old_id)
			return fail(ST_STALE, "attach: the program of link %u has changed meanwhile; look at it again ('lsmslot status')",
				    link_id);
		return fail(ST_PERM, "attach: the kernel does not let the program of link %u be replaced with '%s': %s",
			    link_id, program, strerror(-err));
	case ENOLINK:
		return fail(ST_STALE, "attach: link %u was detached meanwhile", link_id);
	case EXDEV:
		return fail(ST_FAILED, "attach: program '%s' is for hook '%s', link %u is on another one",
			    program, hook->name, link_id);
	case EBUSY:
		return fail(ST_EXISTS, "attach: program '%s' is attached to hook '%s' already",
			    program, hook->name);
	case EOPNOTSUPP:
		return fail_trampoline(program, hook, "replaced");
	}
	return fail(ST_FAILED, "attach: cannot replace the program of link %u with '%s': %s",
		    link_id, program, strerror(-err));
}

int fail_seal(int err, const char *program, __u32 link_id)
{
	switch (-err) {
	case EPERM:
		return fail(ST_PERM, "attach: cannot seal link %u (program '%s'): CAP_MAC_ADMIN is missing; run it with sudo",
			    link_id, program);
	case EBUSY:
		return fail(ST_FAILED, "attach: cannot seal link %u (program '%s'): a BPF_MODIFY_RETURN program on a security_*() function, or an extension of this program, could overrule it; detach that first ('bpftool link show' lists it)",
			    link_id, program);
	case ERANGE:
		return fail(ST_FAILED, "attach: cannot seal link %u (program '%s'): a program that is not sealed runs before it and could overrule it; use --first, or detach that first ('lsmslot status' shows it)",
			    link_id, program);
	case EOPNOTSUPP:
		return fail(ST_UNSUPPORTED, "attach: cannot seal link %u (program '%s'): it runs from a BPF trampoline, where nothing can be sealed; switch slots on with 'sysctl kernel.lsm_slots=1' and attach it again",
			    link_id, program);
	}
	return fail(ST_FAILED, "attach: cannot seal link %u (program '%s'): %s",
		    link_id, program, strerror(-err));
}
