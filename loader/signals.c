// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Keeping signals back while a change is half done. */
#include "signals.h"

void signals_hold(sigset_t *old)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGQUIT);
	sigaddset(&held, SIGPIPE);
	sigprocmask(SIG_BLOCK, &held, old);
}

void signals_release(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}
