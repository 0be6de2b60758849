#!/bin/sh
# The TPM's certificates are those in the TPM, and credentials are opened for
# this EK, this AK and this connection only. They are made by tpm2_makecredential,
# the proof is computed by Python: nothing of ours is on that side.
tid=activate
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

command -v tpm2_makecredential >/dev/null || skip "no tpm2_makecredential"
command -v tpm2_nvread >/dev/null || skip "no tpm2_nvread"

activate()
{
	agent_up "$@"
	TPM2TOOLS_TCTI="swtpm:path=$TPM_SOCKET"
	export TPM2TOOLS_TCTI
	py "$TOP" "$WORK" <<'P'
from activate import *

main(sys.argv[2])
P
	trace "nothing of it is in the log"
	while read -r secret; do
		! grep -qi "$secret" "$AGENT_LOG" || fail "a secret is in the log"
	done <"$WORK/secrets"
	grep -q 'POST /activate" 200' "$AGENT_LOG" || fail "no request in the log"
	kill -0 "$AGENT_PID" || fail "the agent is gone"
	! grep -E '(web|tpm)\[.*(killed|signal)' "$AGENT_LOG" ||
	    fail "a process died"
}

trace "an EK of the high range, with certificates"
activate
sim_down
rm -rf "$WORK/sim"
trace "an EK of the low range, without"
activate --no-ek-cert
trace "no TPM"
sim_down
rm -rf "$WORK/sim"
agent_up --conf 'tpm_device = ""'
py <<'P'
from activate import *

check(get("/tpm/certs").status == 404, "certificates without a TPM")
a = ask("POST", "/activate", request(os.urandom(32), b"blob", b"seed"),
        Content_Type="application/json")
check(a.status == 404, "activation without a TPM: " + a.line)
P
exit 0
