#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs one test of `make check` and counts what it says.
#
#     run.sh SUITE NAME SECONDS COMMAND...
#
# The output goes to build/check/SUITE/NAME.log, "passed failed skipped" to NAME.result beside it. A test that prints TAP
# counts as its lines; one that does not counts as one, by its exit code. A test that dies, runs out of time, or
# prints fewer results than its plan says has one failure more. Always exits 0: the summary decides.
set -u

suite=$1
name=$2
seconds=$3
shift 3
mkdir -p "build/check/$suite"
log=build/check/$suite/$name.log
started=$(date +%s)

# timeout makes a process group of its own: what is left of it in the end must not outlive the test.
CMOCKA_MESSAGE_OUTPUT=TAP timeout --kill-after=10 "$seconds" "$@" >"$log" 2>&1 </dev/null &
group=$!
trap 'kill -TERM $group; wait $group; kill -s KILL -- -$group 2>/dev/null; exit 1' INT TERM
wait $group
status=$?
kill -s KILL -- -$group 2>/dev/null && echo "takt: processes that were left over were ended" >>"$log"
[ "$status" -ne 124 ] || echo "takt: stopped after $seconds seconds" >>"$log"

set -- $(awk -v status="$status" '
	/^[ \t]*(not )?ok([ \t]|$)/ {
		results++
		if ($0 ~ /# *[Ss][Kk][Ii][Pp]/)
			skipped++
		else if ($1 == "not")
			failed++
		else
			passed++
	}
	/^[ \t]*1\.\.[0-9]+/ {
		split($1, plan, /\.\./)
		planned += plan[2]
	}
	END {
		if (results == 0 && planned == 0)
			status == 0 ? passed++ : failed++
		else if (results < planned || (status != 0 && failed == 0))
			failed++
		print passed + 0, failed + 0, skipped + 0
	}' "$log")
echo "$1 $2 $3" >"build/check/$suite/$name.result"

verdict=ok
[ "$3" -eq 0 ] || verdict="ok, $3 skipped"
[ "$2" -eq 0 ] || verdict="$2 FAILED: $log"
printf '  %-8s %-28s %4s passed %4ss  %s\n' "$suite" "$name" "$1" "$(($(date +%s) - started))" "$verdict"
