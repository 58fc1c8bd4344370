# SPDX-License-Identifier: Apache-2.0
# For tests that judge a command by its exit code and by what it left in $work/out and $work/err: sourced by them.
count=0
failed=0

ok() { # NAME; the status before decides
	local status=$?
	count=$((count + 1))
	if [ $status -eq 0 ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		failed=$((failed + 1))
		sed 's/^/# out: /' "$work/out" 2>/dev/null | tail -40
		sed 's/^/# err: /' "$work/err" 2>/dev/null | tail -40
	fi
}
