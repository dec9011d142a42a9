#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# systemd takes the unit of lsmslot, and one with an error is not taken.
. "$SRC/selftests/lib/tap.sh"

if ! command -v systemd-analyze >/dev/null; then
	skip "no systemd-analyze here"
	done_testing
fi
sed "s|/usr/sbin/lsmslot|$LSMSLOT|" "$SRC/systemd/lsmslot@.service" >"$TMP/lsmslot@host.service"
check "the unit is in order" systemd-analyze --man=no verify "$TMP/lsmslot@host.service"
check_fails "without a word" grep -q . "$TMP/out" "$TMP/err"
sed 's/^ExecStart=.*/ExecStart=lsmslot-absent/' "$TMP/lsmslot@host.service" >"$TMP/lsmslot@bad.service"
check_fails "one with an error is not" systemd-analyze --man=no verify "$TMP/lsmslot@bad.service"
check_fails "it detaches nothing when it stops" grep -q '^ExecStop' "$SRC/systemd/lsmslot@.service"
done_testing
