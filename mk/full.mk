# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests on kernels that check themselves, and the long forms of tests.

# KERNELS and PARTS mean something else to make bench: only those of the command
# line, which make passes on itself.
full_kernels := $(or $(KERNELS),on debug rt kcfi none kcsan)

.PHONY: test-full full-deps

test-full: deps full-deps kernel loader bpf selftests $(BUILD)/vm/initramfs ## the tests on debug kernels, for hours; KERNELS='debug rt' PARTS=tests
	@TESTS='$(filter-out *,$(TESTS))' selftests/full $(full_kernels)

full-deps:
ifeq ($(NO_DEPS),)
ifneq ($(filter kcfi,$(full_kernels)),)
	@PACKAGES_LIST=mk/packages.full mk/deps
endif
endif
