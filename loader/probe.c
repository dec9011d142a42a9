// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the verifier lets programs do on a hook, found by loading some. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "probe.h"

/* Sets @ok: the kernel takes a program for @hook that returns @verdict. */
static int try_load(const struct hook *hook, int verdict, __u32 flags, bool *ok)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = BPF_LSM_MAC,
		.attach_btf_id = hook->btf_id,
		.prog_flags = flags,
	);
	int fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "lsmslot_probe", "GPL", insns,
			       sizeof(insns) / sizeof(insns[0]), &opts);
	int err = errno;

	*ok = fd >= 0;
	if (fd >= 0)
		close(fd);
	else if (err != EINVAL)
		return fail(err == EPERM || err == EACCES ? ST_PERM : ST_FAILED,
			    "cannot probe hook '%s': the kernel does not load a program for it: %s; try without --probe",
			    hook->name, strerror(err));
	return ST_OK;
}

int probe_hook(const struct hook *hook, struct probe *probe)
{
	bool one = false, minus = false;
	int status;

	memset(probe, 0, sizeof(*probe));
	status = try_load(hook, 0, 0, &probe->attachable);
	if (status || !probe->attachable)
		return status;
	status = try_load(hook, 0, BPF_F_SLEEPABLE, &probe->sleepable);
	if (status || hook->is_void)
		return status;
	status = try_load(hook, 1, 0, &one);
	if (!status)
		status = try_load(hook, -EPERM, 0, &minus);
	if (one)
		probe->verdicts = minus ? VERDICTS_ANY : VERDICTS_BOOL;
	else
		probe->verdicts = VERDICTS_ERRNO;
	return status;
}
