// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timeout: 600
 *
 * BPF_LINK_UPDATE: another program for a link, in its place and with its
 * cookie, in slots, beyond them and among sleepable programs.  While it happens
 * tasks on every CPU call the hook, and each answer is the old program's or the
 * new one's.  And what has to be refused, is, with an errno of its own.
 */
#define _GNU_SOURCE
#include "linkctl.h"
#include "pounding.h"
#include "slots.h"

#define PLAIN		30
#define SLEEPABLE	2
#define LEAST		20	/* calls of each task */

static struct recorder r;
static int hook;

static int fd_of(int program)
{
	return bpf_program__fd(r.programs[program]);
}

static int attach(int program)
{
	int link = link_attach_at(fd_of(program), 0, 0, 0);

	if (link < 0)
		test_bail("cannot attach program %d", program);
	return link;
}

static bool ran(const __u32 *programs, int nr)
{
	recorder_forget(&r);
	return !recorder_call(&r) && recorder_ran(&r, 0, programs, nr);
}

/* @nr programs, 0 to @nr - 1, the last of them newest and so first. */
static void check_places(int nr, const char *what)
{
	int links[PLAIN], good = 0, err;
	__u32 order[PLAIN];

	for (int i = 0; i < nr; i++)
		links[i] = attach(i);
	for (int i = 0; i < nr; i++)
		order[nr - 1 - i] = i;
	for (int i = 0; i < nr; i++) {
		int new = i == nr / 2 ? RECORDER_PLAIN : PLAIN - 1;
		int at = nr - 1 - i;

		err = link_replace(links[i], fd_of(new), i % 2 ? fd_of(i) : -1);
		order[at] = new;
		good += !err && ran(order, nr);
		err = link_replace(links[i], fd_of(i), fd_of(new));
		order[at] = i;
		good += !err && ran(order, nr);
	}
	test_ok(good == 2 * nr, "%s: each link's program is replaced in place and back (%d of %d)",
		what, good, 2 * nr);
	for (int i = 0; i < nr; i++)
		close(links[i]);
}

static void check_identity(void)
{
	__u32 old_id = recorder_id(&r, 0), link_id;
	struct hook_list before, list;
	int link = attach(0);

	link_id = link_id_of(link);
	hook_query(hook, &before);
	test_ok(!link_replace(link, fd_of(1), fd_of(0)), "the program of a link is replaced");
	hook_query(hook, &list);
	test_ok(list.nr == 1 && list.links[0] == link_id && list.progs[0] == recorder_id(&r, 1) &&
		list.revision > before.revision,
		"same link, other program, other revision");
	hook_query(hook, &before);
	test_ok(!link_replace(link, fd_of(1), -1), "by itself is no error");
	hook_query(hook, &list);
	test_ok(list.revision == before.revision, "and no change");
	recorder_drop(&r, 0);
	test_ok(program_goes(old_id, 20), "nothing holds the old program any more");
	close(link);
	test_ok(program_exists(recorder_id(&r, 1)), "the new program is there while it is held");
	recorder_forget(&r);
	test_ok(!recorder_call(&r) && recorder_ran(&r, 0, NULL, 0), "with the link it goes");
}

/* --- Under fire ------------------------------------------------------------ */

/* Two programs that deny with the same answer take turns; nothing gets by. */
/* At least so many @changes, and on until every task has made some calls. */
static void check_no_gap(int front, int changes)
{
	double end = seconds_now() + test_limit(60);
	int others[PLAIN], link, done = 0, i;
	struct pounding_sum sum;

	r.skel->bss->verdicts[2] = r.skel->bss->verdicts[3] = -VERDICT_OF(2);
	link = attach(2);
	for (i = 0; i < front; i++)
		others[i] = attach(10 + i);
	pounding_start(&r, VERDICT_OF(2));
	for (i = 0; i < changes || (pounding_least() <= LEAST && seconds_now() < end); i++)
		done += !link_replace(link, fd_of(i % 2 ? 2 : 3), -1);
	sum = pounding_stop();
	changes = i;
	test_ok(done == changes && sum.least > LEAST && !sum.wrong,
		"%d programs in front: %d of %d replacements, none of %lu attempts passed (%lu did)",
		front, done, changes, sum.calls, sum.wrong);
	for (i = 0; i < front; i++)
		close(others[i]);
	close(link);
	r.skel->bss->verdicts[2] = r.skel->bss->verdicts[3] = 0;
}

/* When the command has returned the new program runs, and the old one does not. */
static void check_at_once(int changes)
{
	int link = attach(2), good = 0;

	for (int i = 0; i < changes; i++) {
		__u32 new = i % 2 ? 2 : 3;

		good += !link_replace(link, fd_of(new), -1) && ran(&new, 1);
	}
	test_ok(good == changes, "on return only the new program runs (%d of %d)", good, changes);
	close(link);
}

/* --- What is refused ------------------------------------------------------- */

static void refused(int got, int wanted, const char *what)
{
	__u32 two = 2;

	test_ok(got == wanted && ran(&two, 1), "%s: %s, and nothing changed (got %s)", what,
		strerror(-wanted), got < 0 ? strerror(-got) : "success");
}

static int load(enum bpf_prog_type type, const char *hook_name)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	int fd;

	if (hook_name) {
		opts.expected_attach_type = BPF_LSM_MAC;
		opts.attach_btf_id = libbpf_find_vmlinux_btf_id(hook_name, BPF_LSM_MAC);
	}
	fd = bpf_prog_load(type, "other", "GPL", insns, 2, &opts);
	if (fd < 0)
		test_bail("cannot load a program");
	return fd;
}

static void check_refusals(void)
{
	int filter = load(BPF_PROG_TYPE_SOCKET_FILTER, NULL);
	int elsewhere = load(BPF_PROG_TYPE_LSM, "path_chroot");
	int link = attach(2), second;
	struct {
		__u32 link_fd, new_prog_fd, flags, old_prog_fd;
	} attr = { .link_fd = link, .new_prog_fd = fd_of(3), .flags = 1U << 20 };
	__u32 both[] = { 4, 2 };

	refused(link_replace(link, 999, -1), -EBADF, "no such program");
	refused(link_replace(link, fd_of(3), 999), -EBADF, "no such old program");
	refused(link_replace(link, filter, -1), -EINVAL, "no LSM program");
	refused(link_replace(link, elsewhere, -1), -EXDEV, "a program for another hook");
	refused(link_replace(link, fd_of(3), fd_of(4)), -EPERM, "another old program");
	refused(bpf_call(BPF_LINK_UPDATE, &attr, sizeof(attr)), -EINVAL, "unknown flag");
	attr.flags = 0;
	attr.old_prog_fd = fd_of(2);
	refused(bpf_call(BPF_LINK_UPDATE, &attr, sizeof(attr)), -EINVAL,
		"an old program without BPF_F_REPLACE");
	second = attach(4);
	test_ok(link_replace(link, fd_of(4), -1) == -EBUSY && ran(both, 2),
		"a program that the hook has already: busy, and nothing changed");
	close(second);
	close(link);
	slots_switch(false);
	link = attach(2);
	refused(link_replace(link, fd_of(3), -1), -EOPNOTSUPP, "a link on the trampoline");
	slots_switch(true);
	close(link);
	close(filter);
	close(elsewhere);
}

int main(void)
{
	int changes = getenv("CHANGES") ? atoi(getenv("CHANGES")) : 150;

	if (!have_link_order()) {
		test_skip("no replacement of LSM programs: kernel has no LSM slots");
		return test_done();
	}
	hook = libbpf_find_vmlinux_btf_id(RECORDER_HOOK, BPF_LSM_MAC);
	recorder_load(&r, PLAIN, SLEEPABLE, false);
	check_places(1, "one");
	check_places(3, "three");
	check_places(12, "twelve");
	check_at_once(changes);
	check_no_gap(0, changes);
	check_no_gap(2, changes);
	check_no_gap(12, changes);
	check_refusals();
	check_identity();
	recorder_free(&r);
	return test_done();
}
