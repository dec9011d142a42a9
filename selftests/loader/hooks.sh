#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# hooks: against the kernel's table, what is attached, and the verifier.
. "$SRC/selftests/loader/common"

mine="[h for h in d['hooks'] if h['hook'] == 'inode_mknod'][0]"

check_output "usage: lsmslot hooks" "--help" lsmslot hooks --help
check_status 2 "an unknown option" lsmslot hooks --frobnicate
check_status 3 "without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" hooks
check_status 5 "an unknown hook" lsmslot hooks inode_mknod file_permision
check_said "did you mean 'file_permission'" "and the nearest"
check_status 5 "errors are JSON as well" lsmslot hooks -j nothing_like_it
check_json 5 "d['status']" "with the status"

check "every hook" lsmslot hooks -j
check_json True "len(d['hooks']) > 200" "there are many"
check_json True "[h['hook'] for h in d['hooks']] == sorted(h['hook'] for h in d['hooks'])" \
	"they are sorted"
check_json int "${mine}['returns']" "an int hook"
check_json void "[h['returns'] for h in d['hooks'] if h['hook'] == 'task_free'][0]" "a void hook"
check_json None "${mine}['sleepable']" "without --probe it is not known who may sleep"
# Those of 6.12's lsm_hook_defs.h; on a kernel without slots out of its text.
check_json "[0, -38, 1, -95, None]" "[[h['default'] for h in d['hooks'] if h['hook'] == n][0] for n in ('file_open', 'task_prctl', 'xfrm_state_pol_flow_match', 'inode_init_security', 'task_free')]" \
	"defaults: 0, not 0, and of a void hook"
check_json "set()" "{h['hook'] for h in d['hooks'] if (h['default'] is None) != (h['returns'] == 'void')}" \
	"each hook with a verdict has a default"
table=/sys/kernel/security/lsm_slots/hooks
if kernel_has_slots; then
	check_json True "(lambda t: all(t[h['hook']] == h['slots'] for h in d['hooks']))({l.split()[0]: int(l.split()[1]) for l in open('$table')})" \
		"slots are those of the kernel's table"
	check_json False "[h['attachable'] for h in d['hooks'] if h['hook'] == 'ismaclabel'][0]" \
		"a disabled hook"
	check_json disabled "[h['reason'] for h in d['hooks'] if h['hook'] == 'ismaclabel'][0]" \
		"and why"
else
	check_json "{None}" "{h['attachable'] for h in d['hooks']}" \
		"without a table it is not known what takes programs"
fi

check "--probe" lsmslot hooks --probe -j
check_json "[False, True]" "[[h['attachable'] for h in d['hooks'] if h['hook'] == n][0] for n in ('ismaclabel', 'file_open')]" \
	"a disabled hook takes no program"
check_json "[False, True, True]" "[[h['sleepable'] for h in d['hooks'] if h['hook'] == n][0] for n in ('file_alloc_security', 'file_open', 'bprm_check_security')]" \
	"some may sleep"
check_json "['0,-errno', None]" "[[h['verdicts'] for h in d['hooks'] if h['hook'] == n][0] for n in ('file_open', 'task_free')]" \
	"verdicts of an int and a void hook"
if kernel_has_slots; then
	check_json "0,1" "[h['verdicts'] for h in d['hooks'] if h['hook'] == 'inode_xattr_skipcap'][0]" \
		"verdicts of a hook with a truth value"
	check_json True "all(h['attachable'] == (h['reason'] != 'disabled') for h in d['hooks'])" \
		"the verifier and the kernel's table agree"
fi

# That no program can be loaded at all is an error, and not a "no".
check "attach what denies loading" lsmslot attach "$PROGS/deny_load.bpf.o" --pin "$PINS"
check_status 3 "--probe while a policy denies loading" lsmslot hooks --probe inode_mknod
check_said "does not load a program" "says so"
check "without --probe" lsmslot hooks inode_mknod
check "detach" lsmslot detach "$PINS"

# What is attached.
before=$(programs inode_mknod)
check "attach" lsmslot attach "$PROGS/trio.bpf.o" --pin "$PINS" --program trio_one
check "attach" lsmslot attach "$PROGS/trio.bpf.o" --pin "$PINS-2" --program trio_two
check "one hook" lsmslot hooks inode_mknod -j
check_json 1 "len(d['hooks'])" "only that"
check_json "trio_two trio_one" "' '.join(p['program'] for p in ${mine}['programs'][:2])" \
	"the newest runs first"
check_json "$(of_pin "$PINS/trio_one" link_id)" "${mine}['programs'][1]['link_id']" "link ids"
check_json "$(of_pin "$PINS/trio_one" program_id)" "${mine}['programs'][1]['program_id']" "program ids"
check_json "[$([ "$PLACE" = trampoline ] && echo True || echo False)]" \
	"sorted({p['trampoline'] for p in ${mine}['programs'][:2]})" "where they run"
if kernel_has_query; then
	check_json int "type(${mine}['revision']).__name__" "the revision"
	check_json "[False, False]" "[p['sleepable'] for p in ${mine}['programs'][:2]]" "who sleeps"
else
	check_json None "${mine}['revision']" "no revision"
fi
check "two hooks" lsmslot hooks file_open inode_mknod
check_said "trio_two, trio_one" "the table has the programs in running order"
check "--attached" lsmslot hooks --attached -j
check_json True "any(h['hook'] == 'inode_mknod' for h in d['hooks']) and all(h['programs'] for h in d['hooks'])" \
	"shows hooks with programs"

# Programs on the trampoline run before those in slots.
if kernel_has_query; then
	switch=$(cat /proc/sys/kernel/lsm_slots)
	echo 0 >/proc/sys/kernel/lsm_slots
	check "attach to the trampoline" lsmslot attach "$PROGS/trio.bpf.o" --pin "$PINS-3" --program trio_three
	echo "$switch" >/proc/sys/kernel/lsm_slots
	check "hooks" lsmslot hooks inode_mknod -j
	check_json "('trio_three', True)" "(lambda p: (p['program'], p['trampoline']))(${mine}['programs'][0])" \
		"it comes first, as on the trampoline"
	check "detach" lsmslot detach "$PINS-3"
fi
check "detach" lsmslot detach "$PINS"
check "detach" lsmslot detach "$PINS-2"
check_is "$before" "$(programs inode_mknod)" "nothing is left"

done_testing
