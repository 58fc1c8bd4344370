#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs one fuzz target for some seconds, from the inputs in tests/fuzz/corpus/NAME (where there are some) and those that earlier
# runs found. An input that makes it fail is left beside the log.
#
#     fuzz.sh PROGRAM SECONDS
set -eu

program=$1
name=$(basename "$program")
found=build/fuzz/$name
mkdir -p "$found"
set -- "$program" -max_total_time="$2" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
	-artifact_prefix="build/check/fuzz/$name-" ${TAKT_SEED:+-seed="$TAKT_SEED"} "$found"
[ ! -d "tests/fuzz/corpus/$name" ] || set -- "$@" "tests/fuzz/corpus/$name"
exec "$@"
