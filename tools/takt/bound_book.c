/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals and their texts; validity of instructions by capstone. */
#include "tools/takt/bound_book.h"

#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/util.h"

struct rule_words {
	const char *name;
	const char *what;
	const char *right;
};

static const struct rule_words rule_words[BOUND_RULE_COUNT] = {
	[BOUND_RULE_LOOP_UNDECLARED] = {"loop-without-bound", "a loop without a declared bound",
					"make LOOP_BOUND(n) the first statement of its body"},
	[BOUND_RULE_LOOP_UNCOUNTED] = {"loop-uncounted", "a way around this loop passes none of its LOOP_BOUNDs",
				       "each loop needs its own, as the first statement of its body"},
	[BOUND_RULE_LOOP_IRREDUCIBLE] = {"loop-irreducible", "a loop with two entries",
					 "let every jump into the loop go to its head"},
	[BOUND_RULE_RECURSION] = {"recursion", "a function calls itself", "use a loop with LOOP_BOUND"},
	[BOUND_RULE_CALL_UNLISTED] = {"call-without-targets", "an indirect call without a list of targets",
				      "declare each target with CALL_TARGET(f) in the same function"},
	[BOUND_RULE_INSTRUCTION] = {"instruction", "an instruction that no step of EL2 may reach",
				    "code only: no data, no SVC or HVC, no pointer authentication"},
	[BOUND_RULE_OUTSIDE] = {"flow-outside", "the flow of control leaves the code",
				"a function that does not return ends in panic"},
	[BOUND_RULE_NO_END] = {"no-end", "nothing behind this start ends a step",
			       "a step ends with ERET, WFI or STEP_ENDS"},
	[BOUND_RULE_RETURN] = {"return", "a step returns from the function that it began in, to no known caller",
			       "let the step's code be in one function, or call that function with BL"},
	[BOUND_RULE_HANDLER] = {"handler", "an exit class without a handler",
				"give exit_handlers an entry for each class"},
};

const char *bound_rule_name(enum bound_rule rule) { return rule_words[rule].name; }

bool bound_book_init(struct bound_book *book, const struct bound_image *image)
{
	csh handle;
	*book = (struct bound_book){.image = image};
	if (cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle) != CS_ERR_OK)
		return false;
	book->disassembler = handle;
	book->valid = util_alloc(image->code.word_count, sizeof(*book->valid));
	book->waits = util_alloc(image->code.word_count, sizeof(*book->waits));
	book->source = bound_source_open(image->path);
	return true;
}

void bound_book_fini(struct bound_book *book)
{
	csh handle = book->disassembler;
	cs_close(&handle);
	bound_source_close(book->source);
	for (size_t i = 0; i < book->refusal_count; i++)
		free(book->refusals[i].text);
	free(book->refusals);
	free(book->terminals);
	free(book->valid);
	free(book->waits);
	*book = (struct bound_book){0};
}

void bound_book_add_terminal(struct bound_book *book, const char *name)
{
	for (size_t i = 0; i < book->image->symbol_count; i++) {
		if (strcmp(book->image->symbols[i].name, name) != 0)
			continue;
		book->terminals = util_resize(book->terminals, book->terminal_count + 1, sizeof(*book->terminals));
		book->terminals[book->terminal_count++] = book->image->symbols[i].address;
	}
}

bool bound_book_is_terminal(const struct bound_book *book, uint64_t address)
{
	for (size_t i = 0; i < book->terminal_count; i++)
		if (book->terminals[i] == address)
			return true;
	return false;
}

bool bound_book_is_valid(struct bound_book *book, uint64_t address)
{
	size_t word = (size_t)((address - book->image->code.base) / 4);
	uint32_t content = book->image->words[word];
	uint8_t bytes[4] = {(uint8_t)content, (uint8_t)(content >> 8), (uint8_t)(content >> 16),
			    (uint8_t)(content >> 24)};
	cs_insn *insn = NULL;
	if (book->valid[word])
		return true;
	size_t count = cs_disasm(book->disassembler, bytes, sizeof(bytes), address, 1, &insn);
	if (count != 0)
		cs_free(insn, count);
	book->valid[word] = count == 1;
	return count == 1;
}

void bound_book_refuse(struct bound_book *book, enum bound_rule rule, uint64_t address, char *text)
{
	for (size_t i = 0; i < book->refusal_count; i++) {
		if (book->refusals[i].rule != rule || book->refusals[i].address != address)
			continue;
		free(text);
		return;
	}
	book->refusals = util_resize(book->refusals, book->refusal_count + 1, sizeof(*book->refusals));
	book->refusals[book->refusal_count++] = (struct bound_refusal){rule, address, text};
}

static int refusal_compare(const void *a, const void *b)
{
	const struct bound_refusal *x = a;
	const struct bound_refusal *y = b;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (int)x->rule - (int)y->rule;
}

void bound_book_print(struct bound_book *book, FILE *out)
{
	if (book->refusal_count > 1)
		qsort(book->refusals, book->refusal_count, sizeof(*book->refusals), refusal_compare);
	for (size_t i = 0; i < book->refusal_count; i++) {
		const struct bound_refusal *r = &book->refusals[i];
		const struct rule_words *words = &rule_words[r->rule];
		struct bound_place place = bound_source_find(book->source, r->address);
		char *where = bound_image_describe(book->image, r->address);
		if (place.file != NULL)
			fprintf(out, "%s:%d: ", place.file, place.line);
		else
			fprintf(out, "%s: ", book->image->path);
		fprintf(out, "error[%s] %s", words->name, where);
		if (place.function != NULL)
			fprintf(out, " (%s)", place.function);
		fprintf(out, ": %s%s%s (%s)\n", words->what, r->text[0] ? ": " : "", r->text, words->right);
		free(where);
	}
}
