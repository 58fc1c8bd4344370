/* SPDX-License-Identifier: Apache-2.0 */
/* Radix-2 Fourier transform in place (decimation in time) of 256 complex samples, and a channel of one tap for each
 * carrier. */
#include "guests/radio/chain.h"

#define SAMPLES_SHIFT 8U
#define HALF (CHAIN_SAMPLES / 2)

struct complex {
	float re;
	float im;
};

static struct complex twiddles[HALF]; /* e^(-2 pi i k / 256) */
static struct complex frame[CHAIN_SAMPLES];
static struct complex work[CHAIN_SAMPLES];
static uint8_t mirrors[CHAIN_SAMPLES];        /* the index with its bits in reverse */
static struct complex channel[CHAIN_SAMPLES]; /* of unit length: its conjugate undoes it */

static struct complex multiply(struct complex a, struct complex b)
{
	return (struct complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

void spectrum_init(void)
{
	/* cos and sin of 2 pi / 256, from which the others follow by rotation. */
	const double cosine = 0.99969881869620422;
	const double sine = 0.02454122852291228;
	double re = 1.0;
	double im = 0.0;

	for (unsigned k = 0; k < HALF; k++) {
		double next = re * cosine + im * sine;

		twiddles[k] = (struct complex){(float)re, (float)im};
		im = im * cosine - re * sine;
		re = next;
	}
	for (unsigned k = 0; k < CHAIN_SAMPLES; k++)
		channel[k] = twiddles[(k * 37U) % HALF];
	for (unsigned k = 1; k < CHAIN_SAMPLES; k++)
		mirrors[k] = (uint8_t)(mirrors[k / 2] / 2 | (k % 2) << (SAMPLES_SHIFT - 1));
}

static void permute(struct complex *data)
{
	for (unsigned i = 0; i < CHAIN_SAMPLES; i++) {
		unsigned mirror = mirrors[i];

		if (mirror > i) {
			struct complex kept = data[i];

			data[i] = data[mirror];
			data[mirror] = kept;
		}
	}
}

static void transform(struct complex *data)
{
	permute(data);
	for (unsigned half = 1; half < CHAIN_SAMPLES; half *= 2) {
		unsigned step = HALF / half;

		for (unsigned start = 0; start < CHAIN_SAMPLES; start += 2 * half) {
			for (unsigned k = 0; k < half; k++) {
				struct complex even = data[start + k];
				struct complex odd = multiply(data[start + k + half], twiddles[k * step]);

				data[start + k] = (struct complex){even.re + odd.re, even.im + odd.im};
				data[start + k + half] = (struct complex){even.re - odd.re, even.im - odd.im};
			}
		}
	}
}

void spectrum_modulate(const uint8_t *bits)
{
	for (unsigned k = 0; k < CHAIN_SAMPLES; k++) {
		/* The inverse transform is the transform of the conjugate, conjugated and scaled. */
		float sign = bits[k] != 0 ? -1.0F : 1.0F;

		frame[k] = (struct complex){channel[k].re * sign, -channel[k].im * sign};
	}
	transform(frame);
	for (unsigned k = 0; k < CHAIN_SAMPLES; k++)
		frame[k] = (struct complex){frame[k].re / CHAIN_SAMPLES, -frame[k].im / CHAIN_SAMPLES};
}

void spectrum_demodulate(uint8_t *bits)
{
	for (unsigned k = 0; k < CHAIN_SAMPLES; k++)
		work[k] = frame[k];
	transform(work);
	for (unsigned k = 0; k < CHAIN_SAMPLES; k++)
		bits[k] = work[k].re * channel[k].re + work[k].im * channel[k].im < 0.0F;
}
