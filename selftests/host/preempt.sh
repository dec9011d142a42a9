#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of races once more on a kernel that preempts itself anywhere, which
# for one of them is what it is about.
# timeout: 900
. "$SRC/selftests/lib/tap.sh"

export VM_LOG=$TMP/console.log VM_OUT=$TMP/results VM_APPEND=preempt=full

names="race_preempt race_entry race_return detach_running detach_sleeping load never_gap"
paths=
for name in $names; do
	paths="$paths '$BUILD/selftests/kernel/$name'"
done

if ! check "the tests of races pass with preempt=full" "$SRC/selftests/vm/run" \
	"grep -w preempt=full /proc/cmdline &&
	 '$SRC/selftests/run' --vm -o /run/vm/out/results $paths"; then
	tap_show
fi
for name in $names; do
	check "$name ran and left nothing out" \
		grep -qxE "end kernel/$name [1-9][0-9]* 0 0" "$TMP/results/results"
done
done_testing
