#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sealed links stay until reboot: a VM for each way to seal one, and for that which there is none.
. "$SRC/selftests/lib/tap.sh"

for way in slot trampoline born; do
	export VM_LOG=$TMP/$way.log VM_OUT=$TMP/$way
	if ! check "sealed links, $way: the test passes" \
		"$SRC/selftests/vm/run" "SEAL=1 '$BUILD/selftests/kernel/link_seal' $way"; then
		tap_show
	fi
	cp "$TMP/out" "$TMP/$way.tap"
	check "$way: nothing was left out" \
		sh -c '! grep -q SKIP "$1" && grep -q "^1\.\.[1-9]" "$1"' sh "$TMP/$way.tap"
done

# A detach that the kernel warns of, for which the run fails: of just that.
export VM_LOG=$TMP/stuck.log VM_OUT=$TMP/stuck
check_status 70 "sealed links, stuck: the kernel warns" \
	"$SRC/selftests/vm/run" "SEAL=1 '$BUILD/selftests/kernel/link_seal' stuck"
cp "$TMP/out" "$TMP/stuck.tap"
check "stuck: all of it passes" \
	sh -c '! grep -q "^not ok\|SKIP" "$1" && grep -q "^1\.\.[1-9]" "$1"' sh "$TMP/stuck.tap"
check "stuck: one warning" test "$(grep -c ",-;WARNING: CPU" "$TMP/stuck.log")" = 1
check "stuck: of the detach" grep -q 'WARNING: CPU.*bpf_tracing_link_release' "$TMP/stuck.log"

# What seals, with each of its allocations failing in turn; if the kernel can do that.
for way in seal born; do
	export VM_LOG=$TMP/faults.$way.log VM_OUT=$TMP/faults.$way
	if ! grep -qs '^CONFIG_FAILSLAB=y' "$(dirname "${VM_KERNEL:-$BUILD/kernel/bzImage}")/config"; then
		skip "faults, $way: kernel injects no faults; that of kernel/build debug does"
		continue
	fi
	# A fault that does not keep it from sealing ends a boot.
	next=1
	while [ -n "$next" ]; do
		if ! check "faults, $way, from $next on: the test passes" "$SRC/selftests/vm/run" \
			"SEAL=1 SLOW=${SLOW:-1} '$BUILD/selftests/kernel/faults' $way $next"; then
			tap_show
			break
		fi
		next=$(sed -n 's/^# next fault: \([0-9]*\)$/\1/p' "$TMP/out")
	done
done
done_testing
