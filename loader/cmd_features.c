// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot features: what this kernel offers BPF LSM programs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/lsm_slot.h>

#include "args.h"
#include "config.h"
#include "hooks.h"
#include "host.h"
#include "output.h"
#include "query.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"
#define JIT_FILE "/proc/sys/net/core/bpf_jit_enable"

static const char usage[] =
	"usage: lsmslot features [-j]\n\n"
	"Shows what this kernel, as it is configured and booted, offers BPF LSM programs,\n"
	"and which hooks have no slots and why. What cannot be read is \"unknown\".\n\n"
	"  -j, --json  print JSON, with every hook\n"
	"  -h, --help  show this\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

enum ability_id { CAN_QUERY, CAN_ORDER, CAN_REPLACE, CAN_SEAL, CAN_DENIALS, NR_ABILITIES };

static const struct {
	const char *key, *label;
} abilities[NR_ABILITIES] = {
	[CAN_QUERY] = { "query", "query of a hook:" },
	[CAN_ORDER] = { "order", "order of programs:" },
	[CAN_REPLACE] = { "replace", "replacing programs:" },
	[CAN_SEAL] = { "seal", "sealed links:" },
	[CAN_DENIALS] = { "denials", "count of denials:" },
};

/**
 * struct ability - something that can be done with links
 * @have: yes
 * @unknown: neither yes nor no
 * @why: the reason if it is not yes, else NULL
 */
struct ability {
	bool have, unknown;
	const char *why;
};

/**
 * struct features - the findings; a NULL string is not known
 * @bpf_lsm: CONFIG_BPF_LSM
 * @slots: CONFIG_BPF_LSM_SLOTS
 * @config_path: where the two were read
 * @lsm_list: the LSMs that are on
 * @jit: bpf_jit_enable
 * @lsm_switch: kernel.lsm_slots
 * @btf: the kernel's types can be read
 * @have_slots: the kernel has LSM slots
 * @hooks: its hooks; none if they cannot be read
 * @hooks_status: enum status of reading them
 * @can: what it does with links, by enum ability_id
 */
struct features {
	char *bpf_lsm, *slots, *config_path;
	char *lsm_list, *jit, *lsm_switch;
	bool btf, have_slots;
	struct hooks hooks;
	int hooks_status;
	struct ability can[NR_ABILITIES];
};

static char *read_line(const char *path)
{
	char *text = read_text(path);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

/* All of it came into the kernel with the answer to BPF_PROG_QUERY. */
static void find_abilities(struct features *f)
{
	struct ability all = { .have = true };
	int err = -EINVAL, i;

	if (f->hooks_status) {
		all = (struct ability){ .unknown = true, .why = "its hooks cannot be read" };
	} else if (!f->have_slots) {
		all = (struct ability){ .why = "the kernel has no LSM slots" };
	} else if (!kernel_has_query(&f->hooks, &err)) {
		all.have = false;
		all.unknown = err != -EINVAL;
		all.why = err == -EINVAL ? "the kernel's slots do not know BPF_PROG_QUERY" :
			  err == -EPERM ? "needs CAP_NET_ADMIN and CAP_PERFMON to find out" :
			  strerror(-err);
	}
	for (i = 0; i < NR_ABILITIES; i++)
		f->can[i] = all;
	if (all.have && f->lsm_switch && *f->lsm_switch == '0')
		f->can[CAN_ORDER] = (struct ability){
			.why = "kernel.lsm_slots=0 sends new programs to trampolines",
		};
}

static void find_features(struct features *f)
{
	struct kconfig config;

	memset(f, 0, sizeof(*f));
	kconfig_load(&config);
	f->bpf_lsm = kconfig_get(&config, "CONFIG_BPF_LSM");
	f->slots = kconfig_get(&config, "CONFIG_BPF_LSM_SLOTS");
	f->config_path = config.text ? xstrdup(config.path) : NULL;
	kconfig_free(&config);
	f->lsm_list = read_line(LSM_LIST_FILE);
	f->jit = read_line(JIT_FILE);
	f->lsm_switch = read_line(LSM_SLOT_SYSCTL_FILE);
	f->btf = !access(BTF_FILE, R_OK);
	f->have_slots = kernel_has_slots();
}

static void free_features(struct features *f)
{
	free(f->bpf_lsm);
	free(f->slots);
	free(f->config_path);
	free(f->lsm_list);
	free(f->jit);
	free(f->lsm_switch);
	hooks_free(&f->hooks);
}

static unsigned int hooks_with_slots(const struct hooks *hooks)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < hooks->n; i++)
		n += hooks->v[i].nr_slots > 0;
	return n;
}

static unsigned int slots_per_hook(const struct hooks *hooks)
{
	unsigned int max = 0;
	size_t i;

	for (i = 0; i < hooks->n; i++)
		if (hooks->v[i].nr_slots > max)
			max = hooks->v[i].nr_slots;
	return max;
}

static const char *reason_text(const char *reason)
{
	if (!strcmp(reason, "disabled"))
		return "disabled: the kernel lets no BPF program attach";
	if (!strcmp(reason, "wide-argument"))
		return "wide-argument: an argument is passed by value and wider than 8 bytes";
	return reason;
}

static const char *yes_no(const char *value)
{
	if (!value)
		return "unknown";
	return !strcmp(value, "n") || !strcmp(value, "0") ? "no" : "yes";
}

static void print_abilities(const struct features *f)
{
	int i;

	for (i = 0; i < NR_ABILITIES; i++) {
		const struct ability *can = &f->can[i];

		printf("%-21s %s", abilities[i].label,
		       can->have ? "yes" : can->unknown ? "unknown" : "no");
		if (can->why)
			printf(" (%s)", can->why);
		putchar('\n');
	}
}

static int print_text(const struct features *f)
{
	const struct hooks *hooks = &f->hooks;
	unsigned int with = hooks_with_slots(hooks);
	size_t i;

	printf("kernel:               %s\n", kernel_release());
	printf("BPF LSM built in:     %s (%s)\n", yes_no(f->bpf_lsm),
	       f->config_path ? f->config_path : "no configuration in /proc/config.gz or /boot");
	printf("bpf in lsm=:          %s (%s)\n",
	       f->lsm_list ? (list_has(f->lsm_list, "bpf") ? "yes" : "no") : "unknown",
	       f->lsm_list ? f->lsm_list : LSM_LIST_FILE " cannot be read");
	printf("BTF:                  %s\n", f->btf ? "yes" : "no");
	printf("BPF JIT on:           %s\n", yes_no(f->jit));
	printf("LSM slots built in:   %s\n", f->have_slots ? "yes" : yes_no(f->slots));
	if (f->have_slots)
		printf("new programs go to:   %s (kernel.lsm_slots=%s)\n",
		       !f->lsm_switch ? "unknown" : *f->lsm_switch == '0' ? "trampolines" : "slots",
		       f->lsm_switch ? f->lsm_switch : "?");
	else
		puts("new programs go to:   trampolines");
	print_abilities(f);
	if (f->hooks_status) {
		puts("hooks:                unknown");
		return ST_OK;
	}
	printf("hooks:                %zu\n", hooks->n);
	if (!hooks->have_table) {
		if (hooks->table_errno)
			printf("hooks with slots:     unknown (%s: %s)\n", LSM_SLOT_HOOKS_FILE,
			       strerror(hooks->table_errno));
		else
			puts("hooks with slots:     0");
		return ST_OK;
	}
	printf("slots per hook:       %u\n", slots_per_hook(hooks));
	printf("hooks with slots:     %u\n", with);
	printf("hooks without slots:  %zu\n", hooks->n - with);
	for (i = 0; i < hooks->n; i++)
		if (!hooks->v[i].nr_slots)
			printf("  %-24s %s\n", hooks->v[i].name, hooks->v[i].reason ?
			       reason_text(hooks->v[i].reason) : "not in the kernel's table");
	return ST_OK;
}

static void add_truth(struct json_object *o, const char *key, const char *value)
{
	json_add(o, key, value ? json_object_new_boolean(!strcmp(yes_no(value), "yes")) : NULL);
}

/* Numbers of slots are known from the table, or if there are none. */
static struct json_object *slots_json(const struct hooks *hooks, unsigned int n)
{
	return hooks->table_errno ? NULL : json_object_new_int64(n);
}

static struct json_object *hook_json(const struct hooks *hooks, const struct hook *hook)
{
	struct json_object *o = json_object_new_object();
	bool have_table = hooks->have_table;

	json_add_string(o, "name", hook->name);
	json_add(o, "slots", slots_json(hooks, hook->nr_slots));
	json_add_string(o, "reason", hook->reason && strcmp(hook->reason, "-") ? hook->reason : NULL);
	json_add(o, "attached", have_table ? json_object_new_int(hook->attached) : NULL);
	json_add(o, "on_trampoline", have_table ? json_object_new_int(hook->on_trampoline) : NULL);
	json_add(o, "armed", have_table ? json_object_new_boolean(hook->armed) : NULL);
	return o;
}

static struct json_object *ability_json(const struct ability *can)
{
	struct json_object *o = json_object_new_object();

	json_add(o, "available", can->unknown ? NULL : json_object_new_boolean(can->have));
	json_add_string(o, "reason", can->why);
	return o;
}

static int print_json(const struct features *f)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	size_t i;

	json_add_string(o, "kernel", kernel_release());
	json_add_string(o, "config", f->config_path);
	add_truth(o, "bpf_lsm", f->bpf_lsm);
	json_add_string(o, "lsm", f->lsm_list);
	json_add(o, "bpf_in_lsm", f->lsm_list ?
		 json_object_new_boolean(list_has(f->lsm_list, "bpf")) : NULL);
	json_add_bool(o, "btf", f->btf);
	add_truth(o, "jit", f->jit);
	json_add_bool(o, "slots", f->have_slots);
	add_truth(o, "switch", f->lsm_switch);
	for (i = 0; i < NR_ABILITIES; i++)
		json_add(o, abilities[i].key, ability_json(&f->can[i]));
	json_add(o, "slots_per_hook", slots_json(&f->hooks, slots_per_hook(&f->hooks)));
	json_add(o, "hooks_with_slots", slots_json(&f->hooks, hooks_with_slots(&f->hooks)));
	for (i = 0; i < f->hooks.n; i++)
		json_object_array_add(a, hook_json(&f->hooks, &f->hooks.v[i]));
	json_add(o, "hooks", a);
	return json_print(o);
}

int cmd_features(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	struct features f;
	bool json = false;
	int status;

	while (next_option(&args)) {
		switch (args.option) {
		case 'j':
			json = json_errors = true;
			break;
		}
	}
	if (args.over)
		return args.status;
	if (args_none(&args))
		return ST_USAGE;
	find_features(&f);
	/* What is known without the hooks is worth showing, beside the error. */
	f.hooks_status = hooks_load(&f.hooks);
	find_abilities(&f);
	status = json ? print_json(&f) : print_text(&f);
	if (!status)
		status = f.hooks_status;
	free_features(&f);
	return status;
}
