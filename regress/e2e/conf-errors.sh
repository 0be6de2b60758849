#!/bin/sh
# cosmian_vm_agent -n: says what a start would do, or file:line: what is wrong
# and what is allowed; nothing is changed, and nothing is started.
tid=conf-errors
. "$(dirname "$0")/../lib.sh"

agent=$BIN/cosmian_vm_agent
[ "$(id -u)" = 0 ] || skip "the agent is for root"
C=$WORK/agent.toml
D=$WORK/data

# good TEXT [SAYS...]: agent.toml is [agent] and TEXT
good()
{
	printf '[agent]\n%b\n' "$1" >"$C"
	shift
	timeout 60 "$agent" -n -f "$C" >"$WORK/out" 2>&1 </dev/null || {
		cat "$C" "$WORK/out"
		fail "refused"
	}
	says "$C: ok" "$@"
}

says()
{
	for text; do
		grep -qF -- "$text" "$WORK/out" || {
			cat "$C" "$WORK/out"
			fail "does not say: $text"
		}
	done
}

# bad LINE TEXT SAYS...
bad()
{
	line=$1
	printf '[agent]\n%b\n' "$2" >"$C"
	shift 2
	refused
	says "agent.toml:$line: " "$@"
}

refused()
{
	timeout 60 "$agent" -n -f "$C" >"$WORK/out" 2>&1 </dev/null
	rc=$?
	[ $rc -eq 1 ] || { cat "$C" "$WORK/out"; fail "exit status $rc, not 1"; }
}

trace "good ones"
good "" "listen on 127.0.0.1 port 5555" "TPM none"
good "host = \"127.0.0.1\"\nport = 1234\ndata_dir = \"$D\"\n" \
    "listen on 127.0.0.1 port 1234" "would be made" "not encrypted"
good 'host = ["127.0.0.1", "::1"]' "listen on 127.0.0.1 port" "listen on ::1"
good "tpm_device = \"unix:$WORK/none\"\ntee = false" "TPM unix:" "reports none"
good 'snapshot_roots = ["/usr", "/opt"]' "snapshot of /usr" "snapshot of /opt"
good 'compat_quotes = false\n\n[limits]\nconnections = 10\n[app]\nservice_type = "systemd"\nservice_name = "x"\napp_storage = "data/app"'
good "data_dir = \"$D\"\nrequire_encrypted_storage = true" "would not be made"
cp "$TOP/etc/agent.toml" "$C"
timeout 60 "$agent" -n -f "$C" >"$WORK/out" 2>&1 || fail "the shipped file"
[ ! -e "$D" ] || fail "-n made something"

trace "bad values: file:line, what, and what is allowed"
bad 2 'port = 70000' port 65535
bad 2 'port = "5555"' port
bad 2 'port = 5555.5'
bad 3 '\nworkers = 0' workers 16
bad 2 'host = "agent.example"' host
good 'host = "localhost"' 'listen on 127.0.0.1' 'listen on ::1'
bad 2 'host = []' host
bad 2 'host = ["127.0.0.1", 5]' "only strings"
bad 2 'tee = "maybe"' tee auto
bad 2 'container_size = 63' container_size 64 1048576
bad 2 'container_size = 1048577' container_size
bad 2 'container_size = "512M"' container_size "an integer"
bad 2 'data_dir = "relative"' data_dir
bad 2 'snapshot_roots = ["usr"]' snapshot_roots
bad 2 'uid_base = 10' uid_base
bad 2 'log = "file"' log stderr syslog
bad 2 'compat_quotes = "yes"' compat_quotes
bad 2 'tpm_device = "tcp:localhost"' tpm_device
bad 3 '[limits]\nheader_timeout = 0' header_timeout
bad 3 '[limits]\nidle_timeout = -1' idle_timeout
bad 2 'ssl_private_key = "a\\u0000b"'

trace "bad names and bad TOML"
bad 2 'prot = 5555' prot
bad 2 '[nosuch]\nx = 1' nosuch
bad 3 'port = 1\nport = 2' port
bad 4 '[limits]\nconnections = 1\n[limits]' limits
bad 2 'port ='
bad 2 'host = "127.0.0.1'
bad 2 'port 5555'
bad 2 'host = "\\xff"'
bad 2 'host = "\377"'
bad 2 'port = 99999999999999999999'
bad 2 'port = 1 2'
bad 4 '# a comment\nport = 1\nwrkers = 1' wrkers "allowed are" workers

trace "the file itself"
printf '[agent]\n' >"$C"
chmod 660 "$C"
refused
says "$C: must belong to root and be writable by root only"
chmod 606 "$C"
refused
says "writable by root only"
chmod 644 "$C"
chown 12345 "$C"
refused
says "must belong to root"
rm "$C"
refused
says "$C"
mkdir "$C"
refused
says "not a regular file"
rmdir "$C"
mkfifo "$C"
refused
says "not a regular file"
rm "$C"
head -c 70000 /dev/zero | tr '\0' '#' >"$C"
refused
says "at most"

trace "usage"
for args in "-x" "-n extra" "-f"; do
	# shellcheck disable=SC2086
	timeout 60 "$agent" $args >"$WORK/out" 2>&1
	[ $? -eq 2 ] || fail "usage: $args"
	grep -q '^usage:' "$WORK/out" || fail "no usage: $args"
done
timeout 60 "$agent" -h >"$WORK/out" 2>&1 || fail "-h"
printf '[agent]\nport = 4321\n' >"$WORK/by-env"
COSMIAN_VM_AGENT_CONF=$WORK/by-env timeout 60 "$agent" -n >"$WORK/out" 2>&1 ||
    fail "COSMIAN_VM_AGENT_CONF"
grep -q 'port 4321' "$WORK/out" || fail "COSMIAN_VM_AGENT_CONF is not read"
exit 0
