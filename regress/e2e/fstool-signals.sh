#!/bin/sh
# lanes: plain
# Told to end: at its prompts the terminal shows again what is typed; while it
# makes a container, nothing half is left; and between unsealing and the cap
# it does not end, so that nothing else can unseal after it.
tid=fstool-signals
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"
. "$TOP/regress/e2e/tools/faults.sh"

NEW="--size 32M --no-integrity --no-filesystem --bind tpm"

# asked LAST-LINE SIGNAL TEXT ... -- VERB ARG ...
asked()
{
	asked_last=$1
	shift
	timeout 200 python3 "$TOP/regress/e2e/tools/ptyask.py" "$@" \
	    --header "$BOX/header" --tpm "unix:$SWTPM_SOCKET" \
	    --boot-log "$WORK/sim/eventlog" >"$WORK/out" 2>&1 &&
	    [ "$(tail -n 1 "$WORK/out")" = "$asked_last" ] && return
	sed 's/^/	| /' "$WORK/out"
	fail "$*: not $asked_last"
}

pcr15_is_zero()
{
	TPM2TOOLS_TCTI="swtpm:path=$SWTPM_SOCKET" tpm2_pcrread sha256:15 |
	    grep -q "0x0\{64\}"
}

faults_up
state_save empty
first="Password of the new container:"

trace "at the prompts of create"
for sig in INT:2 QUIT:3 TERM:15 HUP:1; do
	# shellcheck disable=SC2086
	asked "signal ${sig#*:}" "${sig%:*}" "$first" -- "$FS" create $NEW \
	    --location "$BOX/container"
done
# shellcheck disable=SC2086
asked "signal 2" INT "$first" "a good password" "Again:" -- "$FS" create \
    $NEW --location "$BOX/container"
[ -z "$(ls "$BOX")" ] || fail "left over: $(ls "$BOX")"
# shellcheck disable=SC2086
asked "status 1" none "$first" "a good password" "Again:" "another" -- \
    "$FS" create $NEW --location "$BOX/container"
[ -z "$(ls "$BOX")" ] || fail "left over: $(ls "$BOX")"
# shellcheck disable=SC2086
asked "status 0" none "$first" "a good password" "Again:" \
    "a good password" -- "$FS" create $NEW --location "$BOX/container"
is_left
whole_password

trace "at the prompt of reseal"
state_save made
for sig in INT:2 TERM:15; do
	asked "signal ${sig#*:}" "${sig%:*}" "Password or recovery key:" -- \
	    "$FS" reseal
done
want 0 "" check
cmp "$WORK/made/header" "$BOX/header" || fail "the header has changed"

trace "while it is opened: not between unsealing and the cap"
state_back made
FAULTS="$FAULTS_TOOL -c -o $WORK/call"
opens
FAULTS=
unseal=$(awk '$4 == 34 { print $1 }' "$WORK/call")
cap=$(awk '$4 == 36 { print $1 }' "$WORK/call")
[ "$unseal" -lt "$cap" ] || fail "unsealed at $unseal, capped at $cap"
# the volume cannot be opened here; what it is told to do comes before that
n=$unseal
while [ "$n" -le "$cap" ]; do
	state_back made
	pcr15_is_zero || fail "capped before it was opened"
	fault_run s "$n" open --mount "$WORK/mnt"
	! pcr15_is_zero || finding "not capped"
	want 1 "not unsealed" open
	n=$((n + 1))
done

trace "while it is made: the next run starts clean, or finishes"
told()
{
	state_back empty
	fault_run "$@"
	shift 2
	[ -e "$BOX/header.mac" ] || does 0 "$@"
	[ ! -e "$BOX/header.mac" ] || does 1 "$@"
	is_left
	counters 1
	does 0 check
}
state_back empty
# shellcheck disable=SC2086
fault_run c '' create $NEW --password "file:$PW"
n=$(wc -l <"$WORK/call")
for n in $((n / 3)) $((n - 3)); do
	# shellcheck disable=SC2086
	told s "$n" create $NEW --password "file:$PW"
done
faults_end
