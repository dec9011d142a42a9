#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sealed policies, in a boot of their own: they last until it ends.
# timeout: 900
VM_LOG=$(mktemp)
VM_OUT=$(mktemp -d)
trap 'rm -rf "$VM_LOG" "$VM_OUT"' EXIT
export VM_LOG VM_OUT SRC BUILD

VM_ENV="SRC BUILD LSMSLOT" "$SRC/selftests/vm/run" "$SRC/selftests/loader/apply_seal"
