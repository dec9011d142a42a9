/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One change of the host's policies at a time. */
#ifndef LSMSLOT_RUNLOCK_H
#define LSMSLOT_RUNLOCK_H

#include "lsmslot.h"

#define RUNLOCK_DIR "/run/lsmslot"

/* Waits for the lock and takes it until the process ends; an enum status. */
int runlock_take(const char *cmd);

#endif /* LSMSLOT_RUNLOCK_H */
