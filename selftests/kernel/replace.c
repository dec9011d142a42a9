// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Extension programs: a function of an attached LSM program is replaced by one
 * that asks for the attach cookie and the number of arguments, for which the
 * program itself never asked.
 */
#include <sys/prctl.h>

#include "hooks.h"
#include "progs/replace.h"
#include "replace.skel.h"
#include "replacement.skel.h"

#define COOKIE	0xc0ffee

static int call(void)
{
	return prctl(REPLACE_OPTION, 0UL, 0UL, 0UL, 0UL) ? errno : 0;
}

static void test_path(bool slots, bool before)
{
	const char *path_name = slots ? "slots" : "trampoline";
	const char *order = before ? "before" : "after";
	LIBBPF_OPTS(bpf_link_create_opts, opts, .tracing.cookie = COOKIE);
	struct replacement_bpf *replacement = replacement_bpf__open();
	struct replace_bpf *target = replace_bpf__open_and_load();
	struct bpf_link *extension = NULL;
	int link = -1, program;

	if (!replacement || !target)
		test_bail("cannot load the LSM program");
	program = bpf_program__fd(target->progs.target);
	if (bpf_program__set_attach_target(replacement->progs.replacement, program,
					   "replaceable") ||
	    replacement_bpf__load(replacement)) {
		/* Then there is nothing that could go wrong either. */
		test_ok(true, "%s: the verifier refuses the extension", path_name);
		goto out;
	}
	switch_slots(slots);
	for (int i = 0; i < 2; i++) {
		if (i != before) {
			link = bpf_link_create(program, 0, BPF_LSM_MAC, &opts);
			if (link < 0)
				test_bail("cannot attach the LSM program");
			settled_link(link);
		} else {
			extension = bpf_program__attach_freplace(
				replacement->progs.replacement, program, "replaceable");
		}
	}
	if (!test_ok(extension, "%s: function replaced %s the program is attached",
		     path_name, order))
		goto out;
	test_ok(call() == EXDEV && replacement->bss->runs == 1,
		"%s: the replacement runs", path_name);
	test_ok(replacement->bss->cookie == COOKIE, "%s: it sees the cookie", path_name);
	test_ok(replacement->bss->nr_args == 5, "%s: and the number of arguments", path_name);
	bpf_link__destroy(extension);
	test_ok(call() == EDOM, "%s: the function is back after the detach", path_name);
out:
	if (link >= 0)
		close(link);
	replacement_bpf__destroy(replacement);
	replace_bpf__destroy(target);
}

int main(void)
{
	for (int slots = 0; slots <= have_slots(); slots++) {
		test_path(slots, false);
		test_path(slots, true);
	}
	if (!have_slots())
		test_skip("kernel has no LSM slots: the trampoline only");
	else
		switch_slots(true);
	return test_done();
}
