#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# apply: policies that share a map agree on its entries and its mode, and
# neither changes before it is certain that all does.
# timeout: 1200
. "$SRC/selftests/loader/common"

F=$TMP/policy.yaml
OTHER=$TMP/other.yaml
SEEN=/sys/fs/bpf/apply_seen
USERS=/sys/fs/bpf/apply_users
SETTINGS=/sys/fs/bpf/settings
cp "$PROGS/apply_seen.bpf.o" "$PROGS/apply_shared.bpf.o" "$PROGS/apply_wider.bpf.o" "$PROGS/audited.bpf.o" "$TMP/"
before=$(lsm_links)

policies() {
	printf 'version: 1\npolicies:\n'
	cat
}

none() {
	printf 'version: 1\npolicies: []\n'
}

# seen NUMBER [LINE]...
seen() {
	printf '  - name: seen-%s\n    object: apply_seen.bpf.o\n    pin: %s/seen%s\n    constants: {number: %s}\n' \
		"$1" "$PINS" "$1" "$1"
	shift
	[ $# = 0 ] || printf '    %s\n' "$@"
}

# shared NAME MODE [LINE]...
shared() {
	printf '  - name: %s\n    object: apply_shared.bpf.o\n    pin: %s/%s\n    mode: %s\n' "$1" "$PINS" "$1" "$2"
	shift 2
	[ $# = 0 ] || printf '    %s\n' "$@"
}

# Bytes of bpftool's JSON are strings in hexadecimal.
number() {
	bpftool -j map lookup pinned "$1" key 0 0 0 0 | python3 -c 'import json, sys
print(int.from_bytes([int(b, 16) for b in json.load(sys.stdin)["value"]], "little"))'
}

mode() {
	case $(number $SETTINGS) in
	0) echo enforce ;;
	1) echo audit ;;
	*) echo neither ;;
	esac
}

users() {
	bpftool -j map dump pinned $USERS | python3 -c 'import json, sys
print(*sorted(int.from_bytes([int(b, 16) for b in e["key"]], "little") for e in json.load(sys.stdin)))'
}

# --- entries that differ
{ seen 1 'maps: {apply_seen: [{key: 0, value: 1}]}'; seen 2 'maps: {apply_seen: [{key: 0, value: 2}]}'; } | policies >"$F"
check_status 2 "two policies that fill a shared map in two ways" lsmslot apply "$F"
check_said "policy 'seen-2': shares map 'apply_seen' ($SEEN) with policy 'seen-1', which gives it other entries" "it names map, pin and both"
check "it is one sentence" [ "$(wc -l <"$TMP/err")" = 1 ]
check "nothing was pinned" [ ! -e "$SEEN" -a ! -e "$PINS" ]
check_status 2 "check says so too" lsmslot check "$F"
{ seen 1 'maps: {apply_seen: [{key: 0, value: 7}]}'; seen 2 'maps: {apply_seen: [{key: 0, value: 7}]}'; } | policies >"$F"
check "the same entries" lsmslot apply "$F"
check_output "nothing to do" "and again" lsmslot apply "$F"
{ seen 1 'maps: {apply_seen: [{key: 0, value: 7}]}'; seen 2; } | policies >"$F"
check "one gives them up" lsmslot apply "$F"
check_is 7 "$(number $SEEN)" "they stay, since the other gives them"
check_output "nothing to do" "and again" lsmslot apply "$F"
lsm_links >"$TMP/links"
{ seen 1 'maps: {apply_seen: [{key: 0, value: 1}]}'; seen 2 'maps: {apply_seen: []}'; } | policies >"$F"
check_status 2 "they differ again, with both attached" lsmslot apply "$F"
check_is 7 "$(number $SEEN)" "the entries stay"
check_is "$(cat "$TMP/links")" "$(lsm_links)" "the links stay"
{ seen 1; seen 2 | sed 's/number: 2/number: 3/'; } | policies >"$F"
check "nobody gives any" lsmslot apply "$F"
check_is 0 "$(number $SEEN)" "it is emptied"
{ seen 1 'maps: {apply_seen: [{key: 0, value: 7}]}'; seen 2; } | policies >"$F"
check "one gives some" lsmslot apply "$F"
{ seen 1 | sed 's/number: 1/number: 4/'; seen 2; } | policies >"$F"
check "it gives them up and gets other programs" lsmslot apply "$F"
check_is 0 "$(number $SEEN)" "it is emptied"

# --- a pin that is not the map
{ seen 1 'maps: {apply_seen: [{key: 0, value: 7}]}'; seen 2; } | policies >"$F"
check "back" lsmslot apply "$F"
rm $SEEN
check "status" lsmslot status -j
bpftool prog pin id "$(json '[l for l in d["links"] if l["program"] == "seen_mknod"][0]["program_id"]')" $SEEN
lsm_links >"$TMP/links"
check_status 1 "a program in the shared map's place" lsmslot apply "$F"
check_said "policy 'seen-1': what is pinned at $SEEN is not its map 'apply_seen'" "it says so"
check_said "remove that pin if no policy uses it" "... and the way out"
rm $SEEN
mkdir $SEEN
check_status 3 "a directory there" lsmslot apply "$F"
check_said "policy 'seen-1': cannot open map 'apply_seen' at $SEEN" "it says so"
rmdir $SEEN
check_is "$(cat "$TMP/links")" "$(lsm_links)" "the links stay"
check "nothing there" lsmslot apply "$F"
check_said "seen-1: replace (one of its maps is not pinned any more)" "the policy that fills the map is replaced"
check_said "seen-2: replace (one of its maps is not pinned any more)" "so is the one that shares it"
check_is 7 "$(number $SEEN)" "the map is there again"
check_output "nothing to do" "and again" lsmslot apply "$F"
none >"$F"
check "detach" lsmslot apply "$F"
rm $SEEN

# --- modes that differ
{ shared one enforce; shared two audit; } | policies >"$F"
check_status 2 "two modes in shared settings" lsmslot apply "$F"
check_said "policy 'two': shares map 'settings' ($SETTINGS) with policy 'one', which has another mode" "it names map, pin and both"
check "nothing was pinned" [ ! -e $SETTINGS -a ! -e "$PINS/one" ]
shared one audit | policies >"$F"
check "one of them, in audit mode" lsmslot apply "$F"
check "mkfifo works" mkfifo_works

# --- a policy that is attached where others share the settings
shared two enforce | policies >"$OTHER"
check "dry run of another one" lsmslot apply -n "$OTHER"
check_said "  ~ mode enforce, was audit" "it tells that the mode changes"
check_is audit "$(mode)" "it has not changed"
failed=0
at=1
while ! LSMSLOT_FAIL_AT=$at lsmslot apply "$OTHER" >"$TMP/out" 2>"$TMP/err"; do
	[ "$(mode)" = audit ] || failed=$((failed + 1))
	[ "$(wc -l <"$TMP/err")" = 1 ] || failed=$((failed + 1))
	at=$((at + 1))
	[ $at -lt 100 ] || break
done
check "after each of $((at - 1)) faults the mode is as it was" [ $failed = 0 ]
check "then it works" [ $at -gt 3 -a $at -lt 100 ]
check_is enforce "$(mode)" "the mode is that of the file"
check_fails "mkfifo is denied" mkfifo_works
check_output "nothing to do" "and again" lsmslot apply "$OTHER"
shared two audit 'constants: {generation: 2}' | policies >"$OTHER"
check "other programs and another mode" lsmslot apply "$OTHER"
check_said "two: replace" "it is a replacement"
check_said "  ~ mode audit, was enforce" "it tells that the mode changes"
check_is audit "$(mode)" "the mode is that of the file"
check "mkfifo works" mkfifo_works
none >"$OTHER"
check "detach it" lsmslot apply "$OTHER"

# --- a policy that cannot be attached
sed 's/audit/enforce/' "$F" >"$OTHER"
printf '  - {name: bad, object: %s, pin: %s}\n' "$PROGS/rejected.bpf.o" "$PINS/bad" >>"$OTHER"
check_status 7 "one that the verifier rejects, beside another mode" lsmslot apply "$OTHER"
check_is audit "$(mode)" "the mode is as it was"

# --- both change the same entries
{ shared one enforce 'maps: {apply_users: [7, 8]}'; shared two enforce 'maps: {apply_users: [8, 7]}'; } | policies >"$F"
check "the same entries in another order" lsmslot apply "$F"
check_is "7 8" "$(users)" "they are there"
check_is enforce "$(mode)" "both changed the mode"
sed -i 's/\[7, 8\]/[8, 9]/; s/\[8, 7\]/[8, 9]/' "$F"
failed=0
at=1
while ! LSMSLOT_FAIL_AT=$at lsmslot apply "$F" >"$TMP/out" 2>"$TMP/err"; do
	[ "$(users)" = "7 8" ] || failed=$((failed + 1))
	[ "$(wc -l <"$TMP/err")" = 1 ] || failed=$((failed + 1))
	at=$((at + 1))
	[ $at -lt 100 ] || break
done
check "after each of $((at - 1)) faults the entries are as they were" [ $failed = 0 ]
check_is 3 $at "each of two entries is changed once"
check_is "8 9" "$(users)" "then they are changed"
check_output "nothing to do" "and again" lsmslot apply "$F"
check_fails "mkfifo is denied" mkfifo_works

# --- objects that do not go together
{ shared one enforce; printf '  - {name: wider, object: apply_wider.bpf.o, pin: %s}\n' "$PINS/wider"; } | policies >"$OTHER"
check_status 2 "two objects that make the map in two shapes" lsmslot apply "$OTHER"
check_said "policy 'wider': shares map 'apply_users' ($USERS) with policy 'one', whose object gives it another type or size" "it names map, pin and both"
check_is "8 9" "$(users)" "the entries stay"
check_status 6 "attach --audit would turn the mode that is shared" \
	lsmslot attach "$TMP/apply_shared.bpf.o" --pin "$PINS/by_hand" --audit
check_said "every policy to audit that shares the map at $SETTINGS" "says so"
check "nothing is attached" [ ! -e "$PINS/by_hand" ]
none >"$F"
check "detach" lsmslot apply "$F"
rm $SETTINGS $USERS
check_status 2 "so it is if nothing is pinned yet" lsmslot apply "$OTHER"
check "nothing was pinned" [ ! -e $USERS ]

# --- settings that are not shared
mkdir -p "$PINS/own/maps"
bpftool map create "$PINS/own/maps/settings" type array key 4 value 4 entries 1 name settings
bpftool map update pinned "$PINS/own/maps/settings" key 0 0 0 0 value 1 0 0 0
printf '  - {name: own, object: audited.bpf.o, pin: %s}\n' "$PINS/own" | policies >"$F"
check_output "+ own: attach at $PINS/own, mode enforce" "left settings in the directory of a new policy" lsmslot apply -n "$F"
check_not_said "was audit" "are none of its own"
check "dry run as JSON" lsmslot apply -n -j "$F"
check_json False "d['policies'][0]['mode_changes']" "JSON says so too"
check "it is attached" lsmslot apply "$F"
check_fails "mkfifo is denied" mkfifo_works
none >"$F"
check "detach" lsmslot apply "$F"

rmdir "$PINS"
check "nothing is left" [ "$(lsm_links)" = "$before" ]
check "mkfifo works" mkfifo_works
done_testing
