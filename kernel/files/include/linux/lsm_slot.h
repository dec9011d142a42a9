/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Static-call slots of the BPF LSM: what the rest of the kernel calls.
 *
 * kernel/bpf/lsm_slot.c explains how slots work.
 */
#ifndef _LINUX_LSM_SLOT_H
#define _LINUX_LSM_SLOT_H

#include <linux/errno.h>
#include <linux/types.h>

struct bpf_link;
struct bpf_link_info;
struct bpf_prog;
union bpf_attr;
struct bpf_tramp_link;
struct lsm_slot_hook;

/**
 * struct lsm_slot_where - where and how to attach an LSM program
 * @flags: BPF_F_BEFORE and BPF_F_AFTER: relative to @link, or else @prog, or
 *	else the whole hook; neither: in front; LSM_SLOT_F_SEAL
 * @link: relative link, NULL for none; a reference is held
 * @prog: relative program, NULL for none; a reference is held
 * @revision: what the hook's revision has to be, 0 for any
 */
struct lsm_slot_where {
	u32 flags;
	struct bpf_link *link;
	struct bpf_prog *prog;
	u64 revision;
};

#ifdef CONFIG_BPF_LSM_SLOTS

struct lsm_slot_hook *lsm_slot_find_hook(const void *func);
bool lsm_slot_wanted(const struct lsm_slot_hook *hook,
		     const struct bpf_tramp_link *link);
bool lsm_slot_has_sealed(struct lsm_slot_hook *hook);
int lsm_slot_may_seal(const struct bpf_tramp_link *link);
int lsm_slot_attach(struct lsm_slot_hook *hook, struct bpf_tramp_link *link);
void lsm_slot_detach(struct bpf_tramp_link *link);
int lsm_slot_replace(struct bpf_tramp_link *link, struct bpf_prog *prog);
void lsm_slot_flush(const struct bpf_tramp_link *link);
void lsm_slot_trampoline_get(struct lsm_slot_hook *hook,
			     struct bpf_tramp_link *link);
void lsm_slot_trampoline_put(struct lsm_slot_hook *hook,
			     struct bpf_tramp_link *link, bool gone);
void lsm_slot_stats_changed(void);
void lsm_slot_fill_link_info(const struct bpf_tramp_link *link,
			     struct bpf_link_info *info);
int lsm_slot_where_get(const union bpf_attr *attr, struct lsm_slot_where *where);
void lsm_slot_where_put(struct lsm_slot_where *where);
bool lsm_slot_where_needs_slot(const struct lsm_slot_where *where);
bool lsm_slot_where_seals(const struct lsm_slot_where *where);
int lsm_slot_prog_query(const union bpf_attr *attr, union bpf_attr __user *uattr);

#else /* !CONFIG_BPF_LSM_SLOTS */

static inline struct lsm_slot_hook *lsm_slot_find_hook(const void *func)
{
	return NULL;
}

static inline bool lsm_slot_wanted(const struct lsm_slot_hook *hook,
				   const struct bpf_tramp_link *link)
{
	return false;
}

static inline bool lsm_slot_has_sealed(struct lsm_slot_hook *hook)
{
	return false;
}

static inline int lsm_slot_may_seal(const struct bpf_tramp_link *link)
{
	return -EOPNOTSUPP;
}

static inline int lsm_slot_attach(struct lsm_slot_hook *hook,
				  struct bpf_tramp_link *link)
{
	return -EOPNOTSUPP;
}

static inline void lsm_slot_detach(struct bpf_tramp_link *link) {}

static inline int lsm_slot_replace(struct bpf_tramp_link *link,
				   struct bpf_prog *prog)
{
	return -EOPNOTSUPP;
}

static inline void lsm_slot_flush(const struct bpf_tramp_link *link) {}

static inline void lsm_slot_trampoline_get(struct lsm_slot_hook *hook,
					   struct bpf_tramp_link *link) {}
static inline void lsm_slot_trampoline_put(struct lsm_slot_hook *hook,
					   struct bpf_tramp_link *link,
					   bool gone) {}
static inline void lsm_slot_stats_changed(void) {}
static inline void lsm_slot_fill_link_info(const struct bpf_tramp_link *link,
					   struct bpf_link_info *info) {}

static inline int lsm_slot_where_get(const union bpf_attr *attr,
				     struct lsm_slot_where *where)
{
	return 0;
}

static inline void lsm_slot_where_put(struct lsm_slot_where *where) {}

static inline bool lsm_slot_where_needs_slot(const struct lsm_slot_where *where)
{
	return false;
}

static inline bool lsm_slot_where_seals(const struct lsm_slot_where *where)
{
	return false;
}

static inline int lsm_slot_prog_query(const union bpf_attr *attr,
				      union bpf_attr __user *uattr)
{
	return -EINVAL;
}

#endif /* CONFIG_BPF_LSM_SLOTS */

#endif /* _LINUX_LSM_SLOT_H */
