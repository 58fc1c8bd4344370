/* SPDX-License-Identifier: Apache-2.0 */
/* The schema as a page for the reader. */
#include <inttypes.h>

#include "tools/takt/schema.h"

static void print_value(FILE *out, const struct schema_property *p)
{
	switch (p->type) {
	case SCHEMA_U32:
		fprintf(out, "%" PRIu32 " to %" PRIu32 "%s%s", p->min, p->max, schema_unit(p)[0] ? " " : "",
			schema_unit(p));
		break;
	case SCHEMA_FLAG:
		fputs("no value", out);
		break;
	case SCHEMA_STRING:
		fputs("string", out);
		break;
	case SCHEMA_STRINGS:
		fputs("strings", out);
		break;
	case SCHEMA_CHOICE:
	case SCHEMA_ACTION:
		fputc('`', out);
		for (const char *c = p->choices; *c; c++) {
			if (*c == '|')
				fputs("`, `", out);
			else
				fputc(*c, out);
		}
		fputc('`', out);
		if (p->type == SCHEMA_ACTION)
			fputs(", `\"mode\", \"NAME\"`", out);
		break;
	case SCHEMA_ADDRESS:
		fputs("address", out);
		break;
	case SCHEMA_RANGES:
		fputs("address and size, one or more", out);
		break;
	case SCHEMA_CPUS:
		fputs("`<&cpus MASK MODE>`", out);
		break;
	case SCHEMA_PHANDLE:
		fputs("`<&label>`", out);
		break;
	case SCHEMA_PHANDLES:
		fputs("`<&label ...>`", out);
		break;
	case SCHEMA_ANY:
		fputs("as in its binding", out);
		break;
	}
}

static void print_node(FILE *out, const struct schema_node *node)
{
	fprintf(out, "## %s: `%s`\n\n%s\n\n", node->title, node->where, node->text);
	if (node->properties->name == NULL)
		return;
	fputs("| property | value | when absent | meaning |\n|---|---|---|---|\n", out);
	for (const struct schema_property *p = node->properties; p->name; p++) {
		fprintf(out, "| `%s` | ", p->name);
		print_value(out, p);
		fprintf(out, " | %s | %s |\n", p->fallback ? p->fallback : "an error", p->text);
	}
	fputc('\n', out);
}

void schema_print_reference(FILE *out)
{
	fputs("<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
	      "# The system description: every node and property\n\n"
	      "This page is printed by `takt help properties`, from the table by which `takt check` judges a "
	      "description.\n\n"
	      "A description is a device tree source. The C preprocessor runs first (`-undef`, so that no word has a "
	      "meaning "
	      "of its own); then it includes its board, whose nodes have labels. Times are in nanoseconds, sizes in "
	      "bytes. "
	      "Files are named relative to the file that names them.\n\n",
	      out);
	for (int kind = 0; kind < SCHEMA_KIND_COUNT; kind++)
		print_node(out, schema_node((enum schema_kind)kind));
}
