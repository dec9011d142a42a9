#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The VM: what it gives a command, and that no way to fail looks like success.
# timeout: 600
. "$SRC/selftests/lib/tap.sh"

export VM_LOG=$TMP/console.log VM_OUT=$TMP/results

vm() {
	"$SRC/selftests/vm/run" "$@"
}

# Files that the checkout does not have stay out of it.
probe='
touch probe-of-the-vm && echo "writable here"
id -un; pwd; echo "to stderr" >/dev/stderr
for dir in /proc /sys /dev/pts /tmp /run /sys/kernel/security /sys/fs/bpf \
	   /sys/fs/cgroup /sys/kernel/tracing /sys/kernel/debug; do
	mountpoint -q $dir && echo "mounted $dir"
done
ip -o link show lo | grep -q "[<,]UP[,>]" && echo "loopback up"
command -v lsmslot
echo kept >$OUT/kept
for i in $(seq 20000); do echo "line $i"; done
exit 7'
check_status 7 "the status of the command comes out" vm "$probe"
for want in "writable here" root "$SRC" "$BUILD/loader/lsmslot" "loopback up" \
	"mounted /proc" "mounted /sys" "mounted /dev/pts" "mounted /tmp" \
	"mounted /sys/kernel/security" "mounted /sys/fs/bpf" \
	"mounted /sys/fs/cgroup" "mounted /sys/kernel/tracing" \
	"mounted /sys/kernel/debug" "line 20000"; do
	grep -qxF -- "$want" "$TMP/out" && ok "in the VM: $want" || {
		not_ok "in the VM: $want"
		tap_show
	}
done
cp "$TMP/err" "$TMP/probe.err"
check "long output comes out whole" test "$(grep -c '^line ' "$TMP/out")" = 20000
check "standard error comes out as that" grep -qx "to stderr" "$TMP/probe.err"
check "a file in \$OUT outlives the VM" grep -qx kept "$TMP/results/kept"
check "the host's files do not change" test ! -e "$SRC/probe-of-the-vm"

# Both count the same counter's ticks, each by its own clock.
check "the TSC as the VM's clock sees it" vm "$BUILD/vm/tsc"
cp "$TMP/out" "$TMP/tsc"
check "is as fast as by the host's clock" \
	awk -v host="$("$BUILD/vm/tsc")" '{ exit !($1 > host * 0.95 && $1 < host * 1.05) }' "$TMP/tsc"

printf 'uname -s\nexit 5\n' >"$TMP/script"
check_status 5 "without a command, a shell reads standard input" \
	sh -c '"$1" <"$2"' sh "$SRC/selftests/vm/run" "$TMP/script"
check_said Linux "and what it prints comes out"

check_status 70 "a panic is a failure" vm 'echo c >/proc/sysrq-trigger; sleep 60'
check_said "Kernel panic" "and shown"
check_status 70 "a splat is a failure, though the command ends well" \
	vm 'echo "WARNING: CPU: 0 PID: 1 at test.c:1 test+0x0" >/dev/kmsg; exit 0'
check_status 70 "a splat below the console's level is one, too" \
	vm 'dmesg -n 1; echo "<4>BUG: KASAN: test" >/dev/kmsg; exit 0'
check_status 71 "a VM that ends without a report is a failure" \
	vm 'echo b >/proc/sysrq-trigger; sleep 60'
check_status 70 "a kernel that finds no init is a failure" \
	env VM_APPEND=rdinit=/none "$SRC/selftests/vm/run" true
check_status 72 "a timeout is a failure" env VM_TIMEOUT=12 "$SRC/selftests/vm/run" 'sleep 100'
check_status 66 "no kernel is an error" env VM_KERNEL="$TMP/none" "$SRC/selftests/vm/run" true
check_said "make kernel" "and it says what to do"
check_status 64 "two arguments are bad usage" vm echo hello
check_status 64 "an unknown accelerator is bad usage" \
	env VM_ACCEL=warp "$SRC/selftests/vm/run" true
check_status 64 "instructions are counted on one virtual CPU only" \
	env VM_ICOUNT=1 VM_SMP=2 "$SRC/selftests/vm/run" true
check_status 64 "VM_ICOUNT is 0 or 1" env VM_ICOUNT=yes "$SRC/selftests/vm/run" true
cat >"$TMP/count.c" <<'END'
#include <stdio.h>
#include <x86intrin.h>

int main(void)
{
	unsigned long long best = -1, start, took;

	for (int round = 0; round < 20; round++) {
		_mm_lfence();
		start = __rdtsc();
		asm volatile(".rept 1000\n nop\n .endr");
		_mm_lfence();
		took = __rdtsc() - start;
		if (took < best)
			best = took;
	}
	printf("%llu more than 1000\n", best - 1000);
	return best < 1000 || best > 1010;
}
END
gcc -O2 -o "$TMP/results/count" "$TMP/count.c"
check "VM_ICOUNT=1: the TSC counts instructions" env VM_ICOUNT=1 "$SRC/selftests/vm/run" '$OUT/count'

# A root file system of its own.
here=$SRC/selftests/bench/work
. "$here/programs"
image=$TMP/tree/image
new_root "$image"
mkdir -p "$image$SRC" "$image$BUILD"
provide "$image" /bin/{bash,cat,cp,ls} "$TMP/results/count"
(cd "$TMP/tree" && find image -print0 | LC_ALL=C sort -z | cpio -0 --quiet -o -H newc) >"$TMP/image"
from_image() {
	env VM_ROOT="$TMP/image" VM_ICOUNT=1 "$@" "$SRC/selftests/vm/run" \
		'ls /; echo there >&2; echo kept >$OUT/image; read -r up _ </proc/uptime
		 echo "${up/./} hundredths"; exit 6'
}
hundredths() {
	awk '$2 == "hundredths" { print $1 }' "$1"
}
check_status 6 "VM_ROOT: the status of the command comes out" from_image env
cp "$TMP/out" "$TMP/first"
check_said there "and what it prints"
check "a file in \$OUT outlives that VM too" grep -qx kept "$TMP/results/image"
check_fails "it has no files of the host" grep -qx etc "$TMP/first"
check_status 6 "it runs again, with another VM_SEED" from_image env VM_SEED=2
cp "$TMP/out" "$TMP/second"
apart=$(($(hundredths "$TMP/first") - $(hundredths "$TMP/second")))
check "and as long, to two hundredths of a second" test "${apart#-}" -le 2
check_status 66 "no VM_ROOT is an error" env VM_ROOT="$TMP/none" "$SRC/selftests/vm/run" true
check_status 64 "a shell from an image is bad usage" \
	env VM_ROOT="$TMP/image" "$SRC/selftests/vm/run" </dev/null

done_testing
