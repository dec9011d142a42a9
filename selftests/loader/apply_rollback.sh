#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# apply: whichever of its changes fails, all is as it was before.
# timeout: 2400
. "$SRC/selftests/loader/common"

F=$TMP/policy.yaml
cp "$PROGS/apply_deny.bpf.o" "$PROGS/apply_seen.bpf.o" "$PROGS/pair.bpf.o" "$TMP/"
before=$(lsm_links)

# What there is: links with their programs in running order, pins, map entries,
# and what is allowed.  Counters go on, whatever happens, and hooks settle.
state() {
	lsmslot status -j | grep -vE '"(place|slot|fast|settling|denials|revision)"'
	find /sys/fs/bpf | sort >"$TMP/pins"
	cat "$TMP/pins"
	grep '/maps/' "$TMP/pins" | grep -vE '/(counters|events|asked)$' |
		sed 's/^/map dump pinned /' >"$TMP/batch"
	[ ! -s "$TMP/batch" ] || bpftool batch file "$TMP/batch"
	if mkfifo_works 2>/dev/null; then
		echo allowed
	else
		echo denied
	fi
}

# every_fault WHAT: of applying $F.
every_fault() {
	state >"$TMP/before"
	at=1
	wrong=0
	while ! LSMSLOT_FAIL_AT=$at lsmslot apply "$F" >"$TMP/out" 2>"$TMP/err"; do
		state >"$TMP/after"
		if ! diff "$TMP/before" "$TMP/after" >"$TMP/diff"; then
			wrong=$((wrong + 1))
			diag "fault $at: $(cat "$TMP/err")"
			diag "$(head -n 20 "$TMP/diff")"
		fi
		# One sentence: what failed.  No other, that undoing failed.
		if [ "$(wc -l <"$TMP/err")" != 1 ] || ! grep -q "Input/output error" "$TMP/err"; then
			wrong=$((wrong + 1))
			diag "fault $at: $(cat "$TMP/err")"
		fi
		at=$((at + 1))
		[ $at -lt 500 ] || break
	done
	check "$1: after each of $((at - 1)) faults all is as it was" [ $wrong = 0 ]
	check "$1: there were faults" [ $at -gt 10 ]
	check "$1: then it works" [ $at -lt 500 ]
	check_output "nothing to do" "$1: and there is nothing to do" lsmslot apply "$F"
}

cat >"$F" <<END
version: 1
policies:
  - name: deny
    object: apply_deny.bpf.o
    pin: $PINS/deny
    maps: {comms: [{key: mkfifo, value: all}, {key: goes, value: fifo}]}
  - name: entries
    object: apply_deny.bpf.o
    pin: $PINS/entries
    maps: {comms: [{key: a, value: all}, {key: b, value: fifo}]}
  - {name: seen-1, object: apply_seen.bpf.o, pin: $PINS/seen1, constants: {number: 1}}
  - {name: goes, object: pair.bpf.o, pin: $PINS/goes, programs: [allow_every_ioctl]}
END
state >"$TMP/nothing"
every_fault "from nothing"
state >"$TMP/something"
check_fails "the test sees the difference" cmp -s "$TMP/nothing" "$TMP/something"
check "... of map entries too" grep -q 'key.*6d 6b 66 69 66 6f\|mkfifo' "$TMP/something"
check_fails "the policy denies" mkfifo_works

# Everything that can change at once: programs, entries, mode, order, one more
# and one less.
cat >"$F" <<END
version: 1
policies:
  - {name: seen-1, object: apply_seen.bpf.o, pin: $PINS/seen1, constants: {number: 1}}
  - {name: seen-2, object: apply_seen.bpf.o, pin: $PINS/seen2, constants: {number: 2}, order: first}
  - name: entries
    object: apply_deny.bpf.o
    pin: $PINS/entries
    mode: audit
    maps: {comms: [{key: b, value: all}, {key: c, value: fifo}]}
  - name: deny
    object: apply_deny.bpf.o
    pin: $PINS/deny
    programs: [deny_fifo]
    constants: {generation: 2}
    maps: {comms: [{key: mkfifo, value: fifo}, {key: comes, value: fifo}]}
END
every_fault "from one set to another"
check_fails "the policy denies" mkfifo_works

# Only maps and the note.
sed -i 's/mode: audit/mode: enforce/; s/key: c,/key: d,/' "$F"
cp "$F" "$TMP/other.yaml"
F=$TMP/other.yaml
every_fault "entries, mode and note"

printf 'version: 1\npolicies: []\n' >"$F"
every_fault "to nothing"
rm -f /sys/fs/bpf/apply_seen
rmdir "$PINS"
check "nothing is left" [ "$(lsm_links)" = "$before" ]
check "mkfifo works" mkfifo_works
done_testing
