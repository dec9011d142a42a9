/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeping signals back while a change is half done. */
#ifndef LSMSLOT_SIGNALS_H
#define LSMSLOT_SIGNALS_H

#include <signal.h>

/*
 * Holds back the signals that usually end a process, so that it ends before or
 * after a change; signals_release() lets come what came, with @old as it was filled.
 */
void signals_hold(sigset_t *old);
void signals_release(const sigset_t *old);

#endif /* LSMSLOT_SIGNALS_H */
