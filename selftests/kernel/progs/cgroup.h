/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef KERNEL_PROGS_CGROUP_H
#define KERNEL_PROGS_CGROUP_H

/* What a program does. */
enum cgroup_mode {
	CGROUP_ALLOW,
	CGROUP_DENY,		/* returns 0: EPERM */
	CGROUP_RETVAL,		/* bpf_set_retval(-EDOM), returns 0 */
};

#endif /* KERNEL_PROGS_CGROUP_H */
