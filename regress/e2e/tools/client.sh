# For the scripts that run the real client: read after lib.sh, then sim_up.

# client EXIT ARG...: cosmian_vm at $URL (or $TO) must end with EXIT; what it
# said is in $WORK/out.
client()
{
	client_want=$1
	shift
	timeout 300 "$BIN/cosmian_vm" --url "${TO:-$URL}" \
	    --allow-insecure-tls "$@" >"$WORK/out" 2>&1 </dev/null
	client_rc=$?
	[ $client_rc -eq "$client_want" ] || {
		cat "$WORK/out"
		fail "exit status $client_rc, not $client_want: $*"
	}
}

# verify EXIT [ARG...]: against $WORK/good
verify()
{
	verify_want=$1
	shift
	client "$verify_want" verify -s "$WORK/good" \
	    --trust-root "$TRUST_ROOT" "$@"
}

# said TEXT...: each is in the output
said()
{
	for said_text; do
		grep -qF -e "$said_text" "$WORK/out" || {
			cat "$WORK/out"
			fail "does not say: $said_text"
		}
	done
}

unsaid()
{
	grep -qF -e "$1" "$WORK/out" || return 0
	cat "$WORK/out"
	fail "says: $1"
}

# mitm MODE [ARG]: before the agent, with its key; sets MITM
mitm_pid=
at_end '[ -z "$mitm_pid" ] || kill "$mitm_pid" 2>/dev/null'
mitm()
{
	mitm_end
	: >"$WORK/mitm.out"
	"$TEST/sim/mitm" --upstream "127.0.0.1:$PORT" --cert "$AGENT_CERT" \
	    --key "$AGENT_KEY" --mode "$@" >"$WORK/mitm.out" 2>&1 &
	mitm_pid=$!
	mitm_n=0
	until grep -q ^PORT= "$WORK/mitm.out"; do
		mitm_n=$((mitm_n + 1))
		[ $mitm_n -lt 600 ] || fail "no man in the middle"
		sleep 0.05
	done
	MITM=https://127.0.0.1:$(sed -n 's/^PORT=//p' "$WORK/mitm.out")
}

mitm_end()
{
	[ -z "$mitm_pid" ] || kill "$mitm_pid" 2>/dev/null
	mitm_pid=
}

# other_server CERT KEY STATUS: sets OTHER, its port; requests in $WORK/asked
other_pid=
at_end '[ -z "$other_pid" ] || kill "$other_pid" 2>/dev/null'
other_server()
{
	[ -z "$other_pid" ] || kill "$other_pid" 2>/dev/null
	: >"$WORK/asked"
	: >"$WORK/other.port"
	python3 "$TOP/regress/e2e/tools/other_server.py" "$@" "$WORK/asked" \
	    >"$WORK/other.port" 2>"$WORK/other.err" &
	other_pid=$!
	other_n=0
	until [ -s "$WORK/other.port" ]; do
		other_n=$((other_n + 1))
		[ $other_n -lt 600 ] || fail "no other server"
		sleep 0.05
	done
	read -r OTHER <"$WORK/other.port"
}
