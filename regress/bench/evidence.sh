#!/bin/sh
#
# Rows "snp-verify", "tdx-verify" and "tdx-collateral" of `make bench`:
# verifications a second on one core beside those that `openssl speed` could
# do of the same signatures, in turns in one run; the median of five.
#
#	snp-verify	one ECDSA P-384 (the report) and three RSA 4096 (VCEK,
#			ASK, and the ARK's own)
#	tdx-verify	five ECDSA P-256 (quote, QE report, PCK certificate,
#			its CA and the root's own)
#	tdx-collateral	and five more (TCB signing certificate, TCB info, QE
#			identity, two lists of revoked certificates)

set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../.."
bench=${BENCH:-build/plain/test/bench/bench_evidence}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP

# Verifications a second, of +F2:..:sign:verify or +F4:..:sign:verify.
speed()
{
	timeout 60 openssl speed -seconds 1 -mr "$1" 2>/dev/null |
	    awk -F: '/^\+F[24]:/ { print $NF }'
}

for round in 1 2 3 4 5; do
	for what in snp tdx tdx-collateral; do
		timeout 60 "$bench" $what 1 >>"$dir/$what"
	done
	for alg in rsa4096 ecdsap384 ecdsap256; do
		speed $alg >>"$dir/$alg"
	done
	echo "round $round" >&2
done

median()
{
	sort -n "$dir/$1" | sed -n 3p
}

# name, ours, and the peer's seconds for one
row()
{
	awk -v name="$1" -v ours="$2" -v rsa="$(median rsa4096)" \
	    -v p384="$(median ecdsap384)" -v p256="$(median ecdsap256)" \
	    -v nrsa="$3" -v n384="$4" -v n256="$5" 'BEGIN {
		peer = 1 / (nrsa / rsa + n384 / p384 + n256 / p256)
		printf "{\"name\":\"%s\",\"ours\":%.1f,\"peer\":%.1f," \
		    "\"unit\":\"1/s\",\"ratio\":%.2f,\"aim\":0.7}\n",
		    name, ours, peer, ours / peer
	}'
}

row snp-verify "$(median snp)" 3 1 0
row tdx-verify "$(median tdx)" 0 0 5
row tdx-collateral "$(median tdx-collateral)" 0 0 10
