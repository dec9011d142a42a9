#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# check: each error of a policy file, in one sentence with file and line, and
# that it attaches and leaves nothing.
# timeout: 900
. "$SRC/selftests/loader/common"

before=$(lsm_links)
programs_before=$(bpftool prog show | grep -c '^[0-9]')
pins_before=$(find /sys/fs/bpf | sort)
F=$TMP/policy.yaml
cp "$PROGS/apply_deny.bpf.o" "$PROGS/apply_types.bpf.o" "$TMP/"

# bad STATUS LINE TEXT WHAT <<FILE: check refuses the file so.
bad() {
	bad_want=$1 bad_line=$2 bad_text=$3 bad_what=$4
	cat >"$F"
	check_status "$bad_want" "$bad_what: status $bad_want" lsmslot check "$F"
	check_said "check: $F:$bad_line: " "$bad_what: says where"
	check_said "$bad_text" "$bad_what: says what"
	if [ "$(wc -l <"$TMP/err")" = 1 ]; then
		ok "$bad_what: in one line"
	else
		not_ok "$bad_what: in one line"
		tap_show
	fi
}

# bad_entry STATUS LINE TEXT WHAT: with standard input as the rest of a policy
# that begins in line 5.
bad_member() {
	{
		printf 'version: 1\npolicies:\n  - name: types\n    object: apply_types.bpf.o\n'
		cat
	} >"$TMP/whole"
	bad "$@" <"$TMP/whole"
}

# --- the file
check_status 5 "no file" lsmslot check "$TMP/absent.yaml"
check_said "cannot read the policy file $TMP/absent.yaml: No such file" "no file: says so"
check_status 1 "a directory" lsmslot check "$TMP"
check_said "is a directory" "a directory: says so"
: >"$F"
check_status 2 "an empty file" lsmslot check "$F"
check_said "is empty" "an empty file: says so"
printf 'version: 1\n\377\n' >"$F"
check_status 2 "no text" lsmslot check "$F"
check_said "is no text" "no text: says so"
truncate -s 17M "$F"
check_status 2 "a file of 17 MiB" lsmslot check "$F"
check_said "larger than a policy file can be (16 MiB)" "a file of 17 MiB: says so"
check_status 2 "no argument" lsmslot check
check_status 2 "two arguments" lsmslot check "$F" "$F"
check_status 3 "without CAP_SYS_ADMIN" without sys_admin "$LSMSLOT" check "$F"

bad 2 3 "is no YAML" "broken YAML" <<END
version: 1
policies: [
END
bad 2 1 "the file holds a list" "a list at the top" <<END
- version: 1
END
bad 2 2 "'version' is given twice, first in line 1" "a duplicate key" <<END
version: 1
version: 1
END
bad 2 1 "has no 'version: 1'" "no version" <<END
policies: []
END
bad 2 1 "is not 1" "another version" <<END
version: 2
policies: []
END
bad 2 1 "is not 1" "a version in quotes" <<END
version: "1"
policies: []
END
bad 2 1 "no 'policies'" "no policies" <<END
version: 1
END
bad 2 2 "'policies' is nothing" "empty policies" <<END
version: 1
policies:
END
bad 2 3 "a policy file has no member 'polices'; it may have: version, policies" "an unknown member" <<END
version: 1
policies: []
polices: []
END
bad 2 4 "a second document" "a second document" <<END
version: 1
policies: []
---
version: 1
END
bad 2 1 "has the tag '!mine'" "a tag" <<END
version: !mine 1
policies: []
END
bad 2 2 "a policy is a string or number" "a policy that is a string" <<END
version: 1
policies: [x]
END

# --- members of a policy
bad 2 3 "has no 'name'" "no name" <<END
version: 1
policies:
  - object: apply_types.bpf.o
END
bad 2 3 "'Types_1' is no name for a policy" "a bad name" <<END
version: 1
policies:
  - name: Types_1
    object: apply_types.bpf.o
END
bad 2 3 "'a\\x1b[31mb' is no name" "a name with control characters" <<END
version: 1
policies:
  - name: "a\\e[31mb"
    object: apply_types.bpf.o
END
bad 2 3 "names no 'object'" "no object" <<END
version: 1
policies:
  - name: types
END
bad 5 4 "there is no object $TMP/absent.bpf.o, nor /usr/lib/lsmslot/absent.bpf.o" "a missing object" <<END
version: 1
policies:
  - name: types
    object: absent.bpf.o
END
bad 5 4 "the object /absent.bpf.o: No such file" "a missing object with an absolute path" <<END
version: 1
policies:
  - name: types
    object: /absent.bpf.o
END
bad 2 5 "two policies are called 'types', the other one in line 3" "a name twice" <<END
version: 1
policies:
  - name: types
    object: apply_types.bpf.o
  - name: types
    object: apply_types.bpf.o
END
bad 2 5 "pinned in each other's way" "a pin directory twice" <<END
version: 1
policies:
  - name: one
    object: apply_types.bpf.o
  - {name: two, object: apply_types.bpf.o, pin: /sys/fs/bpf/lsmslot/one}
END
bad_member 2 5 "a policy has no member 'modes'; it may have: name, object, mode," "an unknown member of a policy" <<END
    modes: audit
END
bad_member 2 5 "'warn' is no mode" "an unknown mode" <<END
    mode: warn
END
bad_member 5 5 "has no map 'settings'" "audit without settings" <<END
    mode: audit
END
bad_member 2 5 "'mode' is a list" "a mode that is a list" <<END
    mode: [audit]
END
bad_member 2 5 "'programs' is no list of names" "programs that are no list" <<END
    programs: types_ioctl
END
bad_member 2 5 "'programs' is no list of names" "no programs" <<END
    programs: []
END
bad_member 2 5 "program 'types_ioctl' is listed twice" "a program twice" <<END
    programs: [types_ioctl, types_ioctl]
END
bad_member 5 5 "has no program 'types_open'; it has: types_ioctl" "an unknown program" <<END
    programs: [types_open]
END
bad_member 2 5 "'order' is 'first', 'last'" "an unknown order" <<END
    order: middle
END
bad_member 2 5 "'order' is 'first', 'last'" "an unknown relative order" <<END
    order: {beside: types}
END
bad_member 2 5 "is ordered by itself" "an order by itself" <<END
    order: {before: types}
END
bad_member 5 5 "there is no policy 'other' in this file" "an order by a policy that is not there" <<END
    order: {after: other}
END
bad 2 3 "contradict each other" "an order in a circle" <<END
version: 1
policies:
  - {name: one, object: apply_types.bpf.o, order: {before: two}}
  - {name: two, object: apply_types.bpf.o, order: {before: one}}
END
bad_member 2 5 "'seal' is neither true nor false" "seal: maybe" <<END
    seal: maybe
END
bad_member 2 5 "is no pin directory" "a relative pin" <<END
    pin: lsmslot/types
END
bad_member 2 5 "is no pin directory" "a pin with a dot" <<END
    pin: /sys/fs/bpf/../x
END
bad_member 2 5 "'scope' is no list" "a scope that is no list" <<END
    scope: /
END
bad_member 5 5 "has no map 'scope'" "a scope for an object without one" <<END
    scope: [/]
END

# --- constants
bad_member 2 5 "'constants' is a list" "constants that are a list" <<END
    constants: [small]
END
bad_member 5 5 "has no constant 'tall' (const volatile); it has: " "an unknown constant" <<END
    constants: {tall: 1}
END
check_said "small, negative, big, flag, colour, word, rule" "an unknown constant: lists them"
bad_member 2 5 "constant 'small' 256 does not fit an unsigned integer of 8 bits" "a large constant" <<END
    constants: {small: 256}
END
bad_member 2 5 "does not fit an unsigned" "a negative constant" <<END
    constants: {small: -1}
END
bad_member 2 5 "does not fit a signed integer of 16 bits" "a constant too low" <<END
    constants: {negative: -32769}
END
bad_member 2 5 "'010' is no number" "an octal number as of old" <<END
    constants: {small: 010}
END
bad_member 2 5 "'7' is no number" "a number in quotes" <<END
    constants: {small: "7"}
END
bad_member 2 5 "'18446744073709551616' is no number" "a number of 65 bits" <<END
    constants: {big: 18446744073709551616}
END
bad_member 2 5 "is neither true nor false" "a flag that is 2" <<END
    constants: {flag: 2}
END
bad_member 2 5 "'green' is none of: red, dark-blue" "an unknown enumerator" <<END
    constants: {colour: green}
END
bad_member 2 5 "'3' is none of: red, dark-blue" "a number that is no enumerator" <<END
    constants: {colour: 3}
END
bad_member 2 5 "is too long: 8 bytes, at most 7 fit" "a long string" <<END
    constants: {word: 12345678}
END
bad_member 2 5 "a string has a NUL in it" "a string with a NUL" <<END
    constants: {word: "a\\0b"}
END
bad_member 2 5 "constant 'rule' lacks the member 'colour'" "a structure without a member" <<END
    constants: {rule: {level: 1}}
END
bad_member 2 5 "constant 'rule' has no member 'color'" "an unknown member of a structure" <<END
    constants: {rule: {color: red}}
END
bad_member 2 6 "sets 2 members that share their place" "both members of a union" <<END
    constants:
      rule: {colour: red, level: 1, name: a, port: 1, bytes: [1, 2, 3], inner: {on: true}, count: 1, delta: 1}
END
bad_member 2 6 "'bytes' of constant 'rule' has 2 elements, and has to have 3" "a short list" <<END
    constants:
      rule: {colour: red, level: 1, name: a, port: 1, bytes: [1, 2], inner: {on: true}}
END
bad_member 2 6 "'on' of 'inner' of constant 'rule' 'x' is neither" "a member of a member" <<END
    constants:
      rule: {colour: red, level: 1, name: a, port: 1, bytes: [1, 2, 3], inner: {on: x}}
END
bad 2 5 "is set by 'scope:'" "lsmslot_scoped as a constant" <<END
version: 1
policies:
  - name: deny
    object: apply_deny.bpf.o
    constants: {lsmslot_scoped: true}
END

# --- maps
bad_member 2 5 "'maps' is a list" "maps that are a list" <<END
    maps: [names]
END
bad_member 5 6 "has no map 'name'; it has: constants, files, mounts," "an unknown map" <<END
    maps:
      name: [x]
END
bad_member 2 6 "the entries of map 'names' are a string or number" "entries that are a string" <<END
    maps:
      names: x
END
bad_member 2 6 "map 'ring' is of type ringbuf" "entries of a ring buffer" <<END
    maps:
      ring: [x]
END
bad_member 2 6 "the entry of map 'names' has no 'key'" "an entry without a key" <<END
    maps:
      names: [{value: 1}]
END
bad_member 2 6 "the entry of map 'devices' has no 'value'" "an entry without a value that is a device" <<END
    maps:
      devices: [1]
END
bad_member 2 6 "the entry of map 'files' has no 'value'" "an entry without the value it needs" <<END
    maps:
      files: [/]
END
bad_member 2 6 "an entry has no member 'parent'" "an unknown member of an entry" <<END
    maps:
      names: [{key: x, parent: 1}]
END
bad_member 2 6 "'parents' is for keys that are paths" "parents of a name" <<END
    maps:
      names: [{key: x, parents: 1}]
END
bad_member 2 7 "is listed twice, first in line 7" "a key twice" <<END
    maps:
      names:
        [x, x]
END
bad_member 2 6 "has to be a path that begins with '/'" "a relative path" <<END
    maps:
      files: [{key: etc, value: red}]
END
bad_member 5 6 "there is no file /absent" "a missing file" <<END
    maps:
      files: [{key: /absent, value: red}]
END
bad_member 5 6 "no file matches /etc/absent*" "a pattern without a match" <<END
    maps:
      files: [{key: "/etc/absent*", value: red}]
END
ln -s /absent "$TMP/dangling"
bad_member 5 6 "is a symbolic link that leads nowhere" "a dangling link" <<END
    maps:
      files: [{key: $TMP/dangling, value: red}]
END
bad_member 5 6 "(1 left out, first $TMP/dangling: No such file" "a pattern for nothing but a dangling link" <<END
    maps:
      files: [{key: "$TMP/dangl*", value: red}]
END
ln -s loop "$TMP/loop"
bad_member 1 6 "$TMP/loop: Too many levels of symbolic links" "a loop of links" <<END
    maps:
      files: [{key: $TMP/loop, value: red}]
END
# What users can make where a pattern looks is left out: it must not be in the way.
mkdir "$TMP/theirs"
touch "$TMP/theirs/0.conf"
ln -s /absent "$TMP/theirs/1.conf"
ln -s 2.conf "$TMP/theirs/2.conf"
ln -s 0.conf/x "$TMP/theirs/3.conf"
python3 -c 'import os, sys
# Deeper than any path, and a link to what is in no mount: a pipe.
os.chdir(sys.argv[1])
r, w = os.pipe()
for i in range(25):
    os.mkdir(200 * "d")
    os.chdir(200 * "d")
open("deep.conf", "w")' "$TMP/theirs"
sleep 1000 | sleep 1000 &
sleeper=$!
ln -s "/proc/$sleeper/fd/0" "$TMP/theirs/4.conf"
cat >"$F" <<END
version: 1
policies:
  - name: types
    object: apply_types.bpf.o
    maps:
      files: [{key: "$TMP/theirs/*.conf", value: red, parents: red}]
END
check "a pattern with links that lead nowhere" lsmslot check "$F"
check_said "check: $F:6: warning: map 'files': 4 of what matches $TMP/theirs/*.conf left out, first $TMP/theirs/1.conf: No such file" "says what is left out"
check_is 1 "$(wc -l <"$TMP/err")" "in one line"
sed -i 's|theirs/\*\.conf|theirs/**/*.conf|' "$F"
check "a pattern with a path that is too long" lsmslot check "$F"
check_said "5 of what matches $TMP/theirs/**/*.conf left out" "says what is left out"
kill $sleeper
rm -r "$TMP/theirs"
# FUSE that refuses root: its daemon does not even run.
mkdir "$TMP/fuse" "$TMP/fuse/point"
touch "$TMP/fuse/file"
if [ -c /dev/fuse ]; then
	sed -i "s|key: \"[^\"]*\"|key: \"$TMP/fuse/**\"|" "$F"
	check "a pattern with another user's FUSE" python3 -c 'import ctypes, os, subprocess, sys
fd = os.open("/dev/fuse", os.O_RDWR)
at = sys.argv[1].encode()
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"fuse", at, b"fuse", 0, b"fd=%d,rootmode=40000,user_id=65534,group_id=65534" % fd):
    sys.exit("mount: " + os.strerror(ctypes.get_errno()))
status = subprocess.call(sys.argv[2:])
libc.umount2(at, 2)
sys.exit(status)' "$TMP/fuse/point" "$LSMSLOT" check "$F"
	check_said "left out, first $TMP/fuse/point: Permission denied" "says what is left out"
else
	skip "no /dev/fuse: a file system that refuses root"
fi
bad_member 2 8 "is given two values, the other one in line 7" "a file with two values" <<END
    maps:
      files:
        - {key: /etc/passwd, value: red}
        - {key: /etc/../etc/passwd, value: dark-blue}
END
bad_member 5 6 "/etc is no mount point" "a folder that is no mount" <<END
    maps:
      mounts: [/etc]
END
bad_member 5 6 "No such file" "a mount that is not there" <<END
    maps:
      mounts: [/absent]
END
bad_member 2 6 "is not an IPv4 prefix" "no prefix" <<END
    maps:
      nets: [10.0.0.0/33]
END
bad_member 2 6 "is not an IPv4 prefix" "an IPv6 prefix as IPv4" <<END
    maps:
      nets: ["fd00::/8"]
END
bad_member 2 6 "has address bits behind the first 8" "a prefix with host bits" <<END
    maps:
      nets: [10.0.0.1/8]
END
bad_member 2 6 "map 'table' has no entry 4; its last one is 3" "an index behind the array" <<END
    maps:
      table: [4]
END
{
	echo '    maps:'
	echo '      numbers:'
	seq 65 | sed 's/^/        - /'
} >"$TMP/many"
bad_member 2 7 "map 'numbers' holds at most 64 entries, these are 65" "more entries than fit" <"$TMP/many"
bad 2 6 "is set by 'mode:'" "settings as a map" <<END
version: 1
policies:
  - name: deny
    object: apply_deny.bpf.o
    maps:
      settings: [{key: 0, value: 1}]
END

# --- objects
echo "no ELF file" >"$TMP/text.bpf.o"
bad 1 4 "is not a BPF object" "an object that is none" <<END
version: 1
policies:
  - name: text
    object: text.bpf.o
END
bad 5 4 "did you mean 'file_permission'" "an unknown hook" <<END
version: 1
policies:
  - name: badhook
    object: $PROGS/badhook.bpf.o
END
bad 1 4 "the others here with 'programs: [NAME]'" "a program of another kind" <<END
version: 1
policies:
  - name: mixed
    object: $PROGS/mixed.bpf.o
END
cat >"$F" <<END
version: 1
policies:
  - name: rejected
    object: $PROGS/rejected.bpf.o
END
check_status 7 "a program that the verifier rejects: status 7" lsmslot check "$F"
check_said "check: $F:4: policy 'rejected': the verifier rejected program 'reads_anywhere'" "a rejection: says where"
check_said "invalid mem access" "a rejection: shows the end of the log"
check_not_said "bpf_get_current_pid_tgid#" "a rejection: not all of it"
check_status 7 "a rejection with --log" lsmslot check --log "$F"
check_said "bpf_get_current_pid_tgid#" "a rejection with --log: all of it"
check_status 7 "a rejection as JSON" lsmslot check -j "$F"
check_said '"status":7' "a rejection as JSON: has the status"

# --- apply says the same, and does nothing
cat >"$F" <<END
version: 1
policies:
  - name: deny
    object: apply_deny.bpf.o
    maps:
      comms: [{key: mkfifo, value: fifo}]
  - name: types
    object: apply_types.bpf.o
    maps:
      files: [{key: /absent, value: red}]
END
check_status 5 "apply refuses a file with an error" lsmslot apply "$F"
check_said "apply: $F:10: " "apply says where"
check "apply attached nothing" [ "$(lsm_links)" = "$before" ]

# --- what is right
cat >"$F" <<END
version: 1
policies:
  - name: deny
    object: apply_deny.bpf.o
    mode: audit
    maps:
      comms: [{key: mkfifo, value: fifo}]
  - name: types
    object: apply_types.bpf.o
    order: first
    maps:
      numbers: [1, 2, 3]
END
check_output "nothing is wrong with it" "check takes a file without errors" lsmslot check "$F"
check "and says so as JSON" lsmslot check -j "$F"
check_json "['types', 'deny']" "[p['policy'] for p in d['policies']]" "... the policies in running order"
check_json "[3, 1]" "[p['entries'] for p in d['policies']]" "... their entries"
check_json "['enforce', 'audit']" "[p['mode'] for p in d['policies']]" "... their modes"
cat >"$TMP/opens.py" <<'END'
# opens.py FILE COMMAND...: runs it and prints how often FILE was opened.
import ctypes, os, struct, subprocess, sys
IN_OPEN, IN_CLOSE_NOWRITE = 0x20, 0x10
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init1(os.O_NONBLOCK)
assert fd >= 0 and libc.inotify_add_watch(fd, os.fsencode(sys.argv[1]), IN_OPEN | IN_CLOSE_NOWRITE) >= 0
subprocess.run(sys.argv[2:], check=True, stdout=subprocess.DEVNULL)
try:
    data = os.read(fd, 65536)
except BlockingIOError:
    data = b""
at = opens = 0
while at < len(data):
    _, mask, _, size = struct.unpack_from("iIII", data, at)
    # The kernel tells the same twice in a row once; a closing is in between.
    opens += bool(mask & IN_OPEN)
    at += 16 + size
print(opens)
END
check_is 1 "$(python3 "$TMP/opens.py" "$TMP/apply_types.bpf.o" lsmslot check "$F")" \
	"an object is read once: what was checked is what is loaded and noted"
echo 'version: 1
policies: []' >"$F"
check "a file without policies" lsmslot check "$F"

check "no link was made" [ "$(lsm_links)" = "$before" ]
check "no pin was made" [ "$(find /sys/fs/bpf | sort)" = "$pins_before" ]
check "no program is left" [ "$(bpftool prog show | grep -c '^[0-9]')" = "$programs_before" ]

done_testing
