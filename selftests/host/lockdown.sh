#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Kernel lockdown and the policies: with integrity they load and deny, with
# confidentiality the kernel has no bpf_probe_read_kernel() for them.
# timeout: 600
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

VM_APPEND=lockdown=confidentiality check "a VM locked down for confidentiality" "$SRC/selftests/vm/run" "$probe"
check_said "[confidentiality]" "it is"
check_said "apply ended with 7" "the verifier refuses the policies"
check_said "links 0" "nothing is attached"
check_said "it is written" "nothing is denied"
cp "$TMP/out" "$TMP/said"
check_fails "nothing is pinned" grep -q "^pin " "$TMP/said"
done_testing
