// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fentry and fexit programs on bpf_lsm_<hook>(), attached before an LSM
 * program, after it and without one: they run on every call, see arguments
 * and verdict, and keep the hook armed as long as they are there.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "insns.h"
#include "progs/tracers.h"
#include "tracers.skel.h"

#define ARG	0x123456789abcUL

static struct tracers_bpf *skel;
static struct tracers_bpf__bss *seen;
static const char *path_name;

static struct bpf_link *attach(struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach(program);

	if (!link)
		test_bail("cannot attach %s", bpf_program__name(program));
	if (bpf_program__type(program) == BPF_PROG_TYPE_LSM)
		settled_link(bpf_link__fd(link));
	return link;
}

/* The errno of a call with this verdict of the LSM program. */
static int call(int verdict)
{
	memset(seen, 0, sizeof(*seen));
	seen->verdict = verdict;
	return prctl(TRACERS_OPTION, ARG, 0UL, 0UL, 0UL) ? errno : 0;
}

/* Do all that should run run, once, and see what they should? */
static bool sees(bool lsm, bool entry, bool exit, int verdict)
{
	/* What the function returns if no program denies. */
	int want_ret = lsm && verdict ? verdict : -ENOSYS;
	int err = call(verdict);

	if (err == (lsm && verdict ? -verdict : EINVAL) &&
	    seen->lsm_runs == lsm && seen->entry_runs == entry &&
	    seen->exit_runs == exit && (!entry || seen->entry_arg2 == ARG) &&
	    (!exit || (seen->exit_arg2 == ARG && seen->exit_ret == want_ret)))
		return true;
	test_diag("verdict %d: errno %d, runs %d %d %d, arguments %lx %lx, result %d",
		  verdict, err, seen->lsm_runs, seen->entry_runs, seen->exit_runs,
		  seen->entry_arg2, seen->exit_arg2, seen->exit_ret);
	return false;
}

static bool sees_both(bool lsm, bool entry, bool exit)
{
	return sees(lsm, entry, exit, 0) && sees(lsm, entry, exit, -EDOM);
}

static bool is_armed(const char *hook, unsigned int attached, unsigned int trampoline)
{
	struct hook now;

	if (!have_slots())
		return true;
	now = read_hook(hook);
	if (now.armed == (attached || trampoline) && now.attached == attached &&
	    now.trampoline == trampoline)
		return true;
	test_diag("%s: attached %u, trampoline %u, armed %u", hook, now.attached,
		  now.trampoline, now.armed);
	return false;
}

static void test_alone(void)
{
	struct bpf_link *entry, *exit;

	test_ok(is_armed("task_prctl", 0, 0), "not armed before");
	entry = attach(skel->progs.on_entry);
	test_ok(sees_both(false, true, false) && is_armed("task_prctl", 0, 1),
		"fentry without an LSM program");
	exit = attach(skel->progs.on_exit);
	test_ok(sees_both(false, true, true) && is_armed("task_prctl", 0, 2),
		"fexit too, and it sees the default result");
	test_ok(seen->entry_ip && seen->entry_ip == seen->exit_ip,
		"bpf_get_func_ip() in both");
	bpf_link__destroy(entry);
	test_ok(sees_both(false, false, true) && is_armed("task_prctl", 0, 1),
		"fentry detached");
	bpf_link__destroy(exit);
	test_ok(sees_both(false, false, false) && is_armed("task_prctl", 0, 0),
		"both detached, no longer armed");
}

static void test_after(bool slots)
{
	struct bpf_link *lsm = attach(skel->progs.denier), *entry, *exit;

	test_ok(sees_both(true, false, false), "%s: an LSM program", path_name);
	entry = attach(skel->progs.on_entry);
	exit = attach(skel->progs.on_exit);
	test_ok(sees(true, true, true, 0), "%s: tracers after it", path_name);
	test_ok(sees(true, true, true, -EDOM),
		"%s: fexit sees its denial", path_name);
	bpf_link__destroy(lsm);
	test_ok(sees_both(false, true, true) && is_armed("task_prctl", 0, 2),
		"%s: tracers stay when it is detached", path_name);
	lsm = attach(skel->progs.denier);
	test_ok(sees_both(true, true, true) && is_armed("task_prctl", slots, 2 + !slots),
		"%s: an LSM program after tracers", path_name);
	bpf_link__destroy(exit);
	test_ok(sees_both(true, true, false), "%s: fexit detached", path_name);
	bpf_link__destroy(entry);
	test_ok(sees_both(true, false, false) && is_armed("task_prctl", slots, !slots),
		"%s: fentry detached", path_name);
	bpf_link__destroy(lsm);
	test_ok(sees_both(false, false, false) && is_armed("task_prctl", 0, 0),
		"%s: all detached", path_name);
}

static bool void_runs(int lsm, int entry, int exit)
{
	int fd = memfd_create("tracers", MFD_CLOEXEC);
	struct stat st;

	fstat(fd, &st);
	memset(seen, 0, sizeof(*seen));
	seen->void_ino = st.st_ino;
	fsetxattr(fd, "user.a", "b", 1, 0);
	close(fd);
	if (seen->void_lsm_runs == lsm && seen->void_entry_runs == entry &&
	    seen->void_exit_runs == exit)
		return true;
	test_diag("runs: LSM %d, fentry %d, fexit %d", seen->void_lsm_runs,
		  seen->void_entry_runs, seen->void_exit_runs);
	return false;
}

static void test_void(void)
{
	struct bpf_link *entry = attach(skel->progs.void_entry), *exit, *lsm;

	test_ok(void_runs(0, 1, 0), "%s: fentry on a void hook", path_name);
	lsm = attach(skel->progs.void_lsm);
	exit = attach(skel->progs.void_exit);
	test_ok(void_runs(1, 1, 1), "%s: with an LSM program and fexit", path_name);
	bpf_link__destroy(entry);
	bpf_link__destroy(exit);
	test_ok(void_runs(1, 0, 0), "%s: tracers detached", path_name);
	bpf_link__destroy(lsm);
	test_ok(void_runs(0, 0, 0) && is_armed("inode_post_setxattr", 0, 0),
		"%s: all detached from the void hook", path_name);
}

/* The base kernel has fmod_ret only on functions made for it. */
static void test_fmod_ret(void)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT() };
	int id = hook_btf_id("task_prctl"), program;
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = BPF_MODIFY_RETURN,
		.attach_btf_id = id);

	program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "modifier", "GPL", insns,
				ARRAY_SIZE(insns), &opts);
	test_ok(program == -EINVAL, "the verifier refuses fmod_ret programs on the function");
	if (program >= 0)
		close(program);
}

/* A trampoline's own rcu_read_unlock() would end in it again and again. */
static void test_unlock(void)
{
	const char *name = "rcu_read_unlock_special";
	struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT() };
	int id = libbpf_find_vmlinux_btf_id(name, BPF_TRACE_FENTRY), program;
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = BPF_TRACE_FENTRY,
		.attach_btf_id = id);

	if (id < 0) {
		test_skip("%s is no function of this kernel", name);
		return;
	}
	program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "unlock", "GPL", insns,
				ARRAY_SIZE(insns), &opts);
	test_ok(program == -EINVAL, "the verifier refuses fentry programs on %s", name);
	if (program >= 0)
		close(program);
}

int main(void)
{
	skel = tracers_bpf__open_and_load();
	if (!skel)
		test_bail("cannot load the programs");
	seen = skel->bss;
	test_alone();
	test_fmod_ret();
	test_unlock();
	for (int slots = 0; slots <= have_slots(); slots++) {
		path_name = slots ? "slots" : "trampoline";
		switch_slots(slots);
		test_after(slots);
		test_void();
	}
	if (!have_slots())
		test_skip("kernel has no LSM slots: the trampoline only");
	tracers_bpf__destroy(skel);
	return test_done();
}
