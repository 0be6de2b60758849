#!/bin/sh
#
# Rows "ima-verify" and "ima-verify-snapshot" of `make bench`: a list of 100,000
# entries, by our evidence code and by evmctl.

set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP
timeout 600 "${BENCH:-build/plain/test/bench/bench_ima}" "$dir"
