#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# detach: by pin, directory, id and program; what keeps a link attached.
. "$SRC/selftests/loader/common"

attach() {
	check "attach" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS"
}

# id PROGRAM: of the link pinned at $PINS/PROGRAM
id() {
	lsmslot status -j | python3 -c 'import json, sys
for l in json.load(sys.stdin)["links"]:
	if sys.argv[1] in l["pins"]: print(l["link_id"])' "$PINS/$1"
}

attach
check "by pin" lsmslot detach "$PINS/deny_mknod"
check_said "detached program 'deny_mknod' (hook inode_mknod, link" "says what"
check "it no longer denies" mkfifo_works
check "the other link stays" [ -e "$PINS/allow_every_ioctl" ]
check "by directory, what is left" lsmslot detach "$PINS"
check_fails "the directory is gone" [ -e "$PINS" ]

attach
check_fails "denies" mkfifo_works
check "by id" lsmslot detach --id "$(id deny_mknod)"
check "it no longer denies" mkfifo_works
check "by program" lsmslot detach --program allow_every_ioctl
check "the directory's maps" lsmslot detach "$PINS"
check_fails "the directory is gone" [ -e "$PINS" ]

# Two links with one program name: neither is taken.
attach
check "a second time" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS-2"
check_status 1 "ambiguous program name" lsmslot detach --program deny_mknod
check_said "choose one with --id" "says the way out"
check "both stay" [ -e "$PINS/deny_mknod" -a -e "$PINS-2/deny_mknod" ]
check "detach the second" lsmslot detach "$PINS-2"
check_fails "the first still denies" mkfifo_works

# A second pin of the same link.
link=$(id deny_mknod)
check "pin it again" bpftool link pin id "$link" "$PINS/again"
check_status 1 "one of two pins" lsmslot detach "$PINS/deny_mknod"
check_said "also pinned at $PINS/again" "names the other"
check "nothing was unpinned" [ -e "$PINS/deny_mknod" ]
check "by id, from both" lsmslot detach --id "$link"
check_fails "the first pin is gone" [ -e "$PINS/deny_mknod" ]
check_fails "the second pin is gone" [ -e "$PINS/again" ]
link=$(id allow_every_ioctl)
check "pin the other one twice" bpftool link pin id "$link" "$PINS/again"
check "by directory, both pins" lsmslot detach "$PINS"
check_fails "the link is gone" bpftool link show id "$link"

# Both in the directory that is detached; a hard link is one as well.
attach
link=$(id deny_mknod)
check "pin it again" bpftool link pin id "$link" "$PINS/again"
check "and by a hard link" ln "$PINS/deny_mknod" "$PINS/hard"
check_is "$link $link" "$(id again) $(id hard)" "status has every pin"
check_status 1 "by the hard link alone" lsmslot detach "$PINS/hard"
check_said "is also pinned at $PINS/" "names another"
check "detach the directory" lsmslot detach "$PINS"
check_is "" "$(lsm_links | grep -w "$link")" "the link is gone"
check_fails "with all its pins" [ -e "$PINS" ]
check "mkfifo works" mkfifo_works

# A process that holds the link.
attach
python3 -c 'import ctypes, sys, time
if ctypes.CDLL("libbpf.so.1").bpf_obj_get(sys.argv[1].encode()) < 0: sys.exit(1)
open(sys.argv[2], "w").close()
time.sleep(300)' "$PINS/deny_mknod" "$TMP/holds" &
holder=$!
while [ ! -e "$TMP/holds" ] && kill -0 $holder 2>/dev/null; do
	sleep 0.1
done
check_status 1 "a process holds the link" lsmslot detach "$PINS"
check_said "held open by pid $holder (python3)" "names it"
check "nothing was unpinned" [ -e "$PINS/deny_mknod" -a -e "$PINS/allow_every_ioctl" ]
kill $holder
wait $holder 2>/dev/null
check "detach once it is gone" lsmslot detach "$PINS"
check "mkfifo works again" mkfifo_works

check_status 5 "no such link" lsmslot detach --id 4000000000
check_status 5 "no such program" lsmslot detach --program no_such_program
check_status 5 "no such pin" lsmslot detach "$PINS/nothing"
check_status 5 "a file that is no pin" lsmslot detach "$LSMSLOT"
mkdir "$PINS"
check_status 5 "an empty directory" lsmslot detach "$PINS"
rmdir "$PINS"

# Directories with more than attach puts there are not touched.
attach
mkdir "$PINS/more"
check_status 1 "a directory with a directory" lsmslot detach "$PINS"
check_said "$PINS/more" "names it"
check "nothing was unpinned" [ -e "$PINS/deny_mknod" -a -e "$PINS/maps/calls" ]
rmdir "$PINS/more"
check "detach" lsmslot detach "$PINS"

done_testing
