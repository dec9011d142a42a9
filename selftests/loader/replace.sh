#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# attach --replace: programs and maps change in place, or not at all.
# timeout: 900
. "$SRC/selftests/loader/common"

before=$(lsm_links)

# Everything that must stay the same: links, their programs, pins, map ids.
state() {
	lsmslot status -j | python3 -c 'import json, sys
for l in json.load(sys.stdin)["links"]: print(l["link_id"], l["program_id"], l["order"], *l["pins"])'
	for map in "$PINS"/maps*/*; do
		[ ! -e "$map" ] || echo "$map $(map_id "$map")"
	done
}

calls() {
	bpftool -j map dump pinned "$PINS/maps/swap_calls" | python3 -c 'import json, sys
print(json.load(sys.stdin)[0]["formatted"]["value"])'
}

# refused STATUS TEXT OBJECT OPTION...: with TEXT, and nothing has changed.
refused() {
	want=$1 text=$2 object=$3
	shift 3
	state >"$TMP/before"
	check_status "$want" "$object $*: status $want" lsmslot attach "$PROGS/$object.bpf.o" "$@"
	check_said "$text" "$object $*: says why"
	state >"$TMP/after"
	if ! check "$object $*: nothing has changed" cmp "$TMP/before" "$TMP/after"; then
		diff "$TMP/before" "$TMP/after" | sed 's/^/# /'
	fi
}

refused 2 "'--reuse-maps' is for --replace" swap1 --reuse-maps
refused 2 "needs a pin, link:ID or a directory" swap1 --replace ''
refused 2 "takes --audit or --reuse-maps" swap1 --replace "$PINS" --reuse-maps --audit
for option in --first --last '--before x' '--after x' '--revision 1' '--cookie 1' --seal "--pin $PINS-2"; do
	# shellcheck disable=SC2086 # an option and its value
	refused 2 "takes no option for new links" swap1 --replace "$PINS" $option
done

# The kernel may be booted with lsm_slots=0.
if kernel_has_slots; then
	switch=$(cat /proc/sys/kernel/lsm_slots)
	echo 1 >/proc/sys/kernel/lsm_slots
fi
check "attach" lsmslot attach "$PROGS/swap1.bpf.o" --pin "$PINS"
check_is EPERM "$(mkfifo_errno)" "the first version denies"

if ! kernel_has_query; then
	refused 4 "cannot replace programs" swap2 --replace "$PINS"
	refused 4 "cannot replace programs" swap2 --replace link:1
	check "detach" lsmslot detach "$PINS"
	! kernel_has_slots || echo "$switch" >/proc/sys/kernel/lsm_slots
	done_testing
fi

link=$(of_pin "$PINS/swap_mknod" link_id)
program=$(of_pin "$PINS/swap_mknod" program_id)
revision=$(revision inode_mknod)

# A whole directory, with new maps.
check "replace a directory" lsmslot attach "$PROGS/swap2.bpf.o" --replace "$PINS"
check_said "$PINS/swap_mknod" "shows the pins"
check_is EACCES "$(mkfifo_errno)" "the second version denies"
check_is "$link" "$(of_pin "$PINS/swap_mknod" link_id)" "the link is the same"
check_fails "the program is another" [ "$(of_pin "$PINS/swap_mknod" program_id)" = "$program" ]
check_fails "the revision is another" [ "$(revision inode_mknod)" = "$revision" ]
check_is 1 "$(calls)" "the pinned map is the new program's"
check "its other map is pinned" [ -e "$PINS/maps/swap_more" ]
check_fails "nothing else is" [ -e "$PINS/maps-new" ]

# What a replacement that was killed leaves: maps of nobody, or those in use.
mkdir "$PINS/maps-new"
check_status 6 "another folder of maps" lsmslot attach "$PROGS/swap1.bpf.o" --replace "$PINS"
check_said "$PINS/maps-new exists, left by a replacement that was killed; remove it" "is to be removed"
check "its maps are in use" bpftool map pin id "$(map_id "$PINS/maps/swap_calls")" "$PINS/maps-new/swap_calls"
check_status 6 "another folder with maps in use" lsmslot attach "$PROGS/swap1.bpf.o" --replace "$PINS"
check_said "uses its maps; attach the new programs in another directory" "is not to be removed"
check_not_said "remove it" "... in no way"
rm -r "$PINS/maps-new"

# Back to the first, with the maps that are pinned.
map=$(map_id "$PINS/maps/swap_calls")
check "replace with --reuse-maps" lsmslot attach "$PROGS/swap1.bpf.o" --replace "$PINS" --reuse-maps
check_is EPERM "$(mkfifo_errno)" "the first version denies again"
check_is "$map" "$(map_id "$PINS/maps/swap_calls")" "the pinned map is the same"
check_is 2 "$(calls)" "and the new program uses it"
check_fails "a map that it does not have is gone" [ -e "$PINS/maps/swap_more" ]

# One link of two: by pin, by id.
refused 2 "a link takes one program" swap2 --replace "$PINS/swap_mknod"
refused 6 "is also a map of program 'swap_ioctl'" swap2 --replace "$PINS/swap_mknod" --program swap_mknod
check "replace one by its pin" lsmslot attach "$PROGS/swap2.bpf.o" \
	--replace "$PINS/swap_mknod" --program swap_mknod --reuse-maps
check_is EACCES "$(mkfifo_errno)" "it is the second version"
check_is 3 "$(calls)" "with the shared map"
check "replace one by id" lsmslot attach "$PROGS/trio.bpf.o" --replace "link:$link" --program trio_two
check_is 0 "$(mkfifo_errno)" "another program, in the same link"
check_is trio_two "$(of_pin "$PINS/swap_mknod" program)" "status has its name"
check "the map that the other needs stays" calls
check_fails "the map that only the old one had is gone" [ -e "$PINS/maps/swap_more" ]
check "and back by id" lsmslot attach "$PROGS/swap1.bpf.o" --replace "link:$link" --program swap_mknod --reuse-maps
check_is EPERM "$(mkfifo_errno)" "the first version again"

# The place in the order stays.
check "one before" lsmslot attach "$PROGS/trio.bpf.o" --program trio_one --pin "$PINS-first" --first
check "one behind" lsmslot attach "$PROGS/trio.bpf.o" --program trio_three --pin "$PINS-last" --last
check "replace between them" lsmslot attach "$PROGS/swap2.bpf.o" --replace "$PINS"
check_is "trio_one swap_mknod trio_three" "$(programs inode_mknod)" "the place is the same"

# What does not fit.
refused 5 "no program 'swap_ioctl'" trio --replace "$PINS"
refused 5 "no link in $PINS-first has a program 'trio_two'" trio --replace "$PINS-first"
refused 1 "is for hook 'path_mknod'" swap3 --replace "$PINS"
refused 1 "is for hook 'inode_mknod'" swap2 --replace "$PINS/swap_ioctl" --program swap_mknod
refused 1 "its value size is 4, the pinned map's is 8" swap3 --replace "$PINS/swap_mknod" --program swap_mknod --reuse-maps
refused 5 "cannot open the pin $PINS/nothing" swap1 --replace "$PINS/nothing"
refused 5 "is no link of an LSM program" swap1 --replace link:4000000000 --program swap_mknod
refused 2 "'link:' has no id" swap1 --replace link: --program swap_mknod
refused 2 "neither the path of a pin nor link:ID" swap1 --replace swap_mknod --program swap_mknod
refused 5 "cannot open the pin $PINS/nothing" swap1 --replace "$PINS/nothing" --program swap_mknod
refused 5 "is no pin of a link or program" swap1 --replace "$PINS/maps/swap_calls" --program swap_mknod
mkdir "$PINS-empty"
refused 5 "no link of an LSM program is pinned in $PINS-empty" swap1 --replace "$PINS-empty"
rmdir "$PINS-empty"
refused 7 "the verifier rejected" rejected --replace "link:$(of_pin "$PINS/swap_ioctl" link_id)"

# A failure half-way is undone.
check "attach what denies the second update" lsmslot attach "$PROGS/deny_update.bpf.o" --pin "$PINS-deny"
refused 3 "the kernel does not let" swap1 --replace "$PINS"
check_is EACCES "$(mkfifo_errno)" "the second version is in force"
check "detach it" lsmslot detach "$PINS-deny"
check_status 6 "a directory of maps that was made meanwhile" \
	refuse REFUSE_RENAME=17 attach "$PROGS/swap1.bpf.o" --replace "$PINS"	# EEXIST
check_said "File exists; it was made meanwhile" "says so"
check_is EACCES "$(mkfifo_errno)" "the second version is in force"
check "attach what denies renaming" lsmslot attach "$PROGS/deny_rename.bpf.o" --pin "$PINS-deny"
refused 1 "in the place of $PINS/maps" swap1 --replace "$PINS"
check_is EACCES "$(mkfifo_errno)" "the second version is in force"
check "detach it" lsmslot detach "$PINS-deny"
check "now it works" lsmslot attach "$PROGS/swap1.bpf.o" --replace "$PINS"
check_is EPERM "$(mkfifo_errno)" "the first version is in force"

# A link without a pin, held by a process.
python3 - "$PINS/swap_mknod" "$TMP/held" <<'END' &
import ctypes, sys, time
if ctypes.CDLL("libbpf.so.1").bpf_obj_get(sys.argv[1].encode()) < 0: sys.exit(1)
open(sys.argv[2], "w").close()
time.sleep(300)
END
holder=$!
while [ ! -e "$TMP/held" ] && kill -0 $holder 2>/dev/null; do
	sleep 0.1
done
rm "$PINS/swap_mknod"
refused 2 "has no pin, so there are no pinned maps" swap2 --replace "link:$link" --program swap_mknod --reuse-maps
check "replace it" lsmslot attach "$PROGS/swap2.bpf.o" --replace "link:$link" --program swap_mknod
check_is EACCES "$(mkfifo_errno)" "the second version is in force"
kill $holder
wait $holder 2>/dev/null
for dir in "$PINS" "$PINS-first" "$PINS-last"; do
	check "detach" lsmslot detach "$dir"
done
check_is 0 "$(mkfifo_errno)" "nothing denies"

# A new version may begin in audit mode.
check "attach a policy" lsmslot attach "$PROGS/audited.bpf.o" --pin "$PINS"
check_is EPERM "$(mkfifo_errno)" "it denies"
check "replace it, auditing" lsmslot attach "$PROGS/audited.bpf.o" --replace "$PINS" --audit
check_is 0 "$(mkfifo_errno)" "it only reports"
check_is audit "$(of_pin "$PINS/audited_mknod" mode)" "status has the mode"
check "replace it with its maps" lsmslot attach "$PROGS/audited.bpf.o" --replace "$PINS" --reuse-maps
check_is 0 "$(mkfifo_errno)" "the mode stays with the maps"
check "detach" lsmslot detach "$PINS"

# On the trampoline nothing is replaced.
echo 0 >/proc/sys/kernel/lsm_slots
check "attach to a trampoline" lsmslot attach "$PROGS/swap1.bpf.o" --pin "$PINS"
refused 4 "runs from the trampoline" swap2 --replace "$PINS"
check "detach" lsmslot detach "$PINS"
echo "$switch" >/proc/sys/kernel/lsm_slots

check_is "$before" "$(lsm_links)" "nothing is left"
done_testing
