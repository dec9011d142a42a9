# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Manual pages, installation, Debian packages.

PREFIX ?= /usr
RST2MAN ?= $(firstword $(wildcard /usr/bin/rst2man) rst2man)
INSTALLED_LOADER ?= $(BUILD)/loader/lsmslot

# A page says which section it belongs to.
section = $(shell sed -n 's/^:Manual section: //p' docs/man/$(1).rst)
page_names := $(patsubst docs/man/%.rst,%,$(wildcard docs/man/*.rst))
pages := $(foreach name,$(page_names),$(BUILD)/man/$(name).$(call section,$(name)))
units := $(wildcard systemd/*.service)

.PHONY: man install deb deb-kernel

man: $(pages) ## the manual pages: build/man

define page_rule
$(BUILD)/man/%.$(1): docs/man/%.rst | deps
	@mkdir -p $$(@D)
	@echo '  MAN     $$(@F)'
	@$$(RST2MAN) --strict $$< $$@
endef
sections := $(sort $(foreach name,$(page_names),$(call section,$(name))))
$(foreach number,$(sections),$(eval $(call page_rule,$(number))))

# Takes what is built, so that root builds nothing.
installed := $(INSTALLED_LOADER) $(policy_objects) $(pages)
into = install -D -m $(1) -t $(DESTDIR)$(PREFIX)/$(2) $(3)

define newline


endef

install: ## what is built, to DESTDIR and PREFIX (/usr)
	@for file in $(installed); do \
		[ -f "$$file" ] || { echo "install: no $$file; first: make loader bpf man" >&2; exit 1; }; \
	done
	$(call into,755,sbin,$(INSTALLED_LOADER))
	$(call into,644,lib/lsmslot,$(policy_objects))
	$(call into,644,include/lsmslot,$(wildcard include/lsmslot/*.h))
	$(call into,644,include/linux,include/uapi/linux/lsm_slot.h)
	$(foreach number,$(sections),$(call into,644,share/man/man$(number),$(filter %.$(number),$(pages)))$(newline))
	install -D -m 644 completion/lsmslot.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/lsmslot
	$(if $(units),$(call into,644,lib/systemd/system,$(units)))

deb: man ## Debian packages of loader, policies and headers: build/deb
	@packaging/deb

deb-kernel: deps ## Debian packages of the patched kernel: build/deb; takes more than an hour
	@kernel/deb
