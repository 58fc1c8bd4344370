/* SPDX-License-Identifier: Apache-2.0 */
/* From a description to a laid-out system. */
#include "tools/takt/project.h"

#include <stdlib.h>

#include "tools/takt/check.h"
#include "tools/takt/command.h"
#include "tools/takt/options.h"

static int load_parts(struct project *project, const struct build_options *options, bool need)
{
	if (need)
		return parts_load(&project->parts, options->el2, options->services);
	parts_assume(&project->parts);
	return EXIT_KEPT;
}

/* The boards that come with takt are found last. */
static void collect_paths(struct project *project, const struct build_options *options)
{
	project->systems_dir = options_systems_dir();
	project->paths = util_alloc(options->path_count + 1, sizeof(*project->paths));
	for (size_t i = 0; i < options->path_count; i++)
		project->paths[project->path_count++] = options->paths[i];
	if (project->systems_dir)
		project->paths[project->path_count++] = project->systems_dir;
}

int project_open(struct project *project, const struct build_options *options, bool need_parts)
{
	struct diag *diag = &project->diag;
	*project = (struct project){0};
	collect_paths(project, options);
	struct tree_options tree = {options->source, project->paths, project->path_count, options->defines,
				    options->define_count};
	int code = tree_load(&project->tree, &tree, diag);
	if (code != EXIT_KEPT)
		return code;
	system_read(&project->system, &project->tree, project->paths, project->path_count, diag);
	if (diag->count)
		return EXIT_INPUT;
	check_system(&project->system, diag);
	schedule_build(&project->schedule, &project->system, diag);
	project->guests = util_alloc(project->system.domain_count, sizeof(*project->guests));
	for (uint32_t i = 0; i < project->system.domain_count; i++)
		guest_load(&project->guests[i], &project->system, &project->system.domains[i], diag);
	if (diag->count)
		return EXIT_INPUT;
	code = load_parts(project, options, need_parts);
	if (code != EXIT_KEPT)
		return code;
	if (!layout_build(&project->layout, &project->system, &project->schedule, project->guests, &project->parts,
			  diag))
		return EXIT_INPUT;
	project->blob = blob_make(project);
	return blob_check(project) ? EXIT_KEPT : EXIT_INPUT;
}

void project_fini(struct project *project)
{
	for (uint32_t i = 0; project->guests && i < project->system.domain_count; i++)
		guest_fini(&project->guests[i]);
	free(project->guests);
	free(project->paths);
	free(project->systems_dir);
	free(project->blob.data);
	parts_fini(&project->parts);
	system_fini(&project->system);
	tree_fini(&project->tree);
	diag_fini(&project->diag);
}
