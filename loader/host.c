// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the running kernel is and allows. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/lsm_slot.h>

#include "host.h"

char *read_text(const char *path)
{
	size_t len = 0, room = 0;
	char *text = NULL;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		/* One byte stays free for the terminator. */
		if (room - len < 4096) {
			room = room ? 2 * room : 8192;
			text = xreallocarray(text, room, 1);
		}
		n = read(fd, text + len, room - len - 1);
		if (n > 0)
			len += n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0) {
		int err = errno;

		free(text);
		close(fd);
		errno = err;
		return NULL;
	}
	close(fd);
	text[len] = '\0';
	return text;
}

bool list_has(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *p = list;

	while (p) {
		if (!strncmp(p, word, len) && strchr(",\n", p[len]))
			return true;
		p = strchr(p, ',');
		p = p ? p + 1 : NULL;
	}
	return false;
}

static const char *capability_name(int cap)
{
	switch (cap) {
	case CAP_MAC_ADMIN: return "CAP_MAC_ADMIN";
	case CAP_NET_ADMIN: return "CAP_NET_ADMIN";
	case CAP_SYS_ADMIN: return "CAP_SYS_ADMIN";
	case CAP_SYS_RAWIO: return "CAP_SYS_RAWIO";
	case CAP_SYSLOG:    return "CAP_SYSLOG";
	}
	return "a capability";
}

int need_capability(const char *cmd, int cap)
{
	char *text = read_text("/proc/self/status"), *line;
	unsigned long long effective = 0;
	int err = errno;

	line = text ? strstr(text, "\nCapEff:") : NULL;
	if (!line || sscanf(line, "\nCapEff: %llx", &effective) != 1) {
		free(text);
		return fail(ST_FAILED, "%s: cannot read the own capabilities from /proc/self/status: %s; mount /proc",
			    cmd, text ? "no CapEff line" : strerror(err));
	}
	free(text);
	if (effective >> cap & 1)
		return ST_OK;
	return fail(ST_PERM, "%s: needs root, %s is missing; run it with sudo",
		    cmd, capability_name(cap));
}

int need_bpf_lsm(void)
{
	char *list = read_text(LSM_LIST_FILE);
	int status = ST_OK;

	if (!list && errno == ENOENT)
		return fail(ST_UNSUPPORTED, "cannot tell whether the BPF LSM is on: %s is missing; "
			    "mount it with 'mount -t securityfs securityfs /sys/kernel/security'",
			    LSM_LIST_FILE);
	if (!list)
		return fail(ST_FAILED, "cannot tell whether the BPF LSM is on: %s: %s",
			    LSM_LIST_FILE, strerror(errno));
	list[strcspn(list, "\n")] = '\0';
	if (!list_has(list, "bpf"))
		status = fail(ST_UNSUPPORTED, "the BPF LSM is off, LSM programs would never run: "
			      "the kernel's list is lsm=%s; boot with lsm=%s%sbpf on its command line",
			      list, list, *list ? "," : "");
	free(list);
	return status;
}

bool kernel_is_confidential(void)
{
	char *modes = read_text(LOCKDOWN_FILE);
	bool is = modes && strstr(modes, "[confidentiality]");

	free(modes);
	return is;
}

bool kernel_has_slots(void)
{
	return !access(LSM_SLOT_SYSCTL_FILE, F_OK) || !access(LSM_SLOT_HOOKS_FILE, F_OK);
}

const char *kernel_release(void)
{
	static struct utsname u;

	if (!u.release[0] && uname(&u))
		return "unknown";
	return u.release;
}
