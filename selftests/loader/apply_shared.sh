#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# apply: what policies share in one pinned map, its entries or their mode, is the same for
# all of them; a file that says otherwise is refused.
. "$SRC/selftests/loader/common"

F=$TMP/policy.yaml
SEEN=/sys/fs/bpf/apply_seen
SETTINGS=/sys/fs/bpf/settings
cp "$PROGS/apply_seen.bpf.o" "$PROGS/shared_mode.bpf.o" "$TMP/"
before=$(lsm_links)

policies() {
	printf 'version: 1\npolicies:\n'
	cat
}

# seen NUMBER [LINE]...: a policy with a shared map of one entry.
seen() {
	printf '  - name: seen-%s\n    object: apply_seen.bpf.o\n    pin: %s/seen%s\n    constants: {number: %s}\n' \
		"$1" "$PINS" "$1" "$1"
	shift
	[ $# = 0 ] || printf '    %s\n' "$@"
}

# moded NAME MODE: a policy with shared settings.
moded() {
	printf '  - {name: %s, object: shared_mode.bpf.o, pin: %s/%s, mode: %s}\n' "$1" "$PINS" "$1" "$2"
}

# entry: the one of the map.
entry() {
	bpftool -j map lookup pinned "$SEEN" key 0 0 0 0 |
		python3 -c 'import json, sys; print(int(json.load(sys.stdin)["value"][0], 16))'
}

# --- entries
{
	seen 1 'maps: {apply_seen: [{key: 0, value: 1}]}'
	seen 2 'maps: {apply_seen: [{key: 0, value: 2}]}'
} | policies >"$F"
check_status 2 "two policies that fill a shared map in two ways" lsmslot apply "$F"
check_said "policy 'seen-2': shares map 'apply_seen' ($SEEN) with policy 'seen-1'" "says which"
check_is 1 "$(wc -l <"$TMP/err")" "in one sentence"
check_status 2 "check refuses it as well" lsmslot check "$F"
check "nothing was pinned" [ ! -e "$SEEN" ]
check_is "$before" "$(lsm_links)" "nothing was attached"
{
	seen 1 'maps: {apply_seen: [{key: 0, value: 7}]}'
	seen 2 'maps: {apply_seen: [{key: 0, value: 7}]}'
} | policies >"$F"
check "the same entries" lsmslot apply "$F"
check_is 7 "$(entry)" "are in it"
check_output "nothing to do" "nothing is to do then" lsmslot apply "$F"
{
	seen 1 'maps: {apply_seen: [{key: 0, value: 7}]}'
	seen 2
} | policies >"$F"
check "one gives them up" lsmslot apply "$F"
check_is 7 "$(entry)" "they stay, since the other gives them"
check_output "nothing to do" "nothing is to do then" lsmslot apply "$F"

rm "$SEEN"
program=$(lsmslot status -j | python3 -c 'import json, sys
print([l["program_id"] for l in json.load(sys.stdin)["links"] if l["program"] == "seen_mknod"][0])')
check "a program is pinned in the place of the map" bpftool prog pin id "$program" "$SEEN"
lsm_links >"$TMP/links"
check_status 1 "a shared pin that is no map" lsmslot apply "$F"
check_said "'apply_seen'" "says which"
check "nothing changed" [ "$(lsm_links)" = "$(cat "$TMP/links")" ]
rm "$SEEN"
printf 'version: 1\npolicies: []\n' >"$F"
check "all go" lsmslot apply "$F"

# --- the mode
{ moded one enforce; moded two audit; } | policies >"$F"
check_status 2 "two policies that share their mode, and want two" lsmslot apply "$F"
check_said "policy 'two': shares map 'settings' ($SETTINGS) with policy 'one', which has another mode" "says so"
check_is "$before" "$(lsm_links)" "nothing was attached"
moded one audit | policies >"$F"
check "one of them" lsmslot apply "$F"
check "audits" mkfifo_works
{ moded one enforce; moded two enforce; } | policies >"$F"
check "both enforce, of which one is new" lsmslot apply "$F"
check_said "+ two: attach at $PINS/two, mode enforce" "the new one says so"
check_said "~ mode enforce, was audit" "the mode changes for both"
check_fails "they deny" mkfifo_works
check_output "nothing to do" "nothing is to do then" lsmslot apply "$F"
moded one enforce | policies >"$F"
check "one goes" lsmslot apply "$F"
moded three audit | policies >"$TMP/other.yaml"
check "another file's policy that audits" lsmslot apply "$TMP/other.yaml"
check_said "~ mode audit, was enforce" "says that it turns the mode of all"
check "and it does" mkfifo_works
printf 'version: 1\npolicies: []\n' | tee "$F" >"$TMP/other.yaml"
check "all go" lsmslot apply "$F"
check "all go" lsmslot apply "$TMP/other.yaml"
rm "$SETTINGS"

check_is "$before" "$(lsm_links)" "no link is left"
rmdir "$PINS"
done_testing
