# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# selftests/demo/show.sh: show commands and their output, and check them.
# shellcheck shell=bash

step=0
output=$(mktemp)	# of the last command shown

# step WHAT: what the commands that follow show, in a sentence.
step() {
	step=$((step + 1))
	what=$*
	printf '\n%d. %s\n' "$step" "$what"
}

# show COMMAND: as at a prompt.  Its status is in $status, and its output, both
# of it, in $output.
show() {
	printf '\n   # %s\n' "$1"
	status=0
	bash -c "$1" >"$output" 2>&1 </dev/null || status=$?
	sed 's/^/   /' "$output"
}

# fail HOW: the step came out in another way.
fail() {
	echo "demo: FAILED at step $step ($what) $*" >"$OUT/failure"
	exit 1
}

# works: the command shown ended well.
works() {
	[ "$status" = 0 ] || fail "The command ended with status $status: $(tail -n 1 "$output")"
}

# said PATTERN HOW: a line of its output matches.
said() {
	grep -qE -e "$1" "$output" || fail "$2"
}

# wait_until COMMAND...: at most 20 s; a busy host settles slowly.
wait_until() {
	local end=$((SECONDS + 20))

	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}
