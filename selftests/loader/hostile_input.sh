#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The same as selftests/host/hostile_input.sh where programs are loaded and attached: bent
# objects and policy files, pins in disorder, names that steer terminals, command lines of
# root.  What refuses has changed nothing, and what belongs to others stays.
#
# $STEPS steps of each kind from seed $SEED (1); without, as many as fit 16 seconds.
# timeout: 90000
. "$SRC/selftests/loader/common"

export PYTHONPATH="$SRC/selftests/lib" PYTHONDONTWRITEBYTECODE=1
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null

# --- what random steps found, or may find only after hours
SAN=$BUILD/sanitized/loader/lsmslot
mkfifo "$TMP/fifo"
check_status 2 "a FIFO that nobody writes to is an empty policy file" timeout 20 "$SAN" check "$TMP/fifo"

check "two policies" sh -c '"$1" attach "$2" --pin "$3/own" && "$1" attach "$4" --pin "$3/other"' \
	sh "$SAN" "$PROGS/pair.bpf.o" "$PINS" "$PROGS/cookie.bpf.o"
other=$(find "$PINS/other" -maxdepth 1 -type f | head -n 1)
ln -s "$other" "$PINS/own/more"
before=$(lsm_links)
check_status 1 "detach refuses a symbolic link to another's pin" "$SAN" detach "$PINS/own"
check_said "did not make" "it says what"
printf 'version: 1\npolicies:\n- {name: p, object: %s, pin: %s}\n' "$PROGS/pair.bpf.o" "$PINS/own" >"$TMP/own.yaml"
check_status 6 "so does apply" "$SAN" apply "$TMP/own.yaml"
check_is "$before" "$(lsm_links)" "and both have changed nothing"
rm "$PINS/own/more"
check_status 5 "an error in JSON that cannot be written has its status" sh -c '"$1" mode audit nosuch -j >/dev/full' sh "$SAN"
check_status 1 "a closed output is one" sh -c '"$1" apply "$2" -n >&-' sh "$SAN" "$TMP/own.yaml"
check_is 0 "$(stat -c %s /run/lsmslot/lock)" "nothing of it went to the lock"
check "detach" sh -c '"$1" detach "$2/own" && "$1" detach "$2/other"' sh "$SAN" "$PINS"
mkdir -p "$TMP/plain/maps"
check_status 4 "detach takes no directory outside of BPF file systems" "$SAN" detach "$TMP/plain"
check "and leaves it" test -d "$TMP/plain/maps"
rmdir "$PINS"

for subject in names rooted pins objects policies; do
	check "$subject" python3 -m hostile.live --seed "${SEED:-1}" --steps "${STEPS:-0}" \
		--keep "${OUT:-/run/vm/out}/hostile" --seconds 4 "$subject"
	diag "$(tail -n 1 "$TMP/out")"
done
done_testing
