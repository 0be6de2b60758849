#!/bin/sh
# What hasher is lent has no secrets in it: neither data_dir nor the TLS key,
# wherever it lies, can come into a snapshot.
tid=snapshot-secrets
. "$(dirname "$0")/../lib.sh"

mkdir -p "$WORK/tree/own" "$WORK/tree/data/data" && chmod 755 "$WORK/tree"
echo public >"$WORK/tree/public"
echo secret >"$WORK/tree/data/secret"
sim_up "$WORK/sim" --roots "$WORK/tree" --no-agent

trace "data_dir below a root, and the key in another folder there"
sed -i -e "s|^data_dir.*|data_dir = \"$WORK/tree/data\"|" \
    -e "s|^ssl_private_key.*|ssl_private_key = \"$WORK/tree/own/key.pem\"|" \
    "$CONF"
"$SIM/agent" "$WORK/sim" start || fail "the agent does not start"

trace "a snapshot"
n=0
until [ "$(curl -sk -o "$WORK/snapshot" -w '%{http_code}' "$URL/snapshot")" \
    = 200 ]; do
	n=$((n + 1))
	[ $n -lt 600 ] || fail "no snapshot"
	sleep 0.1
done
grep -q "$WORK/tree/public" "$WORK/snapshot" || fail "the tree was not read"
for name in tree/data tree/own/key.pem; do
	! grep -q "$WORK/$name" "$WORK/snapshot" || fail "$name is in the snapshot"
done

trace "nothing is hidden from others"
[ -s "$WORK/tree/own/key.pem" ] || fail "the key is gone"
[ -s "$WORK/tree/data/secret" ] || fail "data_dir is empty"
! grep -q "$WORK/tree" /proc/mounts || fail "a mount is left"
