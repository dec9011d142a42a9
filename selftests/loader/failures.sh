#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A kernel without JIT compiler, and more entries than a map takes: apply fails,
# and what was in force before still is; or it works as it says.
# shellcheck disable=SC2317
. "$SRC/selftests/loader/common"

F=$TMP/policy.yaml
JIT=/proc/sys/net/core/bpf_jit_enable
mkdir "$TMP/mount"

# file TYPE...: mount-guard with these types of file systems.
file() {
	printf 'version: 1\npolicies:\n  - name: mount-guard\n    object: %s/mount_guard.bpf.o\n    pin: %s\n    maps:\n      types:\n' \
		"$BPF_DIR" "$PINS" >"$F"
	printf '        - {key: %s, value: allow}\n' "$@" >>"$F"
}

mounts() {
	mount -t "$1" none "$TMP/mount" && umount "$TMP/mount"
}

writes() {
	echo x >"$1"
}

before=$(lsm_links)
check "ramfs is mounted before" mounts ramfs

# Some policies call kernel functions, which an interpreter does not; others run.
if (echo 0 >"$JIT") 2>/dev/null; then
	touch "$TMP/listed"
	printf 'version: 1\npolicies:\n  - name: protect-files\n    object: %s/protect_files.bpf.o\n    pin: %s\n    maps: {protected: [{key: %s, value: full}]}\n' \
		"$BPF_DIR" "$PINS" "$TMP/listed" >"$F"
	check_status 7 "JIT off: a policy that calls kernel functions" lsmslot apply "$F"
	check_is "$before" "$(lsm_links)" "... nothing is attached"
	check "... nor pinned" [ ! -e "$PINS" ]
	check "... nothing is denied" writes "$TMP/listed"
	file tmpfs
	check "JIT off: one that does not" lsmslot apply "$F"
	check_is trampoline "$(of_pin "$PINS/mount_guard_mount" place)" "... runs from trampolines"
	check_fails "... and denies" mounts ramfs
	check "... and is detached" lsmslot detach "$PINS"
	echo 1 >"$JIT"
else
	skip "the kernel has no interpreter"
fi

file tmpfs
check "apply" lsmslot apply "$F"
check_fails "ramfs is denied" mounts ramfs
check "tmpfs is not" mounts tmpfs
links=$(lsm_links)
if (echo 0 >"$JIT") 2>/dev/null; then
	check_fails "JIT switched off: what is attached denies" mounts ramfs
	echo 1 >"$JIT"
fi

room=$(bpftool -j map show pinned "$PINS/maps/types" |
	python3 -c 'import json, sys; print(json.load(sys.stdin)["max_entries"])')
# shellcheck disable=SC2046 # words
file ramfs $(seq -f type%g "$room")
check_fails "more entries than the map takes: apply" lsmslot apply "$F"
check_fails "... ramfs is denied as before" mounts ramfs
check "... and tmpfs is not" mounts tmpfs
check_is "$links" "$(lsm_links)" "... with the same links"

check "detach" lsmslot detach "$PINS"
check "ramfs is mounted after" mounts ramfs
check_is "$before" "$(lsm_links)" "nothing is left"
done_testing
