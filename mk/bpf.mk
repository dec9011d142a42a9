# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# BPF objects: BTF of the kernel -> vmlinux.h -> NAME.bpf.o -> NAME.skel.h.

CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)
BPF_CFLAGS := -O2 -g -target bpf -D__TARGET_ARCH_x86 -mcpu=v3 -Wall -Werror \
	-Iinclude/uapi -Iinclude -Ibpf/progs -I$(BUILD)/bpf \
	-ffile-prefix-map=$(CURDIR)=.

policies := $(patsubst bpf/progs/%.bpf.c,%,$(wildcard bpf/progs/*.bpf.c))
policy_objects := $(policies:%=$(BUILD)/bpf/%.bpf.o)
policy_skels := $(policies:%=$(BUILD)/bpf/%.skel.h)

.PHONY: bpf
bpf: $(policy_objects) $(policy_skels) ## the policies: build/bpf

# The recipe always runs and mostly leaves the file alone, so that a rebuilt
# kernel with unchanged types rebuilds no BPF object.  VMLINUX=FILE takes the
# types from that kernel, and then none is built.
ifeq ($(VMLINUX),)
vmlinux := $(BUILD)/kernel/vmlinux
$(BUILD)/bpf/vmlinux.h: kernel
else
vmlinux := $(VMLINUX)
endif

$(BUILD)/bpf/vmlinux.h: FORCE | deps
	@mkdir -p $(@D)
	@if [ ! -e $@ ] || [ $(vmlinux) -nt $@.checked ]; then \
		$(BPFTOOL) btf dump file $(vmlinux) format c >$@.new; \
		if cmp -s $@.new $@; then rm $@.new; \
		else echo '  GEN     $(@F)'; mv $@.new $@; fi; \
		touch -r $(vmlinux) $@.checked; \
	fi

.PHONY: FORCE
FORCE:

$(BUILD)/bpf/%.bpf.o: bpf/progs/%.bpf.c $(BUILD)/bpf/vmlinux.h
	@mkdir -p $(@D)
	@echo '  BPF     $(@F)'
	@$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

%.skel.h: %.bpf.o
	@echo '  SKEL    $(@F)'
	@$(BPFTOOL) gen skeleton $< name $(subst -,_,$(notdir $*))_bpf >$@

-include $(wildcard $(BUILD)/bpf/*.bpf.d)
