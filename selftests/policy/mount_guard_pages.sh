#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The pages of mount-guard, userns-guard and wx-guard: policy file and commands,
# as they stand there, do what the pages say.
# shellcheck disable=SC2317
. "$SRC/selftests/lib/tap.sh"

PATH=$(dirname "$LSMSLOT"):$PATH
cd "$TMP" || exit 1

# block PAGE LANGUAGE N: the Nth block in that language.
block() {
	awk -v head="\`\`\`$2" -v want="$3" '$0 == head { n++; on = n == want; next }
		/^```$/ { on = 0 } on' "$SRC/docs/policies/$1.md"
}

try_mount() {
	mkdir -p "$TMP/at"
	mount -t ramfs test "$TMP/at" && umount "$TMP/at"
}

try_userns() {
	nsenter -U --preserve-credentials -t "$holder" true
}

try_wx() {
	python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=7)'
}

# works POLICY: what the page allows by name.
works_mount() {
	mkdir -p "$TMP/at"
	mount -t tmpfs test "$TMP/at" && umount "$TMP/at"
}

works_userns() {
	unshare -Ur true
}

works_wx() {
	python3 -c 'import json'
}

# reported POLICY WORD: one of the events that wait has the word.
reported() {
	local try line

	for try in 1 2 3 4 5 6 7 8 9 10; do
		line=$(timeout 20 lsmslot events --count 1 "$1") || return
		echo "$try: $line"
		case " $line " in
		*" $2 "*) return 0 ;;
		esac
	done
	return 1
}

page() {
	local name=$1 short=${1%-guard} object=${1//-/_}.bpf.o

	block "$name" yaml 1 >"$name.yaml"
	cp "$BPF_DIR/$object" .
	check "$name: allowed before" "try_$short"
	block "$name" sh 1 >commands
	check "$name: the page checks and applies" bash -e commands
	check_fails "$name: denied" "try_$short"
	check "$name: reported" reported "$name" "${1//-/_}"
	check "$name: what is listed works" "works_$short"
	block "$name" sh 2 | grep -v events | sed -n 1p >commands
	check "$name: the page switches to audit mode" bash -e commands
	check "$name: audit mode allows" "try_$short"
	check "$name: and reports" reported "$name" audit
	block "$name" sh 2 | grep -v events | sed -n 2p >commands
	check "$name: the page switches back" bash -e commands
	check_fails "$name: denied again" "try_$short"
	block "$name" sh 3 >commands
	check "$name: the page detaches" bash -e commands
	check "$name: allowed after" "try_$short"
}

if ! lsmslot apply --help >/dev/null 2>&1 || ! lsmslot events --help >/dev/null 2>&1; then
	skip "this lsmslot has no apply and events"
	done_testing
fi
unshare -Ur sleep 1000 &
holder=$!
while [ "$(readlink /proc/$holder/ns/user)" = "$(readlink /proc/self/ns/user)" ]; do
	sleep 0.1
done
page mount-guard
page userns-guard
page wx-guard
kill $holder
done_testing
