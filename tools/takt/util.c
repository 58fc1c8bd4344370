/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, text, edit distance and SipHash for the host tool. */
#define _GNU_SOURCE
#include "tools/takt/util.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/takt/command.h"

static void *checked(void *memory)
{
	if (memory == NULL) {
		fputs("takt: out of memory\n", stderr);
		exit(EXIT_ENVIRONMENT);
	}
	return memory;
}

void *util_alloc(size_t count, size_t bytes) { return checked(calloc(count ? count : 1, bytes ? bytes : 1)); }

void *util_resize(void *old, size_t count, size_t bytes)
{
	return checked(reallocarray(old, count ? count : 1, bytes));
}

char *util_copy(const char *text) { return checked(strdup(text)); }

char *util_vformat(const char *format, va_list args)
{
	char *text = NULL;
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	return checked(text);
}

char *util_format(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = util_vformat(format, args);
	va_end(args);
	return text;
}

static size_t min_size(size_t a, size_t b) { return a < b ? a : b; }

size_t util_edit_distance(const char *a, const char *b)
{
	size_t columns = strlen(b) + 1;
	size_t *rows = util_alloc(3 * columns, sizeof(*rows));
	size_t *before = rows;
	size_t *last = rows + columns;
	size_t *row = rows + 2 * columns;
	for (size_t j = 0; j < columns; j++)
		last[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		row[0] = i;
		for (size_t j = 1; j < columns; j++) {
			size_t replace = last[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = min_size(replace, 1 + min_size(last[j], row[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min_size(row[j], before[j - 2] + 1);
		}
		size_t *spare = before;
		before = last;
		last = row;
		row = spare;
	}
	size_t distance = last[columns - 1];
	free(rows);
	return distance;
}

static uint64_t rotate(uint64_t x, unsigned n) { return (x << n) | (x >> (64 - n)); }

static void sip_rounds(uint64_t v[4], unsigned count)
{
	while (count--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

uint64_t util_siphash(const uint64_t key[2], const void *data, size_t bytes)
{
	const uint8_t *p = data;
	uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
			 key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
	for (size_t at = 0; at <= bytes; at += 8) {
		uint64_t word = bytes - at < 8 ? (uint64_t)bytes << 56 : 0;
		for (size_t i = 0; i < 8 && at + i < bytes; i++)
			word |= (uint64_t)p[at + i] << (8 * i);
		v[3] ^= word;
		sip_rounds(v, 2);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

bool util_seconds(const char *text, double *seconds)
{
	char *end;

	errno = 0;
	double value = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !isfinite(value) || value <= 0)
		return false;
	*seconds = value;
	return true;
}

double util_seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
