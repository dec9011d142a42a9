// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kernel.lsm_slots: says where new programs go; attached ones stay; the order
 * is newest first whatever the mix, and after each detach.
 */
#include <sys/prctl.h>

#include "record.h"

#define HOOK	"task_prctl"
#define MAX	4

static int programs[MAX];

static void call(char ids[RECORD_MAX + 1])
{
	record_clear();
	record_on();
	prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	record_off();
	record_text(ids);
}

static bool runs(const char *want)
{
	char ids[RECORD_MAX + 1];

	call(ids);
	if (!strcmp(ids, want))
		return true;
	test_diag("order \"%s\", wanted \"%s\"", ids, want);
	return false;
}

static int attach(int id, bool slots)
{
	int link;

	switch_slots(slots);
	link = attach_program(programs[id - 1]);
	settled_link(link);
	return link;
}

static bool is_in(int link, unsigned int place)
{
	unsigned int is = settled_link(link).place;

	if (is != place)
		test_diag("in place %s, wanted %s", place_name(is), place_name(place));
	return is == place;
}

/* Does the hook table agree? */
static bool has_attached(unsigned int attached, unsigned int trampoline)
{
	struct hook hook = read_hook(HOOK);

	if (hook.attached == attached && hook.trampoline == trampoline &&
	    hook.armed == (attached || trampoline))
		return true;
	test_diag("hook table: attached %u, trampoline %u, armed %u", hook.attached,
		  hook.trampoline, hook.armed);
	return false;
}

static void test_values(void)
{
	static const char *const bad[] = { "abc", "2", "-1", "", "1x", "0x1g" };
	bool good = true;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int err, value;

		switch_slots(true);
		err = write_text(LSM_SLOT_SYSCTL_FILE, bad[i]);
		value = read_number(LSM_SLOT_SYSCTL_FILE);
		/* Nothing written is nothing to refuse. */
		if ((err == -EINVAL || !*bad[i]) && value == 1)
			continue;
		test_diag("\"%s\": result %d, the switch is %d", bad[i], err, value);
		good = false;
	}
	test_ok(good, "values other than 0 and 1 are refused");
	switch_slots(false);
	test_ok(read_number(LSM_SLOT_SYSCTL_FILE) == 0, "0 is taken");
	switch_slots(true);
	test_ok(read_number(LSM_SLOT_SYSCTL_FILE) == 1, "1 is taken");
}

static void test_mixed(void)
{
	int a, b, c, d;

	a = attach(1, true);
	test_ok(is_in(a, LSM_SLOT_PLACE_SLOT), "on: to a slot");
	switch_slots(false);
	test_ok(is_in(a, LSM_SLOT_PLACE_SLOT) && runs("1"), "switched off, it stays there");
	b = attach(2, false);
	test_ok(is_in(b, LSM_SLOT_PLACE_TRAMPOLINE) && is_in(a, LSM_SLOT_PLACE_SLOT),
		"off: the next goes to the trampoline");
	test_ok(runs("21") && has_attached(1, 1), "and runs before the one in the slot");
	c = attach(3, true);
	test_ok(is_in(c, LSM_SLOT_PLACE_TRAMPOLINE),
		"on: while there are programs on the trampoline, new ones join them");
	test_ok(runs("321") && has_attached(1, 2), "and the newest runs first");
	record->result[1] = -EPERM;
	test_ok(runs("32"), "a denial on the trampoline keeps the slots from running");
	record->result[1] = 0;
	close(b);
	test_ok(runs("31") && has_attached(1, 1), "detached from the middle");
	close(c);
	test_ok(runs("1") && has_attached(1, 0), "detached the last on the trampoline");
	d = attach(4, true);
	test_ok(is_in(d, LSM_SLOT_PLACE_SLOT) && runs("41"), "new ones go to slots again");
	close(a);
	test_ok(runs("4") && is_in(d, LSM_SLOT_PLACE_SLOT), "detached the oldest");
	close(d);
	test_ok(runs("") && has_attached(0, 0), "detached all");
}

/* A slot, two on the trampoline: detached in each order. */
static void test_detach_orders(void)
{
	static const int orders[][3] = {
		{ 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 },
		{ 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		const int *order = orders[i];
		int links[3] = { attach(1, true), attach(2, false), attach(3, true) };
		bool left[3] = { true, true, true }, good = runs("321");

		for (int j = 0; j < 3; j++) {
			char want[4] = "", *end = want;

			close(links[order[j] - 1]);
			left[order[j] - 1] = false;
			for (int id = 3; id >= 1; id--)
				if (left[id - 1])
					*end++ = '0' + id;
			*end = '\0';
			good &= runs(want);
			good &= has_attached(left[0], left[1] + left[2]);
		}
		test_ok(good, "detached in the order %d %d %d", order[0], order[1], order[2]);
	}
}

#define JIT_FILE	"/proc/sys/net/core/bpf_jit_enable"

/* A program without machine code cannot be called from a slot. */
static void test_interpreted(void)
{
	int program, link, other, err = write_text(JIT_FILE, "0");
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (err) {
		test_skip("the kernel has no interpreter: %s", strerror(-err));
		return;
	}
	program = record_program(HOOK, 5);
	write_text(JIT_FILE, "1");
	if (bpf_obj_get_info_by_fd(program, &info, &size))
		test_bail("no information about a program");
	test_ok(!info.jited_prog_len, "a program without machine code");
	other = attach(1, true);
	link = attach_program(program);
	test_ok(is_in(link, LSM_SLOT_PLACE_TRAMPOLINE), "goes to the trampoline");
	test_ok(is_in(other, LSM_SLOT_PLACE_SLOT), "and others stay in slots");
	test_ok(runs("51"), "both run");
	close(link);
	close(other);
	close(program);
	test_ok(runs("") && has_attached(0, 0), "and are gone after the detach");
}

int main(void)
{
	if (!have_slots()) {
		test_skip("kernel has no LSM slots: no switch");
		return test_done();
	}
	record_open();
	for (int i = 0; i < MAX; i++)
		programs[i] = record_program(HOOK, i + 1);
	test_values();
	test_mixed();
	test_detach_orders();
	test_interpreted();
	switch_slots(true);
	return test_done();
}
