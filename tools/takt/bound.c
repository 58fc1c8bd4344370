/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommand: options, the walk of each class, and what to print. */
#include "tools/takt/bound.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/bound_count.h"
#include "tools/takt/bound_profile.h"
#include "tools/takt/command.h"
#include "tools/takt/util.h"

static const char help_text[] =
	"usage: takt bound [options] [ELF]\n"
	"\n"
	"Computes the longest path of each exit class of EL2, in instructions, from the linked image (default: the one "
	"beside\n"
	"this program, ../el2/takt.elf). Loops are bounded by LOOP_BOUND, indirect calls by CALL_TARGET, "
	"what a whole step\n"
	"does by STEP_BOUND (base/bound.h). A loop or call without one, recursion, and code that it can't follow are "
	"errors.\n"
	"\n"
	"  --path CLASS       print where the longest step of that class, or call of that function, spends its "
	"instructions\n"
	"  --function NAME    the bound of a function from its entry to its return, instead of the classes; may be "
	"repeated\n"
	"  --terminal NAME    nothing counts from this function on; may be repeated (always: panic, hw_halt)\n"
	"  --json FILE        write the bounds and the image's sizes there\n"
	"  --help             this text\n"
	"\n"
	"exit code: 0 every bound found, 1 something has no bound, 2 bad input, 3 the environment\n";

/* Names given on the command line; they are argv's. */
struct names {
	const char **list;
	size_t count;
};

struct options {
	const char *image; /* null: the default */
	const char *path;
	const char *json;
	struct names functions;
	struct names terminals;
	bool is_help;
};

static void names_add(struct names *names, const char *name)
{
	names->list = util_resize(names->list, names->count + 1, sizeof(*names->list));
	names->list[names->count++] = name;
}

static int options_read(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{"path", required_argument, NULL, 'p'}, {"function", required_argument, NULL, 'f'},
		{"json", required_argument, NULL, 'j'}, {"terminal", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0},
	};
	int option;
	optind = 0;
	while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (option == 'p')
			o->path = optarg;
		else if (option == 'f')
			names_add(&o->functions, optarg);
		else if (option == 'j')
			o->json = optarg;
		else if (option == 't')
			names_add(&o->terminals, optarg);
		else if (option == 'h')
			o->is_help = true;
		else
			return EXIT_INPUT;
	}
	if (argc - optind > 1 || (o->json != NULL && o->functions.count != 0)) {
		fputs(argc - optind > 1 ? "takt bound: one image at a time\n"
					: "takt bound: --json is of the classes: leave --function away\n",
		      stderr);
		return EXIT_INPUT;
	}
	o->image = argc - optind == 1 ? argv[optind] : NULL;
	return EXIT_KEPT;
}

static int find_class(const char *name)
{
	for (int c = 0; c < EXIT_CLASS_COUNT; c++)
		if (strcmp(bound_class_name((enum exit_class)c), name) == 0)
			return c;
	return -1;
}

static struct bound_result solve_class(struct bound_book *book, const struct bound_symbol *dispatcher,
				       enum exit_class exit_class, bool print)
{
	struct bound_walk walk;
	struct bound_result result = {false, 0};
	uint64_t handler = bound_step_handler(book->image, exit_class);
	if (handler == 0)
		bound_book_refuse(book, BOUND_RULE_HANDLER, bound_step_slot(book->image, exit_class),
				  util_copy(bound_class_name(exit_class)));
	bound_walk_init(&walk, book, (struct bound_dispatch){handler != 0 ? dispatcher : NULL, handler});
	struct bound_step step = bound_step_longest(&walk, exit_class);
	if (step.cost != BOUND_NONE && book->refusal_count == 0) {
		struct bound_counts counts = bound_count_step(&walk, &step);
		result = (struct bound_result){true, counts.bound};
		if (print)
			bound_profile_print(stdout, book, &counts, bound_class_name(exit_class));
		bound_counts_fini(&counts);
	}
	bound_step_fini(&step);
	bound_walk_fini(&walk);
	return result;
}

static int solve_classes(struct bound_book *book, const struct options *o)
{
	struct bound_result results[EXIT_CLASS_COUNT];
	char *fault = NULL;
	const struct bound_symbol *dispatcher = bound_step_dispatcher(book->image, &fault);
	int path = o->path == NULL ? -1 : find_class(o->path);
	if (fault == NULL && o->path != NULL && path < 0)
		fault = util_format("no exit class is called %s", o->path);
	if (fault != NULL) {
		fprintf(stderr, "%s: error[image] %s\n", book->image->path, fault);
		free(fault);
		return EXIT_INPUT;
	}
	for (int c = 0; c < EXIT_CLASS_COUNT; c++)
		results[c] = solve_class(book, dispatcher, (enum exit_class)c, c == path);
	if (book->refusal_count != 0)
		return EXIT_BROKEN;
	bound_print_table(book->image, results);
	int error = o->json == NULL ? 0 : bound_write_json(o->json, book->image, results);
	if (error != 0)
		fprintf(stderr, "takt bound: %s: %s\n", o->json, strerror(error));
	return error == 0 ? EXIT_KEPT : EXIT_ENVIRONMENT;
}

static int solve_function(struct bound_walk *walk, const char *name, bool print)
{
	struct bound_book *book = walk->book;
	const struct bound_symbol *s = bound_image_symbol(book->image, name);
	if (s == NULL || !bound_image_is_code(book->image, s->address)) {
		fprintf(stderr, "%s: error[image] it has no function %s\n", book->image->path, name);
		return EXIT_INPUT;
	}
	const struct bound_procedure *p = bound_walk_procedure(walk, s->address);
	if (p->returns == BOUND_NONE && p->ends == BOUND_NONE && book->refusal_count == 0)
		bound_book_refuse(book, BOUND_RULE_NO_END, s->address, util_copy(""));
	if (book->refusal_count != 0)
		return EXIT_BROKEN;
	bool ends = p->returns == BOUND_NONE;
	struct bound_counts counts = bound_count_procedure(walk, p);
	if (print)
		bound_profile_print(stdout, book, &counts, name);
	printf("%-24s %8" PRIu64 "%s\n", name, counts.bound, ends ? " to the end of the step" : "");
	bound_counts_fini(&counts);
	return EXIT_KEPT;
}

static int solve_functions(struct bound_book *book, const struct options *o)
{
	int result = EXIT_KEPT;
	struct bound_walk walk;
	bound_walk_init(&walk, book, (struct bound_dispatch){0, 0});
	for (size_t i = 0; i < o->functions.count; i++) {
		const char *name = o->functions.list[i];
		int one = solve_function(&walk, name, o->path != NULL && strcmp(o->path, name) == 0);
		result = one > result ? one : result;
	}
	bound_walk_fini(&walk);
	return result;
}

static int solve(const struct bound_image *image, const struct options *o)
{
	struct bound_book book;
	if (!bound_book_init(&book, image)) {
		fputs("takt bound: capstone can't disassemble AArch64 here\n", stderr);
		return EXIT_ENVIRONMENT;
	}
	bound_book_add_terminal(&book, "panic");
	bound_book_add_terminal(&book, "hw_halt");
	for (size_t i = 0; i < o->terminals.count; i++)
		bound_book_add_terminal(&book, o->terminals.list[i]);
	int result = o->functions.count != 0 ? solve_functions(&book, o) : solve_classes(&book, o);
	bound_book_print(&book, stderr);
	bound_book_fini(&book);
	return result;
}

static int load_and_solve(const struct options *o)
{
	char *directory = util_exe_dir();
	char *path = o->image != NULL ? util_copy(o->image) : util_format("%s/../el2/takt.elf", directory);
	struct bound_image image;
	char *fault = bound_image_load(&image, path);
	int result = EXIT_INPUT;
	if (fault != NULL)
		fprintf(stderr, "%s: error[image] %s\n", path, fault);
	else
		result = solve(&image, o);
	bound_image_fini(&image);
	free(fault);
	free(path);
	free(directory);
	return result;
}

int cmd_bound(int argc, char **argv)
{
	struct options options = {0};
	int result = options_read(&options, argc, argv);
	if (result == EXIT_KEPT && options.is_help)
		fputs(help_text, stdout);
	else if (result == EXIT_KEPT)
		result = load_and_solve(&options);
	free(options.functions.list);
	free(options.terminals.list);
	return result;
}
