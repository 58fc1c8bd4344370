/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A description on its way to an image: everything that is known of it, in the order in which it becomes known. `check`
 * and `build` go the same way, so that what one accepts the other can do.
 */
#ifndef TOOLS_TAKT_PROJECT_H
#define TOOLS_TAKT_PROJECT_H

#include "tools/takt/build.h"
#include "tools/takt/diag.h"
#include "tools/takt/guest.h"
#include "tools/takt/layout.h"
#include "tools/takt/parts.h"
#include "tools/takt/schedule.h"
#include "tools/takt/system.h"
#include "tools/takt/tree.h"

struct project {
	char *systems_dir;  /* last of the search directories; null: none */
	const char **paths; /* all of them */
	size_t path_count;
	struct tree tree;
	struct system system;
	struct schedule schedule;
	struct guest *guests; /* one for each domain */
	struct parts parts;
	struct layout layout;
	struct bytes blob;
	struct diag diag;
};

/*
 * Reads, checks and lays out; with need_parts, from the built EL2 and services, else with stand-ins where they are
 * missing. Answers an enum exit_code; with EXIT_INPUT, diag says why. project_fini is due in every case.
 */
int project_open(struct project *project, const struct build_options *options, bool need_parts);
void project_fini(struct project *project);

/* The blob (blob.c): from schedule and layout. */
struct bytes blob_make(const struct project *project);
/* Applies logic/config's check, the one that EL2 makes at boot. False with a message in diag. */
bool blob_check(struct project *project);

/* IMAGE.map and IMAGE.json (describe.c); 0 or an errno value. */
int describe_map(const struct project *project, const char *path);
int describe_json(const struct project *project, const char *path, const struct build_options *options);

#endif
