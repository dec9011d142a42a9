# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel's own selftests, on the stock kernel and on the patched one.

.PHONY: test-upstream upstream-deps

test-upstream: deps upstream-deps $(BUILD)/vm/initramfs ## the kernel's own selftests on both kernels: docs/upstream-tests.md; TESTS=PATTERN
	@selftests/upstream/all $(if $(filter-out *,$(TESTS)),"$$TESTS")

upstream-deps: ## install what only make test-upstream needs
ifeq ($(NO_DEPS),)
	@PACKAGES_LIST=mk/packages.upstream mk/deps
endif
