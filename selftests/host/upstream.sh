#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What surrounds the kernel's own selftests: their configuration, what is read from their
# output, the comparison of two kernels. No test of the kernel's runs here.
. "$SRC/selftests/lib/tap.sh"

up=$SRC/selftests/upstream
export BUILD=$TMP/build

# --- the configuration
tree=$TMP/tree
for dir in bpf lsm landlock static_keys ftrace livepatch; do
	mkdir -p "$tree/tools/testing/selftests/$dir"
	echo CONFIG_SYSFS=y >"$tree/tools/testing/selftests/$dir/config"
done
sed '/^[#[]/d' "$up/left-out" | tr -s ' ' '\n' | sed '/^$/d; s/.*/CONFIG_&=y/' \
	>"$tree/tools/testing/selftests/bpf/config.x86_64"
printf '# CONFIG_BPF_UNPRIV_DEFAULT_OFF is not set\nCONFIG_TEST_BPF=m\n' \
	>"$tree/tools/testing/selftests/bpf/config.vm"
printf 'CONFIG_BPF_UNPRIV_DEFAULT_OFF=y\nCONFIG_NR_CPUS=64\n' >"$TMP/vm.config"

check "a configuration" "$up/config" "$tree" "$TMP/vm.config"
check_said "# CONFIG_BPF_UNPRIV_DEFAULT_OFF is not set" "the selftests' choice counts"
check_said "CONFIG_TEST_BPF=m" "what they ask for is in it"
check_said "CONFIG_NR_CPUS=64" "what is left out stays as it was"
check_not_said "CONFIG_NR_CPUS=y" "and is not asked for"
check_not_said "CONFIG_BPF_UNPRIV_DEFAULT_OFF=y" "an option is there once"
check_said "$(grep -m 1 ^CONFIG_ "$up/added")" "what is added is in it"

sed -i /PROVE_LOCKING/d "$tree/tools/testing/selftests/bpf/config.x86_64"
check_status 65 "an option left out that nobody asks for" "$up/config" "$tree" "$TMP/vm.config"
check_said PROVE_LOCKING "is named"
rm "$tree/tools/testing/selftests/lsm/config"
check_status 66 "a tree without the selftests" "$up/config" "$tree" "$TMP/vm.config"

# --- what tests say
# parsed WHAT SUITE NAME STATUS: the text in $TMP/text gives what is in $TMP/wanted.
parsed() {
	awk -v suite="$2" -v name="$3" -v status="$4" -f "$up/parse.awk" "$TMP/text" |
		tr '\t' '=' >"$TMP/parsed"
	check "$1" diff "$TMP/wanted" "$TMP/parsed"
}

cat >"$TMP/text" <<'END'
#7/1     cgroup/a:b/c:OK
#7/2     cgroup/two words:SKIP
#7/3     cgroup/three:FAIL (a reason)
not ok here
#7       cgroup:FAIL
Summary: 1/1 PASSED, 1 SKIPPED, 1 FAILED
#7/3     cgroup/three:FAIL
#7       cgroup:FAIL
END
printf '%s\n' a:b/c=OK 'two words=SKIP' three=FAIL -=FAIL >"$TMP/wanted"
parsed "test_progs: subtests, and the whole" test_progs cgroup 1
printf '%s\n' a:b/c=OK 'two words=SKIP' three=FAIL -=TIMEOUT >"$TMP/wanted"
parsed "test_progs: a test that took too long" test_progs cgroup 124
printf '%s\n' '#1/1 xattr/a:SKIP' '#1 xattr:OK (SKIP: 1/2)' >"$TMP/text"
printf '%s\n' a=SKIP -=OK >"$TMP/wanted"
parsed "test_progs: some subtests skipped" test_progs xattr 0
: >"$TMP/text"
echo -=FAIL >"$TMP/wanted"
parsed "test_progs: a test that said nothing" test_progs cgroup 0

cat >"$TMP/text" <<'END'
#0/u invalid and of 0 OK
#0/p invalid and of 0 SKIP (unsupported)
#1/p other FAIL
#1/p other FAIL
END
printf '%s\n' '0/u invalid and of 0=OK' '0/p invalid and of 0=SKIP' '1/p other=FAIL' -=FAIL >"$TMP/wanted"
parsed "test_verifier" bpf test_verifier 1

cat >"$TMP/text" <<'END'
TAP version 13
# not ok of old
ok 1 global.first
not ok 2 global.second
ok 3 third # SKIP for a reason
END
printf '%s\n' global.first=OK global.second=FAIL third=SKIP -=FAIL >"$TMP/wanted"
parsed "TAP" landlock base_test 1

cat >"$TMP/text" <<'END'
TEST: basic function patching ... ok
TEST: stacked ... not ok
END
printf '%s\n' 'basic function patching=OK' stacked=FAIL -=FAIL >"$TMP/wanted"
parsed "livepatch" livepatch test-livepatch.sh 1

echo "ok 1 Basic trace file check # SKIP" >"$TMP/text"
echo -=SKIP >"$TMP/wanted"
parsed "ftracetest" ftrace 00basic/basic1.tc 0

# --- the comparison
check_status 66 "nothing was run" "$up/compare"

# results KERNEL RUN LINE...: of a run, = for tabs.
results() {
	local to=$BUILD/upstream/results/$1/$2

	mkdir -p "$to"
	shift 2
	printf '%s\n' "$@" | tr '=' '\t' >"$to/results"
	echo "end suite one 60" >"$to/progress"
}
results stock 1 suite=one=-=OK suite=one=a=OK suite=one=b=FAIL suite=two=-=SKIP
check_status 66 "one kernel was not run" "$up/compare"
results ours 1 suite=one=-=OK suite=one=a=OK suite=one=b=FAIL suite=two=-=SKIP
check "equal, failures as well" "$up/compare"
check_said "equal: 4" "all of them"
check "nothing is named" "$up/compare" --names
check_not_said one "nothing at all"

results ours 1 suite=one=-=OK suite=one=a=FAIL suite=one=b=FAIL suite=two=-=SKIP
check_status 1 "a subtest that fails on ours" "$up/compare"
check_said "passes on stock, not on ours: 1" "is counted"
check "and is named" "$up/compare" --names
check_said suite/one "with its suite"
results ours 2 suite=one=-=OK suite=one=a=OK
check "it passes the second time" "$up/compare"
check_said "not the same in all runs of a kernel: 1" "and is unstable"

results ours 1 suite=one=-=OK suite=one=b=FAIL suite=two=-=SKIP
rm -r "$BUILD/upstream/results/ours/2"
check_status 1 "a subtest that ours does not get to" "$up/compare"
results ours 1 suite=one=-=OK suite=one=a=OK suite=one=b=OK suite=two=-=FAIL
check "better, and otherwise different" "$up/compare"
check_said "passes on ours, not on stock: 1" "better is counted"
check_said "differs otherwise: 1" "different is counted"
check "a page" "$up/compare" --page
check_said "| suite | OK | OK | 1 |" "a row has how many tests passed on both"
check_said "| suite | SKIP | FAIL | 1: two |" "another has the names of those that did not"
check_status 64 "bad usage" "$up/compare" --nosuch

done_testing
