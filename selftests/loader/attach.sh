#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# attach: what it attaches, each error, and that it leaves nothing half done.
# timeout: 900
. "$SRC/selftests/loader/common"

before=$(lsm_links)

# unchanged WHAT: no link was added, and no pin.
unchanged() {
	if [ "$(lsm_links)" = "$before" ] && [ ! -e "$PINS" ]; then
		ok "$1"
	else
		not_ok "$1"
		lsmslot status 2>&1 | sed 's/^/# /'
		find /sys/fs/bpf | sed 's/^/# /'
	fi
}

# refused STATUS TEXT OBJECT [OPTION...]: with TEXT, and nothing changed.
refused() {
	want=$1 text=$2 object=$3
	shift 3
	check_status "$want" "$object $*: status $want" lsmslot attach "$object" --pin "$PINS" "$@"
	check_said "$text" "$object $*: says why"
	unchanged "$object $*: nothing changed"
}

echo "no ELF file" >"$TMP/text.bpf.o"
: >"$TMP/empty.bpf.o"
cp "$LSMSLOT" "$TMP/elf.bpf.o"

refused 5 "No such file" "$TMP/missing.bpf.o"
refused 1 "is not a BPF object" "$TMP/text.bpf.o"
refused 1 "is not a BPF object" "$TMP/empty.bpf.o"
refused 1 "is not a BPF object" "$TMP/elf.bpf.o"
# Its sections are counted in the first of them, as if there were very many.
python3 - "$PROGS/pair.bpf.o" "$TMP/many.bpf.o" <<'END'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
at, = struct.unpack_from("<Q", data, 40)
data[at + 32:at + 40] = struct.pack("<Q", *struct.unpack_from("<H", data, 60))
data[60:62] = bytes(2)
open(sys.argv[2], "wb").write(data)
END
refused 1 "it has more sections than one can have" "$TMP/many.bpf.o"
refused 1 "no regular file" "$TMP"
refused 5 "has no LSM program" "$PROGS/nolsm.bpf.o"
refused 5 "did you mean 'file_permission'" "$PROGS/badhook.bpf.o"
refused 4 "hook 'ismaclabel'" "$PROGS/disabled.bpf.o"
refused 1 "names no hook" "$PROGS/nohook.bpf.o"
refused 5 "it has: deny_mknod, allow_every_ioctl" "$PROGS/pair.bpf.o" --program frobnicate
refused 1 "'of_a_cgroup' of" "$PROGS/mixed.bpf.o"
check_said "bpftool cgroup attach" "lsm_cgroup programs: says how to attach them"
refused 1 "is no LSM program" "$PROGS/mixed.bpf.o" --program no_lsm
refused 7 "the verifier rejected program 'reads_anywhere'" "$PROGS/rejected.bpf.o"
check_said "invalid mem access" "a rejection shows the end of the log"
check_not_said "bpf_get_current_pid_tgid#" "and not all of it"
refused 7 "bpf_get_current_pid_tgid#" "$PROGS/rejected.bpf.o" --log

# The second program denies the pin of its own link: the first is undone.
refused 1 "cannot pin at $PINS/second" "$PROGS/undo.bpf.o"

# Options for a policy that it does not have.
refused 4 "has no audit mode: it has no map 'settings'" "$PROGS/pair.bpf.o" --audit
refused 4 "none of its programs looks at it" "$PROGS/unused.bpf.o" --audit
refused 2 "needs a positive number" "$PROGS/pair.bpf.o" --cookie 0
refused 2 "needs a positive number" "$PROGS/pair.bpf.o" --cookie -1
refused 2 "needs a positive number" "$PROGS/pair.bpf.o" --cookie 99999999999999999999
if ! kernel_has_query; then
	refused 4 "cannot seal links" "$PROGS/pair.bpf.o" --seal
fi

check_status 4 "--pin outside a BPF file system" \
	lsmslot attach "$PROGS/pair.bpf.o" --pin "$TMP/pins"
check_said "mount -t bpf -o mode=700 bpf /sys/fs/bpf" "says how to mount one, for root alone"
unchanged "nothing changed"

# With another list of LSMs, as far as a program can see.
echo lockdown,yama >"$TMP/lsm"
check_status 4 "bpf not in lsm=" unshare -m sh -c '
	mount --bind "$1" /sys/kernel/security/lsm && "$LSMSLOT" attach "$2" --pin "$3"' \
	- "$TMP/lsm" "$PROGS/pair.bpf.o" "$PINS"
check_said "boot with lsm=lockdown,yama,bpf" "says what to boot with"
unchanged "nothing changed"
check_status 4 "no securityfs" unshare -m sh -c '
	mount -t tmpfs tmpfs /sys/kernel/security && "$LSMSLOT" attach "$1" --pin "$2"' \
	- "$PROGS/pair.bpf.o" "$PINS"
check_said "mount -t securityfs" "says how to mount it"

# It works, denies, and stays after the command.
check "mkfifo works before" mkfifo_works
check "attach" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS"
check_said "deny_mknod" "names the program"
check_said "inode_mknod" "names the hook"
check_said "$PLACE" "names the place"
check_said "$PINS/deny_mknod" "names the pin"
if kernel_has_slots; then
	check_not_said "no LSM slots" "says nothing about missing slots"
else
	check_said "has no LSM slots: programs run from BPF trampolines" "says that slots are missing"
fi
check "its map is pinned" bpftool map dump pinned "$PINS/maps/calls"
check_fails "the program denies" mkfifo_works
check_status 6 "the pin exists" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS"
check_said "$PINS/deny_mknod exists" "names it"
check_status 6 "a pin where a directory is to be" \
	lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS/deny_mknod"
check_said "the directory for it is a pin itself" "says so"
check_fails "the first attach is still in force" mkfifo_works
check "detach" lsmslot detach "$PINS"
check "mkfifo works again" mkfifo_works
unchanged "nothing is left"

# Audit mode, a cookie.
check "--audit" lsmslot attach "$PROGS/audited.bpf.o" --pin "$PINS" --audit
check "it only reports" mkfifo_works
check "detach" lsmslot detach "$PINS"
check "--cookie" lsmslot attach "$PROGS/cookie.bpf.o" --pin "$PINS" --cookie 0xffffffffffffffff
check "mkfifo" mkfifo_works
check "read the cookie" bpftool -j map dump pinned "$PINS/maps/cookie"
check_json True "d[0]['formatted']['value'] in (2 ** 64 - 1, -1)" "the program got it"
check "detach" lsmslot detach "$PINS"

# A subset; a program marked optional; the default directory.
check "one program" lsmslot attach "$PROGS/mixed.bpf.o" --pin "$PINS" --program optional
check "it is attached" [ -e "$PINS/optional" ]
check_fails "the others are not" [ -e "$PINS/taken" ]
check "detach" lsmslot detach "$PINS"
cp "$PROGS/pair.bpf.o" "$TMP/lsmslot.test.bpf.o"
check "default directory" lsmslot attach "$TMP/lsmslot.test.bpf.o"
check_said "/sys/fs/bpf/lsmslot/lsmslot_test/deny_mknod" "is named after the object"
check "detach" lsmslot detach /sys/fs/bpf/lsmslot/lsmslot_test
unchanged "nothing is left"

done_testing
