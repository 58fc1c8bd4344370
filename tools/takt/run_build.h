/* SPDX-License-Identifier: Apache-2.0 */
/* From what the command line of `takt run` or `takt gdb` names, a description or an image, to an image. */
#ifndef TOOLS_TAKT_RUN_BUILD_H
#define TOOLS_TAKT_RUN_BUILD_H

#include "tools/takt/run_options.h"

/* What is done with the image; answers an enum exit_code. */
typedef int run_user(const struct run_options *options, const char *image);

/*
 * Calls use with options->input if that is an image; if it is a description, builds it first: as options->output, or as
 * a file that is gone afterwards. Answers an enum exit_code.
 */
int run_with_image(const struct run_options *options, run_user *use);

#endif
