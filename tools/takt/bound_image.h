/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linked EL2 as `takt bound` reads it: its code, symbols, and the records of base/bound.h. Everything is copied out
 * of the file and checked on the way; nothing here trusts a field of it.
 */
#ifndef TOOLS_TAKT_BOUND_IMAGE_H
#define TOOLS_TAKT_BOUND_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/takt/bound_graph.h"
#include "tools/takt/bound_path.h"

struct bound_symbol {
	uint64_t address;
	uint64_t size; /* of a function without one: up to the next function */
	char *name;
	bool is_function;
};

struct bound_target {
	uint64_t address; /* inside the calling function */
	uint64_t target;
};

/* A declaration for a whole step: what stands at address is passed at most `most` times, with all others of that name.
 */
struct bound_claim {
	uint64_t address;
	uint64_t most;
	char *name;
	const char *place; /* FILE:LINE; behind the name in its memory */
};

/* A loaded section with content. */
struct bound_part {
	uint64_t address;
	uint64_t bytes;
	const uint8_t *data;
	bool is_code;
};

struct bound_image {
	char *path;
	struct bound_code code;       /* from the first executable section's start to the last one's end */
	uint32_t *words;              /* 0 where there is no code */
	struct bound_symbol *symbols; /* by address, functions first */
	size_t symbol_count;
	struct bound_record *records; /* in order of emission; each place has its own copy */
	size_t record_count;
	struct bound_target *targets;
	size_t target_count;
	struct bound_claim *claims; /* by name, then address; those of one name have one value */
	size_t claim_count;
	uint64_t *ends; /* where a step ends without entry or wait */
	size_t end_count;
	struct bound_part *parts;
	size_t part_count;
	uint8_t *content; /* the file */
	uint64_t text_bytes;
	uint64_t rodata_bytes;
	uint64_t data_bytes;
};

/* Answers null, or what is wrong with the file, to be freed. */
char *bound_image_load(struct bound_image *image, const char *path);
void bound_image_fini(struct bound_image *image);

/* The address holds an instruction: aligned, and in an executable section. */
bool bound_image_is_code(const struct bound_image *image, uint64_t address);
/* A STEP_ENDS stands there. */
bool bound_image_is_end(const struct bound_image *image, uint64_t address);
uint32_t bound_image_word(const struct bound_image *image, uint64_t address);
/* The 64-bit word at address in a loaded section; false when there is none. */
bool bound_image_read(const struct bound_image *image, uint64_t address, uint64_t *value);
/* The symbol of that name, or null. */
const struct bound_symbol *bound_image_symbol(const struct bound_image *image, const char *name);
/* The function that contains the address, or null. */
const struct bound_symbol *bound_image_function(const struct bound_image *image, uint64_t address);
/* FUNCTION+0xOFFSET, from the nearest symbol in front; to be freed. */
char *bound_image_describe(const struct bound_image *image, uint64_t address);

#endif
