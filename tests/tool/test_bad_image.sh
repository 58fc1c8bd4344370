#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Images that were damaged on their way, booted in QEMU: EL2 says what is wrong and starts nothing. Prints TAP.
# Environment: TAKT (the program, default build/bin/takt).
cd "$(dirname "$0")/../.." || exit 1
takt=${TAKT:-build/bin/takt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
failed=0

# refused NAME TEXT: $work/bad.img ends with this text and a number, and no VM has begun.
refused() {
	timeout 60 "$takt" run "$work/bad.img" --timeout 50 --until ' 0x' >"$work/out" 2>&1 </dev/null
	local code=$?
	count=$((count + 1))
	if [ $code -eq 0 ] && grep -qF -e "$2" "$work/out" && ! grep -q 'started' "$work/out"; then
		echo "ok $count - $1"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1"
		echo "# wanted '$2'; got $code:"
		sed 's/^/# /' "$work/out" | tail -12
	fi
}

number() { od -An -tu8 -j "$1" -N 8 "$work/good.img" | tr -d ' '; } # OFFSET: eight bytes there
spoil() {                                                           # OFFSET BYTE...: what is written there
	cp "$work/good.img" "$work/bad.img"
	printf "$2" | dd of="$work/bad.img" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

"$takt" build -q systems/first.dts -o "$work/good.img" || exit 1
for part in json map; do
	cp "$work/good.img.$part" "$work/bad.img.$part"
done
sed -i 's/good\.img/bad.img/' "$work/bad.img.json"
blob=$(number 80) # struct image_info, abi/image.h
bytes=$(number 88)
[ "$(head -c $((blob + 8)) "$work/good.img" | tail -c 8)" = TAKTBLOB ] || exit 1

cp "$work/good.img" "$work/bad.img"
timeout 60 "$takt" run "$work/bad.img" --until 'radio: started' >"$work/out" 2>&1 </dev/null
[ $? -eq 0 ] && echo "ok $((count += 1)) - the image as it was built starts" || { echo "not ok $((count += 1)) - it starts"; failed=1; }
spoil $((blob + 8)) '\007'
refused 'a blob of another version' 'system description refused: header.version: blob-version'
spoil "$blob" 'x'
refused 'what is no blob' 'header.magic: blob-magic'
for at in 16 40 $((bytes / 2)) $((bytes - 1)); do
	spoil $((blob + at)) '\251'
	refused "a byte that changed, $at behind its beginning" 'header.crc32: blob-crc'
done
for rest in 0 8 64 $((bytes / 2)) $((bytes - 64)); do
	head -c $((blob + rest)) "$work/good.img" >"$work/bad.img"
	refused "an image that ends $rest bytes behind the blob's beginning" 'system description refused: header.'
done
spoil 88 '\100\0\0\0\0\0\0\0'
refused 'a blob that is shorter than its own size' 'header.size: blob-size'
spoil 80 '\0\0\0\0\0\0\0\0'
refused 'an image without a blob' 'this image holds no system: make one with `takt build`'
for change in '80 \001' '80 \0\0\0\0\001' '88 \0\0\060' '88 \377\377\377\377\377\377\377\377'; do
	spoil ${change% *} "${change#* }"
	refused "a header that is wrong about the blob: $change" "the image's header is wrong about where the system description lies"
done
spoil $((blob + 8)) '\007'
timeout 60 "$takt" run "$work/bad.img" --timeout 50 --until ' 0x' >"$work/out" 2>&1 </dev/null
grep -qF 'copy it anew, or make it anew with `takt build`' "$work/out" && echo "ok $((count += 1)) - what to do about it is said" ||
	{ echo "not ok $((count += 1)) - what to do about it is said"; failed=1; }
echo "1..$count"
[ $failed -eq 0 ]
