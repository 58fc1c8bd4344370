#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The demonstration: a radio with a deadline every millisecond beside an unmodified Debian Linux, on one CPU. Linux boots and runs
# hackbench, process creation, memory streaming and console output, until the radio has done its frames. Fails when a
# deadline was missed.
#
#     demo.sh DIR      leaves DIR/report.json and DIR/log/NAME.log
set -u

out=$1
mkdir -p "$out/log"
rm -f "$out/report.json" "$out"/log/*
cat <<END

Takt: a radio with a deadline in every millisecond, and an unmodified Debian Linux that is as busy as it can be, on one CPU.
The machine is QEMU, counting instructions: one of them is one nanosecond, so that every run is the same. Stop with ^C.

END
build/bin/takt run systems/demo.dts --mark "linux: busy" --until "radio done" --timeout 900 \
	--log-dir "$out/log" --report "$out/report.json"
status=$?
[ -s "$out/report.json" ] || exit $((status ? status : 1))
echo
if [ $status -eq 0 ]; then
	echo "No deadline was missed. Exits and more: build/bin/takt report $out/report.json; consoles: $out/log/"
else
	echo "NOT every promise was kept (see above). Report: $out/report.json, consoles: $out/log/"
fi
exit $status
