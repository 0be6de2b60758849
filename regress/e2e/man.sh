#!/bin/sh
# lanes: plain
#
# The man pages are clean, and an installed program has one.

tid=man
. "$(dirname "$0")/../lib.sh"

cd "$TOP" || fail "no tree"
"${MAKE:-make}" --no-print-directory man || fail "make man"
printf '.Dd $Mdocdate$\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd x\n.Bl\n' \
    >"$WORK/bad.1"
mandoc -T lint -W warning "$WORK/bad.1" >/dev/null && fail "mandoc sees nothing"
for page in agentd/cosmian_vm_agent.8 agentd/agent.toml.5 cli/cosmian_vm.1 \
    fstool/cosmian_fstool.8; do
	[ -e $page ] || fail "no $page"
done
exit 0
