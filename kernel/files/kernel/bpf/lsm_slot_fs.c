// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static-call slots of the BPF LSM: the switch, and the list of hooks in
 * securityfs.
 */
#include <linux/capability.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/sysctl.h>

#include "lsm_slot.h"

static int __init lsm_slot_setup(char *str)
{
	bool enabled;

	if (!kstrtobool(str, &enabled))
		lsm_slot_enabled = enabled;
	else
		pr_warn("lsm_slots=%s not understood, 0 or 1 expected: slots stay %s\n",
			str, lsm_slot_enabled ? "on" : "off");
	return 1;
}
__setup("lsm_slots=", lsm_slot_setup);

#ifdef CONFIG_SYSCTL
/* Asks for what its neighbour kernel.bpf_stats_enabled asks for. */
static int lsm_slot_sysctl(const struct ctl_table *table, int write,
			   void *buffer, size_t *lenp, loff_t *ppos)
{
	if (write && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	return proc_dou8vec_minmax(table, write, buffer, lenp, ppos);
}

static struct ctl_table lsm_slot_sysctls[] = {
	{
		.procname	= "lsm_slots",
		.data		= &lsm_slot_enabled,
		.maxlen		= sizeof(lsm_slot_enabled),
		.mode		= 0644,
		.proc_handler	= lsm_slot_sysctl,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
};
#endif

/* The format is documented in include/uapi/linux/lsm_slot.h. */
static int lsm_slot_hooks_show(struct seq_file *m, void *v)
{
	struct lsm_slot_hook *hook;
	u32 attached, trampoline;
	bool armed;

	for (hook = lsm_slot_hooks;
	     hook < lsm_slot_hooks + LSM_SLOT_NR_HOOKS; hook++) {
		lsm_slot_count(hook, &attached, &trampoline, &armed);
		seq_printf(m, "%s %u %u %u %u %s ", hook->name,
			   hook->calls ? hook->calls->nr : 0, attached,
			   trampoline, armed, hook->reason ?: "-");
		if (hook->is_void)
			seq_puts(m, "-\n");
		else
			seq_printf(m, "%d\n", hook->default_verdict);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lsm_slot_hooks);

static int __init lsm_slot_fs_init(void)
{
	struct dentry *dir, *file;

#ifdef CONFIG_SYSCTL
	register_sysctl_init("kernel", lsm_slot_sysctls);
#endif
	dir = securityfs_create_dir("lsm_slots", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	file = securityfs_create_file("hooks", 0400, dir, NULL,
				      &lsm_slot_hooks_fops);
	if (IS_ERR(file)) {
		securityfs_remove(dir);
		return PTR_ERR(file);
	}
	return 0;
}
fs_initcall(lsm_slot_fs_init);
