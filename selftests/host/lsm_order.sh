#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The LSMs of a hook are called in the order of lsm=, and the BPF LSM by a jump if it is the last;
# with nothing attached a hook is as it is without bpf in lsm=.
# timeout: 300
. "$SRC/selftests/lib/tap.sh"

export VM_LOG=$TMP/console.log VM_OUT=$TMP/results

# What security_file_permission() reaches, one a line, "call" or "jump" before it.
chain='
lsmslot path file_permission -j | python3 -c "
import json, sys
for f in json.load(sys.stdin)[\"functions\"]:
    for c in sorted(f[\"calls\"], key=lambda c: c[\"jump\"]):
        print(\"jump\" if c[\"jump\"] else \"call\", c[\"name\"])"'
# boots LSM= WANTED...: with a program on the hook.
boots() {
	local lsm=$1

	shift
	check "boot with lsm=$lsm" env VM_APPEND="lsm=$lsm" "$SRC/selftests/vm/run" \
		"lsmslot attach '$BUILD/bpf/protect_files.bpf.o' --program protect_write >/dev/null
		 $chain; lsmslot detach /sys/fs/bpf/lsmslot/protect_files >/dev/null; echo then; $chain"
	printf '%s\n' "$@" >"$TMP/wanted"
	cp "$TMP/out" "$TMP/got"
	check "its LSMs are called as they should be" diff "$TMP/wanted" "$TMP/got"
}

boots landlock,lockdown,yama,apparmor,bpf "call apparmor_file_permission" "jump bpf_lsm_file_permission" \
	then "call apparmor_file_permission"
boots bpf,apparmor "call bpf_lsm_file_permission" "call apparmor_file_permission" \
	then "call apparmor_file_permission"
boots bpf "jump bpf_lsm_file_permission" then
boots apparmor "call apparmor_file_permission" then "call apparmor_file_permission"
done_testing
