#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The policy in README.md: it builds as the page says, and the commands print
# what the page shows.
# timeout: 600
. "$SRC/selftests/lib/tap.sh"

cd "$SRC" || exit 1
PATH=$(dirname "$LSMSLOT"):$PATH

# block LANGUAGE: the first such block of the page.
block() {
	awk -v head="\`\`\`$1" '$0 == head { on = 1; next } /^```$/ { if (on) exit } on' README.md
}

# Addresses, tags and ids differ, and so may the width of columns.
stable() {
	sed -E 's/[0-9a-f]{16}/X/g; s/(program|link) [0-9]+/\1 N/g
		s/^(no_links.*slot [0-9]+ no) +[0-9]+/\1 N/; s/ +/ /g; s/ $//'
}

# Runs the commands of the block, as at its prompt.
transcript() {
	local line

	block console | sed -n '/^# /s/^# //p' | grep -vx exit | while read -r line; do
		echo "# $line"
		bash -c "${line//build\/bpf/$BPF_DIR}" 2>&1 </dev/null
	done
}

# The tree is the VM's own copy.
block c >bpf/progs/tmp_links.bpf.c
check "the page has a policy" test -s bpf/progs/tmp_links.bpf.c
check "make bpf builds it" make bpf NO_DEPS=1 VMLINUX=/sys/kernel/btf/vmlinux
check_said "BPF     tmp_links.bpf.o" "and says so as on the page"

if kernel_checks_itself; then
	skip "this kernel's own checks are calls too: what the page shows of lsmslot path"
elif [ -e /proc/sys/kernel/lsm_slots ]; then
	block console | sed -n '/^# /,$p' | grep -vx '# exit' | stable >"$TMP/page"
	transcript | stable >"$TMP/here"
	check "the page shows a denial" grep -q 'Operation not permitted' "$TMP/page"
	check "the commands print what the page shows" diff "$TMP/page" "$TMP/here"
else
	skip "the page shows a kernel with slots"
fi
# The policy file, checked here; what applies it is tested with the loader.
mountpoint -q /dev/shm || mount -t tmpfs shm /dev/shm
block yaml | sed "s,build/bpf,$BPF_DIR," >"$TMP/policy.yaml"
check "the page's policy file is right" lsmslot check "$TMP/policy.yaml"
rm -f /tmp/link bpf/progs/tmp_links.bpf.c "$BPF_DIR"/tmp_links.*
done_testing
