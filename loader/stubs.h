/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions bpf_lsm_<hook>() of a kernel without slots. */
#ifndef LSMSLOT_STUBS_H
#define LSMSLOT_STUBS_H

#include "hooks.h"

/*
 * Reads each hook's default verdict out of its stub, which does nothing but
 * return it.  Where the memory cannot be read, or a function is not of that
 * form, it stays unknown.  Returns an enum status.
 */
int stubs_read_defaults(struct hooks *hooks);

#endif /* LSMSLOT_STUBS_H */
