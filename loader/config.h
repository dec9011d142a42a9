/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The running kernel's configuration. */
#ifndef LSMSLOT_CONFIG_H
#define LSMSLOT_CONFIG_H

#include "lsmslot.h"

/**
 * struct kconfig - the running kernel's .config
 * @text: its lines; NULL if it was not found
 * @path: where from
 */
struct kconfig {
	char *text;
	char *path;
};

/* Looks in /proc/config.gz, then in /boot. */
void kconfig_load(struct kconfig *config);
void kconfig_free(struct kconfig *config);

/* "y", "m", a value, "n" if @option is not set; NULL if not known.  To be freed. */
char *kconfig_get(const struct kconfig *config, const char *option);

#endif /* LSMSLOT_CONFIG_H */
