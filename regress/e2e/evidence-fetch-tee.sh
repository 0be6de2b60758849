#!/bin/sh
# evidence fetch from each kind of machine: the command lines that it prints
# accept what it saved, and nothing that was saved by another run.
tid=evidence-fetch-tee
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"

command -v tpm2_nvdefine >/dev/null || skip "no tpm2-tools"
mkdir "$WORK/tree"
printf 'known\n' >"$WORK/tree/known"

# commands EXIT WORD: those printed that have this word
commands()
{
	commands_want=$1
	grep "^cosmian_vm evidence verify.*$2" "$WORK/fetched" >"$WORK/lines"
	[ -s "$WORK/lines" ] || fail "no command with $2"
	while IFS= read -r commands_line; do
		eval "set -- $commands_line"
		shift
		timeout 60 "$BIN/cosmian_vm" "$@" --trust-root "$TRUST_ROOT" \
		    --trust-root "$TPM_CA" >"$WORK/out" 2>&1 </dev/null
		commands_rc=$?
		[ $commands_rc -eq "$commands_want" ] || {
			cat "$WORK/out"
			fail "exit $commands_rc, not $commands_want: $*"
		}
	done <"$WORK/lines"
}

for tee in tdx azure azure-tdx; do
	trace "$tee"
	sim_up "$WORK/$tee" --tee $tee --roots "$WORK/tree"
	client 0 evidence fetch -o "$WORK/saved"
	cp "$WORK/out" "$WORK/fetched"
	case $tee in
	tdx) kind="kind tdx-quote" ;;
	*) kind="kind azure-hcl" ;;
	esac
	grep -q "$kind" "$WORK/fetched" || fail "no $kind"
	commands 0 "kind"
	sed 's/--report-data ..../--report-data 0000/' "$WORK/fetched" \
	    >"$WORK/other"
	mv "$WORK/other" "$WORK/fetched"
	commands 3 "$kind"
	sim_down "$WORK/$tee"
	rm -r "$WORK/saved"
done
exit 0
