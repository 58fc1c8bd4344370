#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every description in systems/bad must be refused with exit code 2, and first of all by the message in its first line; and every
# rule of `takt check` must have such a description. Run from the top of the tree; prints TAP.
set -u
takt=${TAKT:-build/bin/takt}
count=0
failed=0

ok() { count=$((count + 1)); echo "ok $count - $1"; }
not_ok() { count=$((count + 1)); failed=$((failed + 1)); echo "not ok $count - $1"; }

for file in systems/bad/*.dts; do
	want=$(sed -n '1s,^/\* expect: \(.*\) \*/$,\1,p' "$file")
	got=$("$takt" check "$file" 2>&1)
	code=$?
	first=$(printf '%s\n' "$got" | head -n 1)
	if [ -n "$want" ] && [ "$code" -eq 2 ] && [ "$first" = "$file:$want" ]; then
		ok "$file"
	else
		not_ok "$file"
		echo "# expected 2: $file:$want"
		echo "# answered $code: $first"
	fi
done

for rule in $("$takt" help rules | cut -d ' ' -f 1); do
	if grep -q "^/\* expect: .*error\[$rule\]" systems/bad/*.dts; then
		ok "rule $rule has a description that breaks it"
	else
		not_ok "rule $rule has no description in systems/bad"
	fi
done

echo "1..$count"
[ "$failed" -eq 0 ]
