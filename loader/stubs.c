// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The functions bpf_lsm_<hook>() of a kernel without slots. */
#include <stdlib.h>
#include <string.h>

#include "kcore.h"
#include "ksyms.h"
#include "stubs.h"

#define STUB_MAX 32

/**
 * struct insn - an instruction that a stub may have
 * @code: how it begins
 * @len: how many bytes of that
 * @operand: how many follow
 */
struct insn {
	unsigned char code[4];
	size_t len, operand;
};

enum { INSN_XOR, INSN_MOV };

static const struct insn insns[] = {
	[INSN_XOR] = { { 0x31, 0xc0 }, 2, 0 },		/* xor %eax,%eax */
	[INSN_MOV] = { { 0xb8 }, 1, 4 },		/* mov $imm,%eax */
	{ { 0xf3, 0x0f, 0x1e, 0xfa }, 4, 0 },		/* endbr64 */
	{ { 0x0f, 0x1f, 0x44, 0x00 }, 4, 1 },		/* ftrace's five bytes: a NOP, */
	{ { 0xe8 }, 1, 4 },				/* or a call */
	{ { 0x55 }, 1, 0 },				/* push %rbp */
	{ { 0x48, 0x89, 0xe5 }, 3, 0 },			/* mov %rsp,%rbp */
	{ { 0x5d }, 1, 0 },				/* pop %rbp */
};

#define NR_INSNS (sizeof(insns) / sizeof(insns[0]))

/* True if the function does nothing but load @verdict and return. */
static bool decode(const unsigned char *code, size_t len, int *verdict)
{
	const unsigned char *end = code + len;
	bool loaded = false;
	size_t i;

	while (code < end && *code != 0xc3 && *code != 0xe9) {	/* ret, jump to its thunk */
		for (i = 0; i < NR_INSNS; i++)
			if (code + insns[i].len + insns[i].operand < end &&
			    !memcmp(code, insns[i].code, insns[i].len))
				break;
		if (i == NR_INSNS)
			return false;
		code += insns[i].len;
		if (i == INSN_XOR)
			*verdict = 0;
		else if (i == INSN_MOV)
			memcpy(verdict, code, sizeof(*verdict));
		loaded = loaded || i == INSN_XOR || i == INSN_MOV;
		code += insns[i].operand;
	}
	return loaded && code < end;
}

int stubs_read_defaults(struct hooks *hooks)
{
	struct kcore *core;
	struct ksyms syms;
	int status;
	size_t i;

	if (kcore_try(&core))
		return ST_OK;
	status = ksyms_load(&syms);
	for (i = 0; !status && i < hooks->n; i++) {
		struct hook *hook = &hooks->v[i];
		char *func = xasprintf(HOOK_FUNC_PREFIX "%s", hook->name);
		__u64 addr = ksyms_address(&syms, func);
		unsigned char code[STUB_MAX];

		if (addr && !hook->is_void &&
		    kcore_read(core, addr, code, sizeof(code)) == sizeof(code))
			hook->have_default = decode(code, sizeof(code), &hook->default_verdict);
		free(func);
	}
	if (!status)
		ksyms_free(&syms);
	kcore_close(core);
	return status;
}
