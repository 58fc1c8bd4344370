/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over source functions, inlined or not, by the image's DWARF. */
#include "tools/takt/bound_profile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/util.h"

/* What is executed less often than this is not part of the step. */
#define TIMES_LEAST 1e-6
/* Functions with a smaller share are one line together. */
#define SHARE_LEAST 0.005

struct entry {
	char *name;
	const char *file;
	int first_line;
	int last_line;
	double instructions;
};

struct profile {
	struct entry *entries;
	size_t count;
};

static bool is_same_file(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static struct entry *entry_of(struct profile *profile, const char *name, struct bound_place place)
{
	for (size_t i = 0; i < profile->count; i++)
		if (strcmp(profile->entries[i].name, name) == 0 && is_same_file(profile->entries[i].file, place.file))
			return &profile->entries[i];
	profile->entries = util_resize(profile->entries, profile->count + 1, sizeof(*profile->entries));
	profile->entries[profile->count] = (struct entry){
		.name = util_copy(name), .file = place.file, .first_line = place.line, .last_line = place.line};
	return &profile->entries[profile->count++];
}

static void add_block(struct profile *profile, struct bound_book *book, const struct bound_count_block *block)
{
	struct bound_place place = bound_source_find(book->source, block->address);
	char *name =
		place.function != NULL ? util_copy(place.function) : bound_image_describe(book->image, block->address);
	struct entry *e = entry_of(profile, name, place);
	if (place.line != 0 && place.line < e->first_line)
		e->first_line = place.line;
	if (place.line > e->last_line)
		e->last_line = place.line;
	e->instructions += block->times * block->instructions;
	free(name);
}

static int entry_compare(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;
	if (x->instructions > y->instructions || x->instructions < y->instructions)
		return x->instructions > y->instructions ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void print_entry(FILE *out, const struct entry *e, double sum)
{
	fprintf(out, "  %12.0f  %4.1f%%  %s", e->instructions, 100 * e->instructions / sum, e->name);
	if (e->file != NULL && e->first_line == e->last_line)
		fprintf(out, "  %s:%d", e->file, e->first_line);
	else if (e->file != NULL)
		fprintf(out, "  %s:%d..%d", e->file, e->first_line, e->last_line);
	fputc('\n', out);
}

static void print_functions(FILE *out, struct bound_book *book, const struct bound_counts *counts)
{
	struct profile profile = {NULL, 0};
	double others = 0;
	size_t other_count = 0;
	double sum = 0;
	for (size_t i = 0; i < counts->block_count; i++) {
		if (counts->blocks[i].times < TIMES_LEAST)
			continue;
		add_block(&profile, book, &counts->blocks[i]);
		sum += counts->blocks[i].times * counts->blocks[i].instructions;
	}
	if (profile.count > 1)
		qsort(profile.entries, profile.count, sizeof(*profile.entries), entry_compare);
	fprintf(out, "  instructions  share  function\n");
	for (size_t i = 0; i < profile.count; i++) {
		bool is_small = profile.entries[i].instructions < SHARE_LEAST * sum;
		if (!is_small)
			print_entry(out, &profile.entries[i], sum);
		others += is_small ? profile.entries[i].instructions : 0;
		other_count += is_small;
		free(profile.entries[i].name);
	}
	if (other_count != 0)
		fprintf(out, "  %12.0f  %4.1f%%  %zu others\n", others, 100 * others / sum, other_count);
	free(profile.entries);
}

static void print_calls(FILE *out, struct bound_book *book, const struct bound_counts *counts)
{
	fprintf(out, "\n  calls  instructions  of, without what it calls\n");
	for (size_t i = 0; i < counts->call_count; i++) {
		if (counts->calls[i].times < TIMES_LEAST)
			continue;
		char *name = bound_image_describe(book->image, counts->calls[i].entry);
		fprintf(out, "  %5.4g  %12.0f  %s\n", counts->calls[i].times, counts->calls[i].instructions, name);
		free(name);
	}
}

static void print_loops(FILE *out, const struct bound_counts *counts)
{
	fprintf(out, "\n  entered  turns  loop\n");
	for (size_t i = 0; i < counts->loop_count; i++) {
		const struct bound_count_loop *l = &counts->loops[i];
		if (l->visits < TIMES_LEAST)
			continue;
		fprintf(out, "  %7.4g  %5.4g  %s\n", l->entries, l->visits, l->place != NULL ? l->place : "?");
	}
}

static void print_claims(FILE *out, const struct bound_counts *counts)
{
	fprintf(out, "\n  most  passes  one more costs  STEP_BOUND\n");
	for (size_t i = 0; i < counts->claim_count; i++) {
		const struct bound_count_claim *c = &counts->claims[i];
		fprintf(out, "  %4" PRIu64 "  %6.4g  %14.0f  %s", c->most, c->passes, c->price, c->name);
		if (c->unclear != 0)
			fprintf(out, " (jumps to %u of its places do not count)", c->unclear);
		fputc('\n', out);
	}
}

void bound_profile_print(FILE *out, struct bound_book *book, const struct bound_counts *counts, const char *name)
{
	fprintf(out, "longest step of %s: %" PRIu64 " instructions\n\n", name, counts->bound);
	print_functions(out, book, counts);
	print_calls(out, book, counts);
	print_loops(out, counts);
	if (counts->claim_count != 0)
		print_claims(out, counts);
	fputc('\n', out);
}
