/* links: @vgic */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GIC against the architecture's model: random steps of guests and devices, with 1, 2, 4 and 16 list
 * registers, 1 to 8 vCPUs, in turn on one CPU and side by side, both EOI modes. After each step: nothing lost, nothing
 * without cause, most urgent first, no interrupt in two list registers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/prop/vgic_model.h"

#define STEPS 12000U

static uint32_t xorshift(void *state)
{
	uint64_t *s = state;
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (uint32_t)(*s >> 16);
}

int main(void)
{
	static const unsigned lr_counts[] = {1, 2, 4, 16};
	static const unsigned vcpu_counts[] = {1, 2, 3, 8};
	const char *given = getenv("TAKT_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) << 20 ^ (uint64_t)clock();
	static struct rig rig;
	uint64_t fast = 0, acknowledged = 0, evictions = 0, asked = 0, short_folds = 0;

	printf("TAKT_SEED=%#llx\n", (unsigned long long)seed);
	fflush(stdout);
	for (unsigned n = 0; n < 32; n++) {
		uint64_t state = seed * 2654435761U + n + 1;
		rig_init(&rig, vcpu_counts[n / 4 % 4], lr_counts[n % 4], n >= 16, xorshift, &state);
		for (unsigned k = 0; k < STEPS; k++) {
			rig.calm = k / 500 % 2 == 1;
			rig_step(&rig);
		}
		fast += rig.fast;
		acknowledged += rig.acknowledged;
		evictions += rig.evictions;
		short_folds += rig.short_folds;
		asked += rig.asked;
	}
	printf("acknowledged %llu, fast %llu, evictions %llu, asked %llu, short folds %llu\n",
	       (unsigned long long)acknowledged, (unsigned long long)fast, (unsigned long long)evictions,
	       (unsigned long long)asked, (unsigned long long)short_folds);
	/* A run that never reached these proves nothing. */
	return acknowledged > 1000 && fast > 100 && evictions > 20 && asked > 100 && short_folds > 100 ? 0 : 1;
}
