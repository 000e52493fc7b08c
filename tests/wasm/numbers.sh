#!/bin/bash
# numbers.sh - the number tests on a machine that is built with mini-gmp, the library of the WebAssembly build.
#   numbers.sh build    only build them
set -eu
cd "$(dirname "$0")/../.."
tests='test_num test_compare test_print test_bits'
make -s -j"$(nproc)" FLAVOUR=minigmp $(printf 'build/minigmp/unit/%s ' $tests)
[ "${1:-}" != build ] || exit 0
for test in $tests; do
    echo "$test"
    "build/minigmp/unit/$test"
done
