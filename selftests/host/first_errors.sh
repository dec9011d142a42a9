#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The messages of a kernel that was booted without bpf in lsm=.
# timeout: 600
. "$SRC/selftests/lib/tap.sh"

export VM_LOG=$TMP/console.log VM_OUT=$TMP/out.d

# shellcheck disable=SC2016 # the VM's variables
probe='
printf "version: 1\npolicies:\n  - {name: exec-guard, object: %s/exec_guard.bpf.o}\n" "$BPF_DIR" >/tmp/p.yaml
for command in "attach $BPF_DIR/exec_guard.bpf.o" "apply /tmp/p.yaml"; do
	lsmslot $command >/tmp/said
	echo "${command%% *} ended with $?, said $(wc -c </tmp/said)"
done
lsmslot features
find /sys/fs/bpf -mindepth 1 | sed "s/^/left /"'
VM_APPEND=lsm=lockdown,yama check "a VM without bpf in lsm=" "$SRC/selftests/vm/run" "$probe"
for command in attach apply; do
	check_said "$command ended with 4, said 0" "$command: status 4"
done
check_is() {
	if [ "$1" = "$2" ]; then ok "$3"; else not_ok "$3"; tap_show; fi
}
check_is 2 "$(grep -c '^lsmslot: the BPF LSM is off' "$TMP/err")" "each says why, in one line"
check_is 2 "$(wc -l <"$TMP/err")" "and nothing else"
check_said "boot with lsm=capability,lockdown,yama,bpf" "and with what to boot"
check_said "no (capability,lockdown,yama)" "features says so as well"
check_is 0 "$(grep -c '^left ' "$TMP/out")" "nothing is pinned"
done_testing
