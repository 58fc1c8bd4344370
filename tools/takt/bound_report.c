/* SPDX-License-Identifier: Apache-2.0 */
/* What `takt bound` found, as a table and as JSON. */
#include "tools/takt/bound.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/bound_step.h"
#include "tools/takt/util.h"

static uint64_t image_bytes(const struct bound_image *image)
{
	return image->text_bytes + image->rodata_bytes + image->data_bytes;
}

static bool is_first_of_name(const struct bound_image *image, size_t claim)
{
	return claim == 0 || strcmp(image->claims[claim - 1].name, image->claims[claim].name) != 0;
}

/* What nothing in the code shows, and the bounds rely on: each name with the places that share it. */
static void print_claims(const struct bound_image *image)
{
	if (image->claim_count == 0)
		return;
	printf("\nrelied on (STEP_BOUND): at most so many passes in one step\n\n");
	for (size_t i = 0; i < image->claim_count; i++) {
		bool is_first = is_first_of_name(image, i);
		if (is_first)
			printf("%s  %6" PRIu64 "  %-16s", i == 0 ? "" : "\n", image->claims[i].most,
			       image->claims[i].name);
		if (is_first || strcmp(image->claims[i - 1].place, image->claims[i].place) != 0)
			printf(" %s", image->claims[i].place);
	}
	putchar('\n');
}

void bound_print_table(const struct bound_image *image, const struct bound_result results[EXIT_CLASS_COUNT])
{

	printf("longest step of each exit class, from the vector to ERET, WFI or a cut, in instructions (no cache, "
	       "memory or "
	       "EL3 cost)\n\n");
	for (unsigned c = 0; c < EXIT_CLASS_COUNT; c++) {
		if (results[c].has_step)
			printf("  %-10s %8" PRIu64 "\n", bound_class_name((enum exit_class)c), results[c].cost);
		else
			printf("  %-10s %8s\n", bound_class_name((enum exit_class)c), "-");
	}
	print_claims(image);
	printf("\nimage: %" PRIu64 " bytes (text %" PRIu64 ", rodata %" PRIu64 ", data %" PRIu64 ")\n",
	       image_bytes(image), image->text_bytes, image->rodata_bytes, image->data_bytes);
}

static json_t *json_of_claims(const struct bound_image *image)
{
	json_t *claims = json_object();
	for (size_t i = 0; i < image->claim_count; i++)
		json_object_set_new(claims, image->claims[i].name, json_integer((json_int_t)image->claims[i].most));
	return claims;
}

static json_t *json_of(const struct bound_image *image, const struct bound_result results[EXIT_CLASS_COUNT])
{
	json_t *classes = json_object();
	for (unsigned c = 0; c < EXIT_CLASS_COUNT; c++)
		if (results[c].has_step)
			json_object_set_new(classes, bound_class_name((enum exit_class)c),
					    json_pack("{s:I}", "bound", (json_int_t)results[c].cost));
	json_t *sizes = json_pack("{s:s, s:I, s:I, s:I, s:I}", "path", image->path, "text",
				  (json_int_t)image->text_bytes, "rodata", (json_int_t)image->rodata_bytes, "data",
				  (json_int_t)image->data_bytes, "bytes", (json_int_t)image_bytes(image));
	return json_pack("{s:o, s:s, s:o, s:o}", "image", sizes, "unit", "instructions", "classes", classes,
			 "relied_on", json_of_claims(image));
}

int bound_write_json(const char *path, const struct bound_image *image,
		     const struct bound_result results[EXIT_CLASS_COUNT])
{
	struct output output;
	json_t *root = json_of(image, results);
	char *text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	if (text == NULL)
		return ENOMEM;
	int error = output_open(&output, path);
	if (error == 0) {
		error = output_write(&output, 0, text, strlen(text));
		if (error == 0)
			error = output_write(&output, strlen(text), "\n", 1);
		if (error == 0)
			error = output_commit(&output);
		if (error != 0)
			output_abort(&output);
	}
	free(text);
	return error;
}
