// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A program on every LSM hook at the same time.  All load, attach and run from
 * slots, except on the hooks to which the kernel does not let programs attach
 * and those with an argument that does not fit a slot; both sets are counted.
 *
 * timeout: 600
 */
#define _GNU_SOURCE
#include <bpf/btf.h>

#include "attempts_files.h"
#include "attempts_ipc.h"
#include "attempts_net.h"
#include "attempts_tasks.h"

#define MAX_HOOKS	512

static struct hook hooks[MAX_HOOKS];
static int nr_hooks;
static int programs[MAX_HOOKS], links[MAX_HOOKS];
static __u64 *counts;

/* What the kernel refuses (bpf_lsm_disabled_hooks), and hooks without slots. */
static const char *const disabled[] = {
	"vm_enough_memory", "inode_need_killpriv", "inode_getsecurity",
	"inode_listsecurity", "inode_copy_up_xattr", "getselfattr",
	"getprocattr", "setprocattr", "key_getsecurity", "audit_rule_match",
	"xfrm_decode_session", "ismaclabel",
};
static const char *const wide[] = { "socket_getpeersec_stream" };

static bool is_in(const char *name, const char *const *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

#define IS_IN(name, list)	is_in(name, list, ARRAY_SIZE(list))

/* The hooks by the functions in the kernel's type information. */
static int hooks_from_btf(struct hook *found)
{
	/* no hooks, though their names begin so */
	static const char *const others[] = {
		"bpf_lsm_func_proto", "bpf_lsm_get_retval_range",
		"bpf_lsm_is_sleepable_hook", "bpf_lsm_is_trusted",
		"bpf_lsm_verify_prog", "bpf_lsm_find_cgroup_shim",
		"bpf_lsm_init", "bpf_lsm_arm_hook", "bpf_lsm_hook_armed",
		"bpf_lsm_arm_inode_storage",
	};
	struct btf *btf = libbpf_find_kernel_btf();
	int nr = btf ? (int)btf__type_cnt(btf) : 0, nr_found = 0;

	for (int id = 1; id < nr; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, type->name_off);

		if (!btf_is_func(type) || strncmp(name, "bpf_lsm_", 8) ||
		    IS_IN(name, others))
			continue;
		if (nr_found == MAX_HOOKS)
			test_bail("more than %d hooks", MAX_HOOKS);
		snprintf(found[nr_found].name, sizeof(found[0].name), "%s", name + 8);
		nr_found++;
	}
	btf__free(btf);
	return nr_found;
}

static int load_counter(int map, int i)
{
	const struct bpf_insn insns[] = {
		MAP_VALUE(1, map, i * 8),
		MOV_IMM(2, 1),
		FETCH_ADD(1, 0, 2),
		MOV_IMM(0, 0),
		EXIT(),
	};

	return load_for_hook(hooks[i].name, insns, ARRAY_SIZE(insns));
}

static void test_table(void)
{
	int with_slots = 0, nr_disabled = 0, nr_wide = 0, wrong = 0;

	for (int i = 0; i < nr_hooks; i++) {
		const struct hook *hook = &hooks[i];
		const char *reason = IS_IN(hook->name, disabled) ? "disabled" :
				     IS_IN(hook->name, wide) ? "wide-argument" : "-";

		with_slots += hook->nr_slots > 0;
		nr_disabled += !strcmp(hook->reason, "disabled");
		nr_wide += !strcmp(hook->reason, "wide-argument");
		if (strcmp(hook->reason, reason) || !hook->nr_slots != (*reason != '-')) {
			test_diag("%s: %u slots, reason %s, wanted %s", hook->name,
				  hook->nr_slots, hook->reason, reason);
			wrong++;
		}
	}
	test_ok(!wrong, "the table has every reason right");
	test_ok(nr_hooks == with_slots + nr_disabled + nr_wide &&
		nr_disabled == (int)ARRAY_SIZE(disabled) && nr_wide == (int)ARRAY_SIZE(wide),
		"%d hooks: %d with slots, %d disabled, %d with a wide argument",
		nr_hooks, with_slots, nr_disabled, nr_wide);
}

static void test_complete(void)
{
	static struct hook found[MAX_HOOKS];
	int nr = hooks_from_btf(found), missing = 0;

	for (int i = 0; i < nr; i++) {
		bool listed = false;

		for (int j = 0; j < nr_hooks; j++)
			listed |= !strcmp(hooks[j].name, found[i].name);
		if (!listed)
			test_diag("not in the table: %s", found[i].name);
		missing += !listed;
	}
	test_ok(!missing && nr == nr_hooks, "the table has all %d functions bpf_lsm_*", nr);
}

static void load_and_attach(int map)
{
	int refused = 0, loaded = 0, wrong = 0;

	for (int i = 0; i < nr_hooks; i++) {
		programs[i] = load_counter(map, i);
		if (IS_IN(hooks[i].name, disabled)) {
			refused += programs[i] == -EINVAL;
			continue;
		}
		loaded += programs[i] >= 0;
		if (programs[i] < 0) {
			test_diag("%s: not loaded: %s", hooks[i].name,
				  strerror(-programs[i]));
			wrong++;
		}
	}
	test_ok(refused == (int)ARRAY_SIZE(disabled),
		"the verifier refuses programs on %d disabled hooks", refused);
	test_ok(!wrong, "a program for each of %d hooks loaded", loaded);

	for (int i = 0; i < nr_hooks; i++) {
		if (programs[i] < 0)
			continue;
		links[i] = bpf_link_create(programs[i], 0, BPF_LSM_MAC, NULL);
		if (links[i] < 0)
			test_diag("%s: not attached: %s", hooks[i].name, strerror(errno));
		wrong += links[i] < 0;
	}
	test_ok(!wrong, "all %d attached at the same time", loaded);
}

static void test_places(void)
{
	int wrong = 0;

	for (int i = 0; i < nr_hooks; i++) {
		const char *name = hooks[i].name;
		bool slots = !IS_IN(name, wide);
		struct lsm_slot_link_info info;
		struct hook hook;

		if (programs[i] < 0)
			continue;
		info = settled_link(links[i]);
		hook = read_hook(name);
		if (info.place == (slots ? LSM_SLOT_PLACE_SLOT : LSM_SLOT_PLACE_TRAMPOLINE) &&
		    hook.armed == 1 && hook.attached == slots && hook.trampoline == !slots)
			continue;
		test_diag("%s: in place %s, attached %u, trampoline %u, armed %u", name,
			  place_name(info.place), hook.attached, hook.trampoline,
			  hook.armed);
		wrong++;
	}
	test_ok(!wrong, "each is where it belongs, and the hook table says so");
}

static int hook_index(const char *name)
{
	for (int i = 0; i < nr_hooks; i++)
		if (!strcmp(hooks[i].name, name))
			return i;
	test_bail("no hook %s", name);
}

/* Each attempt has to work, and to reach its hook. */
static int run_attempts(const struct attempt *attempts, int nr)
{
	int wrong = 0;

	for (int i = 0; i < nr; i++) {
		__u64 *count = &counts[hook_index(attempts[i].hook)];
		__u64 before = *count;
		int ret = attempts[i].run();

		if (!ret && *count > before)
			continue;
		test_diag("%s: result %d, the program ran %llu times",
			  attempts[i].hook, ret, *count - before);
		wrong++;
	}
	return wrong;
}

static void test_runs(void)
{
	int wrong = 0, reached = 0;

	wrong += run_attempts(attempts_files, ARRAY_SIZE(attempts_files));
	wrong += run_attempts(attempts_net, ARRAY_SIZE(attempts_net));
	wrong += run_attempts(attempts_tasks, ARRAY_SIZE(attempts_tasks));
	wrong += run_attempts(attempts_ipc, ARRAY_SIZE(attempts_ipc));
	for (int i = 0; i < nr_hooks; i++)
		reached += counts[i] > 0;
	test_ok(!wrong, "every system call works and runs the program of its hook");
	test_ok(reached >= 110, "programs ran on %d hooks", reached);
	for (int i = 0; i < nr_hooks; i++)
		if (programs[i] >= 0 && !counts[i])
			printf("# not reached: %s\n", hooks[i].name);
}

static void detach(void)
{
	static __u64 before[MAX_HOOKS];
	int armed = 0, running = 0;

	for (int i = 0; i < nr_hooks; i++)
		if (programs[i] >= 0)
			close(links[i]);
	memcpy(before, counts, sizeof(before));
	try_open();
	try_read();
	try_socket();
	for (int i = 0; i < nr_hooks; i++)
		running += counts[i] != before[i];
	test_ok(!running, "after the detach none runs");

	nr_hooks = read_hooks(hooks, MAX_HOOKS) ?: nr_hooks;
	for (int i = 0; i < nr_hooks; i++)
		armed += hooks[i].armed || hooks[i].attached || hooks[i].trampoline;
	if (have_slots())
		test_ok(!armed, "after the detach no hook is armed");
}

int main(void)
{
	int map;

	attempts_prepare();
	record_open();
	map = make_values((void **)&counts, MAX_HOOKS * 8);
	nr_hooks = read_hooks(hooks, MAX_HOOKS);
	if (have_slots()) {
		switch_slots(true);
		test_complete();
		test_table();
	} else {
		nr_hooks = hooks_from_btf(hooks);
		test_skip("kernel has no LSM slots: no table of %d hooks", nr_hooks);
	}
	load_and_attach(map);
	if (have_slots())
		test_places();
	test_runs();
	detach();
	return test_done();
}
