/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The running kernel's memory, read through /proc/kcore. */
#ifndef LSMSLOT_KCORE_H
#define LSMSLOT_KCORE_H

#include <stddef.h>

#include <linux/types.h>

#include "lsmslot.h"

struct kcore;

/* Returns an enum status. */
int kcore_open(struct kcore **core);
void kcore_close(struct kcore *core);

/* Reads up to @len bytes at @addr; returns how many, 0 if none is there. */
size_t kcore_read(struct kcore *core, __u64 addr, void *buf, size_t len);

#endif /* LSMSLOT_KCORE_H */
