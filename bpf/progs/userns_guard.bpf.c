// SPDX-License-Identifier: GPL-2.0-only
/*
 * userns-guard: user namespaces are made and entered by listed executables, or
 * in listed cgroups, only.
 *
 * In a user namespace of its own every process has all capabilities, and reaches
 * the parts of the kernel that ask for one. That needs no new namespace if one
 * of the same user's can be entered, so entering is held to the same list.
 *
 * docs/policies/userns-guard.md lists what is denied and what is out of reach.
 */
#include "policy.h"
#include "caller.h"
#include <lsmslot/userns_guard.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, USERNS_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct lsmslot_inode_id);
	__type(value, __u32);
} exes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, USERNS_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, lsmslot_cgroup_t);
	__type(value, __u32);
} cgroups SEC(".maps");

/* How many user namespaces may be within each other; 0: none at all. */
const volatile __u32 max_depth = USERNS_GUARD_DEPTH;

/* Whoever has CAP_SYS_ADMIN in the initial user namespace needs no entry. */
const volatile bool allow_privileged = false;

#define CAP_SYS_ADMIN	21

/* x86-64, i386; neither number is a call that enters namespaces in the other. */
#define NR_setns	308
#define NR_setns_i386	346

static __always_inline bool privileged(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return caller_userns_level() == 0 &&
	       BPF_CORE_READ(task, cred, cap_effective.val) & (1ULL << CAP_SYS_ADMIN);
}

static __always_inline bool exe_listed(void)
{
	struct lsmslot_inode_id id = {};

	return task_exe(bpf_get_current_task_btf(), &id) &&
	       bpf_map_lookup_elem(&exes, &id);
}

static __always_inline bool cgroup_listed(void)
{
	lsmslot_cgroup_t cgroup;

	for (int level = 0; level < SCOPE_MAX_DEPTH; level++) {
		cgroup = bpf_get_current_ancestor_cgroup_id(level);
		if (!cgroup)
			return false;
		if (bpf_map_lookup_elem(&cgroups, &cgroup))
			return true;
	}
	return false;
}

static __noinline bool caller_allowed(void)
{
	return (allow_privileged && privileged()) || exe_listed() || cgroup_listed();
}

/* The event names the executable, which is what an operator would list. */
static __always_inline int deny_caller(const char *hook)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return deny_file(hook, BPF_CORE_READ(task, mm, exe_file, f_path.dentry));
}

/* clone(), clone3() and unshare(); @cred still has the namespace around. */
SEC("lsm/userns_create")
int BPF_PROG(userns_guard_create, const struct cred *cred)
{
	__u32 depth = cred->user_ns->level + 1;

	if (depth > max_depth)
		return deny_number("userns_create", depth);
	return caller_allowed() ? 0 : deny_caller("userns_create");
}

/*
 * setns() has no hook, but asks for this capability in the user namespace that it
 * enters, or that owns the namespace it enters. From outside, that can only be a
 * namespace further down.
 */
SEC("lsm/capable")
int BPF_PROG(userns_guard_setns, const struct cred *cred, struct user_namespace *ns,
	     int cap, unsigned int opts)
{
	__u32 call;

	if (cap != CAP_SYS_ADMIN || ns->level <= cred->user_ns->level)
		return 0;
	call = caller_syscall();
	if (call != NR_setns && call != NR_setns_i386)
		return 0;
	return caller_allowed() ? 0 : deny_caller("capable");
}

/* Nobody takes on the name of a listed executable. */
SEC("lsm/task_prctl")
int BPF_PROG(userns_guard_prctl, int option, unsigned long arg2)
{
	if (!sets_exe(option, arg2))
		return 0;
	return caller_allowed() ? 0 : deny_caller("task_prctl");
}
