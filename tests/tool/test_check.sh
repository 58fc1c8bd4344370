#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The takt command as a user meets it: exit codes, messages, files that appear whole or not at all. Run from the top of the
# tree; prints TAP.
set -u
takt=$(realpath "${TAKT:-build/bin/takt}")
dir=$(mktemp -d) || exit 3
trap 'rm -rf "$dir"' EXIT
count=0
failed=0

# check NAME EXPECTED-CODE TEXT COMMAND...: the command ends so, and its output has the text.
check() {
	name=$1 want=$2 text=$3
	shift 3
	output=$("$@" 2>&1)
	code=$?
	count=$((count + 1))
	if [ "$code" -eq "$want" ] && printf '%s\n' "$output" | grep -qF -e "$text"; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		echo "# wanted $want and '$text'; got $code:"
		printf '%s\n' "$output" | sed 's/^/# /' | head -n 20
	fi
}

# A guest of two instructions, as a domain with room for more properties.
printf '\177\040\003\325\377\377\377\027' >"$dir/guest.bin"
describe() {
	cat <<-END
		/dts-v1/;
		#include "boards/qemu-virt.dtsi"
		/ { domains { guest {
			compatible = "openamp,domain-v1";
			cpus = <&cpus 0x1 1>;
			memory = <0x0 0x40000000 0x0 0x100000>;
			takt,kernel = "guest.bin"; takt,kernel-type = "raw";
			$1
		}; }; };
	END
}
describe '' >"$dir/good.dts"
describe 'takt,wieght = <5>;' >"$dir/wrong.dts"
describe '#include "nowhere.dtsi"' >"$dir/include.dts"
describe 'takt,weight = <WEIGHT>;' >"$dir/define.dts"

check 'a good description' 0 'all is well' "$takt" check "$dir/good.dts"
check 'quiet' 0 '' "$takt" check -q "$dir/good.dts"
check 'a wrong one' 2 'did you mean "takt,weight"?' "$takt" check "$dir/wrong.dts"
check 'the line of it' 2 "$dir/wrong.dts:8: error[unknown-property] /domains/guest:" "$takt" check "$dir/wrong.dts"
check 'JSON' 2 '"rule": "unknown-property"' "$takt" check --json "$dir/wrong.dts"
check 'JSON is well-formed' 0 'unknown-property' sh -c '"$1" check --json "$2" | jq -r ".errors[0].rule"' sh "$takt" "$dir/wrong.dts"
check 'a missing include' 2 'include.dts:8: error[syntax]' "$takt" check "$dir/include.dts"
check 'a macro from the command line' 0 'all is well' "$takt" check -D WEIGHT=3 "$dir/define.dts"
check 'its value is checked' 2 'takt,weight is 3000' "$takt" check -D WEIGHT=3000 "$dir/define.dts"
check 'no such description' 2 'there is no such file' "$takt" check "$dir/none.dts"
check 'no description' 2 'usage:' "$takt" check
check 'an unknown option' 2 'usage:' "$takt" check --frobnicate "$dir/good.dts"
check 'help of a command' 0 'usage: takt check' "$takt" check --help
check 'help' 0 'usage: takt COMMAND' "$takt" --help
check 'version' 0 'takt ' "$takt" --version
check 'a misspelt command' 2 'did you mean "build"?' "$takt" biuld
check 'explain' 0 'cpu-overload:' "$takt" --explain cpu-overload
check 'explain, misspelt' 2 'did you mean "cpu-overload"?' "$takt" check --explain cpu-overlaod

# A kernel that is compressed: an ELF file here, whose section headers leave something to cut off.
gzip -c build/guests/hello.elf >"$dir/whole.gz"
head -c 3000 "$dir/whole.gz" >"$dir/cut.gz"
(head -c 1500 "$dir/whole.gz"; printf 'damage'; tail -c +1507 "$dir/whole.gz") >"$dir/damaged.gz"
printf '\037\213\010' >"$dir/header.gz"
gzip -c "$dir/good.dts" >"$dir/text.gz"
describe '' | sed 's/"guest.bin"; takt,kernel-type = "raw"/FILE/' >"$dir/packed.dts"
check 'a kernel compressed by gzip' 0 'all is well' "$takt" check -D 'FILE="whole.gz"' "$dir/packed.dts"
check 'one that is cut off' 2 'cut off: the end is missing' "$takt" check -D 'FILE="cut.gz"' "$dir/packed.dts"
check 'one that ends in its header' 2 'cut off: the end is missing' "$takt" check -D 'FILE="header.gz"' "$dir/packed.dts"
check 'one that is damaged' 2 'damaged' "$takt" check -D 'FILE="damaged.gz"' "$dir/packed.dts"
check 'no kernel in it' 2 'neither an arm64 Linux Image nor an ELF file' "$takt" check -D 'FILE="text.gz"' "$dir/packed.dts"

mkdir "$dir/bin"
check 'cpp is missing' 3 'install the Debian package cpp' env PATH="$dir/bin" "$takt" check "$dir/good.dts"
ln -s "$(command -v cpp)" "$dir/bin/cpp"
check 'dtc is missing' 3 'install the Debian package device-tree-compiler' env PATH="$dir/bin:/nowhere" "$takt" check "$dir/good.dts"

check 'build' 0 '1 domain on 1 CPU' "$takt" build "$dir/good.dts" -o "$dir/good.img"
check 'the image has a Linux header' 0 'ARMd' sh -c 'dd if="$1" bs=1 skip=56 count=4 2>/dev/null' sh "$dir/good.img"
check 'its JSON' 0 'guest/0' jq -r '.contexts[].name' "$dir/good.img.json"
check 'its map' 0 'guest: memory with images' cat "$dir/good.img.map"
check 'a second build' 0 '' "$takt" build -q "$dir/good.dts" -o "$dir/again.img"
check 'is the same' 0 '' cmp "$dir/good.img" "$dir/again.img"
check 'a wrong description makes no image' 2 'error[unknown-property]' "$takt" build "$dir/wrong.dts" -o "$dir/wrong.img"
check 'indeed' 1 '' test -e "$dir/wrong.img"
check 'a directory that is not there' 3 "can't write" "$takt" build "$dir/good.dts" -o "$dir/nowhere/good.img"
check 'EL2 is missing' 3 'none.elf' "$takt" build --el2 "$dir/none.elf" "$dir/good.dts" -o "$dir/x.img"
check 'services are missing' 3 'pl011.elf' "$takt" build --services "$dir" "$dir/good.dts" -o "$dir/x.img"
check 'EL2 is something else' 3 'is no ELF file' "$takt" build --el2 "$dir/good.dts" "$dir/good.dts" -o "$dir/x.img"
check 'a full disk' 3 "can't write" sh -c 'ulimit -f 100; trap "" XFSZ; exec "$1" build "$2" -o "$3"' sh "$takt" "$dir/good.dts" "$dir/full.img"
check 'leaves no half of an image' 1 '' test -e "$dir/full.img"
check 'nor a temporary file' 0 'none' sh -c 'ls "$1" | grep "img\.[A-Za-z0-9]\{6\}$" || echo none' sh "$dir"
check 'a full disk behind standard output' 3 "can't write" sh -c '"$1" help properties >/dev/full' sh "$takt"

check 'the boards' 0 'qemu-virt' "$takt" new
check 'an unknown board' 2 'did you mean "qemu-virt"?' "$takt" new qemu-vrit
"$takt" new qemu-virt >"$dir/new.dts"
check 'a new description lacks only its images' 2 'there is no file "control.elf"' "$takt" check "$dir/new.dts"
check 'nothing else is wrong with it' 0 '' sh -c '! "$1" check "$2" 2>&1 | grep -v "error.image-missing."' sh "$takt" "$dir/new.dts"

for system in systems/*.dts; do
	check "$system" 0 'all is well' "$takt" check "$system"
done

"$takt" help properties >"$dir/reference.md"
check 'docs/reference.md is what takt prints (make reference)' 0 '' cmp "$dir/reference.md" docs/reference.md

# A loader maps its VM's memory a second time: EL2's own memory has room for those tables too (RAM that goes by pages, 1 GiB: 512 of them).
arena() {
	describe "takt,on-reset = \"$1\";" |
		sed 's/memory = .*;$/memory = <0x0 0x40000000 0x0 0x100000>, <0x0 0x60001000 0x0 0x40000000>;/' >"$dir/arena.dts"
	"$takt" build --quiet "$dir/arena.dts" -o "$dir/arena.img" >/dev/null 2>&1 && jq .arena_bytes "$dir/arena.img.json"
}
with=$(arena restart) without=$(arena stop)
check "tables of a loader: $with and $without bytes" 0 '' test "$((with - without))" -ge $((512 * 4096))
arena restart >/dev/null
check 'loaders have names in the map' 0 'guest: loader copies of images' cat "$dir/arena.img.map"

echo "1..$count"
[ "$failed" -eq 0 ]
