#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The test runner calls a failure a failure, whatever way a test finds to fail.
. "$SRC/selftests/lib/tap.sh"

# verdict PASSED FAILED SKIPPED WHAT SCRIPT
verdict() {
	local want="end group/sample $1 $2 $3" what=$4

	mkdir -p "$TMP/group"
	printf '#!/bin/bash\n%s\n' "$5" >"$TMP/group/sample.sh"
	chmod +x "$TMP/group/sample.sh"
	rm -f "$TMP/results"
	TIMEOUT=2 "$SRC/selftests/run" -o "$TMP/results" "$TMP/group/sample.sh" \
		>"$TMP/shown" 2>&1
	tap_got=$?
	if [ "$(tail -n 1 "$TMP/results")" = "$want" ] &&
	   [ "$tap_got" = "$(($2 > 0))" ]; then
		ok "$what"
	else
		not_ok "$what"
		diag "wanted: $want; got: $(tail -n 1 "$TMP/results"), status $tap_got"
		diag "$(cat "$TMP/shown")"
	fi
}

verdict 2 0 0 "results and plan, status 0: passed" \
	'echo "ok 1 - a"; echo "ok 2 - b"; echo 1..2'
verdict 2 0 0 "a plan may come first" \
	'echo 1..2; echo "ok 1 - a"; echo "ok 2 - b"'
verdict 1 1 0 "a result not ok: failed" \
	'echo "ok 1 - a"; echo "not ok 2 - b"; echo 1..2; exit 1'
verdict 1 0 1 "a skipped result is counted as that" \
	'echo "ok 1 - a"; echo "ok 2 - b # SKIP no b here"; echo 1..2'
verdict 0 0 1 "a test may skip itself as a whole" \
	'echo "1..0 # SKIP nothing here"'
verdict 1 1 0 "no plan: failed" \
	'echo "ok 1 - a"'
verdict 1 1 0 "a plan for more results than there are: failed" \
	'echo "ok 1 - a"; echo 1..2'
verdict 2 1 0 "a plan for fewer results: failed" \
	'echo "ok 1 - a"; echo "ok 2 - b"; echo 1..1'
verdict 0 1 0 "no result at all: failed" \
	'echo 1..0'
verdict 0 1 0 "no output at all: failed" \
	':'
verdict 1 1 0 "all ok but status 3: failed" \
	'echo "ok 1 - a"; echo 1..1; exit 3'
verdict 0 2 0 "not ok but status 0: failed" \
	'echo "not ok 1 - a"; echo 1..1'
verdict 1 1 0 "killed by a signal: failed" \
	'echo "ok 1 - a"; echo 1..1; kill -SEGV $$'
verdict 1 1 0 "timeout: failed" \
	'echo "ok 1 - a"; echo 1..1; exec sleep 60'
SLOW=5 verdict 1 0 0 "SLOW makes the limit longer: passed" \
	'echo "ok 1 - a"; sleep 4; echo 1..1'
verdict 1 1 0 "a result with the wrong number: failed" \
	'echo "ok 2 - a"; echo 1..1'
verdict 1 1 0 "two plans: failed" \
	'echo 1..1; echo "ok 1 - a"; echo 1..1'
verdict 1 1 0 "Bail out: failed" \
	'echo "ok 1 - a"; echo "Bail out! no more"; echo 1..1; exit 1'

# What tap.sh calls a failure; each sample begins with two results that are ok.
said='. "$SRC/selftests/lib/tap.sh"
check "a" sh -c "echo one; echo two >&2"
check_not_said "three" "b"
'
verdict 4 0 0 "check_not_said: a text and not a pattern" \
	"$said"'check_not_said "o.e" "c"; check "d" true; done_testing'
verdict 4 0 0 "check_not_said: nothing at all" \
	"$said"'check "c" true; check_not_said "" "d"; done_testing'
verdict 2 1 0 "check_not_said: said on standard output: failed" \
	"$said"'check_not_said "one" "c"; done_testing'
verdict 2 1 0 "check_not_said: said on standard error: failed" \
	"$said"'check_not_said "two" "c"; done_testing'
verdict 2 1 0 "check_not_said: something said: failed" \
	"$said"'check_not_said "" "c"; done_testing'
verdict 0 1 0 "check_not_said: no command before: failed" \
	'. "$SRC/selftests/lib/tap.sh"; check_not_said "one" "a"; done_testing'
verdict 2 1 0 "check_fails with the output that it empties: failed" \
	"$said"'check_fails "c" grep -q one "$TMP/out"; done_testing'
verdict 2 1 0 "check with it: failed" \
	"$said"'check "c" test ! -s "$TMP/err"; done_testing'
verdict 2 1 0 "check_status with it: failed" \
	"$said"'check_status 1 "c" sh -c "grep one <$TMP/out | sort"; done_testing'
verdict 2 1 0 "check_output with it: failed" \
	"$said"'check_output "" "c" cat "$TMP/out"; done_testing'
verdict 3 0 0 "another file of a like name: passed" \
	"$said"'cp "$TMP/out" "$TMP/out.1"; check "c" grep -q one "$TMP/out.1"; done_testing'

check_status 1 "a test that is not there: failed" \
	"$SRC/selftests/run" -o "$TMP/results" "$TMP/group/none.sh"
check_status 64 "no test: bad usage" "$SRC/selftests/run" -o "$TMP/results"
check_status 64 "SLOW is no fraction: bad usage" \
	env SLOW=0.5 "$SRC/selftests/run" "$TMP/group/sample.sh"

printf '#!/bin/bash\necho "# detail of the failure"; echo "not ok 1 - a"; echo 1..1; exit 1\n' \
	>"$TMP/group/sample.sh"
check_status 1 "a failure has status 1" "$SRC/selftests/run" "$TMP/group/sample.sh"
check_said "# detail of the failure" "the output of a failed test is shown"

check_status 64 "a pattern that no test matches is an error, not a success" \
	env BUILD="$TMP/build" "$SRC/selftests/all" --host no-such-test

done_testing
