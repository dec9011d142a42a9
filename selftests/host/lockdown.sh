#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Kernel lockdown and the policies: with integrity they load and deny, with
# confidentiality the kernel has no bpf_probe_read_kernel() for them, and each
# command says so.
# timeout: 900
. "$SRC/selftests/lib/tap.sh"

export VM_LOG=$TMP/console.log VM_OUT=$TMP/out.d

# shellcheck disable=SC2016 # the VM's variables
probe='
cat /sys/kernel/security/lockdown
touch /tmp/listed
cat >/tmp/p.yaml <<END
version: 1
policies:
  - name: protect-files
    object: $BPF_DIR/protect_files.bpf.o
    maps: {protected: [{key: /tmp/listed, value: full}]}
END
lsmslot apply /tmp/p.yaml >/dev/null
echo "apply ended with $?"
if echo x >/tmp/listed; then echo "it is written"; else echo "it is not written"; fi
echo "links $(bpftool link list | grep -c lsm_mac)"
find /sys/fs/bpf -mindepth 1 | sed "s/^/pin /"'

VM_APPEND=lockdown=integrity check "a VM locked down for integrity" "$SRC/selftests/vm/run" "$probe"
check_said "[integrity]" "it is"
check_said "apply ended with 0" "policies are applied"
check_said "it is not written" "and deny"

# Each command's lines begin with its name, and are told from those of others so.
# shellcheck disable=SC2016 # the VM's variables
errors='
try() {
	name=$1
	shift
	lsmslot "$@" >/tmp/said 2>&1
	echo "$name ended with $?"
	sed "s/^/$name: /" /tmp/said
}
try dry-run apply --dry-run /tmp/p.yaml
try check check /tmp/p.yaml
try json check --json /tmp/p.yaml
for object in "$BPF_DIR"/*.bpf.o; do
	name=${object##*/}
	try "${name%.bpf.o}" attach "$object"
done
try log attach "$BPF_DIR/exec_guard.bpf.o" --log
try rejected attach "$BUILD/selftests/loader/progs/rejected.bpf.o"
try pair attach "$BUILD/selftests/loader/progs/pair.bpf.o" --pin /sys/fs/bpf/pair'

# said NAME PATTERN: how many lines of that command's have it.
said() {
	grep "^$1: " "$TMP/said" | grep -c -e "$2"
}

# is WANT GOT WHAT
is() {
	if [ "$1" = "$2" ]; then ok "$3"; else not_ok "$3"; diag "got $2, wanted $1"; fi
}

VM_APPEND=lockdown=confidentiality check "a VM locked down for confidentiality" \
	"$SRC/selftests/vm/run" "$probe$errors"
check_said "[confidentiality]" "it is"
check_said "apply ended with 7" "the verifier refuses the policies"
check_said "links 0" "nothing is attached"
check_said "it is written" "nothing is denied"
cp "$TMP/out" "$TMP/said"
is 0 "$(grep -c "^pin " "$TMP/said")" "nothing is pinned"
is 1 "$(grep -c '^lsmslot: apply: /tmp/p.yaml:4: .* boot with lockdown=integrity$' "$TMP/err")" \
	"apply: says why, and the way out"
is 1 "$(grep -c . "$TMP/err")" "apply: in one line"

names=(dry-run check)
for source in "$SRC"/bpf/progs/*.bpf.c; do
	name=${source##*/}
	names+=("${name%.bpf.c}")
done
for name in "${names[@]}"; do
	is 1 "$(grep -cx "$name ended with 7" "$TMP/said")" "$name: status 7"
	is 1 "$(said "$name" '.*locked down for confidentiality.*; boot with lockdown=integrity$')" \
		"$name: says why, and the way out"
	is 1 "$(said "$name" '')" "$name: in one line"
done
is 1 "$(said json '"error":.*boot with lockdown=integrity.*"status":7')" "as JSON as well"
is 1 "$(said log 'boot with lockdown=integrity; the verifier.s log:$')" "so with --log"
is 1 "$(said log 'cannot use helper bpf_probe_read')" "--log shows the log"
is 1 "$(said rejected 'invalid mem access')" "another rejection shows the end of its log"
is 0 "$(said rejected 'locked down')" "and does not blame the lockdown"
is 1 "$(grep -cx 'pair ended with 0' "$TMP/said")" "a program that reads no such memory is attached"
done_testing
