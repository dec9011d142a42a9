// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a program finds in its frame: arguments, their number, the result so
 * far, its attach cookie, also after another hook was called in between.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "insns.h"
#include "progs/frame.h"
#include "frame.skel.h"

#define SECOND	0x1111222233334444UL
#define FIFTH	0xfffffffffffffff5UL

static const char *path_name;	/* slots or trampoline, for the results */

static int attach_cookie(struct bpf_program *program, __u64 cookie)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .tracing.cookie = cookie);
	int link = bpf_link_create(bpf_program__fd(program), 0, BPF_LSM_MAC, &opts);

	if (link < 0)
		test_bail("cannot attach with a cookie");
	settled_link(link);
	return link;
}

static struct frame_bpf *open_frame(void)
{
	struct frame_bpf *skel = frame_bpf__open_and_load();

	if (!skel)
		test_bail("cannot load the programs");
	return skel;
}

static bool call_prctl(void)
{
	return prctl(FRAME_OPTION, SECOND, 3UL, 0UL, FIFTH) == -1 && errno == EDOM;
}

static bool right_args(const __u64 *args)
{
	return (__u32)args[0] == FRAME_OPTION && args[1] == SECOND && args[2] == 3 &&
	       args[3] == 0 && args[4] == FIFTH;
}

static void test_plain(void)
{
	struct frame_bpf *skel = open_frame();
	struct frame *frame = &skel->bss->frame;
	int link = attach_cookie(skel->progs.read_plain, 0);

	test_ok(call_prctl() && frame->runs == 1 && right_args(frame->args),
		"%s: arguments as they were passed", path_name);
	test_ok(frame->ret == 0, "%s: the result so far is 0", path_name);
	close(link);
	frame_bpf__destroy(skel);
}

static void test_helpers(void)
{
	struct frame_bpf *skel = open_frame();
	struct frame *frame = &skel->bss->frame;
	int link = attach_cookie(skel->progs.read_prctl, 0xc00c1e0000000001);

	test_ok(call_prctl() && frame->runs == 1 && right_args(frame->args),
		"%s: arguments, in a program that asks for more", path_name);
	test_ok(frame->ret == 0 && frame->func_ret == 0,
		"%s: the result so far is 0, and by bpf_get_func_ret()", path_name);
	test_ok(frame->nr_args == 5, "%s: bpf_get_func_arg_cnt() is 5", path_name);
	test_ok(right_args(frame->func_args), "%s: bpf_get_func_arg()", path_name);
	test_ok(frame->beyond == -EINVAL, "%s: no argument beyond the last", path_name);
	test_ok(frame->cookie == 0xc00c1e0000000001, "%s: the attach cookie", path_name);
	close(link);
	frame_bpf__destroy(skel);
}

static void test_six_args(void)
{
	struct frame_bpf *skel = open_frame();
	struct frame *frame = &skel->bss->frame;
	int fd = memfd_create("frame", MFD_CLOEXEC);
	int link = attach_cookie(skel->progs.read_setxattr, 0);
	struct stat st;

	fstat(fd, &st);
	skel->bss->nested_ino = st.st_ino;
	fsetxattr(fd, "user.six", "value", 5, XATTR_CREATE);
	test_ok(frame->runs == 1 && frame->nr_args == 6 && frame->args[4] == 5 &&
		frame->args[5] == XATTR_CREATE && frame->ret == 0 &&
		!strcmp(frame->text, "user.six"), "%s: six arguments", path_name);
	close(link);
	close(fd);
	frame_bpf__destroy(skel);
}

/* The newest denies; so each in turn is called alone, then all together. */
static void test_cookies(void)
{
	static const __u64 cookies[] = { 0, 1, 0xffffffffffffffff, 0x100000000 };
	struct frame_bpf *skels[ARRAY_SIZE(cookies)];
	int links[ARRAY_SIZE(cookies)], right = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cookies); i++) {
		skels[i] = open_frame();
		links[i] = attach_cookie(skels[i]->progs.read_prctl, cookies[i]);
	}
	for (int i = ARRAY_SIZE(cookies) - 1; i >= 0; i--) {
		struct frame *frame = &skels[i]->bss->frame;

		frame->cookie = 42;
		settled_link(links[i]);
		call_prctl();
		if (frame->runs == 1 && frame->cookie == cookies[i])
			right++;
		else
			test_diag("program %d: %d runs, cookie %llx", i, frame->runs,
				  frame->cookie);
		close(links[i]);
		frame_bpf__destroy(skels[i]);
	}
	test_ok(right == ARRAY_SIZE(cookies), "%s: each link has its own cookie, also 0",
		path_name);
}

static void test_nesting(void)
{
	struct frame_bpf *skel = open_frame();
	int outer = attach_cookie(skel->progs.outer, 11);
	int inner = attach_cookie(skel->progs.inner, 22);
	int fd = memfd_create("frame", MFD_CLOEXEC), again;
	char path[32];
	struct stat st;

	fsetxattr(fd, "user.lsm", "value", 5, 0);
	fstat(fd, &st);
	skel->bss->nested_ino = st.st_ino;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	test_ok(again >= 0 && skel->bss->outer_result == 5 && skel->bss->inner_runs > 0,
		"%s: a program runs within a program", path_name);
	test_ok(skel->bss->outer_before == 11 && skel->bss->inner_cookie == 22,
		"%s: both have their cookies", path_name);
	test_ok(skel->bss->outer_after == 11, "%s: the outer one still has its own",
		path_name);
	close(again);
	close(fd);
	close(inner);
	close(outer);
	frame_bpf__destroy(skel);
}

/* The base kernel does not know bpf_get_func_ip() in LSM programs. */
static void test_func_ip(void)
{
	const struct bpf_insn insns[] = {
		CALL(BPF_FUNC_get_func_ip),
		MOV_IMM(0, 0),
		EXIT(),
	};
	int program = load_for_hook("task_prctl", insns, ARRAY_SIZE(insns));

	test_ok(program < 0, "the verifier refuses bpf_get_func_ip() in LSM programs");
}

static void test_path(bool slots)
{
	path_name = slots ? "slots" : "trampoline";
	switch_slots(slots);
	test_plain();
	test_helpers();
	test_six_args();
	test_cookies();
	test_nesting();
}

int main(void)
{
	test_func_ip();
	test_path(false);
	if (have_slots())
		test_path(true);
	else
		test_skip("kernel has no LSM slots: the trampoline only");
	return test_done();
}
