/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `takt vm`: asks the console driver of a running system, over its serial line (logic/vm_shell.h has the lines), which
 * other traffic may fill meanwhile. The line is a device, or a run's that `takt run --control` shares.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "logic/vm_shell.h"
#include "logic/vm_text.h"
#include "tools/takt/command.h"
#include "tools/takt/console.h"
#include "tools/takt/run_control.h"
#include "tools/takt/util.h"

#define ID_LIMIT 1000000000L
#define LINE_BYTES 4096U
#define FIFO_PART_BYTES 16U   /* half of a PL011's */
#define FIFO_PART_NS 10000000 /* in which the driver looks at it at least once */

static const char usage[] =
	"usage: takt vm list --control SOCKET|--serial DEVICE [--json] [--timeout SECONDS]\n"
	"       takt vm stop|start|restart|pause|resume VM --control SOCKET|--serial DEVICE [--timeout SECONDS]\n"
	"       takt vm reserve VM BUDGET PERIOD --control SOCKET|--serial DEVICE [--timeout SECONDS]\n"
	"       takt vm mode NAME --control SOCKET|--serial DEVICE [--timeout SECONDS]\n"
	"Shows and commands the VMs of a running system; a VM by its name or number. A command is accepted, and done\n"
	"soon after: `takt vm list` shows it.\n"
	"\n"
	"  --control SOCKET   the socket of a `takt run --control SOCKET` of this machine\n"
	"  --serial DEVICE    the serial line of a board, at 115200 baud; no other program may read it\n"
	"  --json             a list as JSON\n"
	"  --timeout SECONDS  for the answer; default 10\n"
	"\n"
	"  stop     at once, as if its power was cut\n"
	"  start    one that is off or failed: its memory as at first boot\n"
	"  restart  stop and start\n"
	"  pause    no vCPU executes until it is resumed; time goes on\n"
	"  reserve  another budget and period in nanoseconds, on the CPU of its vCPU 0, from its next release on\n"
	"  mode     the system goes to a mode of its description; \"normal\" is the description itself\n"
	"Ends with 0 when it was accepted, 1 when the VM's state does not allow it, 2 for what is not there, 3 without "
	"an\n"
	"answer.\n";

struct request {
	const char *control;
	const char *serial;
	bool is_json;
	double timeout_s;
	const char *verb;
	const char *vm;       /* NULL: list; of a mode: its name */
	const char *times[2]; /* of reserve: as given; else NULL */
	uint32_t command;
};

/* The line, and the answer so far. */
struct link {
	int fd;
	const char *path;
	json_int_t id;
	json_t *vms;    /* of a list */
	json_t *result; /* the last line; NULL: not yet */
	size_t bytes;
	char line[LINE_BYTES];
};

static int refuse(const char *what, const char *text)
{
	fprintf(stderr, "takt vm: error: %s%s%s (see `takt vm --help`)\n", what, text[0] != '\0' ? ": " : "", text);
	return EXIT_INPUT;
}

static int fail(const char *path, const char *text)
{
	fprintf(stderr, "%s: error: %s\n", path, text);
	return EXIT_ENVIRONMENT;
}

static bool is_reserve(const struct request *request) { return strcmp(request->verb, "reserve") == 0; }

static bool is_mode(const struct request *request) { return strcmp(request->verb, "mode") == 0; }

static int parse_times(struct request *request, char **words)
{
	uint64_t ns;

	for (unsigned i = 0; i < 2; i++) {
		if (!vm_text_ns(words[i], &ns))
			return refuse("not a number of nanoseconds, of at most 10 digits", words[i]);
		request->times[i] = words[i];
	}
	return EXIT_KEPT;
}

static int parse_words(struct request *request, int count, char **words)
{
	bool is_list = count >= 1 && strcmp(words[0], "list") == 0;

	if (count == 0)
		return refuse("a command is missing", "");
	request->verb = words[0];
	request->command = vm_text_find(words[0]);
	if (is_reserve(request) && count != 4)
		return refuse("a VM, a budget and a period are needed", "");
	if (is_reserve(request) && parse_times(request, words + 2) != EXIT_KEPT)
		return EXIT_INPUT;
	if (!is_list && !is_reserve(request) && !is_mode(request) && request->command == TAKT_VM_COMMAND_COUNT)
		return refuse("there is no such command", words[0]);
	if (is_mode(request) && count != 2)
		return refuse("exactly one mode is needed", "");
	if (!is_reserve(request) && (is_list ? count != 1 : count != 2))
		return refuse(is_list ? "list takes nothing more" : "exactly one VM is needed", "");
	request->vm = is_list ? NULL : words[1];
	if (!is_list && (strpbrk(words[1], " \r\n") != NULL || words[1][0] == '\0'))
		return refuse("no VM or mode has such a name", words[1]);
	if ((request->control == NULL) == (request->serial == NULL))
		return refuse("one of --control and --serial is needed", "");
	return EXIT_KEPT;
}

/* -1: help was all. */
static int parse(struct request *request, int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'},          {"control", required_argument, NULL, 'c'},
		{"serial", required_argument, NULL, 's'},  {"json", no_argument, NULL, 'j'},
		{"timeout", required_argument, NULL, 't'}, {NULL, 0, NULL, 0},
	};
	int id;

	*request = (struct request){.timeout_s = 10};
	optind = 0;
	while ((id = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (id == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (id == '?')
			return EXIT_INPUT;
		if (id == 'c')
			request->control = optarg;
		else if (id == 's')
			request->serial = optarg;
		else if (id == 'j')
			request->is_json = true;
		else if (!util_seconds(optarg, &request->timeout_s))
			return refuse("not a positive number of seconds", optarg);
	}
	return parse_words(request, argc - optind, argv + optind);
}

static int connect_control(struct link *link)
{
	struct sockaddr_un address;
	int code = control_address(link->path, &address);

	if (code != EXIT_KEPT)
		return code;
	link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		return fail(link->path, strerror(errno));
	if (connect(link->fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return EXIT_KEPT;
	fprintf(stderr, "%s: error: %s (is a `takt run --control %s` under way?)\n", link->path, strerror(errno),
		link->path);
	return EXIT_ENVIRONMENT;
}

static int open_serial(struct link *link)
{
	struct termios mode;

	link->fd = open(link->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (link->fd < 0)
		return fail(link->path, strerror(errno));
	if (tcgetattr(link->fd, &mode) != 0)
		return fail(link->path, "is not a serial line");
	cfmakeraw(&mode);
	mode.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&mode, B115200);
	if (tcsetattr(link->fd, TCSANOW, &mode) != 0)
		return fail(link->path, strerror(errno));
	return EXIT_KEPT;
}

/* In parts that the UART's FIFO has room for. */
static int send_request(const struct link *link, const char *text)
{
	const struct timespec pause = {.tv_nsec = FIFO_PART_NS};
	size_t rest = strlen(text);

	while (rest > 0) {
		size_t part = rest < FIFO_PART_BYTES ? rest : FIFO_PART_BYTES;
		ssize_t n = write(link->fd, text, part);
		if (n < 0 && errno != EINTR)
			return fail(link->path, strerror(errno));
		text += n < 0 ? 0 : n;
		rest -= n < 0 ? 0 : (size_t)n;
		nanosleep(&pause, NULL);
	}
	return EXIT_KEPT;
}

/* A line of our answer, or anything else. */
static void take_line(struct link *link)
{
	link->line[link->bytes] = '\0';
	link->bytes = 0;
	const char *report = strstr(link->line, CONSOLE_REPORT);
	json_t *answer = report != NULL ? json_loads(report + strlen(CONSOLE_REPORT), 0, NULL) : NULL;
	if (answer != NULL && json_integer_value(json_object_get(answer, "id")) == link->id) {
		if (json_object_get(answer, "result") != NULL)
			link->result = json_incref(answer);
		else
			json_array_append(link->vms, answer);
	}
	json_decref(answer);
}

static void take_byte(struct link *link, char byte)
{
	if (byte == '\n')
		take_line(link);
	else if (byte != '\r' && byte != '\0' && link->bytes < LINE_BYTES - 1)
		link->line[link->bytes++] = byte;
}

static int receive(struct link *link, double timeout_s)
{
	double end = util_seconds_now() + timeout_s;
	char data[4096];

	while (link->result == NULL) {
		struct pollfd fd = {.fd = link->fd, .events = POLLIN};
		double left = end - util_seconds_now();
		if (left <= 0)
			return fail(link->path, "no answer (does the system run, and has its console driver time?)");
		if (poll(&fd, 1, (int)(left * 1000) + 1) <= 0)
			continue;
		ssize_t n = read(link->fd, data, sizeof(data));
		if (n <= 0)
			return fail(link->path, "the line has ended before the answer came");
		for (ssize_t i = 0; i < n && link->result == NULL; i++)
			take_byte(link, data[i]);
	}
	return EXIT_KEPT;
}

static int show_list(const struct link *link, bool is_json)
{
	json_t *vm;
	size_t i;

	if (json_integer_value(json_object_get(link->result, "count")) != (json_int_t)json_array_size(link->vms))
		return fail(link->path, "a part of the answer was lost (try again)");
	json_array_foreach(link->vms, i, vm)
	{
		json_object_del(vm, "id");
		if (!is_json)
			printf("%2zu  %-31s  %s\n", i, json_string_value(json_object_get(vm, "vm")),
			       json_string_value(json_object_get(vm, "state")));
	}
	if (is_json) {
		json_dumpf(link->vms, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	return EXIT_KEPT;
}

static const char *refusal_of(const struct request *request, int64_t result)
{
	if (is_mode(request))
		return vm_text_mode_refusal(result);
	return is_reserve(request) ? vm_text_reserve_refusal(result) : vm_text_refusal(request->command, result);
}

static int show(const struct request *request, const struct link *link)
{
	json_int_t result = json_integer_value(json_object_get(link->result, "result"));
	const char *refusal = refusal_of(request, result);

	if (request->vm == NULL)
		return show_list(link, request->is_json);
	if (result == SMCCC_INVALID_PARAMETER && (is_mode(request) || is_reserve(request)))
		return refuse(refusal, request->vm);
	if (result == SMCCC_INVALID_PARAMETER)
		return refuse("the system has no such VM (takt vm list shows them)", request->vm);
	if (refusal != NULL) {
		if (is_mode(request) || is_reserve(request))
			fprintf(stderr, "takt vm: %s %s: %s\n", request->verb, request->vm, refusal);
		else
			fprintf(stderr, "takt vm: %s can't be told to %s: %s\n", request->vm, request->verb, refusal);
		return EXIT_BROKEN;
	}
	return EXIT_KEPT;
}

static int ask(const struct request *request, struct link *link)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	link->id = (json_int_t)((now.tv_sec * 1000 + now.tv_nsec / 1000000 + getpid() * 7919L) % ID_LIMIT);
	char *text =
		util_format("%c%ld %s%s%s%s%s%s%s\r", VM_SHELL_PREFIX, (long)link->id, request->verb,
			    request->vm != NULL ? " " : "", request->vm != NULL ? request->vm : "",
			    request->times[0] != NULL ? " " : "", request->times[0] != NULL ? request->times[0] : "",
			    request->times[1] != NULL ? " " : "", request->times[1] != NULL ? request->times[1] : "");
	int code = send_request(link, text);
	free(text);
	if (code == EXIT_KEPT)
		code = receive(link, request->timeout_s);
	return code == EXIT_KEPT ? show(request, link) : code;
}

int cmd_vm(int argc, char **argv)
{
	struct request request;
	struct link *link = util_alloc(1, sizeof(*link));
	int code = parse(&request, argc, argv);

	link->fd = -1;
	if (code == EXIT_KEPT) {
		link->vms = json_array();
		link->path = request.control != NULL ? request.control : request.serial;
		code = request.control != NULL ? connect_control(link) : open_serial(link);
		if (code == EXIT_KEPT)
			code = ask(&request, link);
		json_decref(link->vms);
		json_decref(link->result);
	}
	if (link->fd >= 0)
		close(link->fd);
	free(link);
	return code < 0 ? EXIT_KEPT : code;
}
