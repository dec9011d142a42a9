/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The running kernel's memory, read through /proc/kcore. */
#ifndef LSMSLOT_KCORE_H
#define LSMSLOT_KCORE_H

#include <stddef.h>

#include <linux/types.h>

#include "lsmslot.h"

struct kcore;

/* 0 or a negative errno, ENOEXEC if it is not of an x86-64 kernel. */
int kcore_try(struct kcore **core);

/* The same with a message; returns an enum status. */
int kcore_open(struct kcore **core);
void kcore_close(struct kcore *core);

/* Reads up to @len bytes at @addr; returns how many, 0 if none is there. */
size_t kcore_read(struct kcore *core, __u64 addr, void *buf, size_t len);

#endif /* LSMSLOT_KCORE_H */
