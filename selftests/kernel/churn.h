/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reuse of the memory that a freed BPF program was in: many other programs are
 * loaded, of all small sizes, whose code no test calls.
 */
#ifndef CHURN_H
#define CHURN_H

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "testing.h"

#define CHURN_PROGRAMS 60

/* A program of @length instructions; as a socket filter, never attached. */
static inline int churn_load(int length)
{
	struct bpf_insn insns[256];
	int fd;

	for (int i = 0; i < length - 1; i++)
		insns[i] = (struct bpf_insn){
			.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0x0b,
		};
	insns[length - 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "churn", "GPL", insns, length,
			   NULL);
	if (fd < 0)
		test_bail("cannot load a program");
	return fd;
}

static inline void churn(void)
{
	int fds[CHURN_PROGRAMS];

	for (int i = 0; i < CHURN_PROGRAMS; i++)
		fds[i] = churn_load(2 + i * 4);
	for (int i = 0; i < CHURN_PROGRAMS; i++)
		close(fds[i]);
}

#endif /* CHURN_H */
