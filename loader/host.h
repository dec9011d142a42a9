/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the running kernel is and allows. */
#ifndef LSMSLOT_HOST_H
#define LSMSLOT_HOST_H

#include <stdbool.h>

#include "lsmslot.h"

#define LSM_LIST_FILE "/sys/kernel/security/lsm"
#define LOCKDOWN_FILE "/sys/kernel/security/lockdown"

/* A text file's whole content, to be freed; NULL with errno set. */
char *read_text(const char *path);

/* True if @word is one of the comma-separated words of @list. */
bool list_has(const char *list, const char *word);

/* ST_OK, or says which capability @cmd misses and returns ST_PERM. */
int need_capability(const char *cmd, int cap);

/*
 * ST_OK if programs attached to LSM hooks run on this kernel; else says why
 * not.  A kernel whose lsm= leaves bpf out attaches LSM programs without a
 * word and never runs them, so attach must ask here first.
 */
int need_bpf_lsm(void);

/* True if it is locked down for confidentiality: no program reads its memory. */
bool kernel_is_confidential(void);

/* True if the running kernel can run LSM programs from slots. */
bool kernel_has_slots(void);

/* Release of the running kernel (uname -r). */
const char *kernel_release(void);

#endif /* LSMSLOT_HOST_H */
