/* SPDX-License-Identifier: Apache-2.0 */
/* Random sets of reservations for the experiments, with the costs of a board that says nothing of them. */
#ifndef TESTS_PROOF_SETS_H
#define TESTS_PROOF_SETS_H

#include "tests/proof/supply_sim.h"

/* 0 to 1, both excluded; low to high, each order of magnitude alike. */
double sets_unit(uint64_t *seed);
double sets_spread(uint64_t *seed, double low, double high);

/* The same set for the same number. Not all are admitted. */
void sets_draw(struct sim_set *set, uint64_t number);
bool sets_is_admitted(const struct sim_set *set, const struct admit_cost *cost);
/* The largest budgets in the same proportions that are admitted. */
void sets_move_to_edge(struct sim_set *set, const struct admit_cost *cost);
/* What each of them loses. */
void sets_promise(struct sim_set *set, const struct admit_cost *cost);
/* What is sure and what is lost over a change to another set; false: the change is not admitted. */
bool sets_change(const struct sim_set *from, const struct sim_set *to, struct sim_mode *mode);
/* Begins a program of so many results: prints the plan and the seed, which is TAKT_SEED or 1, and answers it. */
uint64_t sets_begin(unsigned tests);
/* As comments of TAP. */
void sets_print(const struct sim_set *set);
/* A result of TAP. Answers how many failed: 0 or 1. */
int sets_tell(unsigned number, const char *what, bool is_ok);

#endif
