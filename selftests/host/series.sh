#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kernel/prepare, refresh and export, on a kernel of three files.
. "$SRC/selftests/lib/tap.sh"

unset KDIR BASE
export BUILD=$TMP/build TARBALL=$TMP/linux-source-6.12.tar.xz
export SERIES_DIR=$TMP/series FILES_DIR=$TMP/files UAPI_FILE=
tree=$BUILD/kernel/src

numbers() {
	seq -f "line %g" "$1" "$2"
}

make_base() {
	local base=$TMP/linux-source-6.12

	rm -rf "$base"
	mkdir -p "$base/kernel" "$base/security" "$base/scripts"
	printf 'VERSION = %s\nPATCHLEVEL = %s\nSUBLEVEL = %s\n' "$1" "$2" "$3" >"$base/Makefile"
	numbers 1 40 >"$base/kernel/a.c"
	numbers 1 40 >"$base/security/b.c"
	numbers 1 40 >"$base/kernel/untouched.c"
	# Stands in for the kernel's; "unclean" in a mail is what it objects to.
	echo 'exit(grep(/^\+.*unclean/, <>) ? 1 : 0);' >"$base/scripts/checkpatch.pl"
	find "$base" -type f -exec touch -d 2025-01-01 {} +
	tar -C "$TMP" -cJf "$TARBALL" linux-source-6.12
}

# make_patch NAME FILE-LINE FROM TO [FILES]: change "line N" of a file.
make_patch() {
	local file=$2 line=$3 text=$4

	cat >"$SERIES_DIR/$1" <<EOF
From: A Developer <dev@example.org>
Subject: test: change line $line of $file

A reason.

Signed-off-by: A Developer <dev@example.org>
${5:+Files: $5
}---
--- a/$file
+++ b/$file
@@ -$((line - 3)),7 +$((line - 3)),7 @@
$(numbers $((line - 3)) $((line - 1)) | sed 's/^/ /')
-line $line
+$text
$(numbers $((line + 1)) $((line + 3)) | sed 's/^/ /')
EOF
}

start_over() {
	rm -rf "$BUILD" "$SERIES_DIR" "$FILES_DIR"
	mkdir -p "$SERIES_DIR" "$FILES_DIR/kernel"
	make_base 6 12 "${1:-117}"
	echo "new one" >"$FILES_DIR/kernel/new.c"
	make_patch 0001-one.patch kernel/a.c 10 "one"
	make_patch 0002-two.patch kernel/a.c 30 "two" kernel/new.c
	make_patch 0003-three.patch security/b.c 20 "three"
	printf '# the series\n0001-one.patch\n0002-two.patch\n0003-three.patch\n' \
		>"$SERIES_DIR/series"
}

prepare() {
	"$SRC/kernel/prepare" "$@"
}

changed_since() {
	find "$tree" -type f -newer "$1" -printf '%P\n' | sort | paste -sd ' '
}

# --- prepare
start_over
check "prepare: applies a series" prepare
check "prepare: all patches are in" \
	sh -c "grep -qx one $tree/kernel/a.c && grep -qx two $tree/kernel/a.c && grep -qx three $tree/security/b.c"
check "prepare: the new file is in" cmp "$tree/kernel/new.c" "$FILES_DIR/kernel/new.c"
touch "$TMP/mark"; sleep 0.02
check "prepare: again" prepare
check "prepare: nothing changed, nothing written" test -z "$(changed_since "$TMP/mark")"
echo "new two" >"$FILES_DIR/kernel/new.c"
check "prepare: with a changed new file" prepare
check "prepare: only that file is written" \
	test "$(changed_since "$TMP/mark")" = kernel/new.c
make_patch 0003-three.patch security/b.c 20 "another three"
touch "$TMP/mark"; sleep 0.02
check "prepare: with a changed patch" prepare
check "prepare: only its file is written" test "$(changed_since "$TMP/mark")" = security/b.c
sed -i '/0003/d' "$SERIES_DIR/series"
check "prepare: with a patch less" prepare
check "prepare: its file is the original again" \
	sh -c "seq -f 'line %g' 1 40 | cmp - $tree/security/b.c"
sed -i '/0002/d' "$SERIES_DIR/series"
check_status 65 "prepare: a new file that no patch names is an error" prepare
check_said "kernel/new.c" "prepare: and it is named"
rm "$FILES_DIR/kernel/new.c"
check "prepare: with neither" prepare
check "prepare: the new file is gone" test ! -e "$tree/kernel/new.c"

start_over
make_patch 0003-three.patch security/b.c 20 "three" kernel/new.c
check_status 65 "prepare: a new file that two patches name is an error" prepare
start_over
make_patch 0002-two.patch kernel/a.c 30 "two" "kernel/new.c kernel/none.c"
check_status 65 "prepare: a named new file that is not there is an error" prepare
check_said "kernel/none.c" "prepare: and it is named"
start_over
echo "0004-none.patch" >>"$SERIES_DIR/series"
check_status 66 "prepare: a missing patch is an error" prepare
check_said "0004-none.patch" "prepare: and it is named"
start_over
echo clash >"$FILES_DIR/security/b.c" 2>/dev/null || {
	mkdir -p "$FILES_DIR/security"
	echo clash >"$FILES_DIR/security/b.c"
}
make_patch 0001-one.patch kernel/a.c 10 "one" security/b.c
sed -i '/0003/d' "$SERIES_DIR/series"
check_status 65 "prepare: a new file that the base has already is an error" prepare

# --- strictness
start_over
check "strict: the good series first" prepare
make_patch 0003-three.patch security/b.c 20 "other"
sed -i 's/^ line 19$/ line nineteen/' "$SERIES_DIR/0003-three.patch"
touch "$TMP/mark"; sleep 0.02
check_status 65 "strict: changed context fails, however little" prepare
check_said "0003-three.patch does not apply" "strict: the patch is named"
check_said "security/b.c: hunk 1" "strict: the file and the hunk are named"
check "strict: nothing was changed" test -z "$(changed_since "$TMP/mark")"
check "strict: no reject and no backup is left" \
	test -z "$(find "$BUILD" -name '*.rej' -o -name '*.orig')"
start_over
make_patch 0003-three.patch kernel/a.c 10 "one"
check_status 65 "strict: a change that is there already is an error, not skipped" prepare
check_said "0003-three.patch" "strict: the patch is named"
start_over
make_patch 0003-three.patch kernel/gone.c 10 "one"
check_status 65 "strict: a file that the base does not have is an error" prepare
check_said "kernel/gone.c" "strict: it is named"
start_over
sed -i 's|^--- a/security/b.c|--- /dev/null|' "$SERIES_DIR/0003-three.patch"
check_status 65 "strict: a diff that creates a file is an error" prepare
check_said "Files:" "strict: it says where new files belong"
start_over
sed -i 's/^line 1$/line 0\nline 1/' "$TMP/linux-source-6.12/security/b.c"
touch -d 2025-01-01 "$TMP/linux-source-6.12/security/b.c"
tar -C "$TMP" -cJf "$TARBALL" linux-source-6.12
check "strict: a hunk that only moved applies" prepare

# --- base
start_over 118
check_output "6.12.118" "base: any 6.12.y is taken" prepare
start_over
make_base 6 13 1
check_status 65 "base: another version is refused" prepare
check_said "6.13.1" "base: it is named"
check "base: no tree is left of it" test ! -e "$tree"
rm "$TARBALL"
check_status 66 "base: no source is an error" prepare
check_said "make deps" "base: it says what to do"
start_over
check "base: first version" prepare
make_base 6 12 119
touch -d '+1 minute' "$TARBALL"
check_output "6.12.119" "base: a newer source is unpacked" prepare

# --- edits and refresh
refresh() {
	"$SRC/kernel/refresh" "$@"
}

start_over
prepare >/dev/null
check "refresh: no edits" refresh
check_not_said "" "refresh: lists none"
sed -i 's/^line 12$/edited twelve/' "$tree/kernel/a.c"
check_output "kernel/a.c" "refresh: lists the edit" refresh
check_output "kernel/a.c" "prepare: names the edit" prepare
check "prepare: keeps the edit" grep -qx "edited twelve" "$tree/kernel/a.c"
make_patch 0003-three.patch security/b.c 20 "still three"
check "prepare: other changes go in" prepare
check "prepare: and the edit stays" grep -qx "edited twelve" "$tree/kernel/a.c"
make_patch 0002-two.patch kernel/a.c 30 "second" kernel/new.c
check_status 75 "prepare: a change of the edited file is refused" prepare
check_said "kernel/a.c" "prepare: and the file is named"
make_patch 0002-two.patch kernel/a.c 30 "two" kernel/new.c
check "refresh: takes the edit into the first patch" refresh 0001-one.patch
check "refresh: it is there" grep -qx "+edited twelve" "$SERIES_DIR/0001-one.patch"
check "refresh: the header is kept" grep -qx "A reason." "$SERIES_DIR/0001-one.patch"
check "refresh: the later patch is as it was" sh -c \
	"! grep -q twelve $SERIES_DIR/0002-two.patch && ! grep -q twelve $SERIES_DIR/0003-three.patch"
check "refresh: no edits are left" refresh
check_not_said "" "refresh: the list is empty"
rm -rf "$BUILD"
check "refresh: the series applies from scratch" prepare
check "refresh: and gives the edited tree" grep -qx "edited twelve" "$tree/kernel/a.c"

sed -i 's/^two$/two and a half/' "$tree/kernel/a.c"
cp "$SERIES_DIR/0001-one.patch" "$TMP/before"
check_status 65 "refresh: an edit of a later patch's line is refused" refresh 0001-one.patch
check_said "0002-two.patch" "refresh: the later patch is named"
check "refresh: nothing was changed" cmp "$SERIES_DIR/0001-one.patch" "$TMP/before"
check "refresh: the later patch takes it" refresh 0002-two.patch
check "refresh: its Files: line is kept" grep -qx "Files: kernel/new.c" "$SERIES_DIR/0002-two.patch"
echo "new three" >"$tree/kernel/new.c"
check "refresh: an edited new file" refresh 0002-two.patch
check "refresh: goes back to kernel/files" grep -qx "new three" "$FILES_DIR/kernel/new.c"
sed -i 's/^line 5$/five/' "$tree/kernel/untouched.c"
check_output "no patch yet" "refresh: a file that no patch touches is listed" refresh
check "refresh: it joins a patch" refresh 0003-three.patch kernel/untouched.c
check "refresh: it is in there" grep -qx "+five" "$SERIES_DIR/0003-three.patch"
echo "newest" >"$tree/kernel/newest.c"
check "refresh: a file that the base does not have" refresh 0001-one.patch kernel/newest.c
check "refresh: is a new file" grep -qx newest "$FILES_DIR/kernel/newest.c"
check "refresh: that enters with the patch" grep -qx "Files: kernel/newest.c" "$SERIES_DIR/0001-one.patch"
rm -rf "$BUILD"
check "refresh: all that applies from scratch" prepare
check_status 66 "refresh: no such patch" refresh 0009-none.patch
check_status 66 "refresh: no such file" refresh 0001-one.patch kernel/none.c

# --- export
export_series() {
	"$SRC/kernel/export" "$@"
}

start_over
check "export: a series" export_series "$TMP/mails"
check "export: a mail per patch" test "$(ls "$TMP/mails" | wc -l)" = 3
check "export: with author and subject" sh -c \
	"grep -q '^From: A Developer <dev@example.org>' $TMP/mails/0001-* &&
	 grep -q '^Subject: .PATCH 1/3. test: change line 10' $TMP/mails/0001-*"
check "export: the new file is in its mail" grep -q '^+new one' "$TMP"/mails/0002-*
check_fails "export: without the Files: line" grep -q '^Files:' "$TMP"/mails/0002-*
echo "unclean" >"$FILES_DIR/kernel/new.c"
rm -rf "$TMP/mails"
check_status 65 "export: what checkpatch objects to is an error" export_series "$TMP/mails"
check_said "NOT clean: 0002-" "export: the mail is named"
check "export: nothing was written" test ! -e "$TMP/mails"
start_over
sed -i '/^Signed-off-by/d' "$SERIES_DIR/0001-one.patch"
check_status 65 "export: a patch without Signed-off-by is an error" export_series "$TMP/mails"
start_over
sed -i 's/^From:.*/From: nobody/' "$SERIES_DIR/0001-one.patch"
check_status 65 "export: a patch without an author is an error" export_series "$TMP/mails"
check_status 64 "export: no directory is bad usage" export_series

done_testing
