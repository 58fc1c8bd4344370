/* SPDX-License-Identifier: Apache-2.0 */
/* takt check: everything that can be known to be wrong before boot. takt build: the image. */
#include <stdio.h>
#include <stdlib.h>

#include "tools/takt/command.h"
#include "tools/takt/options.h"
#include "tools/takt/project.h"

static const char check_usage[] =
	"usage: takt check [-I DIR] [-D NAME[=VALUE]] [--json] [-q] FILE.dts\n"
	"       takt check --explain RULE\n"
	"\n"
	"Checks a system description: all that `takt build` and the hypervisor would refuse.\n"
	"\n"
	"  -I, --path DIR           search DIR for what the description includes and names\n"
	"  -D, --define NAME=VALUE  define a macro of the preprocessor\n"
	"      --json               print the errors as JSON, on standard output\n"
	"  -q, --quiet              say nothing when all is well\n"
	"      --explain RULE       say more about a rule: the word in brackets of a message\n"
	"\n"
	"Ends with 0 when all is well, 2 when the description is wrong, 3 when cpp or dtc can't be run.\n";

static const char build_usage[] =
	"usage: takt build [-I DIR] [-D NAME[=VALUE]] [--format image|fit] [-o IMAGE] [-q] FILE.dts\n"
	"\n"
	"Checks a system description and makes one bootable image of it: IMAGE, to be loaded like an arm64 Linux\n"
	"Image; IMAGE.scr, a script by which U-Boot does that, to be copied beside it as boot.scr; IMAGE.map, which\n"
	"says what lies where; and IMAGE.json, for `takt run`.\n"
	"\n"
	"  -o, --output IMAGE       the image to write; by default, FILE.img (FILE.itb) in the current directory\n"
	"      --format image|fit   an Image (default), or a FIT, which U-Boot checks by its CRC before it starts it\n"
	"  -I, --path DIR           search DIR for what the description includes and names\n"
	"  -D, --define NAME=VALUE  define a macro of the preprocessor\n"
	"      --el2 FILE           the hypervisor; by default, ../el2/takt.elf beside the program's directory\n"
	"      --services DIR       the services; by default, ../services beside the program's directory\n"
	"  -q, --quiet              say nothing when all is well\n"
	"\n"
	"Ends with 0 when the image is there, 2 when the description is wrong, 3 when something is missing or can't "
	"be\n"
	"written.\n";

/* With what nobody should overlook: who could break the isolation of all. */
static void say_well(const struct system *system, const char *source)
{
	printf("%s: all is well\n", source);
	for (uint32_t i = 0; i < system->domain_count; i++) {
		const struct system_domain *domain = &system->domains[i];
		if (domain->unprotected_dma)
			printf("%s: note: %s is trusted with all memory, through devices that master the bus "
			       "(takt,unprotected-dma)\n",
			       source, domain->path);
	}
}

int cmd_check(int argc, char **argv)
{
	struct options options;
	int code = options_parse(&options, argc, argv, check_usage);
	if (code != EXIT_KEPT)
		return code < 0 ? EXIT_KEPT : code;
	struct project *project = util_alloc(1, sizeof(*project));
	code = project_open(project, &options.build, false);
	if (options.json)
		diag_print_json(&project->diag, stdout);
	else
		diag_print(&project->diag, stderr);
	if (code == EXIT_KEPT && !options.json && !options.build.quiet)
		say_well(&project->system, options.build.source);
	project_fini(project);
	free(project);
	return code;
}

/* "dir/name.dts" to "name.img" */
static char *default_output(const char *source, enum build_format format)
{
	const char *name = util_basename(source);
	int length = 0;
	while (name[length] && name[length] != '.')
		length++;
	return util_format("%.*s.%s", length, name, format == BUILD_FIT ? "itb" : "img");
}

int cmd_build(int argc, char **argv)
{
	struct options options;
	int code = options_parse(&options, argc, argv, build_usage);
	if (code != EXIT_KEPT)
		return code < 0 ? EXIT_KEPT : code;
	char *output = options.build.output ? util_copy(options.build.output)
					    : default_output(options.build.source, options.build.format);
	options.build.output = output;
	code = build_system(&options.build);
	free(output);
	return code;
}
