#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The device of a file system, whatever mount points are called.
# timeout: 300
. "$SRC/selftests/loader/common"

F=$TMP/policy.yaml
cp "$PROGS/apply_types.bpf.o" "$TMP/"

# A mount point whose line in mountinfo has, from byte 8191 on, what looks like
# the line of the mount at victim: a reader with a buffer of 8192 bytes takes it
# for a line.  Blanks make the line long, each being \040 there.
mkdir "$TMP/victim" "$TMP/long"
cat >"$TMP/forge.py" <<'END'
import ctypes, os, sys
tmp, libc = sys.argv[1], ctypes.CDLL(None, use_errno=True)
def mount(at):
    if libc.mount(b"tmpfs", at.encode(), b"tmpfs", 0, None):
        sys.exit("mount: " + os.strerror(ctypes.get_errno()))
def line(end):
    for l in open("/proc/self/mountinfo"):
        if l.split()[4].endswith(end):
            return l
deep = tmp + "/long" + ("/" + 200 * " ") * 9
last = deep + "/" + 250 * " "
os.makedirs(last + "/point")
mount(last + "/point")
mount(tmp + "/victim")
at = line("/point").index("/point") - 250 * 4
number = line(tmp + "/victim").split()[0]
# The name that ends the path is of as many bytes as it takes to come to 8191.
blanks, rest = divmod(8191 - at, 4)
name = " " * blanks + "x" * rest + number + "-1+8:77"
os.rename(last, deep + "/" + name)
print(line("/point")[8191:8191 + len(number) + 7])
END
if python3 "$TMP/forge.py" "$TMP" >"$TMP/forged" 2>&1; then
	number=$(awk -v at="$TMP/victim" '$5 == at { print $1 }' /proc/self/mountinfo)
	check_is "$number-1+8:77" "$(cat "$TMP/forged")" "a mount point's name looks like another mount"
else
	not_ok "a mount point's name looks like another mount"
	diag "$(cat "$TMP/forged")"
fi

# device_of MOUNT WHAT: the policy file's word for MOUNT is its device.
device_of() {
	cat >"$F" <<END
version: 1
policies:
  - name: types
    object: apply_types.bpf.o
    pin: $PINS
    maps:
      mounts: [$1]
END
	check "$2: apply" lsmslot apply "$F"
	awk -v at="$1" '$5 == at { print $3 }' /proc/self/mountinfo | tail -n 1 | python3 -c 'import struct, sys
major, minor = map(int, sys.stdin.read().split(":"))
print(struct.pack("@Q", major << 20 | minor).hex())' >"$TMP/wanted"
	bpftool -j map dump pinned "$PINS/maps/mounts" | python3 -c 'import json, sys
for e in json.load(sys.stdin):
    print("".join(b[2:] for b in e["key"]))' >"$TMP/held"
	check "$2: it has the mount's device" diff "$TMP/wanted" "$TMP/held"
	lsmslot detach "$PINS" >/dev/null
}

device_of "$TMP/victim" "beside a forged line"
umount "$TMP/victim" "$TMP/long"/*/*/*/*/*/*/*/*/*/*/point

# --- automounts
# The test kernel has no autofs; debugfs has a place where tracefs comes by itself.
mkdir "$TMP/debug"
mount -t debugfs debugfs "$TMP/debug" || exit 1
if grep -q "$TMP/debug/tracing" /proc/self/mountinfo; then
	skip "tracefs is there already"
elif [ ! -d "$TMP/debug/tracing" ]; then
	skip "debugfs mounts nothing by itself here"
else
	check_is 0 "$(grep -c "$TMP/debug/tracing" /proc/self/mountinfo)" "an automount that nobody has used"
	device_of "$TMP/debug/tracing" "an automount"
	umount "$TMP/debug/tracing"
fi
if grep -qw autofs /proc/filesystems; then
	sed "s|mounts:.*|mounts: [$TMP/auto]|" "$F" >"$TMP/auto.yaml"
	# Its daemon, which mounts nothing, finds the folder as it is.
	mkdir "$TMP/auto"
	check_status 5 "autofs without a mount" python3 -c 'import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None)
r, w = os.pipe()
os.setpgid(0, 0)
options = "fd=%d,pgrp=%d,minproto=5,maxproto=5,indirect" % (w, os.getpgrp())
if libc.mount(b"auto", sys.argv[1].encode(), b"autofs", 0, options.encode()):
    sys.exit("mount")
sys.exit(subprocess.call(sys.argv[2:]))' "$TMP/auto" "$LSMSLOT" check "$TMP/auto.yaml"
	check_said "nothing is mounted at $TMP/auto, which is the automounter's; mount it first" "says so"
	umount "$TMP/auto"
else
	skip "the kernel has no autofs: the refusal of an empty automount"
fi
umount "$TMP/debug"
check "unmounted" [ "$(grep -c "$TMP/" /proc/self/mountinfo)" = 0 ]
done_testing
