// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timeout: 600
 *
 * Attaching at a chosen place: before and after a program or a link, by file
 * descriptor and by id, and at both ends.  Random sequences of that and of
 * detaching; after each step a model, the kernel's list (BPF_PROG_QUERY) and
 * what really ran agree.  And everything that has to be refused, is, with an
 * errno of its own and without a change.
 *
 * The argument or $SEED is the seed, $STEPS the number of steps.
 */
#define _GNU_SOURCE
#include "linkctl.h"
#include "recorder.h"
#include "slots.h"

#define PLAIN		12
#define SLEEPABLE	3
#define PROGRAMS	(PLAIN + SLEEPABLE)

static struct recorder r;
static int hook, links[RECORDER_PROGRAMS];
static __u32 model[PROGRAMS];
static int nr_model;

static int program(int i)
{
	return i < PLAIN ? i : RECORDER_PLAIN + i - PLAIN;
}

static int program_fd(int program)
{
	return bpf_program__fd(r.programs[program]);
}

static int model_find(__u32 program)
{
	int at = 0;

	while (at < nr_model && model[at] != program)
		at++;
	return at;
}

static void model_insert(int at, __u32 program)
{
	memmove(model + at + 1, model + at, (nr_model - at) * sizeof(*model));
	model[at] = program;
	nr_model++;
}

static void model_remove(int at)
{
	nr_model--;
	memmove(model + at, model + at + 1, (nr_model - at) * sizeof(*model));
}

/* The relative object: a program or a link, by id or by file descriptor. */
static __u32 relative(int program, __u32 *flags)
{
	bool link = random() % 2, id = random() % 2;

	*flags |= (link ? LINK_LINK : 0) | (id ? LINK_ID : 0);
	if (link)
		return id ? link_id_of(links[program]) : (__u32)links[program];
	return id ? recorder_id(&r, program) : (__u32)program_fd(program);
}

static void attach(int program)
{
	__u32 flags = random() % 2 ? LINK_BEFORE : LINK_AFTER, other = 0;
	int at = flags == LINK_BEFORE ? 0 : nr_model;

	if (!(random() % 5)) {
		flags = 0;
		at = 0;
	} else if (nr_model && random() % 4) {
		at = random() % nr_model;
		other = relative(model[at], &flags);
		at += !!(flags & LINK_AFTER);
	}
	links[program] = link_attach_at(program_fd(program), flags, other, 0);
	if (links[program] < 0)
		test_bail("cannot attach program %d with flags %#x: %d", program, flags,
			  links[program]);
	model_insert(at, program);
}

static void detach(int program)
{
	close(links[program]);
	links[program] = 0;
	model_remove(model_find(program));
}

static bool list_agrees(void)
{
	static __u64 last;
	struct hook_list list;

	if (hook_query(hook, &list) || list.nr != (__u32)nr_model || list.revision <= last) {
		test_diag("list of %u, revision %llu after %llu", list.nr, list.revision, last);
		return false;
	}
	last = list.revision;
	for (int i = 0; i < nr_model; i++) {
		bool sleepable = list.flags[i] & LSM_SLOT_LINK_SLEEPABLE;

		if (list.progs[i] != recorder_id(&r, model[i]) ||
		    list.links[i] != link_id_of(links[model[i]]) ||
		    sleepable != (model[i] >= RECORDER_PLAIN)) {
			test_diag("entry %d of the list is another", i);
			return false;
		}
	}
	return true;
}

static bool runs_agree(void)
{
	recorder_forget(&r);
	return !recorder_call(&r) && recorder_ran(&r, 0, model, nr_model);
}

static void walk(int steps, unsigned int seed)
{
	int i, most = 0;

	srandom(seed);
	for (i = 0; i < steps; i++) {
		int chosen = program(random() % PROGRAMS);

		if (links[chosen])
			detach(chosen);
		else
			attach(chosen);
		most = nr_model > most ? nr_model : most;
		if (!list_agrees() || !runs_agree()) {
			test_diag("at step %d", i);
			break;
		}
	}
	test_ok(i == steps && most >= PROGRAMS / 2,
		"model, list and runs agree in %d of %d steps, up to %d programs (seed %u)", i,
		steps, most, seed);
	while (nr_model)
		detach(model[0]);
}

/* --- What is refused ------------------------------------------------------- */

static void refused(int got, int wanted, const char *what)
{
	struct hook_list list;

	if (got >= 0)
		close(got);
	hook_query(hook, &list);
	test_ok(got == wanted && list.nr == (__u32)nr_model && runs_agree(),
		"%s: %s, and nothing changed (got %s)", what, strerror(-wanted),
		got < 0 ? strerror(-got) : "success");
}

static int other_hook_link(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_LSM_MAC,
		    .attach_btf_id = libbpf_find_vmlinux_btf_id("path_chroot", BPF_LSM_MAC));
	int fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "other", "GPL", insns, 2, &opts);

	if (fd < 0)
		test_bail("cannot load a program for another hook");
	return link_attach_at(fd, 0, 0, 0);
}

static int socket_filter(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "filter", "GPL", insns, 2, NULL);
}

static void check_refusals(void)
{
	int free_program = program_fd(2), other = other_hook_link(), filter = socket_filter();
	struct hook_list list;

	attach(0);
	attach(1);
	hook_query(hook, &list);
	refused(link_attach_at(free_program, 1U << 7, 0, 0), -EINVAL, "unknown flag");
	refused(link_attach_at(free_program, BPF_F_REPLACE, 0, 0), -EINVAL, "BPF_F_REPLACE");
	refused(link_attach_at(free_program, 0, program_fd(0), 0), -EINVAL,
		"relative program without before and after");
	/* The attributes of other links go on where those of these end. */
	refused(link_attach_with_more(free_program), -EINVAL, "attributes that there are not");
	refused(link_attach_at(free_program, LINK_ID, 0, 0), -EINVAL, "an id without");
	refused(link_attach_at(free_program, LINK_LINK, 0, 0), -EINVAL, "a link without");
	refused(link_attach_at(free_program, LINK_BEFORE, 999, 0), -EBADF, "no such program fd");
	refused(link_attach_at(free_program, LINK_BEFORE | LINK_LINK, 999, 0), -EBADF,
		"no such link fd");
	refused(link_attach_at(free_program, LINK_BEFORE, links[0], 0), -EINVAL,
		"a link's fd as a program's");
	refused(link_attach_at(free_program, LINK_BEFORE | LINK_LINK, program_fd(0), 0), -EINVAL,
		"a program's fd as a link's");
	refused(link_attach_at(free_program, LINK_BEFORE | LINK_ID, 1U << 30, 0), -ENOENT,
		"no such program id");
	refused(link_attach_at(free_program, LINK_BEFORE | LINK_LINK | LINK_ID, 1U << 30, 0),
		-ENOENT, "no such link id");
	refused(link_attach_at(free_program, LINK_BEFORE, program_fd(3), 0), -ENOENT,
		"relative program not attached");
	refused(link_attach_at(free_program, LINK_AFTER | LINK_LINK, other, 0), -ENOENT,
		"relative link of another hook");
	refused(link_attach_at(free_program, LINK_AFTER, filter, 0), -EINVAL,
		"relative program that is no LSM program");
	refused(link_attach_at(free_program, LINK_BEFORE | LINK_AFTER, program_fd(0), 0), -ERANGE,
		"before and after the same");
	refused(link_attach_at(program_fd(0), 0, 0, 0), -EBUSY, "attached already");
	refused(link_attach_at(free_program, 0, 0, list.revision + 1), -ESTALE,
		"a revision to come");
	refused(link_attach_at(free_program, LINK_AFTER, 0, list.revision - 1), -ESTALE,
		"an old revision");
	links[2] = link_attach_at(free_program, LINK_AFTER, 0, list.revision);
	test_ok(links[2] >= 0, "the revision that is there is right");
	if (links[2] >= 0)
		model_insert(nr_model, 2);
	test_ok(runs_agree(), "and the program is where it belongs");
	refused(link_attach_at(program_fd(3), 0, 0, list.revision), -ESTALE,
		"the same revision again");
	while (nr_model)
		detach(model[0]);
	close(other);
	close(filter);
}

/* With the switch off a program runs from the trampoline, where nobody chooses. */
static void check_trampoline(void)
{
	struct hook_list list;

	slots_switch(false);
	links[0] = link_attach_at(program_fd(0), 0, 0, 0);
	model_insert(0, 0);
	refused(link_attach_at(program_fd(1), LINK_BEFORE, 0, 0), -EOPNOTSUPP,
		"a place on the trampoline");
	refused(link_attach_at(program_fd(1), 0, 0, 1), -EOPNOTSUPP,
		"a revision on the trampoline");
	hook_query(hook, &list);
	test_ok(list.nr == 1 && list.progs[0] == recorder_id(&r, 0) &&
		(list.flags[0] & LSM_SLOT_LINK_TRAMPOLINE),
		"the list has the trampoline's program and says so");
	slots_switch(true);
	detach(0);
}

static void check_query(void)
{
	struct query_attr attr = { .target = hook, .attach_type = BPF_LSM_MAC };
	__u32 ids[2] = {};

	attach(0);
	attach(1);
	attach(2);
	test_ok(!bpf_call(BPF_PROG_QUERY, &attr, sizeof(attr)) && attr.count == 3,
		"a query without buffers tells the number");
	attr = (struct query_attr){ .target = hook, .attach_type = BPF_LSM_MAC,
				    .prog_ids = (unsigned long)ids, .count = 2 };
	test_ok(bpf_call(BPF_PROG_QUERY, &attr, sizeof(attr)) == -ENOSPC && attr.count == 3 &&
		ids[0] == recorder_id(&r, model[0]) && ids[1] == recorder_id(&r, model[1]),
		"a small buffer is filled, and the number told");
	attr = (struct query_attr){ .target = 1, .attach_type = BPF_LSM_MAC };
	test_ok(bpf_call(BPF_PROG_QUERY, &attr, sizeof(attr)) == -ENOENT, "no hook's BTF id");
	attr = (struct query_attr){ .target = hook, .attach_type = BPF_LSM_MAC,
				    .query_flags = 1 };
	test_ok(bpf_call(BPF_PROG_QUERY, &attr, sizeof(attr)) == -EINVAL, "unknown query flag");
	attr = (struct query_attr){ .target = hook, .attach_type = BPF_LSM_MAC,
				    .prog_ids = 8, .count = 3 };
	test_ok(bpf_call(BPF_PROG_QUERY, &attr, sizeof(attr)) == -EFAULT, "unreadable memory");
	while (nr_model)
		detach(model[0]);
}

int main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("SEED");
	unsigned int seed = text ? strtoul(text, NULL, 0) : 20231;
	int steps = getenv("STEPS") ? atoi(getenv("STEPS")) : 400;

	if (!have_link_order()) {
		test_skip("no BPF_PROG_QUERY of LSM hooks: kernel has no LSM slots");
		return test_done();
	}
	hook = libbpf_find_vmlinux_btf_id(RECORDER_HOOK, BPF_LSM_MAC);
	recorder_load(&r, PLAIN, SLEEPABLE, false);
	check_refusals();
	check_query();
	check_trampoline();
	walk(steps, seed);
	recorder_free(&r);
	return test_done();
}
