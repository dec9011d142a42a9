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
done_testing
