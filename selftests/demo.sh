#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# selftests/demo.sh: boot the VM and show a policy deny a write, step by step.
#
# What it shows is in selftests/demo/steps, which checks every step.  `make demo`
# builds what this needs first.  The VM_* settings of selftests/vm/run apply.
#
# Status: 0 every step came out as it should, 1 one did not (the last line says
# which, and how), or what selftests/vm/run says of a VM that failed.
set -uo pipefail

src=$(readlink -f "$(dirname "$(readlink -f "$0")")/..")
export BUILD=${BUILD:-$src/build}
export VM_OUT=$BUILD/demo VM_LOG=${VM_LOG:-$BUILD/demo/console.log}
export VM_TIMEOUT=${VM_TIMEOUT:-300}

mkdir -p "$VM_OUT"
rm -f "$VM_OUT/summary"

echo "Booting the kernel in QEMU; all that follows happens in the VM."
status=0
"$src/selftests/vm/run" "exec $(printf %q "$src/selftests/demo/steps")" </dev/null || status=$?

# Only now: a kernel that complained in its log has failed, too.
echo
if [ "$status" = 0 ] && [ -s "$VM_OUT/summary" ]; then
	cat "$VM_OUT/summary"
	exit 0
fi
if [ "$status" = 0 ]; then
	echo "demo: FAILED: the steps ended without a summary"
	exit 1
fi
if [ "$status" = 1 ] && [ -s "$VM_OUT/failure" ]; then
	cat "$VM_OUT/failure"
else
	echo "demo: FAILED: the VM ended with status $status, see above"
fi
exit "$status"
