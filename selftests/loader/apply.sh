#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# apply: brings about what the file says, changes no more than that, and
# leaves no moment without a policy that stays wanted.
# timeout: 1800
. "$SRC/selftests/loader/common"

F=$TMP/policy.yaml
OTHER=$TMP/other.yaml
cp "$PROGS/apply_deny.bpf.o" "$PROGS/apply_seen.bpf.o" "$PROGS/pair.bpf.o" "$TMP/"
before=$(lsm_links)
pins_before=$(find /sys/fs/bpf | sort)

# policies: a policy file with those of standard input.
policies() {
	printf 'version: 1\npolicies:\n'
	cat
}

# deny [EXTRA LINE]...: a policy that denies mkfifo.
deny() {
	printf '  - name: deny\n    object: apply_deny.bpf.o\n    pin: %s/deny\n' "$PINS"
	printf '    %s\n' "$@"
}

# ids: each pin below $PINS with its link and program.
ids() {
	lsmslot status -j | python3 -c 'import json, sys
for l in json.load(sys.stdin)["links"]:
    for p in l["pins"]:
        if p.startswith(sys.argv[1]): print(p, l["link_id"], l["program_id"])' "$PINS" | sort
}

links() {
	ids | awk '{ print $1, $2 }'
}

asked() {
	bpftool -j map lookup pinned "$PINS/deny/maps/asked" key 0 0 0 0 |
		python3 -c 'import json, sys; print(int(json.load(sys.stdin)["value"][0], 16))'
}

# --- usage
check_status 2 "no file" lsmslot apply
check_status 2 "two files" lsmslot apply a b
check_status 2 "an unknown option" lsmslot apply --frobnicate x
check_output "usage: lsmslot apply" "help" lsmslot apply --help
check_status 3 "without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" apply "$F"

# --- dry run, attach, and nothing to do
deny 'maps: {comms: [{key: mkfifo, value: fifo}]}' | policies >"$F"
check "mkfifo works before" mkfifo_works
check "a dry run" lsmslot apply --dry-run "$F"
check_said "+ deny: attach at $PINS/deny, mode enforce" "it tells what would be attached"
check_said "  + program deny_fifo (hook inode_mknod)" "... with programs and hooks"
check_said "  + comms: mkfifo = fifo" "... and entries in words"
check_said "plan: 1 to attach" "... and sums up"
check "it attached nothing" [ "$(lsm_links)" = "$before" ]
check "it pinned nothing" [ "$(find /sys/fs/bpf | sort)" = "$pins_before" ]
check_status 6 "the pin directory was made meanwhile" refuse REFUSE_RENAME=17 apply "$F"	# EEXIST
check_said "at $PINS/deny: File exists; it was made meanwhile" "names it"
check "it attached nothing" [ "$(lsm_links)" = "$before" ]
check "it pinned nothing" [ "$(find /sys/fs/bpf | sort)" = "$pins_before" ]
check "a dry run as JSON" lsmslot apply -n -j "$F"
check_json "['attach']" "[p['action'] for p in d['policies']]" "JSON tells the action"
check_json "{'attach'}" "{q['action'] for q in d['policies'][0]['programs']}" "... of each program"
check_json "[('comms', 'add', 'mkfifo', 'fifo')]" "[(e['map'], e['action'], e['key'], e['value']) for e in d['policies'][0]['entries']]" "... and the entries"
check_json False "d['applied']" "... and that it is only a plan"

check "apply" lsmslot apply "$F"
check_said "applied: 1 to attach" "says what it did"
check_fails "the policy denies" mkfifo_works
check "the links are pinned" [ -e "$PINS/deny/deny_fifo" -a -e "$PINS/deny/deny_symlink" ]
check "no other directory is left" [ ! -e "$PINS/deny~apply" ]
ids >"$TMP/ids"
check "apply again" lsmslot apply "$F"
check_said "nothing to do" "says that there is nothing to do"
ids >"$TMP/ids2"
check "links and programs are the same" diff "$TMP/ids" "$TMP/ids2"
check "apply again as JSON" lsmslot apply -j "$F"
check_json True "d['nothing_to_do']" "JSON says so too"

sed "s|pin: .*|&/deny_fifo|" "$F" >"$TMP/below.yaml"
check_status 6 "a pin where a directory is to be" lsmslot apply "$TMP/below.yaml"
check_said "$PINS/deny/deny_fifo is a pin itself" "names it"

# --- entries, mode: in place
deny 'maps: {comms: [{key: other, value: all}]}' | policies >"$F"
check "other entries" lsmslot apply "$F"
check_said "~ deny: update" "are an update"
check_said "  + comms: other = all" "one is added"
check_said "  - comms: mkfifo = fifo" "one goes"
check "mkfifo works" mkfifo_works
deny 'maps: {comms: [{key: mkfifo, value: all}, {key: other, value: fifo}]}' | policies >"$F"
check "a changed value" lsmslot apply "$F"
check_said "  ~ comms: other = fifo, was all" "is shown with the old one"
check_fails "the policy denies" mkfifo_works
deny 'mode: audit' 'maps: {comms: [{key: mkfifo, value: all}, {key: other, value: fifo}]}' | policies >"$F"
check "mode audit" lsmslot apply "$F"
check_said "~ mode audit, was enforce" "says so"
check "audit lets it happen" mkfifo_works
deny 'maps: {comms: [{key: mkfifo, value: all}]}' | policies >"$F"
check "mode enforce" lsmslot apply "$F"
check_fails "it denies again" mkfifo_works
bpftool map update pinned "$PINS/deny/maps/comms" key hex 78 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 value hex 01 00 00 00
check "an entry added by hand" lsmslot apply "$F"
check_said "  - comms: x = fifo" "goes"
ids >"$TMP/ids2"
check "links and programs are the same after all that" diff "$TMP/ids" "$TMP/ids2"

# --- other programs
mkfifo_works
before_asked=$(asked)
links >"$TMP/links"
deny 'constants: {generation: 2}' 'maps: {comms: [{key: mkfifo, value: all}]}' | policies >"$F"
check_output "~ deny: replace (its object, programs or constants changed)" "another constant: dry run" lsmslot apply -n "$F"
if kernel_has_query && [ "$PLACE" = slot ]; then
	check_status 8 "a link that was detached meanwhile" \
		refuse REFUSE_BPF="29 67" apply "$F"	# BPF_LINK_UPDATE, ENOLINK
	check_said "detached meanwhile; apply again" "says so"
	check "nothing changed" [ "$(ids)" = "$(cat "$TMP/ids")" ]
fi
check "another constant" lsmslot apply "$F"
check_said "~ program deny_fifo (hook inode_mknod)" "replaces programs"
check_fails "it denies" mkfifo_works
check "the policy's own map went on" [ "$(asked)" -gt "$before_asked" ]
check_fails "the programs are others" [ "$(ids)" = "$(cat "$TMP/ids")" ]
if kernel_has_query && [ "$PLACE" = slot ]; then
	check "the links are the same" [ "$(links)" = "$(cat "$TMP/links")" ]
else
	check_fails "the links are others: this kernel replaces no programs" [ "$(links)" = "$(cat "$TMP/links")" ]
fi
check_output "nothing to do" "and then there is nothing to do" lsmslot apply "$F"

deny 'programs: [deny_symlink]' | policies >"$F"
check "a subset of the programs" lsmslot apply "$F"
check_said "- program deny_fifo" "says which goes"
check "its pin is gone" [ ! -e "$PINS/deny/deny_fifo" ]
check "the other one is there" [ -e "$PINS/deny/deny_symlink" ]
check "mkfifo works" mkfifo_works
deny 'maps: {comms: [{key: mkfifo, value: all}]}' | policies >"$F"
check "all programs again" lsmslot apply "$F"
check_fails "it denies" mkfifo_works

# --- changed while apply is at work
if kernel_has_query && [ "$PLACE" = slot ]; then
	check "a program to put in another's place" \
		bpftool prog loadall "$PROGS/pair.bpf.o" "$PINS/loaded"
	cat >"$TMP/put" <<-END
		#!/usr/bin/python3
		import ctypes
		bpf = ctypes.CDLL("libbpf.so.1")
		link, prog = (bpf.bpf_obj_get(p) for p in (b"$PINS/deny/deny_fifo", b"$PINS/loaded/deny_mknod"))
		raise SystemExit(bpf.bpf_link_update(link, prog, None) != 0)
	END
	chmod +x "$TMP/put"
	{
		deny 'maps: {comms: [{key: mkfifo, value: all}]}'
		printf '  - name: pair\n    object: pair.bpf.o\n    pin: %s/pair\n' "$PINS"
	} | policies >"$TMP/both.yaml"
	check_status 8 "a program that is replaced meanwhile" \
		refuse BEFORE_BPF="28 $TMP/put" apply "$TMP/both.yaml"	# BPF_LINK_CREATE
	check_said "the link of program 'deny_fifo' has changed meanwhile; apply again" "says so"
	check "the other policy is not attached" [ ! -e "$PINS/pair" ]
	check "apply" lsmslot apply "$F"
	check_said "its links were changed since" "sees it, too"
	rm -r "$PINS/loaded"
fi

# --- changed behind apply's back
rm "$PINS/deny/deny_fifo"
check "mkfifo works once a pin is removed" mkfifo_works
check "apply" lsmslot apply "$F"
check_said "its links were changed since" "sees it"
check_fails "and mends it" mkfifo_works
rm "$PINS/deny/maps/comms"
check "apply with a map unpinned" lsmslot apply "$F"
check_said "not pinned any more" "sees it"
check "and mends it" [ -e "$PINS/deny/maps/comms" ]

# --- scope
CG=/sys/fs/cgroup/lsmslot-apply-$$
mkdir "$CG"
in_cgroup() {
	sh -c 'echo $$ >"$1/cgroup.procs" && rm -f "$2" && mkfifo "$2"' - "$CG" "$TMP/fifo"
}
deny 'constants: {every_task: true}' "scope: [/${CG##*/}]" | policies >"$F"
check "a scope" lsmslot apply "$F"
check "outside it is allowed" mkfifo_works
check_fails "inside it is denied" in_cgroup
rmdir "$CG"
check_status 5 "a cgroup that is gone is an error" lsmslot apply "$F"
check_said "there is no cgroup /${CG##*/}" "that names it"

# --- a second file; taking over; what is no more wanted
deny 'maps: {comms: [{key: mkfifo, value: all}]}' | policies >"$F"
printf 'version: 1\npolicies:\n  - {name: pair, object: pair.bpf.o, pin: %s}\n' "$PINS/pair" >"$OTHER"
check "apply one file" lsmslot apply "$F"
check "apply another one" lsmslot apply "$OTHER"
check "the first one's policy stays" [ -e "$PINS/deny/deny_fifo" ]
cp "$F" "$TMP/copy.yaml"
check "the same policy from a copy of the file" lsmslot apply "$TMP/copy.yaml"
check_said "~ deny: update (another file had it before)" "only the note changes"
printf 'version: 1\npolicies: []\n' >"$F"
check "the first file without it" lsmslot apply "$F"
check_said "nothing to do" "leaves it to the copy"
printf 'version: 1\npolicies: []\n' >"$TMP/copy.yaml"
check "the copy without it" lsmslot apply "$TMP/copy.yaml"
check_said "- deny: detach from $PINS/deny" "detaches it"
check "it is gone" [ ! -e "$PINS/deny" ]
check "the other one's policy stays" [ -e "$PINS/pair/deny_mknod" ]
check "attach by hand" lsmslot attach "$TMP/apply_deny.bpf.o" --pin /sys/fs/bpf/lsmslot/by_hand
check "apply without --prune" lsmslot apply "$F"
check "leaves it" [ -e /sys/fs/bpf/lsmslot/by_hand/deny_fifo ]
check "a folder in another file's policy" mkdir "$PINS/pair/folder"
check "is no concern of this file" lsmslot apply "$F"
check_status 6 "but one of --prune" lsmslot apply --prune "$F"
check_said "$PINS/pair holds $PINS/pair/folder, which is neither" "says so"
rmdir "$PINS/pair/folder"
deny 'maps: {comms: [{key: mkfifo, value: all}]}' |
	sed "s|$PINS/deny|/sys/fs/bpf/lsmslot/group/one|" | policies >"$F"
check "a policy in a folder there" lsmslot apply "$F"
check "attach another in it" lsmslot attach "$TMP/apply_deny.bpf.o" --pin /sys/fs/bpf/lsmslot/group/two
check "apply --prune" lsmslot apply --prune "$F"
check_said "- two: detach" "goes through the folder"
check_said "- by_hand: detach" "detaches what attach attached"
check "and leaves what the file names" [ -e /sys/fs/bpf/lsmslot/group/one/deny_fifo ]
check "attach by hand" lsmslot attach "$TMP/pair.bpf.o" --pin "$PINS/pair"
printf 'version: 1\npolicies: []\n' >"$F"
check "apply the other one again" lsmslot apply "$OTHER"
check "apply --prune" lsmslot apply --prune "$F"
check_said "- deny: detach" "detaches it"
rmdir /sys/fs/bpf/lsmslot/group
check_said "- pair: detach" "and what is in another file"
check "nothing is left" [ "$(lsm_links)" = "$before" ]

check "attach by hand" lsmslot attach "$TMP/apply_deny.bpf.o" --pin "$PINS/deny"
deny 'maps: {comms: [{key: mkfifo, value: all}]}' | policies >"$F"
check "apply over it" lsmslot apply "$F"
check_said "it was not attached by apply" "takes it over"
check_fails "it denies" mkfifo_works
deny 'maps: {comms: [{key: mkfifo, value: all}]}' | sed "s|/deny\$|/moved|" | policies >"$F"
check "another pin directory" lsmslot apply "$F"
check "the new one is there" [ -e "$PINS/moved/deny_fifo" ]
check "the old one is gone" [ ! -e "$PINS/deny" ]
check_fails "it denies" mkfifo_works

# --- refused before anything is done
deny 'maps: {comms: [{key: mkfifo, value: all}]}' | policies >"$F"
check "back" lsmslot apply "$F"
deny 'constants: {generation: 9}' 'programs: [deny_fifo]' | policies >"$TMP/next"
cp "$TMP/next" "$F"
ids >"$TMP/ids"
link=$(ids | awk '/deny_symlink/ { print $2 }')
bpftool link pin id "$link" "$PINS/deny/again"
check_status 6 "a link pinned twice in the policy's directory" lsmslot apply "$F"
check_said "link $link (program 'deny_symlink') is pinned twice in $PINS/deny, as again and deny_symlink" "says so"
check_said "'rm $PINS/deny/again'" "names the pin to remove"
rm "$PINS/deny/again"
mkdir "$PINS/extra"
bpftool link pin id "$link" "$PINS/extra/pin"
check_status 1 "a link with another pin" lsmslot apply "$F"
check_said "is also pinned at $PINS/extra/pin" "names it"
rm "$PINS/extra/pin"
rmdir "$PINS/extra"
python3 -c 'import ctypes, os, sys, time
# BPF_OBJ_GET
path = ctypes.create_string_buffer(sys.argv[1].encode())
attr = ctypes.create_string_buffer(128)
ctypes.c_uint64.from_buffer(attr).value = ctypes.addressof(path)
fd = ctypes.CDLL(None).syscall(321, 7, attr, 128)
open(sys.argv[2], "w").write(str(fd))
time.sleep(300)' "$PINS/deny/deny_symlink" "$TMP/holds" &
holder=$!
while [ ! -s "$TMP/holds" ] && kill -0 $holder 2>/dev/null; do
	sleep 0.1
done
check_status 1 "a link that a process holds" lsmslot apply "$F"
check_said "held open by pid $holder (python3)" "names it"
kill $holder
wait $holder 2>/dev/null
bpftool map create "$PINS/deny/foreign" type array key 4 value 4 entries 1 name foreign
check_status 6 "a foreign pin in the directory" lsmslot apply "$F"
check_said "holds $PINS/deny/foreign" "names it"
rm "$PINS/deny/foreign"
deny "pin: /lsmslot-nobpffs" | grep -v "$PINS" | policies >"$F"
check_status 4 "a pin outside a BPF file system" lsmslot apply "$F"
check_said "mount -t bpf -o mode=700 bpf /sys/fs/bpf" "says how to mount one, for root alone"
check "nothing changed" [ "$(ids)" = "$(cat "$TMP/ids")" ]
check_fails "it still denies" mkfifo_works

# --- what a killed apply left
mkdir "$PINS/deny~apply"
bpftool link pin id "$link" "$PINS/deny~apply/deny_symlink"
deny 'maps: {comms: [{key: mkfifo, value: all}]}' | policies >"$F"
check "apply" lsmslot apply "$F"
check_said "- $PINS/deny~apply: remove what an interrupted apply left" "removes what another one left"
check "it is gone" [ ! -e "$PINS/deny~apply" ]
check "what is in force is not" [ "$(ids)" = "$(cat "$TMP/ids")" ]

bpftool map create "$PINS/deny/maps/lsmslot-record~apply" type array key 4 value 4 entries 1 name left
check "apply" lsmslot apply "$F"
check_said "- $PINS/deny/maps/lsmslot-record~apply: remove what an interrupted" "removes a note that never counted"
check_output "nothing to do" "then nothing is to do" lsmslot apply "$F"
check_status 2 "attach to a directory called as if left" \
	lsmslot attach "$TMP/pair.bpf.o" --pin "$PINS/pair~apply"
check_said "$PINS/pair~apply has a name that ends in '~apply'" "says so"
check_status 2 "... to one below such a one" lsmslot attach "$TMP/pair.bpf.o" --pin "$PINS/x~apply/pair"
deny 'maps: {comms: [{key: mkfifo, value: all}]}' | sed "s|/deny\$|/deny~apply|" | policies >"$TMP/left.yaml"
check_status 2 "a policy in one" lsmslot apply "$TMP/left.yaml"
check "nothing is pinned there" [ ! -e "$PINS/deny~apply" ]

# --- one at a time
mkdir -p /run/lsmslot
flock /run/lsmslot/lock timeout 2 "$LSMSLOT" apply "$F" >/dev/null 2>&1
check "apply waits for the lock" [ $? = 124 ]
flock /run/lsmslot/lock timeout 2 "$LSMSLOT" attach "$TMP/pair.bpf.o" --pin "$PINS/pair2" >/dev/null 2>&1
check "attach waits for it" [ $? = 124 ]
flock /run/lsmslot/lock timeout 2 "$LSMSLOT" detach "$PINS/deny" >/dev/null 2>&1
check "detach waits for it" [ $? = 124 ]
check "none did anything" [ "$(ids)" = "$(cat "$TMP/ids")" ]
check "and works when it is free" lsmslot apply "$F"

# --- running order
SEEN=/sys/fs/bpf/apply_seen

# order NAME... WANTED: what ran, by number, earlier ones first.
order() {
	bpftool map update pinned "$SEEN" key 0 0 0 0 value 0 0 0 0 0 0 0 0
	mkfifo "$TMP/order" && rm "$TMP/order"
	order_got=$(bpftool -j map lookup pinned "$SEEN" key 0 0 0 0 |
		python3 -c 'import json, sys
print("".join("%d" % int(b, 16) for b in reversed(json.load(sys.stdin)["value"]) if int(b, 16)))')
	check "$2" [ "$order_got" = "$1" ] || diag "it was $order_got, wanted $1"
}

# seen NUMBER [LINE]...
seen() {
	printf '  - name: seen-%s\n    object: apply_seen.bpf.o\n    pin: %s/seen%s\n    constants: {number: %s}\n' \
		"$1" "$PINS" "$1" "$1"
	shift
	[ $# = 0 ] || printf '    %s\n' "$@"
}
printf 'version: 1\npolicies: []\n' >"$F"
check "start over" lsmslot apply "$F"
{ seen 1; seen 2; seen 3; } | policies >"$F"
check "three policies on a hook" lsmslot apply "$F"
order 123 "they run as they are listed"
check_output "nothing to do" "they stay so" lsmslot apply "$F"
{ seen 2; seen 3; seen 1; } | policies >"$F"
check "another order" lsmslot apply "$F"
check_said "its place in the running order changes" "says so"
order 231 "they run in it"
check_output "nothing to do" "and stay so" lsmslot apply "$F"
{ seen 2; seen 4; seen 3; seen 1; } | policies >"$F"
check "one between others" lsmslot apply "$F"
order 2431 "it runs there"
{ seen 2; seen 4 'order: last'; seen 3 'order: {before: seen-2}'; seen 1 'order: first'; } | policies >"$F"
check "first, last and before" lsmslot apply "$F"
order 1324 "they run so"
check_output "nothing to do" "and stay so" lsmslot apply "$F"
{ seen 2 'order: {after: seen-3}'; seen 3; } | policies >"$F"
check "after, and two less" lsmslot apply "$F"
order 32 "they run so"
{ seen 2; } | policies >"$F"
check "one" lsmslot apply "$F"
{ seen 5; } | policies >"$OTHER"
check "one of another file" lsmslot apply "$OTHER"
{ seen 2 'order: first'; } | policies >"$F"
check "first" lsmslot apply "$F"
order 25 "is before those of others"
check_output "nothing to do" "and stays so" lsmslot apply "$F"
if kernel_has_query && [ "$PLACE" = slot ]; then
	{ seen 2 'order: last'; } | policies >"$F"
	check "last" lsmslot apply "$F"
	order 52 "is behind those of others"
	check_output "nothing to do" "and stays so" lsmslot apply "$F"
else
	skip "order: last against other files: this kernel does not order links"
fi

# --- no moment without
{ deny 'maps: {comms: [{key: mkfifo, value: all}]}'; seen 2; } | policies >"$F"
{ seen 3; deny 'constants: {generation: 2}' 'maps: {comms: [{key: x, value: fifo}, {key: mkfifo, value: fifo}]}'; } | policies >"$OTHER"
check "apply a set" lsmslot apply "$F"
# What happens in between is an error as well: only this task makes FIFOs.
cat >"$TMP/try" <<END
while [ ! -e "$TMP/stop" ]; do
	if mkfifo "$TMP/never" 2>/dev/null; then echo success; rm -f "$TMP/never"; else echo denied; fi
done
END
sh "$TMP/try" >"$TMP/tries" 2>/dev/null &
trier=$!
failed=0
for i in $(seq 25); do
	lsmslot apply "$OTHER" >"$TMP/out" 2>"$TMP/err" || failed=$((failed + 1))
	lsmslot apply "$F" >"$TMP/out" 2>"$TMP/err" || failed=$((failed + 1))
done
touch "$TMP/stop"
wait $trier
check "50 applies in turn work" [ $failed = 0 ] || tap_show
check "it was tried all the time" [ "$(grep -c denied "$TMP/tries")" -ge 50 ]
check_fails "and never was it allowed" grep -q success "$TMP/tries"
diag "$(grep -c denied "$TMP/tries") tries"

printf 'version: 1\npolicies: []\n' >"$F"
check "detach all" lsmslot apply --prune "$F"
rm -f "$SEEN"
rmdir "$PINS"
check "mkfifo works after" mkfifo_works
check "no link is left" [ "$(lsm_links)" = "$before" ]
[ -e /sys/fs/bpf/lsmslot ] && rmdir /sys/fs/bpf/lsmslot
check "no pin is left" [ "$(find /sys/fs/bpf | grep -v '/lsmslot$' | sort)" = "$(echo "$pins_before" | grep -v '/lsmslot$')" ]

done_testing
