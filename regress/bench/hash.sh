#!/bin/sh
#
# Row "snapshot-hashing" of `make bench`: prints its JSON line.  BENCH is the
# program, BENCH_TREE what is hashed: by default libraries, big and small.

set -eu
cd "$(dirname "$0")/../.."
exec timeout 600 "${BENCH:-build/plain/test/bench/bench_hash}" \
    "${BENCH_TREE:-/usr/lib}"
