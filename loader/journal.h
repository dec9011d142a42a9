/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Changes to the host that are all kept or all taken back.
 *
 * There is one journal.  From journal_begin() on the signals that would end
 * the process half-way wait; should it end all the same (out of memory), what
 * was done is undone on exit.
 *
 * Each change is a call here that makes the change and notes how to undo it.
 * They return 0 or a negative errno, and then have changed nothing.
 */
#ifndef LSMSLOT_JOURNAL_H
#define LSMSLOT_JOURNAL_H

#include <stddef.h>

#include <linux/types.h>

#include "linkctl.h"

/*
 * For tests: this environment variable makes the Nth change from the beginning
 * fail, before it is made, with the error EIO.
 */
#define JOURNAL_FAIL_AT "LSMSLOT_FAIL_AT"

void journal_begin(const char *cmd);

/* Undoes everything, the last change first, and says what could not be undone. */
void journal_undo(void);

/* Keeps everything. */
void journal_keep(void);

/* How many changes were made. */
size_t journal_length(void);

/*
 * Makes @dir and the missing directories above it; -EPERM if somebody else holds
 * one of them.  Fresh: @dir itself must not be there yet, else -EEXIST.
 */
int journal_mkdir(const char *dir);
int journal_mkdir_fresh(const char *dir);
int journal_rmdir(const char *dir);

/* Pins the object open at @fd.  Undoing an unpin needs its @fd. */
int journal_pin(int fd, const char *path);
int journal_unpin(int fd, const char *path);

/* Renames, or with @exchange swaps what is at both paths. */
int journal_rename(const char *from, const char *to, bool exchange);

/*
 * Sets or, if @value is NULL, deletes an entry of a map.  @old is the value
 * that it has, NULL if there is no such entry: a look-up in an LPM trie would
 * find a shorter prefix.
 */
int journal_set_entry(int map_fd, const void *key, size_t key_size, const void *old,
		      const void *value, size_t value_size);

/*
 * Attaches a program; the link's descriptor or a negative errno.  Undoing
 * closes it, and so does nothing else: the caller must not.
 */
int journal_attach(int prog_fd, const struct link_place_arg *place);

/* Puts @new_prog_fd in the place of @old_prog_fd.  Both stay open until the end. */
int journal_replace(int link_fd, int new_prog_fd, int old_prog_fd);

/*
 * Cannot be undone: once one has succeeded, neither is anything before it.  Signals
 * go on waiting until journal_keep().
 */
int journal_seal(int link_fd);

#endif /* LSMSLOT_JOURNAL_H */
