#!/bin/sh
# SIGHUP: any number of reloads, one that comes during another, one in which
# keys dies, and keys dying after a reload that was refused.
tid=reload-race
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
command -v openssl >/dev/null || skip "no openssl"
sim_up

served()
{
	timeout 10 openssl s_client -connect "$HOST:$PORT" -tls1_3 </dev/null \
	    2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null
}

pair_new()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	    -nodes -keyout "$AGENT_KEY.n" -out "$AGENT_CERT.n" -days 9 \
	    -subj "/CN=reload $1" 2>/dev/null || fail "openssl req"
	chmod 600 "$AGENT_KEY.n"
	mv "$AGENT_KEY.n" "$AGENT_KEY"
	mv "$AGENT_CERT.n" "$AGENT_CERT"
	want=$(openssl x509 -in "$AGENT_CERT" -noout -fingerprint -sha256)
}

wait_served()
{
	i=0
	until [ "$(served)" = "$want" ]; do
		i=$((i + 1))
		[ $i -lt 60 ] || {
			tail -n 15 "$AGENT_LOG"
			fail "$1: the new certificate is not served"
		}
		sleep 0.1
	done
}

role_pid()
{
	pgrep -P "$AGENT_PID" -f "^agent-$1 " | head -n 1
}

trace "ten reloads"
for n in 1 2 3 4 5 6 7 8 9 10; do
	pair_new $n
	kill -HUP "$AGENT_PID"
	wait_served "reload $n"
done

# keys is stopped, a reload waits for it: "stopped_reload NAME"
stopped_reload()
{
	keys=$(role_pid keys)
	[ -n "$keys" ] || fail "no keys process"
	kill -STOP "$keys"
	pair_new "$1"
	kill -HUP "$AGENT_PID"
	i=0
	until grep -q "certificate: .*reload $1\$" "$AGENT_LOG"; do
		i=$((i + 1))
		[ $i -lt 100 ] || fail "$1: conf does not answer"
		sleep 0.05
	done
}

trace "a reload asked for during another is done after it"
stopped_reload first
pair_new second
kill -HUP "$AGENT_PID"
sleep 0.2
kill -CONT "$keys"
wait_served "reload during a reload"

trace "keys dies during a reload: the old pair stays, and the next reload works"
old=$want
stopped_reload third
kill -KILL "$keys"
want=$old
wait_served "after keys died"
grep -q "reload: keys died" "$AGENT_LOG" || fail "the reload did not end"
kill -HUP "$AGENT_PID"
want=$(openssl x509 -in "$AGENT_CERT" -noout -fingerprint -sha256)
wait_served "the next reload"

trace "keys dies while another key lies in its key's place"
old=$want
pair_new fourth
kill -KILL "$(role_pid keys)"
want=$old
sleep 0.5
wait_served "the key in force"

kill -HUP "$AGENT_PID"
want=$(openssl x509 -in "$AGENT_CERT" -noout -fingerprint -sha256)
wait_served "the last reload"
kill -0 "$AGENT_PID" || fail "the agent is gone"
