# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lsmslot: `make help` lists what there is to make.

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:

BUILD ?= $(CURDIR)/build
override BUILD := $(abspath $(BUILD))
export BUILD

include mk/kernel.mk
include mk/bpf.mk
include mk/vm.mk
include mk/selftests.mk
include mk/full.mk
include mk/package.mk
include mk/bench.mk
include mk/upstream.mk

.PHONY: help all deps clean
.DEFAULT_GOAL := help

help: ## this list
	@echo 'lsmslot: BPF LSM programs through static-call slots'
	@echo
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)
	@echo
	@echo '  BUILD=DIR       build there and not in build/'
	@echo '  NO_DEPS=1       do not look for missing packages'
	@echo '  VM_*            settings of the VM: see the head of selftests/vm/run'
	@echo
	@echo 'make ends with 2 when anything fails.  selftests/vm/run COMMAND ends with the'
	@echo 'very status of COMMAND, which make vm RUN=COMMAND names in its last line.'

all: kernel loader bpf selftests ## everything that is built

# Installs through apt-get, so it runs once for a whole make.
deps: ## install the Debian packages that are missing
ifeq ($(NO_DEPS),)
	@mk/deps
endif

clean: ## remove build/
	rm -rf $(BUILD)
