/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef KERNEL_PROGS_REPLACE_H
#define KERNEL_PROGS_REPLACE_H

#define REPLACE_OPTION	0x6c736d38	/* an option that prctl() does not know */
#ifndef EDOM
#define EDOM		33		/* the verdict of the function as it is */
#endif
#ifndef EXDEV
#define EXDEV		18		/* and of its replacement */
#endif

#endif /* KERNEL_PROGS_REPLACE_H */
