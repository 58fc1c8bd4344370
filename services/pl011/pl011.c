/* SPDX-License-Identifier: Apache-2.0 */
/* The PL011 model: see pl011.h. The two accesses of which a console consists, DR and FR, are decided first. */
#include "services/pl011/pl011.h"

static uint32_t fifo_depth(const struct pl011 *u) { return (u->lcr_h & LCR_H_FEN) != 0 ? PL011_FIFO_DEPTH : 1; }

/* Bytes in the transmit FIFO: what ring tx lacks in room for a whole FIFO. */
static uint32_t tx_level(const struct pl011 *u, const struct console *console, bool wait)
{
	if (!wait)
		return 0;
	uint32_t room = ring_room(&console->tx);
	uint32_t depth = fifo_depth(u);
	return room >= depth ? 0 : depth - room;
}

/* The level at which the transmit interrupt is asserted: TXIFLSEL is 1/8, 1/4, 1/2, 3/4, 7/8 of the FIFO. */
static uint32_t tx_trigger(const struct pl011 *u)
{
	static const uint8_t level[8] = {2, 4, 8, 12, 14, 14, 14, 14};

	return (u->lcr_h & LCR_H_FEN) != 0 ? level[u->ifls & 7] : 0;
}

static void tx_update(struct pl011 *u, const struct console *console, bool wait)
{
	u->tx_above = tx_level(u, console, wait) > tx_trigger(u);
	if (u->tx_above != 0)
		u->ris &= ~INT_TX;
	else
		u->ris |= INT_TX;
}

/* A byte with its errors arrives; the FIFO has room. */
static void rx_push(struct pl011 *u, uint32_t data)
{
	u->rx_fifo[(u->rx_first + u->rx_count) % PL011_FIFO_DEPTH] = (uint16_t)data;
	u->rx_count++;
	u->ris |= INT_RX | INT_RT;
}

static void rx_fill(struct pl011 *u, struct console *console)
{
	uint32_t depth = fifo_depth(u);
	uint8_t byte;

	while (u->rx_count < depth && ring_take(&console->rx, &byte)) {
		uint32_t dropped = console->rx.dropped;
		uint32_t overrun = dropped != u->rx_dropped ? DR_OE : 0;

		u->rx_dropped = dropped;
		if (overrun != 0)
			u->ris |= INT_OE;
		rx_push(u, byte | overrun);
	}
}

static uint32_t rx_read(struct pl011 *u, struct console *console)
{
	if (u->rx_count == 0)
		return 0;
	uint32_t data = u->rx_fifo[u->rx_first];
	u->rx_first = (u->rx_first + 1) % PL011_FIFO_DEPTH;
	u->rx_count--;
	u->rsr = data >> 8;
	rx_fill(u, console);
	if (u->rx_count == 0)
		u->ris &= ~(INT_RX | INT_RT);
	return data;
}

static void rx_flush(struct pl011 *u)
{
	u->rx_first = 0;
	u->rx_count = 0;
	u->ris &= ~(INT_RX | INT_RT);
}

/* The transmit line feeds the receive line (LBE). */
static void loop_back(struct pl011 *u, uint8_t byte)
{
	u->ris |= INT_TX;
	if (u->rx_count < fifo_depth(u))
		rx_push(u, byte);
	else
		u->ris |= INT_OE;
}

/*
 * Sends a byte. The driver is notified when it may be waiting for this byte (it was the first in the ring), when a
 * line is complete, and when half of the ring is used: a driver that leaves the beginning of a line in the ring relies
 * on it.
 */
static uint32_t transmit(struct pl011 *u, struct console *console, bool wait, uint8_t byte)
{
	if (__builtin_expect((u->cr & CR_LBE) != 0, 0)) {
		loop_back(u, byte);
		return 0;
	}
	if (!ring_put(&console->tx, byte))
		ring_drop(&console->tx);
	if (__builtin_expect(wait, 0))
		tx_update(u, console, wait);
	else
		u->ris |= INT_TX;

	/* Orders our head before the tail that we read; pairs with the fence in mux_output. Without it both sides could
	 * miss the other: the driver sees an empty ring and waits, we see one that it is still reading. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	uint32_t used = ring_used(&console->tx);
	return used == 1 || used == RING_DATA_BYTES / 2 || byte == '\n' ? CONSOLE_WAIT_OUTPUT : 0;
}

/* The modem inputs as UARTFR shows them: in loopback they are the outputs. */
static uint32_t modem_lines(uint32_t cr)
{
	uint32_t lines = 0;

	if ((cr & CR_LBE) == 0)
		return 0;
	lines |= (cr & CR_RTS) != 0 ? FR_CTS : 0;
	lines |= (cr & CR_DTR) != 0 ? FR_DSR : 0;
	lines |= (cr & CR_OUT1) != 0 ? FR_DCD : 0;
	lines |= (cr & CR_OUT2) != 0 ? FR_RI : 0;
	return lines;
}

static void write_cr(struct pl011 *u, uint32_t value)
{
	uint32_t changed = modem_lines(u->cr) ^ modem_lines(value);

	u->ris |= (changed & FR_CTS) != 0 ? INT_CTSM : 0;
	u->ris |= (changed & FR_DSR) != 0 ? INT_DSRM : 0;
	u->ris |= (changed & FR_DCD) != 0 ? INT_DCDM : 0;
	u->ris |= (changed & FR_RI) != 0 ? INT_RIM : 0;
	u->cr = value & 0xff87;
}

static uint32_t flags(const struct pl011 *u, const struct console *console, bool wait)
{
	uint32_t level = tx_level(u, console, wait);
	uint32_t fr = level == 0 ? FR_TXFE : FR_BUSY;

	if (level != 0 && level == fifo_depth(u))
		fr |= FR_TXFF;
	if (u->rx_count == 0)
		fr |= FR_RXFE;
	else if (u->rx_count >= fifo_depth(u))
		fr |= FR_RXFF;
	return fr | modem_lines(u->cr);
}

/* UARTPeriphID 0x00141011 (r1p1) and UARTPCellID 0xb105f00d. */
static uint32_t identification(uint32_t reg)
{
	static const uint8_t id[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	return id[(reg - UARTPERIPHID0) / 4];
}

static uint32_t read_other(const struct pl011 *u, uint32_t reg)
{
	switch (reg) {
	case UARTRSR:
		return u->rsr;
	case UARTILPR:
		return u->ilpr;
	case UARTIBRD:
		return u->ibrd;
	case UARTFBRD:
		return u->fbrd;
	case UARTLCR_H:
		return u->lcr_h;
	case UARTCR:
		return u->cr;
	case UARTIFLS:
		return u->ifls;
	case UARTIMSC:
		return u->imsc;
	case UARTRIS:
		return u->ris;
	case UARTMIS:
		return u->ris & u->imsc;
	case UARTDMACR:
		return u->dmacr;
	default:
		return reg >= UARTPERIPHID0 && reg < 0x1000 ? identification(reg) : 0;
	}
}

static void write_other(struct pl011 *u, uint32_t reg, uint32_t value)
{
	switch (reg) {
	case UARTRSR:
		u->rsr = 0;
		break;
	case UARTILPR:
		u->ilpr = value & 0xff;
		break;
	case UARTIBRD:
		u->ibrd = value & 0xffff;
		break;
	case UARTFBRD:
		u->fbrd = value & 0x3f;
		break;
	case UARTLCR_H:
		if (((u->lcr_h ^ value) & LCR_H_FEN) != 0)
			rx_flush(u);
		u->lcr_h = value & 0xff;
		break;
	case UARTCR:
		write_cr(u, value);
		break;
	case UARTIFLS:
		u->ifls = value & 0x3f;
		break;
	case UARTIMSC:
		u->imsc = value & INT_ALL;
		break;
	case UARTICR:
		u->ris &= ~(value & INT_ALL);
		break;
	case UARTDMACR:
		u->dmacr = value & 7;
		break;
	default:
		break;
	}
}

void pl011_reset(struct pl011 *u)
{
	uint32_t dropped = u->rx_dropped;

	*u = (struct pl011)PL011_RESET_STATE;
	u->rx_dropped = dropped;
}

uint64_t pl011_read(struct pl011 *u, struct console *console, bool wait, uint64_t offset, uint64_t size)
{
	uint32_t reg = (uint32_t)offset & ~3U;
	uint64_t value;

	if (offset >= 0x1000)
		return 0;
	if (reg == UARTFR)
		value = flags(u, console, wait);
	else if (reg == UARTDR)
		value = rx_read(u, console);
	else
		value = read_other(u, reg);
	value >>= 8 * (offset & 3);
	return size >= 4 ? value : value & ((UINT64_C(1) << (8 * size)) - 1);
}

uint32_t pl011_write(struct pl011 *u, struct console *console, bool wait, uint64_t offset, uint64_t value)
{
	if (__builtin_expect(offset == UARTDR, 1))
		return transmit(u, console, wait, (uint8_t)value);
	if (offset < 0x1000 && (offset & 3) == 0)
		write_other(u, (uint32_t)offset, (uint32_t)value);
	return 0;
}

void pl011_event(struct pl011 *u, struct console *console, bool wait)
{
	rx_fill(u, console);
	/* Only the fall to the level asserts: a guest that cleared the interrupt is not asked again. */
	if (u->tx_above != 0)
		tx_update(u, console, wait);
}
