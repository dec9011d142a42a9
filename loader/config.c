// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The running kernel's configuration. */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "config.h"
#include "host.h"

#define CONFIG_GZ "/proc/config.gz"

static char *read_gz(const char *path)
{
	gzFile f = gzopen(path, "rbe");
	size_t len = 0, room = 0;
	char *text = NULL;
	int n = 0;

	if (!f)
		return NULL;
	do {
		len += n;
		if (room - len < 4096) {
			room = room ? 2 * room : 1 << 17;
			text = xreallocarray(text, room, 1);
		}
		n = gzread(f, text + len, room - len - 1);
	} while (n > 0);
	gzclose(f);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}

void kconfig_load(struct kconfig *config)
{
	config->path = xstrdup(CONFIG_GZ);
	config->text = read_gz(config->path);
	if (config->text)
		return;
	free(config->path);
	config->path = xasprintf("/boot/config-%s", kernel_release());
	config->text = read_text(config->path);
}

void kconfig_free(struct kconfig *config)
{
	free(config->text);
	free(config->path);
}

char *kconfig_get(const struct kconfig *config, const char *option)
{
	char *key, *line, *value;

	if (!config->text)
		return NULL;
	key = xasprintf("\n%s=", option);
	line = strstr(config->text, key);
	if (line) {
		line += strlen(key);
		value = xstrdup(line);
		value[strcspn(value, "\n")] = '\0';
	} else {
		value = xstrdup("n");
	}
	free(key);
	return value;
}
