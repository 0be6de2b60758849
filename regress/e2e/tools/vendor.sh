# A manufacturer's service on loopback; read after lib.sh.

# what the client keeps
cache=${XDG_CACHE_HOME:?}/cosmian_vm
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

# mode [LINE]: how the server of $site answers from now on
mode()
{
	printf '%s\n' "$*" >"$site/modes"
	vendor_forget "$site"
}

# cached N: so many pieces are kept
cached()
{
	cached_n=$(find "${cache:?}" -type f 2>/dev/null | wc -l)
	[ "$cached_n" -eq "$1" ] || {
		ls -la "${cache:?}"
		fail "$cached_n pieces in the cache, not $1"
	}
}

# rewrite PYTHON [FILE]: each piece in the cache; b is head, p the piece
rewrite()
{
	python3 - "${cache:?}" "$@" <<'PY' || fail "cannot change the cache"
import hashlib, os, struct, sys
for name in os.listdir(sys.argv[1]):
    path = os.path.join(sys.argv[1], name)
    with open(path, 'rb') as f:
        b = bytearray(f.read(118))
        p = f.read()
    at, from_, to = struct.unpack('>qqq', b[72:96])
    exec(sys.argv[2])
    b[72:96] = struct.pack('>qqq', at, from_, to)
    b[8:40] = hashlib.sha256(b[40:] + p).digest()
    with open(path, 'wb') as f:
        f.write(b + p)
PY
}

# aged SECONDS: as if the pieces had been had so much earlier
aged()
{
	rewrite "at -= $1"
}
