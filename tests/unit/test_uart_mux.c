/* SPDX-License-Identifier: Apache-2.0 */
/* links: services/uart/uart_mux.c logic/vm_shell.c logic/vm_text.c */
/* The console multiplexer: what goes out for what the consoles say, and where input goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "logic/vm_text.h"
#include "services/uart/uart_mux.h"

#define A 0U
#define B 1U
#define C 2U
#define TAKT 3U

static struct uart_mux mux;
static struct service_config config;
static struct console consoles[4];
static char written[16384];
static uint32_t commanded;

static int64_t vm_state(uint32_t vm) { return vm == 11 ? TAKT_VM_OFF : TAKT_VM_RUNNING; }

static int64_t vm_command(uint32_t vm, uint32_t command)
{
	assert_int_equal(command, TAKT_VM_STOP);
	commanded = vm;
	return SMCCC_OK;
}

static int64_t vm_reserve(uint32_t vm, uint64_t budget, uint64_t period)
{
	assert_int_equal(vm, 11);
	assert_int_equal(budget, 7); /* 100 ns at 62.5 MHz: up */
	assert_int_equal(period, 12);
	commanded = vm;
	return SMCCC_OK;
}

static int64_t change_mode(uint32_t mode)
{
	commanded = 100 + mode;
	return mode == 0 ? TAKT_VM_BUSY : SMCCC_OK;
}

static const struct mux_el2 el2 = {
	.vm_state = vm_state, .vm_command = vm_command, .vm_reserve = vm_reserve, .mode = change_mode};

static int set_up(void **state)
{
	static const char *const name[3] = {"a", "b", "c"};

	(void)state;
	memset(consoles, 0, sizeof(consoles));
	memset(&config, 0, sizeof(config));
	config.console_count = 4;
	for (uint32_t c = 0; c < 4; c++)
		config.console_vm[c] = c == TAKT ? BLOB_NONE : 10 + c;
	config.vm_count = 13;
	for (uint32_t vm = 0; vm < 13; vm++)
		snprintf(config.vm_name[vm], BLOB_NAME_BYTES, "vm%u", vm);
	for (uint32_t c = 0; c < TAKT; c++)
		strcpy(config.vm_name[10 + c], name[c]);
	config.counter_hz = 62500000;
	config.mode_count = 2;
	strcpy(config.mode_name[0], "normal");
	strcpy(config.mode_name[1], "limp-home");
	commanded = BLOB_NONE;
	mux_init(&mux, &config, consoles, &el2);
	return 0;
}

static void say(uint32_t c, const char *text)
{
	for (; *text != '\0'; text++)
		if (!ring_put(&consoles[c].tx, (uint8_t)*text))
			ring_drop(&consoles[c].tx);
}

/* All that goes out now, in pieces of the size given. */
static const char *output_in(size_t capacity)
{
	size_t n = 0;
	size_t got;

	while ((got = mux_output(&mux, (uint8_t *)written + n, capacity)) != 0) {
		assert_true(got <= capacity);
		n += got;
		assert_true(n < sizeof(written) - capacity);
	}
	written[n] = '\0';
	return written;
}

static const char *output(void) { return output_in(64); }

static void type(const char *text)
{
	for (; *text != '\0'; text++)
		mux_input(&mux, (uint8_t)*text);
}

static const char *received(uint32_t c)
{
	static char text[64];
	size_t n = 0;
	uint8_t byte;

	while (n < sizeof(text) - 1 && ring_take(&consoles[c].rx, &byte))
		text[n++] = (char)byte;
	text[n] = '\0';
	return text;
}

static void lines_have_prefixes(void **state)
{
	(void)state;
	say(A, "one\ntwo\r\n");
	assert_string_equal(output(), "[a] one\r\n[a] two\r\n");
	assert_string_equal(output(), "");
}

static void the_size_of_the_pieces_does_not_matter(void **state)
{
	char whole[256];

	(void)state;
	for (size_t capacity = 1; capacity < 40; capacity++) {
		set_up(NULL);
		say(A, "first line\r\nx\ry\r\r\n");
		say(B, "second");
		strcpy(whole, output_in(capacity));
		assert_string_equal(whole, "[a] first line\r\n[a] x\r[a] y\r\n[b] second");
	}
}

static void lines_of_two_consoles_take_turns(void **state)
{
	(void)state;
	say(A, "a1\na2\n");
	say(B, "b1\nb2\n");
	assert_string_equal(output(), "[b] b1\r\n[a] a1\r\n[b] b2\r\n[a] a2\r\n");
}

static void a_prompt_appears_and_is_continued(void **state)
{
	(void)state;
	say(A, "/ # ");
	assert_string_equal(output(), "[a] / # ");
	say(A, "ls\r\n");
	assert_string_equal(output(), "ls\r\n");
}

static void a_complete_line_breaks_a_silent_one(void **state)
{
	(void)state;
	say(A, "Booting Li");
	assert_string_equal(output(), "[a] Booting Li");
	say(B, "frame 1\n");
	assert_string_equal(output(), "\r\r\n[b] frame 1\r\n");
	say(A, "nux\nnext\n");
	assert_string_equal(output(), "[a]+nux\r\n[a] next\r\n");
}

static void a_line_that_goes_on_is_not_broken(void **state)
{
	(void)state;
	say(A, "Boot");
	output();
	say(A, "ing\n");
	say(B, "frame 1\n");
	assert_string_equal(output(), "ing\r\n[b] frame 1\r\n");
}

static void a_beginning_waits_some_rounds(void **state)
{
	(void)state;
	say(A, "open");
	output();
	say(B, "login: ");
	for (uint32_t round = 0; round < MUX_PATIENCE; round++)
		assert_string_equal(output(), "");
	assert_string_equal(output(), "\r\r\n[b] login: ");
}

static void a_beginning_in_focus_does_not_wait(void **state)
{
	(void)state;
	say(B, "open");
	output();
	say(A, "login: ");
	assert_string_equal(output(), "\r\r\n[a] login: ");
}

static void half_a_ring_is_as_good_as_a_line(void **state)
{
	(void)state;
	say(A, "open");
	output();
	for (uint32_t i = 0; i < RING_DATA_BYTES / 2; i++)
		say(B, "x");
	assert_memory_equal(output(), "\r\r\n[b] xxxx", 11);
}

static void an_endless_line_does_not_keep_others_out(void **state)
{
	size_t n = 0;

	(void)state;
	say(A, "x");
	output();
	say(B, "line\n");
	while (n < 3 * MUX_LINE_BYTES && strstr(written, "[b] line") == NULL) {
		say(A, "xxxxxxxxxxxxxxxx");
		size_t got = mux_output(&mux, (uint8_t *)written, 64);
		written[got] = '\0';
		if (strstr(written, "[b]") != NULL)
			break;
		n += got;
	}
	assert_true(n >= MUX_LINE_BYTES - 64 && n <= MUX_LINE_BYTES + 64);
}

static void lost_output_is_reported_once(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RING_DATA_BYTES; i++)
		say(A, "x");
	say(A, "lost\n");
	assert_memory_equal(output(), "[takt] a: 5 bytes of output lost\r\n[a] xxx", 40);
	say(A, "\n");
	assert_string_equal(output(), "\r\n");
	say(A, "y\n");
	assert_string_equal(output(), "[a] y\r\n");
}

static void a_model_is_told_of_room_once(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RING_DATA_BYTES / 2; i++)
		say(B, "x");
	output();
	assert_int_equal(mux_take_notify(&mux), BLOB_NONE);
	for (uint32_t i = 0; i < RING_DATA_BYTES; i++)
		say(B, "x");
	output();
	assert_int_equal(mux_take_notify(&mux), 11);
	assert_int_equal(mux_take_notify(&mux), BLOB_NONE);
}

static void record(const struct log_record *r)
{
	uint8_t bytes[sizeof(*r)];

	memcpy(bytes, r, sizeof(*r));
	for (size_t i = 0; i < sizeof(*r); i++)
		assert_true(ring_put(&consoles[TAKT].tx, bytes[i]));
}

static void records_of_el2_become_lines(void **state)
{
	(void)state;
	say(A, "open");
	output();
	record(&(struct log_record){.reason = LOG_VM_STARTED, .vm = 11});
	record(&(struct log_record){.reason = LOG_VM_OFF, .vm = 99});
	assert_string_equal(output(), "\r\r\n[takt] b: started\r\n[takt] VM 99: off\r\n");
	record(&(struct log_record){.reason = LOG_NO_VECTOR,
				    .vm = 12,
				    .vcpu = 3,
				    .pc = UINT64_MAX,
				    .syndrome = 0x96000010,
				    .address = 0,
				    .ipa = 0xa000});
	assert_string_equal(output(), "[takt] c: stopped: its exception vector can't be executed: vCPU 3 pc "
				      "0xffffffffffffffff syndrome 0x96000010 address 0x0 ipa 0xa000\r\n");
}

static void lost_records_are_counted(void **state)
{
	(void)state;
	ring_drop(&consoles[TAKT].tx);
	record(&(struct log_record){.reason = LOG_VM_RESET, .vm = 10});
	assert_string_equal(output(), "[takt] a: off: it asked for a reset (and 1 records lost)\r\n");
}

static void records_left_out_are_counted(void **state)
{
	(void)state;
	record(&(struct log_record){.reason = LOG_VM_OFF, .vm = 10, .refused = 70});
	assert_string_equal(output(), "[takt] a: off (before it, 70 more in a second were left out)\r\n");
}

static void half_a_record_waits(void **state)
{
	(void)state;
	say(TAKT, "half");
	assert_string_equal(output(), "");
}

static void every_reason_has_a_text(void **state)
{
	(void)state;
	for (uint32_t reason = LOG_VM_STARTED; reason <= LOG_MODE_COMPLETE; reason++) {
		record(&(struct log_record){.reason = reason, .vm = 10});
		assert_null(strstr(output(), "unknown"));
	}
	record(&(struct log_record){.reason = LOG_MODE_COMPLETE + 1, .vm = 10});
	assert_non_null(strstr(output(), "a: stopped: unknown reason"));
}

static void modes_have_names(void **state)
{
	(void)state;
	record(&(struct log_record){.reason = LOG_MODE_BEGUN, .vm = LOG_SYSTEM, .vcpu = 1});
	assert_string_equal(output(), "[takt] mode limp-home begins\r\n");
	record(&(struct log_record){.reason = LOG_MODE_COMPLETE, .vm = LOG_SYSTEM, .vcpu = 0});
	assert_string_equal(output(), "[takt] mode normal is complete\r\n");
	record(&(struct log_record){.reason = LOG_MODE_BEGUN, .vm = LOG_SYSTEM, .vcpu = 9});
	assert_string_equal(output(), "[takt] mode ? begins\r\n");
}

static void input_goes_to_the_focus(void **state)
{
	(void)state;
	type("hi");
	assert_int_equal(mux_take_notify(&mux), 10);
	assert_int_equal(mux_take_notify(&mux), BLOB_NONE);
	assert_string_equal(received(A), "hi");
	type("\x14");
	assert_string_equal(output(), "[takt] input to b (2 of 3; a digit now chooses, 0 is takt)\r\n");
	type("x");
	assert_string_equal(received(B), "x");
	type("\x14y\x14z\x14v");
	assert_string_equal(received(C), "y");
	assert_string_equal(received(A), "v");
}

static void the_switch_character_twice_is_literal(void **state)
{
	(void)state;
	type("\x14\x14");
	assert_string_equal(received(A), "\x14");
	assert_string_equal(output(), "[takt] input to b (2 of 3; a digit now chooses, 0 is takt)\r\n"
				      "[takt] input to a (1 of 3; a digit now chooses, 0 is takt)\r\n");
	type("\x14"
	     "3q");
	assert_string_equal(received(C), "q");
	type("3");
	assert_string_equal(received(C), "3");
}

static void with_one_guest_a_digit_is_input(void **state)
{
	(void)state;
	config.console_count = 2;
	mux_init(&mux, &config, consoles, &el2);
	type("\x14\x14"
	     "1");
	assert_string_equal(received(A), "\x14"
					 "1");
	assert_string_equal(output(), "[takt] input to takt: " VM_TEXT_USAGE "\r\n[takt] input to a\r\n");
}

static void the_shell_has_the_focus_after_a_zero(void **state)
{
	(void)state;
	type("\x14"
	     "0takt vm st");
	output();
	assert_non_null(strstr(written, "[takt] input to takt: takt vm list"));
	assert_non_null(strstr(written, "\r\n[takt] takt vm st"));
	type("op c\r");
	assert_string_equal(output(), "op c\r\n");
	assert_int_equal(commanded, 12);
	assert_int_equal(mux_take_notify(&mux), BLOB_NONE);
}

static void a_record_shows_again_what_is_typed(void **state)
{
	(void)state;
	type("\x14"
	     "0takt");
	output();
	record(&(struct log_record){.reason = LOG_VM_PAUSED, .vm = 10});
	assert_string_equal(output(), "\r\n[takt] a: paused\r\n[takt] takt");
}

static void a_program_asks_whoever_has_the_focus(void **state)
{
	static char list[4096];

	(void)state;
	type("hi\xfe"
	     "7 list\r!");
	assert_string_equal(received(A), "hi!");
	record(&(struct log_record){.reason = LOG_VM_PAUSED, .vm = 10});
	strcpy(list, output_in(7));
	assert_memory_equal(list, "[takt] a: paused\r\n[takt] @takt {\"id\":7,\"vm\":\"vm0\",", 48);
	assert_non_null(strstr(list, "[takt] @takt {\"id\":7,\"vm\":\"b\",\"state\":\"off\"}\r\n"
				     "[takt] @takt {\"id\":7,\"vm\":\"c\",\"state\":\"running\"}\r\n"
				     "[takt] @takt {\"id\":7,\"result\":0,\"count\":13}\r\n"));
	assert_null(strstr(list, "lost"));
}

static void an_answer_is_not_broken_by_a_record(void **state)
{
	uint8_t begun[17] = {0};

	(void)state;
	type("\xfe"
	     "7 stop b\r");
	assert_int_equal(mux_output(&mux, begun, 16), 7);
	record(&(struct log_record){.reason = LOG_VM_STOPPED, .vm = 11});
	assert_string_equal(output(),
			    "@takt {\"id\":7,\"result\":0,\"state\":\"off\"}\r\n[takt] b: off: told to stop\r\n");
}

static void a_request_that_was_left_is_forgotten(void **state)
{
	(void)state;
	type("\xfe"
	     "7 st\xfe"
	     "8 stop b\r");
	assert_string_equal(output(), "[takt] @takt {\"id\":8,\"result\":0,\"state\":\"off\"}\r\n");
}

static void the_request_character_twice_is_literal(void **state)
{
	(void)state;
	type("a\xfe\xfe"
	     "b");
	assert_string_equal(received(A), "a\xfe"
					 "b");
}

static void an_announcement_breaks_an_open_line(void **state)
{
	(void)state;
	say(A, "/ # ");
	output();
	type("\x14");
	assert_string_equal(output(), "\r\r\n[takt] input to b (2 of 3; a digit now chooses, 0 is takt)\r\n");
	say(A, "x");
	assert_string_equal(output(), "[a]+x");
}

static void input_without_room_is_counted(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= RING_DATA_BYTES; i++)
		type("k");
	assert_int_equal(consoles[A].rx.dropped, 1);
}

static void without_guests_input_is_the_shells(void **state)
{
	(void)state;
	config.console_count = 1;
	mux_init(&mux, &config, consoles, &el2);
	type("takt vm stop vm3\r");
	assert_int_equal(mux_take_notify(&mux), BLOB_NONE);
	assert_string_equal(output(), "[takt] takt vm stop vm3\r\n");
	assert_int_equal(commanded, 3);
	type("takt vm reserve b 100 200\r");
	assert_int_equal(commanded, 11);
	type("takt vm mode limp-home\r");
	assert_int_equal(commanded, 101);
	(void)output();
	type("takt vm mode normal\r");
	assert_non_null(strstr(output(), "normal: the system is on its way to another mode"));
	assert_int_equal(commanded, 100);
}

static void a_broken_ring_garbles_text_only(void **state)
{
	uint8_t out[65];
	bool seen = false;

	(void)state;
	consoles[A].tx.head = 0xdeadbeef;
	consoles[B].tx.head = 5;
	consoles[B].tx.tail = 100;
	say(C, "fine\n");
	for (uint32_t i = 0; i < 1000 && !seen; i++) {
		out[mux_output(&mux, out, 64)] = '\0';
		seen = strstr((char *)out, "fine") != NULL;
	}
	assert_true(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_have_prefixes, set_up),
		cmocka_unit_test_setup(the_size_of_the_pieces_does_not_matter, set_up),
		cmocka_unit_test_setup(lines_of_two_consoles_take_turns, set_up),
		cmocka_unit_test_setup(a_prompt_appears_and_is_continued, set_up),
		cmocka_unit_test_setup(a_complete_line_breaks_a_silent_one, set_up),
		cmocka_unit_test_setup(a_line_that_goes_on_is_not_broken, set_up),
		cmocka_unit_test_setup(a_beginning_waits_some_rounds, set_up),
		cmocka_unit_test_setup(a_beginning_in_focus_does_not_wait, set_up),
		cmocka_unit_test_setup(half_a_ring_is_as_good_as_a_line, set_up),
		cmocka_unit_test_setup(an_endless_line_does_not_keep_others_out, set_up),
		cmocka_unit_test_setup(lost_output_is_reported_once, set_up),
		cmocka_unit_test_setup(a_model_is_told_of_room_once, set_up),
		cmocka_unit_test_setup(records_of_el2_become_lines, set_up),
		cmocka_unit_test_setup(lost_records_are_counted, set_up),
		cmocka_unit_test_setup(records_left_out_are_counted, set_up),
		cmocka_unit_test_setup(half_a_record_waits, set_up),
		cmocka_unit_test_setup(every_reason_has_a_text, set_up),
		cmocka_unit_test_setup(modes_have_names, set_up),
		cmocka_unit_test_setup(input_goes_to_the_focus, set_up),
		cmocka_unit_test_setup(the_switch_character_twice_is_literal, set_up),
		cmocka_unit_test_setup(with_one_guest_a_digit_is_input, set_up),
		cmocka_unit_test_setup(an_announcement_breaks_an_open_line, set_up),
		cmocka_unit_test_setup(input_without_room_is_counted, set_up),
		cmocka_unit_test_setup(without_guests_input_is_the_shells, set_up),
		cmocka_unit_test_setup(the_shell_has_the_focus_after_a_zero, set_up),
		cmocka_unit_test_setup(a_record_shows_again_what_is_typed, set_up),
		cmocka_unit_test_setup(a_program_asks_whoever_has_the_focus, set_up),
		cmocka_unit_test_setup(an_answer_is_not_broken_by_a_record, set_up),
		cmocka_unit_test_setup(a_request_that_was_left_is_forgotten, set_up),
		cmocka_unit_test_setup(the_request_character_twice_is_literal, set_up),
		cmocka_unit_test_setup(a_broken_ring_garbles_text_only, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
