#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Bash completion of lsmslot, by calling its function as bash does.
. "$SRC/selftests/loader/common"
. "$SRC/completion/lsmslot.bash"
shopt -s extglob

pins=/sys/fs/bpf/lsmslot/test_completion_$$
trap 'rm -f "$pins"/maps/* "$pins"/deny_mknod; rmdir "$pins/maps" "$pins" 2>/dev/null; rm -rf "$TMP"' EXIT

# replies WORD...: what completes the last word, in $TMP/out.
replies() {
	COMP_WORDS=("$LSMSLOT" "$@")
	COMP_CWORD=$#
	_lsmslot
	printf '%s\n' "${COMPREPLY[@]}"
}

# offers TEXT WHAT WORD...: it is one of the replies.
offers() {
	local text=$1 what=$2

	shift 2
	replies "$@" >"$TMP/replies"
	if grep -qxF -e "$text" "$TMP/replies"; then
		ok "$what"
	else
		not_ok "$what"
		diag "no '$text' in: $(tr '\n' ' ' <"$TMP/replies")"
	fi
}

# offers_not TEXT WHAT WORD...
offers_not() {
	local text=$1 what=$2

	shift 2
	replies "$@" >"$TMP/replies"
	check_status 1 "$what" grep -xF -e "$text" "$TMP/replies"
}

check "bash knows the function" complete -p lsmslot
offers attach "commands" ""
offers features "a command that is begun" fea
offers_not attach "and no other" fea
offers --version "global options" --
offers --count "options" events --
offers --since-now "an option that is begun" events --si
offers_not --count "and no other" events --si
offers --pin "options behind an argument" attach x.bpf.o --p
for hook in file_open inode_mknod; do
	offers "$hook" "path: hook $hook" path "${hook%?}"
done
offers file_open "bench: hooks with an operation" bench file_
offers_not inode_mknod "bench: and no others" bench inode_mk
offers_not file_open "no value is offered for a number" events --count fil
replies nosuch --x >"$TMP/replies"
check_status 1 "an unknown command has no options" grep . "$TMP/replies"

cd "$TMP" || exit 1
mkdir sub
touch policy.bpf.o readme.txt policy.yaml
offers policy.bpf.o "attach: objects" attach pol
offers_not readme.txt "attach: no other files" attach rea
offers sub/ "attach: directories on the way" attach s
offers policy.yaml "check: policy files" check pol

check "a policy is attached" lsmslot attach "$PROGS/pair.bpf.o" --pin "$pins" --program deny_mknod
offers "${pins##*/}" "events: policies" events test_
offers "$pins" "detach: directories" detach /sys/fs/bpf/lsmslot/test_
offers "$pins/deny_mknod" "detach: pins" detach "$pins/"
offers_not "$pins/maps" "detach: no maps" detach "$pins/"
offers deny_mknod "detach --program: programs" detach --program deny_
id=$(lsmslot status -j | sed -n 's/.*"link_id": *\([0-9]*\).*/\1/p' | tail -n 1)
offers "$id" "detach --id: links" detach --id ""
offers_not nosuch "and nothing else" detach --id ""
check "the policy is detached" lsmslot detach "$pins"

done_testing
