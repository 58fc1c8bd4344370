/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of the physical PL011 (ARM DDI 0183), a context with a reservation of its own. It never waits for the UART
 * by looking: when the transmit FIFO is full it asks for the transmit interrupt and blocks. Each turn moves at most one
 * FIFO of input and one buffer of output.
 */
#include "services/pl011/pl011_regs.h"
#include "services/runtime/svc.h"
#include "services/uart/uart_mux.h"

#define LINE_BIT 0U /* of CONSOLE_WAIT_LINE */
#define FIFO_BYTES 32U
#define BUFFER_BYTES 64U
#define BAUD 115200U

_Noreturn void service_entry(void);

/* State of the sending side: bytes chosen by the multiplexer that the FIFO has not yet taken. */
struct buffer {
	size_t next;
	size_t bytes;
	uint8_t data[BUFFER_BYTES];
};

static struct uart_mux mux;
static struct buffer buffer;

static uint32_t uart_read(uint32_t reg) { return *(volatile const uint32_t *)(SERVICE_DEVICE_IPA + reg); }

static void uart_write(uint32_t reg, uint32_t value) { *(volatile uint32_t *)(SERVICE_DEVICE_IPA + reg) = value; }

/* Divisor in sixty-fourths: clock / (16 * baud), rounded (DDI 0183 section 3.3.6). */
static void uart_set_baud(uint32_t clock_hz)
{
	uint32_t divisor = (uint32_t)(((uint64_t)clock_hz * 4 + BAUD / 2) / BAUD);

	uart_write(UARTIBRD, divisor / 64);
	uart_write(UARTFBRD, divisor % 64);
}

static void uart_init(uint32_t clock_hz)
{
	uart_write(UARTCR, 0);
	uart_write(UARTIMSC, 0);
	uart_write(UARTICR, INT_ALL);
	if (clock_hz != 0)
		uart_set_baud(clock_hz);
	uart_write(UARTLCR_H, LCR_H_WLEN_8 | LCR_H_FEN); /* also takes over the divisor */
	uart_write(UARTIFLS, 0x10);                      /* receive at 1/2, transmit at 1/8 */
	uart_write(UARTIMSC, INT_RX | INT_RT);
	uart_write(UARTCR, CR_UARTEN | CR_TXE | CR_RXE);
}

static void receive(void)
{
	for (uint32_t n = 0; n < FIFO_BYTES && (uart_read(UARTFR) & FR_RXFE) == 0; n++)
		mux_input(&mux, (uint8_t)uart_read(UARTDR));
}

/* Sends what the FIFO takes now. True: some of the buffer is left. */
static bool send(void)
{
	while (buffer.next < buffer.bytes && (uart_read(UARTFR) & FR_TXFF) == 0)
		uart_write(UARTDR, buffer.data[buffer.next++]);
	return buffer.next < buffer.bytes;
}

static void notify_models(void)
{
	for (uint32_t vm = mux_take_notify(&mux); vm != BLOB_NONE; vm = mux_take_notify(&mux))
		svc_notify(vm);
}

/* One turn. True: there is nothing to do before the next interrupt or notification. */
static bool turn(void)
{
	bool is_full;

	receive();
	is_full = send();
	if (!is_full) {
		buffer.next = 0;
		buffer.bytes = mux_output(&mux, buffer.data, BUFFER_BYTES);
	}
	notify_models();
	uart_write(UARTIMSC, INT_RX | INT_RT | (is_full ? INT_TX : 0));
	return is_full || buffer.bytes == 0;
}

__attribute__((section(".text.entry"))) _Noreturn void service_entry(void)
{
	static const struct mux_el2 el2 = {
		.vm_state = svc_vm_state, .vm_command = svc_vm_command, .vm_reserve = svc_vm_reserve, .mode = svc_mode};

	mux_init(&mux, service_config(), service_consoles(), &el2);
	uart_init(service_config()->uart_clock_hz);
	for (;;) {
		if (!turn())
			continue;
		if ((svc_wait() & CONSOLE_WAIT_LINE) != 0) {
			receive();
			svc_line_done(LINE_BIT);
		}
	}
}
