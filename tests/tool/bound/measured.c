/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subjects that run: what each takes on the machine must not exceed its bound, and for the inputs that reach the worst
 * case comes near it. Each `measure: NAME PERCENT` says which share of the bound the longest of its runs reaches at
 * least.
 *
 * measure: sum 95
 * measure: sort 50
 * measure: bits 80
 * measure: search 60
 * measure: matrix 90
 * measure: collatz 50
 * measure: apply 60
 * measure: empty 60
 * measure: claimed 70
 *
 * Each `false: NAME` has a STEP_BOUND that is a lie: its longest run is longer than its bound.
 *
 * false: lied
 */
#include <stdint.h>

#include "base/bound.h"

#define SUBJECT __attribute__((noinline, used))

static uint64_t numbers[16];

void main(void);

SUBJECT static uint64_t sum(const uint64_t *list, uint64_t count)
{
	uint64_t total = 0;
	for (uint64_t i = 0; i < count; i++) {
		LOOP_BOUND(16);
		total = (total ^ list[i]) * 3;
	}
	return total;
}

SUBJECT static void sort(uint64_t *list)
{
	for (unsigned i = 1; i < 16; i++) {
		LOOP_BOUND(15);
		for (unsigned k = i; k > 0 && list[k - 1] > list[k]; k--) {
			LOOP_BOUND(15);
			uint64_t old = list[k];
			list[k] = list[k - 1];
			list[k - 1] = old;
		}
	}
}

SUBJECT static uint64_t bits(uint64_t word)
{
	uint64_t total = 0;
	while (word != 0) {
		LOOP_BOUND(64);
		total += (unsigned)__builtin_ctzll(word) * 7;
		word &= word - 1;
	}
	return total;
}

SUBJECT static int search(const uint64_t *list, uint64_t what)
{
	for (int i = 0; i < 16; i++) {
		LOOP_BOUND(16);
		if (list[i] == what)
			return i;
		if (list[i] > what + 100)
			continue;
		__asm__ volatile("nop\n\tnop");
	}
	return -1;
}

SUBJECT static uint64_t matrix(uint64_t n)
{
	uint64_t total = 0;
	for (uint64_t i = 0; i < n; i++) {
		LOOP_BOUND(4);
		for (uint64_t j = 0; j < n; j++) {
			LOOP_BOUND(4);
			for (uint64_t k = 0; k < n; k++) {
				LOOP_BOUND(4);
				total += numbers[i * 4 + j] * numbers[j * 4 + k];
			}
		}
	}
	return total;
}

SUBJECT static uint64_t collatz(uint64_t n)
{
	uint64_t steps = 0;
	do {
		LOOP_BOUND(112);
		n = n % 2 == 0 ? n / 2 : 3 * n + 1;
		steps++;
	} while (n != 1 && steps < 112);
	return steps;
}

SUBJECT static uint64_t apply(uint64_t (*function)(uint64_t), uint64_t count)
{
	CALL_TARGET(bits);
	CALL_TARGET(collatz);
	uint64_t total = 0;
	for (uint64_t i = 0; i < count; i++) {
		LOOP_BOUND(3);
		total += function(27);
	}
	return total;
}

static uint64_t left;

static inline int is_more(void)
{
	uint64_t old = __atomic_load_n(&left, __ATOMIC_RELAXED);
	__atomic_store_n(&left, old - 1, __ATOMIC_RELAXED);
	return old > 1;
}

/* The condition does all the work; the body is empty, and runs once less than the condition. */
SUBJECT static void empty(void)
{
	while (is_more())
		LOOP_BOUND(9);
}

static void __attribute__((noinline)) work(void) { __asm__ volatile(".rept 100\n\tnop\n\t.endr"); }

/* The list has one zero at most. */
SUBJECT static void claimed(const uint64_t *list)
{
	for (unsigned i = 0; i < 16; i++) {
		LOOP_BOUND(16);
		if (list[i] != 0)
			continue;
		work();
		STEP_BOUND(zero, 1);
	}
}

/* The same, and the list has more of them. */
SUBJECT static void lied(const uint64_t *list)
{
	for (unsigned i = 0; i < 16; i++) {
		LOOP_BOUND(16);
		if (list[i] != 0)
			continue;
		work();
		STEP_BOUND(zeros, 1);
	}
}

void main(void)
{
	for (unsigned i = 0; i < 16; i++)
		numbers[i] = 100 - i;
	sum(numbers, 3);
	sum(numbers, 16);
	sort(numbers);
	sort(numbers);
	bits(0);
	bits(0x8001);
	bits(~UINT64_C(0));
	search(numbers, 100);
	search(numbers, 7);
	matrix(0);
	matrix(2);
	matrix(4);
	collatz(1);
	collatz(6);
	collatz(27);
	apply(bits, 1);
	apply(collatz, 3);
	left = 10;
	empty();
	left = 1;
	empty();
	numbers[15] = 0;
	claimed(numbers);
	numbers[3] = 0;
	lied(numbers);
	left = 1;
	empty();
}
