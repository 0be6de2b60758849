# For tests whose cosmian_fstool has children that were taken over, after
# fstool.sh.
#
#	evil_up [TEE]		the machine and the box; FS has those children
#	evil ACT STATUS TEXT VERB ARG ...	as want, with that act; and no
#				byte of theirs has acted on the terminal
#	evil_keeps		header and record are what evil_save saw

EVIL=$TEST/aid/evil_fs

# The folder is compiled into the program; one test at a time may use it.
evil_up()
{
	exec 8>"$EVIL/lock"
	flock 8
	rm -rf "$EVIL/libexec"
	mkdir -p "$EVIL/libexec"
	at_end 'rm -rf "$EVIL/libexec"'
	for evil_role in parse tpm; do
		cp "$EVIL/$evil_role" "$EVIL/libexec/fstool-$evil_role" ||
		    fail "no evil $evil_role"
	done
	FS=$EVIL/fstool
	box_up "$@"
}

evil()
{
	printf %s "$1" >"$EVIL/libexec/act"
	shift
	want "$@"
	rm "$EVIL/libexec/act"
	[ "$(tr -d '\n\t -~' <"$WORK/out" | wc -c)" -eq 0 ] || {
		cat -v "$WORK/out"
		fail "its words reach the terminal as they are"
	}
}

evil_save()
{
	rm -rf "$WORK/good"
	mkdir -m 700 "$WORK/good"
	cp "$BOX"/* "$WORK/good"
}

evil_keeps()
{
	for evil_file in header header.mac; do
		cmp "$WORK/good/$evil_file" "$BOX/$evil_file" ||
		    fail "$evil_file has changed"
	done
}
