/* SPDX-License-Identifier: Apache-2.0 */
/* Moving bytes between QEMU, the terminal and the logs: see run.h. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "logic/vm_shell.h"
#include "tools/takt/command.h"
#include "tools/takt/report.h"
#include "tools/takt/run.h"
#include "tools/takt/util.h"

#define COMMAND_TIMEOUT_S 10.0
#define QUIT_PREFIX 0x01 /* Ctrl-A */

static void clear_progress(struct run_session *session)
{
	if (session->progress_s != 0)
		fputs("\r\033[K", stderr);
	session->progress_s = 0;
	session->last_output_s = util_seconds_now();
}

static void send_serial(struct run_session *session, const char *data, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = write(session->qemu.serial_fd, data, bytes);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			data += n;
			bytes -= (size_t)n;
		}
	}
}

/* A byte that means something to the console driver is sent twice when it is text. */
static void send_text(struct run_session *session, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if ((uint8_t)text[i] == VM_SHELL_PREFIX)
			send_serial(session, &text[i], 1);
		send_serial(session, &text[i], 1);
	}
}

/* The next WHEN=TEXT, when WHEN is in what a console printed; a line that was answered is not looked at again. */
static void answer(struct run_session *session, size_t console, const char *text, bool is_complete)
{
	const struct run_texts *send = &session->options->send;
	bool was_answered = session->sent != 0 && session->answered == console;

	if (was_answered && is_complete)
		session->answered = CONSOLE_MAX;
	if (was_answered || session->sent == send->count)
		return;
	const char *equals = strchr(send->list[session->sent], '=');
	char *when = util_format("%.*s", (int)(equals - send->list[session->sent]), send->list[session->sent]);
	if (strstr(text, when) != NULL) {
		session->sent++;
		session->answered = is_complete ? CONSOLE_MAX : console;
		send_text(session, equals + 1, strlen(equals + 1));
		send_serial(session, "\r", 1);
	}
	free(when);
}

/* The line of this console has been counted for the text, of which it may be the beginning still. */
static bool is_counted(const struct run_session *session, size_t console, const char *text)
{
	const struct run_texts *until = &session->options->until;

	for (size_t i = 0; i < until->count; i++) {
		if (session->until_seen[i] && session->until_console[i] == console && strcmp(until->list[i], text) == 0)
			return true;
	}
	return false;
}

/* A line counts once for each text: one that is given several times is to be printed as often. */
static void look_for_until(struct run_session *session, size_t console, const char *text, bool is_complete)
{
	const struct run_texts *until = &session->options->until;

	for (size_t i = 0; i < until->count; i++) {
		if (session->until_seen[i] || strstr(text, until->list[i]) == NULL ||
		    is_counted(session, console, until->list[i]))
			continue;
		session->until_seen[i] = true;
		session->until_console[i] = console;
	}
	for (size_t i = 0; i < until->count && is_complete; i++) {
		if (session->until_console[i] == console)
			session->until_console[i] = CONSOLE_MAX;
	}
}

static void look_for_texts(struct run_session *session, const char *text)
{
	const struct run_options *o = session->options;

	for (size_t i = 0; i < o->fail_on.count && session->failed == NULL; i++) {
		if (strstr(text, o->fail_on.list[i]) != NULL)
			session->failed = o->fail_on.list[i];
	}
	if (o->mark != NULL && strstr(text, o->mark) != NULL)
		session->is_marked = true;
}

static void collect(struct run_session *session, size_t console, const char *text)
{
	size_t skip = strlen(CONSOLE_REPORT);

	if (console >= session->system->vm_count || strncmp(text, CONSOLE_REPORT, skip) != 0)
		return;
	if (report_collect(session->figures, json_array_get(session->vms, console), text + skip))
		return;
	session->has_bad_report = true;
	fprintf(stderr, "takt run: error: a report of %s is not JSON: %s\n", session->system->consoles[console], text);
}

static void take_text(void *arg, size_t console, const char *text, size_t bytes, bool is_complete)
{
	struct run_session *session = arg;

	view_text(&session->view, console, text, bytes, is_complete);
	snprintf(session->last_line, sizeof(session->last_line), "[%s] %s", session->system->consoles[console], text);
	look_for_until(session, console, text, is_complete);
	look_for_texts(session, text);
	answer(session, console, text, is_complete);
	if (!is_complete)
		return;
	collect(session, console, text);
	if (session->logs[console] != NULL) {
		fwrite(text, 1, bytes, session->logs[console]);
		fputc('\n', session->logs[console]);
	}
}

static bool take_serial(struct run_session *session)
{
	char data[16384];
	ssize_t n = read(session->qemu.serial_fd, data, sizeof(data));

	if (n <= 0)
		return false;
	clear_progress(session);
	control_write(&session->control, data, (size_t)n);
	console_feed(&session->stream, data, (size_t)n);
	return true;
}

static void take_client(struct run_session *session)
{
	char data[256];

	send_serial(session, data, control_read(&session->control, data, sizeof(data)));
}

/* Keys go to the serial line; Ctrl-A x quits, Ctrl-A Ctrl-A is one Ctrl-A. */
static void take_key(struct run_session *session, char key)
{
	bool had_escape = session->has_escape;

	session->has_escape = !had_escape && key == QUIT_PREFIX;
	if (session->has_escape)
		return;
	if (had_escape && key == 'x')
		session->has_quit = true;
	else
		send_text(session, &key, 1);
}

static void take_keys(struct run_session *session)
{
	char data[256];
	ssize_t n = read(STDIN_FILENO, data, sizeof(data));

	for (ssize_t i = 0; i < n; i++)
		take_key(session, data[i]);
	if (n == 0)
		session->has_quit = true;
}

/* Passes on what QEMU complains of; that no timer runs any more is what a system looks like whose VMs are all off. */
static void take_errors(struct run_session *session)
{
	char data[2048];
	ssize_t n = read(session->qemu.error_fd, data, sizeof(data) - 1);

	if (n <= 0) {
		close(session->qemu.error_fd);
		session->qemu.error_fd = -1;
		return;
	}
	data[n] = '\0';
	if (strstr(data, "icount sleep disabled and no active timers") == NULL)
		fputs(data, stderr);
}

void session_pump(struct run_session *session, double seconds)
{
	bool has_client = session->control.client_fd >= 0;
	struct pollfd fds[5] = {
		{.fd = session->qemu.serial_fd, .events = POLLIN},
		{.fd = session->qmp.is_closed ? -1 : session->qemu.qmp_fd, .events = POLLIN},
		{.fd = session->options->is_interactive ? STDIN_FILENO : -1, .events = POLLIN},
		{.fd = session->qemu.error_fd, .events = POLLIN},
		{.fd = has_client ? session->control.client_fd : session->control.listen_fd, .events = POLLIN},
	};

	if (poll(fds, 5, (int)(seconds * 1000)) <= 0)
		return;
	if (fds[0].revents != 0 && !take_serial(session)) {
		close(session->qemu.serial_fd);
		session->qemu.serial_fd = -1;
	}
	if (fds[1].revents != 0)
		qmp_receive(&session->qmp);
	if (fds[2].revents != 0)
		take_keys(session);
	if (fds[3].revents != 0)
		take_errors(session);
	if (fds[4].revents != 0 && !has_client)
		control_accept(&session->control);
	else if (fds[4].revents != 0 && session->control.client_fd >= 0)
		take_client(session);
}

static bool wait_for(struct run_session *session, const bool *flag)
{
	double end = util_seconds_now() + COMMAND_TIMEOUT_S;

	while (!*flag && !session->qmp.is_closed && util_seconds_now() < end)
		session_pump(session, SESSION_POLL_S);
	return *flag;
}

const json_t *session_command(struct run_session *session, const char *command, json_t *arguments)
{
	double end = util_seconds_now() + COMMAND_TIMEOUT_S;

	if (!qmp_send(&session->qmp, command, arguments))
		return NULL;
	while (session->qmp.reply == NULL && !session->qmp.is_closed && util_seconds_now() < end)
		session_pump(session, SESSION_POLL_S);
	if (session->qmp.reply == NULL && !session->qmp.is_closed) {
		fprintf(stderr, "takt run: error: QEMU does not answer \"%s\"\n", command);
		session->qmp.is_closed = true;
	}
	return json_object_get(session->qmp.reply, "return");
}

bool session_read_memory(struct run_session *session, uint64_t pa, void *data, size_t bytes)
{
	char *path = util_format("%s/memory", session->directory);
	struct bytes content = {0};
	json_t *arguments =
		json_pack("{s:I,s:I,s:s}", "val", (json_int_t)pa, "size", (json_int_t)bytes, "filename", path);
	bool is_read = session_command(session, "pmemsave", arguments) != NULL && util_read_file(path, &content) == 0 &&
		       content.size == bytes;

	if (is_read)
		memcpy(data, content.data, bytes);
	free(content.data);
	unlink(path);
	free(path);
	return is_read;
}

static bool are_stats(const struct stats *stats, const struct run_system *system)
{
	return stats->magic == STATS_MAGIC && stats->version == STATS_VERSION && stats->bytes == sizeof(*stats) &&
	       stats->context_count == system->context_count && stats->cpu_count == system->cpus;
}

bool session_read_stats(struct run_session *session, struct stats *stats)
{
	struct stats *read = util_alloc(1, sizeof(*read));
	bool is_read = session_read_memory(session, session->system->arena_pa, read, sizeof(*read)) &&
		       are_stats(read, session->system);

	if (is_read)
		*stats = *read;
	free(read);
	return is_read;
}

void session_pause(struct run_session *session)
{
	double silent_since;

	session_command(session, "stop", NULL);
	do {
		silent_since = session->last_output_s;
		session_pump(session, 0.02);
	} while (session->qemu.serial_fd >= 0 && session->last_output_s > silent_since);
	console_end(&session->stream);
}

static int open_logs(struct run_session *session)
{
	const char *dir = session->options->log_dir;

	if (dir == NULL)
		return EXIT_KEPT;
	if (mkdir(dir, 0777) != 0 && errno != EEXIST) {
		fprintf(stderr, "%s: error: %s\n", dir, strerror(errno));
		return EXIT_ENVIRONMENT;
	}
	for (size_t c = 0; c < session->system->console_count; c++) {
		char *path = util_format("%s/%s.log", dir, session->system->consoles[c]);

		session->logs[c] = fopen(path, "w");
		if (session->logs[c] == NULL)
			fprintf(stderr, "%s: error: %s\n", path, strerror(errno));
		free(path);
		if (session->logs[c] == NULL)
			return EXIT_ENVIRONMENT;
	}
	return EXIT_KEPT;
}

static int make_directory(struct run_session *session)
{
	const char *base = getenv("TMPDIR");

	session->directory = util_format("%s/takt-run.XXXXXX", base != NULL && base[0] == '/' ? base : "/tmp");
	if (mkdtemp(session->directory) != NULL)
		return EXIT_KEPT;
	fprintf(stderr, "%s: error: %s\n", session->directory, strerror(errno));
	free(session->directory);
	session->directory = NULL;
	return EXIT_ENVIRONMENT;
}

static void init_consoles(struct run_session *session)
{
	const struct run_system *system = session->system;
	const char *only = session->options->console;
	bool is_tty = isatty(STDOUT_FILENO) != 0;

	console_init(&session->stream, system->consoles, system->console_count, system->plain_console, take_text,
		     session);
	view_init(&session->view, stdout, system->consoles, system->console_count);
	session->view.is_live = is_tty || session->options->is_interactive;
	session->view.has_colour = is_tty && getenv("NO_COLOR") == NULL;
	session->view.is_raw = session->options->is_interactive && isatty(STDIN_FILENO) != 0;
	for (size_t c = 0; only != NULL && c < system->console_count; c++) {
		if (strcmp(system->consoles[c], only) == 0)
			session->view.only = c;
	}
}

/* A name on the firmware's disk for a file. Answers 0 or an errno value. */
static int put_on_disk(const struct run_session *session, const char *name, const char *file)
{
	char *path = util_format("%s/%s", session->files.disk, name);
	char *target = realpath(file, NULL);
	int error = target == NULL || symlink(target, path) != 0 ? errno : 0;

	free(target);
	free(path);
	return error;
}

static void remove_from_disk(const struct run_session *session, const char *name)
{
	char *path = util_format("%s/%s", session->files.disk, name);

	unlink(path);
	free(path);
}

/* The image and its script, as the firmware wants to find them. */
static int make_disk(struct run_session *session)
{
	const char *image = session->system->image;
	char *script = util_format("%s.scr", image);

	session->files.disk = util_format("%s/disk", session->directory);
	int error = mkdir(session->files.disk, 0777) != 0 ? errno : put_on_disk(session, util_basename(image), image);
	if (error == 0)
		error = put_on_disk(session, "boot.scr", script);
	if (error != 0)
		fprintf(stderr, "%s: error: %s\n", script, strerror(error));
	free(script);
	return error == 0 ? EXIT_KEPT : EXIT_ENVIRONMENT;
}

static void remove_disk(struct run_session *session)
{
	if (session->files.disk == NULL)
		return;
	remove_from_disk(session, util_basename(session->system->image));
	remove_from_disk(session, "boot.scr");
	rmdir(session->files.disk);
	free(session->files.disk);
}

static int start(struct run_session *session)
{
	int code = session->options->firmware != NULL ? make_disk(session) : EXIT_KEPT;

	if (session->options->has_gdb)
		session->files.gdb = util_format("%s/gdb.sock", session->directory);
	if (code == EXIT_KEPT)
		code = run_qemu_start(&session->qemu, session->options, session->system, &session->files);

	if (code != EXIT_KEPT)
		return code;
	qmp_init(&session->qmp, session->qemu.qmp_fd);
	if (wait_for(session, &session->qmp.is_greeted) && session_command(session, "qmp_capabilities", NULL) != NULL)
		return EXIT_KEPT;
	fprintf(stderr, "takt run: error: %s ended before it had begun\n", session->options->qemu);
	return EXIT_ENVIRONMENT;
}

int session_init(struct run_session *session, const struct run_options *options, const struct run_system *system)
{
	*session = (struct run_session){
		.options = options, .system = system, .qemu = {.serial_fd = -1, .qmp_fd = -1, .error_fd = -1}};
	session->figures = json_array();
	session->vms = json_array();
	for (size_t i = 0; i < system->vm_count; i++)
		json_array_append_new(session->vms, json_object());
	init_consoles(session);
	session->last_output_s = util_seconds_now();
	int code = control_init(&session->control, options->control);
	if (code == EXIT_KEPT)
		code = open_logs(session);
	if (code == EXIT_KEPT)
		code = make_directory(session);
	return code == EXIT_KEPT ? start(session) : code;
}

void session_fini(struct run_session *session)
{
	run_qemu_stop(&session->qemu);
	control_fini(&session->control);
	clear_progress(session);
	qmp_fini(&session->qmp);
	view_fini(&session->view);
	console_fini(&session->stream);
	for (size_t c = 0; c < session->system->console_count; c++) {
		if (session->logs[c] != NULL)
			fclose(session->logs[c]);
	}
	remove_disk(session);
	if (session->files.gdb != NULL)
		unlink(session->files.gdb);
	free(session->files.gdb);
	if (session->directory != NULL)
		rmdir(session->directory);
	free(session->directory);
	json_decref(session->figures);
	json_decref(session->vms);
}
