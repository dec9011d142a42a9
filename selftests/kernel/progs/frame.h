/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef KERNEL_PROGS_FRAME_H
#define KERNEL_PROGS_FRAME_H

#define FRAME_OPTION	0x6c736d31	/* an option that prctl() does not know */
#ifndef EDOM
#define EDOM		33
#endif

struct frame {
	unsigned long long args[6];
	unsigned long long func_args[6];
	unsigned long long func_ret;
	unsigned long long cookie;
	unsigned long long nr_args;
	long long beyond;
	int runs;
	int ret;
	char text[32];
};

#endif /* KERNEL_PROGS_FRAME_H */
