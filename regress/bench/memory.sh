#!/bin/sh
#
# Rows "memory-idle" and "memory-10000-requests" of `make bench`: total PSS of
# all processes of an agent.  Needs root (the simulated machine).

set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'regress/sim/down "$dir/sim"; rm -rf --one-file-system "$dir"' EXIT
trap 'exit 1' INT TERM HUP
chmod 711 "$dir"
regress/sim/up "$dir/sim" --variant plain >&2
. "$dir/sim/env"
timeout 800 build/plain/test/bench/bench_memory "$PORT" "$AGENT_PID" "$@" || {
	tail -n 20 "$AGENT_LOG" >&2
	exit 1
}
for pid in "$AGENT_PID" $(ps -o pid= --ppid "$AGENT_PID"); do
	printf '%s %s\n' "$(cat "/proc/$pid/comm")" \
	    "$(grep '^Pss:' "/proc/$pid/smaps_rollup")" >&2
done
