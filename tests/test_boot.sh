#!/bin/bash
# test_boot.sh - the WebAssembly build boots under node and answers right: SX, an Erlang module with two processes, timers by
# what tick says, printing, files, errors. tests/wasm/checks.mjs has the checks.
set -eu
cd "$(dirname "$0")/.."
tools/wasm
exec node tests/wasm/checks.mjs build/wasm/sxhost.wasm
