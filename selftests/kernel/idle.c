// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Nobody attached, nobody pays: with nothing attached no function that
 * dispatches an LSM hook has a call of bpf_lsm_<hook>() that can be reached,
 * decoded from the kernel's memory as it is.  A program or a tracer arms its
 * hook and changes no other function, and when it goes, every byte is back.
 */
#include "flow.h"
#include "sites.h"
#include "slots.h"

#include "idle.skel.h"

#define DISPATCH	"__SCK__lsm_static_call_"
#define HOOK_FUNCTION	"bpf_lsm_"

/* A function that dispatches hooks, and its bytes at some time. */
struct function {
	__u64 start, size;
	__u8 *bytes;
};

static struct kcore *core;
static struct ksyms syms;
static struct function *functions;
static int nr_functions;

/* Only functions with a call of a hook of the BPF LSM count as armed. */
struct armed {
	int nr;			/* calls of bpf_lsm_*() that can be reached */
	char name[128];		/* the last one's target */
};

static bool known(__u64 start)
{
	for (int i = 0; i < nr_functions; i++)
		if (functions[i].start == start)
			return true;
	return false;
}

static void add_function(__u64 addr)
{
	const struct ksym *sym = ksyms_at(&syms, addr);
	size_t length = sym ? strlen(sym->name) : 0;
	struct function *function;
	__u64 start;

	if (!sym)
		test_bail("no function at a static call");
	start = sym->addr;
	if (length > 5 && !strcmp(sym->name + length - 5, ".cold")) {
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)length - 5, sym->name);
		start = ksyms_address(&syms, name);
	}
	if (known(start))
		return;
	functions = realloc(functions, (nr_functions + 1) * sizeof(*functions));
	if (!functions)
		test_bail("no memory");
	function = &functions[nr_functions++];
	function->start = start;
	function->size = ksyms_end(&syms, start) - start;
	function->bytes = malloc(function->size);
	if (!function->bytes)
		test_bail("no memory");
}

static void find_functions(void)
{
	struct sites sites;

	if (kcore_open(&core) || ksyms_load(&syms) || sites_load(&sites, core, &syms))
		test_bail("cannot read the kernel's memory");
	for (size_t i = 0; i < sites.n; i++)
		if (!strncmp(sites.v[i].key, DISPATCH, strlen(DISPATCH)))
			add_function(sites.v[i].addr);
	sites_free(&sites);
}

static void read_function(const struct function *function, __u8 *bytes)
{
	if (kcore_read(core, function->start, bytes, function->size) != function->size)
		test_bail("cannot read %s", ksyms_at(&syms, function->start)->name);
}

static void snapshot(void)
{
	for (int i = 0; i < nr_functions; i++)
		read_function(&functions[i], functions[i].bytes);
}

/* Functions that are not as they were; @which is set to the last. */
static int changed(const struct function **which)
{
	__u8 *now = NULL;
	int nr = 0;

	for (int i = 0; i < nr_functions; i++) {
		now = realloc(now, functions[i].size);
		if (!now)
			test_bail("no memory");
		read_function(&functions[i], now);
		if (!memcmp(now, functions[i].bytes, functions[i].size))
			continue;
		*which = &functions[i];
		nr++;
	}
	free(now);
	return nr;
}

static void count_armed(const struct function *function, struct armed *armed)
{
	struct flow flow;

	if (flow_decode(&flow, core, &syms, function->start) || flow.stuck)
		test_bail("cannot decode %s", ksyms_at(&syms, function->start)->name);
	for (size_t i = 0; i < flow.nr_calls; i++) {
		const struct step *step = &flow.v[flow.order[i]];

		if (step->indirect || !ksyms_is(&syms, step->target, HOOK_FUNCTION, ""))
			continue;
		snprintf(armed->name, sizeof(armed->name), "%s",
			 ksyms_at(&syms, step->target)->name);
		armed->nr++;
	}
	flow_free(&flow);
}

static struct armed all_armed(void)
{
	struct armed armed = {};

	for (int i = 0; i < nr_functions; i++)
		count_armed(&functions[i], &armed);
	return armed;
}

/* Hooks that the kernel's own list calls armed. */
static int listed_armed(void)
{
	struct slots_hook *hooks;
	int nr, armed = 0;

	hooks = slots_hooks(&nr);
	for (int i = 0; i < nr; i++) {
		if (!hooks[i].armed)
			continue;
		test_diag("armed: %s", hooks[i].name);
		armed++;
	}
	free(hooks);
	return armed;
}

static bool is_idle(void)
{
	struct armed armed = all_armed();

	if (armed.nr)
		test_diag("%d calls, one of %s", armed.nr, armed.name);
	return !armed.nr && !listed_armed();
}

static void check(const struct bpf_program *program, const char *hook, bool slots)
{
	const char *name = bpf_program__name(program);
	const struct function *function = NULL;
	struct armed armed = {};
	struct bpf_link *link;
	char wanted[128];
	int nr;

	snprintf(wanted, sizeof(wanted), HOOK_FUNCTION "%s", hook);
	slots_switch(slots);
	snapshot();
	link = bpf_program__attach(program);
	slots_switch(true);
	if (!link)
		test_bail("cannot attach %s", name);
	nr = changed(&function);
	if (nr)
		count_armed(function, &armed);
	test_ok(nr == 1 && armed.nr == 1 && !strcmp(armed.name, wanted),
		"%s%s: changes one function (%d), which now calls %s", name,
		slots ? "" : " on a trampoline", nr, armed.name);
	test_ok(all_armed().nr == 1 && slots_hook(hook).armed,
		"%s: no other hook is armed", name);
	bpf_link__destroy(link);
	test_ok(!changed(&function) && !slots_hook(hook).armed,
		"%s: detached, every function is as before", name);
}

int main(void)
{
	struct idle_bpf *skel;
	struct bpf_program *program;

	find_functions();
	test_ok(nr_functions > 200, "%d functions dispatch hooks", nr_functions);
	if (!have_slots()) {
		/* Shows that the decoder finds the calls where there are some. */
		test_ok(all_armed().nr > 200, "without slots, %d hooks are always called",
			all_armed().nr);
		test_skip("nothing is called: kernel has no LSM slots");
		return test_done();
	}
	test_ok(is_idle(), "nothing attached: no call of the BPF LSM can be reached");
	skel = idle_bpf__open_and_load();
	if (!skel)
		test_bail("cannot load the programs");
	bpf_object__for_each_program(program, skel->obj)
		if (program != skel->progs.tracer)
			check(program, bpf_program__name(program), true);
	check(skel->progs.task_setnice, "task_setnice", false);
	check(skel->progs.bprm_committed_creds, "bprm_committed_creds", false);
	check(skel->progs.tracer, "task_setnice", true);
	test_ok(is_idle(), "all detached: no call of the BPF LSM can be reached");
	idle_bpf__destroy(skel);
	return test_done();
}
