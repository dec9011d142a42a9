# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The benchmark.  selftests/bench/run builds what it needs, as BASE= means
# something else to the kernel's scripts than to it.

.PHONY: bench bench-check bench-report bench-deps bench-needs

bench: deps bench-deps ## measure stock and patched kernel: docs/benchmarks.md; SHORT=1
	@selftests/bench/run
	@selftests/bench/report $(BUILD)/bench/latest.json $(if $(SHORT),$(BUILD)/bench/page,docs)

bench-check: ## compare two runs: FILE=RUN.json AGAINST=OTHER.json
	@selftests/bench/check "$(FILE)" $(AGAINST)

bench-report: bench-deps ## docs/benchmarks.md and its plots from FILE=RUN.json
	@selftests/bench/report "$(FILE)"

bench-deps: ## install what only make bench needs
ifeq ($(NO_DEPS),)
	@PACKAGES_LIST=mk/packages.bench mk/deps
endif

# What runs in the VM, without the kernels; bench_work is in mk/selftests.mk.
bench-needs: loader bpf $(BUILD)/vm/initramfs $(BUILD)/bench/control $(bench_work)

$(BUILD)/bench/control: selftests/bench/control.c $(wildcard selftests/lib/*.h) \
		selftests/kernel/linkctl.h include/uapi/linux/lsm_slot.h
	@mkdir -p $(@D)
	@echo '  CC      bench/control'
	@$(CC) $(TEST_CFLAGS) -Iselftests/kernel -o $@ $< $(TEST_LIBS)
