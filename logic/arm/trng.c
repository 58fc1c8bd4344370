/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash as a keyed generator: see trng.h. */
#include "logic/arm/trng.h"

#include "base/bound.h"

#define ABSORB_ROUNDS 2
#define SQUEEZE_ROUNDS 4
#define STREAM_SHIFT 56

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate_left(uint64_t word, unsigned count) { return word << count | word >> (64 - count); }

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate_left(s->v1, 13) ^ s->v0;
	s->v3 = rotate_left(s->v3, 16) ^ s->v2;
	s->v0 = rotate_left(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotate_left(s->v1, 17) ^ s->v2;
	s->v3 = rotate_left(s->v3, 21) ^ s->v0;
	s->v2 = rotate_left(s->v2, 32);
}

static inline void sip_absorb(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	for (unsigned i = 0; i < ABSORB_ROUNDS; i++) {
		LOOP_BOUND(ABSORB_ROUNDS);
		sip_round(s);
	}
	s->v0 ^= word;
}

static inline uint64_t sip_squeeze(struct sip *s, uint64_t separator)
{
	s->v2 ^= separator;
	for (unsigned i = 0; i < SQUEEZE_ROUNDS; i++) {
		LOOP_BOUND(SQUEEZE_ROUNDS);
		sip_round(s);
	}
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

void trng_init(struct trng *trng, const uint64_t seed[2], uint32_t stream)
{
	*trng = (struct trng){.key = {seed[0], seed[1]}, .counter = (uint64_t)stream << STREAM_SHIFT};
}

void trng_generate(struct trng *trng, ticks_t now, uint64_t *words, uint32_t count)
{
	struct sip s = {
		.v0 = trng->key[0] ^ UINT64_C(0x736f6d6570736575),
		.v1 = trng->key[1] ^ UINT64_C(0x646f72616e646f6d),
		.v2 = trng->key[0] ^ UINT64_C(0x6c7967656e657261),
		.v3 = trng->key[1] ^ UINT64_C(0x7465646279746573),
	};

	sip_absorb(&s, trng->counter);
	sip_absorb(&s, now.raw);
	trng->counter++;
	for (uint32_t i = 0; i < count && i < TRNG_WORD_MAX; i++) {
		LOOP_BOUND(TRNG_WORD_MAX);
		words[i] = sip_squeeze(&s, 0xff - i);
	}
}
