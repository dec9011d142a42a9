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
dev=$(awk -v at="$TMP/victim" '$5 == at { print $3 }' /proc/self/mountinfo)
cat >"$F" <<END
version: 1
policies:
  - name: types
    object: apply_types.bpf.o
    pin: $PINS
    maps:
      mounts: [$TMP/victim]
END
check "apply" lsmslot apply "$F"
python3 -c 'import struct, sys
major, minor = map(int, sys.argv[1].split(":"))
print(struct.pack("@Q", major << 20 | minor).hex())' "$dev" >"$TMP/wanted"
bpftool -j map dump pinned "$PINS/maps/mounts" | python3 -c 'import json, sys
for e in json.load(sys.stdin):
    print("".join(b[2:] for b in e["key"]))' >"$TMP/held"
check "the device is the mount's own" diff "$TMP/wanted" "$TMP/held"
check "detach" lsmslot detach "$PINS"
umount "$TMP/victim" "$TMP/long"/*/*/*/*/*/*/*/*/*/*/point
check "unmounted" [ "$(grep -c "$TMP/" /proc/self/mountinfo)" = 0 ]
done_testing
