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

struct bpf_link_info;
struct bpf_prog;
struct bpf_tramp_link;
struct lsm_slot_hook;

#ifdef CONFIG_BPF_LSM_SLOTS

struct lsm_slot_hook *lsm_slot_find_hook(const void *func);
bool lsm_slot_wanted(const struct lsm_slot_hook *hook,
		     const struct bpf_tramp_link *link);
int lsm_slot_attach(struct lsm_slot_hook *hook, struct bpf_tramp_link *link);
void lsm_slot_detach(struct bpf_tramp_link *link);
void lsm_slot_flush(const struct bpf_tramp_link *link);
void lsm_slot_trampoline_get(struct lsm_slot_hook *hook);
void lsm_slot_trampoline_put(struct lsm_slot_hook *hook);
void lsm_slot_stats_changed(void);
void lsm_slot_fill_link_info(const struct bpf_tramp_link *link,
			     struct bpf_link_info *info);

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

static inline int lsm_slot_attach(struct lsm_slot_hook *hook,
				  struct bpf_tramp_link *link)
{
	return -EOPNOTSUPP;
}

static inline void lsm_slot_detach(struct bpf_tramp_link *link) {}
static inline void lsm_slot_flush(const struct bpf_tramp_link *link) {}
static inline void lsm_slot_trampoline_get(struct lsm_slot_hook *hook) {}
static inline void lsm_slot_trampoline_put(struct lsm_slot_hook *hook) {}
static inline void lsm_slot_stats_changed(void) {}
static inline void lsm_slot_fill_link_info(const struct bpf_tramp_link *link,
					   struct bpf_link_info *info) {}

#endif /* CONFIG_BPF_LSM_SLOTS */

#endif /* _LINUX_LSM_SLOT_H */
