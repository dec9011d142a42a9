#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# docs/policy-authors.md: its policy, its policy file and its test build, and its
# commands, run word for word, print what the page shows.
# timeout: 900
. "$SRC/selftests/lib/tap.sh"

cd "$SRC" || exit 1
PATH=$(dirname "$LSMSLOT"):$PATH
page=docs/policy-authors.md

# block LANGUAGE N: the Nth block in that language.
block() {
	awk -v head="\`\`\`$1" -v want="$2" '$0 == head { n++; on = n == want; next }
		/^```$/ { on = 0 } on' $page
}

# With the objects where they are built here.
here() {
	sed "s|build/bpf/|$BPF_DIR/|g; s|\$SRC/build/bpf|$BPF_DIR|g
		s|\$PWD/build/|$BUILD/|g"
}

# Times, addresses, tags and ids differ, and so may the width of columns.
stable() {
	sed -E 's/^[0-9]{4}-[^ ]+ (settime )/TIME \1/; s/\[[0-9]+\] uid/[N] uid/
		s/number=[0-9]+/number=N/; s/[0-9a-f]{16}/X/g
		s/(program|link) [0-9]+/\1 N/g; s/(slot [0-9]+ +no) +[0-9]+/\1 N/
		s/(clock_guard_settime) [0-9]+ +X( +no +)[0-9]+/\1 N X\2N/
		s|[^ ]*/(clock_guard.bpf.o)|\1|; s/ +/ /g; s/ $//'
}

# A command of the loader that is not there yet says so, on every call.
missing() {
	local command

	case $1 in
	"lsmslot "*)	command=${1#lsmslot }; ! "$LSMSLOT" "${command%% *}" --help >/dev/null 2>&1 ;;
	*)		return 1 ;;
	esac
}

# The change of mode that was missing.
behind=

# compare COMMAND: its output with $TMP/shown, what the page has.
compare() {
	local command=$1

	[ -n "$command" ] || return
	if missing "$command"; then
		skip "this lsmslot has no such command: $command"
		case $command in "lsmslot mode"*) behind=$command ;; esac
		return
	fi
	case $behind:$command in
	"lsmslot mode"*:"lsmslot "*) ;;
	"lsmslot mode"*)
		skip "without '$behind' this is another command's result: $command"
		return ;;
	esac
	case $command in
	"lsmslot path "*)
		if kernel_checks_itself; then
			skip "this kernel's own checks are calls too: $command"
			return
		fi ;;
	esac
	timeout 120 bash -c "$(here <<<"$command")" 2>&1 </dev/null | stable >"$TMP/got"
	stable <"$TMP/shown" >"$TMP/want"
	check "$command" diff "$TMP/want" "$TMP/got"
}

transcript() {
	local line command=

	: >"$TMP/shown"
	while IFS= read -r line; do
		case $line in
		"$ "*)	;;
		"# "*)	compare "$command"
			command=${line#\# }
			: >"$TMP/shown" ;;
		*)	printf '%s\n' "$line" >>"$TMP/shown" ;;
		esac
	done < <(block console "$1")
	compare "$command"
}

# The tree is the VM's own copy.
block c 1 >bpf/progs/clock_guard.bpf.c
block yaml 1 | here >clock-guard.yaml
check "the page has a policy" test -s bpf/progs/clock_guard.bpf.c
check "and a policy file" test -s clock-guard.yaml
check "make bpf builds it" make bpf NO_DEPS=1 VMLINUX=/sys/kernel/btf/vmlinux
if [ -e /proc/sys/kernel/lsm_slots ]; then
	transcript 1
	if missing "lsmslot apply"; then
		skip "this lsmslot has no apply, so what a policy file does is not tried"
	else
		transcript 2
	fi
else
	skip "the page shows a kernel with slots"
fi

mkdir "$TMP/elsewhere"
cp bpf/progs/clock_guard.bpf.c "$TMP/elsewhere"
block sh 1 | here >"$TMP/build.sh"
check "it builds out of tree" sh -ec "cd $TMP/elsewhere; . $TMP/build.sh"
check "and attaches" "$LSMSLOT" attach "$TMP/elsewhere/clock_guard.bpf.o"
check_fails "and denies" date -s now
"$LSMSLOT" detach /sys/fs/bpf/lsmslot/clock_guard >/dev/null

block c 2 >selftests/policy/clock_guard.c
block sh 2 | here >"$TMP/make.sh"
check "the page's test builds" env NO_DEPS=1 VMLINUX=/sys/kernel/btf/vmlinux sh -e "$TMP/make.sh"
check "and passes" "$BUILD/selftests/policy/clock_guard"
check_said "ok 1 - clock-guard: clock_settime" "with its way around the policy"
rm -f clock-guard.yaml bpf/progs/clock_guard.bpf.c "$BPF_DIR"/clock_guard.* \
	selftests/policy/clock_guard.c "$BUILD"/selftests/policy/clock_guard*
done_testing
