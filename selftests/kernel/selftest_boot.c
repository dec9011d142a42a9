// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The boot selftest of the static-call array ran and passed.  Shown by the
 * kernel log, which has to reach back to the boot; a failed check is also a
 * warning there.
 */
#include <fcntl.h>
#include <zlib.h>

#include "testing.h"

#define OPTION "CONFIG_STATIC_CALL_ARRAY_SELFTEST"
#define PREFIX "static_call_array: selftest: "

/* 1 on, 0 off, -1 the kernel does not tell. */
static int option_on(void)
{
	gzFile file = gzopen("/proc/config.gz", "r");
	char line[512];
	int on = 0;

	if (!file)
		return -1;
	while (gzgets(file, line, sizeof(line)))
		if (!strcmp(line, OPTION "=y\n"))
			on = 1;
	gzclose(file);
	return on;
}

/* Records of the kernel log with @text; @last gets the last of them. */
static int log_count(const char *text, char *last, size_t size)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192], *message;
	unsigned long long number;
	bool first = true;
	ssize_t length;
	int nr = 0;

	if (fd < 0)
		test_bail("cannot read the kernel log");
	for (;;) {
		length = read(fd, record, sizeof(record) - 1);
		if (length < 0 && errno == EPIPE)
			continue;	/* overwritten meanwhile: go on with the oldest */
		if (length <= 0)
			break;
		record[length] = '\0';
		if (first && sscanf(record, "%*u,%llu", &number) == 1 && number)
			test_bail("the kernel log begins with record %llu, the boot's are overwritten: boot with log_buf_len=4M",
				  number);
		first = false;
		message = strchr(record, ';');
		if (!message || !strstr(message, text))
			continue;
		snprintf(last, size, "%.*s", (int)strcspn(message + 1, "\n"), message + 1);
		nr++;
	}
	close(fd);
	return nr;
}

int main(void)
{
	unsigned int checks = 0;
	char line[256] = "";
	int on = option_on();

	if (on < 0)
		test_bail("no /proc/config.gz: cannot tell whether " OPTION " is on");
	if (!on) {
		test_skip(OPTION " is off");
		return test_done();
	}
	test_ok(log_count(PREFIX, line, sizeof(line)) == 1,
		"the kernel log has the selftest's result once");
	test_diag("%s", line);
	test_ok(sscanf(line, PREFIX "%u checks passed", &checks) == 1 && checks > 0 &&
		strstr(line, "passed"), "all %u checks passed", checks);
	test_ok(!log_count("kernel/static_call_array.c:", line, sizeof(line)),
		"no warning from the static-call array");
	return test_done();
}
