/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long a processor is idle.  /proc/stat counts in hundredths of a second; until Linux 6.18
 * or so /proc/timer_list had it in nanoseconds, brought up to date whenever the processor leaves
 * the idle state.  Where it has not, the tracepoint power:cpu_idle tells, which costs some hundred
 * instructions each time, on this processor and so in what is measured.
 */
#ifndef BENCH_IDLE_H
#define BENCH_IDLE_H

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EX_OSERR 71
#define TRACING "/sys/kernel/tracing/"

/**
 * struct idle - the time between idle_begin() and idle_end()
 * @cpu: of this processor
 * @traced: it is told by the tracepoint, and in TSC ticks; else in nanoseconds
 * @before: what /proc/timer_list had then
 */
struct idle {
	int cpu;
	bool traced;
	uint64_t before;
};

/* False if /proc/timer_list does not tell it. */
static inline bool idle_listed(int cpu, uint64_t *ns)
{
	unsigned long long value;
	int at = -1, found = 0;
	char line[256];
	FILE *file;

	file = fopen("/proc/timer_list", "re");
	if (!file)
		err(EX_OSERR, "/proc/timer_list");
	*ns = 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "cpu: %d", &at) == 1 || at != cpu)
			continue;
		if (sscanf(line, " .idle_sleeptime : %llu nsecs", &value) == 1 ||
		    sscanf(line, " .iowait_sleeptime : %llu nsecs", &value) == 1) {
			*ns += value;
			found++;
		}
	}
	fclose(file);
	return found == 2;
}

static inline void idle_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(EX_OSERR, "%s", path);
	close(fd);
}

static inline uint64_t idle_traced(int cpu)
{
	unsigned long long at, entered = 0, kept, written;
	uint64_t sum = 0;
	unsigned int state;
	char line[512], *event, *stamp;
	FILE *file;
	int of;

	file = fopen(TRACING "trace", "re");
	if (!file)
		err(EX_OSERR, TRACING "trace");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "# entries-in-buffer/entries-written: %llu/%llu", &kept, &written) == 2 &&
		    kept != written)
			errx(EX_OSERR, "the trace lost %llu of %llu entries", written - kept, written);
		event = strstr(line, ": cpu_idle: ");
		if (!event || sscanf(event, ": cpu_idle: state=%u cpu_id=%d", &state, &of) != 2 || of != cpu)
			continue;
		*event = '\0';
		stamp = strrchr(line, ' ');
		if (!stamp || sscanf(stamp, " %llu", &at) != 1)
			errx(EX_OSERR, "no time stamp in the trace: %s", line);
		if (state != (unsigned int)-1) {
			entered = at;
		} else if (entered) {
			sum += at - entered;
			entered = 0;
		}
	}
	fclose(file);
	return sum;
}

static inline struct idle idle_begin(int cpu)
{
	struct idle idle = { .cpu = cpu };

	idle.traced = !idle_listed(cpu, &idle.before);
	if (idle.traced) {
		idle_write(TRACING "trace_clock", "x86-tsc");
		idle_write(TRACING "buffer_size_kb", "16384");
		idle_write(TRACING "trace", "");
		idle_write(TRACING "events/power/cpu_idle/enable", "1");
	}
	return idle;
}

/* In the unit that @idle says. */
static inline uint64_t idle_end(const struct idle *idle)
{
	uint64_t ns;

	if (!idle->traced) {
		idle_listed(idle->cpu, &ns);
		return ns - idle->before;
	}
	idle_write(TRACING "events/power/cpu_idle/enable", "0");
	return idle_traced(idle->cpu);
}

#endif
