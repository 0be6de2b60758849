#!/bin/sh
#
# Row "handshake" of `make bench`: CPU of all server processes per full TLS 1.3
# handshake, the agent against nginx with the same certificate and key. Needs
# root (the simulated machine).

set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
nginx_pid=
clean()
{
	[ -z "$nginx_pid" ] || kill "$nginx_pid" || :
	wait
	regress/sim/down "$dir/sim"
	rm -rf --one-file-system "$dir"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP
chmod 711 "$dir"

regress/sim/up "$dir/sim" --variant plain >&2
. "$dir/sim/env"

port=$(build/plain/test/sim/netprobe free)
mkdir "$dir/nginx"
cat >"$dir/nginx.conf" <<X
daemon off;
user root;
worker_processes 2;
pid $dir/nginx/pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path $dir/nginx/body;
	proxy_temp_path $dir/nginx/proxy;
	fastcgi_temp_path $dir/nginx/fastcgi;
	uwsgi_temp_path $dir/nginx/uwsgi;
	scgi_temp_path $dir/nginx/scgi;
	server {
		listen 127.0.0.1:$port ssl;
		ssl_certificate $AGENT_CERT;
		ssl_certificate_key $AGENT_KEY;
		ssl_protocols TLSv1.3;
		ssl_session_cache off;
		ssl_session_tickets off;
		location / { return 204; }
	}
}
X
/usr/sbin/nginx -p "$dir/nginx" -c "$dir/nginx.conf" >&2 &
nginx_pid=$!
build/plain/test/sim/netprobe wait 127.0.0.1 "$port" 60 "$nginx_pid"

timeout 800 build/plain/test/bench/bench_handshake "$PORT" "$AGENT_PID" \
    "$port" "$nginx_pid" "$@"
