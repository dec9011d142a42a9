#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# mode: shows and switches between audit and enforce, and each error.
. "$SRC/selftests/loader/common"

F=$TMP/policy.yaml
cp "$PROGS/apply_deny.bpf.o" "$TMP/"
cat >"$F" <<END
version: 1
policies:
  - name: lsmslot-test-mode
    object: apply_deny.bpf.o
    maps:
      comms: [{key: mkfifo, value: fifo}]
  - name: lsmslot-test-elsewhere
    object: apply_deny.bpf.o
    pin: $PINS
    mode: audit
END
DIR=/sys/fs/bpf/lsmslot/lsmslot_test_mode

check "mkfifo works before" mkfifo_works
check_status 5 "no such policy" lsmslot mode lsmslot-test-mode
check_said "there is no policy 'lsmslot-test-mode'" "says so"
check "apply" lsmslot apply "$F"
check_fails "enforce denies" mkfifo_works
check_output "enforce" "shows enforce" lsmslot mode lsmslot-test-mode
check_output "audit" "finds a policy pinned elsewhere by its name" lsmslot mode lsmslot-test-elsewhere
check_output "audit" "switches to audit" lsmslot mode audit lsmslot-test-mode
check "audit lets it happen" mkfifo_works
check_output "audit" "shows audit, by the directory" lsmslot mode "$DIR"
check "JSON" lsmslot mode -j "$DIR"
check_json audit "d['mode']" "JSON has the mode"
check_json "$DIR" "d['pin']" "JSON has the directory"
check_output "enforce" "switches to enforce, by the directory" lsmslot mode enforce "$DIR/"
check_fails "it denies again" mkfifo_works
check_output "enforce" "switching twice is fine" lsmslot mode enforce lsmslot-test-mode
check "apply finds nothing to do" lsmslot apply "$F"
check_said "nothing to do" "... and says so"
check "switch away" lsmslot mode audit lsmslot-test-mode
check_output "~ mode enforce, was audit" "apply sets back what the file says" lsmslot apply "$F"
check_fails "it denies then" mkfifo_works

check_status 2 "no argument" lsmslot mode
check_status 2 "an unknown mode" lsmslot mode warn lsmslot-test-mode
check_said "'warn' is no mode" "names it"
check_status 2 "too many arguments" lsmslot mode audit a b
check_status 2 "an unknown option" lsmslot mode --frobnicate
check_status 5 "a directory that is not there" lsmslot mode "$PINS-absent/"
check_status 5 "a directory without settings" lsmslot mode /sys/fs/bpf
check_said "has no mode" "says why"
check_status 3 "without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" mode lsmslot-test-mode
check_status 5 "an error as JSON" lsmslot mode -j no-such-policy
check_json 5 "d['status']" "has its status"

# --- two of one name
sed "s|pin: .*|pin: $PINS-other|" "$F" >"$TMP/other.yaml"
sed -i '/name: lsmslot-test-mode/,/comms/d' "$TMP/other.yaml"
check "another file has a policy of the same name" lsmslot apply "$TMP/other.yaml"
check_status 2 "the name is two policies'" lsmslot mode enforce lsmslot-test-elsewhere
check_said "'lsmslot-test-elsewhere' is the policy at $PINS" "says which"
check_said " and the one at $PINS" "... both"
check_said "; write the directory" "... and the way out"
check_output audit "none was switched" lsmslot mode "$PINS"
check_output audit "neither the other" lsmslot mode "$PINS-other"
printf 'version: 1\npolicies: []\n' >"$TMP/other.yaml"
check "the other goes" lsmslot apply "$TMP/other.yaml"
mkdir "$DIR/../lsmslot_test_elsewhere"
check_status 2 "a directory of the name where policies are by default" lsmslot mode lsmslot-test-elsewhere
rmdir "$DIR/../lsmslot_test_elsewhere"

# --- settings that no program reads
rm "$DIR/maps/settings"
check "another map in the place of the settings" bpftool map create "$DIR/maps/settings" \
	type array key 4 value 4 entries 1 name settings
check_status 8 "it is not switched for the policy's" lsmslot mode audit lsmslot-test-mode
check_said "a program pinned in $DIR uses another map 'settings' than the one pinned there" "says so"
check_status 8 "nor shown" lsmslot mode lsmslot-test-mode
check_fails "the policy still denies" mkfifo_works
check_output "replace (its programs use other maps than those pinned)" "apply mends it" lsmslot apply "$F"
check_fails "it denies" mkfifo_works
check_output audit "and its mode can be switched again" lsmslot mode audit lsmslot-test-mode
check "to audit" mkfifo_works
check_output "~ mode enforce, was audit" "apply sets it back" lsmslot apply "$F"
check_output "nothing to do" "and that is all" lsmslot apply "$F"
mkdir "$PINS-empty" "$PINS-empty/maps"
check "settings of nobody" bpftool map create "$PINS-empty/maps/settings" \
	type array key 4 value 4 entries 1 name settings
check_status 5 "are not switched" lsmslot mode audit "$PINS-empty"
check_said "no link is pinned in $PINS-empty" "says so"
rm -r "$PINS-empty"

printf 'version: 1\npolicies: []\n' >"$F"
check "detach all" lsmslot apply "$F"
check "mkfifo works after" mkfifo_works
done_testing
