# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The test VM, and the demo in it.

.PHONY: vm demo

# VM_KERNEL=IMAGE boots that kernel, and then none is built.
vm_kernel := $(if $(VM_KERNEL),,kernel)

vm: $(vm_kernel) loader bpf $(BUILD)/vm/initramfs ## a shell in the booted VM; RUN='command' runs that there
ifdef RUN
	@selftests/vm/run "$$RUN"
else
	@selftests/vm/run
endif
export RUN

demo: $(vm_kernel) loader bpf $(BUILD)/vm/initramfs ## build all and show the main job
	@bash selftests/demo.sh

$(BUILD)/vm/root/init: selftests/vm/init.c | deps
	@mkdir -p $(@D)
	@echo '  CC      vm/init'
	@gcc -O2 -Wall -Wextra -Wno-unused-parameter -static -o $@ $<

$(BUILD)/vm/tsc: selftests/vm/tsc.c | deps
	@mkdir -p $(@D)
	@echo '  CC      vm/tsc'
	@gcc -O2 -Wall -Wextra -o $@ $<

# selftests/vm/run needs both.  The same archive from the same init: no time, no owner.
$(BUILD)/vm/initramfs: $(BUILD)/vm/root/init $(BUILD)/vm/tsc
	@echo '  CPIO    vm/initramfs'
	@mkdir -p $(BUILD)/vm/image && cp $< $(BUILD)/vm/image/init && touch -d @0 $(BUILD)/vm/image/init
	@cd $(BUILD)/vm/image && echo init | cpio --quiet -o -H newc -R 0:0 --reproducible >$@
