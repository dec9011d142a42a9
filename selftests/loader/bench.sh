#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# timeout: 600
# lsmslot bench: every listed operation calls its hook, nothing stays attached,
# nothing that was there goes. What the numbers are is not for a VM to judge.
. "$SRC/selftests/loader/common"

rm -rf "$PINS"

check_status 2 "no hook" lsmslot bench
check_status 2 "two hooks" lsmslot bench file_open file_permission
check_status 2 "no rounds" lsmslot bench file_open --rounds 0
check_status 2 "too many rounds" lsmslot bench file_open --rounds 10001
check_status 2 "negative rounds" lsmslot bench file_open --rounds -1
check_status 2 "--list with a hook" lsmslot bench --list file_open
check_status 2 "--list and --all" lsmslot bench --list --all
check_status 2 "--all with a hook" lsmslot bench --all file_open
check_said "option '--all' takes no hook 'file_open'" "it says so"
check_status 2 "--all with --programs" lsmslot bench --all --programs 1
for list in "" , 1, 1,,2 -1 129 x 1x 1:2; do
	check_status 2 "programs '$list'" lsmslot bench file_open --programs "$list"
	check_said "'$list' is no list of numbers of programs from 0 to 128" "it says so"
done
check_status 3 "--all without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" bench --all
check_status 5 "no such hook" lsmslot bench file_opne
check_said "did you mean 'file_open'?" "the nearest is named"
check_status 5 "a hook without an operation" lsmslot bench inode_symlink
check_said "lsmslot bench --list" "it names the way out"
check_status 3 "without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" bench file_open

check "the list, as text" lsmslot bench --list
check_said "file_permission" "it has file_permission"
check "the list, as JSON" lsmslot bench --list --json
check_json True "len(set(o['hook'] for o in d['operations'])) >= 40" "40 hooks or more"
# The kernel lets no BPF program attach to vm_enough_memory.
hooks=$(json "' '.join(sorted(set(o['hook'] for o in d['operations']) - {'vm_enough_memory'}))")

before=$(lsm_links)
for hook in $hooks; do
	check "$hook" lsmslot bench "$hook" --rounds 1 --json
	check_json "$hook True" "d['hook'] + ' ' + str(d['added_program']['runs_per_op'] >= 1)" \
		"$hook: the operation calls it"
done
check "nothing is attached any more" test "$(lsm_links)" = "$before"

check_status 1 "a hook that BPF programs may not attach to" lsmslot bench vm_enough_memory
check_said "cannot add program 1 to hook 'vm_enough_memory'" "it says so"

# --- all of them
check "all hooks, as JSON" lsmslot bench --all --rounds 1 --json
check_json True "d['bpf_lsm'] and d['settled'] and d['rounds'] == 1" "the BPF LSM is on, hooks settle"
check_json "['cgroup', 'lookup', 'noop', 'nothing', 'sleepable']" \
	"sorted(set(f['attached'] for f in d['figures']))" "with each kind of program"
check_json True "len(set(f['name'] for f in d['figures'])) >= 40" "40 hooks or more"
check_json True "all(len(f['samples']) == len(f['ns_samples']) == 8 and f['value'] > 0 and f['ns'] > 0
	for f in d['figures'] if 'reason' not in f)" "figures have their samples"
check_json "[]" "[(f['name'], f['attached'], f['reason']) for f in d['figures']
	if f['attached'] == 'nothing' and 'reason' in f]" "every operation works here"
check_json "['vm_enough_memory']" "sorted(set(f['name'] for f in d['figures']
	if f['attached'] in ('noop', 'lookup') and 'reason' in f))" "all hooks but one take programs"
check_json "['task_prctl', 'vm_enough_memory']" "sorted(set(f['name'] for f in d['figures']
	if f['attached'] == 'cgroup' and 'reason' in f))" "all but two a cgroup's"
check_json "a program of this hook may not sleep" "[f['reason'] for f in d['figures']
	if f['name'] == 'file_permission' and f['attached'] == 'sleepable'][0]" "file_permission does not sleep"
check_json True "all(f['calls'] >= 1 for f in d['figures'] if f['name'] != 'vm_enough_memory')" \
	"every operation calls its hook"
check_json "{'$PLACE'}" "set(f['place'] for f in d['figures']
	if f['attached'] == 'noop' and 'reason' not in f)" "programs run in the place of their time"
check "nothing is attached any more" test "$(lsm_links)" = "$before"
check "all hooks, as text" lsmslot bench --all --rounds 1
check_said "] a program of this hook may not sleep" "reasons are foot notes"
check_said "d_instantiate" "hooks without a verdict too"
check "no queue is left" sh -c '! ipcs -q | grep -q 0x'
check "no cgroup is left" sh -c '! find /sys/fs/cgroup -name "*lsmslot*" | grep -q .'

# --- more programs
check "a list of numbers" lsmslot bench file_permission --rounds 1 --programs 40,3,3 --json
check_json "[0, 3, 40]" "[f['programs'] for f in d['figures']]" "in rising order, with none"
check_json "['slope']" "sorted(set(f['section'] for f in d['figures']))" "figures of the slope"
if [ "$PLACE" = slot ]; then
	check_json "slots" "d['figures'][2]['path']" "all of them attach"
	check_json 8 "len(d['figures'][2]['samples'])" "and are timed"
else
	check_json True "'takes no more than' in d['figures'][2]['reason']" "40 are too many for a trampoline"
	check_json True "'reason' not in d['figures'][1]" "and 3 are not"
	check "as text" lsmslot bench file_permission --rounds 1 --programs 40
	check_said "40 added: the hook's BPF trampoline takes no more than" "it says so"
fi
check "nothing is attached any more" test "$(lsm_links)" = "$before"

# --- with a program there
check "a program" lsmslot attach "$PROGS/reporter.bpf.o" --pin "$PINS" --program report_getpgid
before=$(lsm_links)
check "its hook, as JSON" lsmslot bench task_getpgid --rounds 4 --json
check_json "['report_getpgid']" "[p['program'] for p in d['programs']]" "it is named"
check_json True "d['programs'][0]['runs_per_op'] >= 1" "it ran"
check_json True "d['programs'][0]['ns_per_run'] > 0" "and took time"
check_json "[0, 1, 2, 4, 8]" "[l['added'] for l in d['levels']]" "programs are added"
check_json True "all(l['ns_per_op']['low'] <= l['ns_per_op']['median'] <= l['ns_per_op']['high'] for l in d['levels'])" \
	"medians lie in their spreads"
check_json True "all(l['ns_per_op']['median'] > 0 for l in d['levels'])" "operations take time"
check_json 4 "d['rounds']" "the rounds"
check_json True "d['settled']" "the hook settled"
check_json "$PLACE" "d['levels'][1]['place']" "an added program runs in the place of its time"
if [ "$PLACE" = slot ]; then
	check_json "slot, array" "d['levels'][4]['place']" "what does not fit the slots is in the array"
	check_json True "d['programs'][0]['place'].startswith('slot')" "the program was in a slot"
fi
check "as text" lsmslot bench task_getpgid --rounds 1
check_said "report_getpgid[" "it is named"
check_said "One more program: " "the price of one more"
check_said "$(uname -r)" "the kernel"
check "the program is still there, and nothing else" test "$(lsm_links)" = "$before"
check "and is no prisoner of bench" lsmslot detach "$PINS"

# --- a policy that refuses the operation
cp "$LSMSLOT" "$TMP/denied"
check "a policy" lsmslot attach "$PROGS/reporter.bpf.o" --pin "$PINS" --program report_getpgid
check_status 1 "an operation that is refused" "$TMP/denied" bench task_getpgid
check_said "getpgid(), fails here: Operation not permitted; a policy refuses it" "it says so"
check "the policy is detached" lsmslot detach "$PINS"

# --- ended half-way
before=$(lsm_links)
for signal in HUP TERM KILL; do
	"$LSMSLOT" bench file_permission --rounds 10000 >/dev/null 2>&1 </dev/null &
	bench=$!
	for try in $(seq 600); do
		lsmslot status -j | grep -q lsmslot_bench && break
		sleep 0.1
	done
	check "SIG$signal while it measures" kill -0 "$bench"
	kill -"$signal" "$bench"
	wait "$bench" 2>/dev/null
	for try in $(seq 100); do
		[ "$(lsm_links)" != "$before" ] || break
		sleep 0.1
	done
	check "SIG$signal: nothing is attached any more" test "$(lsm_links)" = "$before"
done
check "no child is left" sh -c '! pgrep -x lsmslot'

done_testing
