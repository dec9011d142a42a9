/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For what is preloaded into the loader and stands between libbpf and bpf(2). */
#ifndef PRELOAD_H
#define PRELOAD_H

#include <dlfcn.h>
#include <stdarg.h>
#include <sys/syscall.h>

/* libbpf calls bpf(2) by syscall(), whose arguments are all words. */
static inline void preload_args(va_list args, long arg[6])
{
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(args, long);
}

static inline long preload_call(long number, const long arg[6])
{
	static long (*real)(long number, ...);

	if (!real)
		real = dlsym(RTLD_NEXT, "syscall");
	return real(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

#endif /* PRELOAD_H */
