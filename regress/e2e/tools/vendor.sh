# A manufacturer's service on loopback; read after lib.sh.

vendor_pid=
at_end 'vendor_end'

# vendor_certificate: for localhost, trusted by CURL_CA_BUNDLE=$WORK/vendor.pem
vendor_certificate()
{
	[ ! -s "$WORK/vendor.pem" ] || return 0
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 2 -subj /CN=localhost \
	    -addext subjectAltName=DNS:localhost -keyout "$WORK/vendor.key" \
	    -out "$WORK/vendor.pem" 2>/dev/null || fail "openssl"
}

# vendor_start SITE: sets VENDOR to its URL; its requests are in SITE/log
vendor_start()
{
	vendor_certificate
	vendor_end
	: >"$1/log"
	: >"$WORK/vendor.out"
	python3 "$SIM/vendor.py" "$WORK/vendor.pem" "$WORK/vendor.key" "$1" \
	    >"$WORK/vendor.out" 2>"$WORK/vendor.err" &
	vendor_pid=$!
	vendor_n=0
	until grep -q ^PORT= "$WORK/vendor.out"; do
		vendor_n=$((vendor_n + 1))
		[ $vendor_n -lt 600 ] || fail "$(cat "$WORK/vendor.err")"
		sleep 0.05
	done
	VENDOR=https://localhost:$(sed -n 's/^PORT=//p' "$WORK/vendor.out")
}

vendor_end()
{
	[ -z "$vendor_pid" ] || kill "$vendor_pid" 2>/dev/null
	vendor_pid=
}

# vendor_site DIR: what AMD has for the machine of sim_up
vendor_site()
{
	mkdir -p "$1"
	cp "$COLLATERAL"/* "$HIERARCHY/vcek.der" "$HIERARCHY/chip-id" \
	    "$HIERARCHY/tcb" "$1"
}

# asked WHAT N: exactly so many requests for it since vendor_forget SITE
asked()
{
	asked_n=$(grep -c "^$1 " "$vendor_site_log")
	[ "$asked_n" -eq "$2" ] || {
		cat "$vendor_site_log"
		fail "$asked_n requests for $1, not $2"
	}
}

vendor_forget()
{
	vendor_site_log=$1/log
	: >"$vendor_site_log"
}
