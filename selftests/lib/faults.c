// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Preloaded into a program, build/selftests/lib/faults.so has the kernel fail one
 * allocation or one copy of user memory that the program asks of it:
 *
 *	FAULT_AT    which one, 1 is the first
 *	FAULT_CALL  counted from the start of the program's Nth call of bpf(2), and
 *	            to its end; 0 is from where main() begins to the end
 *	FAULT_OUT   file that gets two lines at the end: how many were missing to
 *	            FAULT_AT, 0 if it was reached, and the commands of the calls of
 *	            bpf(2)
 */
#define _GNU_SOURCE
#include "faults.h"
#include "preload.h"

#define MOST_CALLS 4096

static int at, wanted_call, nr_calls, out, left = -1;
static unsigned short commands[MOST_CALLS];

static int number(const char *name)
{
	const char *text = getenv(name);

	if (!text)
		test_bail("no $%s", name);
	return atoi(text);
}

__attribute__((constructor))
static void start(void)
{
	const char *path = getenv("FAULT_OUT");
	bool copies;

	at = number("FAULT_AT");
	wanted_call = number("FAULT_CALL");
	out = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	if (out < 0 || !fault_open(&copies))
		test_bail("cannot prepare faults");
	if (!wanted_call)
		fault_arm(at);
}

__attribute__((destructor))
static void end(void)
{
	if (!wanted_call)
		left = fault_left();
	dprintf(out, "%d\n", left);
	for (int i = 0; i < nr_calls; i++)
		dprintf(out, "%u ", commands[i]);
	dprintf(out, "\n");
}

long syscall(long number, ...)
{
	long arg[6], ret;
	va_list args;
	bool armed;
	int err;

	va_start(args, number);
	preload_args(args, arg);
	va_end(args);
	if (number == SYS_bpf && nr_calls < MOST_CALLS)
		commands[nr_calls++] = arg[0];
	armed = number == SYS_bpf && nr_calls == wanted_call && left < 0;
	if (armed)
		fault_arm(at);
	ret = preload_call(number, arg);
	if (armed) {
		err = errno;
		left = fault_left();
		errno = err;
	}
	return ret;
}
