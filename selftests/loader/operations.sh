#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# docs/operations.md: its commands, run word for word, print what the page shows.
# With "sealed" as argument its block about seals, in a boot of its own:
# selftests/host/operations.sh.
# timeout: 600
. "$SRC/selftests/loader/common"

PATH=$(dirname "$LSMSLOT"):$PATH
page=$SRC/docs/operations.md
made=()

# block LANGUAGE N: the Nth block in that language.
block() {
	awk -v head="\`\`\`$1" -v want="$2" '$0 == head { n++; on = n == want; next }
		/^```$/ { on = 0 } on' "$page"
}

# Times, tags and ids differ, and so may the width of columns.
stable() {
	sed -E 's/^[0-9]{4}-[^ ]+ /TIME /; s/\[[0-9]+\] uid/[N] uid/; s/ino=[0-9]+/ino=N/; s/dev=[0-9:]+/dev=N/
		s/[0-9a-f]{16}/X/g; s/(program|link) [0-9]+/\1 N/g; s/^bash: line [0-9]+/bash: line N/
		s/ [0-9]+ +X +no +[0-9]+ / N X no N /; s/ +/ /g; s/ $//'
}

# compare COMMAND: its output with $TMP/shown, what the page has.
compare() {
	[ -n "$1" ] || return
	timeout 120 bash -c "$1" 2>&1 </dev/null | stable >"$TMP/got"
	stable <"$TMP/shown" >"$TMP/want"
	check "$1" diff "$TMP/want" "$TMP/got"
}

transcript() {
	local line command= n=0

	: >"$TMP/shown"
	while IFS= read -r line; do
		case $line in
		"# "*)	compare "$command"
			command=${line#\# } n=$((n + 1))
			: >"$TMP/shown" ;;
		*)	printf '%s\n' "$line" >>"$TMP/shown" ;;
		esac
	done < <(block console "$1")
	compare "$command"
	check "block $1 has commands" test "$n" -gt 2
}

# What the page takes to be there: an installed lsmslot and an application.
for dir in /etc/lsmslot /usr/lib/lsmslot /srv/app; do
	[ -e "$dir" ] || made+=("$dir")
	mkdir -p "$dir"
done
cp "$BPF_DIR/protect_files.bpf.o" /usr/lib/lsmslot/
cp "$BPF_DIR/protect_files.bpf.o" /tmp/protect_files.bpf.o
# Another file with the same programs.
printf '\0' >>/tmp/protect_files.bpf.o
echo a=1 >/srv/app/app.conf
echo b=1 >/srv/app/db.conf
block yaml 1 >/etc/lsmslot/host.yaml
check "the page has a policy file" test -s /etc/lsmslot/host.yaml

if ! kernel_has_slots || ! kernel_has_query; then
	skip "the page shows a kernel with slots"
elif [ "${1-}" = sealed ]; then
	transcript 5
else
	for nr in 1 2 3 4; do
		transcript $nr
	done
fi
rm -f /tmp/protect_files.bpf.o
[ ${#made[@]} = 0 ] || [ "${1-}" = sealed ] || rm -r "${made[@]}"
[ ! -d /sys/fs/bpf/lsmslot ] || rmdir /sys/fs/bpf/lsmslot 2>/dev/null
done_testing
