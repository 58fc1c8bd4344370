/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PL011 that a guest sees: the registers of ARM DDI 0183 (revision r1p1, FIFOs of 16, as QEMU's) before the two
 * rings of a console. Pure: state and rings are arguments; called by one context at a time.
 *
 *     guest --DR--> [last 16 bytes of room in ring tx] ==> driver      driver ==> ring rx ==> [FIFO of 16] --DR-->
 * guest
 *
 * Sending. A byte goes into ring tx at once. Without CONSOLE_WAIT a byte for which there is no room is dropped and
 * counted, and the guest sees a UART that is always ready. With it, the last 16 bytes of room are the transmit FIFO: it
 * fills when the driver is late, sets TXFF and BUSY, and asserts its interrupt when it has fallen to the level in
 * UARTIFLS.
 *
 * Receiving. A byte arrives the moment that the FIFO has room for it; so either the FIFO is full or the line is silent,
 * and a silent line with bytes in the FIFO is a receive timeout. RT is asserted for it, and RX too,
 * as in QEMU, for whose guests RX alone has to be enough. Both fall when the FIFO is empty. Bytes that the driver
 * had no room for show as an overrun (OE) on the next one.
 *
 * As in QEMU, UARTEN, TXE and RXE need not be set: many guests never set them. Baud rate, frame format and DMA
 * requests are kept and have no effect; loopback (LBE) works, modem lines included, which else read as not connected.
 * The integration test registers (0x080 to 0x08c) do not exist. Registers that do not exist read as zero and ignore
 * writes.
 */
#ifndef SERVICES_PL011_H
#define SERVICES_PL011_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/service.h"
#include "services/pl011/pl011_regs.h"

#define PL011_FIFO_DEPTH 16U

struct pl011 {
	uint32_t ris; /* raw interrupts */
	uint32_t imsc;
	uint32_t cr;
	uint32_t lcr_h;
	uint32_t ifls;
	uint32_t rsr; /* errors of the last byte read */
	uint32_t ilpr;
	uint32_t ibrd;
	uint32_t fbrd;
	uint32_t dmacr;
	uint32_t tx_above;                  /* 1: the transmit FIFO is above its interrupt's level */
	uint32_t rx_first;                  /* index of the oldest byte in rx_fifo */
	uint32_t rx_count;                  /* 0 to PL011_FIFO_DEPTH */
	uint32_t rx_dropped;                /* what ring rx had dropped when last looked at */
	uint16_t rx_fifo[PL011_FIFO_DEPTH]; /* as read from UARTDR: byte and errors */
};

/* Reset values (chapter 3.2). */
#define PL011_RESET_STATE                           \
	{                                           \
		.cr = CR_TXE | CR_RXE, .ifls = 0x12 \
	}

/* The registers take their reset values and the receive FIFO is emptied; the rings keep what is in them. */
void pl011_reset(struct pl011 *u);

/*
 * The guest reads size bytes (1, 2, 4, 8) at offset; answers them zero-extended. wait: the console is CONSOLE_WAIT.
 * At most 16 bytes are moved from ring to FIFO.
 */
uint64_t pl011_read(struct pl011 *u, struct console *console, bool wait, uint64_t offset, uint64_t size);

/* The guest writes at offset. Answers the bits to notify the console driver with. A write that is not word-aligned is
 * ignored. */
uint32_t pl011_write(struct pl011 *u, struct console *console, bool wait, uint64_t offset, uint64_t value);

/* The driver added to ring rx, or made room in ring tx. */
void pl011_event(struct pl011 *u, struct console *console, bool wait);

/* Level of UARTINTR. */
static inline bool pl011_line(const struct pl011 *u) { return (u->ris & u->imsc) != 0; }

#endif
