#!/bin/sh
# The container of the first launch, with a stand-in for cosmian_fstool and
# systemctl: when they are run and with what, that no key is made without an
# encrypted volume whatever they say, and that nothing is run where something
# would be hidden or somebody else could have had a hand in it.
tid=first-launch
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

agent_up --no-agent
sed -i 's/^require_encrypted_storage.*/require_encrypted_storage = true/' "$CONF"
data=$DATA_DIR/data
PLACES=$WORK/places
export PLACES
mkdir "$PLACES" "$PLACES/block"

# Says what it was started with, then does what the mode says.
cat >"$PLACES/fstool" <<X
#!/bin/sh
P=$PLACES
rm -f \$P/said
# no redirection of the shell itself, which would show in its descriptors
say()
{
	echo "\$@" >>\$P/said
}
ls -l /proc/\$\$/fd | sed -n 's/.* \\([0-9]*\\) -> /\\1: /p' >>\$P/said
say "args: \$*"
say "environment: \$(tr '\\0' ' ' </proc/\$\$/environ)"
say "cwd: \$(pwd)"
say "umask: \$(umask)"
grep -E '^Sig(Blk|Ign)' /proc/\$\$/status >>\$P/said
[ ! -f \$P/run/create ] ||
    say "create: \$(cat \$P/run/create) \$(stat -c %a \$P/run/create \$P/run | xargs)"
case \$(cat \$P/mode) in
make)
	mkdir -p -m 700 $data
	dev=\$(stat -c %d $data)
	dir=\$P/block/\$((dev >> 8 & 0xfff)):\$((dev & 0xff | dev >> 12 & 0xfff00))/dm
	mkdir -p \$dir
	echo CRYPT-LUKS2-1234-cosmian >\$dir/uuid
	rm -f \$P/run/create
	echo made >&2
	;;
lie)	;;
fail)	echo "the reason" >&2; exit 1 ;;
hang)	echo \$\$ >\$P/pid; exec sleep 1000 ;;
die)	kill -9 \$\$ ;;
esac
X
chmod 755 "$PLACES/fstool"
cp "$PLACES/fstool" "$PLACES/systemctl"

agent()
{
	COSMIAN_VM_AGENT_CONF=$CONF timeout 60 \
	    "$TEST/e2e/tools/agent_launch" "$@" >"$WORK/log" 2>&1 </dev/null
}

says()
{
	grep -qF -- "$1" "$WORK/log" || {
		cat "$WORK/log"
		fail "not said: $1"
	}
}

no_keys()
{
	# shellcheck disable=SC2012
	[ "$(ls -A "$data" 2>/dev/null | tr '\n' ' ')" = "${1-}" ] ||
	    fail "in data: $(ls -A "$data")"
	[ ! -e "$PLACES/run/create" ] || fail "the request is still there"
}

# refused TEXT: ends with 1, says TEXT
refused()
{
	agent -d
	rc=$?
	[ $rc -eq 1 ] || { cat "$WORK/log"; fail "exit status $rc"; }
	says "$1"
}

not_run()
{
	[ ! -e "$PLACES/said" ] || fail "it was run"
}

was_run()
{
	grep -qxF -- "$1" "$PLACES/said" || {
		cat "$PLACES/said"
		fail "not run with: $1"
	}
	rm -f "$PLACES/said"
}

gone()
{
	[ ! -e "/proc/$(cat "$PLACES/pid")" ] ||
	    grep -q '^State:[[:space:]]*Z' "/proc/$(cat "$PLACES/pid")/status"
}

trace "not asked for: COSMIAN_VM_PREINIT=0, -n, another data_dir"
echo make >"$PLACES/mode"
export COSMIAN_VM_PREINIT=0
agent -n || fail "-n"
says "keys would not be made"
refused "COSMIAN_VM_PREINIT=0"
unset COSMIAN_VM_PREINIT
not_run
agent -n || fail "-n"
says "the container would be opened, or one of 512 MiB made"
not_run
(
	DATA_DIR=/nonexistent
	refused "is not on an encrypted volume"
) || exit 1
not_run
no_keys

trace "nothing is hidden"
mkdir -p "$data"
echo x >"$data/mine"
refused "mine is in it"
not_run
no_keys "mine "
rm "$data/mine"
rmdir "$data"
mkdir "$WORK/elsewhere"
ln -s "$WORK/elsewhere" "$data"
refused "$data: "
not_run
rm "$data"
echo x >"$data"
refused "$data: "
not_run
rm "$data"
mkdir "$data"
mount -t tmpfs none "$data" || skip "no mount"
at_end "umount -l $data 2>/dev/null"
refused "another file system is mounted there"
not_run
umount "$data"

trace "nobody else has a hand in the request"
mkdir "$PLACES/run"
chmod 777 "$PLACES/run"
refused "must belong to root"
chmod 755 "$PLACES/run"
chown 12345 "$PLACES/run"
refused "must belong to root"
rmdir "$PLACES/run"
ln -s "$WORK/elsewhere" "$PLACES/run"
refused "$PLACES/run"
rm "$PLACES/run"
[ -z "$(ls -A "$WORK/elsewhere")" ] || fail "written elsewhere"
not_run

trace "whatever it says, no key without an encrypted volume"
echo lie >"$PLACES/mode"
refused "though cosmian_fstool was run"
was_run "args: open --create $PLACES/run/create"
no_keys
echo fail >"$PLACES/mode"
refused "(exit 1)"
says "the reason"
no_keys
echo die >"$PLACES/mode"
refused "(signal 9)"
no_keys
echo hang >"$PLACES/mode"
refused "not done after 3 seconds"
says "(signal 9)"
gone || fail "it goes on"
no_keys
mv "$PLACES/fstool" "$PLACES/away"
refused "(exit 127)"
mv "$PLACES/away" "$PLACES/fstool"
mkdir "$PLACES/booted"
refused "see journalctl -u mount_luks"
says "(signal 9)"
rmdir "$PLACES/booted"
no_keys

trace "told to end meanwhile"
rm -f "$PLACES/pid"
COSMIAN_VM_AGENT_CONF=$CONF "$TEST/e2e/tools/agent_launch" -d >"$WORK/log" 2>&1 &
pid=$!
wait_until 20 test -s "$PLACES/pid" || fail "not started"
kill $pid
wait $pid || fail "exit status $?"
wait_until 10 gone || fail "it goes on"
rm -f "$PLACES/run/create" "$PLACES/said"

# launch: starts, serves, ends
launch()
{
	rm -f "$PLACES/said"
	COSMIAN_VM_AGENT_CONF=$CONF "$TEST/e2e/tools/agent_launch" -d \
	    >"$WORK/log" 2>&1 &
	pid=$!
	"$TEST/sim/netprobe" wait 127.0.0.1 "$PORT" 60 $pid || {
		tail -n 20 "$WORK/log"
		fail "does not serve"
	}
	kill $pid
	wait $pid || fail "exit status $?"
}

trace "first launch"
echo make >"$PLACES/mode"
sed -i '/^require_enc/a container_size = 77' "$CONF"
launch
says "makes a container of 77 MiB"
says "made"
for line in "args: open --create $PLACES/run/create" "cwd: /" \
    "umask: 0077" "create: 77 600 700" "0: /dev/null" "1: /dev/null" \
    "2: $WORK/log"; do
	grep -qxF -- "$line" "$PLACES/said" || {
		cat "$PLACES/said"
		fail "not so: $line"
	}
done
# besides these only the script itself
grep '^[0-9]*: ' "$PLACES/said" | grep -v -e '^[012]: ' -e "/fstool\$" &&
    fail "leaked"
# what the shell itself puts there
grep '^environment:' "$PLACES/said" | sed 's/ PWD=[^ ]*//' |
    grep -qx 'environment: *' || fail "$(grep '^environment' "$PLACES/said")"
grep -qE '^SigBlk:[[:space:]]*0+$' "$PLACES/said" || fail "signals are blocked"
# 32 and 33 are the C library's, which does not let them be changed
grep -qE '^SigIgn:[[:space:]]*0*(180000000|0)$' "$PLACES/said" ||
    fail "signals are ignored"
no_keys "cert.pem key.pem tpm-auth "

trace "the second runs nothing"
launch
not_run

trace "under systemd, the unit"
rm -rf "$PLACES"/block/*
rm "$data"/*
mkdir "$PLACES/booted"
launch
grep -qxF "create: 77 600 700" "$PLACES/said" || fail "no request"
was_run "args: --no-ask-password start mount_luks.service"

trace "a container that is there is opened, not made"
rm -rf "$PLACES"/block/*
rm "$data"/*
echo header >"$DATA_DIR/header"
launch
says "opens the container"
grep -q '^create:' "$PLACES/said" && fail "there was a request"
was_run "args: --no-ask-password start mount_luks.service"
exit 0
