// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timeout: 900
 *
 * Each allocation and each copy of user memory that an operation on LSM links
 * makes fails in turn, the first, the second and so on until the operation makes
 * no more.  Each time the operation is done, or has failed and all is as it was:
 * the list of the hook and its revision, which programs run and what the caller
 * is told, how many links and programs there are.  A detach is always done.
 *
 * The kernel has to have fault injection, as that of kernel/build debug has.
 * Leaked memory is for selftests/vm/leaks to find.
 *
 * A trampoline that cannot get memory stays as it is when one of its programs
 * is detached, and the kernel warns: that is the base kernel's, and not tried.
 *
 * With $SEAL set, in a VM of its own: only what seals (host/seal.sh), from the fault
 * on that the second argument names.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "faults.h"
#include "linkctl.h"
#include "recorder.h"
#include "seal.skel.h"
#include "slots.h"

#define MOST_FAULTS	2000	/* of an operation; more means that it has no end */
#define ALL_FAULTS	20	/* at once; waiting for memory would go on for ever */
#define PLAIN		16
#define FILLERS		150	/* an array of so many is larger than a page */
#define DENIER		0	/* the first attached and so the last to run */
#define OTHER_DENIER	1
#define NEW		2
#define BASE		3	/* from here on: attached beforehand */

/* Which errors an operation may end with. */
#define OR_NO_INODE	1	/* of bpffs: ENOSPC, as the base kernel has it */

struct state {
	struct hook_list list;
	int links, programs;
};

/*
 * try() is what faults are injected into; it returns a descriptor or 0, or a
 * negative errno.  done() looks whether it was done, and undoes it.
 */
struct operation {
	const char *name;
	void (*prepare)(void);
	int (*try)(void);
	bool (*done)(int result);
	int fewest;		/* times that it has to fail for want of memory */
	bool always_done;	/* it must not fail */
	bool for_good;		/* once done it cannot be tried again */
	int allowed;
	bool (*undone)(void);	/* more to look at when it failed */
};

static struct recorder r;
static int hook, fillers[FILLERS];
static bool copies;

/* The recorder's programs in running order, and the links of all programs. */
static __u32 order[PLAIN];
static int nr_order;
static int base_links[FILLERS + PLAIN], nr_base;

static int fd_of(int program)
{
	return bpf_program__fd(r.programs[program]);
}

/* --- What is to be as it was ------------------------------------------------ */

static int count_ids(int command)
{
	struct {
		__u32 start_id, next_id, open_flags;
	} attr = {};
	int nr = 0;

	while (!bpf_call(command, &attr, sizeof(attr))) {
		attr.start_id = attr.next_id;
		nr++;
	}
	return nr;
}

static void take_state(struct state *state)
{
	memset(state, 0, sizeof(*state));
	if (hook_query(hook, &state->list))
		test_bail("cannot list the hook's programs");
	for (__u32 i = 0; i < state->list.nr; i++)
		state->list.flags[i] &= ~LSM_SLOT_LINK_SETTLING;
	state->links = count_ids(BPF_LINK_GET_NEXT_ID);
	state->programs = count_ids(BPF_PROG_GET_NEXT_ID);
}

/* What is freed may go some time later, so the numbers get some. */
static bool is_state(const struct state *wanted)
{
	double end = seconds_now() + test_limit(10);
	struct state state;

	for (take_state(&state); memcmp(&state, wanted, sizeof(state)); take_state(&state)) {
		if (seconds_now() > end) {
			test_diag("%d links, %d programs, %u on the hook, revision %llu; "
				  "wanted %d, %d, %u, %llu", state.links, state.programs,
				  state.list.nr, state.list.revision, wanted->links,
				  wanted->programs, wanted->list.nr, wanted->list.revision);
			return false;
		}
		nap(20);
	}
	return true;
}

/* As the first that denies ends a call, which run and what is answered? */
static bool runs(const __u32 *programs, int nr)
{
	int answer = 0, ran = 0, got;

	while (ran < nr && !answer)
		answer = -r.skel->bss->verdicts[programs[ran++]];
	recorder_forget(&r);
	got = recorder_call(&r);
	if (got != answer)
		test_diag("answer %d, wanted %d", got, answer);
	return recorder_ran(&r, 0, programs, ran) && got == answer;
}

static bool runs_as_before(void)
{
	return runs(order, nr_order);
}

/* With @program at @at, in place of the one there or in front of it. */
static bool runs_with(__u32 program, int at, bool instead)
{
	__u32 now[PLAIN + 1];

	memcpy(now, order, at * sizeof(*order));
	now[at] = program;
	memcpy(now + at + 1, order + at + instead, (nr_order - at - instead) * sizeof(*order));
	return runs(now, nr_order + 1 - instead);
}

/* --- Every fault ------------------------------------------------------------ */

static bool error_is_known(const struct operation *op, int err)
{
	return err == -ENOMEM || (err == -EFAULT && copies) ||
	       (err == -ENOSPC && op->allowed == OR_NO_INODE);
}

/* Returns false if the try did not end as it has to. */
static bool judge(const struct operation *op, int nth, bool hit, int result,
		  const struct state *before)
{
	bool good;

	if (result >= 0) {
		good = op->done(result);
		if (!good)
			test_diag("%s, fault %d: success, but it is not done", op->name, nth);
		return good;
	}
	good = hit && !op->always_done && error_is_known(op, result);
	if (!good)
		test_diag("%s, fault %d%s: %s", op->name, nth, hit ? "" : " (not reached)",
			  strerror(-result));
	if (!is_state(before) || !runs_as_before() || (op->undone && !op->undone())) {
		test_diag("%s, fault %d: failed, but something changed", op->name, nth);
		good = false;
	}
	return good;
}

/* From the @first on. */
static void faults_from(const struct operation *op, int first)
{
	int nth, result = 0, wrong = 0, no_memory = 0, no_copy = 0, in_spite = 0;
	struct state before;
	bool hit = true;

	for (nth = first; hit && nth <= MOST_FAULTS && wrong < 10; nth++) {
		if (op->prepare)
			op->prepare();
		take_state(&before);
		fault_arm(nth);
		result = op->try();
		hit = !fault_left();
		wrong += !judge(op, nth, hit, result, &before);
		no_copy += result == -EFAULT;
		no_memory += result < 0 && result != -EFAULT;
		in_spite += hit && result >= 0;
		if (op->for_good && hit && result >= 0) {
			test_diag("next fault: %d", nth + 1);
			break;
		}
	}
	if (op->for_good && hit)
		test_ok(!wrong && result >= 0, "%s: faults %d to %d, the last in vain", op->name,
			first, nth);
	else
		test_ok(!wrong && !hit, "%s: %d faults: %d times no memory, %d no copy, %d done in spite of it",
			op->name, nth - first - 1, no_memory, no_copy, in_spite);
	if (op->fewest)
		test_ok(no_memory >= op->fewest, "%s: wants memory at %d places at least",
			op->name, op->fewest);
}

static void every_fault(const struct operation *op)
{
	faults_from(op, 1);
}

/* --- What is attached beforehand --------------------------------------------- */

static void attach_base(int program)
{
	int link = link_attach_at(program, 0, 0, 0);

	if (link < 0)
		test_bail("cannot attach a program");
	base_links[nr_base++] = link;
}

/* @nr of the recorder's programs, and @others that nobody sees run. */
static void have_base(int nr, int others)
{
	while (nr_base)
		close(base_links[--nr_base]);
	nr_order = nr;
	for (int i = 0; i < nr; i++) {
		order[nr - 1 - i] = i ? BASE + i - 1 : DENIER;
		attach_base(fd_of(order[nr - 1 - i]));
	}
	for (int i = 0; i < others; i++)
		attach_base(fillers[i]);
}

static void load_fillers(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_LSM_MAC,
		    .attach_btf_id = hook);

	for (int i = 0; i < FILLERS; i++) {
		fillers[i] = bpf_prog_load(BPF_PROG_TYPE_LSM, "filler", "GPL", insns, 2, &opts);
		if (fillers[i] < 0)
			test_bail("cannot load program %d", i);
	}
}

/* --- Attach ------------------------------------------------------------------ */

static int try_attach(void)
{
	return link_attach_at(fd_of(NEW), 0, 0, 0);
}

static int try_attach_sleepable(void)
{
	return link_attach_at(fd_of(RECORDER_PLAIN), 0, 0, 0);
}

static int try_open(void)
{
	struct {
		__u64 name;
		__u32 prog_fd;
	} attr = { .prog_fd = fd_of(NEW) };

	return bpf_call(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
}

/* Closes the link of a program that is attached for a moment. */
static bool detached(int link)
{
	close(link);
	return runs_as_before();
}

static bool attached_first(int link)
{
	return runs_with(NEW, 0, false) & detached(link);
}

static bool attached_sleepable(int link)
{
	return runs_with(RECORDER_PLAIN, 0, false) & detached(link);
}

/* By link and by program, each with the revision that it has to be. */
static __u64 revision;

static void know_revision(void)
{
	struct hook_list list;

	if (hook_query(hook, &list))
		test_bail("cannot list the hook's programs");
	revision = list.revision;
}

static int try_attach_before(void)
{
	return link_attach_at(fd_of(NEW), LINK_BEFORE | LINK_LINK, base_links[0], revision);
}

static bool attached_before(int link)
{
	return runs_with(NEW, nr_order - 1, false) & detached(link);
}

static int try_attach_after(void)
{
	return link_attach_at(fd_of(NEW), LINK_AFTER, fd_of(order[0]), revision);
}

static bool attached_after(int link)
{
	return runs_with(NEW, 1, false) & detached(link);
}

static void slots_off(void)
{
	slots_switch(false);
}

static bool attached_trampoline(int link)
{
	struct hook_list list;
	bool good = !hook_query(hook, &list) && list.nr == 1 &&
		    (list.flags[0] & LSM_SLOT_LINK_TRAMPOLINE) && runs_with(NEW, 0, false);

	return good & detached(link);
}

/* Programs of the recorder that are attached may be behind 150 that are not its own. */
static void test_attach(const char *where, bool large)
{
	char names[6][64];
	struct operation attach[] = {
		{ .name = names[0], .try = try_attach, .done = attached_first, .fewest = 3 },
		{ .name = names[1], .try = try_open, .done = attached_first, .fewest = 3 },
		{ .name = names[2], .try = try_attach_sleepable, .done = attached_sleepable,
		  .fewest = 3 },
		{ .name = names[3], .try = try_attach_before, .done = attached_before,
		  .prepare = know_revision, .fewest = 3 },
		{ .name = names[4], .try = try_attach_after, .done = attached_after,
		  .prepare = know_revision, .fewest = 3 },
	};
	static const char *const ways[] = {
		"BPF_LINK_CREATE", "BPF_RAW_TRACEPOINT_OPEN", "sleepable",
		"before a link, of a revision", "after a program, of a revision",
	};
	int nr = !nr_order ? 3 : large ? 4 : 5;

	for (int i = 0; i < nr; i++) {
		snprintf(names[i], sizeof(names[i]), "attach, %s: %s", where, ways[i]);
		every_fault(&attach[i]);
	}
}

static void test_attach_trampoline(void)
{
	static const struct operation attach[] = {
		{ .name = "attach, trampoline: BPF_LINK_CREATE", .prepare = slots_off,
		  .try = try_attach, .done = attached_trampoline, .fewest = 5 },
		{ .name = "attach, trampoline: BPF_RAW_TRACEPOINT_OPEN", .prepare = slots_off,
		  .try = try_open, .done = attached_trampoline, .fewest = 5 },
	};

	every_fault(&attach[0]);
	every_fault(&attach[1]);
	slots_switch(true);
}

/* --- Replace ----------------------------------------------------------------- */

static int try_replace(void)
{
	return link_replace(base_links[0], fd_of(OTHER_DENIER), fd_of(DENIER));
}

static bool replaced(int result)
{
	bool good = runs_with(OTHER_DENIER, nr_order - 1, true);

	if (link_replace(base_links[0], fd_of(DENIER), fd_of(OTHER_DENIER)))
		test_bail("cannot replace a program");
	return good & runs_as_before();
}

static const struct operation replace = {
	.name = "replace", .try = try_replace, .done = replaced, .fewest = 1,
};

static const struct operation replace_large = {
	.name = "replace, array larger than a page", .try = try_replace, .done = replaced,
};

/* --- Detach ------------------------------------------------------------------ */

static int victim;

static void have_first(void)
{
	victim = try_attach();
	if (victim < 0)
		test_bail("cannot attach");
}

static void have_last(void)
{
	victim = link_attach_at(fd_of(NEW), LINK_AFTER, 0, 0);
	if (victim < 0)
		test_bail("cannot attach");
}

static void have_sleepable(void)
{
	victim = try_attach_sleepable();
	if (victim < 0)
		test_bail("cannot attach");
}

static void have_replaced(void)
{
	have_sleepable();
	if (link_replace(victim, fd_of(NEW), -1))
		test_bail("cannot replace");
}

static int try_close(void)
{
	return close(victim) ? -errno : 0;
}

/* There is one program less, and it does not run. */
static bool is_detached(int result)
{
	struct hook_list list;

	return !hook_query(hook, &list) && list.nr == (__u32)nr_base && runs_as_before();
}

static int close_result;

static void do_close(void)
{
	close_result = try_close();
}

/* No allocation that may fail succeeds, for a while. */
static void detach_without_memory(const struct operation *op)
{
	int failed;

	op->prepare();
	failed = fault_all(ALL_FAULTS, do_close);
	test_ok(!close_result && op->done(0), "%s: done without memory, %d allocations failed",
		op->name, failed);
}

static void test_detach(const char *where)
{
	char names[4][64];
	struct operation detach[] = {
		{ .name = names[0], .prepare = have_first },
		{ .name = names[1], .prepare = have_last },
		{ .name = names[2], .prepare = have_sleepable },
		{ .name = names[3], .prepare = have_replaced },
	};
	static const char *const which[] = {
		"the first", "the last", "a sleepable one", "one that was replaced",
	};

	for (int i = 0; i < 4; i++) {
		snprintf(names[i], sizeof(names[i]), "detach, %s: %s", where, which[i]);
		detach[i].try = try_close;
		detach[i].done = is_detached;
		detach[i].always_done = true;
		every_fault(&detach[i]);
		detach_without_memory(&detach[i]);
	}
}

/* --- Ask --------------------------------------------------------------------- */

static struct hook_list wanted_list;
static struct lsm_slot_link_info wanted_info;
static char wanted_hooks[65536], got_hooks[65536];

/* Apart from where it runs, which changes when a hook settles. */
static int ask_link(struct lsm_slot_link_info *info)
{
	union {
		struct bpf_link_info bpf;
		char room[256];
	} room = {};
	struct {
		__u32 bpf_fd, info_len;
		__u64 info;
	} attr = { base_links[0], sizeof(room), (unsigned long)&room };
	int err = bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));

	memcpy(info, (char *)&room + offsetof(struct bpf_link_info, tracing), sizeof(*info));
	info->flags &= ~LSM_SLOT_LINK_SETTLING;
	info->place = 0;
	info->slot = 0;
	info->denials = 0;
	return err;
}

static int ask_hooks(char *text, size_t size)
{
	int fd = open(LSM_SLOT_HOOKS_FILE, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;
	ssize_t got = 1;
	size_t at = 0;

	for (; !err && got > 0 && at < size - 1; at += got) {
		got = read(fd, text + at, size - 1 - at);
		if (got < 0)
			err = -errno;
	}
	if (fd >= 0)
		close(fd);
	text[err ? 0 : at] = '\0';
	return err;
}

static struct hook_list got_list;
static struct lsm_slot_link_info got_info;

static void ask_all(void)
{
	if (hook_query(hook, &wanted_list) || ask_link(&wanted_info) ||
	    ask_hooks(wanted_hooks, sizeof(wanted_hooks)))
		test_bail("cannot ask");
}

static int try_query(void)
{
	return hook_query(hook, &got_list);
}

static bool queried(int result)
{
	return got_list.nr == wanted_list.nr && got_list.revision == wanted_list.revision &&
	       !memcmp(got_list.links, wanted_list.links, sizeof(got_list.links[0]) * got_list.nr) &&
	       !memcmp(got_list.progs, wanted_list.progs, sizeof(got_list.progs[0]) * got_list.nr);
}

static int try_info(void)
{
	return ask_link(&got_info);
}

static bool informed(int result)
{
	return !memcmp(&got_info, &wanted_info, sizeof(got_info));
}

static int try_hooks(void)
{
	return ask_hooks(got_hooks, sizeof(got_hooks));
}

static bool hooks_read(int result)
{
	return !strcmp(got_hooks, wanted_hooks);
}

static void test_ask(void)
{
	static const struct operation ask[] = {
		{ .name = "query", .prepare = ask_all, .try = try_query, .done = queried,
		  .fewest = 1 },
		{ .name = "link information", .prepare = ask_all, .try = try_info,
		  .done = informed },
		{ .name = "the list of hooks", .prepare = ask_all, .try = try_hooks,
		  .done = hooks_read, .fewest = 1 },
	};

	for (int i = 0; i < 3; i++)
		every_fault(&ask[i]);
}

/* --- Pins -------------------------------------------------------------------- */

#define PINS	"/tmp/faults-pins"
#define PIN	PINS "/link"

static int object_call(int command, int fd)
{
	struct {
		__u64 path;
		__u32 fd, flags;
	} attr = { (unsigned long)PIN, fd, 0 };

	return bpf_call(command, &attr, sizeof(attr));
}

static int try_pin(void)
{
	return object_call(BPF_OBJ_PIN, base_links[0]);
}

static bool no_pin(void)
{
	return access(PIN, F_OK) && errno == ENOENT;
}

static bool pinned(int result)
{
	return !unlink(PIN) && runs_as_before();
}

static void have_pin(void)
{
	if (!access(PIN, F_OK))
		return;
	have_first();
	if (object_call(BPF_OBJ_PIN, victim))
		test_bail("cannot pin");
	close(victim);
	nr_order++;
	memmove(order + 1, order, (nr_order - 1) * sizeof(*order));
	order[0] = NEW;
}

static int try_get(void)
{
	return object_call(BPF_OBJ_GET, 0);
}

static bool got_link(int link)
{
	bool good = link_id_of(link) != 0;

	close(link);
	return good && runs_as_before();
}

/* The pin was all that held the link. */
static int try_unpin(void)
{
	return unlink(PIN) ? -errno : 0;
}

static bool unpinned(int result)
{
	double end = seconds_now() + test_limit(10);
	struct hook_list list;

	nr_order--;
	memmove(order, order + 1, nr_order * sizeof(*order));
	while (!hook_query(hook, &list) && list.nr != (__u32)nr_base && seconds_now() < end)
		nap(10);
	return no_pin() && runs_as_before();
}

static void test_pins(void)
{
	static const struct operation pin = {
		.name = "pin", .try = try_pin, .done = pinned, .undone = no_pin,
		.fewest = 1, .allowed = OR_NO_INODE,
	};
	static const struct operation get = {
		.name = "open a pin", .prepare = have_pin, .try = try_get, .done = got_link,
		.fewest = 1,
	};
	static const struct operation unpin = {
		.name = "unpin, which detaches", .prepare = have_pin, .try = try_unpin,
		.done = unpinned,
	};

	mkdir(PINS, 0700);
	if (mount("bpf", PINS, "bpf", 0, NULL))
		test_bail("cannot mount a bpffs");
	every_fault(&pin);
	every_fault(&get);
	every_fault(&unpin);
	umount(PINS);
	rmdir(PINS);
}

/* --- Switches ---------------------------------------------------------------- */

static int sysctl_fd;

static char slots_are(void)
{
	char text = '?';

	if (pread(sysctl_fd, &text, 1, 0) != 1)
		test_bail("cannot read %s", LSM_SLOT_SYSCTL_FILE);
	return text;
}

static int try_switch(void)
{
	return pwrite(sysctl_fd, "0\n", 2, 0) < 0 ? -errno : 0;
}

static bool not_switched(void)
{
	return slots_are() == '1';
}

static bool switched(int result)
{
	bool good = slots_are() == '0';

	slots_switch(true);
	return good && not_switched();
}

static int try_stats(void)
{
	struct {
		__u32 type;
	} attr = { 0 };	/* BPF_STATS_RUN_TIME */

	return bpf_call(BPF_ENABLE_STATS, &attr, sizeof(attr));
}

/* While it is on, hooks run from their arrays. */
static bool is_timed(void)
{
	struct hook_list list;

	return !hook_query(hook, &list) && list.flags[0] & LSM_SLOT_LINK_SETTLING;
}

static bool is_settled(void)
{
	double end = seconds_now() + test_limit(10);

	while (is_timed() && seconds_now() < end)
		nap(10);
	return !is_timed();
}

static bool timed(int fd)
{
	bool good = is_timed() && runs_as_before();

	close(fd);
	return good && is_settled();
}

static void test_switches(void)
{
	static const struct operation sysctl = {
		.name = "kernel.lsm_slots", .try = try_switch, .done = switched,
		.undone = not_switched, .fewest = 1,
	};
	static const struct operation stats = {
		.name = "BPF_ENABLE_STATS", .try = try_stats, .done = timed,
		.undone = is_settled, .fewest = 1,
	};

	sysctl_fd = open(LSM_SLOT_SYSCTL_FILE, O_RDWR | O_CLOEXEC);
	every_fault(&sysctl);
	close(sysctl_fd);
	every_fault(&stats);
}

/* --- lsm_cgroup -------------------------------------------------------------- */

static char cgroups[] = "/tmp/faults-cgroups.XXXXXX", inside[64], beside[64];
static int inside_fd, beside_fd, denier, allower, bind_hook, cgroup_base;

static bool may_bind(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err = bind(fd, (struct sockaddr *)&name, sizeof(name.sun_family));

	close(fd);
	return !err;
}

static int load_cgroup(int verdict)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_LSM_CGROUP,
		    .attach_btf_id = bind_hook);
	int fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "cgroup", "GPL", insns, 2, &opts);

	if (fd < 0)
		test_bail("cannot load a cgroup's program");
	return fd;
}

/* One link for all cgroups' programs of the hook; it may go some time later. */
static bool shims_are(__u32 nr)
{
	double end = seconds_now() + test_limit(10);
	struct hook_list list;

	while (!hook_query(bind_hook, &list) && list.nr != nr && seconds_now() < end)
		nap(10);
	return list.nr == nr;
}

static bool no_cgroup_program(void)
{
	return may_bind() && shims_are(cgroup_base);
}

static bool cgroup_denies(void)
{
	return !may_bind() && shims_are(1);
}

static int try_cgroup_link(void)
{
	struct link_create_attr attr = {
		.prog_fd = denier, .target_fd = inside_fd, .attach_type = BPF_LSM_CGROUP,
	};

	return bpf_call(BPF_LINK_CREATE, &attr, sizeof(attr));
}

static bool cgroup_linked(int link)
{
	bool good = cgroup_denies();

	close(link);
	return good & no_cgroup_program();
}

struct cgroup_attach {
	__u32 target_fd, prog_fd, attach_type, flags;
};

static int cgroup_call(int command)
{
	struct cgroup_attach attr = {
		.target_fd = inside_fd, .prog_fd = denier, .attach_type = BPF_LSM_CGROUP,
		.flags = command == BPF_PROG_ATTACH ? BPF_F_ALLOW_MULTI : 0,
	};

	return bpf_call(command, &attr, sizeof(attr));
}

static int try_cgroup_attach(void)
{
	return cgroup_call(BPF_PROG_ATTACH);
}

static bool cgroup_attached(int result)
{
	bool good = cgroup_denies();

	if (cgroup_call(BPF_PROG_DETACH))
		test_bail("cannot detach from the cgroup");
	return good & no_cgroup_program();
}

static void have_cgroup_link(void)
{
	victim = try_cgroup_link();
	if (victim < 0)
		test_bail("cannot attach to the cgroup");
}

static bool cgroup_closed(int result)
{
	return no_cgroup_program();
}

static int try_link_detach(void)
{
	return bpf_call(BPF_LINK_DETACH, &victim, sizeof(victim));
}

static bool cgroup_link_closed(int result)
{
	bool good = no_cgroup_program();

	close(victim);
	return good;
}

/* What could not be detached is then. */
static bool cgroup_link_detaches(void)
{
	return cgroup_denies() && !try_link_detach() && cgroup_link_closed(0);
}

static void have_cgroup_program(void)
{
	if (try_cgroup_attach())
		test_bail("cannot attach to the cgroup");
}

static int try_cgroup_detach(void)
{
	return cgroup_call(BPF_PROG_DETACH);
}

static bool cgroup_program_detaches(void)
{
	return cgroup_denies() && !try_cgroup_detach() && no_cgroup_program();
}

/*
 * With another program on the hook the link that runs them all is there already;
 * if it is of the same cgroup, a detach makes a new list of those that are left.
 */
static void test_cgroup(const char *where)
{
	char names[5][64];
	struct operation cgroup[] = {
		{ .name = names[0], .try = try_cgroup_link, .done = cgroup_linked,
		  .undone = no_cgroup_program, .fewest = 3 },
		{ .name = names[1], .try = try_cgroup_attach, .done = cgroup_attached,
		  .undone = no_cgroup_program, .fewest = 2 },
		{ .name = names[2], .prepare = have_cgroup_link, .try = try_close,
		  .done = cgroup_closed, .always_done = true },
		{ .name = names[3], .prepare = have_cgroup_link, .try = try_link_detach,
		  .done = cgroup_link_closed, .undone = cgroup_link_detaches },
		{ .name = names[4], .prepare = have_cgroup_program, .try = try_cgroup_detach,
		  .done = cgroup_closed, .undone = cgroup_program_detaches },
	};
	static const char *const ways[] = {
		"BPF_LINK_CREATE", "BPF_PROG_ATTACH", "close()", "BPF_LINK_DETACH",
		"BPF_PROG_DETACH",
	};

	for (int i = 0; i < 5; i++) {
		snprintf(names[i], sizeof(names[i]), "lsm_cgroup, %s: %s", where, ways[i]);
		every_fault(&cgroup[i]);
		if (cgroup[i].try == try_close)
			detach_without_memory(&cgroup[i]);
	}
}

static int make_cgroup(const char *path)
{
	int fd;

	if (mkdir(path, 0755))
		test_bail("cannot make %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		test_bail("cannot open %s", path);
	return fd;
}

static void enter_cgroup(const char *path)
{
	char procs[96];

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	write_text(procs, "0");
}

/* While another program is attached to @cgroup. */
static void test_cgroup_with(int cgroup, const char *where)
{
	struct link_create_attr attr = {
		.prog_fd = allower, .target_fd = cgroup, .attach_type = BPF_LSM_CGROUP,
	};
	int link = bpf_call(BPF_LINK_CREATE, &attr, sizeof(attr));

	if (link < 0)
		test_bail("cannot attach another program to a cgroup");
	cgroup_base = 1;
	test_cgroup(where);
	cgroup_base = 0;
	close(link);
}

static void test_cgroups(void)
{
	if (!mkdtemp(cgroups) || mount("none", cgroups, "cgroup2", 0, NULL))
		test_bail("cannot mount cgroup2");
	snprintf(inside, sizeof(inside), "%s/faults-inside", cgroups);
	snprintf(beside, sizeof(beside), "%s/faults-beside", cgroups);
	inside_fd = make_cgroup(inside);
	beside_fd = make_cgroup(beside);
	bind_hook = libbpf_find_vmlinux_btf_id("socket_bind", BPF_LSM_MAC);
	denier = load_cgroup(0);
	allower = load_cgroup(1);
	enter_cgroup(inside);

	test_cgroup("the first of the hook");
	test_cgroup_with(beside_fd, "one more");
	test_cgroup_with(inside_fd, "one more of the cgroup");
	test_ok(no_cgroup_program(), "lsm_cgroup: nothing is left on the hook");

	enter_cgroup(cgroups);
	close(denier);
	close(allower);
	close(inside_fd);
	close(beside_fd);
	for (int i = 0; i < 100 && (rmdir(inside), rmdir(beside), !access(inside, F_OK)); i++)
		nap(20);
	umount(cgroups);
	rmdir(cgroups);
}

/* --- Seals ------------------------------------------------------------------- */

static struct seal_bpf *seal;
static int to_seal;

/* As long as nothing is sealed a security_*() function can be overruled. */
static bool nothing_sealed(void)
{
	struct bpf_link *link = bpf_program__attach_trace(seal->progs.overrule);

	if (!link)
		return false;
	bpf_link__destroy(link);
	return true;
}

static int try_seal(void)
{
	return link_seal(to_seal);
}

static int try_create_sealed(void)
{
	return link_attach_at(fd_of(NEW), LSM_SLOT_F_SEAL, 0, 0);
}

static bool is_sealed(int link)
{
	struct hook_list list;

	link = link ?: to_seal;
	close(link);
	return !hook_query(hook, &list) && list.flags[0] & LSM_SLOT_LINK_SEALED &&
	       !nothing_sealed();
}

/* What succeeds is sealed for good: the next fault is for another boot to try. */
static void test_seal(bool create, int first)
{
	static const struct operation update = {
		.name = "seal", .try = try_seal, .done = is_sealed, .undone = nothing_sealed,
		.for_good = true,
	};
	static const struct operation born = {
		.name = "attach sealed", .try = try_create_sealed, .done = is_sealed,
		.undone = nothing_sealed, .for_good = true,
	};

	seal = seal_bpf__open();
	if (!seal)
		test_bail("cannot open the programs");
	bpf_program__set_autoload(seal->progs.allow_all, false);
	if (seal_bpf__load(seal))
		test_bail("cannot load the programs");
	if (!create) {
		have_base(1, 0);
		to_seal = base_links[0];
	}
	faults_from(create ? &born : &update, first);
}

/* ----------------------------------------------------------------------------- */

static void test_all(void)
{
	have_base(0, 0);
	test_attach("to an empty hook", false);
	test_attach_trampoline();
	test_detach("the only one");

	have_base(5, 0);
	test_attach("among five", false);
	every_fault(&replace);
	test_detach("of five");
	test_ask();
	test_pins();
	test_switches();

	have_base(11, 0);
	test_attach("beyond the slots", false);
	test_detach("beyond the slots");

	have_base(3, FILLERS);
	test_attach("array larger than a page", true);
	every_fault(&replace_large);
	test_detach("array larger than a page");
	have_base(0, 0);

	test_cgroups();
}

int main(int argc, char **argv)
{
	int links, programs;

	if (!have_link_order()) {
		test_skip("no faults in attaching: kernel has no LSM slots");
		return test_done();
	}
	if (!fault_open(&copies)) {
		test_skip("kernel injects no faults: no " FAULT_FILE
			  "; that of kernel/build debug does");
		return test_done();
	}
	if (!copies)
		test_skip("copies of user memory: kernel has no fail_usercopy");
	/* The test's own pages are there: a page fault takes no fault away. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		test_bail("cannot lock the test's memory");
	slots_switch(true);
	hook = libbpf_find_vmlinux_btf_id(RECORDER_HOOK, BPF_LSM_MAC);
	links = count_ids(BPF_LINK_GET_NEXT_ID);
	programs = count_ids(BPF_PROG_GET_NEXT_ID);
	recorder_load(&r, PLAIN, 1, false);
	r.skel->bss->verdicts[DENIER] = -VERDICT_OF(DENIER);
	r.skel->bss->verdicts[OTHER_DENIER] = -VERDICT_OF(OTHER_DENIER);
	if (getenv("SEAL")) {
		test_seal(argc > 1 && !strcmp(argv[1], "born"), argc > 2 ? atoi(argv[2]) : 1);
		return test_done();
	}
	load_fillers();
	test_all();
	recorder_free(&r);
	for (int i = 0; i < FILLERS; i++)
		close(fillers[i]);
	for (int i = 0; i < 500 && count_ids(BPF_PROG_GET_NEXT_ID) != programs; i++)
		nap(test_limit(20));
	test_ok(count_ids(BPF_LINK_GET_NEXT_ID) == links &&
		count_ids(BPF_PROG_GET_NEXT_ID) == programs,
		"as many links and programs as before: %d and %d", links, programs);
	return test_done();
}
