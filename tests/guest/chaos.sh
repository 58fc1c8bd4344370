#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What the runs of chaos rely on: a seed repeats, another one differs, and the victim objects to one bit that changed. Prints TAP.
set -u

cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
failed=0

ok() { # NAME; the status before decides
	if [ $? -eq 0 ]; then
		echo "ok $((count += 1)) - $1"
	else
		echo "not ok $((count += 1)) - $1"
		failed=1
		tail -5 "$work/out" | sed 's/^/# /'
	fi
}

run() { # UNTIL OPTION...: leaves the output in $work/out
	until=$1
	shift
	build/bin/takt run systems/chaos.dts -D ACTIONS=2000 -D VCPUS=2 "$@" --until "$until" --fail-on WRONG \
		--timeout 60 --log-dir "$work/log" >"$work/out" 2>&1
}

digest() { grep -a "digest" "$work/log/chaos.log"; }

run "chaos: end" -D SEED=5 && digest >"$work/first"
ok "2000 actions end"
run "chaos: end" -D SEED=5 && digest | cmp -s - "$work/first"
ok "a seed has the same digest again"
run "chaos: end" -D SEED=6 && ! digest | cmp -s - "$work/first"
ok "another seed has another one"
run "victim: done" -D SEED=5 -D SPOIL=100
[ $? -eq 1 ] && grep -q 'victim: WRONG' "$work/out"
ok "the victim finds a bit that changed"
echo "1..$count"
exit $failed
