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
 * @LSM_SLOT_LINK_SEALED: the link stays, with this program, until reboot
 * @LSM_SLOT_LINK_TRAMPOLINE: the program runs from the hook's BPF trampoline
 * @LSM_SLOT_LINK_CGROUP: stands for all lsm_cgroup programs of the hook; has
 *	neither a program id nor a link id
 */
enum lsm_slot_link_flags {
	LSM_SLOT_LINK_SETTLING = 1U << 0,
	LSM_SLOT_LINK_SLEEPABLE = 1U << 1,
	LSM_SLOT_LINK_SEALED = 1U << 2,
	LSM_SLOT_LINK_TRAMPOLINE = 1U << 3,
	LSM_SLOT_LINK_CGROUP = 1U << 4,
};

/**
 * struct lsm_slot_link_info - BPF_OBJ_GET_INFO_BY_FD on an LSM link
 * @attach_type: BPF_LSM_MAC
 * @target_obj_id: BTF object id of vmlinux
 * @target_btf_id: BTF type id of bpf_lsm_<hook>
 * @place: enum lsm_slot_place
 * @cookie: what bpf_get_attach_cookie() returns; where later kernels have it
 * @position: place in the hook's running order, 0 runs first; counts the
 *	programs of the hook's slots and array, not those on the trampoline
 * @slot: slot number if @place is LSM_SLOT_PLACE_SLOT, else 0
 * @nr_slots: slots per hook
 * @flags: enum lsm_slot_link_flags; without LSM_SLOT_LINK_TRAMPOLINE and
 *	LSM_SLOT_LINK_CGROUP, which are for BPF_PROG_QUERY
 * @attached: programs in the hook's slots and array
 * @denials: how often the program returned a verdict other than 0, since it was
 *	loaded; always 0 while @place is LSM_SLOT_PLACE_TRAMPOLINE
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
	__aligned_u64 cookie;
	__u32 position;
	__u16 slot;
	__u16 nr_slots;
	__u32 flags;
	__u32 attached;
	__aligned_u64 denials;
};

/*
 * BPF_LINK_CREATE of an LSM program (BPF_LSM_MAC)
 *
 * link_create.flags may have
 *
 *   BPF_F_BEFORE	run right before the relative program or link; without
 *			one, before all others that are not sealed, as without
 *			any flag
 *   BPF_F_AFTER	run right after it; without one, after all others
 *   BPF_F_LINK		the relative object is a link, not a program
 *   BPF_F_ID		it is given by id, not by file descriptor
 *   LSM_SLOT_F_SEAL	seal the link, as below
 *
 * with the meaning that BPF_F_* have for tcx and netkit, and struct
 * lsm_slot_link_create then overlays the attributes from
 * link_create.target_btf_id on.  A kernel without slots ignores all that: find
 * out with BPF_PROG_QUERY first.
 *
 * Errors, none of which changes anything:
 *
 *   EINVAL	 unknown flags, or anything behind these attributes; a relative
 *		 object without BPF_F_BEFORE and BPF_F_AFTER; one that is no LSM
 *		 program or link
 *   EBADF, ENOENT	no such relative object, or it is not in slots or array of
 *		 this hook
 *   ERANGE	 BPF_F_BEFORE and BPF_F_AFTER ask for different places
 *   EROFS	 the place is in front of a sealed link; or the program has to run
 *		 from the trampoline, which is in front of a sealed link
 *   ESTALE	 the hook's revision is not the expected one
 *   EOPNOTSUPP	 place, revision or LSM_SLOT_F_SEAL given, but the program has to
 *		 run from the trampoline
 *   EBUSY	 the program is attached already
 *   EPERM	 sealing without CAP_MAC_ADMIN; see there also for EBUSY, ERANGE
 */

/**
 * struct lsm_slot_link_create - the attributes of BPF_LINK_CREATE
 * @target_btf_id: 0
 * @relative_fd: BPF_F_BEFORE, BPF_F_AFTER: file descriptor of the program or
 *	link, 0 for none
 * @relative_id: the same with BPF_F_ID: its id
 * @cookie: what bpf_get_attach_cookie() returns
 * @expected_revision: the hook's revision as BPF_PROG_QUERY returned it; 0 to
 *	attach whatever it is
 */
struct lsm_slot_link_create {
	__u32 target_btf_id;
	union {
		__u32 relative_fd;
		__u32 relative_id;
	};
	__aligned_u64 cookie;
	__aligned_u64 expected_revision;
};

/*
 * BPF_LINK_UPDATE of an LSM link
 *
 * Replaces the link's program, in its place and with its cookie.  A call of the
 * hook that is under way runs the old or the new program, one that starts after
 * the command returned the new; never none, never both.  Errors, none of which
 * changes anything:
 *
 *   EINVAL	 unknown flags; the new program is no LSM program
 *   EXDEV	 the new program is for another hook
 *   EPERM	 BPF_F_REPLACE: the link's program is not old_prog_fd's
 *   EROFS	 the link is sealed
 *   EBUSY	 the new program is attached to the hook already
 *   EOPNOTSUPP	 the link's program runs from the trampoline, or the new one
 *		 would have to
 *
 * With LSM_SLOT_F_SEAL, new_prog_fd 0 and no other flag it seals the link: the
 * kernel keeps the link itself, so that it stays attached until reboot whoever
 * closes, unpins or dies, and its program cannot be replaced any more, neither
 * by BPF_LINK_UPDATE nor, from then on, by an extension (BPF_PROG_TYPE_EXT).
 * And nobody can attach a BPF_MODIFY_RETURN program to a security_*() function
 * any more, which would decide before the LSMs are asked.  Sealed links are the
 * first of their hook, in the order in which they were sealed, as a program in
 * front could end the call before they are asked: others go behind them.
 * Sealing a sealed link changes nothing.
 *
 *   EPERM	 no CAP_MAC_ADMIN in the initial user namespace
 *   ERANGE	 a program that is not sealed runs before the link's, or did and
 *		 could not be taken off the trampoline
 *   EOPNOTSUPP	 the link's program runs from the trampoline
 *   EBUSY	 a BPF_MODIFY_RETURN program is attached to a security_*()
 *		 function, or an extension to the link's program
 *   EINVAL	 not an LSM link, or other flags, or new_prog_fd not 0
 */
#define LSM_SLOT_F_SEAL		(1U << 31)

/*
 * BPF_PROG_QUERY with attach_type BPF_LSM_MAC
 *
 * query.target_fd is the BTF type id of bpf_lsm_<hook> in vmlinux's BTF.
 * Returns the hook's programs in running order, those on its trampoline first:
 * in count, prog_ids, prog_attach_flags, link_ids and link_attach_flags, both
 * flags being enum lsm_slot_link_flags; and in revision a number that is
 * another one after every change of the hook's LSM programs.  Buffers as for tcx:
 * all but prog_ids may be left out, and ENOSPC means that count was too small and
 * tells the right one.  An lsm_cgroup entry has prog_id 0 and link_id 0, and a
 * link has id 0 until BPF_LINK_CREATE returns.
 *
 *   ENOENT	 no hook's BTF id
 *   EPERM	 needs CAP_PERFMON as well as CAP_NET_ADMIN
 *   EINVAL	 other flags; a kernel without slots
 */

/*
 * Tracepoint lsm_slots:lsm_slot_deny: a program in slots or array returned a
 * verdict other than 0.  Fields hook (string), prog_id, verdict, comm; prog_id
 * is 0 for lsm_cgroup.
 */

/*
 * /sys/kernel/security/lsm_slots/hooks: a line per LSM hook, the fields
 * separated by single blanks:
 *
 *   name nr_slots attached trampoline armed reason default
 *
 * nr_slots is 0 if the hook has no slots, and reason then says why in one
 * word ("disabled": BPF programs cannot attach to it at all; "wide-argument":
 * an argument is passed by value and wider than 8 bytes); otherwise reason is
 * "-".  attached counts the programs that run from slots or array, trampoline
 * those that run from the hook's BPF trampoline (LSM and tracing programs).
 * armed is 1 while security_<name>() calls into the BPF LSM.  default is the
 * BPF LSM's verdict if all programs return 0, "-" for a hook without a verdict.
 */
#define LSM_SLOT_HOOKS_FILE	"/sys/kernel/security/lsm_slots/hooks"

/*
 * sysctl kernel.lsm_slots and boot parameter lsm_slots=: 1 (default) attaches
 * new programs to slots, 0 to trampolines.  Attached programs stay where they
 * are.  Writing needs CAP_SYS_ADMIN.
 */
#define LSM_SLOT_SYSCTL_FILE	"/proc/sys/kernel/lsm_slots"

#endif /* _UAPI_LINUX_LSM_SLOT_H */
