#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# systemd takes the unit of lsmslot, and one with an error is not taken.
. "$SRC/selftests/lib/tap.sh"

if ! command -v systemd-analyze >/dev/null; then
	skip "no systemd-analyze here; make deps installs systemd"
	done_testing
fi
sed "s|/usr/sbin/lsmslot|$LSMSLOT|" "$SRC/systemd/lsmslot@.service" >"$TMP/lsmslot@host.service"
check "the unit is in order" systemd-analyze --man=no verify "$TMP/lsmslot@host.service"
check_not_said "" "without a word"
sed 's/^ExecStart=.*/ExecStart=lsmslot-absent/' "$TMP/lsmslot@host.service" >"$TMP/lsmslot@bad.service"
check_fails "one with an error is not" systemd-analyze --man=no verify "$TMP/lsmslot@bad.service"
unit=$SRC/systemd/lsmslot@.service
for line in DefaultDependencies=no Before=sysinit.target WantedBy=sysinit.target RemainAfterExit=yes; do
	check "it has $line" grep -qx "$line" "$unit"
done
check "it runs behind the BPF file system" grep -q '^After=.*sys-fs-bpf.mount' "$unit"
# A condition that does not hold skips the unit, and nobody sees that no policy is there.
check_fails "it has no condition" grep -q '^Condition' "$unit"
mkdir "$TMP/stop"
sed '/^\[Service\]/i OnFailure=emergency.target\nOnFailureJobMode=replace-irreversibly' \
	"$TMP/lsmslot@host.service" >"$TMP/stop/lsmslot@host.service"
check "the way to stop the boot that it names is in order" systemd-analyze --man=no verify "$TMP/stop/lsmslot@host.service"
check_not_said "" "without a word"
check_fails "it detaches nothing when it stops" grep -q '^ExecStop' "$SRC/systemd/lsmslot@.service"
done_testing
