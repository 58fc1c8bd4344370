#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every file of the tree names its licence in its first lines. Exempt: the licence itself, data that must be
# byte for byte what it is, and files whose format has no comments.
#
#     spdx.sh ROOT
set -eu

cd "$1"
if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files --cached --others --exclude-standard
else
	find . -path ./build -prune -o -path ./.git -prune -o -type f -print | sed 's|^\./||'
fi | sort | {
	objections=0
	while read -r file; do
		case $file in
		LICENSE | .gitignore | *.json | *.bin | *.png | *.svg | tests/fuzz/corpus/*) continue ;;
		esac
		[ -f "$file" ] || continue
		if ! head -n 5 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0'; then
			echo "$file: no line 'SPDX-License-Identifier: Apache-2.0' among the first five"
			objections=$((objections + 1))
		fi
	done
	[ "$objections" -eq 0 ]
}
