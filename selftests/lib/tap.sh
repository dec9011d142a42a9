# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# selftests/lib/tap.sh: results in the Test Anything Protocol, for tests in sh.
#
#	. "$SRC/selftests/lib/tap.sh"
#	check "true is true" true
#	check_status 2 "ls says that a file is missing" ls /nonexistent
#	check_output "usage" "help says how to use it" lsmslot --help
#	check_not_said "error" "and nothing of an error"
#	skip "no loop device here"
#	done_testing
#
# done_testing prints the plan and ends the test; one that does not come there
# is a failure.  $TMP is a directory of the test's own.
# shellcheck shell=sh

tap_results=0
tap_failures=0
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT

ok() {
	tap_results=$((tap_results + 1))
	echo "ok $tap_results - $*"
}

not_ok() {
	tap_results=$((tap_results + 1))
	tap_failures=$((tap_failures + 1))
	echo "not ok $tap_results - $*"
}

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# skip REASON: what cannot be tested here, and why.
skip() {
	tap_results=$((tap_results + 1))
	echo "ok $tap_results - # SKIP $*"
}

# Whether code that the compiler or the locks put into the running kernel's functions
# checks it: such a function has calls that are not in its source.
kernel_checks_itself() {
	zgrep -qE '^CONFIG_(KASAN|KCSAN|LOCKDEP)=y' /proc/config.gz
}

# tap_run COMMAND...: sets tap_got to its status.  What the last command said is
# gone before this one begins, so one that is to read that is not run: it would
# find nothing, whatever was said.
tap_run() {
	for tap_word; do
		case $tap_word in
		*"$TMP/out" | *"$TMP/out"[!A-Za-z0-9_.-]* | \
		*"$TMP/err" | *"$TMP/err"[!A-Za-z0-9_.-]*)
			tap_got="none, it would empty what it reads"
			return
			;;
		esac
	done
	tap_got=0
	"$@" >"$TMP/out" 2>"$TMP/err" </dev/null || tap_got=$?
}

# check_status STATUS WHAT COMMAND...: the command ends with just that status.
# Its output is in $TMP/out and $TMP/err afterwards: see check_said and
# check_not_said, or copy it for another command to read.
check_status() {
	tap_want=$1 tap_what=$2
	shift 2
	tap_run "$@"
	if [ "$tap_got" = "$tap_want" ]; then
		ok "$tap_what"
		return 0
	fi
	not_ok "$tap_what"
	diag "status $tap_got, wanted $tap_want: $*"
	tap_show
	return 1
}

# check WHAT COMMAND...: the command ends with status 0.
check() {
	tap_what=$1
	shift
	check_status 0 "$tap_what" "$@"
}

# check_fails WHAT COMMAND...: with another status than 0.
check_fails() {
	tap_what=$1
	shift
	tap_run "$@"
	case $tap_got in
	0 | none*)
		not_ok "$tap_what"
		diag "status $tap_got: $*"
		tap_show
		return 1
		;;
	esac
	ok "$tap_what"
}

# check_said TEXT WHAT: the last checked command wrote TEXT to either output.
check_said() {
	if cat "$TMP/out" "$TMP/err" | grep -qF -e "$1"; then
		ok "$2"
		return 0
	fi
	not_ok "$2"
	diag "not in the output: $1"
	tap_show
	return 1
}

# check_not_said TEXT WHAT: it wrote TEXT to neither; "" is any text.
check_not_said() {
	tap_found=0
	grep -qF -e "$1" "$TMP/out" "$TMP/err" || tap_found=$?
	if [ "$tap_found" = 1 ]; then
		ok "$2"
		return 0
	fi
	not_ok "$2"
	diag "in the output: ${1:-something}"
	tap_show
	return 1
}

# check_output TEXT WHAT COMMAND...: status 0, and TEXT in either output.
check_output() {
	tap_text=$1 tap_what=$2
	shift 2
	tap_run "$@"
	if [ "$tap_got" = 0 ]; then
		check_said "$tap_text" "$tap_what"
		return
	fi
	not_ok "$tap_what"
	diag "status $tap_got: $*"
	tap_show
	return 1
}

tap_show() {
	head -n 40 "$TMP/out" | sed 's/^/# out: /'
	head -n 40 "$TMP/err" | sed 's/^/# err: /'
}

done_testing() {
	echo "1..$tap_results"
	if [ "$tap_failures" -gt 0 ] || [ "$tap_results" = 0 ]; then
		exit 1
	fi
	exit 0
}
