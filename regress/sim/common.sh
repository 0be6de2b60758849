# Functions of the simulated machine's scripts; read by "up", "down",
# "agent", "machine" and "demo", never run by itself.
#
# What a machine is stands in its folder $DIR:
#	env		KEY=VALUE lines, as "up" prints them
#	run/NAME	pid and start time of each process we started
#	hierarchy/	keys and control files of the secure processor
#	collateral/	chain and CRL, as --collateral wants them
#	tpm/ ca/	state of swtpm, and the CA of its EK certificates
#	tsm/ ima/	what stands for the kernel's folders
#	data/		the agent's data_dir

top=$(cd "$(dirname "$0")/../.." && pwd)
VARIANT=${VARIANT:-plain}
wait_seconds=60

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# Paths of the programs, once VARIANT is known.
paths_set() {
	B=$top/build/$VARIANT
	T=$B/test/sim
}

dir_load() {
	[ -f "$1/env" ] || die "$1: no machine here (run up first)"
	DIR=$(cd "$1" && pwd)
	. "$DIR/env"
	export IMA_DIR TPM_SOCKET
	paths_set
}

# Field 22 of /proc/PID/stat; the name in field 2 may hold blanks.
proc_start() {
	sed -n 's/^.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# proc_run NAME COMMAND...: in the background, output to NAME.log
proc_run() {
	name=$1
	shift
	setsid "$@" </dev/null >>"$DIR/$name.log" 2>&1 9>&- &
	pid=$!
	proc_note "$name" "$pid"
}

proc_note() {
	mkdir -p "$DIR/run"
	echo "$2 $(proc_start "$2")" >"$DIR/run/$1"
}

# A recorded process that is still the one we started.
proc_alive() {
	[ -f "$DIR/run/$1" ] || return 1
	read -r pid start <"$DIR/run/$1" || return 1
	[ -n "$start" ] && [ "$(proc_start "$pid")" = "$start" ] &&
	    ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null
}

# proc_stop NAME: TERM, then KILL after ten seconds
proc_stop() {
	if proc_alive "$1"; then
		kill "$pid" 2>/dev/null
		n=0
		while proc_alive "$1" && [ $n -lt 200 ]; do
			sleep 0.05
			n=$((n + 1))
		done
		if proc_alive "$1"; then
			echo "${0##*/}: $1 ignores TERM, killed" >&2
			kill -9 "$pid" 2>/dev/null
		fi
	fi
	rm -f "$DIR/run/$1"
}

# wait_for SECONDS COMMAND...
wait_for() {
	n=$(($1 * 20))
	shift
	until "$@"; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.05
	done
}

is_mounted() {
	grep -q " $1 fuse" /proc/self/mounts
}

# --- TPM -------------------------------------------------------------------

# A new TPM in $DIR/$1, with EK certificates unless $2 is "no"
tpm_make() {
	ca=$DIR/ca
	mkdir -p "$DIR/$1" "$ca"
	cat >"$ca/localca.conf" <<X
statedir = $ca
signingkey = $ca/signkey.pem
issuercert = $ca/issuercert.pem
certserial = $ca/certserial
X
	printf -- '--platform-manufacturer Simulated\n--platform-version 1\n--platform-model cvm\n' \
	    >"$ca/localca.options"
	cat >"$ca/setup.conf" <<X
create_certs_tool = $(command -v swtpm_localca)
create_certs_tool_config = $ca/localca.conf
create_certs_tool_options = $ca/localca.options
active_pcr_banks = sha1,sha256
X
	certs="--create-ek-cert --create-platform-cert"
	[ "$2" != no ] || certs=
	# shellcheck disable=SC2086
	swtpm_setup --tpm2 --tpmstate "$DIR/$1" --config "$ca/setup.conf" \
	    --runas root --overwrite $certs --pcr-banks sha1,sha256 \
	    --logfile "$DIR/swtpm_setup.log" >/dev/null 2>&1 9>&- ||
	    die "swtpm_setup failed, see $DIR/swtpm_setup.log"
}

# Power on the TPM whose state is in $DIR/$1, at the socket of the machine.
tpm_start() {
	rm -f "$SWTPM_SOCKET" "$SWTPM_SOCKET.ctrl"
	proc_run swtpm swtpm socket --tpm2 --tpmstate "dir=$DIR/$1" \
	    --server "type=unixio,path=$SWTPM_SOCKET,mode=0600" \
	    --ctrl "type=unixio,path=$SWTPM_SOCKET.ctrl,mode=0600" \
	    --flags not-need-init,startup-clear
	wait_for $wait_seconds test -S "$SWTPM_SOCKET" ||
	    die "swtpm does not start, see $DIR/swtpm.log"
	echo "$1" >"$DIR/run/tpm-state"
}

tpm_stop() {
	if proc_alive swtpm; then
		"$T/measure" --shutdown 2>/dev/null
	fi
	proc_stop swtpm
}

# What firmware, loader and kernel of a good boot leave in PCRs 0-9, and in the
# firmware's log.  Files of the machine say what is booted: kernel, cmdline.
tpm_boot() {
	rm -f "$DIR/eventlog"
	kernel=/boot/vmlinuz-sim
	[ ! -f "$DIR/kernel" ] || read -r kernel <"$DIR/kernel"
	cmdline="root=/dev/vda ro ima_policy=tcb"
	[ ! -f "$DIR/cmdline" ] || read -r cmdline <"$DIR/cmdline"
	set -- --log "$DIR/eventlog"
	for i in 0 1 2 3 4 5 6 7; do
		set -- "$@" --extend "$i=simulated boot, PCR $i"
	done
	set -- "$@" --extend "8=kernel_cmdline: $kernel $cmdline" \
	    --extend "9=$kernel"
	"$T/measure" "$@" || die "cannot extend the PCRs"
}

# --- Azure -----------------------------------------------------------------

# What the paravisor makes before the guest starts: its key, and the index of
# its report; then the vTPM that keeps the report fresh, and the service that
# has certificates for it.
azure_start() {
	t=$DIR/run/azure tdx=
	[ "$TEE" = azure ] || tdx=--tdx
	mkdir -p "$t"
	(
		export TPM2TOOLS_TCTI="swtpm:path=$SWTPM_SOCKET"
		tpm2_createprimary -Q -C e -G rsa2048:rsassa-sha256:null \
		    -a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign' \
		    -c "$t/ak.ctx" &&
		    tpm2_evictcontrol -Q -C o -c "$t/ak.ctx" 0x81000003 &&
		    tpm2_flushcontext -Q -t &&
		    tpm2_nvdefine -Q 0x01400001 -C o -s 2048 \
		    -a 'ownerread|ownerwrite|authread'
	) >>"$DIR/azure.log" 2>&1 9>&- || die "no paravisor, see $DIR/azure.log"
	rm -f "$TPM_SOCKET"
	# shellcheck disable=SC2086
	proc_run azure-tpm "$T/azure-tpm" --listen "$TPM_SOCKET" \
	    --tpm "$SWTPM_SOCKET" --hierarchy "$HIERARCHY" $tdx
	echo good >"$IMDS_MODE"
	proc_run imds "$top/regress/sim/imds.py" "$DIR/run/imds-port" \
	    "$HIERARCHY" "$IMDS_MODE" "$IMDS_LOG" "$T/azure-quote"
	wait_for $wait_seconds test -S "$TPM_SOCKET" ||
	    die "azure-tpm does not start, see $DIR/azure-tpm.log"
	wait_for $wait_seconds test -f "$DIR/run/imds-port" ||
	    die "imds does not start, see $DIR/imds.log"
}

# --- IMA -------------------------------------------------------------------

# The list of a fresh boot: boot_aggregate, then what an init runs first.
ima_boot() {
	rm -f "$IMA_DIR"/*_runtime_measurements
	set --
	for f in /usr/bin/bash /lib64/ld-linux-x86-64.so.2 /usr/bin/ls \
	    /usr/bin/cat /usr/bin/sed; do
		[ ! -f "$f" ] || set -- "$@" "$(readlink -f "$f")"
	done
	"$T/measure" --boot-aggregate "$@" || die "cannot write the IMA list"
}

# --- TEE -------------------------------------------------------------------

# The hierarchy costs seconds to make: one is kept for all machines.
hierarchy_make() {
	forge=forge-snp folder=sim-hierarchy
	case $TEE in *tdx) forge=forge-tdx folder=sim-hierarchy-tdx ;; esac
	if [ "$1" = fresh ]; then
		"$T/$forge" "$HIERARCHY" || die "$forge failed"
		return
	fi
	cache=$top/build/$folder
	mkdir -p "$top/build"
	(
		flock 9
		if [ ! -d "$cache" ]; then
			rm -rf "$cache.new"
			"$T/$forge" "$cache.new" 9>&- &&
			    mv "$cache.new" "$cache" || exit 1
		fi
	) 9>"$cache.lock" || die "$forge failed"
	cp -Rp "$cache" "$HIERARCHY"
	chmod 700 "$HIERARCHY"
}

# What the vendor's service has for the machine, as --collateral wants it;
# lists of revoked certificates made now, so that none is ever too old.
collateral_make() {
	mkdir -p "$COLLATERAL"
	if [ "${TEE%tdx}" != "$TEE" ]; then
		"$T/forge-tdx" "$HIERARCHY" || die "forge-tdx failed"
		cp "$HIERARCHY"/collateral/* "$COLLATERAL"
		return
	fi
	cat "$HIERARCHY/ask.pem" "$HIERARCHY/ark.pem" \
	    >"$COLLATERAL/amd_chain.pem"
	"$T/forge-crl" "$HIERARCHY" "$COLLATERAL/amd_crl.der" ||
	    die "forge-crl failed"
	# A host may send the list along: then nobody has to be asked.
	cp "$COLLATERAL/amd_crl.der" "$HIERARCHY/crl.der"
}

# What firmware, loader and kernel of a good boot leave in the RTMRs.
rtmr_boot() {
	set --
	for i in 0 1 2 3; do
		head -c 48 /dev/zero >"$HIERARCHY/rtmr$i"
		set -- "$@" --extend "$i=simulated boot, RTMR $i"
	done
	"$T/forge-tdx" "$HIERARCHY" "$@" || die "cannot extend the RTMRs"
}

tsm_start() {
	provider=sev_guest
	if [ "$TEE" = tdx ]; then
		provider=tdx_guest
		rtmr_boot
	fi
	# A kernel of Azure has the folder, and nothing that makes reports.
	[ "$TEE" != azure ] || provider=none
	mkdir -p "$TSM_DIR"
	proc_run tsmfs "$T/tsmfs" "$TSM_DIR" --hierarchy "$HIERARCHY" \
	    --provider $provider
	wait_for $wait_seconds is_mounted "$TSM_DIR" ||
	    die "tsmfs does not start, see $DIR/tsmfs.log"
}

teedev_start() {
	proc_run teedev "$T/teedev" "$TEE_SOCKET" --hierarchy "$HIERARCHY"
	wait_for $wait_seconds test -S "$TEE_SOCKET" ||
	    die "teedev does not start, see $DIR/teedev.log"
}

tsm_stop() {
	proc_stop tsmfs
	if is_mounted "$TSM_DIR"; then
		umount "$TSM_DIR" 2>/dev/null || umount -l "$TSM_DIR"
	fi
}

# --- agent -----------------------------------------------------------------

# Write one line of agent.toml unless $EXTRA_CONF sets that key itself.
conf_line() {
	printf '%s\n' "$EXTRA_CONF" | grep -q "^[[:space:]]*$1[[:space:]]*=" ||
	    printf '%s = %s\n' "$1" "$2"
}

# $1: words for snapshot_roots
conf_make() {
	roots=
	for r in $1; do
		roots="$roots${roots:+, }\"$r\""
	done
	{
		echo "# Written by regress/sim/up."
		echo "[agent]"
		conf_line host "\"127.0.0.1\""
		conf_line port "$PORT"
		conf_line ssl_certificate "\"data/cert.pem\""
		conf_line ssl_private_key "\"data/key.pem\""
		conf_line tpm_device "\"unix:$TPM_SOCKET\""
		conf_line tsm_path "\"$TSM_DIR\""
		[ -z "$TEE_SOCKET" ] ||
		    conf_line tee_device "\"unix:$TEE_SOCKET\""
		[ ! -f "$DIR/run/imds-port" ] || conf_line imds_address \
		    "\"127.0.0.1:$(cat "$DIR/run/imds-port")\""
		conf_line ima_path "\"$IMA_DIR\""
		conf_line eventlog_path "\"$DIR/eventlog\""
		conf_line data_dir "\"$DATA_DIR\""
		conf_line snapshot_roots "[$roots]"
		conf_line require_encrypted_storage false
		printf '%s\n' "$EXTRA_CONF"
	} >"$CONF"
}

agent_start() {
	if proc_alive agent; then
		return
	fi
	export COSMIAN_VM_AGENT_CONF="$CONF"
	proc_run agent "$B/bin/cosmian_vm_agent" -d
	AGENT_PID=$pid
	sed -i "s/^AGENT_PID=.*/AGENT_PID=$pid/" "$DIR/env" 2>/dev/null
	"$T/netprobe" wait 127.0.0.1 "$PORT" $wait_seconds "$pid" || {
		tail -n 20 "$DIR/agent.log" >&2
		die "the agent does not serve, see $DIR/agent.log"
	}
}

agent_stop() {
	proc_stop agent
}

# --- all -------------------------------------------------------------------

machine_stop() {
	agent_stop
	[ -z "$TSM_DIR" ] || tsm_stop
	proc_stop teedev
	proc_stop azure-tpm
	proc_stop imds
	proc_stop swtpm
	case ${SOCKDIR-} in
	*/cvm.??????)
		rm -f "$SOCKDIR"/tpm "$SOCKDIR"/tpm.ctrl "$SOCKDIR"/tee \
		    "$SOCKDIR"/swtpm "$SOCKDIR"/swtpm.ctrl
		rmdir "$SOCKDIR" 2>/dev/null
		;;
	esac
	return 0
}
