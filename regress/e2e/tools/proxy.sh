# A proxy that connects nobody; read after lib.sh.

# proxy_start: whoever is not on loopback is asked for through it, which is
# written into $WORK/asked
proxy_pid=
at_end '[ -z "$proxy_pid" ] || kill "$proxy_pid" 2>/dev/null'
proxy_start()
{
	: >"$WORK/asked"
	: >"$WORK/proxy.port"
	python3 "$TOP/regress/e2e/tools/proxy.py" "$WORK/asked" \
	    >"$WORK/proxy.port" &
	proxy_pid=$!
	proxy_n=0
	until [ -s "$WORK/proxy.port" ]; do
		proxy_n=$((proxy_n + 1))
		[ $proxy_n -lt 600 ] || fail "no proxy"
		sleep 0.05
	done
	https_proxy=http://127.0.0.1:$(cat "$WORK/proxy.port")
	no_proxy=127.0.0.1,localhost
	export https_proxy no_proxy
}
