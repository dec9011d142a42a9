// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs that call: tail calls, functions of their own, callbacks, maps, and
 * one with a full stack.  In slots and on the trampoline.
 */
#include <sys/prctl.h>

#include "insns.h"
#include "progs/calls.h"
#include "calls.skel.h"

#define ARG	5UL
#define COOKIE	0xc0ffee

static struct calls_bpf *skel;
static const char *path_name;

static int attach(int program)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .tracing.cookie = COOKIE);
	int link = bpf_link_create(program, 0, BPF_LSM_MAC, &opts);

	if (link < 0)
		test_bail("cannot attach");
	settled_link(link);
	return link;
}

/* The errno of the call, with the program attached. */
static int call_with_fd(int program)
{
	int link = attach(program), err = 0;

	skel->bss->seen_cookie = 0;
	skel->bss->seen_arg = 0;
	skel->bss->seen_nr_args = 0;
	skel->bss->returned = 0;
	if (prctl(CALLS_OPTION, ARG, 0UL, 0UL, 0UL))
		err = errno;
	close(link);
	return err;
}

static int call_with(struct bpf_program *program)
{
	return call_with_fd(bpf_program__fd(program));
}

static void set_target(__u32 index, struct bpf_program *program)
{
	int map = bpf_map__fd(skel->maps.targets), fd;

	if (!program) {
		bpf_map_delete_elem(map, &index);
		return;
	}
	fd = bpf_program__fd(program);
	if (bpf_map_update_elem(map, &index, &fd, BPF_ANY))
		test_bail("cannot set a tail call's target");
}

static bool target_saw_frame(void)
{
	return skel->bss->seen_cookie == COOKIE && skel->bss->seen_arg == ARG &&
	       skel->bss->seen_nr_args == 5;
}

static void test_tail_calls(void)
{
	set_target(0, NULL);
	set_target(1, NULL);
	test_ok(call_with(skel->progs.tail_caller) == EXDEV && skel->bss->returned == 1,
		"%s: a tail call without target falls through", path_name);
	set_target(0, skel->progs.tail_target);
	test_ok(call_with(skel->progs.tail_caller) == EDOM && !skel->bss->returned,
		"%s: the target of a tail call has the verdict", path_name);
	test_ok(target_saw_frame(), "%s: it sees cookie and arguments", path_name);
	set_target(0, skel->progs.tail_middle);
	set_target(1, skel->progs.tail_target);
	test_ok(call_with(skel->progs.tail_caller) == EDOM && target_saw_frame(),
		"%s: so does the second target", path_name);
	test_ok(call_with(skel->progs.function_tail_caller) == EDOM &&
		skel->bss->returned == 1 && target_saw_frame(),
		"%s: and one called from a function", path_name);
	set_target(0, NULL);
	set_target(1, NULL);
}

/* Fills the 512 bytes of stack that a program may have, and adds them up. */
static int load_stack_user(void)
{
	struct bpf_insn insns[300];
	int nr = 0;

	insns[nr++] = LOAD(BPF_W, 7, 1, 0);
	for (int i = 1; i <= 64; i++) {
		insns[nr++] = MOV_IMM(2, i);
		insns[nr++] = STORE(BPF_DW, 10, -8 * i, 2);
	}
	insns[nr++] = MOV_IMM(3, 0);
	for (int i = 1; i <= 64; i++) {
		insns[nr++] = LOAD(BPF_DW, 2, 10, -8 * i);
		insns[nr++] = ALU_REG(BPF_ADD, 3, 2);
	}
	insns[nr++] = MOV_IMM(0, 0);
	insns[nr++] = JUMP_IMM(BPF_JNE, 7, CALLS_OPTION, 3);
	insns[nr++] = MOV_IMM(0, -EDOM);
	insns[nr++] = JUMP_IMM(BPF_JEQ, 3, 64 * 65 / 2, 1);
	insns[nr++] = MOV_IMM(0, -EXDEV);
	insns[nr++] = EXIT();
	return load_for_hook("task_prctl", insns, nr);
}

static void test_functions(void)
{
	struct bpf_program *programs[] = {
		skel->progs.function_caller, skel->progs.looper,
		skel->progs.map_user,
	};
	int stack_user = load_stack_user();
	__u64 key = ARG, value = 8;

	test_ok(call_with(programs[0]) == EDOM, "%s: functions, local and global", path_name);
	test_ok(call_with(programs[1]) == EDOM, "%s: bpf_loop() with a callback", path_name);
	bpf_map_update_elem(bpf_map__fd(skel->maps.verdicts), &key, &value, BPF_ANY);
	test_ok(call_with(programs[2]) == EXDEV, "%s: a map says no", path_name);
	value = 7;
	bpf_map_update_elem(bpf_map__fd(skel->maps.verdicts), &key, &value, BPF_ANY);
	test_ok(call_with(programs[2]) == EDOM, "%s: a map says yes", path_name);
	test_ok(call_with_fd(stack_user) == EDOM, "%s: a full stack", path_name);
	close(stack_user);
}

static void test_path(bool slots)
{
	path_name = slots ? "slots" : "trampoline";
	switch_slots(slots);
	test_tail_calls();
	test_functions();
}

int main(void)
{
	skel = calls_bpf__open_and_load();
	if (!skel)
		test_bail("cannot load the programs");
	test_path(false);
	if (have_slots())
		test_path(true);
	else
		test_skip("kernel has no LSM slots: the trampoline only");
	calls_bpf__destroy(skel);
	return test_done();
}
