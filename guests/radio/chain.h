/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receive chain of one frame: 256 samples through a Fourier transform to 256 hard decisions, a Viterbi decoder (K =
 * 7, rate 1/2) to 128 bits, a CRC over the message. The amount of work does not depend on the data. The frame is made
 * once, with bit errors that the decoder must correct, so that every result can be checked.
 */
#ifndef GUESTS_RADIO_CHAIN_H
#define GUESTS_RADIO_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#define CHAIN_SAMPLES 256U
#define CHAIN_BLOCK_BYTES 16U /* message, CRC-16, and a zero byte that brings the encoder back to its first state */

/* Prepares tables and the received frame. Uses FP. */
void chain_init(void);
/* Receives the frame; true when the CRC of the decoded block is right. Uses FP. */
bool chain_run(void);

/* chain_fp.c: the parts that use FP. Bits are bytes of 0 or 1. */
void spectrum_init(void);
/* Makes the samples of a frame whose 256 carriers have the given bits. */
void spectrum_modulate(const uint8_t *bits);
/* Equalises and transforms the samples of the frame into bits. */
void spectrum_demodulate(uint8_t *bits);

#endif
