/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console: the PL011 at 0x09000000, polled. Only one CPU and one level of interruption prints at a time.
 */
#ifndef GUESTS_RUNTIME_PRINT_H
#define GUESTS_RUNTIME_PRINT_H

#define PL011_BASE 0x09000000UL
#define PL011_DR 0x00U
#define PL011_FR 0x18U
#define PL011_FR_TXFF (1U << 5)
#define PL011_FR_RXFE (1U << 4)
#define PL011_FR_BUSY (1U << 3)

/* 115200 baud, 8n1, FIFOs on, no interrupts. */
void console_init(void);
/* Waits for room in the FIFO; a newline is sent as carriage return and newline. */
void console_put(char c);
/* A byte that was received; negative: there is none. */
int console_get(void);
/* Has pace called before each byte: a guest with a budget spreads its output over time there. NULL: none. */
void console_set_pace(void (*pace)(void));
/* Returns when the last byte has left, or after a second. Between lines, it keeps a buffer behind the UART from
 * overflowing. */
void console_drain(void);

/* %d %u %x of int, with l of long; %s %c %%; a width, and 0 for zero padding, before d, u and x. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
