// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The functions bpf_lsm_<hook>() of a kernel without slots. */
#include <stdlib.h>
#include <string.h>

#include "kcore.h"
#include "ksyms.h"
#include "stubs.h"

/* endbr64, ftrace's five bytes, the verdict into %eax, and the return. */
#define STUB_MAX 16

static bool decode(const unsigned char *code, size_t len, int *verdict)
{
	static const unsigned char endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	const unsigned char *end = code + len;

	if (len >= sizeof(endbr64) && !memcmp(code, endbr64, sizeof(endbr64)))
		code += sizeof(endbr64);
	code += 5;
	if (end - code >= 3 && code[0] == 0x31 && code[1] == 0xc0) {
		*verdict = 0;				/* xor %eax,%eax */
		code += 2;
	} else if (end - code >= 6 && code[0] == 0xb8) {
		memcpy(verdict, code + 1, sizeof(*verdict));	/* mov $imm,%eax */
		code += 5;
	} else {
		return false;
	}
	/* ret, or a jump to the return thunk */
	return *code == 0xc3 || *code == 0xe9;
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
