/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose the folders of a BPF file system are: what others hold they can swap or empty. */
#ifndef LSMSLOT_BPFFS_OWN_H
#define LSMSLOT_BPFFS_OWN_H

#include <stdbool.h>
#include <sys/stat.h>

/* True for a folder of ours or root's. */
bool bpffs_folder_owned(const struct stat *st);

/* True for a folder of ours or root's that nobody else can write to. */
bool bpffs_folder_own(const struct stat *st);

/*
 * Looks at every folder of a BPF file system that exists on the way to @path and
 * at its end.  Returns 0 if all are our own, the mount's root being so also with
 * the sticky bit; -EPERM with the first other one in @where, to be freed, and
 * @st; or another negative errno.
 */
int bpffs_path_own(const char *path, char **where, struct stat *st);

/* The same for callers that do not say which folder it is: 0 or a negative errno. */
int bpffs_check_own(const char *path);

/* Removes @path, with all in it, if bpffs_path_own(); 0 or a negative errno. */
int bpffs_remove_tree(const char *path);

#endif /* LSMSLOT_BPFFS_OWN_H */
