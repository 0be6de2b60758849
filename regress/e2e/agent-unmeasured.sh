#!/bin/sh
# lanes: plain
#
# What lies below data differs from machine to machine: root's process never
# opens it for reading as root, so that IMA (ima_policy=tcb) does not measure
# it.  The configuration it opens as root.
tid=agent-unmeasured
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

command -v strace >/dev/null || skip "no strace"
agent_up --no-agent
mkdir -p "$WORK/roots"
calls=$WORK/calls

# The process itself and not its children; -D leaves it the agent's pid.
cat >"$WORK/agent" <<X
#!/bin/sh
exec strace -D -o "$calls" -e trace=setresuid,open,openat \
    "$BIN/cosmian_vm_agent" "\$@"
X
chmod 755 "$WORK/agent"

# run_agent: start it, have it serve, end it
run_agent()
{
	COSMIAN_VM_AGENT_CONF=$CONF "$WORK/agent" -d >"$WORK/log" 2>&1 &
	pid=$!
	"$TEST/sim/netprobe" wait 127.0.0.1 "$PORT" 60 "$pid" || {
		tail -n 20 "$WORK/log"
		fail "does not serve under strace"
	}
	timeout 60 "$BIN/cosmian_vm" --url "$URL" --allow-insecure-tls \
	    snapshot --accept-root provider-vtpm --trust-root "$TRUST_ROOT" \
	    -o "$WORK/snapshot.json" >"$WORK/client" 2>&1 || {
		tail -n 5 "$WORK/client"
		fail "no snapshot"
	}
	kill "$pid"
	wait "$pid"
}

# look: FILE of each one that was opened, after "root" or "other"
look()
{
	awk '
	/setresuid\(/ { other = $0 !~ /setresuid\(0, 0, 0\)/ }
	/open(at)?\(/ && !/O_WRONLY/ && !/O_DIRECTORY/ && !/O_TMPFILE/ &&
	    / = [0-9]+$/ {
		split($0, part, "\"")
		print other ? "other" : "root", part[2]
	}' "$calls" >"$WORK/opened"
}

for run in first second; do
	trace "$run run"
	run_agent
	look
	grep "^root $DATA_DIR" "$WORK/opened" && fail "$run: opened as root"
	grep -qxF "root $CONF" "$WORK/opened" || fail "configuration unmeasured"
	for f in key.pem cert.pem; do
		grep -qxF "other $DATA_DIR/data/$f" "$WORK/opened" ||
		    fail "$run: $f is not seen opened"
	done
done
grep -qxF "other $DATA_DIR/data/tpm-auth" "$WORK/opened" ||
    fail "tpm-auth is not seen opened"
[ -z "$TSM_DIR" ] || grep -qxF "other outblob" "$WORK/opened" ||
    fail "outblob is not seen opened"
grep -q '^other /proc/self/fd/' "$WORK/opened" ||
    fail "the records are not seen opened"
exit 0
