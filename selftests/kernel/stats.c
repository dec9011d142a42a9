// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Run statistics, by kernel.bpf_stats_enabled and by BPF_ENABLE_STATS: each
 * program is counted and timed exactly as often as it runs, only while they
 * are on, and the hook is back in its slots afterwards.
 */
#include <sys/prctl.h>

#include "insns.h"

#define STATS_OPTION	0x6c736d35	/* an option that prctl() does not know */
#define STATS_FILE	"/proc/sys/kernel/bpf_stats_enabled"
#define NR_CALLS	500
#define NR_PROGRAMS	3

static const char *path_name;
static int programs[NR_PROGRAMS], links[NR_PROGRAMS];

/* Denies calls with the option if arg2 is @id. */
static int load_denier(int id, bool sleepable)
{
	const struct bpf_insn insns[] = {
		LOAD(BPF_W, 2, 1, 0),
		LOAD(BPF_DW, 3, 1, 8),
		MOV_IMM(0, 0),
		JUMP_IMM(BPF_JNE, 2, STATS_OPTION, 2),
		JUMP_IMM(BPF_JNE, 3, id, 1),
		MOV_IMM(0, -EDOM),
		EXIT(),
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = BPF_LSM_MAC,
		.attach_btf_id = hook_btf_id("task_prctl"),
		.prog_flags = sleepable ? BPF_F_SLEEPABLE : 0);
	int program = bpf_prog_load(BPF_PROG_TYPE_LSM, "denier", "GPL", insns,
				    ARRAY_SIZE(insns), &opts);

	if (program < 0)
		test_bail("cannot load a program");
	return program;
}

static struct bpf_prog_info program_info(int program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &size))
		test_bail("no information about a program");
	return info;
}

static void call(int nr, unsigned long denier)
{
	for (int i = 0; i < nr; i++)
		prctl(STATS_OPTION, denier, 0UL, 0UL, 0UL);
}

/*
 * Runs of each program for NR_CALLS calls, of which the middle program denies
 * a part.
 */
static void test_counts(const char *switched)
{
	struct bpf_prog_info before[NR_PROGRAMS], after[NR_PROGRAMS];
	__u64 newest, middle, oldest;
	bool timed = true;

	for (int i = 0; i < NR_PROGRAMS; i++)
		before[i] = program_info(programs[i]);
	call(NR_CALLS, 0);
	call(100, 2);
	call(10, 3);
	for (int i = 0; i < NR_PROGRAMS; i++) {
		after[i] = program_info(programs[i]);
		timed &= after[i].run_time_ns > before[i].run_time_ns;
	}
	oldest = after[0].run_cnt - before[0].run_cnt;
	middle = after[1].run_cnt - before[1].run_cnt;
	newest = after[2].run_cnt - before[2].run_cnt;
	test_ok(oldest == NR_CALLS && middle == NR_CALLS + 100 &&
		newest == NR_CALLS + 110, "%s, %s: runs counted: %llu, %llu, %llu",
		path_name, switched, newest, middle, oldest);
	test_ok(timed, "%s, %s: runs timed", path_name, switched);
}

static void test_off(const char *when)
{
	__u64 before = program_info(programs[2]).run_cnt;

	call(50, 0);
	test_ok(program_info(programs[2]).run_cnt == before,
		"%s, %s: no runs counted", path_name, when);
}

static void set_stats(const char *value)
{
	int err = write_text(STATS_FILE, value);

	if (err)
		test_bail("cannot write %s: %s", STATS_FILE, strerror(-err));
}

/* While statistics are on, the hook runs from its array, and then no more. */
static void test_place(bool slots, unsigned int want, const char *when)
{
	struct lsm_slot_link_info info = read_link(links[2]);

	if (!slots)
		return;
	for (int i = 0; i < 100 && info.place != want; i++) {
		pause_ms(20);
		info = read_link(links[2]);
	}
	test_ok(info.place == want, "%s, %s: in place %s", path_name, when,
		place_name(info.place));
}

static void test_path(bool slots, int sleepable)
{
	bool array = sleepable == NR_PROGRAMS - 1;	/* then it is in any case */
	int fd;

	path_name = !slots ? "trampoline" : sleepable < 0 ? "slots" :
		    "slots and array";
	switch_slots(slots);
	for (int i = 0; i < NR_PROGRAMS; i++) {
		programs[i] = load_denier(i + 1, i == sleepable);
		links[i] = attach_program(programs[i]);
	}
	test_place(slots, array ? LSM_SLOT_PLACE_ARRAY : LSM_SLOT_PLACE_SLOT, "off");
	test_off("off");
	set_stats("1");
	test_counts("sysctl");
	test_place(slots, LSM_SLOT_PLACE_ARRAY, "on");
	set_stats("0");
	test_place(slots, array ? LSM_SLOT_PLACE_ARRAY : LSM_SLOT_PLACE_SLOT, "off again");
	test_off("off again");

	fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (fd < 0)
		test_bail("BPF_ENABLE_STATS failed");
	test_counts("BPF_ENABLE_STATS");
	set_stats("1");
	close(fd);
	test_counts("sysctl after BPF_ENABLE_STATS");
	set_stats("0");
	test_off("all off");
	test_place(slots, array ? LSM_SLOT_PLACE_ARRAY : LSM_SLOT_PLACE_SLOT, "all off");
	for (int i = 0; i < NR_PROGRAMS; i++) {
		close(links[i]);
		close(programs[i]);
	}
}

int main(void)
{
	int before = read_number(STATS_FILE);

	set_stats("0");
	test_path(false, -1);
	if (have_slots()) {
		test_path(true, -1);
		for (int sleepable = 0; sleepable < NR_PROGRAMS; sleepable++)
			test_path(true, sleepable);
	} else {
		test_skip("kernel has no LSM slots: the trampoline only");
	}
	set_stats(before ? "1" : "0");
	return test_done();
}
