/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program. Input and both outputs pass through unnamed temporary files, not pipes: so nothing can block,
 * whatever the program reads or writes first.
 */
#define _GNU_SOURCE
#include "tools/takt/program.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/takt/command.h"

extern char **environ;

void program_add(struct program *program, const char *argument)
{
	if (program->count + 2 >= PROGRAM_ARGUMENT_MAX) {
		fprintf(stderr, "takt: too many arguments for %s (at most %d)\n", program->name, PROGRAM_ARGUMENT_MAX);
		exit(EXIT_INPUT);
	}
	program->arguments[++program->count] = argument;
}

static FILE *scratch(void)
{
	FILE *file = tmpfile();
	if (file == NULL) {
		fprintf(stderr, "takt: no temporary file: %s\n", strerror(errno));
		exit(EXIT_ENVIRONMENT);
	}
	return file;
}

static struct bytes collect(FILE *file)
{
	struct bytes content = {0};
	long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
	if (size < 0)
		size = 0;
	rewind(file);
	content.data = util_alloc((size_t)size + 1, 1);
	content.size = fread(content.data, 1, (size_t)size, file);
	fclose(file);
	return content;
}

static int spawn(const struct program *program, FILE *files[3], pid_t *child)
{
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, fileno(files[i]), i);
	const char *arguments[PROGRAM_ARGUMENT_MAX];
	memcpy(arguments, program->arguments, sizeof(arguments));
	arguments[0] = program->name;
	arguments[program->count + 1] = NULL;
	int error = posix_spawnp(child, program->name, &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int wait_for(pid_t child)
{
	int status;
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

int program_run(const struct program *program, const struct bytes *input, struct bytes *output, struct bytes *messages)
{
	FILE *files[3] = {scratch(), scratch(), scratch()};
	if (input && fwrite(input->data, 1, input->size, files[0]) != input->size) {
		fprintf(stderr, "takt: can't write a temporary file: %s\n", strerror(errno));
		exit(EXIT_ENVIRONMENT);
	}
	fflush(files[0]);
	rewind(files[0]);
	pid_t child;
	int error = spawn(program, files, &child);
	int code = error ? -1 : wait_for(child);
	if (error == ENOENT)
		fprintf(stderr, "takt: %s is missing: install the Debian package %s\n", program->name,
			program->package);
	else if (error)
		fprintf(stderr, "takt: can't run %s: %s\n", program->name, strerror(error));
	fclose(files[0]);
	*output = collect(files[1]);
	*messages = collect(files[2]);
	return code;
}
