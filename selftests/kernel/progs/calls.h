/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef KERNEL_PROGS_CALLS_H
#define KERNEL_PROGS_CALLS_H

#define CALLS_OPTION	0x6c736d32	/* an option that prctl() does not know */
#ifndef EDOM
#define EDOM		33		/* the verdict if all is well */
#endif
#ifndef EXDEV
#define EXDEV		18		/* if not */
#endif

#endif /* KERNEL_PROGS_CALLS_H */
