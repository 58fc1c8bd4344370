/* SPDX-License-Identifier: Apache-2.0 */
/* links: services/pl011/pl011.c */
/* The PL011 model against ARM DDI 0183, and what Linux's driver and QEMU's guests expect of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/pl011/pl011.h"

struct bench {
	struct pl011 uart;
	struct console console;
};

static int set_up(void **state)
{
	static struct bench b;

	memset(&b, 0, sizeof(b));
	pl011_reset(&b.uart);
	*state = &b;
	return 0;
}

static uint32_t get(struct bench *b, uint32_t reg)
{
	return (uint32_t)pl011_read(&b->uart, &b->console, false, reg, 4);
}

static uint32_t get_waiting(struct bench *b, uint32_t reg)
{
	return (uint32_t)pl011_read(&b->uart, &b->console, true, reg, 4);
}

static uint32_t put(struct bench *b, uint32_t reg, uint32_t value)
{
	return pl011_write(&b->uart, &b->console, false, reg, value);
}

static void arrive(struct bench *b, const char *text)
{
	for (; *text != '\0'; text++)
		assert_true(ring_put(&b->console.rx, (uint8_t)*text));
	pl011_event(&b->uart, &b->console, false);
}

static void drain(struct bench *b, uint32_t bytes)
{
	uint8_t byte;

	while (bytes-- != 0)
		assert_true(ring_take(&b->console.tx, &byte));
}

static void registers_have_their_reset_values(void **state)
{
	struct bench *b = *state;
	static const struct {
		uint32_t reg, value;
	} expected[] = {
		{UARTDR, 0},    {UARTRSR, 0},    {UARTFR, FR_TXFE | FR_RXFE},
		{UARTILPR, 0},  {UARTIBRD, 0},   {UARTFBRD, 0},
		{UARTLCR_H, 0}, {UARTCR, 0x300}, {UARTIFLS, 0x12},
		{UARTIMSC, 0},  {UARTRIS, 0},    {UARTMIS, 0},
		{UARTICR, 0},   {UARTDMACR, 0},  {0xfe0, 0x11},
		{0xfe4, 0x10},  {0xfe8, 0x14},   {0xfec, 0},
		{0xff0, 0x0d},  {0xff4, 0xf0},   {0xff8, 0x05},
		{0xffc, 0xb1},  {0x008, 0},      {0x080, 0},
	};

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(get(b, expected[i].reg), expected[i].value);
}

static void registers_keep_their_implemented_bits(void **state)
{
	struct bench *b = *state;
	static const struct {
		uint32_t reg, kept;
	} expected[] = {
		{UARTILPR, 0xff},  {UARTIBRD, 0xffff}, {UARTFBRD, 0x3f},
		{UARTLCR_H, 0xff}, {UARTCR, 0xff87},   {UARTIFLS, 0x3f},
		{UARTIMSC, 0x7ff}, {UARTDMACR, 0x07},  {UARTFR, FR_TXFE | FR_RXFE | 0x107},
		{0x008, 0},
	};

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		put(b, expected[i].reg, 0xffffffff);
		assert_int_equal(get(b, expected[i].reg), expected[i].kept);
	}
	pl011_reset(&b->uart);
	assert_int_equal(get(b, UARTCR), 0x300);
}

static void sizes_and_places_of_accesses(void **state)
{
	struct bench *b = *state;

	put(b, UARTIBRD, 0x1234);
	assert_int_equal(pl011_read(&b->uart, &b->console, false, UARTIBRD, 1), 0x34);
	assert_int_equal(pl011_read(&b->uart, &b->console, false, UARTIBRD + 1, 1), 0x12);
	assert_int_equal(pl011_read(&b->uart, &b->console, false, UARTIBRD, 2), 0x1234);
	assert_int_equal(pl011_read(&b->uart, &b->console, false, UARTIBRD, 8), 0x1234);
	assert_int_equal(pl011_read(&b->uart, &b->console, false, 0x1000, 4), 0);
	assert_int_equal(pl011_read(&b->uart, &b->console, false, UINT64_MAX, 8), 0);
	put(b, UARTIBRD + 1, 0xff);
	assert_int_equal(get(b, UARTIBRD), 0x1234);
	assert_int_equal(pl011_write(&b->uart, &b->console, false, UINT64_C(0x100000024), 0xff), 0);
	assert_int_equal(get(b, UARTIBRD), 0x1234);
}

static void a_sent_byte_is_in_the_ring_and_the_uart_ready(void **state)
{
	struct bench *b = *state;
	uint8_t byte = 0;

	assert_int_equal(put(b, UARTDR, 'a'), CONSOLE_WAIT_OUTPUT);
	assert_int_equal(put(b, UARTDR, 'b'), 0);
	assert_int_equal(put(b, UARTDR, '\n'), CONSOLE_WAIT_OUTPUT);
	assert_int_equal(get(b, UARTFR), FR_TXFE | FR_RXFE);
	assert_int_equal(get(b, UARTRIS), INT_TX);
	assert_false(pl011_line(&b->uart));
	put(b, UARTIMSC, INT_TX);
	assert_true(pl011_line(&b->uart));
	assert_int_equal(get(b, UARTMIS), INT_TX);
	put(b, UARTICR, INT_TX);
	assert_false(pl011_line(&b->uart));
	assert_true(ring_take(&b->console.tx, &byte));
	assert_int_equal(byte, 'a');
	drain(b, 2);
	assert_int_equal(put(b, UARTDR, 'c'), CONSOLE_WAIT_OUTPUT);
}

static void a_full_ring_drops_and_counts(void **state)
{
	struct bench *b = *state;
	uint32_t notified = 0;

	for (uint32_t i = 0; i < RING_DATA_BYTES; i++)
		notified += put(b, UARTDR, 'x') != 0 ? 1 : 0;
	assert_int_equal(notified, 2); /* the first byte, and half of the ring */
	assert_int_equal(b->console.tx.dropped, 0);
	assert_int_equal(get(b, UARTFR), FR_TXFE | FR_RXFE);
	put(b, UARTDR, 'y');
	put(b, UARTDR, 'y');
	assert_int_equal(b->console.tx.dropped, 2);
	assert_int_equal(ring_used(&b->console.tx), RING_DATA_BYTES);
}

static void a_waiting_console_shows_its_fifo(void **state)
{
	struct bench *b = *state;
	struct console *c = &b->console;

	put(b, UARTLCR_H, LCR_H_FEN);
	put(b, UARTIMSC, INT_TX);
	for (uint32_t i = 0; i < RING_DATA_BYTES - 16; i++)
		pl011_write(&b->uart, c, true, UARTDR, 'x');
	assert_int_equal(get_waiting(b, UARTFR), FR_TXFE | FR_RXFE);
	for (uint32_t i = 0; i < 8; i++)
		pl011_write(&b->uart, c, true, UARTDR, 'x');
	assert_true(pl011_line(&b->uart)); /* level 8, trigger 1/2 */
	assert_int_equal(get_waiting(b, UARTFR), FR_BUSY | FR_RXFE);
	for (uint32_t i = 0; i < 8; i++)
		pl011_write(&b->uart, c, true, UARTDR, 'x');
	assert_false(pl011_line(&b->uart));
	assert_int_equal(get_waiting(b, UARTFR), FR_TXFF | FR_BUSY | FR_RXFE);
	pl011_write(&b->uart, c, true, UARTDR, 'y');
	assert_int_equal(c->tx.dropped, 1);
	drain(b, 7);
	pl011_event(&b->uart, c, true);
	assert_false(pl011_line(&b->uart));
	drain(b, 1);
	pl011_event(&b->uart, c, true);
	assert_true(pl011_line(&b->uart));
	put(b, UARTICR, INT_TX);
	pl011_event(&b->uart, c, true);
	assert_false(pl011_line(&b->uart)); /* cleared stays cleared until it rises again */
}

static void without_fifo_one_byte_waits(void **state)
{
	struct bench *b = *state;

	for (uint32_t i = 0; i < RING_DATA_BYTES - 1; i++)
		pl011_write(&b->uart, &b->console, true, UARTDR, 'x');
	assert_int_equal(get_waiting(b, UARTFR), FR_TXFE | FR_RXFE);
	assert_int_equal(get_waiting(b, UARTRIS), INT_TX);
	pl011_write(&b->uart, &b->console, true, UARTDR, 'x');
	assert_int_equal(get_waiting(b, UARTFR), FR_TXFF | FR_BUSY | FR_RXFE);
	assert_int_equal(get_waiting(b, UARTRIS), 0);
	drain(b, 1);
	pl011_event(&b->uart, &b->console, true);
	assert_int_equal(get_waiting(b, UARTRIS), INT_TX);
}

static void transmit_levels_follow_ifls(void **state)
{
	struct bench *b = *state;
	static const uint32_t level[5] = {2, 4, 8, 12, 14};

	put(b, UARTLCR_H, LCR_H_FEN);
	for (uint32_t select = 0; select < 5; select++) {
		memset(&b->console, 0, sizeof(b->console));
		put(b, UARTIFLS, select);
		b->console.tx.head = RING_DATA_BYTES - 16;
		for (uint32_t i = 1; i <= 16; i++) {
			pl011_write(&b->uart, &b->console, true, UARTDR, 'x');
			assert_int_equal((get_waiting(b, UARTRIS) & INT_TX) != 0, i <= level[select]);
		}
	}
}

static void received_bytes_interrupt_until_read(void **state)
{
	struct bench *b = *state;

	put(b, UARTLCR_H, LCR_H_FEN);
	put(b, UARTIMSC, INT_RX);
	arrive(b, "hi");
	assert_int_equal(get(b, UARTRIS), INT_RX | INT_RT);
	assert_true(pl011_line(&b->uart));
	assert_int_equal(get(b, UARTFR), FR_TXFE);
	assert_int_equal(get(b, UARTDR), 'h');
	assert_true(pl011_line(&b->uart));
	assert_int_equal(get(b, UARTDR), 'i');
	assert_false(pl011_line(&b->uart));
	assert_int_equal(get(b, UARTFR), FR_TXFE | FR_RXFE);
	assert_int_equal(get(b, UARTDR), 0);
}

static void a_cleared_receive_interrupt_rises_with_the_next_byte(void **state)
{
	struct bench *b = *state;

	put(b, UARTLCR_H, LCR_H_FEN);
	arrive(b, "a");
	put(b, UARTICR, INT_ALL);
	pl011_event(&b->uart, &b->console, false);
	assert_int_equal(get(b, UARTRIS), 0);
	arrive(b, "b");
	assert_int_equal(get(b, UARTRIS), INT_RX | INT_RT);
}

static void the_fifo_refills_from_the_ring_in_order(void **state)
{
	struct bench *b = *state;

	put(b, UARTLCR_H, LCR_H_FEN);
	arrive(b, "0123456789abcdefghijklmnop");
	assert_int_equal(get(b, UARTFR), FR_TXFE | FR_RXFF);
	for (const char *p = "0123456789abcdefghijklmnop"; *p != '\0'; p++)
		assert_int_equal(get(b, UARTDR), *p);
	assert_int_equal(get(b, UARTFR), FR_TXFE | FR_RXFE);
}

static void without_fifo_one_byte_is_received_at_a_time(void **state)
{
	struct bench *b = *state;

	arrive(b, "xy");
	assert_int_equal(get(b, UARTFR), FR_TXFE | FR_RXFF);
	assert_int_equal(ring_used(&b->console.rx), 1);
	assert_int_equal(get(b, UARTDR), 'x');
	assert_int_equal(get(b, UARTDR), 'y');
}

static void lost_input_is_an_overrun_of_the_next_byte(void **state)
{
	struct bench *b = *state;

	ring_drop(&b->console.rx);
	arrive(b, "ab");
	assert_int_equal(get(b, UARTRIS) & INT_OE, INT_OE);
	assert_int_equal(get(b, UARTDR), 'a' | DR_OE);
	assert_int_equal(get(b, UARTRSR), RSR_OE);
	assert_int_equal(get(b, UARTDR), 'b');
	assert_int_equal(get(b, UARTRSR), 0);
	ring_drop(&b->console.rx);
	arrive(b, "c");
	get(b, UARTDR);
	put(b, UARTRSR, 0);
	assert_int_equal(get(b, UARTRSR), 0);
}

static void switching_the_fifo_empties_it(void **state)
{
	struct bench *b = *state;

	put(b, UARTLCR_H, LCR_H_FEN);
	arrive(b, "ab");
	put(b, UARTLCR_H, 0);
	assert_int_equal(get(b, UARTFR), FR_TXFE | FR_RXFE);
	assert_int_equal(get(b, UARTRIS) & (INT_RX | INT_RT), 0);
}

static void loopback_feeds_back_bytes_and_modem_lines(void **state)
{
	struct bench *b = *state;

	put(b, UARTLCR_H, LCR_H_FEN);
	put(b, UARTCR, CR_UARTEN | CR_LBE | CR_RTS | CR_OUT2);
	assert_int_equal(get(b, UARTRIS), INT_CTSM | INT_RIM);
	assert_int_equal(get(b, UARTFR) & 0x107, FR_CTS | FR_RI);
	put(b, UARTCR, CR_UARTEN | CR_LBE | CR_DTR | CR_OUT1);
	assert_int_equal(get(b, UARTRIS), INT_CTSM | INT_RIM | INT_DSRM | INT_DCDM);
	for (uint32_t i = 0; i < 17; i++)
		assert_int_equal(put(b, UARTDR, 'A' + i), 0);
	assert_int_equal(ring_used(&b->console.tx), 0);
	assert_int_equal(get(b, UARTRIS) & INT_OE, INT_OE);
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(get(b, UARTDR), 'A' + i);
	assert_int_equal(get(b, UARTFR) & FR_RXFE, FR_RXFE);
}

static void a_broken_peer_garbles_text_only(void **state)
{
	struct bench *b = *state;

	put(b, UARTLCR_H, LCR_H_FEN);
	b->console.rx.head = 0xdeadbeef;
	b->console.tx.tail = 0xfeedface;
	pl011_event(&b->uart, &b->console, true);
	for (uint32_t i = 0; i < 100; i++) {
		get_waiting(b, UARTDR);
		get_waiting(b, UARTFR);
		pl011_write(&b->uart, &b->console, true, UARTDR, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(registers_have_their_reset_values, set_up),
		cmocka_unit_test_setup(registers_keep_their_implemented_bits, set_up),
		cmocka_unit_test_setup(sizes_and_places_of_accesses, set_up),
		cmocka_unit_test_setup(a_sent_byte_is_in_the_ring_and_the_uart_ready, set_up),
		cmocka_unit_test_setup(a_full_ring_drops_and_counts, set_up),
		cmocka_unit_test_setup(a_waiting_console_shows_its_fifo, set_up),
		cmocka_unit_test_setup(without_fifo_one_byte_waits, set_up),
		cmocka_unit_test_setup(transmit_levels_follow_ifls, set_up),
		cmocka_unit_test_setup(received_bytes_interrupt_until_read, set_up),
		cmocka_unit_test_setup(a_cleared_receive_interrupt_rises_with_the_next_byte, set_up),
		cmocka_unit_test_setup(the_fifo_refills_from_the_ring_in_order, set_up),
		cmocka_unit_test_setup(without_fifo_one_byte_is_received_at_a_time, set_up),
		cmocka_unit_test_setup(lost_input_is_an_overrun_of_the_next_byte, set_up),
		cmocka_unit_test_setup(switching_the_fifo_empties_it, set_up),
		cmocka_unit_test_setup(loopback_feeds_back_bytes_and_modem_lines, set_up),
		cmocka_unit_test_setup(a_broken_peer_garbles_text_only, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
