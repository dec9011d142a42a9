#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Bent policy files, objects, notes, tables and memory of a kernel, events and command
# lines: the loader, built with sanitizers, ends with a documented status and one sentence
# of printable text.  Nothing is loaded or attached; root calls it as nobody.
#
# $STEPS inputs of each kind from seed $SEED (1); without, as many as fit 45 seconds.  What
# fails is named with its seed and kept below build/results/hostile.
# timeout: 90000
. "$SRC/selftests/lib/tap.sh"

export PYTHONPATH=$SRC/selftests/lib PYTHONDONTWRITEBYTECODE=1
common=(--seed "${SEED:-1}" --steps "${STEPS:-0}" --keep "$BUILD/results/hostile")

for subject in strange policy pair object record table format event path; do
	check "$subject" python3 -m hostile.readers "${common[@]}" --seconds 4 "$subject"
	diag "$(tail -n 1 "$TMP/out")"
done
check "command lines" python3 -m hostile.live "${common[@]}" --seconds 10 commands
diag "$(tail -n 1 "$TMP/out")"
done_testing
