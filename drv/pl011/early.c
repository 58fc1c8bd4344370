/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PL011 output without interrupts (ARM DDI 0183), for what EL2 must say before services run, and when it ends by its
 * own bug. A character that finds the FIFO full for too long is dropped.
 */
#include "port/cpu.h"

#include "base/bits.h"
#include "base/bound.h"

#define UARTDR 0x00U
#define UARTFR 0x18U
#define UARTFR_TXFF BIT32(5)
#define POLLS_MAX 100000U
#define TEXT_MAX 512U

static volatile uint32_t *uart;

void hw_early_console_init(void *registers) { uart = registers; }

static void put(char c)
{
	for (uint32_t polls = 0; (uart[UARTFR / 4] & UARTFR_TXFF) != 0; polls++) {
		LOOP_BOUND(POLLS_MAX);
		if (polls == POLLS_MAX - 1)
			return;
	}
	uart[UARTDR / 4] = (uint8_t)c;
}

void hw_early_print(const char *text)
{
	if (uart == NULL)
		return;
	for (uint32_t i = 0; i < TEXT_MAX && text[i] != '\0'; i++) {
		LOOP_BOUND(TEXT_MAX);
		put(text[i]);
	}
}
