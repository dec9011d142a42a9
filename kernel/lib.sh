# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kernel/lib.sh: paths and the patch series, for the scripts in kernel/.
#
# BASE     base version of the kernel (6.12); its series is kernel/series-$BASE
# BUILD    build directory (build)
# TARBALL  kernel source (/usr/src/linux-source-$BASE.tar.xz)
# SERIES_DIR, FILES_DIR, UAPI_FILE: another series and other new files
# KDIR     where the prepared tree and its records are (build/kernel)
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C

: "${BASE:=6.12}"
export BASE
src=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/..")
build=$(readlink -m "${BUILD:-$src/build}")
tarball=${TARBALL:-/usr/src/linux-source-$BASE.tar.xz}
series=${SERIES_DIR:-$src/kernel/series-$BASE}
files=${FILES_DIR:-$src/kernel/files}
kdir=${KDIR:-$build/kernel}
tree=$kdir/src
orig=$kdir/orig		# originals of every upstream file a patch touches
manifest=$kdir/installed	# what kernel/prepare put into the tree
uapi=include/uapi/linux/lsm_slot.h
uapi_source=${UAPI_FILE-$src/$uapi}	# lives outside kernel/files: user space needs it too

me=${0##*/}

say() {
	echo "$me: $*"
}

fail() {
	local status=$1
	shift
	echo "$me: $*" >&2
	exit "$status"
}

# Names of the patches, in order.
patches() {
	local name

	[ -f "$series/series" ] ||
		fail 66 "no $series/series: there is no series for base $BASE"
	while read -r name; do
		case $name in '' | '#'*) continue ;; esac
		[ -f "$series/$name" ] ||
			fail 66 "$series/series names $name, but there is no such file"
		echo "$name"
	done <"$series/series"
}

# patch_header FILE: the lines before the diff, without the "---" line.
patch_header() {
	sed -n '/^---$/q; /^--- /q; /^diff /q; p' "$1"
}

# patch_new_files FILE: the new files that enter with the patch.
patch_new_files() {
	patch_header "$1" | sed -n 's/^Files: *//p' | tr -s ' \t' '\n' | sed '/^$/d'
}

# patch_touches FILE: upstream files that the patch changes.
patch_touches() {
	sed -n 's/^+++ b\/\([^\t]*\).*/\1/p' "$1"
}

# Where the repository keeps a new file.
file_source() {
	if [ "$1" = "$uapi" ] && [ ! -e "$files/$uapi" ]; then
		echo "$uapi_source"
	else
		echo "$files/$1"
	fi
}

# Every new file there is, by its path in the kernel tree.
new_files() {
	{
		find "$files" -type f ! -name '*.orig' ! -name '*.rej' \
			\( -name .gitignore -o ! -name '.*' \) ! -name '*~' -printf '%P\n'
		if [ -f "$uapi_source" ]; then
			echo "$uapi"
		fi
	} | sort -u
}

# A new file in a diff would live in two places at once.
check_no_creation() {
	local name file

	for name in $(patches); do
		file=$(sed -n '/^--- \/dev\/null/{n; s/^+++ b\/\([^\t]*\).*/\1/p}' "$series/$name")
		[ -z "$file" ] || fail 65 "$name creates a file; put it into $files and" \
			"name it on a Files: line of the patch instead:" $file
	done
}

# Every new file enters with exactly one patch, and is there.  An empty series
# takes none.
check_new_files() {
	local all name named twice

	check_no_creation
	all=$(patches)
	[ -n "$all" ] || return 0
	named=$(for name in $all; do patch_new_files "$series/$name"; done | sort)
	twice=$(uniq -d <<<"$named")
	if [ -n "$twice" ]; then
		fail 65 "named by the Files: lines of more than one patch: $(tr '\n' ' ' <<<"$twice")"
	fi
	twice=$(comm -23 <(new_files) <(echo "$named"))
	if [ -n "$twice" ]; then
		fail 65 "new files that no patch names; add each to the Files: line of" \
			"the patch in $series it enters with: $(tr '\n' ' ' <<<"$twice")"
	fi
	twice=$(comm -13 <(new_files) <(echo "$named") | sed '/^$/d')
	if [ -n "$twice" ]; then
		fail 65 "named by a Files: line but not in $files: $(tr '\n' ' ' <<<"$twice")"
	fi
}

# apply_patch PATCH-NAME TREE: strictly, all of it or nothing of the caller's
# copy is of use.  Hunks may have moved, but their context must match.
apply_patch() {
	local name=$1 where=$2 output hunk

	# A new patch starts as a header, which kernel/refresh adds a diff to.
	grep -q '^--- a/' "$series/$name" || return 0
	if output=$(patch -d "$where" -p1 -F0 -N -f --no-backup-if-mismatch \
		    -r - <"$series/$name" 2>&1); then
		sed -n "/^patching file/h; /^Hunk.*succeeded/{G; s/\n/ /; s/^/$me: note: $name: /p}" <<<"$output"
		return 0
	fi
	hunk=$(sed -n "/^patching file/{s/^patching file //; s/'//g; h}
		/^Hunk.*FAILED/{s/^Hunk #\([0-9]*\) FAILED at \([0-9]*\).*/hunk \1 (line \2)/; G; s/\(.*\)\n\(.*\)/  \2: \1/; p}
		/^\(Reversed\|The next patch\)/{G; s/\n/ /; s/^/  /; p}" <<<"$output")
	{
		echo "$me: $name does not apply to the base $(cat "$kdir/version" 2>/dev/null || echo "$BASE"):"
		echo "${hunk:-$output}"
		echo "$me: nothing was changed.  The base differs there from the one the patch was made for:"
		echo "$me: mend the hunk in $series/$name (docs/development.md, moving to a newer base)."
	} >&2
	return 1
}

# apply_series TREE [UP-TO]: copy new files and apply patches, up to and
# including the patch UP-TO.
apply_series() {
	local where=$1 upto=${2-} name file

	for name in $(patches); do
		for file in $(patch_touches "$series/$name"); do
			if [ -e "$(file_source "$file")" ]; then
				fail 65 "$name changes $file, which is a new file: edit it in" \
					"$(file_source "$file") and drop the hunk"
			fi
		done
		for file in $(patch_new_files "$series/$name"); do
			if [ -e "$where/$file" ]; then
				fail 65 "$name brings $file, which the base has already"
			fi
			mkdir -p "$where/${file%/*}"
			cp -p "$(file_source "$file")" "$where/$file"
		done
		apply_patch "$name" "$where" || exit 65
		if [ "$name" = "$upto" ]; then
			break
		fi
	done
}

# Every upstream file the series touches.
touched() {
	local name

	for name in $(patches); do
		patch_touches "$series/$name"
	done | sort -u
}

# Files of the tree that somebody edited since kernel/prepare put them there.
edited() {
	[ -f "$kdir/unpacked" ] || return 0
	comm -23 <(cd "$tree" && find . -type f -newer "$kdir/unpacked" \
			! -name '*.orig' ! -name '*.rej' ! -name '.*.sw?' ! -name '*~' \
			! -name '*.pyc' ! -name '.checkpatch-*' -printf '%P\n' | sort |
			xargs -r -d '\n' sha256sum | sort) \
		<(sort "$manifest") | sed 's/^[0-9a-f]*  //'
}
