// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static-call slots of the BPF LSM: what bpf(2) can say and ask about links.
 *
 * The contract is in include/uapi/linux/lsm_slot.h.  Order and revisions mean
 * what they mean for tcx and netkit (kernel/bpf/mprog.c), whose arrays have a
 * fixed size and no links without programs, and so do not fit here.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/lsm_slot.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lsm_slot.h"

#define LSM_SLOT_CREATE_FLAGS						\
	(BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID | BPF_F_LINK | LSM_SLOT_F_SEAL)

/* Is it a link that may be among a hook's?  Its program may be replaced now. */
static bool lsm_slot_link_is_lsm(const struct bpf_link *link)
{
	guard(rcu)();
	return READ_ONCE(link->prog) &&
	       READ_ONCE(link->prog)->type == BPF_PROG_TYPE_LSM;
}

static int lsm_slot_get_relative_link(struct lsm_slot_where *where, u32 fd_or_id,
				      bool id)
{
	struct bpf_link *link;

	link = id ? bpf_link_by_id(fd_or_id) : bpf_link_get_from_fd(fd_or_id);
	if (IS_ERR(link))
		return PTR_ERR(link);
	if (!lsm_slot_link_is_lsm(link)) {
		bpf_link_put(link);
		return -EINVAL;
	}
	where->link = link;
	return 0;
}

static int lsm_slot_get_relative_prog(struct lsm_slot_where *where, u32 fd_or_id,
				      bool id)
{
	struct bpf_prog *prog;

	prog = id ? bpf_prog_by_id(fd_or_id) : bpf_prog_get(fd_or_id);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	if (prog->type != BPF_PROG_TYPE_LSM) {
		bpf_prog_put(prog);
		return -EINVAL;
	}
	where->prog = prog;
	return 0;
}

/**
 * lsm_slot_where_get - where BPF_LINK_CREATE wants an LSM program
 * @attr: its attributes
 * @where: filled; lsm_slot_where_put() when done, unless this failed
 *
 * Context: process context; may sleep.
 *
 * Return: 0, -EINVAL, or the error of looking up what it is relative to.
 */
int lsm_slot_where_get(const union bpf_attr *attr, struct lsm_slot_where *where)
{
	const struct lsm_slot_link_create *create =
		(const void *)&attr->link_create.target_btf_id;
	u32 flags = attr->link_create.flags;
	bool id = flags & BPF_F_ID;

	BUILD_BUG_ON(offsetof(struct lsm_slot_link_create, cookie) !=
		     offsetof(union bpf_attr, link_create.tracing.cookie) -
		     offsetof(union bpf_attr, link_create.target_btf_id));
	BUILD_BUG_ON(offsetof(union bpf_attr, link_create.target_btf_id) +
		     sizeof(*create) > sizeof(*attr));

	*where = (struct lsm_slot_where) {
		.flags = flags,
		.revision = create->expected_revision,
	};
	if (flags & ~LSM_SLOT_CREATE_FLAGS)
		return -EINVAL;
	/* Other types' attributes are longer: what is behind ours is checked here. */
	if (memchr_inv(create + 1, 0, (void *)(attr + 1) - (void *)(create + 1)))
		return -EINVAL;
	if (!(flags & (BPF_F_BEFORE | BPF_F_AFTER)))
		return id || (flags & BPF_F_LINK) || create->relative_fd ?
			-EINVAL : 0;
	if (flags & BPF_F_LINK)
		return lsm_slot_get_relative_link(where, create->relative_fd, id);
	if (id || create->relative_fd)
		return lsm_slot_get_relative_prog(where, create->relative_fd, id);
	return 0;
}

/**
 * lsm_slot_where_put - undo lsm_slot_where_get()
 * @where: what that filled
 *
 * Context: process context; may sleep.
 */
void lsm_slot_where_put(struct lsm_slot_where *where)
{
	if (where->link)
		bpf_link_put(where->link);
	if (where->prog)
		bpf_prog_put(where->prog);
}

/**
 * lsm_slot_where_needs_slot - could a trampoline not do as asked?
 * @where: what was asked for, may be NULL
 *
 * Context: any.
 *
 * Return: true if the program has to go to slots or array.
 */
bool lsm_slot_where_needs_slot(const struct lsm_slot_where *where)
{
	return where && ((where->flags & (BPF_F_BEFORE | BPF_F_AFTER |
					  LSM_SLOT_F_SEAL)) ||
			 where->revision);
}

/**
 * lsm_slot_where_seals - is the link to be sealed?
 * @where: what was asked for, may be NULL
 *
 * Context: any.
 *
 * Return: true if so.
 */
bool lsm_slot_where_seals(const struct lsm_slot_where *where)
{
	return where && (where->flags & LSM_SLOT_F_SEAL);
}

/* The hook of BTF id @btf_id of bpf_lsm_<hook>(). */
static struct lsm_slot_hook *lsm_slot_hook_of(u32 btf_id)
{
	const struct btf *btf = bpf_get_btf_vmlinux();
	const struct btf_type *type;
	const char *name;
	u32 i;

	if (IS_ERR_OR_NULL(btf))
		return NULL;
	type = btf_type_by_id(btf, btf_id);
	if (!type || !btf_type_is_func(type))
		return NULL;
	name = btf_name_by_offset(btf, type->name_off);
	if (!str_has_prefix(name, "bpf_lsm_"))
		return NULL;
	name += strlen("bpf_lsm_");
	for (i = 0; i < LSM_SLOT_NR_HOOKS; i++)
		if (!strcmp(lsm_slot_hooks[i].name, name))
			return &lsm_slot_hooks[i];
	return NULL;
}

/* Copy @nr entries to the user's arrays, of which only that of ids has to be. */
static int lsm_slot_copy_entries(const union bpf_attr *attr,
				 const struct lsm_slot_entry *list, u32 nr)
{
	u32 __user *prog_ids = u64_to_user_ptr(attr->query.prog_ids);
	u32 __user *prog_flags = u64_to_user_ptr(attr->query.prog_attach_flags);
	u32 __user *link_ids = u64_to_user_ptr(attr->query.link_ids);
	u32 __user *link_flags = u64_to_user_ptr(attr->query.link_attach_flags);
	u32 i;

	for (i = 0; i < nr; i++) {
		if (put_user(list[i].prog_id, prog_ids + i) ||
		    (prog_flags && put_user(list[i].flags, prog_flags + i)) ||
		    (link_ids && put_user(list[i].link_id, link_ids + i)) ||
		    (link_flags && put_user(list[i].flags, link_flags + i)))
			return -EFAULT;
	}
	return 0;
}

/**
 * lsm_slot_prog_query - BPF_PROG_QUERY of an LSM hook
 * @attr: its attributes
 * @uattr: the same in user space
 *
 * Context: process context; may sleep.
 *
 * Return: 0, or an error of the contract in the UAPI header.
 */
int lsm_slot_prog_query(const union bpf_attr *attr, union bpf_attr __user *uattr)
{
	struct lsm_slot_entry *list __free(kvfree) = NULL;
	u32 room = attr->query.count, nr, flags = 0;
	struct lsm_slot_hook *hook;
	u64 revision;
	int err = 0;

	if (!perfmon_capable())
		return -EPERM;
	if (attr->query.query_flags || attr->query.attach_flags)
		return -EINVAL;
	hook = lsm_slot_hook_of(attr->query.target_fd);
	if (!hook)
		return -ENOENT;

	/* User space's word only counts up to what is there. */
	nr = lsm_slot_list(hook, NULL, 0, &revision);
	room = attr->query.prog_ids ? min(room, nr) : 0;
	if (room) {
		list = kvmalloc_array(room, sizeof(*list), GFP_KERNEL_ACCOUNT);
		if (!list)
			return -ENOMEM;
		nr = lsm_slot_list(hook, list, room, &revision);
	}

	if (put_user(flags, &uattr->query.attach_flags) ||
	    copy_to_user(&uattr->query.revision, &revision, sizeof(revision)) ||
	    put_user(nr, &uattr->query.count))
		return -EFAULT;
	if (!attr->query.count || !attr->query.prog_ids)
		return 0;
	if (room < nr)
		err = -ENOSPC;
	return lsm_slot_copy_entries(attr, list, min(room, nr)) ?: err;
}

/**
 * lsm_slot_fill_link_info - BPF_OBJ_GET_INFO_BY_FD on an LSM link
 * @link: an attached link of type tracing
 * @info: filled up to the fields of bpf_link_info.tracing
 *
 * Context: process context; may sleep.
 */
void lsm_slot_fill_link_info(const struct bpf_tramp_link *link,
			     struct bpf_link_info *info)
{
	struct lsm_slot_link_info *slot_info = (void *)info +
		offsetof(struct bpf_link_info, tracing);

	BUILD_BUG_ON(offsetof(struct bpf_link_info, tracing) +
		     sizeof(*slot_info) > sizeof(*info));
	BUILD_BUG_ON(offsetof(struct lsm_slot_link_info, target_btf_id) !=
		     offsetof(struct bpf_link_info, tracing.target_btf_id) -
		     offsetof(struct bpf_link_info, tracing));

	if (slot_info->attach_type != BPF_LSM_MAC)
		return;
	/* What follows target_btf_id is as user space passed it. */
	memset((void *)slot_info + offsetofend(struct lsm_slot_link_info,
					       target_btf_id), 0,
	       sizeof(*slot_info) - offsetofend(struct lsm_slot_link_info,
						target_btf_id));
	lsm_slot_look(link, slot_info);
}
