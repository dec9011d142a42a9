/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef KERNEL_PROGS_SLEEPABLE_H
#define KERNEL_PROGS_SLEEPABLE_H

/* options that prctl() does not know */
#define SLEEPABLE_OPTION	0x6c736d33
#define SLEEPABLE_COPY		0x6c736d34
#define SLEEPABLE_VERDICT	33		/* EDOM */

#endif /* KERNEL_PROGS_SLEEPABLE_H */
