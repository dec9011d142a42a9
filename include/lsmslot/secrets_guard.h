/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps of the secrets-guard policy, between its programs and user space.
 *
 * All three are hashes of struct lsmslot_inode_id to __u32:
 *
 *   files	 secrets: files, or folders with everything below them. The value
 *		 is a set of groups, one bit each
 *   binaries	 executables. The value is the set of groups whose files they open;
 *		 one in common is enough
 *   libraries	 files, or folders with everything below them, that listed
 *		 binaries may map as code. Any value
 *
 * Of a file and the folders above it the first one that is listed counts. With
 * value 0 a file is open to nobody, and a binary opens nothing.
 *
 * User space owns the maps; the programs only read them. A change counts from
 * the next hook call on.
 */
#ifndef LSMSLOT_SECRETS_GUARD_H
#define LSMSLOT_SECRETS_GUARD_H

#include <lsmslot/types.h>

#define SECRETS_GUARD_MAX 65536

/* The group of those who need one only. */
#define SECRETS_GUARD_GROUP 1

#endif /* LSMSLOT_SECRETS_GUARD_H */
