#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# status: the table and the JSON of what is attached.
. "$SRC/selftests/loader/common"

mine="[l for l in d['links'] if any(p.startswith('$PINS') for p in l['pins'])]"

check "status with or without links" lsmslot status
check "attach" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS"
check "attach again" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS-2"

check "table" lsmslot status
check_said "HOOK" "has a head"
check_said "$PINS/allow_every_ioctl" "has the pins"
check "JSON" lsmslot status -j
check_json 2 "len($mine) // 2" "has the links"
check_json "file_ioctl file_ioctl inode_mknod inode_mknod" \
	"' '.join(l['hook'] for l in $mine)" "is sorted by hook"
check_json "$PINS-2/deny_mknod $PINS/deny_mknod" \
	"' '.join(l['pins'][0] for l in $mine if l['hook'] == 'inode_mknod')" \
	"the newest runs first"
check_json "[1, 1]" \
	"[b['order'] - a['order'] for a, b in [[l for l in $mine if l['hook'] == h] for h in ('file_ioctl', 'inode_mknod')]]" \
	"order counts within a hook"
check_json "['$PLACE']" "sorted({l['place'] for l in $mine if l['hook'] == 'inode_mknod'})" \
	"a program's place"
check_json True "all(l['fast'] == (l['place'] == 'slot') for l in d['links'])" \
	"fast means a slot"
check_json True "all((l['slot'] is None) == (l['place'] != 'slot') for l in d['links'])" \
	"a slot has a number, another place none"
if kernel_has_slots; then
	check_json "[True, False]" \
		"[all(l['sleepable'] for l in $mine if l['hook'] == h) for h in ('file_ioctl', 'inode_mknod')]" \
		"sleepable programs are told from others"
else
	check_json "{None}" "{l['sleepable'] for l in $mine}" "sleepable is not known"
fi

# The same facts as bpftool has them.
bpftool -j link show pinned "$PINS/deny_mknod" >"$TMP/bpftool"
check_json True "(lambda b: any(l['link_id'] == b['id'] and l['program_id'] == b['prog_id'] for l in $mine))(json.load(open('$TMP/bpftool')))" \
	"ids are those of bpftool"
program=$(json "[l['program_id'] for l in $mine if l['hook'] == 'inode_mknod'][0]")
tag=$(json "[l['tag'] for l in $mine if l['hook'] == 'inode_mknod'][0]")
check "bpftool finds the program" bpftool prog show id "$program"
check_said "tag $tag" "the tag is that of bpftool"
check_status 0 "JSON" lsmslot status -j
check_json True "any(l['program'] == 'allow_every_ioctl' for l in $mine)" \
	"a name longer than the kernel keeps is whole"

check_json "{False}" "{l['sealed'] for l in $mine}" "nothing is sealed"
check_json "{None}" "{l['mode'] for l in $mine}" "these have no mode"
if kernel_has_query; then
	check_json "file_ioctl inode_mknod" "' '.join(h['hook'] for h in d['hooks'] if type(h['revision']) is int and h['hook'] in ('file_ioctl', 'inode_mknod'))" \
		"the hooks have revisions"
else
	check_json "{None}" "{h['revision'] for h in d['hooks']}" "revisions are not known"
	check_json "{None}" "{l['denials'] for l in d['links']}" "denials are not known"
fi

# A link whose attacher has its id but not the link yet: BPF_LINK_GET_FD_BY_ID, EAGAIN.
check "a link that is being attached is waited for" refuse REFUSE_BPF="30 11 20" status -j
check_json 4 "len($mine)" "and shown"
check_status 8 "one that is not there for seconds" refuse REFUSE_BPF="30 11" status -j
check_json True "'still being attached; look again' in d['error']" "is not left out"

check "detach" lsmslot detach "$PINS"
check "detach the second" lsmslot detach "$PINS-2"
check "JSON" lsmslot status -j
check_json 0 "len($mine)" "nothing is left"

# Mode and denials of a policy.
denials() {
	of_pin "$PINS/audited_mknod" denials
}
check "attach a policy" lsmslot attach "$PROGS/audited.bpf.o" --pin "$PINS"
check_is enforce "$(of_pin "$PINS/audited_mknod" mode)" "its mode"
check_is EPERM "$(mkfifo_errno)" "it denies"
if kernel_has_query && [ "$PLACE" = slot ]; then
	check_is 1 "$(denials)" "and the denial is counted"
else
	check_is None "$(denials)" "denials are not known here"
fi
check "detach" lsmslot detach "$PINS"
check "attach it with --audit" lsmslot attach "$PROGS/audited.bpf.o" --pin "$PINS" --audit
check_is audit "$(of_pin "$PINS/audited_mknod" mode)" "its mode"
check_is 0 "$(mkfifo_errno)" "it does not deny"
check_output "audit" "the table has the mode" lsmslot status
check "detach" lsmslot detach "$PINS"

# Watching: each step below waits until the one before was shown.
"$LSMSLOT" status --watch 0.2 --count 1000 >"$TMP/watch" &
watch=$!
shown() {
	shown_try=0
	while ! grep -q -e "$1" "$TMP/watch" && [ $shown_try -lt 300 ]; do
		shown_try=$((shown_try + 1))
		sleep 0.1
	done
	if grep -q -e "$1" "$TMP/watch"; then
		ok "$2"
	else
		not_ok "$2"
		tail -n 20 "$TMP/watch" | sed 's/^/# /'
	fi
}
shown "^$" "a blank line and the second time"
check "attach" lsmslot attach "$PROGS/audited.bpf.o" --pin "$PINS"
shown "^new.* inode_mknod .*audited_mknod" "a new link is marked"
if kernel_has_query && [ "$PLACE" = slot ]; then
	check_is EPERM "$(mkfifo_errno)" "it denies"
	shown "^[a-z,]*denials+1 .*audited_mknod" "a denial is marked"
fi
check "attach" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS-2" --program deny_mknod
shown "^[a-z,]*order[a-z,]* .*audited_mknod" "a new order is marked"
check "detach" lsmslot detach "$PINS"
shown "^Gone: program 'audited_mknod' (hook inode_mknod, link" "a detached link is named"
# The program that is left moves to another slot; only the time after is without a change.
shown "^- .*deny_mknod" "no change is no mark"
check_fails "nothing is drawn over" grep -q "$(printf '\033')" "$TMP/watch"
kill $watch
wait $watch 2>/dev/null
check "detach" lsmslot detach "$PINS-2"

check "--count ends it" lsmslot status -w0.1 -n 2
check "on a terminal" script -qec "$LSMSLOT status --watch 0.1 --count 2" /dev/null
check_said "$(printf '\033')[H" "it is drawn over"
for seconds in 0 -1 x 1s '' 100000 nan; do
	check_status 2 "--watch '$seconds'" lsmslot status --count 1 --watch "$seconds"
done
check_status 2 "--count 0" lsmslot status --watch --count 0
check_said "needs a positive number" "says what it needs"
check_status 2 "--count without --watch" lsmslot status --count 1
check_status 2 "--watch with two numbers" lsmslot status --count 1 --watch 1 2

check_status 3 "errors are JSON as well" without sys_admin "$LSMSLOT" status -j
check_json 3 "d['status']" "with the status"

done_testing
