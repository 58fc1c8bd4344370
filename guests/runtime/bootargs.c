/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds bootargs in a flattened device tree (Devicetree Specification 0.4, chapter 5) by its property's name: only
 * /chosen has one. Reads words of 32 bits at their natural alignment, as the MMU may be off.
 */
#include "guests/runtime/bootargs.h"

#include <stddef.h>

#include "guests/runtime/runtime.h"

#define FDT_MAGIC 0xd00dfeedU
#define FDT_BEGIN_NODE 1U
#define FDT_PROP 3U
#define FDT_END 9U

/* Cells of the header: a magic number, and where the blocks of structure and strings begin. */
#define HEADER_MAGIC 0U
#define HEADER_STRUCTURE 2U
#define HEADER_STRINGS 3U

static uint32_t cell(const uint32_t *at) { return __builtin_bswap32(*at); }

static bool is_text(const char *a, const char *b)
{
	while (*a == *b && *a != '\0') {
		a++;
		b++;
	}
	return *a == *b;
}

/* Cells of a text with its end. */
static size_t text_cells(const char *text)
{
	size_t bytes = 1;

	while (text[bytes - 1] != '\0')
		bytes++;
	return (bytes + 3) / 4;
}

/* Value of the first property of that name, or NULL. */
static const char *find_property(const char *name)
{
	uintptr_t tree = runtime_device_tree();
	const uint32_t *header = (const uint32_t *)tree;

	if (tree == 0 || cell(&header[HEADER_MAGIC]) != FDT_MAGIC)
		return NULL;
	const char *strings = (const char *)(tree + cell(&header[HEADER_STRINGS]));
	const uint32_t *at = (const uint32_t *)(tree + cell(&header[HEADER_STRUCTURE]));
	for (; cell(at) != FDT_END; at++) {
		if (cell(at) == FDT_BEGIN_NODE) {
			at += text_cells((const char *)(at + 1));
		} else if (cell(at) == FDT_PROP) {
			if (is_text(strings + cell(at + 2), name))
				return (const char *)(at + 3);
			at += 2 + (cell(at + 1) + 3) / 4;
		}
	}
	return NULL;
}

/* What follows "name=" in the arguments, or NULL. */
static const char *find_word(const char *name)
{
	const char *at = find_property("bootargs");

	while (at != NULL && *at != '\0') {
		const char *n = name;

		for (; *n != '\0' && *at == *n; at++)
			n++;
		if (*n == '\0' && *at == '=')
			return at + 1;
		while (*at != '\0' && *at != ' ')
			at++;
		while (*at == ' ')
			at++;
	}
	return NULL;
}

uint64_t bootargs_number(const char *name, uint64_t otherwise)
{
	const char *text = find_word(name);
	uint64_t value = 0;

	if (text == NULL)
		return otherwise;
	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

bool bootargs_is(const char *name, const char *value)
{
	const char *text = find_word(name);

	if (text == NULL)
		return false;
	for (; *value != '\0'; value++) {
		if (*text++ != *value)
			return false;
	}
	return *text == '\0' || *text == ' ';
}
