#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lsmslot events: what is denied is shown, once, and names cannot lie.
. "$SRC/selftests/loader/common"

deny=$SRC/selftests/loader/deny.py
EVIL='denied\x1b]\n '
pins=/sys/fs/bpf/lsmslot/test_reporter_$$
name=test-reporter-$$
readers=()

cleanup() {
	[ ${#readers[@]} = 0 ] || kill "${readers[@]}" 2>/dev/null
	rm -f "$PINS"/maps/* "$pins"/maps/* "$pins"/report_* 2>/dev/null
	rmdir "$PINS/maps" "$PINS" "$pins/maps" "$pins" 2>/dev/null
	rm -rf "$TMP"
}
trap cleanup EXIT

# wait_for TEXT FILE: until the file has it, 60 s at most.
wait_for() {
	local try

	for try in $(seq 600); do
		grep -qF -e "$1" "$2" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

# reader FILE ARGUMENT...: lsmslot events in the background.
reader() {
	local file=$1

	shift
	"$LSMSLOT" events "$@" >"$file" 2>"$file.err" </dev/null &
	reader=$!
	readers+=("$reader")
}

# Until the last reader's id is in a lock file.
wait_locked() {
	local try

	for try in $(seq 600); do
		grep -qsx "$reader" /run/lsmslot/*.lock && return 0
		sleep 0.1
	done
	return 1
}

# ended STATUS WHAT: the last reader ends with that status.
ended() {
	local got=0

	wait "$reader" || got=$?
	if [ "$got" = "$1" ]; then ok "$2"; else not_ok "$2"; diag "status $got"; fi
}

# lines EXPRESSION: value of a Python expression on the JSON lines of $TMP/out, the list l.
lines() {
	python3 -c 'import json, sys
l = [json.loads(line) for line in open(sys.argv[1])]
e = [x for x in l if x["type"] == "event"]
print(eval(sys.argv[2]))' "$TMP/out" "$1"
}

check_lines() {
	local got

	got=$(lines "$2" 2>&1)
	if [ "$got" = "$1" ]; then
		ok "$3"
	else
		not_ok "$3"
		diag "$2 is $got, wanted $1"
		tap_show
	fi
}

set_mode() {
	bpftool map update pinned "$pins/maps/settings" key 0 0 0 0 value "$1" 0 0 0
}

# --- bad usage
check_status 2 "a count of 0" lsmslot events --count 0
check_said "option '--count' needs a positive number, not '0'" "it is named"
check_status 2 "a word for a count" lsmslot events --count many
check_status 3 "without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" events
check_status 5 "no such policy" lsmslot events nosuch
check_said "no policy 'nosuch'" "it is named"
check_status 5 "no such path" lsmslot events "$PINS"
check_said "$PINS" "it is named"

# --- what was denied before the reader came
check "a policy is attached" lsmslot attach "$PROGS/reporter.bpf.o" --pin "$pins"
check "things are denied" "$deny" "$EVIL"
cp "$TMP/out" "$TMP/denied"
check "all of them" test "$(grep -c ' EPERM$' "$TMP/denied")" = 7
check "events, as text" lsmslot events "$name" --count 7
for text in "inode_mkdir" "a\\x20b dev=" "inode_symlink" "name=caf\\xc3\\xa9\\x20\\x1b[31m\\xff\\\\ EPERM" \
	    "socket_connect" "address=127.0.0.9:4321 EPERM" "address=[::1]:4321 EPERM" \
	    "task=denied\\x1b]\\x0a\\x20[" "number=0 EPERM" "uid=0 - EPERM" \
	    " ${pins##*/} denied\\x1b]\\x0a\\x20["; do
	check_said "$text" "text has $text"
done
cp "$TMP/out" "$TMP/events"
check "a line per event" test "$(wc -l <"$TMP/events")" = 7
check_status 1 "no control character" env LC_ALL=C grep '[^ -~]' "$TMP/events"
check_status 1 "none is an audit hit" grep audit "$TMP/events"
now=$(date +%s)
then=$(date +%s -d "$(head -n 1 "$TMP/events" | cut -d ' ' -f 1)")
check "the time is wall-clock time" test $((now - then)) -ge 0 -a $((now - then)) -lt 300

# --- audit mode
check "audit mode" set_mode 1
check "nothing is denied" "$deny" denied
check "nothing at all" test "$(grep -c EPERM "$TMP/out")" = 0
check "events, as text" lsmslot events "$pins" --count 7
check "all are audit hits" test "$(grep -c ' EPERM audit$' "$TMP/out")" = 7
check "enforce mode" set_mode 0

# --- JSON
"$deny" "$EVIL" >/dev/null
check "events, as JSON" lsmslot events "$name" --json --count 7
check_lines 7 "len(e)" "a line per event"
check_lines "inode_mkdir,inode_symlink,socket_connect,socket_connect,task_kill,task_setnice,task_getpgid" \
	"','.join(x['hook'] for x in e)" "the hooks, in the order of the calls"
check_lines "{'EPERM'}" "set(x['error'] for x in e)" "the verdict, by name"
check_lines "{-1}" "set(x['verdict'] for x in e)" "and as number"
check_lines "{False}" "set(x['audit'] for x in e)" "no audit hit"
check_lines "denied\\x1b]\\x0a " "e[0]['comm']" "the comm is escaped"
check_lines "café \\x1b[31m\\xff\\\\" "e[1]['object']['name']" "UTF-8 stays, the rest is escaped"
check_lines "True" "e[0]['object']['name'].endswith('/a b')" "the file's name"
check_lines "127.0.0.9 4321" "'%(address)s %(port)d' % e[2]['object']" "an IPv4 address"
check_lines "::1 4321" "'%(address)s %(port)d' % e[3]['object']" "an IPv6 address"
check_lines "True" "e[4]['object']['pid'] == e[4]['pid']" "the task"
check_lines "None" "e[6]['object']" "no object"

# --- live; a policy that comes later; one that goes
check "the policy is detached" lsmslot detach "$pins"
reader "$TMP/live" --json --count 14
check "a policy attached later" lsmslot attach "$PROGS/reporter.bpf.o" --pin "$pins"
"$deny" denied >/dev/null
check "its events come" wait_for task_getpgid "$TMP/live"
check_status 1 "a second reader is refused" lsmslot events "$name"
check_said "process $reader reads the events of policy" "the first is named"
check_status 1 "also one of all policies" lsmslot events
check "the policy is detached under the reader" lsmslot detach "$pins"
check "it says so" wait_for '"type":"gone"' "$TMP/live"
check "it is attached again" lsmslot attach "$PROGS/reporter.bpf.o" --pin "$pins"
"$deny" denied >/dev/null
ended 0 "the reader ends after --count events"
cp "$TMP/live" "$TMP/out"
check_lines 14 "len(e)" "and has shown as many"

# --- signals
for signal in INT TERM; do
	reader "$TMP/live" "$name"
	"$deny" denied >/dev/null
	check "a reader for SIG$signal" wait_for task_getpgid "$TMP/live"
	kill -"$signal" "$reader"
	ended 0 "SIG$signal ends it well"
	check "all was written" test "$(wc -l <"$TMP/live")" = 7
done
check "no lock is left" sh -c '! ls /run/lsmslot/*.lock'

# --- a ring buffer pinned in two places, and a directory that apply is filling
folders="$pins-again $pins~apply"
for folder in $folders; do
	mkdir -p "$folder/maps"
	bpftool map pin id "$(map_id "$pins/maps/events")" "$folder/maps/events"
done
reader "$TMP/live"
wait_locked
"$deny" denied 1 >/dev/null
check "a reader of all" wait_for task_getpgid "$TMP/live"
sleep 1.5
check_is 1 "$(grep -c task_getpgid "$TMP/live")" "shows an event once"
check_is "" "$(cat "$TMP/live.err")" "and finds nothing wrong"
check_fails "nor reads what apply is filling" grep -q "~apply" "$TMP/live"
kill "$reader"
wait "$reader"
for folder in $folders; do
	rm "$folder/maps/events"
	rmdir "$folder/maps" "$folder"
done

# --- a reader whose own reader goes, without an event
"$LSMSLOT" events "$name" 2>"$TMP/fifo.err" </dev/null | true
piped=${PIPESTATUS[0]}
check "a closed pipe ends it" test "$piped" = 141
"$deny" denied >/dev/null
check_status 1 "output that cannot be written is an error" \
	sh -c "'$LSMSLOT' events '$name' --count 7 >/dev/full"

# --- --since-now
"$deny" denied >/dev/null
reader "$TMP/live" "$name" --since-now --json
# It notes the time before it takes the lock.
wait_locked
"$deny" denied 1 >/dev/null
check "--since-now shows what happens now" wait_for task_getpgid "$TMP/live"
kill "$reader"
ended 0 "it ends"
cp "$TMP/live" "$TMP/out"
check_lines "['task_getpgid']" "[x['hook'] for x in e]" "and not what happened before"

# --- lost events
"$deny" denied 1500 >/dev/null
check "a full ring buffer" lsmslot events "$name" --json --count 1
check_lines True "0 < [x['count'] for x in l if x['type'] == 'lost'][0] < 1500" "lost events are reported"
check "the rest of it" lsmslot events "$name" --count 500
reader "$TMP/live" "$name" --since-now --json
wait_locked
"$deny" denied 1 >/dev/null
check "a reader since now" wait_for task_getpgid "$TMP/live"
kill "$reader"
ended 0 "it ends"
check_status 1 "what was lost before is not reported" grep lost "$TMP/live"

# --- what is no ring buffer of events
"$deny" denied >/dev/null
python3 - <<'END'
import os
with open("/proc/self/comm", "wb") as f:
    f.write(b"denied")
os.getsid(os.getpid())
END
reader "$TMP/live" "$name"
check "an event of another size" wait_for "reports events of 8 bytes" "$TMP/live.err"
kill "$reader"
ended 0 "ends nothing else"
check "and what came before it was shown" test "$(wc -l <"$TMP/live")" = 7

mkdir -p "$PINS/maps"
check_status 5 "a policy without a ring buffer" lsmslot events "$PINS"
check_said "reports no events" "it says so"
bpftool map create "$PINS/maps/events" type array key 4 value 8 entries 1 name events
check_status 1 "a map of another type" lsmslot events "$PINS"
check_said "is no BPF ring buffer but a map of type 2 with values of 8 bytes" "it says so"
rm "$PINS/maps/events"
bpftool prog pin name report_getpgid "$PINS/maps/events"
check_status 1 "a program in its place" lsmslot events "$PINS"
check_said "is no map" "it says so"
rm "$PINS/maps/events"
bpftool map create "$PINS/maps/events" type ringbuf entries 4096 name events
bpftool map create "$PINS/maps/counters" type percpu_array key 4 value 4 entries 3 name counters
check_status 1 "counters of another size" lsmslot events "$PINS"
check_said "no per-CPU array of 3 or more 8-byte counters" "it says so"

# --- the kernel's tracepoint
if [ -e /sys/kernel/tracing/events/lsm_slots/lsm_slot_deny ] && [ "$PLACE" = slot ]; then
	rm -f "$PINS"/maps/*
	rmdir "$PINS/maps" "$PINS"
	check "a policy without a ring buffer" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS" --program deny_mknod
	reader "$TMP/live" "$name" --trace --json
	wait_locked
	check_fails "it denies" mkfifo "$TMP/fifo"
	check "--trace shows it" wait_for '"type":"trace"' "$TMP/live"
	"$deny" denied 1 >/dev/null
	check "and events" wait_for '"type":"event"' "$TMP/live"
	kill "$reader"
	ended 0 "it ends"
	cp "$TMP/live" "$TMP/out"
	check_lines "inode_mknod mkfifo EPERM deny_mknod" \
		"'%(hook)s %(comm)s %(error)s %(program)s' % [x for x in l if x['type'] == 'trace'][0]" "what it shows"
	check_lines "['task_getpgid']" "[x['hook'] for x in e]" "an event is shown"
	check_lines "[]" "[x for x in l if x['type'] == 'trace' and x['hook'] == 'task_getpgid']" "and shown once"
	check "the policy is detached" lsmslot detach "$PINS"
else
	check_status 4 "--trace on a kernel without the tracepoint" lsmslot events --trace
	check_said "lsm_slot" "it says so"
fi

check "the policy is detached" lsmslot detach "$pins"
done_testing
