#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# apply: what a policy file says in words arrives in the maps as the right bytes.
# timeout: 900
. "$SRC/selftests/loader/common"

F=$TMP/policy.yaml
cp "$PROGS/apply_types.bpf.o" "$TMP/"
mkdir "$TMP/fs" "$TMP/cgroup"
mount -t tmpfs tmpfs "$TMP/fs" || exit 1
mount -t cgroup2 cgroup2 "$TMP/cgroup" || exit 1
CG=lsmslot-encode-$$
mkdir "$TMP/cgroup/$CG" "$TMP/cgroup/$CG/below" || exit 1

# file: the rest of a policy from standard input.
file() {
	{
		printf 'version: 1\npolicies:\n  - name: types\n    object: apply_types.bpf.o\n    pin: %s\n' "$PINS"
		cat
	} >"$F"
}

# hex FORMAT NUMBER...: as Python packs it.
hex() {
	python3 -c 'import struct, sys
print(struct.pack(sys.argv[1], *map(int, sys.argv[2:])).hex())' "$@"
}

# inode PATH: its key, as /proc shows it.
inode() {
	exec 9<"$1" || return
	inode_ino=$(awk '$1 == "ino:" { print $2 }' /proc/self/fdinfo/9)
	inode_mnt=$(awk '$1 == "mnt_id:" { print $2 }' /proc/self/fdinfo/9)
	exec 9<&-
	inode_dev=$(awk -v mnt="$inode_mnt" '$1 == mnt { print $3 }' /proc/self/mountinfo)
	inode_type=$((0x$(stat -L -c %f "$1") & 0170000))
	hex @IIQ $((${inode_dev%:*} << 20 | ${inode_dev#*:})) $inode_type "$inode_ino"
}

# holds MAP WHAT: the map has just the entries of standard input, "KEY VALUE".
holds() {
	sort >"$TMP/wanted"
	bpftool -j map dump pinned "$PINS/maps/$1" | python3 -c 'import json, sys
for e in json.load(sys.stdin):
    print(*("".join(b[2:] for b in e[k]) for k in ("key", "value")))' | sort >"$TMP/held"
	check "$2" diff "$TMP/wanted" "$TMP/held"
}

# --- every type
file <<END
    maps:
      mounts: [$TMP/fs]
      groups: [/$CG, $TMP/cgroup/$CG/below]
      names: [a, {key: "b c", value: 7}, {key: 1234567, value: 0xff}]
      numbers: [{key: -1, value: 18446744073709551615}, {key: 0o17, value: 0}]
      ports: [443, {key: 0x50, value: 2}]
      hosts: [0x0a000001, {key: 2, value: 1}, {key: 3, value: 258}]
      masks: [1, {key: 2, value: 3}]
      colours: [red, {key: Dark-Blue, value: 3}]
      pairs: [{low: 1, high: 2}, {key: {high: 4, low: 3}, value: 9}]
      rules:
        - key: 5
          value: {colour: DARK_BLUE, level: -2, name: name, port: 80, bytes: [1, 2, 255], inner: {on: true}, delta: -1}
      nets: [10.0.0.0/8, 192.0.2.1, {key: 0.0.0.0/0, value: 4}]
      nets6: [{key: "fd00::/8", value: red}, {key: "::1", value: APPLY_COLOUR_DARK_BLUE}]
      table: [{key: 1, value: 11}, 3]
END
check "apply" lsmslot apply "$F"
dev=$(awk -v at="$TMP/fs" '$5 == at { print $3 }' /proc/self/mountinfo)
echo "$(hex @Q $((${dev%:*} << 20 | ${dev#*:}))) 01" >"$TMP/in"
holds mounts "a mount is its device" <"$TMP/in"
holds groups "a cgroup is its id, given with or without the mount" <<END
$(hex @Q "$(stat -c %i "$TMP/cgroup/$CG")") 01000000
$(hex @Q "$(stat -c %i "$TMP/cgroup/$CG/below")") 01000000
END
holds names "strings, filled up with NUL; a number is one as well" <<END
6100000000000000 01000000
6220630000000000 07000000
3132333435363700 ff000000
END
holds numbers "integers with a sign and without, decimal and octal" <<END
ffffffff ffffffffffffffff
0f000000 0000000000000000
END
holds ports "__be16 in network byte order" <<END
01bb 01000000
0050 02000000
END
holds hosts "__be32 and __be16, and 1 where no value is given" <<END
0a000001 0001
00000002 0001
00000003 0102
END
holds masks "__be64, and 1 where no value is given" <<END
01 0000000000000001
02 0000000000000003
END
holds colours "enumerators in any case and with -" <<END
01000000 01000000
07000000 03000000
END
holds pairs "structures as keys, written as such or as 'key'" <<END
01000200 01000000
03000400 09000000
END
echo "$(hex @i 5) $(python3 -c 'import struct
print((struct.pack("=I4xq8s", 7, -2, b"name") + struct.pack(">H", 80) + bytes([1, 2, 255, 1, 0, 0]) + struct.pack("=h2x", -1)).hex())')" >"$TMP/rule"
rule_size=$(bpftool -j map show pinned "$PINS/maps/rules" | python3 -c 'import json, sys
print(json.load(sys.stdin)["bytes_value"] * 2)')
awk -v size="$rule_size" '{ while (length($2) < size) $2 = $2 "0"; print }' "$TMP/rule" >"$TMP/in"
holds rules "a structure with an enum, a string, a list, a structure and a union in it" <"$TMP/in"
holds nets "IPv4 prefixes; an address is one of 32 bits" <<END
080000000a000000 01000000
20000000c0000201 01000000
0000000000000000 04000000
END
holds nets6 "IPv6 prefixes" <<END
08000000fd000000000000000000000000000000 01000000
8000000000000000000000000000000000000001 07000000
END
holds table "an array: entries not listed are 0" <<END
00000000 00000000
01000000 0b000000
02000000 00000000
03000000 01000000
END
check_output "nothing to do" "a second apply finds all as it is" lsmslot apply "$F"

# Changes of an LPM trie: a look-up finds shorter prefixes too.
file <<END
    maps:
      nets: [10.0.0.0/8, 10.1.0.0/16]
      table: [{key: 0, value: 5}]
END
check "change prefixes and array" lsmslot apply "$F"
check_said "+ nets: 10.1.0.0/16 = 1" "a prefix in another one is added"
check_said "- nets: 192.0.2.1/32 = 1" "what goes is shown in words"
check_said "- names: b c = 7" "entries of a map not in the file any more go"
holds nets "the trie has both" <<END
080000000a000000 01000000
100000000a010000 01000000
END
holds table "the array is set back where nothing is listed" <<END
00000000 05000000
01000000 00000000
02000000 00000000
03000000 00000000
END
holds names "the map that the file does not name any more is empty" </dev/null

# --- files
cd "$TMP/fs" || exit 1
mkdir -p a/b/c .hidden elsewhere
touch a/one.conf a/two.conf a/b/three.conf a/b/c/four.conf .hidden/five.conf elsewhere/six.conf a/other "a/star*.conf"
ln -s ../elsewhere a/link
ln -s one.conf a/alias.conf
ln a/one.conf a/hard.conf
red=$(hex @I 1) blue=$(hex @I 7)

file <<END
    maps:
      files: [{key: $TMP/fs/a/alias.conf, value: red}]
END
check "one file" lsmslot apply "$F"
echo "$(inode a/one.conf) $red" >"$TMP/in"
holds files "a symbolic link is the file it leads to" <"$TMP/in"

file <<END
    maps:
      files: [{key: "$TMP/fs/a/*.conf", value: red}]
END
check "a pattern" lsmslot apply "$F"
holds files "* matches in one folder; hard and symbolic links are one file" <<END
$(inode a/one.conf) $red
$(inode a/two.conf) $red
$(inode "a/star*.conf") $red
END

file <<END
    maps:
      files: [{key: '$TMP/fs/a/star\\*.conf', value: red}, {key: "$TMP/fs/a/t?o.[a-c]onf", value: dark-blue}]
END
check "an escaped star, ? and []" lsmslot apply "$F"
holds files "a backslash takes the star as it is; ? and [] match one character" <<END
$(inode "a/star*.conf") $red
$(inode a/two.conf) $blue
END

file <<END
    maps:
      files: [{key: "$TMP/fs/**/*.conf", value: red}]
END
check "a deep pattern" lsmslot apply "$F"
holds files "** matches at any depth, in hidden folders, and follows no link to a folder" <<END
$(for f in a/one.conf a/two.conf "a/star*.conf" a/b/three.conf a/b/c/four.conf .hidden/five.conf elsewhere/six.conf; do
	echo "$(inode "$f") $red"
done)
END

file <<END
    maps:
      files: [{key: "$TMP/fs/a/b/**", value: red}]
END
check "** at the end" lsmslot apply "$F"
holds files "it is everything below" <<END
$(for f in a/b/three.conf a/b/c a/b/c/four.conf; do echo "$(inode "$f") $red"; done)
END

file <<END
    maps:
      files:
        - {key: "$TMP/fs/a/*.conf", value: red}
        - {key: $TMP/fs/a/two.conf, value: dark-blue}
        - {key: $TMP/fs/absent, value: red, optional: true}
        - {key: "$TMP/fs/absent/*", value: red, optional: true}
END
check "a pattern and one of its files" lsmslot apply "$F"
holds files "the file named overrules the pattern; optional ones may be missing" <<END
$(inode a/one.conf) $red
$(inode "a/star*.conf") $red
$(inode a/two.conf) $blue
END

file <<END
    maps:
      files:
        - {key: $TMP/fs/a/b/three.conf, value: red, parents: dark-blue}
        - {key: $TMP/fs/a, value: red}
END
check "parents" lsmslot apply "$F"
up=$TMP/fs
{
	echo "$(inode a/b/three.conf) $red"
	echo "$(inode a) $red"
	echo "$(inode a/b) $blue"
	while [ "$up" != / ]; do
		echo "$(inode "$up") $blue"
		up=$(dirname "$up")
	done
	echo "$(inode /) $blue"
} >"$TMP/in"
holds files "every folder above, except one that is listed itself" <"$TMP/in"
cd / || exit 1

# --- constants
file <<END
    constants:
      small: 200
      negative: -300
      big: 0xffffffffffffffff
      flag: true
      colour: dark-blue
      word: hello
      rule: {colour: red, level: -9, name: x, port: 1, bytes: [0, 0, 0], inner: {on: false}}
END
check "constants" lsmslot apply "$F"
ids=$(bpftool -j map show | python3 -c 'import json, sys
print(*[m["id"] for m in json.load(sys.stdin) if m.get("name", "").endswith(".rodata") and m["name"].startswith("apply_ty")])')
check "there is one map of constants" [ "$(echo "$ids" | wc -w)" = 1 ]
bpftool -j map dump id "$ids" | python3 -c 'import json, sys
d = json.load(sys.stdin)
v = {k: w for e in d[0]["formatted"]["value"][".rodata"] for k, w in e.items()}
print(v["small"], v["negative"], v["big"], v["flag"], v["colour"], v["word"], v["rule"]["level"])' >"$TMP/out" 2>"$TMP/err"
check_said "200 -300 18446744073709551615 True APPLY_COLOUR_DARK_BLUE" "each has its value"
check_said "-9" "... in structures too"

file </dev/null
check "no constants" lsmslot apply "$F"
check_said "its object, programs or constants changed" "the programs are replaced for it"

check "detach" lsmslot detach "$PINS"
rmdir "$TMP/cgroup/$CG/below" "$TMP/cgroup/$CG"
umount "$TMP/cgroup" "$TMP/fs"
done_testing
