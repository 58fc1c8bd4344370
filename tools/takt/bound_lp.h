/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear programs with whole coefficients: the greatest value of a sum over columns >= 0, under rows. The solver (Clp)
 * is not trusted: its prices are taken as a proposal, and the bound is what weak duality makes of them in whole
 * numbers. So a wrong or imprecise solution gives a bound that is higher, never one that is too low.
 */
#ifndef TOOLS_TAKT_BOUND_LP_H
#define TOOLS_TAKT_BOUND_LP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bound_lp_term {
	int column;
	int row;
	int64_t coefficient;
};

struct bound_lp {
	int64_t *costs; /* by column */
	int column_count;
	int64_t *limits; /* by row: the sum over the row is at most this, or is this */
	bool *is_equal;
	int row_count;
	struct bound_lp_term *terms; /* by column, then row, once solved */
	size_t term_count;
	double *values; /* by column, of the solution */
	double *prices; /* by row: what one more of its limit would be worth */
};

void bound_lp_init(struct bound_lp *lp);
void bound_lp_fini(struct bound_lp *lp);

int bound_lp_column(struct bound_lp *lp, int64_t cost);
int bound_lp_row(struct bound_lp *lp, int64_t limit, bool is_equal);
/* Adds to the coefficient of the column in the row. Coefficients and costs lie within +-2^31. */
void bound_lp_add(struct bound_lp *lp, int row, int column, int64_t coefficient);

/*
 * The bound: no solution in whole numbers with every column <= most, which is at most 2^40, has a greater value. False:
 * the solver found no prices.
 */
bool bound_lp_solve(struct bound_lp *lp, uint64_t most, uint64_t *bound);

#endif
