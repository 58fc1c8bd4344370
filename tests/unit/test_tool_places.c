/* SPDX-License-Identifier: Apache-2.0 */
/* links: tools/takt/tree_places.c tools/takt/util.c */
/* Places of nodes and properties, from text as dtc 1.6 writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/takt/tree.h"

static const char text[] = "/dts-v1/;\n"
			   "\n"
			   "/ { /* /a/b.dtsi:2:3-9:3, x.dts:4:3-30:3 */\n"
			   "\tcompatible = \"one /* two */\", \"{\"; /* x.dts:5:2-5:20 */\n"
			   "\n"
			   "\tlab: other: node@1 { /* x.dts:7:3-9:4 */\n"
			   "\t\treg = <0x01 0x02>; /* x.dts:8:3-8:20 */\n"
			   "\t\tflag; /* sub/y.dtsi:11:3-11:8 */\n"
			   "\t\tphandle = <0x01>; /* <no-file>:<no-line> */\n"
			   "\n"
			   "\t\tchild { /* x.dts:12:3-13:4 */\n"
			   "\t\t}; /* x.dts:12:3-13:4 */\n"
			   "\t}; /* x.dts:7:3-9:4 */\n"
			   "\n"
			   "\tlast { /* x.dts:20:3-21:4 */\n"
			   "\t\tlabel_in = <&lab>; /* x.dts:21:3-21:4 */\n"
			   "\t}; /* x.dts:20:3-21:4 */\n"
			   "}; /* /a/b.dtsi:2:3-9:3, x.dts:4:3-30:3 */\n";

static void assert_place(const struct tree *tree, const char *path, const char *property, const char *file, int line)
{
	struct place place = tree_place(tree, path, property);
	assert_string_equal(place.file, file);
	assert_int_equal(place.line, line);
}

static void test_places(void **state)
{
	char name[] = "main.dts";
	struct tree tree = {.file = name};
	(void)state;
	tree_parse_places(&tree, text);
	assert_place(&tree, "/", NULL, "x.dts", 4);
	assert_place(&tree, "/", "compatible", "x.dts", 5);
	assert_place(&tree, "/node@1", NULL, "x.dts", 7);
	assert_place(&tree, "/node@1", "reg", "x.dts", 8);
	assert_place(&tree, "/node@1", "flag", "sub/y.dtsi", 11);
	assert_place(&tree, "/node@1", "phandle", "x.dts", 7); /* no place of its own: its node's */
	assert_place(&tree, "/node@1/child", NULL, "x.dts", 12);
	assert_place(&tree, "/last", NULL, "x.dts", 20);
	assert_place(&tree, "/last", "label_in", "x.dts", 21);
	assert_place(&tree, "/nowhere", "x", "main.dts", 1);
	for (size_t i = 0; i < tree.place_count; i++) {
		free(tree.places[i].path);
		free(tree.places[i].property);
		free(tree.places[i].file);
	}
	free(tree.places);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
