// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Three programs that write down the order in which they run; the test makes
 * some of them sleepable.  And one that has to sleep.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sleepable.h"

char order[16];
unsigned int nr;
int denier;

char copied[8];
long copy_result = 1;

static int run(int option, int id)
{
	unsigned int at = nr;

	if (option != SLEEPABLE_OPTION)
		return 0;
	nr = at + 1;
	if (at < sizeof(order) - 1)
		order[at] = '0' + id;
	return denier == id ? -SLEEPABLE_VERDICT : 0;
}

SEC("lsm/task_prctl")
int BPF_PROG(first, int option)
{
	return run(option, 1);
}

SEC("lsm/task_prctl")
int BPF_PROG(second, int option)
{
	return run(option, 2);
}

SEC("lsm/task_prctl")
int BPF_PROG(third, int option)
{
	return run(option, 3);
}

SEC("lsm.s/task_prctl")
int BPF_PROG(copier, int option, unsigned long address)
{
	if (option == SLEEPABLE_COPY)
		copy_result = bpf_copy_from_user(copied, 5, (void *)address);
	return 0;
}

char _license[] SEC("license") = "GPL";
