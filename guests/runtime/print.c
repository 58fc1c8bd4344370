/* SPDX-License-Identifier: Apache-2.0 */
/* PL011 output (ARM DDI 0183) and the formatter on it. */
#include "guests/runtime/print.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guests/runtime/mmio.h"
#include "guests/runtime/timer.h"

#define PL011_IBRD 0x24U
#define PL011_FBRD 0x28U
#define PL011_LCR_H 0x2cU
#define PL011_CR 0x30U
#define PL011_IMSC 0x38U
#define PL011_ICR 0x44U

#define LCR_H_8N1_FIFO 0x70U
#define CR_UARTEN_TXE_RXE 0x301U
#define ALL_INTERRUPTS 0x7ffU

#define DIGITS_MAX 20

static void (*console_pace)(void);

void console_set_pace(void (*pace)(void)) { console_pace = pace; }

void console_init(void)
{
	mmio_write32(PL011_BASE + PL011_CR, 0);
	mmio_write32(PL011_BASE + PL011_IMSC, 0);
	mmio_write32(PL011_BASE + PL011_ICR, ALL_INTERRUPTS);
	mmio_write32(PL011_BASE + PL011_IBRD, 13); /* 24 MHz / (16 * 115200) = 13 + 1/64 */
	mmio_write32(PL011_BASE + PL011_FBRD, 1);
	mmio_write32(PL011_BASE + PL011_LCR_H, LCR_H_8N1_FIFO);
	mmio_write32(PL011_BASE + PL011_CR, CR_UARTEN_TXE_RXE);
}

static void put_byte(char c)
{
	if (console_pace != NULL)
		console_pace();
	while ((mmio_read32(PL011_BASE + PL011_FR) & PL011_FR_TXFF) != 0)
		;
	mmio_write32(PL011_BASE + PL011_DR, (uint8_t)c);
}

void console_put(char c)
{
	if (c == '\n')
		put_byte('\r');
	put_byte(c);
}

int console_get(void)
{
	bool is_empty = (mmio_read32(PL011_BASE + PL011_FR) & PL011_FR_RXFE) != 0;
	return is_empty ? -1 : (int)(mmio_read32(PL011_BASE + PL011_DR) & 0xff);
}

void console_drain(void)
{
	uint64_t end = counter_read() + counter_hz();

	while ((mmio_read32(PL011_BASE + PL011_FR) & PL011_FR_BUSY) != 0 && counter_read() < end)
		;
}

static void put_text(const char *text)
{
	while (*text != '\0')
		console_put(*text++);
}

static void put_number(uint64_t value, unsigned base, unsigned width, char pad)
{
	char digits[DIGITS_MAX];
	unsigned count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	for (unsigned i = count; i < width; i++)
		console_put(pad);
	while (count > 0)
		console_put(digits[--count]);
}

static void put_signed(int64_t value, unsigned width, char pad)
{
	uint64_t magnitude = (uint64_t)value;

	if (value < 0) {
		console_put('-');
		magnitude = 0 - magnitude;
	}
	put_number(magnitude, 10, width, pad);
}

struct conversion {
	char pad;
	bool is_long;
	unsigned width;
	char letter;
};

/* Reads what stands behind a percent sign; answers where the format goes on. */
static const char *parse_conversion(const char *format, struct conversion *c)
{
	*c = (struct conversion){.pad = ' '};
	if (*format == '0') {
		c->pad = '0';
		format++;
	}
	while (*format >= '0' && *format <= '9')
		c->width = c->width * 10 + (unsigned)(*format++ - '0');
	while (*format == 'l') {
		c->is_long = true;
		format++;
	}
	c->letter = *format;
	return *format == '\0' ? format : format + 1;
}

static void put_conversion(const struct conversion *c, va_list *arguments)
{
	switch (c->letter) {
	case 'd':
		put_signed(c->is_long ? va_arg(*arguments, long) : va_arg(*arguments, int), c->width, c->pad);
		break;
	case 'u':
	case 'x':
		put_number(c->is_long ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned),
			   c->letter == 'x' ? 16 : 10, c->width, c->pad);
		break;
	case 's':
		put_text(va_arg(*arguments, const char *));
		break;
	case 'c':
		console_put((char)va_arg(*arguments, int));
		break;
	default:
		console_put(c->letter);
		break;
	}
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	while (*format != '\0') {
		struct conversion c;

		if (*format != '%') {
			console_put(*format++);
			continue;
		}
		format = parse_conversion(format + 1, &c);
		put_conversion(&c, &arguments);
	}
	va_end(arguments);
}
