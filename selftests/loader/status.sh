#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# status: the table and the JSON of what is attached.
. "$SRC/selftests/loader/common"

mine="[l for l in d['links'] if any(p.startswith('$PINS') for p in l['pins'])]"

check "status with or without links" lsmslot status
check "attach" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS"
check "attach again" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS-2"

check "table" lsmslot status
check_said "HOOK" "has a head"
check_said "$PINS/allow_every_ioctl" "has the pins"
check "JSON" lsmslot status -j
check_json 2 "len($mine) // 2" "has the links"
check_json "file_ioctl file_ioctl inode_mknod inode_mknod" \
	"' '.join(l['hook'] for l in $mine)" "is sorted by hook"
check_json "$PINS-2/deny_mknod $PINS/deny_mknod" \
	"' '.join(l['pins'][0] for l in $mine if l['hook'] == 'inode_mknod')" \
	"the newest runs first"
check_json "[1, 1]" \
	"[b['order'] - a['order'] for a, b in [[l for l in $mine if l['hook'] == h] for h in ('file_ioctl', 'inode_mknod')]]" \
	"order counts within a hook"
check_json "['$PLACE']" "sorted({l['place'] for l in $mine if l['hook'] == 'inode_mknod'})" \
	"a program's place"
check_json True "all(l['fast'] == (l['place'] == 'slot') for l in d['links'])" \
	"fast means a slot"
check_json True "all((l['slot'] is None) == (l['place'] != 'slot') for l in d['links'])" \
	"a slot has a number, another place none"
if kernel_has_slots; then
	check_json "[True, False]" \
		"[all(l['sleepable'] for l in $mine if l['hook'] == h) for h in ('file_ioctl', 'inode_mknod')]" \
		"sleepable programs are told from others"
else
	check_json "{None}" "{l['sleepable'] for l in $mine}" "sleepable is not known"
fi

# The same facts as bpftool has them.
bpftool -j link show pinned "$PINS/deny_mknod" >"$TMP/bpftool"
check_json True "(lambda b: any(l['link_id'] == b['id'] and l['program_id'] == b['prog_id'] for l in $mine))(json.load(open('$TMP/bpftool')))" \
	"ids are those of bpftool"
program=$(json "[l['program_id'] for l in $mine if l['hook'] == 'inode_mknod'][0]")
tag=$(json "[l['tag'] for l in $mine if l['hook'] == 'inode_mknod'][0]")
check "bpftool finds the program" bpftool prog show id "$program"
check_said "tag $tag" "the tag is that of bpftool"
check_status 0 "JSON" lsmslot status -j
check_json True "any(l['program'] == 'allow_every_ioctl' for l in $mine)" \
	"a name longer than the kernel keeps is whole"

check "detach" lsmslot detach "$PINS"
check "detach the second" lsmslot detach "$PINS-2"
check "JSON" lsmslot status -j
check_json 0 "len($mine)" "nothing is left"

check_status 3 "errors are JSON as well" without sys_admin "$LSMSLOT" status -j
check_json 3 "d['status']" "with the status"

done_testing
