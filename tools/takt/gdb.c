/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `takt gdb`: QEMU as `takt run` starts it, stopped before the first instruction, and gdb beside it on the same
 * terminal. What gdb must know stands in a JSON file that gdb.py reads; breakpoints and commands are made there. While
 * gdb runs, the consoles are shown as in `takt run`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/blob.h"
#include "abi/trace.h"
#include "tools/takt/command.h"
#include "tools/takt/gdb_options.h"
#include "tools/takt/run.h"
#include "tools/takt/run_build.h"
#include "tools/takt/util.h"

#define ARGUMENT_MAX 256
#define EVENT_MAX 32U /* names are given below this number */

extern char **environ;

static volatile sig_atomic_t signal_seen;

static void take_signal(int number) { signal_seen = number; }

/* Ctrl-C is gdb's: it stops the machine. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = take_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

#define OFFSET(type, field) #field, (json_int_t)offsetof(struct type, field)

/* Where things lie in what EL2 counts, from the structures themselves. */
static json_t *layout(void)
{
	json_t *cpu =
		json_pack("{s:I,s:I,s:I,s:I,s:I}", OFFSET(stats_cpu, now_ticks), OFFSET(stats_cpu, idle_ticks),
			  OFFSET(stats_cpu, trace_head), OFFSET(stats_cpu, trace_pa), OFFSET(stats_cpu, trace_records));
	json_t *context = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", OFFSET(stats_context, used_ticks),
				    OFFSET(stats_context, switches), OFFSET(stats_context, state),
				    OFFSET(stats_context, fault_pc), OFFSET(stats_context, fault_esr),
				    OFFSET(stats_context, fault_address));

	return json_pack("{s:I,s:I,s:I,s:o,s:I,s:I,s:o}", "magic", (json_int_t)STATS_MAGIC, OFFSET(stats, cpus),
			 "cpu_bytes", (json_int_t)sizeof(struct stats_cpu), "cpu", cpu, OFFSET(stats, contexts),
			 "context_bytes", (json_int_t)sizeof(struct stats_context), "context", context);
}

static json_t *event_names(void)
{
	json_t *list = json_array();

	for (unsigned event = 0; event < EVENT_MAX; event++) {
		const char *name = trace_event_name(event);

		json_array_append_new(list, name != NULL ? json_string(name) : json_null());
	}
	return list;
}

/* The VMs' numbers in VTTBR_EL2. */
static json_t *vmids(const struct run_system *system)
{
	json_t *map = json_object();

	for (size_t i = 0; i < system->vm_count; i++)
		json_object_set_new(map, system->vms[i].name, json_integer((json_int_t)BLOB_VM_VMID(i)));
	return map;
}

static json_t *context_names(const struct run_system *system)
{
	json_t *list = json_array();

	for (size_t i = 0; i < system->context_count; i++)
		json_array_append_new(list, json_string(system->contexts[i].name));
	return list;
}

/* A file at one of two places from the program's directory; to be freed. Null: at neither. */
static char *find_beside(const char *built, const char *installed)
{
	char *exe = util_exe_dir();
	char *path = util_format("%s/%s", exe, built);

	if (!util_file_exists(path)) {
		free(path);
		path = util_format("%s/%s", exe, installed);
	}
	free(exe);
	if (util_file_exists(path))
		return path;
	free(path);
	return NULL;
}

/* The file with the target's symbols; to be freed. Null: there is none. */
static char *find_symbols(const struct gdb_options *options, const struct run_system *system)
{
	size_t vm = run_system_find_vm(system, options->target);
	const char *named = options->symbols;

	if (named == NULL && vm < system->vm_count)
		named = system->vms[vm].elf;
	else if (named == NULL)
		named = options->run.el2;
	if (named != NULL)
		return realpath(named, NULL);
	return vm < system->vm_count ? NULL : find_beside("../el2/takt.elf", "../share/takt/takt.elf");
}

/* Answers 0 or an errno value. */
static int write_session(const struct run_session *session, const struct gdb_options *options, const char *path)
{
	const struct run_system *system = session->system;
	size_t vm = run_system_find_vm(system, options->target);
	char *symbols = find_symbols(options, system);
	json_t *root = json_pack("{s:s,s:s,s:I,s:s?,s:s,s:I,s:I,s:o,s:o,s:o,s:o}", "target", options->target, "source",
				 system->source, "vmid", (json_int_t)BLOB_VM_VMID(vm), "symbols", symbols, "socket",
				 session->files.gdb, "arena_pa", (json_int_t)system->arena_pa, "cpus",
				 (json_int_t)system->cpus, "contexts", context_names(system), "vmids", vmids(system),
				 "events", event_names(), "layout", layout());
	char *text = root != NULL ? json_dumps(root, 0) : NULL;
	int error = text != NULL ? util_write_file(path, text, strlen(text)) : ENOMEM;

	free(text);
	free(symbols);
	json_decref(root);
	return error;
}

static int spawn(const struct gdb_options *options, const char *script, pid_t *gdb)
{
	char *list[ARGUMENT_MAX] = {util_copy(options->program), util_copy("-q"), util_copy("-x"), util_copy(script)};
	posix_spawnattr_t attributes;
	sigset_t defaults;
	size_t count = 4;

	for (char **argument = options->arguments; *argument != NULL && count + 1 < ARGUMENT_MAX; argument++)
		list[count++] = *argument;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGINT);
	sigaddset(&defaults, SIGQUIT);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	int error = posix_spawnp(gdb, options->program, NULL, &attributes, list, environ);
	posix_spawnattr_destroy(&attributes);
	for (size_t i = 0; i < 4; i++)
		free(list[i]);
	return error;
}

/* Shows the consoles until gdb has ended. Answers its exit code. */
static int wait_for_gdb(struct run_session *session, pid_t gdb)
{
	int status = 0;

	while (waitpid(gdb, &status, WNOHANG) == 0) {
		if (signal_seen != 0)
			kill(gdb, SIGHUP);
		session_pump(session, SESSION_POLL_S);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_ENVIRONMENT;
}

static int fail(const char *what, int error)
{
	fprintf(stderr, "takt gdb: error: %s: %s%s\n", what, strerror(error),
		error == ENOENT ? " (install the package gdb-multiarch)" : "");
	return EXIT_ENVIRONMENT;
}

static int debug(struct run_session *session, const struct gdb_options *options)
{
	char *path = util_format("%s/session.json", session->directory);
	char *script = find_beside("../../tools/takt/gdb.py", "../share/takt/gdb.py");
	int code = EXIT_ENVIRONMENT;
	pid_t gdb;
	int error = write_session(session, options, path);

	if (error != 0) {
		fprintf(stderr, "takt gdb: error: %s: %s\n", path, strerror(error));
	} else if (script == NULL) {
		fputs("takt gdb: error: gdb.py is not beside the program (tools/takt, or share/takt)\n", stderr);
	} else {
		setenv("TAKT_GDB", path, 1);
		catch_signals();
		error = spawn(options, script, &gdb);
		code = error == 0 ? wait_for_gdb(session, gdb) : fail(options->program, error);
	}
	unlink(path);
	free(script);
	free(path);
	return code;
}

static int check_target(const struct gdb_options *options, const struct run_system *system)
{
	if (options->symbols != NULL && !util_file_exists(options->symbols)) {
		fprintf(stderr, "takt gdb: error: there is no file %s\n", options->symbols);
		return EXIT_INPUT;
	}
	if (strcmp(options->target, "el2") == 0 || run_system_find_vm(system, options->target) < system->vm_count)
		return EXIT_KEPT;
	fprintf(stderr, "takt gdb: error: there is no VM %s in %s (el2", options->target, system->source);
	for (size_t i = 0; i < system->vm_count; i++)
		fprintf(stderr, ", %s", system->vms[i].name);
	fputs(" are possible)\n", stderr);
	return EXIT_INPUT;
}

static int debug_image(const struct run_options *run, const char *image)
{
	static struct run_session session;
	const struct gdb_options *options = (const struct gdb_options *)run;
	struct run_system *system = util_alloc(1, sizeof(*system));
	int code = run_system_load(system, image);

	if (code == EXIT_KEPT)
		code = check_target(options, system);
	if (code == EXIT_KEPT)
		code = run_check_firmware(run, system);
	if (code == EXIT_KEPT) {
		code = session_init(&session, run, system);
		if (code == EXIT_KEPT)
			code = debug(&session, options);
		view_end(&session.view);
		session_fini(&session);
	}
	run_system_fini(system);
	free(system);
	return code;
}

int cmd_gdb(int argc, char **argv)
{
	struct gdb_options options;
	int code = gdb_options_parse(&options, argc, argv);

	if (code != EXIT_KEPT)
		return code < 0 ? EXIT_KEPT : code;
	return run_with_image(&options.run, debug_image);
}
