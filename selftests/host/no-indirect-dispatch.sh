#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# No security_*() function of the built kernel dispatches to an LSM by indirect
# call: disassembles them all and looks for one.  Outside the VM.
#
# usage: no-indirect-dispatch.sh [VMLINUX]	(default: $BUILD/kernel/vmlinux)
set -uo pipefail

# Indirect calls that are no LSM dispatch: function, how many, why.
allowed="\
security_inode_init_security 1 initxattrs(), the calling file system's function"

# Fewer security_*() functions than this, and the disassembly went wrong.
least=150

# Code further apart than this is disassembled on its own.
gap=$((64 * 1024))

tests=0 failed=0
ok()
{
	echo "ok $((++tests)) - $*"
}

not_ok()
{
	echo "not ok $((++tests)) - $*"
	failed=1
}

finish()
{
	echo "1..$tests"
	exit $failed
}

vmlinux=${1:-${BUILD:-build}/kernel/vmlinux}
if [ ! -r "$vmlinux" ]; then
	not_ok "no kernel to look at: $vmlinux is missing (make kernel builds it)"
	finish
fi
if ! command -v objdump >/dev/null || ! command -v nm >/dev/null; then
	not_ok "objdump or nm is missing (package binutils)"
	finish
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# address, size, name of each security_*() function, also of split-off parts
# like security_foo.part.0 and security_foo.cold, in order of address
nm -n -S --defined-only "$vmlinux" |
	awk 'NF == 4 && $3 ~ /^[tT]$/ && $4 ~ /^security_/ { print $1, $2, $4 }' >"$work/functions"

disassemble()
{
	objdump -d --no-show-raw-insn --start-address="$(printf %#x "$1")" \
		--stop-address="$(printf %#x "$2")" "$vmlinux"
}

start='' stop=''
while read -r address size _; do
	address=$((16#$address)) size=$((16#$size))
	if [ -n "$start" ] && ((address - stop > gap)); then
		disassemble "$start" "$stop"
		start=
	fi
	start=${start:-$address} stop=$((address + size))
done <"$work/functions" >"$work/code"
[ -z "$start" ] || disassemble "$start" "$stop" >>"$work/code"

# name of the function and the instruction, for each indirect call or jump; a
# first line with the count of functions seen
awk '
/^[0-9a-f]+ <.*>:$/ {
	name = substr($2, 2, length($2) - 3)
	wanted = name ~ /^security_/
	seen += wanted
}
wanted && /[ \t](call|jmp)q? +(\*|.*<__x86_indirect_)/ {
	sub(/^ +/, "")
	gsub(/[ \t]+/, " ")
	found[++n] = name " " $0
}
END {
	print seen + 0
	for (i = 1; i <= n; i++)
		print found[i]
}' "$work/code" >"$work/result"
seen=$(head -n 1 "$work/result")
sed 1d "$work/result" >"$work/indirect"

functions=$(awk '!s[$1]++' "$work/functions" | wc -l)
if ((seen == functions && seen >= least)); then
	ok "disassembled all $seen security_*() functions"
else
	not_ok "disassembled $seen of $functions security_*() functions, expected all and at least $least"
fi

# The count is exact: a missing one means that the list is stale, or that indirect
# calls are not found any more.
while read -r name count reason; do
	found=$(awk -v name="$name" '$1 == name' "$work/indirect" | wc -l)
	if ((found == count)); then
		ok "$name: $count indirect, $reason"
	else
		not_ok "$name: $found indirect instead of $count ($reason)"
		awk -v name="$name" '$1 == name { print "#", $0 }' "$work/indirect"
	fi
done <<<"$allowed"

awk 'NR == FNR { allowed[$1]; next } !($1 in allowed)' <(echo "$allowed") "$work/indirect" >"$work/others"
if [ ! -s "$work/others" ]; then
	ok "no other security_*() function has an indirect call"
else
	while read -r name; do
		not_ok "$name: indirect call"
		awk -v name="$name" '$1 == name { print "#", $0 }' "$work/others"
	done < <(cut -d' ' -f1 "$work/others" | sort -u)
fi
finish
