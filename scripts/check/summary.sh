#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Says what failed in a `make check`, and the totals in the last line. Fails when a test failed, or when none ran.
#
#     summary.sh DIR
set -u

dir=$1
passed=0
failed=0
skipped=0
for result in "$dir"/*/*.result; do
	[ -f "$result" ] || continue
	read -r p f s <"$result"
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
	[ "$f" -eq 0 ] && continue
	log=${result%.result}.log
	echo
	echo "FAILED: $(basename "$(dirname "$log")") $(basename "$log" .log), log in $log"
	if grep -q '^[ 	]*not ok' "$log"; then
		grep -A 4 '^[ 	]*not ok' "$log" | head -n 30 | sed 's/^/    /'
	else
		tail -n 15 "$log" | sed 's/^/    /'
	fi
done
echo
if [ "$skipped" -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
