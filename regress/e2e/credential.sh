#!/bin/sh
# Our MakeCredential against a TPM that we did not write: it opens what was made
# for its EK and AK, whatever the type of the EK, and nothing else.
tid=credential
. "$(dirname "$0")/../lib.sh"

command -v tpm2_activatecredential >/dev/null || skip "no tpm2-tools"
command -v swtpm >/dev/null || skip "no swtpm"
mkdir "$WORK/state"
sock=$WORK/tpm
swtpm socket --tpm2 --tpmstate "dir=$WORK/state" \
    --server "type=unixio,path=$sock" --ctrl "type=unixio,path=$sock.ctrl" \
    --flags not-need-init,startup-clear >"$WORK/swtpm.log" 2>&1 &
tpm_pid=$!
at_end "kill $tpm_pid 2>/dev/null"
tries=0
until [ -S "$sock" ]; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] || { cat "$WORK/swtpm.log"; fail "no swtpm"; }
	sleep 0.1
done
TPM2TOOLS_TCTI=swtpm:path=$sock
export TPM2TOOLS_TCTI
cd "$WORK" || exit 1

# run COMMAND ...: it must work, and leaves no session or object behind
run()
{
	"$@" >run.log 2>&1 || { cat run.log; fail "$*"; }
	tpm2_flushcontext -t >/dev/null 2>&1
}

# activate AK: what the TPM finds in the file `credential`.  Keys of TCG's low
# range want a policy session, those of the high range their empty secret.
activate()
{
	auth=
	[ "$range" = high ] || {
		run tpm2_startauthsession --policy-session -S session
		run tpm2_policysecret -S session -c e
		auth="-P session:session"
	}
	# shellcheck disable=SC2086
	tpm2_activatecredential -c "$1.ctx" -C ek.ctx -i credential \
	    -o secret $auth >run.log 2>&1
	rc=$?
	[ "$range" = high ] || tpm2_flushcontext session >/dev/null 2>&1
	tpm2_flushcontext -t >/dev/null 2>&1
	return $rc
}

# one EK-TYPE RANGE
one()
{
	range=$2
	run tpm2_createek -G "$1" -c ek.ctx -u ek.pub -f tpmt
	for ak in ak other; do
		run tpm2_createak -C ek.ctx -c $ak.ctx -G ecc -g sha256 \
		    -s ecdsa -n $ak.name
	done
	"$TEST/sim/make_credential" ek.pub ak.name credential \
	    >want || fail "$1: no challenge"
	activate ak || { cat run.log; fail "$1: the TPM does not open it"; }
	[ "$(od -An -v -tx1 secret | tr -d ' \n')" = "$(cat want)" ] ||
	    fail "$1: another secret"
	rm secret
	! activate other || fail "$1: opened for another AK"
	grep -qi 'integrity' run.log || { cat run.log; fail "$1: not for the HMAC"; }
}

for type in rsa:low rsa3072:high ecc:low ecc384:high; do
	trace "EK $type"
	one "${type%:*}" "${type#*:}"
done
exit 0
