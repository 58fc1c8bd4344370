#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Checks who includes whom in a tree (layers.awk has the table).
#
#     layers.sh ROOT
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
layers=$(for layer in abi base logic port arch drv plat core services guests tools; do
	[ ! -d "$layer" ] || echo "$layer"
done)
{
	find $layers -name '*.[chS]' | sort
	find $layers -name '*.[chS]' -exec grep -n '^[[:space:]]*#[[:space:]]*include' /dev/null {} + | sort || true
} | awk -f "$here/layers.awk"
