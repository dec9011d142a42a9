#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# path: the live call chain with no, one and two programs.
# timeout: 600
. "$SRC/selftests/loader/common"

# Functions of Python for the document d.
walk="(lambda f: [c for s in d['functions'] for c in f(f, s)])(lambda f, s: [x for c in s['calls'] for x in [c] + f(f, c)])"
programs="[c for c in $walk if c['callee'] == 'program']"

# check_calls N DESCRIPTION: so many direct calls, if none are those of the checks
# that the compiler and the locks put in.
check_calls() {
	if kernel_checks_itself; then
		skip "$2: this kernel's own checks are calls too"
	else
		check_json "$1" "d['functions'][0]['direct']" "$2"
	fi
}

check "no program" lsmslot path inode_mknod -j
check_json security_inode_mknod "d['functions'][0]['function']" "the hook's function"
check_json 0 "d['functions'][0]['programs']" "no program is called"
if kernel_has_slots; then
	check_json 0 "d['functions'][0]['direct']" "the BPF LSM is not called at all"
else
	check_json 1 "d['functions'][0]['direct']" "the BPF LSM's empty hook is called"
fi
check_json True "all(c['complete'] for c in $walk)" "all of it can be decoded"

check "attach" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS" --program deny_mknod
check "one program" lsmslot path inode_mknod -j
check_json 1 "d['functions'][0]['programs']" "one program is called"
check_json 0 "d['functions'][0]['indirect']" "without an indirect call"
check_json True "len($programs) == 1 and $programs[0]['direct'] and not $programs[0]['conditional']" \
	"its call is on the path"
link=$(json "$programs[0]['link_id']")
target=$(json "$programs[0]['target']")
check_output "prog $(json "$programs[0]['program_id']") " "the program is that of the link" \
	bpftool link show id "$link"
check "kallsyms has it at the address" \
	sh -c 'grep "^${1#0x} .*bpf_prog_.*_deny_mknod" /proc/kallsyms' - "$target"
check "one program" lsmslot path inode_mknod -j
if [ $PLACE = slot ]; then
	check_calls 1 "one direct call for a verdict"
	check_json True "$programs[0]['slot'] is not None" "from a slot"
	check_json 0 "sum(c['callee'] == 'trampoline' for c in $walk)" "no trampoline"
else
	check_json 1 "sum(c['callee'] == 'trampoline' for c in $walk)" "through a trampoline"
	check_json True "d['functions'][0]['direct'] > 2" "more calls than a slot needs"
fi

check "attach a second" lsmslot attach "$PROGS/pair.bpf.o" --pin "$PINS-2" --program deny_mknod
check "two programs" lsmslot path inode_mknod -j
check_json 2 "d['functions'][0]['programs']" "two programs are called"
check_json True "[c['link_id'] for c in $programs][1] == $link and len($programs) == 2" \
	"the newest first"
check_json True "all(c['direct'] and not c['conditional'] for c in $programs)" \
	"both on the path, by direct calls"
if [ $PLACE = slot ]; then
	check_calls 2 "two direct calls for a verdict"
fi
check "text" lsmslot path inode_mknod
check_said "2 programs, " "has a sum"
check "text with conditional calls" lsmslot path inode_mknod --all

check "detach" lsmslot detach "$PINS"
check "detach the second" lsmslot detach "$PINS-2"
check "no program again" lsmslot path inode_mknod -j
check_json 0 "len($programs)" "no program is called"

check "a hook whose function has another name" lsmslot path cred_prepare -j
check_json security_prepare_creds "d['functions'][0]['function']" "is found by its static calls"
check "a hook of a function with a longer name" lsmslot path vm_enough_memory -j
check_json security_vm_enough_memory_mm "d['functions'][0]['function']" "is found"

check_status 5 "no such hook" lsmslot path file_permision
check_said "did you mean 'file_permission'" "names the nearest"
check_status 5 "a name unlike any hook" lsmslot path zzzzzzzzzzzzzzzz
check_said "has no LSM hook 'zzzzzzzzzzzzzzzz'" "names it"

restrict=$(cat /proc/sys/kernel/kptr_restrict)
echo 2 >/proc/sys/kernel/kptr_restrict
check_status 3 "hidden addresses" lsmslot path file_open
check_said "kernel.kptr_restrict" "says what hides them"
echo "$restrict" >/proc/sys/kernel/kptr_restrict

done_testing
