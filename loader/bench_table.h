/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every operation of bench with nothing and with one program of each kind added. */
#ifndef LSMSLOT_BENCH_TABLE_H
#define LSMSLOT_BENCH_TABLE_H

#include <json-c/json.h>

#include "bench_clock.h"
#include "bench_progs.h"
#include "hooks.h"
#include "links.h"

/**
 * struct bench_cell - an operation with one kind of program
 * @reason: why there are no samples, NULL if there are
 * @samples: in the order they were taken
 * @place: where the program ran, NULL for none
 */
struct bench_cell {
	char *reason;
	struct bench_sample *samples;
	char *place;
};

/**
 * struct bench_row - an operation
 * @op: which
 * @present: programs on the hook that were there before
 * @calls: calls of the hook per operation, 0 if not known
 * @cells: by kind
 */
struct bench_row {
	const struct bench_op *op;
	size_t present;
	unsigned int calls;
	struct bench_cell cells[NR_BENCH_ATTACHED];
};

/**
 * struct bench_table - all of them
 * @rounds: how many rounds
 * @nr_samples: of each cell
 * @bpf_lsm: bpf is in the kernel's lsm=
 * @restless: some hook did not settle
 */
struct bench_table {
	struct bench_row *rows;
	size_t n;
	unsigned int rounds;
	size_t nr_samples;
	bool bpf_lsm, restless;
};

/* Measures; what cannot be measured has its reason in the table.  enum status. */
int bench_table_run(struct bench_table *table, unsigned int rounds, const struct hooks *hooks,
		    const struct lsm_links *links, bool bpf_lsm);
void bench_table_free(struct bench_table *table);

/* What @cell adds to an operation, in bench_unit() or in nanoseconds. */
double bench_added(const struct bench_table *table, const struct bench_row *row,
		   enum bench_attached kind, bool ns);

/* Array of figures, one per cell. */
struct json_object *bench_table_json(const struct bench_table *table);

/* Prints rows and foot notes; enum status. */
int bench_table_print(const struct bench_table *table);

#endif /* LSMSLOT_BENCH_TABLE_H */
