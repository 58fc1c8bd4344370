/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/vm_command.c logic/vm_text.c logic/vm_shell.c */
/* Commands for VMs: which suits which state, the words for them, and the shell that takes lines of them. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "logic/vm_command.h"
#include "logic/vm_shell.h"
#include "logic/vm_text.h"

static int64_t judged(uint64_t command, enum takt_vm_state state) { return vm_command_judge(command, state, true); }

/* The whole table: a letter for each state, o: it does, b: busy, w: wrong. */
static void every_command_in_every_state(void **state)
{
	static const char *const table[TAKT_VM_COMMAND_COUNT] = {
		[TAKT_VM_STOP] = "woobwo",  [TAKT_VM_START] = "owwbob",  [TAKT_VM_RESTART] = "woobwb",
		[TAKT_VM_PAUSE] = "wowbwb", [TAKT_VM_RESUME] = "wwobwb",
	};

	(void)state;
	for (uint32_t command = 0; command < TAKT_VM_COMMAND_COUNT; command++) {
		for (uint32_t in = TAKT_VM_OFF; in <= TAKT_VM_LOADING; in++) {
			char expected = table[command][in];
			int64_t got = judged(command, (enum takt_vm_state)in);
			assert_int_equal(got, expected == 'o'   ? SMCCC_OK
					      : expected == 'b' ? TAKT_VM_BUSY
								: TAKT_VM_WRONG_STATE);
		}
	}
}

static void what_is_no_command_is_refused(void **state)
{
	(void)state;
	assert_int_equal(judged(TAKT_VM_COMMAND_COUNT, TAKT_VM_RUNNING), SMCCC_INVALID_PARAMETER);
	assert_int_equal(judged(UINT64_MAX, TAKT_VM_RUNNING), SMCCC_INVALID_PARAMETER);
}

static void without_a_loader_nothing_begins_anew(void **state)
{
	(void)state;
	assert_int_equal(vm_command_judge(TAKT_VM_START, TAKT_VM_OFF, false), TAKT_VM_NOT_RESTARTABLE);
	assert_int_equal(vm_command_judge(TAKT_VM_RESTART, TAKT_VM_RUNNING, false), TAKT_VM_NOT_RESTARTABLE);
	assert_int_equal(vm_command_judge(TAKT_VM_STOP, TAKT_VM_RUNNING, false), SMCCC_OK);
	assert_int_equal(vm_command_judge(TAKT_VM_PAUSE, TAKT_VM_RUNNING, false), SMCCC_OK);
}

static void every_answer_has_words(void **state)
{
	(void)state;
	for (uint32_t command = 0; command < TAKT_VM_COMMAND_COUNT; command++) {
		assert_int_equal(vm_text_find(vm_text_command(command)), command);
		assert_null(vm_text_refusal(command, SMCCC_OK));
		for (int64_t refused = TAKT_VM_NOT_RESTARTABLE; refused < 0; refused++)
			assert_non_null(vm_text_refusal(command, refused));
	}
	assert_int_equal(vm_text_find("list"), TAKT_VM_COMMAND_COUNT);
	assert_null(vm_text_command(TAKT_VM_COMMAND_COUNT));
	assert_string_equal(vm_text_state(TAKT_VM_LOADING), "loading");
	assert_string_equal(vm_text_state(TAKT_VM_LOADING + 1), "unknown");
	assert_string_equal(vm_text_state(-3), "unknown");
}

static void numbers_are_decimal_and_short(void **state)
{
	uint32_t number = 5;

	(void)state;
	assert_true(vm_text_number("0", &number) && number == 0);
	assert_true(vm_text_number("999999999", &number) && number == 999999999);
	assert_false(vm_text_number("", &number));
	assert_false(vm_text_number("1234567890", &number));
	assert_false(vm_text_number("12a", &number));
	assert_false(vm_text_number("-1", &number));
}

static char said[8192];
static size_t said_bytes;
static int64_t states[3];
static int64_t answer;
static char obeyed[64];
static struct vm_shell shell;

static const char *name_of(void *arg, uint32_t vm)
{
	static const char *const names[3] = {"radio", "linux", "7"};

	(void)arg;
	return names[vm];
}

static int64_t state_of(void *arg, uint32_t vm)
{
	(void)arg;
	return states[vm];
}

static int64_t take(void *arg, uint32_t vm, uint32_t command)
{
	(void)arg;
	snprintf(obeyed, sizeof(obeyed), "%s %s", vm_text_command(command), name_of(NULL, vm));
	return answer;
}

static int64_t take_reserve(void *arg, uint32_t vm, uint64_t budget_ns, uint64_t period_ns)
{
	(void)arg;
	snprintf(obeyed, sizeof(obeyed), "reserve %s %" PRIu64 " %" PRIu64, name_of(NULL, vm), budget_ns, period_ns);
	return answer;
}

static const char *mode_name(void *arg, uint32_t mode)
{
	(void)arg;
	return mode == 0 ? "normal" : "limp-home";
}

static int64_t take_mode(void *arg, uint32_t mode)
{
	(void)arg;
	snprintf(obeyed, sizeof(obeyed), "mode %u", mode);
	return answer;
}

static void put(void *arg, char c)
{
	(void)arg;
	assert_true(said_bytes < sizeof(said) - 1);
	said[said_bytes++] = c;
	said[said_bytes] = '\0';
}

static const struct vm_shell_port port = {.vm_count = 3,
					  .name = name_of,
					  .state = state_of,
					  .command = take,
					  .reserve = take_reserve,
					  .mode_count = 2,
					  .mode_name = mode_name,
					  .mode = take_mode,
					  .put = put};

static int set_up(void **state)
{
	(void)state;
	vm_shell_init(&shell, &port);
	said_bytes = 0;
	said[0] = '\0';
	obeyed[0] = '\0';
	answer = SMCCC_OK;
	states[0] = TAKT_VM_RUNNING;
	states[1] = TAKT_VM_PAUSED;
	states[2] = TAKT_VM_FAILED;
	return 0;
}

static const char *typed(const char *text)
{
	said_bytes = 0;
	said[0] = '\0';
	for (; *text != '\0'; text++)
		vm_shell_type(&shell, *text);
	while (vm_shell_continue(&shell))
		;
	return said;
}

static const char *requested(const char *text)
{
	said_bytes = 0;
	said[0] = '\0';
	for (; *text != '\0'; text++)
		assert_int_equal(vm_shell_request(&shell, *text), *text == '\r');
	while (vm_shell_continue(&shell))
		;
	return said;
}

static void a_person_sees_a_list(void **state)
{
	(void)state;
	assert_string_equal(typed("takt vm list\r"),
			    "takt vm list\n 0 radio: running\n 1 linux: paused\n 2 7: failed\n");
	assert_string_equal(typed("  takt  vm   list \n"),
			    "  takt  vm   list \n 0 radio: running\n 1 linux: paused\n 2 7: failed\n");
}

static void a_person_commands_by_name_or_number(void **state)
{
	(void)state;
	assert_string_equal(typed("takt vm pause linux\r"), "takt vm pause linux\n");
	assert_string_equal(obeyed, "pause linux");
	typed("takt vm stop 0\r");
	assert_string_equal(obeyed, "stop radio");
	typed("takt vm start 7\r"); /* a name goes before a number */
	assert_string_equal(obeyed, "start 7");
}

static void a_person_is_told_why_not(void **state)
{
	(void)state;
	answer = TAKT_VM_WRONG_STATE;
	assert_string_equal(typed("takt vm resume radio\r"), "takt vm resume radio\nradio: it is not paused\n");
	obeyed[0] = '\0';
	assert_string_equal(typed("takt vm stop 3\r"),
			    "takt vm stop 3\n3: there is no such VM (takt vm list shows them)\n");
	assert_string_equal(obeyed, "");
}

static void what_is_no_command_shows_the_usage(void **state)
{
	static const char *const lines[] = {
		"help",
		"takt",
		"takt vm",
		"takt vm stop",
		"takt vm lists",
		"takt vm stop a b",
		"takt run stop radio",
		"x y stop radio",
		"takt vm mode",
		"takt vm mode a b",
		"takt vm reserve radio 1",
		"takt vm reserve radio 1 2 3",
		"x vm mode normal",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		typed(lines[i]);
		assert_string_equal(typed("\r"), "\nusage: " VM_TEXT_USAGE "\n");
	}
	assert_string_equal(obeyed, "");
	assert_string_equal(typed("\r"), "\n");
	assert_string_equal(typed("   \r"), "   \n");
}

static void reservations_and_modes_are_changed(void **state)
{
	(void)state;
	assert_string_equal(typed("takt vm reserve linux 20000 9999999999\r"),
			    "takt vm reserve linux 20000 9999999999\n");
	assert_string_equal(obeyed, "reserve linux 20000 9999999999");
	assert_string_equal(requested("7 reserve 0 0 1\r"), "@takt {\"id\":7,\"result\":0}\n");
	assert_string_equal(obeyed, "reserve radio 0 1");
	typed("takt vm mode limp-home\r");
	assert_string_equal(obeyed, "mode 1");
	answer = TAKT_VM_BUSY;
	assert_string_equal(requested("8 mode normal\r"), "@takt {\"id\":8,\"result\":-16}\n");
	assert_string_equal(obeyed, "mode 0");
	assert_non_null(strstr(typed("takt vm mode normal\r"), "normal: the system is on its way"));
	answer = TAKT_RESERVE_FULL;
	assert_non_null(strstr(typed("takt vm reserve radio 1 2\r"), "radio: that does not fit"));
}

static void what_can_t_be_changed_is_not_asked_for(void **state)
{
	static const char *const lines[] = {
		"1 reserve nobody 1 2",
		"1 reserve radio x 2",
		"1 reserve radio 1 -2",
		"1 reserve radio 1 2x",
		"1 reserve radio 1 12345678901",
		"1 mode nothing",
		"1 mode 1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		requested(lines[i]);
		assert_string_equal(requested("\r"), "@takt {\"id\":1,\"result\":-3}\n");
	}
	assert_non_null(strstr(typed("takt vm reserve radio 1 2x\r"), "not 0 < budget <= period"));
	assert_non_null(strstr(typed("takt vm mode nothing\r"), "there is no such mode"));
	assert_string_equal(obeyed, "");
}

static void each_refusal_has_words(void **state)
{
	static const int64_t answers[] = {SMCCC_INVALID_PARAMETER, SMCCC_DENIED,      TAKT_VM_BUSY,
					  TAKT_RESERVE_NONE,       TAKT_RESERVE_FULL, TAKT_RESERVE_GENERATION};

	(void)state;
	assert_null(vm_text_reserve_refusal(SMCCC_OK));
	assert_null(vm_text_mode_refusal(SMCCC_OK));
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(vm_text_reserve_refusal(answers[i]),
						vm_text_reserve_refusal(answers[j]));
		assert_non_null(vm_text_mode_refusal(answers[i]));
	}
	assert_int_equal(vm_text_ticks(16, 62500000, true), 1);
	assert_int_equal(vm_text_ticks(17, 62500000, true), 2);
	assert_int_equal(vm_text_ticks(17, 62500000, false), 1);
	assert_int_equal(vm_text_ticks(9999999999, 1000000000, true), 9999999999);
}

static void a_line_is_edited(void **state)
{
	(void)state;
	assert_string_equal(typed("ab\x7f\b\b"), "ab\b \b\b \b");
	typed("takt vm stop linux\x15");
	assert_string_equal(typed("takt vm stop radioo\x7f\r") + strlen("takt vm stop radioo\b \b"), "\n");
	assert_string_equal(obeyed, "stop radio");
	assert_string_equal(typed("\x01\x1b\x80"), "");
}

static void a_long_line_is_cut(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * VM_SHELL_LINE_BYTES; i++)
		vm_shell_type(&shell, 'x');
	assert_int_equal(said_bytes, VM_SHELL_LINE_BYTES - 1);
	assert_string_equal(typed("\r"), "\nusage: " VM_TEXT_USAGE "\n");
	for (unsigned i = 0; i < 3 * VM_SHELL_LINE_BYTES; i++)
		assert_false(vm_shell_request(&shell, '9'));
	assert_string_equal(requested("\r"), "");
}

static void the_line_is_shown_once_more(void **state)
{
	(void)state;
	typed("takt vm li");
	said_bytes = 0;
	vm_shell_redraw(&shell);
	assert_string_equal(said, "takt vm li");
}

static void a_program_gets_json(void **state)
{
	(void)state;
	assert_string_equal(requested("12 list\r"), "@takt {\"id\":12,\"vm\":\"radio\",\"state\":\"running\"}\n"
						    "@takt {\"id\":12,\"vm\":\"linux\",\"state\":\"paused\"}\n"
						    "@takt {\"id\":12,\"vm\":\"7\",\"state\":\"failed\"}\n"
						    "@takt {\"id\":12,\"result\":0,\"count\":3}\n");
	answer = TAKT_VM_BUSY;
	assert_string_equal(requested("3 restart linux\r"), "@takt {\"id\":3,\"result\":-16,\"state\":\"paused\"}\n");
	assert_string_equal(obeyed, "restart linux");
	obeyed[0] = '\0';
	assert_string_equal(requested("4 restart nobody\r"), "@takt {\"id\":4,\"result\":-3}\n");
	assert_string_equal(requested("5 rests linux\r"), "@takt {\"id\":5,\"result\":-3}\n");
	assert_string_equal(requested("6\r"), "@takt {\"id\":6,\"result\":-3}\n");
	assert_string_equal(requested("6 stop a b\r"), "@takt {\"id\":6,\"result\":-3}\n");
	assert_string_equal(requested("stop linux\r"), "");
	assert_string_equal(requested("\r"), "");
	assert_string_equal(obeyed, "");
}

static void a_list_goes_on_as_there_is_room(void **state)
{
	(void)state;
	for (const char *c = "1 list\r"; *c != '\0'; c++)
		vm_shell_request(&shell, *c);
	assert_string_equal(said, "");
	assert_true(vm_shell_continue(&shell));
	assert_string_equal(said, "@takt {\"id\":1,\"vm\":\"radio\",\"state\":\"running\"}\n");
	/* Another one does not begin before it has ended. */
	for (const char *c = "2 list\r"; *c != '\0'; c++)
		vm_shell_request(&shell, *c);
	assert_non_null(strstr(said, "\"id\":1,\"result\":0,\"count\":3"));
	assert_null(strstr(said, "\"id\":2"));
	while (vm_shell_continue(&shell))
		assert_true(said_bytes < sizeof(said) / 2);
	assert_non_null(strstr(said, "\"id\":2,\"result\":0,\"count\":3"));
}

static void no_answer_is_longer_than_said(void **state)
{
	(void)state;
	answer = TAKT_VM_NOT_RESTARTABLE;
	assert_true(strlen(typed("takt vm restart radio\r")) <= VM_SHELL_ANSWER_BYTES);
	answer = TAKT_VM_WRONG_STATE;
	assert_true(strlen(typed("takt vm start radio\r")) <= VM_SHELL_ANSWER_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_in_every_state),
		cmocka_unit_test(what_is_no_command_is_refused),
		cmocka_unit_test(without_a_loader_nothing_begins_anew),
		cmocka_unit_test(every_answer_has_words),
		cmocka_unit_test(numbers_are_decimal_and_short),
		cmocka_unit_test_setup(a_person_sees_a_list, set_up),
		cmocka_unit_test_setup(a_person_commands_by_name_or_number, set_up),
		cmocka_unit_test_setup(a_person_is_told_why_not, set_up),
		cmocka_unit_test_setup(what_is_no_command_shows_the_usage, set_up),
		cmocka_unit_test_setup(reservations_and_modes_are_changed, set_up),
		cmocka_unit_test_setup(what_can_t_be_changed_is_not_asked_for, set_up),
		cmocka_unit_test(each_refusal_has_words),
		cmocka_unit_test_setup(a_line_is_edited, set_up),
		cmocka_unit_test_setup(a_long_line_is_cut, set_up),
		cmocka_unit_test_setup(the_line_is_shown_once_more, set_up),
		cmocka_unit_test_setup(a_program_gets_json, set_up),
		cmocka_unit_test_setup(a_list_goes_on_as_there_is_room, set_up),
		cmocka_unit_test_setup(no_answer_is_longer_than_said, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
