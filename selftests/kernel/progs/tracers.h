/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef KERNEL_PROGS_TRACERS_H
#define KERNEL_PROGS_TRACERS_H

#define TRACERS_OPTION	0x6c736d36	/* an option that prctl() does not know */

#endif /* KERNEL_PROGS_TRACERS_H */
