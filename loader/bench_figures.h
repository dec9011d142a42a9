/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Figures of bench as JSON, one object each. */
#ifndef LSMSLOT_BENCH_FIGURES_H
#define LSMSLOT_BENCH_FIGURES_H

#include <json-c/json.h>

#include "bench_clock.h"
#include "bench_measure.h"

/* A figure of @op with the members that all sections have, but the samples. */
struct json_object *figure_new(const char *section, const struct bench_op *op);

/* Adds unit, samples, value, ns and ns_samples of @n samples; or the reason why there are none. */
void figure_samples(struct json_object *o, const struct bench_sample *samples, size_t n,
		    const char *reason);

/* The figures of section "slope". */
struct json_object *slope_json(const struct bench *b);

#endif /* LSMSLOT_BENCH_FIGURES_H */
