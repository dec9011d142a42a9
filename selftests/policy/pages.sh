#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The pages of the policies: their commands, run as they stand there, do what
# the pages say.
# shellcheck disable=SC2317
. "$SRC/selftests/lib/tap.sh"

lsmslot() {
	"$LSMSLOT" "$@"
}

# page_block PAGE N: the Nth block of commands, with the objects built here.
page_block() {
	awk -v want="$2" '/^```sh$/ { n++; on = n == want; next }
		/^```$/ { on = 0 } on' "$SRC/docs/policies/$1.md" |
		sed "s|build/bpf/|$BPF_DIR/|" >"$TMP/block"
	[ -s "$TMP/block" ]
}

# run_block PAGE N WHAT: functions it defines stay defined.
run_block() {
	# shellcheck source=/dev/null
	if page_block "$1" "$2" && . "$TMP/block" >"$TMP/out" 2>"$TMP/err"; then
		ok "$3"
		return
	fi
	not_ok "$3"
	tap_show
}

append() {
	echo '# appended' >>"$1"
}

protect_files() {
	check "protect-files: /etc/passwd can be written before" append /etc/passwd
	run_block protect-files 1 "protect-files: the page attaches"
	check "protect-files: an empty list protects nothing" append /etc/passwd
	run_block protect-files 2 "protect-files: the page's functions"
	run_block protect-files 3 "protect-files: the page lists /etc/passwd and /etc"
	check_fails "protect-files: /etc/passwd cannot be written" append /etc/passwd
	check_said "not permitted" "protect-files: ... with EPERM"
	check_fails "protect-files: /etc cannot be moved" mv /etc /etc.away
	check_said "not permitted" "protect-files: ... with EPERM"
	check "protect-files: another file in /etc can be written" append /etc/hostname
	check "protect-files: the page takes it off the list" unlist /etc/passwd
	check "protect-files: /etc/passwd can be written then" append /etc/passwd
	check "protect-files: and be listed again" list /etc/passwd 1
	check_fails "protect-files: it cannot be written then" append /etc/passwd
	run_block protect-files 4 "protect-files: the page detaches"
	check "protect-files: /etc/passwd can be written after" append /etc/passwd
}

exec_guard() {
	cp /bin/true /dev/shm/lsmslot-true || exit 1
	check "exec-guard: /dev/shm runs a program before" /dev/shm/lsmslot-true
	run_block exec-guard 1 "exec-guard: the page attaches"
	check "exec-guard: an empty list denies no mount" /dev/shm/lsmslot-true
	run_block exec-guard 2 "exec-guard: the page's functions"
	check_fails "exec-guard: what is no mount point is refused" noexec /etc/passwd
	check_said "no mount point" "exec-guard: ... by name"
	run_block exec-guard 3 "exec-guard: the page lists /dev/shm"
	check_fails "exec-guard: /dev/shm runs nothing" /dev/shm/lsmslot-true
	check_said "not permitted" "exec-guard: ... with EPERM"
	check "exec-guard: /bin runs programs" /bin/true
	run_block exec-guard 4 "exec-guard: the page detaches"
	check "exec-guard: /dev/shm runs a program after" /dev/shm/lsmslot-true
	rm /dev/shm/lsmslot-true
}

protect_files
exec_guard
done_testing
