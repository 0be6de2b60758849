#!/bin/sh
# Every process of a serving agent from outside: uid, capabilities, filter,
# root, network, descriptors, libraries; and the private key is in one only.
# lanes: plain
tid=confine
. "$(dirname "$0")/../lib.sh"

[ "$(id -u)" = 0 ] || skip "needs root"
sim_up "$WORK/sim" --roots "/usr"

trace "some requests, so that keys and memory have been used"
for path in /version /ima/ascii "/quote/tpm?nonce=AAAA"; do
	curl -sk -m 20 "$URL$path" -o /dev/null || fail "$path"
done

trace "the processes"
timeout 120 python3 "$TOP/regress/e2e/confine.py" "$AGENT_PID" "$AGENT_KEY" \
    "$URL" "$TOP" || fail "see the findings"
curl -sk -m 20 "$URL/version" | grep -q version || fail "does not serve any more"

trace "a key that others can read is not used"
"$SIM/agent" "$WORK/sim" stop
chmod 644 "$AGENT_KEY"
before=$(wc -l <"$AGENT_LOG")
if "$SIM/agent" "$WORK/sim" start >"$WORK/out" 2>&1; then
	fail "started with a key of mode 644"
fi
tail -n "+$((before + 1))" "$AGENT_LOG" | grep -q "key.pem.*chmod 600" ||
    fail "does not say what is wrong with the key"
chmod 600 "$AGENT_KEY"
"$SIM/agent" "$WORK/sim" start || fail "does not start with a key of mode 600"
