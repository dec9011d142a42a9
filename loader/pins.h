/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pins of BPF links in the BPF file systems mounted here. */
#ifndef LSMSLOT_PINS_H
#define LSMSLOT_PINS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "lsmslot.h"

#define BPFFS_DEFAULT "/sys/fs/bpf"

/* A policy's directory in the making, or on its way out, is named like it and this. */
#define STAGING_SUFFIX "~apply"

/* What is pinned at a path; PIN_OTHER is no BPF object at all. */
enum pin_kind { PIN_OTHER, PIN_LINK, PIN_PROGRAM, PIN_MAP };

/**
 * struct pin - a link's pin
 * @path: where
 * @link_id: of which link
 */
struct pin {
	char *path;
	__u32 link_id;
};

struct pins {
	struct pin *v;
	size_t n;
};

/* Every link pin in every BPF file system mounted here; enum status. */
int pins_scan(struct pins *pins);
void pins_free(struct pins *pins);

/*
 * Opens what is pinned at @path.  Returns a file descriptor and sets @kind,
 * or -1 with errno set.
 */
int pin_open(const char *path, enum pin_kind *kind);

/* A symbolic link leads to another's pin; removed, that stays. */
bool pin_is_symlink(const char *path);

/* Behind what EEXIST says of a pin or its directory, which was not there before. */
#define PIN_MADE_MEANWHILE "; it was made meanwhile: look at what it holds and repeat the command"

/* True for a directory that is one in the making: its name ends in STAGING_SUFFIX. */
bool pin_is_staging(const char *dir);

/*
 * ST_OK if @path lies in a BPF file system (its nearest existing parent does), and
 * nobody else holds a folder on the way there: bpffs_own.h.
 */
int need_bpffs(const char *path);

/* The same for a directory to pin a policy in, which must be none in the making. */
int need_pin_dir(const char *dir);

#endif /* LSMSLOT_PINS_H */
