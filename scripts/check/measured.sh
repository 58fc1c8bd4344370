#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Holds the longest steps that the runs of a `make check` measured against the bounds that `takt bound` computed. Prints TAP, a test
# for each report.
#
#     measured.sh DIR BOUNDS
set -u

count=0
failures=0
for report in "$1"/guest/*.json "$1"/linux/*.json; do
	[ -f "$report" ] || continue
	count=$((count + 1))
	if output=$(build/bin/takt report "$report" --bounds "$2" 2>&1); then
		echo "ok $count - steps of $(basename "$report" .json) within their bounds"
	else
		failures=$((failures + 1))
		echo "not ok $count - steps of $(basename "$report" .json) within their bounds"
		echo "$output" | sed 's/^/# /'
	fi
done
[ "$count" -gt 0 ] || echo "# no report in $1: nothing was measured"
echo "1..$count"
[ "$count" -gt 0 ] && [ "$failures" -eq 0 ]
