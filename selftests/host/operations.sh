#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What docs/operations.md says of seals, in a boot of its own: they last until it ends.
# timeout: 600
VM_LOG=$(mktemp)
VM_OUT=$(mktemp -d)
trap 'rm -rf "$VM_LOG" "$VM_OUT"' EXIT
export VM_LOG VM_OUT SRC BUILD

VM_ENV="SRC BUILD LSMSLOT" "$SRC/selftests/vm/run" "$SRC/selftests/loader/operations.sh sealed"
