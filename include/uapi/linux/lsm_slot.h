/* SPDX-License-Identifier: ((GPL-2.0-only WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * What the static-call slots of the BPF LSM add to the user API.
 *
 * The kernel (CONFIG_BPF_LSM_SLOTS), the loader and the selftests all include
 * this one file.
 */
#ifndef _UAPI_LINUX_LSM_SLOT_H
#define _UAPI_LINUX_LSM_SLOT_H

#include <linux/types.h>

/**
 * enum lsm_slot_place - where the kernel runs an attached LSM program
 * @LSM_SLOT_PLACE_UNKNOWN: not reported; a kernel without slots leaves this
 * @LSM_SLOT_PLACE_TRAMPOLINE: from a BPF trampoline
 * @LSM_SLOT_PLACE_SLOT: from a static-call slot of its own
 * @LSM_SLOT_PLACE_ARRAY: from the hook's program array: more programs than
 *	slots, behind a sleepable program, a change of the hook is settling, or
 *	run statistics (kernel.bpf_stats_enabled) are on
 */
enum lsm_slot_place {
	LSM_SLOT_PLACE_UNKNOWN = 0,
	LSM_SLOT_PLACE_TRAMPOLINE = 1,
	LSM_SLOT_PLACE_SLOT = 2,
	LSM_SLOT_PLACE_ARRAY = 3,
};

/**
 * enum lsm_slot_link_flags - further facts about a link
 * @LSM_SLOT_LINK_SETTLING: the last change of the hook is in force, but its
 *	slots are not rebuilt yet, or are not in use while run statistics are on;
 *	its programs run from the array meanwhile
 * @LSM_SLOT_LINK_SLEEPABLE: the program may sleep
 */
enum lsm_slot_link_flags {
	LSM_SLOT_LINK_SETTLING = 1U << 0,
	LSM_SLOT_LINK_SLEEPABLE = 1U << 1,
};

/**
 * struct lsm_slot_link_info - BPF_OBJ_GET_INFO_BY_FD on an LSM link
 * @attach_type: BPF_LSM_MAC
 * @target_obj_id: BTF object id of vmlinux
 * @target_btf_id: BTF type id of bpf_lsm_<hook>
 * @place: enum lsm_slot_place
 * @position: place in the hook's running order, 0 runs first; counts the
 *	programs of the hook's slots and array, not those on the trampoline
 * @slot: slot number if @place is LSM_SLOT_PLACE_SLOT, else 0
 * @nr_slots: slots per hook
 * @flags: enum lsm_slot_link_flags
 * @attached: programs in the hook's slots and array
 *
 * Overlays the anonymous union of struct bpf_link_info: it begins like
 * bpf_link_info.tracing and continues in bytes that a kernel without slots
 * returns as they were passed, and so does this one for a link that is not an
 * LSM program's: pass zeros.  Read it at offsetof(struct bpf_link_info, tracing).
 */
struct lsm_slot_link_info {
	__u32 attach_type;
	__u32 target_obj_id;
	__u32 target_btf_id;
	__u32 place;
	__u32 position;
	__u32 slot;
	__u32 nr_slots;
	__u32 flags;
	__u32 attached;
};

/*
 * /sys/kernel/security/lsm_slots/hooks: a line per LSM hook, the fields
 * separated by single blanks:
 *
 *   name nr_slots attached trampoline armed reason
 *
 * nr_slots is 0 if the hook has no slots, and reason then says why in one
 * word ("disabled": BPF programs cannot attach to it at all; "wide-argument":
 * an argument is passed by value and wider than 8 bytes); otherwise reason is
 * "-".  attached counts the programs that run from slots or array, trampoline
 * those that run from the hook's BPF trampoline (LSM and tracing programs).
 * armed is 1 while security_<name>() calls into the BPF LSM.
 */
#define LSM_SLOT_HOOKS_FILE	"/sys/kernel/security/lsm_slots/hooks"

/*
 * sysctl kernel.lsm_slots and boot parameter lsm_slots=: 1 (default) attaches
 * new programs to slots, 0 to trampolines.  Attached programs stay where they
 * are.
 */
#define LSM_SLOT_SYSCTL_FILE	"/proc/sys/kernel/lsm_slots"

#endif /* _UAPI_LINUX_LSM_SLOT_H */
