/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What seal.bpf.c and link_seal.c agree on. */
#ifndef SEAL_H
#define SEAL_H

#define SEAL_OPTION	0x5ea1
#define SEAL_ERRNO	121

#endif /* SEAL_H */
