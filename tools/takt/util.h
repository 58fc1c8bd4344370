/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small things that every part of the host tool needs. Running out of memory ends the process with EXIT_ENVIRONMENT and
 * a message: nobody needs to test for it.
 */
#ifndef TOOLS_TAKT_UTIL_H
#define TOOLS_TAKT_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory; free() releases it. */
void *util_alloc(size_t count, size_t bytes);
void *util_resize(void *old, size_t count, size_t bytes);
char *util_copy(const char *text);
__attribute__((format(printf, 1, 2))) char *util_format(const char *format, ...);
char *util_vformat(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* The directory part of a path, "." when there is none; to be freed. */
char *util_dirname(const char *path);
/* The part of a path behind its directories. */
const char *util_basename(const char *path);
/* The directory in which the running program lies; to be freed. */
char *util_exe_dir(void);
bool util_file_exists(const char *path);

/* A whole file in memory. */
struct bytes {
	uint8_t *data;
	size_t size;
};
/* Answers 0 and the content, or an errno value. */
int util_read_file(const char *path, struct bytes *content);

/*
 * A file that appears whole or not at all: written to a temporary neighbour, renamed by output_commit. Every function
 * answers 0 or an errno value; after a failure output_abort removes what was written.
 */
struct output {
	char *path;
	char *temporary;
	int fd;
};
/* A whole file at once. */
int util_write_file(const char *path, const void *data, size_t bytes);
int output_open(struct output *output, const char *path);
int output_write(struct output *output, uint64_t offset, const void *data, size_t bytes);
int output_resize(struct output *output, uint64_t bytes);
int output_commit(struct output *output);
void output_abort(struct output *output);

/* A positive, finite number of seconds; false: the text is none, and seconds is as before. */
bool util_seconds(const char *text, double *seconds);
/* Of a clock that only goes forward. */
double util_seconds_now(void);

/* The least number of single-character insertions, removals, replacements and swaps of neighbours from a to b. */
size_t util_edit_distance(const char *a, const char *b);

/* SipHash-2-4 (Aumasson, Bernstein 2012) of some bytes under a 128-bit key. */
uint64_t util_siphash(const uint64_t key[2], const void *data, size_t bytes);

#endif
