#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Tests of the checkers: each is shown a tree that it must accept, and trees that it must object to, by name. Prints TAP.
set -u

here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
count=0

result() {
	count=$((count + 1))
	echo "$1 $count - $2"
}

# put FILE LINE...: a file of the tree.
put() {
	mkdir -p "$tree/$(dirname "$1")"
	file=$tree/$1
	shift
	printf '%s\n' "$@" >"$file"
}

fresh_tree() {
	rm -rf "${tree:?}"/*
	put base/types.h '/* SPDX-License-Identifier: Apache-2.0 */'
	put abi/blob.h '/* SPDX-License-Identifier: Apache-2.0 */' '#include <stdint.h>'
	put logic/sched.h '/* SPDX-License-Identifier: Apache-2.0 */' 'int sched_pick(int n);'
	put logic/sched/edf.c '/* SPDX-License-Identifier: Apache-2.0 */' '#include "logic/sched.h"' '#include "base/types.h"' \
		'int sched_pick(int n) { return n + 1; }'
	put core/loop.c '/* SPDX-License-Identifier: Apache-2.0 */' '#include "../logic/sched.h"'
	put arch/host/cpu.c '/* SPDX-License-Identifier: Apache-2.0 */' '#include <stdio.h>'
}

# accepts DESCRIPTION COMMAND...
accepts() {
	what=$1
	shift
	if output=$("$@" 2>&1); then
		result ok "$what"
	else
		result "not ok" "$what"
		echo "$output" | sed 's/^/# /'
	fi
}

# objects TEXT COMMAND...: it fails, and its message has TEXT.
objects() {
	text=$1
	shift
	if output=$("$@" 2>&1); then
		result "not ok" "$(basename "$1") accepted what it must object to: $text"
	elif ! echo "$output" | grep -qF -e "$text"; then
		result "not ok" "$(basename "$1") does not say: $text"
		echo "$output" | sed 's/^/# /'
	else
		result ok "$(basename "$1") objects: $text"
	fi
}

test_layers() {
	fresh_tree
	accepts "layers of a good tree" "$here/layers.sh" "$tree"
	put logic/sched/bad.c '#include "core/loop.h"'
	put core/loop.h
	objects 'logic/sched/bad.c:1: logic/ must not include core/loop.h' "$here/layers.sh" "$tree"
	fresh_tree
	put logic/arm/bad.c '#include "logic/sched.h"'
	objects 'logic/arm must not include logic/sched.h' "$here/layers.sh" "$tree"
	fresh_tree
	put core/bad.c '' '#  include <stdio.h>'
	objects 'core/bad.c:2: <stdio.h>' "$here/layers.sh" "$tree"
	fresh_tree
	put base/bad.h '#include "../abi/blob.h"'
	objects 'base/ must not include abi/blob.h' "$here/layers.sh" "$tree"
}

test_spdx() {
	fresh_tree
	accepts "licences of a good tree" "$here/spdx.sh" "$tree"
	put core/bad.c 'int x;'
	objects "core/bad.c: no line" "$here/spdx.sh" "$tree"
}

test_pure() {
	fresh_tree
	accepts "purity of a good tree" "$here/pure.sh" "$tree" "$tree/build"
	put logic/sched/bad.c 'int hidden(int); int sched_bad(int n);' 'int sched_bad(int n) { return hidden(n); }'
	objects 'logic/ calls hidden' "$here/pure.sh" "$tree" "$tree/build"
	fresh_tree
	put logic/sched/bad.c 'int *sched_bad(void);' 'int *sched_bad(void) { static int state; return &state; }'
	objects 'logic/ has writable data: state' "$here/pure.sh" "$tree" "$tree/build"
	fresh_tree
	put logic/sched/bad.c 'unsigned sched_bad(int n);' 'unsigned sched_bad(int n) { return n; }'
	objects 'logic/sched/bad.c: clang objects' "$here/pure.sh" "$tree" "$tree/build"
}

# counts RESULT DESCRIPTION SHELL-COMMAND: run.sh counts "passed failed skipped" for it.
counts() {
	rm -rf "$tree/build"
	(cd "$tree" && "$here/run.sh" suite name 2 sh -c "$3") >/dev/null
	got=$(cat "$tree/build/check/suite/name.result")
	if [ "$got" = "$1" ]; then
		result ok "run.sh counts $2"
	else
		result "not ok" "run.sh counts $2: $got instead of $1"
	fi
}

test_run() {
	counts "1 0 0" "a program that succeeds" true
	counts "0 1 0" "a program that fails" false
	counts "2 1 1" "results of TAP" 'printf "1..4\nok 1\nnot ok 2 - x\nok 3 - y\nok 4 # SKIP z\n"; exit 1'
	counts "1 1 0" "a plan that was not kept" 'printf "1..2\nok 1\n"'
	counts "1 1 0" "a death after good results" 'printf "1..1\nok 1\n"; kill -9 $$'
	counts "0 1 0" "time that ran out" 'sleep 30'
	counts "0 1 0" "a child that outlives its test"  '(trap "" TERM; sleep 30) & sleep 30'
	mkdir -p "$tree/build/check/suite"
	echo "3 0 0" >"$tree/build/check/suite/name.result"
	accepts "summary of what passed" "$here/summary.sh" "$tree/build/check"
	echo "3 1 0" >"$tree/build/check/suite/name.result"
	objects '3 passed, 1 failed' "$here/summary.sh" "$tree/build/check"
	rm -r "$tree/build/check/suite"
	objects '0 passed, 0 failed' "$here/summary.sh" "$tree/build/check"
}

test_layers
test_spdx
test_pure
test_run
echo "1..$count"
