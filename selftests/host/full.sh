#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make test-full's script: each kernel is built and booted once per part, and what
# fails there is in the table.  Neither a compiler nor a VM runs here.
. "$SRC/selftests/lib/tap.sh"

# A checkout whose kernel/build and selftests/all only say what they were told.
tree=$TMP/tree
mkdir -p "$tree/kernel" "$tree/selftests" "$TMP/build"
cp "$SRC/selftests/full" "$tree/selftests"
cat >"$tree/kernel/build" <<'END'
#!/bin/bash
echo "build $1" >>"$SAID"
[ "$1" != "${BROKEN-}" ]
END
cat >"$tree/selftests/all" <<'END'
#!/bin/bash
echo "all ${RESULTS##*/} ${VM_KERNEL#"$BUILD"/} slow=$SLOW steps=${FUZZ_STEPS-}:${HOSTILE_STEPS-} $*" >>"$SAID"
mkdir -p "$RESULTS/vm0.boot1"
echo "${LOG-}" >"$RESULTS/vm0.boot1/console.log"
[ "${SILENT-}" ] || echo "${SUMMARY:-5 passed, 0 failed, 1 skipped}" >"$RESULTS/summary"
END
chmod +x "$tree/kernel/build" "$tree/selftests/all"
export SAID=$TMP/said BUILD=$TMP/build
unset SLOW VM_TIMEOUT TESTS PARTS FUZZ_STEPS HOSTILE_STEPS
full=$tree/selftests/full

check "two kernels, all parts" "$full" debug rt
cp "$TMP/out" "$TMP/table"
check "both are built" test "$(grep -c '^build' "$SAID")" = 2
check "debug runs all tests, with longer limits" \
	grep -qx 'all debug.tests kernel-debug/bzImage slow=[4-9] steps=: --vm \*' "$SAID"
check "rt runs the list" \
	grep -qx 'all rt.tests kernel-rt/bzImage slow=2 steps=: --vm .*never_gap.* race_\* .*hostile_attr' "$SAID"
check "the long forms run on both" \
	test "$(grep -cE 'all (debug|rt).night .* steps=100000:60000 --vm fuzz_verdicts hostile_attr$' "$SAID")" = 2
check "debug is booted in other ways, with longer limits" \
	grep -qx 'all debug.boots kernel-debug/bzImage slow=[4-9] steps=: --host .*seal .*' "$SAID"
check "rt is not" sh -c '! grep -q "all rt.boots" "$1"' sh "$SAID"
check "a line per kernel" \
	grep -qxE 'rt +10 +0 +2 +[0-9]+' "$TMP/table"
check "the last line has the sum" test "$(tail -n 1 "$TMP/table")" = "25 passed, 0 failed"

# Each pattern of the list has a test; a name that is no more would pick none.
list=$(sed -n 's/^all rt\.tests .* --vm //p' "$SAID")
for pattern in $(set -f; echo $list | tr '*' '%'); do
	pattern=${pattern//%/*}
	check "the list's $pattern is there" \
		sh -c 'ls "$1"/selftests/kernel/$2.c' sh "$SRC" "$pattern"
done

# A kernel that would find races, if it looked.
check_status 1 "KCSAN that is not on is a failure" env PARTS=tests "$full" kcsan
check_said "kcsan: nothing was looked at" "says so"
LOG="kcsan: enabled early" check "KCSAN that is on" env PARTS=tests "$full" kcsan

SUMMARY="3 passed, 2 failed" check_status 1 "a failed test" env PARTS=tests "$full" none
check_said "3 passed, 2 failed" "is in the sum"
SILENT=1 check_status 1 "no summary is a failure" env PARTS=tests "$full" none
BROKEN=none check_status 1 "a kernel that is not built" "$full" none
check_said "none: the build failed" "is named, and nothing runs on it"
check_said "0 passed, 1 failed" "and is a failure"
: >"$SAID"
check "tests of one's own choice" env TESTS=order PARTS=tests "$full" on
check "run on the kernel of make kernel" \
	grep -qx 'all on.tests kernel/bzImage slow=1 steps=: --vm order' "$SAID"
check_status 64 "no such kernel" "$full" kasan
check_said "there are on debug" "the kernels are named"
check_status 64 "no such part" env PARTS=day "$full" rt
done_testing
