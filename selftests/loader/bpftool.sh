#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Links in slots for a tool that knows nothing of them: Debian's bpftool lists
# and pins them, and lsmslot sees the same.  That libbpf attaches them as ever is
# what most of kernel/ does.
. "$SRC/selftests/loader/common"

# ids EXPRESSION FILE: of a listing of bpftool.
ids() {
	python3 -c 'import json, sys
print(sorted('"$1"' for l in json.load(open(sys.argv[1])) if l.get("attach_type") == "lsm_mac"))' "$2"
}

check "attach an object" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS"
check_status 1 "its programs run" mkfifo_works
bpftool -j link show >"$TMP/links"
links=$(ids 'l["id"]' "$TMP/links")
if [ "$links" != "[]" ] && [ "$links" = "$(python3 -c "print(sorted($(lsm_links)))")" ]; then
	ok "bpftool and lsmslot list the same links: $links"
else
	not_ok "bpftool and lsmslot list the same links"
	diag "$links, and $(lsm_links)"
fi
check "lsmslot status" lsmslot status -j
if [ "$PLACE" = slot ]; then
	check_json "['array', 'slot']" "sorted(l['place'] for l in d['links'])" \
		"one runs from a slot, the sleepable one from the array"
fi
first=$(python3 -c "print($links[0])")
check "bpftool pins a link by id" bpftool link pin id "$first" "$PINS/again"
check "bpftool shows the pin" bpftool link show pinned "$PINS/again"
check "and finds it again with --bpffs" sh -c 'bpftool -f link show id '"$first"' | grep -q again'
check_status 1 "bpftool cannot detach it, as it cannot on stock" bpftool link detach id "$first"
check_status 1 "and it still runs" mkfifo_works
check "bpftool lists the programs" \
	sh -c 'bpftool -j prog show | grep -q "\"type\":\"lsm\""'
rm -rf "$PINS"
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(lsm_links)" != "[]" ] || break
	sleep 0.2
done
check "unpinned they are gone: the call passes" mkfifo_works
done_testing
