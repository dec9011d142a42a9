#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The checker of kernel logs sees each kind of splat, and none where none is.
. "$SRC/selftests/lib/tap.sh"

samples=$SRC/selftests/host/logs

for log in "$samples"/splat-*.log; do
	name=${log##*/splat-}
	check_status 1 "seen: ${name%.log}" "$SRC/selftests/vm/splat" "$log"
	check_status 1 "seen between clean lines, with serial line ends: ${name%.log}" \
		sh -c 'sed "s/$/\r/" "$2" "$3" "$2" >"$4" && exec "$1" "$4"' sh \
		"$SRC/selftests/vm/splat" "$samples/clean-boot.log" "$log" "$TMP/mixed.log"
done
for log in "$samples"/clean-*.log; do
	name=${log##*/clean-}
	check_status 0 "clean: ${name%.log}" "$SRC/selftests/vm/splat" "$log"
done

check_status 1 "one bad log of two is enough" "$SRC/selftests/vm/splat" \
	"$samples/clean-boot.log" "$samples/splat-oops.log"
check_said "splat-oops.log, line" "and it is named, with the line"
: >"$TMP/empty"
check_status 0 "an empty log is clean" "$SRC/selftests/vm/splat" "$TMP/empty"
check_status 66 "a log that is not there is an error" \
	"$SRC/selftests/vm/splat" "$TMP/none"
check_status 64 "no log is bad usage" "$SRC/selftests/vm/splat"

done_testing
