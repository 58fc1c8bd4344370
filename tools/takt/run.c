/* SPDX-License-Identifier: Apache-2.0 */
/* `takt run`: boots a system in QEMU until what it was waiting for has happened, then reports. See run.h. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "tools/takt/command.h"
#include "tools/takt/report.h"
#include "tools/takt/run.h"
#include "tools/takt/run_build.h"
#include "tools/takt/util.h"

#define SILENCE_S 2.0      /* without output, before progress is shown */
#define PROGRESS_S 0.5     /* between two lines of progress */
#define OFF_POLLS 5U       /* in which every VM must be off, and silent: the driver may still have text */
#define GUESTS_POLL_S 0.25 /* between two looks at the statistics */
#define QUIET_S 3.0        /* before the first look, unless a time limit asks for it: a look can shift an instruction */

/* How a run has ended. */
struct ending {
	char *reason; /* owned */
	int code;     /* enum exit_code; EXIT_KEPT: the report decides */
};

/* What the main loop remembers. */
struct watch {
	struct stats stats;
	struct stats mark;
	bool has_stats;
	bool has_mark;
	double begin_s;
	double polled_s;
	unsigned off_polls;
};

static volatile sig_atomic_t signal_seen;
static struct termios terminal_before;

static void take_signal(int number) { signal_seen = number; }

static void catch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = take_signal};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void restore_terminal(void) { tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal_before); }

/* Every key goes to the guests; the terminal is put right again at exit. */
static void make_terminal_raw(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &terminal_before) != 0)
		return;
	raw = terminal_before;
	cfmakeraw(&raw);
	atexit(restore_terminal);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	fputs("Ctrl-T: next console, Ctrl-A x: quit\r\n", stderr);
}

static double guest_seconds(const struct run_system *system, const struct stats *stats)
{
	uint64_t now = stats->reset_ticks;

	for (size_t cpu = 0; cpu < system->cpus; cpu++) {
		if (stats->cpus[cpu].now_ticks > now)
			now = stats->cpus[cpu].now_ticks;
	}
	return (double)(now - stats->reset_ticks) / (double)system->counter_hz;
}

static bool all_vms_are_off(const struct run_system *system, const struct stats *stats)
{
	if (stats->cpus[0].start.count == 0)
		return false;
	for (size_t i = 0; i < system->context_count; i++) {
		uint64_t state = stats->contexts[i].state;

		if (strcmp(system->contexts[i].kind, "vcpu") == 0 && state != STATS_CONTEXT_OFF &&
		    state != STATS_CONTEXT_STOPPED)
			return false;
	}
	return true;
}

static void show_progress(struct run_session *session, const struct watch *watch, double now)
{
	if (isatty(STDERR_FILENO) == 0 || session->options->is_interactive ||
	    session->view.shown != session->view.count)
		return;
	if (now - session->last_output_s < SILENCE_S || now - session->progress_s < PROGRESS_S)
		return;
	session->progress_s = now;
	fprintf(stderr, "\r\033[K%.0f s", now - watch->begin_s);
	if (watch->has_stats)
		fprintf(stderr, ", %.3f s for the guests", guest_seconds(session->system, &watch->stats));
	fprintf(stderr, "; last: %.60s", session->last_line);
}

/* What the consoles said that ends the run. */
static bool check_texts(const struct run_session *session, struct ending *ending)
{
	size_t seen = 0;

	if (session->failed != NULL) {
		*ending = (struct ending){util_format("\"%s\" was printed", session->failed), EXIT_BROKEN};
		return true;
	}
	for (size_t i = 0; i < session->options->until.count; i++)
		seen += session->until_seen[i] ? 1 : 0;
	if (seen == 0 || seen < session->options->until.count)
		return false;
	*ending = (struct ending){util_copy("every text was printed"), EXIT_KEPT};
	return true;
}

/* What the user and QEMU did that ends the run. */
static bool check_outside(struct run_session *session, const struct watch *watch, struct ending *ending)
{
	double timeout = session->options->timeout_s;

	if (session->has_quit)
		*ending = (struct ending){util_copy("quit"), EXIT_KEPT};
	else if (signal_seen != 0)
		*ending = (struct ending){util_copy("interrupted"), EXIT_ENVIRONMENT};
	else if (session->qmp.is_shutdown)
		*ending = (struct ending){util_copy("the machine was switched off or reset"), EXIT_KEPT};
	else if (session->qmp.is_closed || run_qemu_has_ended(&session->qemu))
		*ending = (struct ending){util_copy("QEMU has ended by itself, or hangs"), EXIT_ENVIRONMENT};
	else if (timeout > 0 && util_seconds_now() - watch->begin_s > timeout)
		*ending = (struct ending){util_format("no end after %.0f s", timeout), EXIT_ENVIRONMENT};
	else
		return false;
	return true;
}

/* What EL2 counted that ends the run. */
static bool check_stats(const struct run_session *session, struct watch *watch, struct ending *ending)
{
	double limit = session->options->time_s;
	bool is_silent = session->last_output_s < watch->polled_s;

	if (!watch->has_stats)
		return false;
	watch->off_polls = all_vms_are_off(session->system, &watch->stats) && is_silent ? watch->off_polls + 1 : 0;
	if (limit > 0 && guest_seconds(session->system, &watch->stats) >= limit)
		*ending = (struct ending){util_format("%g s have passed for the guests", limit), EXIT_KEPT};
	else if (watch->off_polls >= OFF_POLLS)
		*ending = (struct ending){util_copy("every VM is off"), EXIT_KEPT};
	else
		return false;
	return true;
}

static void take_mark(struct run_session *session, struct watch *watch)
{
	session_command(session, "stop", NULL);
	watch->has_mark = session_read_stats(session, &watch->mark);
	session_command(session, "cont", NULL);
	session->is_marked = false;
}

/* Most runs end by a text, or by the machine switching itself off; only a time limit and a silent end need the
 * statistics. */
static bool must_look(const struct run_session *session, double now)
{
	return session->options->time_s > 0 || now - session->last_output_s >= QUIET_S;
}

static void run_loop(struct run_session *session, struct watch *watch, struct ending *ending)
{
	watch->begin_s = watch->polled_s = util_seconds_now();
	for (;;) {
		session_pump(session, SESSION_POLL_S);
		if (session->is_marked && !watch->has_mark)
			take_mark(session, watch);
		if (check_texts(session, ending) || check_outside(session, watch, ending))
			return;
		double now = util_seconds_now();
		if (now - watch->polled_s >= GUESTS_POLL_S && must_look(session, now)) {
			watch->has_stats = session_read_stats(session, &watch->stats);
			if (check_stats(session, watch, ending))
				return;
			watch->polled_s = now;
		}
		show_progress(session, watch, now);
	}
}

static json_t *make_report(const struct run_session *session, const struct watch *watch, const char *stopped)
{
	const struct report_source source = {
		.system = session->system,
		.is_realtime = session->options->is_realtime,
		.stopped = stopped,
		.figures = session->figures,
		.vms = session->vms,
		.last = watch->has_stats ? &watch->stats : NULL,
		.mark = watch->has_stats && watch->has_mark ? &watch->mark : NULL,
		.mark_text = session->options->mark,
		.expect_stop = session->options->expect_stop.list,
		.expect_count = session->options->expect_stop.count,
	};

	return report_build(&source);
}

static int write_report(const json_t *report, const char *path)
{
	if (json_dump_file(report, path, JSON_INDENT(1)) == 0)
		return EXIT_KEPT;
	fprintf(stderr, "%s: error: %s\n", path, strerror(errno));
	return EXIT_ENVIRONMENT;
}

/* Texts that should have been printed. */
static unsigned check_until(const struct run_session *session)
{
	unsigned broken = 0;

	for (size_t i = 0; i < session->options->until.count; i++) {
		if (session->until_seen[i])
			continue;
		fprintf(stderr, "broken: \"%s\" was not printed\n", session->options->until.list[i]);
		broken++;
	}
	return broken;
}

/* Says what the run has shown. Answers an enum exit_code. */
static int judge(const struct run_session *session, json_t *report)
{
	const struct run_options *options = session->options;
	unsigned broken = session->has_bad_report ? 1 : 0;
	int code = EXIT_KEPT;

	if (options->ceilings != NULL)
		code = report_apply_ceilings(report, options->ceilings, NULL);
	if (code == EXIT_KEPT && options->report != NULL)
		code = write_report(report, options->report);
	report_print_figures(report, stdout);
	report_print_vms(report, stdout);
	report_print_throttled(report, stdout);
	fflush(stdout);
	broken += report_check(report, stderr);
	if (!session->has_quit)
		broken += check_until(session);
	return code == EXIT_KEPT && broken != 0 ? EXIT_BROKEN : code;
}

static void say_ending(const struct run_session *session, const struct ending *ending)
{
	if (ending->code == EXIT_ENVIRONMENT)
		fprintf(stderr, "takt run: error: %s; last output: %s\n", ending->reason, session->last_line);
	else
		fprintf(stderr, "%s: %s\n", ending->code == EXIT_BROKEN ? "broken" : "takt run", ending->reason);
}

static int finish(struct run_session *session, struct watch *watch, const struct ending *ending)
{
	int code = EXIT_KEPT;

	session_pause(session);
	if (session_read_stats(session, &watch->stats))
		watch->has_stats = true;
	if (watch->has_stats && session->options->log_dir != NULL)
		code = trace_write(session, &watch->stats);
	run_qemu_stop(&session->qemu);
	if (session->options->is_interactive && isatty(STDIN_FILENO) != 0)
		restore_terminal();
	view_end(&session->view);
	say_ending(session, ending);
	if (!watch->has_stats)
		fprintf(stderr, "takt run: warning: EL2 has left no statistics\n");
	json_t *report = make_report(session, watch, ending->reason);
	int judged = judge(session, report);
	json_decref(report);
	if (ending->code != EXIT_KEPT)
		return ending->code;
	return judged != EXIT_KEPT ? judged : code;
}

static int check_names(const struct run_options *options, const struct run_system *system)
{
	for (size_t i = 0; i < options->expect_stop.count + 1; i++) {
		const char *name = i < options->expect_stop.count ? options->expect_stop.list[i] : options->console;

		if (name != NULL && run_system_find_vm(system, name) == system->vm_count) {
			fprintf(stderr, "takt run: error: there is no VM %s in %s\n", name, system->source);
			return EXIT_INPUT;
		}
	}
	return EXIT_KEPT;
}

static int run_image(const struct run_options *options, const char *image)
{
	static struct run_session session;
	static struct watch watch;
	struct run_system *system = util_alloc(1, sizeof(*system));
	struct ending ending = {0};
	struct run_options own = *options;
	int code = run_system_load(system, image);

	/* Counting instructions, QEMU runs CPUs in turn: between several of them its time means nothing, but for who
	 * wants the sum of what they execute. */
	own.is_realtime |= system->cpus > 1 && !own.is_in_turn;
	if (code == EXIT_KEPT)
		code = check_names(&own, system);
	if (code == EXIT_KEPT)
		code = run_check_firmware(&own, system);
	if (code == EXIT_KEPT) {
		code = session_init(&session, &own, system);
		if (code == EXIT_KEPT) {
			catch_signals();
			if (own.is_interactive && isatty(STDIN_FILENO) != 0)
				make_terminal_raw();
			run_loop(&session, &watch, &ending);
			code = finish(&session, &watch, &ending);
		}
		session_fini(&session);
	}
	free(ending.reason);
	run_system_fini(system);
	free(system);
	return code;
}

int cmd_run(int argc, char **argv)
{
	struct run_options options;
	int code = run_options_parse(&options, argc, argv);

	if (code != EXIT_KEPT)
		return code < 0 ? EXIT_KEPT : code;
	return run_with_image(&options, run_image);
}
