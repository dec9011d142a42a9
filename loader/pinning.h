/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pins made one by one, and all removed again unless they are kept. */
#ifndef LSMSLOT_PINNING_H
#define LSMSLOT_PINNING_H

#include "lsmslot.h"

/*
 * There is one set of pins in the making.  pinning_begin() holds back the
 * signals that would end the process half-way; should it end all the same
 * (out of memory), what was made is removed on exit.
 */
void pinning_begin(void);

/*
 * Makes @dir and the missing directories above it; 0 or a negative errno, -EPERM
 * if somebody else holds one of them.
 */
int pinning_mkdir(const char *dir);

/* Pins @fd as @name in @dir, which is made if it is missing; enum status. */
int pinning_pin(int fd, const char *dir, const char *name);

/* Notes that @path is pinned now. */
void pinning_made(const char *path);

/* Ends the set: leaves everything in place, or removes it, last first. */
void pinning_keep(void);
void pinning_undo(void);

/* "cannot pin at PATH"; returns an enum status. */
int fail_pin(const char *path, int err);

#endif /* LSMSLOT_PINNING_H */
