# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernels.  The scripts in kernel/ know what changed; make only calls them.

.PHONY: kernel kernel-off kernel-stock prepare export

kernel: deps ## the patched kernel: build/kernel/bzImage and vmlinux
	@kernel/build on

kernel-off: deps ## the same source with CONFIG_BPF_LSM_SLOTS off
	@kernel/build off

kernel-stock: deps ## the base without the series, to compare with
	@kernel/build stock

prepare: deps ## only unpack the base and apply the series: build/kernel/src
	@kernel/prepare

export: deps ## the series for mailing, checked by checkpatch: build/export
	@kernel/export $(BUILD)/export
