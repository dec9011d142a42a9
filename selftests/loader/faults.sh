#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# apply, attach, replace, detach and status while the kernel fails one thing that
# they ask of it: an allocation or a copy of user memory.  Each ends with a
# documented status and, unless that is 0, with one sentence, and is done or has
# left all as it was.
#
# $TRIES is how many of the faults of a command are tried, spread over all that
# it can have: half of them over the whole run, half in the calls that change or
# list something.  $SEED moves them.
# timeout: 1200
. "$SRC/selftests/loader/common"

if [ ! -e /proc/self/fail-nth ]; then
	skip "kernel injects no faults: no /proc/self/fail-nth; that of kernel/build debug does"
	done_testing
fi

TRIES=${TRIES:-20}
SEED=${SEED:-1}
FAULTS=$BUILD/selftests/lib/faults.so
F=$TMP/policy.yaml
cp "$PROGS/apply_deny.bpf.o" "$PROGS/pair.bpf.o" "$TMP/"

if [ ! -e "$FAULTS" ]; then
	not_ok "there is $FAULTS; make selftests builds it"
	done_testing
fi

# with_fault CALL AT COMMAND...: $status, and $missing to the fault.
with_fault() {
	fault_call=$1 fault_at=$2
	shift 2
	status=0
	: >"$TMP/fault"
	FAULT_CALL=$fault_call FAULT_AT=$fault_at FAULT_OUT=$TMP/fault LD_PRELOAD=$FAULTS \
		"$LSMSLOT" "$@" >"$TMP/said" 2>"$TMP/complained" </dev/null || status=$?
	missing=$(head -n 1 "$TMP/fault")
}

# dump PINS BUT: the entries of pinned maps; their order is another one in each map.
dump() {
	grep -E "$1" "$TMP/pins" | grep -vE "$2" | sed 's/^/map dump pinned /' >"$TMP/batch"
	[ ! -s "$TMP/batch" ] || bpftool batch file "$TMP/batch" | sort
}

# What there is, apart from numbers: pins, map entries, what is denied.  Counters
# go on, and hooks settle.
look() {
	find /sys/fs/bpf | sort >"$TMP/pins"
	cat "$TMP/pins"
	dump '/maps/' '/(counters|events|asked|calls|swap_calls|swap_more|lsmslot-record)$'
	rm -f "$TMP/fifo"
	mkfifo "$TMP/fifo" 2>&1
}

# The same with the numbers of links and their programs, which nothing else gets, and
# apply's records, which have them.
state() {
	bpftool link show | grep '^[0-9]'
	look
	dump 'lsmslot-record$' '^$'
}

# The kernel frees a link and its program some time after.
as_before() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		state >"$TMP/after"
		! cmp -s "$TMP/before" "$TMP/after" || return 0
		sleep 0.3
	done
	return 1
}

complain() {
	wrong=$((wrong + 1))
	diag "$what, call $fault_call, fault $fault_at: $*"
	diag "status $status: $(cat "$TMP/complained")"
}

# one_fault CALL AT: of the command, which has to be $missing from it, or done or undone.
one_fault() {
	with_fault "$1" "$2" $command
	case $missing in
	0)	hits=$((hits + 1)) ;;
	'')	complain "it did not come to its end" ;;
	esac
	case $status in
	0)	if ! is_done; then
			complain "status 0, but it is not done: $(look | diff "$TMP/wanted" - | head -n 20)"
		fi
		done=$((done + 1))
		undo
		state >"$TMP/before"
		return 0 ;;
	[1-9])	failed=$((failed + 1)) ;;
	*)	complain "this status is not documented" ;;
	esac
	[ "$missing" = 0 ] || complain "it failed without a fault"
	# With -j it is in the document.
	sentences=$(cat "$TMP/complained" "$TMP/said" | grep -c -e '^lsmslot: ' -e '^{"error":')
	if [ "$sentences" != 1 ] || [ "$(wc -l <"$TMP/complained")" -gt 1 ]; then
		complain "there is not just one sentence"
	fi
	as_before && return 0
	# Done, but what came then failed: the output.
	if is_done; then
		late=$((late + 1))
		undo
	else
		complain "neither done nor undone: $(diff "$TMP/before" "$TMP/after" | head -n 20)"
		undo
	fi
	state >"$TMP/before"
}

# faults WHAT COMMAND: is_done says whether it is, and undo undoes it.
faults() {
	what=$1 command=$2
	wrong=0 hits=0 done=0 failed=0 late=0 tried=0
	state >"$TMP/before"
	# shellcheck disable=SC2086 # words of the command
	with_fault 0 1000000000 $command
	total=$((1000000000 - missing))
	changes=$(tail -n 1 "$TMP/fault" | tr ' ' '\n' |
		grep -nE '^(2|6|16|28|29)$' | cut -d : -f 1)
	look >"$TMP/wanted"
	if [ "$status" != 0 ] || ! is_done; then
		complain "not done without a fault"
	fi
	undo
	state >"$TMP/before"

	half=$((TRIES / 2))
	step=$((total / half))
	at=$((1 + SEED * 7919 % step))
	while [ $at -le $total ]; do
		one_fault 0 $at
		at=$((at + step)) tried=$((tried + 1))
	done
	# In each call in turn the first, the second ... until it has no more.
	at=1 left=$half
	while [ $left -gt 0 ] && [ -n "$changes" ]; do
		more=
		for call in $changes; do
			[ $left -gt 0 ] || break
			one_fault "$call" $at
			left=$((left - 1)) tried=$((tried + 1))
			[ "$missing" != 0 ] || more="$more $call"
		done
		changes=$more at=$((at + 1))
	done
	check "$what: $hits faults of $total in $tried runs: $failed failed, $done done, $late done but not said" \
		[ $wrong = 0 ]
	check "$what: faults made it fail" [ $failed -gt 2 ]
}

# What it comes to without a fault.
is_done() {
	look | cmp -s - "$TMP/wanted"
}

D=$PINS/deny
undo() { "$LSMSLOT" detach "$D" >/dev/null; }
faults "attach" "attach $PROGS/swap1.bpf.o --pin $D"

"$LSMSLOT" attach "$PROGS/swap1.bpf.o" --pin "$D" >/dev/null
undo() { "$LSMSLOT" attach "$PROGS/swap1.bpf.o" --replace "$D" >/dev/null; }
faults "replace" "attach $PROGS/swap2.bpf.o --replace $D"

undo() { "$LSMSLOT" attach "$PROGS/swap1.bpf.o" --pin "$D" >/dev/null; }
faults "detach" "detach $D"

is_done() {
	steady "$TMP/said" | cmp -s - "$TMP/steady"
}
steady() { grep -vE '"(place|slot|fast|settling|denials|revision)"' "$1"; }
"$LSMSLOT" status -j >"$TMP/status"
steady "$TMP/status" >"$TMP/steady"
undo() { :; }
faults "status" "status -j"
"$LSMSLOT" detach "$D" >/dev/null

is_done() {
	look | cmp -s - "$TMP/wanted"
}
cat >"$F" <<END
version: 1
policies:
  - name: deny
    object: apply_deny.bpf.o
    pin: $PINS/deny
    maps: {comms: [{key: mkfifo, value: all}, {key: goes, value: fifo}]}
  - {name: goes, object: pair.bpf.o, pin: $PINS/goes, programs: [allow_every_ioctl]}
END
cat >"$TMP/other" <<END
version: 1
policies:
  - name: deny
    object: apply_deny.bpf.o
    pin: $PINS/deny
    mode: audit
    programs: [deny_fifo]
    constants: {generation: 2}
    maps: {comms: [{key: mkfifo, value: fifo}, {key: comes, value: fifo}]}
  - {name: comes, object: pair.bpf.o, pin: $PINS/comes, programs: [allow_every_ioctl]}
END
cp "$F" "$TMP/one"
printf 'version: 1\npolicies: []\n' >"$TMP/none"

# apply_file FILE: of $F, as an apply of another file would not detach.
apply_file() {
	cp "$TMP/$1" "$F"
	"$LSMSLOT" apply "$F" >/dev/null
}
undo() { apply_file none; cp "$TMP/one" "$F"; }
faults "apply, from nothing" "apply $F"

apply_file one
cp "$TMP/other" "$F"
undo() { apply_file one; cp "$TMP/other" "$F"; }
faults "apply, another set" "apply $F"
apply_file none
rm -rf /sys/fs/bpf/apply_seen
rmdir "$PINS" 2>/dev/null
check "nothing is left" [ ! -e "$PINS" ]
done_testing
