# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the benchmark's workloads need beside Debian's packages: $(bench_work).

bench_work := $(addprefix $(BUILD)/selftests/bench/work/,ticks unix noop.bpf.o)

# Static, so that it runs in a root of its own.
$(BUILD)/selftests/bench/work/ticks: WORK_CFLAGS := -static
$(BUILD)/selftests/bench/work/ticks: selftests/bench/work/idle.h

$(filter-out %.o,$(bench_work)): $(BUILD)/selftests/bench/work/%: selftests/bench/work/%.c
	@mkdir -p $(@D)
	@echo '  CC      $(@F)'
	@$(CC) -O2 -g -Wall -Wextra $(WORK_CFLAGS) -o $@ $<
