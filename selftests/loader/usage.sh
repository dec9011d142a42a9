#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Commands, options and the statuses of wrong ones.
. "$SRC/selftests/loader/common"

check_output "usage: lsmslot COMMAND" "--help" lsmslot --help
check_output "usage: lsmslot COMMAND" "help" lsmslot help
check_output "lsmslot 0." "--version" lsmslot --version
check_status 2 "no command" lsmslot
check_status 2 "unknown command" lsmslot frobnicate
check_said "unknown command 'frobnicate'" "it is named"
check_status 2 "commands are not completed" lsmslot stat
check_status 2 "unknown global option" lsmslot --frobnicate
check_said "unknown option '--frobnicate'" "it is named"
check_status 2 "help with an argument" lsmslot help status

# What help lists is here too, or a new command would go untested.
commands="attach detach apply check mode status hooks events stats bench path features"
check "help lists these commands" sh -c '
	test "$("$1" help | sed -n "/^commands:/,/^\$/s/^  \([a-z]*\) .*/\1/p" | tr "\n" " ")" = "$2 help "' \
	sh "$LSMSLOT" "$commands"
for command in $commands; do
	check_output "usage: lsmslot $command" "$command --help" lsmslot $command --help
	check_output "  $command " "help lists $command" lsmslot help
	check_status 2 "$command with an unknown long option" lsmslot $command --frobnicate
	check_said "$command: unknown option '--frobnicate'" "it is named"
	check_status 2 "$command with an unknown short option" lsmslot $command -Z
	check_said "$command: unknown option '-Z'" "it is named"
	check "the man page has $command" \
		grep -q "^lsmslot-*$command\|\*\*lsmslot $command\*\*" "$SRC/docs/man/lsmslot.rst"
done

check_status 2 "attach without an object" lsmslot attach
check_status 2 "attach with two objects" lsmslot attach a.bpf.o b.bpf.o
check_status 2 "attach --pin without a value" lsmslot attach a.bpf.o --pin
check_said "option '--pin' needs a value" "it is named"
check_status 2 "attach --pin with an empty value" lsmslot attach a.bpf.o --pin ''
check_status 2 "detach without an argument" lsmslot detach
check_status 2 "detach with two pins" lsmslot detach a b
check_status 2 "detach with a pin and an id" lsmslot detach a --id 1
check_status 2 "detach with a word for an id" lsmslot detach --id one
check_status 2 "detach with a negative id" lsmslot detach --id -1
check_status 2 "status with an argument" lsmslot status now
check_status 2 "features with an argument" lsmslot features now
check_status 2 "apply without a file" lsmslot apply
check_status 2 "check without a file" lsmslot check
check_status 2 "mode without a policy" lsmslot mode
check_status 2 "stats with an argument" lsmslot stats now
check_status 2 "events with a count of 0" lsmslot events --count 0
check_status 2 "bench without a hook" lsmslot bench
check_status 2 "bench with two hooks" lsmslot bench file_open file_permission
check_status 2 "path without a hook" lsmslot path
check_status 2 "path with two hooks" lsmslot path file_open file_permission
check_status 1 "output that cannot be written is an error" sh -c '"$LSMSLOT" help >/dev/full'

check_status 3 "attach without CAP_SYS_ADMIN" \
	without sys_admin "$LSMSLOT" attach "$PROGS/pair.bpf.o"
check_said "CAP_SYS_ADMIN is missing" "it is named"
check_status 3 "detach without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" detach --id 1
check_status 3 "status without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" status
check_status 3 "events without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" events
check_status 3 "bench without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" bench file_open
check_status 3 "path without CAP_SYS_RAWIO" without sys_rawio "$LSMSLOT" path file_open
check_said "CAP_SYS_RAWIO is missing" "it is named"
check_status 3 "path without CAP_SYSLOG" without syslog "$LSMSLOT" path file_open

done_testing
