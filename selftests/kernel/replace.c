// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Extension programs (freplace) in an attached LSM program.
 *
 * The base kernel does not let them have the context of an LSM program.  A
 * slot relies on that: it fills the frame for programs that were loaded with a
 * helper that looks at it, and an extension comes later.
 */
#include <sys/prctl.h>

#include "hooks.h"
#include "progs/replace.h"
#include "replace.skel.h"
#include "replacement.skel.h"

static struct replace_bpf *target;
static int program;

static int call(void)
{
	return prctl(REPLACE_OPTION, 0UL, 0UL, 0UL, 0UL) ? errno : 0;
}

/* NULL if the kernel refuses it. */
static struct replacement_bpf *load(bool context)
{
	struct replacement_bpf *skel = replacement_bpf__open();
	struct bpf_program *extension;

	if (!skel)
		test_bail("cannot open the extension");
	extension = context ? skel->progs.with_cookie : skel->progs.replacement;
	bpf_program__set_autoload(extension, true);
	if (bpf_program__set_attach_target(extension, program,
					   context ? "with_context" : "replaceable"))
		test_bail("no such function");
	if (!replacement_bpf__load(skel))
		return skel;
	replacement_bpf__destroy(skel);
	return NULL;
}

static int attach(void)
{
	int link = bpf_link_create(program, 0, BPF_LSM_MAC, NULL);

	if (link < 0)
		test_bail("cannot attach the LSM program");
	settled_link(link);
	return link;
}

static void test_order(const char *path_name, bool before)
{
	struct replacement_bpf *skel = load(false);
	struct bpf_link *extension = NULL;
	int link = -1;

	if (!skel)
		test_bail("cannot load the extension");
	if (!before)
		link = attach();
	extension = bpf_program__attach_freplace(skel->progs.replacement, program,
						 "replaceable");
	if (before)
		link = attach();
	test_ok(extension && call() == EXDEV && skel->bss->runs == 1,
		"%s: a function replaced %s the program is attached", path_name,
		before ? "before" : "after");
	bpf_link__destroy(extension);
	test_ok(call() == EDOM, "%s: and back", path_name);
	close(link);
	replacement_bpf__destroy(skel);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int main(void)
{
	target = replace_bpf__open_and_load();
	if (!target)
		test_bail("cannot load the LSM program");
	program = bpf_program__fd(target->progs.target);
	for (int slots = 0; slots <= have_slots(); slots++) {
		switch_slots(slots);
		test_order(slots ? "slots" : "trampoline", false);
		test_order(slots ? "slots" : "trampoline", true);
	}
	libbpf_set_print(quiet);
	test_ok(!load(true), "an extension cannot have an LSM program's context");
	if (!have_slots())
		test_skip("kernel has no LSM slots: the trampoline only");
	replace_bpf__destroy(target);
	return test_done();
}
