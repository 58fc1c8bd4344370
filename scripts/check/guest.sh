#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs one test of a list on the emulated machine and prints the TAP that its guests printed.
#
#     guest.sh SUITE LIST NAME
#
# A line of LIST is "NAME SYSTEM [OPTION...]": the system description, and options of `takt run`, with the shell's quotes. The
# report is left in build/check/SUITE/NAME.json, each console's log in build/check/SUITE/NAME/. Fails when `takt run` does,
# and when a guest that printed results ended before their plan.
set -eu

suite=$1
list=$2
name=$3
out=build/check/$suite/$name

line=$(sed -e 's/^[ 	]*//' "$list" | awk -v name="$name" '$1 == name { print; exit }')
[ -n "$line" ] || {
	echo "no test $name in $list"
	exit 2
}
# The list is ours, and its quotes are meant for this shell.
eval "set -- ${line#"$name"}"
mkdir -p "$out"
status=0
build/bin/takt run "$@" --timeout "${TAKT_TIMEOUT:-60}" --log-dir "$out" --report "$out.json" || status=$?
echo "# takt run: exit code $status"
for log in "$out"/*; do
	[ -f "$log" ] || continue
	echo "# console $(basename "$log")"
	tr -d '\r' <"$log" | grep -E '^(ok|not ok|1\.\.|#|Bail out)' || true
	if grep -Eq '^(ok|not ok) ' "$log" && ! grep -Eq '^1\.\.' "$log"; then
		echo "not ok - $(basename "$log") ends without a plan"
	fi
done
exit $status
