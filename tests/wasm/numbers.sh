#!/bin/bash
# numbers.sh - the number tests on a machine that is built with mini-gmp, the library of the WebAssembly build.
set -eu
cd "$(dirname "$0")/../.."
for test in test_num test_compare test_print test_bits; do
    make -s FLAVOUR=minigmp "build/minigmp/unit/$test"
    echo "$test"
    "build/minigmp/unit/$test"
done
