# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The loader and the tests: one C test is selftests/GROUP/NAME.c, with BPF
# programs in selftests/GROUP/progs/NAME.bpf.c.

CC := gcc
TEST_CFLAGS := -O2 -g -Wall -Wextra -Wno-unused-parameter -Iinclude/uapi \
	-Iinclude -Iselftests/lib -I$(BUILD)/bpf
TEST_LIBS := -lbpf -lelf -lz -lpthread

tests := $(patsubst selftests/%.c,%,$(wildcard selftests/kernel/*.c selftests/policy/*.c))
test_progs := $(patsubst selftests/%.bpf.c,%,$(wildcard selftests/kernel/progs/*.bpf.c \
	selftests/policy/progs/*.bpf.c))
test_skels := $(test_progs:%=$(BUILD)/selftests/%.skel.h)

.PHONY: loader loader-sanitized selftests test test-host test-vm

ifeq ($(SANITIZE),)
loader: | deps ## the loader: build/loader/lsmslot; SANITIZE=1
	@$(MAKE) -C loader BUILD=$(BUILD)
else
loader: loader-sanitized
endif

# In a place of its own, as objects of both kinds do not go together.
sanitized := $(BUILD)/sanitized
loader-sanitized: | deps
	@$(MAKE) -C loader BUILD=$(sanitized) SANITIZE=1

# Runs the loader's readers for the hostile_input tests.
hostile_call := $(sanitized)/hostile_call
hostile_wraps := read_text open need_capability links_collect btf__load_vmlinux_btf
$(hostile_call): selftests/lib/hostile/call.c loader-sanitized
	@echo '  CC      sanitized/hostile_call'
	@$(CC) -O1 -g -Wall -Wextra -D_GNU_SOURCE -fsanitize=address,undefined \
		-fno-sanitize-recover=undefined -Iinclude/uapi -Iinclude -Iloader \
		$(hostile_wraps:%=-Wl,--wrap=%) -o $@ $< \
		$(filter-out %/main.o,$(patsubst loader/%.c,$(sanitized)/loader/%.o,$(wildcard loader/*.c))) \
		$$(pkg-config --cflags --libs libbpf libelf json-c capstone smartcols yaml-0.1 zlib)

# Preloaded into the loader: has the kernel fail what it asks for, answers for the kernel.
faults_so := $(BUILD)/selftests/lib/faults.so
refuse_so := $(BUILD)/selftests/lib/refuse.so
$(faults_so) $(refuse_so): $(BUILD)/%.so: %.c
	@mkdir -p $(@D)
	@echo '  CC      $(@F)'
	@$(CC) $(TEST_CFLAGS) -shared -fPIC -o $@ $< -ldl
$(faults_so) $(refuse_so): selftests/lib/preload.h
$(faults_so): selftests/lib/faults.h selftests/lib/testing.h

# Objects that tests hand to the loader; some are meant to be refused.
loader_progs := $(patsubst selftests/%.bpf.c,$(BUILD)/selftests/%.bpf.o,$(wildcard selftests/loader/progs/*.bpf.c))

selftests: bpf $(tests:%=$(BUILD)/selftests/%) $(loader_progs) $(faults_so) $(refuse_so) ## the C tests

$(BUILD)/selftests/%.bpf.o: selftests/%.bpf.c $(BUILD)/bpf/vmlinux.h
	@mkdir -p $(@D)
	@echo '  BPF     $(@F)'
	@$(CLANG) $(BPF_CFLAGS) -I$(<D) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

# A test may use the skeletons of any group, and those of the policies.
$(tests:%=$(BUILD)/selftests/%): $(BUILD)/selftests/%: selftests/%.c $(test_skels) $(policy_skels)
	@mkdir -p $(@D)
	@echo '  CC      $(@F)'
	@$(CC) $(TEST_CFLAGS) -I$(@D)/progs -MMD -MP -MF $@.d -o $@ $< $(TEST_LIBS)

# idle decodes the kernel's memory with the loader's own modules.  The shell
# asks pkg-config, after deps has installed it.
idle := $(BUILD)/selftests/kernel/idle
idle_sources := $(addprefix loader/,escape.c flow.c kcore.c ksyms.c sites.c host.c output.c util.c)
idle_pkgs := json-c capstone smartcols
$(idle): $(idle_sources) $(wildcard loader/*.h)
$(idle): TEST_CFLAGS += -D_GNU_SOURCE -Iloader $$(pkg-config --cflags $(idle_pkgs))
$(idle): TEST_LIBS := $(idle_sources) $(TEST_LIBS) $$(pkg-config --libs $(idle_pkgs))

-include $(wildcard $(BUILD)/selftests/*/*.d $(BUILD)/selftests/*/progs/*.d)

include selftests/bench/work/build.mk

TESTS ?= *
export TESTS
vm_needs = $(vm_kernel) loader $(hostile_call) bpf selftests $(BUILD)/vm/initramfs

test: deps $(vm_needs) ## build all, run every test; ends with N passed, N failed
	@selftests/all "$$TESTS"

test-host: deps $(vm_needs) ## the tests outside the VM; TESTS=PATTERN
	@selftests/all --host "$$TESTS"

test-vm: deps $(vm_needs) ## the tests in the VM; TESTS=PATTERN
	@selftests/all --vm "$$TESTS"
