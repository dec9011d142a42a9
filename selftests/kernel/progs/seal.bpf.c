// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy to be sealed, and programs that would undo it: an extension of one
 * of its functions, and one that answers instead of the LSM hook's caller.
 *
 * prctl() is denied in it, with option SEAL_OPTION and no other.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "seal.h"

char _license[] SEC("license") = "GPL";

__noinline int answer(int option)
{
	volatile int verdict = option == SEAL_OPTION ? -SEAL_ERRNO : 0;

	return verdict;
}

__noinline int also(int verdict)
{
	volatile int same = verdict;

	return same;
}

SEC("lsm/task_prctl")
int BPF_PROG(denier, int option)
{
	return also(answer(option)) ? -SEAL_ERRNO : 0;
}

SEC("lsm/task_prctl")
int BPF_PROG(allower, int option)
{
	return 0;
}

/* The same for a second link. */
SEC("lsm/task_prctl")
int BPF_PROG(second_denier, int option)
{
	return answer(option) ? -SEAL_ERRNO : 0;
}

SEC("freplace/answer")
int allow_all(int option)
{
	return 0;
}

SEC("fmod_ret/security_task_prctl")
int BPF_PROG(overrule, int option)
{
	return 0;
}

SEC("fentry/bpf_lsm_task_prctl")
int BPF_PROG(watcher, int option)
{
	return 0;
}
