/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutional code (K = 7, generators 171 and 133 octal), its Viterbi decoder on hard decisions, and CRC-16/CCITT. */
#include "guests/radio/chain.h"

#define STEPS (CHAIN_BLOCK_BYTES * 8U)
#define STATES 64U
#define MESSAGE_BYTES (CHAIN_BLOCK_BYTES - 3U)
#define GENERATOR_A 0x79U
#define GENERATOR_B 0x5bU
#define UNREACHED 0x4000U
#define ERROR_DISTANCE 31U /* between flipped bits: far enough for the code to correct each */

static uint8_t outputs[2 * STATES]; /* the two coded bits for (state << 1 | input), as a number of 0 to 3 */
static uint8_t received[2 * STEPS];
static uint16_t metrics[2][STATES];
static uint64_t decisions[STEPS]; /* bit s: the survivor into state s came from the higher of its two predecessors */
static uint8_t decoded[CHAIN_BLOCK_BYTES];

static uint16_t crc16(const uint8_t *bytes, unsigned count)
{
	uint16_t crc = 0xffff;

	for (unsigned i = 0; i < count; i++) {
		crc = (uint16_t)(crc ^ (uint16_t)(bytes[i] << 8));
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (uint16_t)((uint16_t)(crc << 1) ^ ((crc >> 15) * 0x1021U));
	}
	return crc;
}

static unsigned bit_of(const uint8_t *bytes, unsigned index) { return bytes[index / 8] >> (7 - index % 8) & 1; }

static unsigned parity(unsigned word)
{
	word ^= word >> 4;
	word ^= word >> 2;
	word ^= word >> 1;
	return word & 1;
}

static void encode(const uint8_t *block, uint8_t *bits)
{
	unsigned state = 0; /* the last six inputs, the newest in bit 0 */

	for (unsigned i = 0; i < STEPS; i++) {
		unsigned window = state << 1 | bit_of(block, i);

		bits[2 * i] = outputs[window] >> 1;
		bits[2 * i + 1] = outputs[window] & 1;
		state = window % STATES;
	}
}

void chain_init(void)
{
	uint8_t block[CHAIN_BLOCK_BYTES] = "radio frame 0";
	uint16_t crc = crc16(block, MESSAGE_BYTES);

	for (unsigned window = 0; window < 2 * STATES; window++)
		outputs[window] = (uint8_t)(parity(window & GENERATOR_A) << 1 | parity(window & GENERATOR_B));
	block[MESSAGE_BYTES] = (uint8_t)(crc >> 8);
	block[MESSAGE_BYTES + 1] = (uint8_t)crc;
	block[MESSAGE_BYTES + 2] = 0;
	encode(block, received);
	for (unsigned i = ERROR_DISTANCE; i < 2 * STEPS; i += ERROR_DISTANCE)
		received[i] ^= 1;
	spectrum_init();
	spectrum_modulate(received);
}

/* Stores the better of two ways into a state; answers whether it is that from the higher predecessor. */
static inline uint64_t select(unsigned metric_low, unsigned metric_high, unsigned distance, uint16_t *metric)
{
	bool is_high;

	metric_low += distance;
	metric_high += 2 - distance;
	is_high = metric_high < metric_low;
	*metric = (uint16_t)(is_high ? metric_high : metric_low);
	return is_high;
}

/*
 * One step of the trellis: for each new state the better of its two predecessors, which differ in the oldest bit. Both
 * generators have that bit, so that the two branches into a state carry opposite coded bits.
 */
static void step(const uint16_t *from, uint16_t *to, unsigned pair, uint64_t *decision)
{
	uint16_t wrong[4]; /* coded bits that differ from the received pair */
	uint64_t chosen = 0;

	for (unsigned coded = 0; coded < 4; coded++)
		wrong[coded] = (uint16_t)(((coded ^ pair) & 1) + ((coded ^ pair) >> 1));
	for (unsigned low = 0; low < STATES / 2; low++) {
		unsigned metric_low = from[low];
		unsigned metric_high = from[low | STATES / 2];

		chosen |= select(metric_low, metric_high, wrong[outputs[2 * low]], &to[2 * low]) << (2 * low);
		chosen |= select(metric_low, metric_high, wrong[outputs[2 * low + 1]], &to[2 * low + 1])
			  << (2 * low + 1);
	}
	*decision = chosen;
}

static void viterbi(const uint8_t *bits, uint8_t *block)
{
	unsigned state = 0;

	for (unsigned s = 0; s < STATES; s++)
		metrics[0][s] = s == 0 ? 0 : UNREACHED;
	for (unsigned i = 0; i < STEPS; i++)
		step(metrics[i % 2], metrics[(i + 1) % 2], (unsigned)(bits[2 * i] << 1 | bits[2 * i + 1]),
		     &decisions[i]);
	for (unsigned i = 0; i < CHAIN_BLOCK_BYTES; i++)
		block[i] = 0;
	for (unsigned i = STEPS; i-- > 0;) {
		unsigned is_high = (unsigned)(decisions[i] >> state) & 1;

		block[i / 8] = (uint8_t)(block[i / 8] | (state & 1) << (7 - i % 8));
		state = state >> 1 | is_high * (STATES / 2);
	}
}

bool chain_run(void)
{
	uint16_t crc;

	spectrum_demodulate(received);
	viterbi(received, decoded);
	crc = crc16(decoded, MESSAGE_BYTES);
	return decoded[MESSAGE_BYTES] == crc >> 8 && decoded[MESSAGE_BYTES + 1] == (crc & 0xff);
}
