#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Nothing is pinned, and nothing removed, in folders that users hold.
# timeout: 600
. "$SRC/selftests/loader/common"

F=$TMP/policy.yaml
cp "$PROGS/apply_deny.bpf.o" "$TMP/"
before=$(lsm_links)
mode=$(stat -c %a /sys/fs/bpf)
chmod 1777 /sys/fs/bpf

user() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# policy PIN
policy() {
	printf 'version: 1\npolicies:\n  - {name: deny, object: apply_deny.bpf.o, pin: %s}\n' "$1" >"$F"
}

# refused TEXT PIN WHAT: to attach and to apply there, and nothing is done.
refused() {
	find /sys/fs/bpf | sort >"$TMP/pins"
	policy "$2"
	check_status 1 "$3: attach" lsmslot attach "$PROGS/pair.bpf.o" --pin "$2"
	check_said "$1" "$3: attach says so"
	check_status 1 "$3: apply" lsmslot apply "$F"
	check_said "$1" "$3: apply says so"
	check_is 1 "$(wc -l <"$TMP/err")" "$3: in one sentence"
	check_is "$before" "$(lsm_links)" "$3: nothing is attached"
	find /sys/fs/bpf | sort >"$TMP/pins-after"
	check "$3: nothing is pinned" diff "$TMP/pins" "$TMP/pins-after"
}

check "a user makes the folders" user mkdir -p "$PINS/deny"
refused "$PINS belongs to user 65534" "$PINS/deny" "a user's folder"
refused "$PINS belongs to user 65534" "$PINS/deny/below/it" "far below one"
check_status 1 "detach from there" lsmslot detach "$PINS/deny"
check_said "$PINS belongs to user 65534" "says so"
chown 0 "$PINS"
refused "$PINS/deny belongs to user 65534" "$PINS/deny" "a user's folder in root's"
rmdir "$PINS/deny"
chmod 777 "$PINS"
refused "other users may write to $PINS and" "$PINS/deny" "root's folder that all write to"
chmod 1777 "$PINS"
refused "other users may write to $PINS and" "$PINS/deny" "... with the sticky bit"
chmod 770 "$PINS"
refused "other users may write to $PINS and" "$PINS" "one that a group writes to"
chmod 700 "$PINS"
# The kernel itself keeps root from such links unless it is told not to.
protected=$(cat /proc/sys/fs/protected_symlinks)
echo 0 >/proc/sys/fs/protected_symlinks
user ln -s "$PINS" "$PINS-link"
refused "$PINS-link belongs to user 65534" "$PINS-link/deny" "a user's link to root's folder"
rm "$PINS-link"
echo "$protected" >/proc/sys/fs/protected_symlinks
mkdir "$PINS/theirs" && chown 65534 "$PINS/theirs"
mkdir "$PINS/theirs/mine"
ln -s "$PINS/theirs/mine" /run/lsmslot-link
refused "$PINS/theirs belongs to user 65534" /run/lsmslot-link "a link that leads through a user's folder"
(
	cd "$PINS/theirs/mine" || exit
	lsmslot attach "$PROGS/pair.bpf.o" --pin deny
) >"$TMP/relative" 2>&1
check_is 1 $? "a relative path through a user's folder"
check "says so" grep -q "$PINS/theirs belongs to user 65534" "$TMP/relative"
rm -r "$PINS/theirs" /run/lsmslot-link
chmod 777 /sys/fs/bpf
refused "other users may write to /sys/fs/bpf and" "$PINS/deny" "a file system that all write to"
chmod 1777 /sys/fs/bpf

# --- the folder that apply fills
user mkdir "$PINS-new~apply"
policy "$PINS-new"
check_status 6 "a user has made the folder that apply fills" lsmslot apply "$F"
check_said "the directory $PINS-new~apply exists and was left by no apply; remove it" "says so"
check_not_said "remove what an interrupted apply left" "it is not taken for an interrupted apply's"
check "and is still there" [ -d "$PINS-new~apply" ]
check_is "$before" "$(lsm_links)" "nothing is attached"
rmdir "$PINS-new~apply"

# --- what an apply that was killed left
mkdir "$TMP/precious"
touch "$TMP/precious/file"
user mkdir -p "$PINS-user/x~apply/y"
mkdir -p "$PINS/x~apply/maps/deep"
ln -s "$TMP/precious" "$PINS/x~apply/maps/link"
ln -s "$TMP/precious" "$PINS/y~apply"
policy "$PINS/deny"
check "apply" lsmslot apply "$F"
check_said "- $PINS/x~apply: remove what an interrupted apply left" "root's own is removed"
check_not_said "$PINS-user" "a user's is not spoken of"
check "root's is gone" [ ! -e "$PINS/x~apply" ]
check "the user's is not" [ -d "$PINS-user/x~apply/y" ]
check "no link was followed" [ -e "$TMP/precious/file" ]
check_output "nothing to do" "nothing else is to do" lsmslot apply "$F"

# --- a policy in a folder that has been opened to others since
printf 'version: 1\npolicies: []\n' >"$TMP/none"
cp "$F" "$TMP/one"
chmod 770 "$PINS"
cp "$TMP/none" "$F"
check_status 1 "a policy that is to go, where others may write" lsmslot apply "$F"
check_said "other users may write to $PINS and could have changed the policy pinned in it, $PINS/deny; run 'chmod 700 $PINS'" \
	"it is not passed over"
check "it stays" [ -e "$PINS/deny/deny_fifo" ]
check_status 1 "nor is its mode" lsmslot mode deny
chmod 700 "$PINS"
cp "$TMP/one" "$F"
check_output "nothing to do" "and with the folder closed all is well" lsmslot apply "$F"

rm -r "$PINS-user" "$PINS/y~apply"
printf 'version: 1\npolicies: []\n' >"$F"
check "take all away" lsmslot apply "$F"
rmdir "$PINS"
chmod "$mode" /sys/fs/bpf
check_is "$before" "$(lsm_links)" "nothing is left"
done_testing
