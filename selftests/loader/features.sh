#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# features: against what the kernel itself says.
. "$SRC/selftests/loader/common"

check "text" lsmslot features
check_said "$(uname -r)" "names the kernel"
check_said "$(cat /sys/kernel/security/lsm)" "shows the list of LSMs"

check "JSON" lsmslot features -j
check_json "$(uname -r)" "d['kernel']" "kernel"
check_json True "d['bpf_lsm']" "BPF LSM built in"
check_json True "d['bpf_in_lsm']" "bpf in lsm="
check_json True "d['btf'] and d['jit']" "BTF and JIT"
check_json True "len(d['hooks']) > 200" "hooks"
check_json True "any(h['name'] == 'file_permission' for h in d['hooks'])" "file_permission is one"
check_json False "any(h['name'] in ('verify_prog', 'is_trusted') for h in d['hooks'])" \
	"bpf_lsm_verify_prog() is none"

table=/sys/kernel/security/lsm_slots/hooks
if kernel_has_slots; then
	check_json True "d['slots']" "slots"
	check_json "$(awk '$2 > 0' $table | wc -l)" "d['hooks_with_slots']" "hooks with slots"
	check_json "$(awk '$2 > n { n = $2 } END { print n }' $table)" "d['slots_per_hook']" "slots per hook"
	check_json True "all((h['slots'] == 0) == (h['reason'] is not None) for h in d['hooks'])" \
		"a hook without slots has a reason"
	check_json disabled "[h['reason'] for h in d['hooks'] if h['name'] == 'ismaclabel'][0]" \
		"the reason of a disabled hook"
	check_json True "d['switch'] == (open('/proc/sys/kernel/lsm_slots').read()[0] == '1')" "the switch"
else
	check_json False "d['slots']" "no slots"
	check_json 0 "d['hooks_with_slots']" "no hook has some"
	check_json None "d['switch']" "no switch"
fi

# What can be done with links, against what happens when it is tried.
check "JSON" lsmslot features -j
for what in query order replace seal denials; do
	check_json True "(d['$what']['available'] is True) == (d['$what']['reason'] is None)" \
		"$what: a reason unless it is there"
done
if [ "$(json "d['query']['available']")" = True ]; then
	switch=$(cat /proc/sys/kernel/lsm_slots)
	echo 1 >/proc/sys/kernel/lsm_slots
	check "order: it is there" lsmslot attach "$PROGS/trio.bpf.o" --pin "$PINS" --last
	check "JSON" lsmslot features -j
	check_json "[True, True, True]" "[d[w]['available'] for w in ('replace', 'seal', 'denials')]" "so are the others"
	check "replace" lsmslot attach "$PROGS/trio.bpf.o" --replace "$PINS"
	check "detach" lsmslot detach "$PINS"
	echo 0 >/proc/sys/kernel/lsm_slots
	check "with the switch off" lsmslot features -j
	check_json "[False, True]" "[d[w]['available'] for w in ('order', 'query')]" "there is no order"
	check_json True "'kernel.lsm_slots=0' in d['order']['reason']" "and why"
	check_output "order of programs:    no (kernel.lsm_slots=0" "as text, too" lsmslot features
	echo "$switch" >/proc/sys/kernel/lsm_slots
else
	check_json "{False}" "{d[w]['available'] for w in ('query', 'order', 'replace', 'seal', 'denials')}" "nothing of it is there"
	check_status 4 "order: it is not" lsmslot attach "$PROGS/trio.bpf.o" --pin "$PINS" --last
fi

check_status 0 "without root" setpriv --reuid 65534 --clear-groups "$LSMSLOT" features -j
check_json True "len(d['hooks']) > 200" "the hooks are known from BTF"
if kernel_has_slots; then
	check_json None "d['hooks_with_slots']" "which have slots is not known"
	check_json None "d['query']['available']" "nor what can be done with links"
fi
check_status 0 "no securityfs" unshare -m sh -c '
	mount -t tmpfs tmpfs /sys/kernel/security && "$LSMSLOT" features -j'
check_json None "d['bpf_in_lsm']" "bpf in lsm= is not known"
check_status 4 "no BTF" unshare -m sh -c '
	mount --bind /dev/null /sys/kernel/btf/vmlinux && "$LSMSLOT" features -j'
check_json "4 $(uname -r) []" "'%(status)d %(kernel)s %(hooks)s' % d" "is told in the same document"
check_json True "'cannot read its BTF' in d['error']" "with its reason"
check_is 0 "$(wc -c <"$TMP/err")" "and not on standard error"
check_status 2 "an argument" lsmslot features -j now
check_json 2 "d['status']" "is an error in JSON"

done_testing
