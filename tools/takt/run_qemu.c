/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and ending QEMU: see run_qemu.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/takt/command.h"
#include "tools/takt/run_qemu.h"
#include "tools/takt/util.h"

#define ARGUMENT_MAX 128            /* ours, and those of a description: SYSTEM_ARGUMENT_MAX and two for each disk */
#define DEFAULT_COUNTER_HZ 62500000 /* of QEMU's CPUs when nothing is said */

static pid_t running; /* for the exit handler */

static void kill_running(void)
{
	if (running != 0)
		kill(-running, SIGKILL);
}

struct arguments {
	char *list[ARGUMENT_MAX + 1];
	size_t count;
};

static void add(struct arguments *a, char *text)
{
	if (a->count < ARGUMENT_MAX)
		a->list[a->count++] = text;
}

static void add_pair(struct arguments *a, const char *option, char *value)
{
	add(a, util_copy(option));
	add(a, value);
}

static char *cpu_argument(const struct run_options *options, const struct run_system *system)
{
	if (system->counter_hz == DEFAULT_COUNTER_HZ)
		return util_copy(options->cpu);
	return util_format("%s,cntfrq=%llu", options->cpu, (unsigned long long)system->counter_hz);
}

/* A value of an option in which a comma would end it. */
static char *quoted(const char *text)
{
	char *out = util_alloc(2 * strlen(text) + 1, 1);
	char *end = out;

	for (; *text != '\0'; text++) {
		if (*text == ',')
			*end++ = ',';
		*end++ = *text;
	}
	return out;
}

/* What QEMU starts: the image, or a firmware that finds it on a disk. */
static void add_boot(struct arguments *a, const struct run_options *options, const struct run_system *system,
		     const char *disk)
{
	if (options->firmware == NULL) {
		add_pair(a, "-kernel", util_copy(system->image));
		return;
	}
	char *dir = quoted(disk);
	add_pair(a, "-bios", util_copy(options->firmware));
	add_pair(a, "-blockdev", util_format("driver=vvfat,node-name=boot,read-only=on,dir=%s", dir));
	add_pair(a, "-device", util_copy("virtio-blk-device,drive=boot"));
	free(dir);
}

/* What the description's /takt,qemu adds. A disk that need not keep what is written to it stays as it is. */
static void add_described(struct arguments *a, const struct run_system *system)
{
	size_t i;
	json_t *item;

	for (i = 0; i < system->disk_count; i++) {
		const struct run_disk *disk = &system->disks[i];
		char *file = quoted(disk->file);

		add_pair(a, "-drive",
			 util_format("if=none,id=%s,format=raw,file=%s%s", disk->name, file,
				     disk->keep_writes ? "" : ",snapshot=on"));
		free(file);
	}
	json_array_foreach(system->qemu_arguments, i, item) add(a, util_copy(json_string_value(item)));
}

static void add_gdb(struct arguments *a, const char *socket)
{
	char *path = quoted(socket);

	add(a, util_copy("-S"));
	add_pair(a, "-chardev", util_format("socket,id=gdb,server=on,wait=off,path=%s", path));
	add_pair(a, "-gdb", util_copy("chardev:gdb"));
	free(path);
}

/* Everything that differs from run to run is fixed: device tree, clock, the order of instructions (-icount). */
static void make_arguments(struct arguments *a, const struct run_options *options, const struct run_system *system,
			   const struct run_files *files, int serial_fd, int qmp_fd)
{
	add(a, util_copy(options->qemu));
	add_pair(a, "-M", util_format("%s,virtualization=on,gic-version=3,dtb-randomness=off", system->machine));
	add_pair(a, "-cpu", cpu_argument(options, system));
	add_pair(a, "-smp", util_format("%u", system->qemu_cpus));
	add_pair(a, "-m", util_format("%u", system->memory_mib));
	add(a, util_copy("-nodefaults"));
	add_pair(a, "-display", util_copy("none"));
	add_pair(a, "-chardev", util_format("socket,id=console,fd=%d", serial_fd));
	add_pair(a, "-serial", util_copy("chardev:console"));
	add_pair(a, "-chardev", util_format("socket,id=monitor,fd=%d", qmp_fd));
	add_pair(a, "-mon", util_copy("chardev=monitor,mode=control"));
	add_pair(a, "-rtc", util_copy("base=2024-01-01,clock=vm"));
	add_pair(a, "-action", util_copy("reboot=shutdown,shutdown=pause"));
	if (!options->is_realtime)
		add_pair(a, "-icount", util_copy("shift=0,sleep=off"));
	add_boot(a, options, system, files->disk);
	add_described(a, system);
	if (files->gdb != NULL)
		add_gdb(a, files->gdb);
}

static void free_arguments(struct arguments *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->list[i]);
}

/* In the child: becomes QEMU, in a process group of its own that dies with us; tells errno when that fails. */
static _Noreturn void become(char *const *list, const int keep[2], int stderr_fd, int error_fd)
{
	int error;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < 2; i++)
		fcntl(keep[i], F_SETFD, 0);
	dup2(stderr_fd, STDERR_FILENO);
	execvp(list[0], list);
	error = errno;
	if (write(error_fd, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

static int say_failure(const struct run_options *options, const char *what, int error)
{
	fprintf(stderr, "takt run: error: %s %s: %s%s\n", what, options->qemu, strerror(error),
		error == ENOENT ? " (install the package qemu-system-arm)" : "");
	return EXIT_ENVIRONMENT;
}

/* Forks; answers 0 when the child has become QEMU, else an errno value. */
static int spawn(struct run_qemu *qemu, char *const *list, const int keep[2])
{
	int pipe_fd[2];
	int stderr_fd[2];
	int error = 0;

	if (pipe2(pipe_fd, O_CLOEXEC) != 0)
		return errno;
	if (pipe2(stderr_fd, O_CLOEXEC) != 0) {
		error = errno;
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		return error;
	}
	pid_t pid = fork();
	if (pid == 0)
		become(list, keep, stderr_fd[1], pipe_fd[1]);
	if (pid < 0)
		error = errno;
	close(pipe_fd[1]);
	close(stderr_fd[1]);
	qemu->error_fd = stderr_fd[0];
	if (pid > 0 && read(pipe_fd[0], &error, sizeof(error)) == (ssize_t)sizeof(error))
		waitpid(pid, NULL, 0);
	close(pipe_fd[0]);
	if (error == 0)
		qemu->pid = running = pid;
	return error;
}

int run_check_firmware(const struct run_options *options, const struct run_system *system)
{
	if (options->firmware == NULL && system->is_fit) {
		fprintf(stderr, "takt: error: %s is a FIT, which QEMU can't start by itself (give --firmware)\n",
			system->image);
		return EXIT_INPUT;
	}
	if (options->firmware != NULL && !util_file_exists(options->firmware)) {
		fprintf(stderr,
			"takt: error: there is no firmware %s (the package u-boot-qemu has "
			"/usr/lib/u-boot/qemu_arm64/u-boot.bin)\n",
			options->firmware);
		return EXIT_ENVIRONMENT;
	}
	return EXIT_KEPT;
}

int run_qemu_start(struct run_qemu *qemu, const struct run_options *options, const struct run_system *system,
		   const struct run_files *files)
{
	int serial[2];
	int qmp[2];
	struct arguments a = {.count = 0};

	*qemu = (struct run_qemu){.serial_fd = -1, .qmp_fd = -1, .error_fd = -1};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, serial) != 0)
		return say_failure(options, "can't connect to", errno);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, qmp) != 0) {
		int error = errno;

		close(serial[0]);
		close(serial[1]);
		return say_failure(options, "can't connect to", error);
	}
	qemu->serial_fd = serial[0];
	qemu->qmp_fd = qmp[0];
	make_arguments(&a, options, system, files, serial[1], qmp[1]);
	if (running == 0)
		atexit(kill_running);
	int error = spawn(qemu, a.list, (const int[2]){serial[1], qmp[1]});
	free_arguments(&a);
	close(serial[1]);
	close(qmp[1]);
	return error == 0 ? EXIT_KEPT : say_failure(options, "can't start", error);
}

bool run_qemu_has_ended(struct run_qemu *qemu)
{
	if (qemu->pid != 0 && waitpid(qemu->pid, NULL, WNOHANG) == qemu->pid) {
		running = 0;
		qemu->pid = 0;
	}
	return qemu->pid == 0;
}

void run_qemu_stop(struct run_qemu *qemu)
{
	if (qemu->pid != 0) {
		kill(-qemu->pid, SIGKILL);
		while (waitpid(qemu->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	running = 0;
	qemu->pid = 0;
	if (qemu->serial_fd >= 0)
		close(qemu->serial_fd);
	if (qemu->qmp_fd >= 0)
		close(qemu->qmp_fd);
	if (qemu->error_fd >= 0)
		close(qemu->error_fd);
	qemu->serial_fd = qemu->qmp_fd = qemu->error_fd = -1;
}
