/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What recorder.bpf.c and recorder.h agree on. */
#ifndef RECORDER_LIMITS_H
#define RECORDER_LIMITS_H

#define RECORDER_PLAIN		100	/* programs 0 to 99 */
#define RECORDER_SLEEPABLE	8	/* 100 to 107 */
#define RECORDER_SPINNER	108
#define RECORDER_SPIN_SECONDS	10	/* at most */
#define RECORDER_PROGRAMS	109

#define RECORDER_TASKS		2	/* that can be watched */
#define RECORDER_LENGTH		256	/* runs noted per watched task */

/* The programs that a task ran, in order. */
struct recorder_sequence {
	__u32 nr;
	__u32 programs[RECORDER_LENGTH];
};

#endif /* RECORDER_LIMITS_H */
