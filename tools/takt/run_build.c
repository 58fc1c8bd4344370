/* SPDX-License-Identifier: Apache-2.0 */
/* Building what is run: see run_build.h. */
#include "tools/takt/run_build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/takt/build.h"
#include "tools/takt/command.h"
#include "tools/takt/util.h"

static void remove_image(const char *image)
{
	static const char *const suffixes[] = {"", ".json", ".map", ".scr"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *path = util_format("%s%s", image, suffixes[i]);

		unlink(path);
		free(path);
	}
}

static int build(const struct run_options *options, const char *image)
{
	const struct build_options build_options = {
		.source = options->input,
		.output = image,
		.el2 = options->el2,
		.services = options->services,
		.paths = options->paths.list,
		.path_count = options->paths.count,
		.defines = options->defines.list,
		.define_count = options->defines.count,
		.quiet = true,
	};

	return build_system(&build_options);
}

/* Builds into a directory that goes away with the use. */
static int build_and_use(const struct run_options *options, run_user *use)
{
	const char *base = getenv("TMPDIR");
	char *directory = util_format("%s/takt-image.XXXXXX", base != NULL ? base : "/tmp");
	int code;

	if (mkdtemp(directory) == NULL) {
		fprintf(stderr, "%s: error: %s\n", directory, strerror(errno));
		free(directory);
		return EXIT_ENVIRONMENT;
	}
	char *image = util_format("%s/system.img", directory);
	code = build(options, image);
	if (code == EXIT_KEPT)
		code = use(options, image);
	remove_image(image);
	rmdir(directory);
	free(image);
	free(directory);
	return code;
}

static bool is_description(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && strcmp(path + length - 4, ".dts") == 0;
}

int run_with_image(const struct run_options *options, run_user *use)
{
	if (!is_description(options->input))
		return use(options, options->input);
	if (options->output == NULL)
		return build_and_use(options, use);
	int code = build(options, options->output);
	return code == EXIT_KEPT ? use(options, options->output) : code;
}
