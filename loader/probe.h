/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the verifier lets programs do on a hook, found by loading some. */
#ifndef LSMSLOT_PROBE_H
#define LSMSLOT_PROBE_H

#include "hooks.h"

/**
 * enum verdicts - what an int hook's programs may return
 * @VERDICTS_NONE: nothing: a void hook, or no program may attach
 * @VERDICTS_ERRNO: 0 or a negative errno
 * @VERDICTS_BOOL: 0 or 1
 * @VERDICTS_ANY: the verifier does not look
 */
enum verdicts { VERDICTS_NONE, VERDICTS_ERRNO, VERDICTS_BOOL, VERDICTS_ANY };

/**
 * struct probe - a hook's answers
 * @attachable: programs may attach
 * @sleepable: they may sleep
 * @verdicts: what they may return
 */
struct probe {
	bool attachable;
	bool sleepable;
	enum verdicts verdicts;
};

/*
 * Loads, and drops again, up to four programs of two instructions for @hook.
 * Returns an enum status; ST_PERM if the kernel loads no programs at all.
 */
int probe_hook(const struct hook *hook, struct probe *probe);

#endif /* LSMSLOT_PROBE_H */
