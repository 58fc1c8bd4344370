/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With prices y, y >= 0 for rows with "at most": for every solution x, c x = y A x + (c - y A) x <= y b + sum of max(0,
 * c - y A) most. Prices are rounded to multiples of 2^-PRICE_BITS, and everything else is exact.
 */
#include "tools/takt/bound_lp.h"

#include <coin/Clp_C_Interface.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "tools/takt/util.h"

#define PRICE_BITS 40
#define PRICE_MOST 1e6 /* a price beyond is cut: its rounding would not fit, and no pass of anything costs as much */

__extension__ typedef __int128 wide_t;

void bound_lp_init(struct bound_lp *lp) { *lp = (struct bound_lp){0}; }

void bound_lp_fini(struct bound_lp *lp)
{
	free(lp->costs);
	free(lp->limits);
	free(lp->is_equal);
	free(lp->terms);
	free(lp->values);
	free(lp->prices);
	*lp = (struct bound_lp){0};
}

int bound_lp_column(struct bound_lp *lp, int64_t cost)
{
	lp->costs = util_resize(lp->costs, (size_t)lp->column_count + 1, sizeof(*lp->costs));
	lp->costs[lp->column_count] = cost;
	return lp->column_count++;
}

int bound_lp_row(struct bound_lp *lp, int64_t limit, bool is_equal)
{
	size_t count = (size_t)lp->row_count + 1;
	lp->limits = util_resize(lp->limits, count, sizeof(*lp->limits));
	lp->is_equal = util_resize(lp->is_equal, count, sizeof(*lp->is_equal));
	lp->limits[lp->row_count] = limit;
	lp->is_equal[lp->row_count] = is_equal;
	return lp->row_count++;
}

void bound_lp_add(struct bound_lp *lp, int row, int column, int64_t coefficient)
{
	lp->terms = util_resize(lp->terms, lp->term_count + 1, sizeof(*lp->terms));
	lp->terms[lp->term_count++] = (struct bound_lp_term){column, row, coefficient};
}

static int term_compare(const void *a, const void *b)
{
	const struct bound_lp_term *x = a;
	const struct bound_lp_term *y = b;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Sorts the terms; those of one place become one. */
static void terms_merge(struct bound_lp *lp)
{
	size_t kept = 0;
	if (lp->term_count != 0)
		qsort(lp->terms, lp->term_count, sizeof(*lp->terms), term_compare);
	for (size_t i = 0; i < lp->term_count; i++) {
		if (kept != 0 && term_compare(&lp->terms[kept - 1], &lp->terms[i]) == 0)
			lp->terms[kept - 1].coefficient += lp->terms[i].coefficient;
		else
			lp->terms[kept++] = lp->terms[i];
	}
	lp->term_count = kept;
}

/* The program as the solver reads it: columns one after the other, the least value of the negated costs. */
static void model_load(Clp_Simplex *model, const struct bound_lp *lp)
{
	CoinBigIndex *start = util_alloc((size_t)lp->column_count + 1, sizeof(*start));
	int *index = util_alloc(lp->term_count + 1, sizeof(*index));
	double *value = util_alloc(lp->term_count + 1, sizeof(*value));
	double *cost = util_alloc((size_t)lp->column_count + 1, sizeof(*cost));
	double *low = util_alloc((size_t)lp->row_count + 1, sizeof(*low));
	double *high = util_alloc((size_t)lp->row_count + 1, sizeof(*high));
	for (size_t i = 0; i < lp->term_count; i++) {
		start[lp->terms[i].column + 1]++;
		index[i] = lp->terms[i].row;
		value[i] = (double)lp->terms[i].coefficient;
	}
	for (int i = 0; i < lp->column_count; i++) {
		start[i + 1] += start[i];
		cost[i] = -(double)lp->costs[i];
	}
	for (int i = 0; i < lp->row_count; i++) {
		high[i] = (double)lp->limits[i];
		low[i] = lp->is_equal[i] ? high[i] : -DBL_MAX;
	}
	Clp_loadProblem(model, lp->column_count, lp->row_count, start, index, value, NULL, NULL, cost, low, high);
	free(start);
	free(index);
	free(value);
	free(cost);
	free(low);
	free(high);
}

/* The price of a row in units of 2^-PRICE_BITS. */
static int64_t price_round(double price, bool is_equal)
{
	double cut = fmin(fmax(price, is_equal ? -PRICE_MOST : 0), PRICE_MOST);
	return llround(ldexp(cut, PRICE_BITS));
}

static uint64_t bound_of_prices(const struct bound_lp *lp, uint64_t most)
{
	int64_t *prices = util_alloc((size_t)lp->row_count + 1, sizeof(*prices));
	wide_t *left = util_alloc((size_t)lp->column_count + 1, sizeof(*left));
	wide_t sum = 0;
	for (int i = 0; i < lp->row_count; i++) {
		prices[i] = price_round(lp->prices[i], lp->is_equal[i]);
		sum += (wide_t)prices[i] * lp->limits[i];
	}
	for (int i = 0; i < lp->column_count; i++)
		left[i] = (wide_t)lp->costs[i] * (INT64_C(1) << PRICE_BITS);
	for (size_t i = 0; i < lp->term_count; i++)
		left[lp->terms[i].column] -= (wide_t)prices[lp->terms[i].row] * lp->terms[i].coefficient;
	for (int i = 0; i < lp->column_count; i++)
		sum += left[i] > 0 ? left[i] * (wide_t)most : 0;
	free(prices);
	free(left);
	sum >>= PRICE_BITS; /* a whole number of instructions: what is above counts for nothing */
	return sum > 0 ? (uint64_t)sum : 0;
}

bool bound_lp_solve(struct bound_lp *lp, uint64_t most, uint64_t *bound)
{
	Clp_Simplex *model = Clp_newModel();
	terms_merge(lp);
	Clp_setLogLevel(model, 0);
	model_load(model, lp);
	Clp_dual(model, 0);
	bool is_solved = Clp_status(model) == 0;
	lp->values = util_alloc((size_t)lp->column_count + 1, sizeof(*lp->values));
	lp->prices = util_alloc((size_t)lp->row_count + 1, sizeof(*lp->prices));
	for (int i = 0; is_solved && i < lp->column_count; i++)
		lp->values[i] = Clp_primalColumnSolution(model)[i];
	for (int i = 0; is_solved && i < lp->row_count; i++)
		lp->prices[i] = -Clp_dualRowSolution(model)[i];
	Clp_deleteModel(model);
	if (is_solved)
		*bound = bound_of_prices(lp, most);
	return is_solved;
}
