#!/bin/sh
# lanes: plain
#
# The tree is clean, and each rule of mk/lint can fail: a violation is planted
# in a copy and has to be named with its file.

tid=lint
. "$(dirname "$0")/../lib.sh"

T=$WORK/tree
mkdir "$T"
(cd "$TOP" && tar -cf - --exclude=./.git --exclude=./build .) |
    (cd "$T" && tar -xf -) || fail "cannot copy the tree"

trace "the tree as it is"
"$T/mk/lint" -s || fail "the tree itself has violations"

trace "plant violations"
: >"$WORK/wanted"

# rule, file, text of one line, which is appended
planted()
{
	mkdir -p "$(dirname "$T/$2")"
	printf '%s\n' "$3" >>"$T/$2"
	echo "$2:$(wc -l <"$T/$2"): $1" >>"$WORK/wanted"
}

# The same with text of several lines, \n between them; is the nth wrong?
planted_lines()
{
	printf "$3\n" >"$T/$2"
	echo "$2:$4: $1" >>"$WORK/wanted"
}

for inc in '<openssl/evp.h>' '<tls.h>' '<jansson.h>' '<netdb.h>' \
    '<event2/http.h>' '<event2/dns.h>' '<tss2/tss2_esys.h>' \
    '"evidence/ima.h"' '"workers/http.h"' '"cli/x.h"'; do
	planted 'wall parent' parent/planted.c "#include $inc"
	planted 'wall parent' parent/planted.h "#  include  $inc"
done
for inc in '<openssl/evp.h>' '<tls.h>' '<jansson.h>' '<llhttp.h>' \
    '<curl/curl.h>' '"evidence/ima.h"' '"parent/x.h"'; do
	planted 'wall privsep' privsep/planted.c "#include $inc"
done
for inc in '<unistd.h>' '<fcntl.h>' '<sys/socket.h>' '<time.h>' \
    '<sys/stat.h>' '<dirent.h>' '<tss2/tss2_esys.h>' '"privsep/chan.h"'; do
	planted 'wall evidence' evidence/planted.c "#include $inc"
done
for text in 'f(void) { return open("x", 0); }' 'x = read(fd, p, n);' \
    'p = getenv("HOME");' 't = time (NULL);' 'FILE *fp;' \
    'fprintf(stderr, "x");' 'if (!fopen(p, "r"))' 'RAND_bytes(p, n);' \
    'RAND_priv_bytes(p, n);'; do
	planted 'wall evidence' evidence/planted.c "$text"
done
for f in workers/net.c workers/web.c workers/web_planted.c; do
	planted 'wall worker' $f '#include <tss2/tss2_mu.h>'
	planted 'wall worker' $f '#include <libcryptsetup.h>'
	planted 'wall worker' $f 'const char *p = "/dev/tpmrm0";'
	planted 'wall worker' $f 'const char *p = "/sys/kernel";'
done

planted tabs cli/planted1.c '        int x;'
planted style cli/planted1.c 'int x; '
planted unfinished cli/planted1.c '/* TO''DO */'
planted unfinished docs/planted.md 'TO''DO later'
planted_lines tabs cli/planted2.c 'int\nf(void)\n{\n    return 0;\n}' 4
planted_lines 'function length' cli/planted3.c \
    "int\nf(void)\n{\n$(seq 81 | sed 's/.*/\tx++;/')\n}" 3
planted_lines 'function length' cli/planted4.c \
    "int\nmain(void)\n{\n$(seq 121 | sed 's/.*/\tx++;/')\n}" 3
planted_lines 'file length' cli/planted5.c "$(seq 901 | sed 's/.*/int x&;/')" 901
planted_lines 'file length' mk/planted.mk "$(seq 901 | sed 's/.*/x&=/')" 901

trace "what is no violation"
cat >"$T/evidence/fine.c" <<'EOT'
#include <string.h>

/* open(2), read(2) and time( in a comment are no calls. */
int	reader_read(int);

static const char	*s = "open( read( FILE";

int
f(struct x *x)
{
	return x->open(1) + x->ops.read(2) + reopen(3) +
	    reader_read(4) + snprintf(x->b, 1, "time(");
}
EOT

trace "each is named, and nothing else"
"$T/mk/lint" -s >"$WORK/out" && fail "not refused"
cut -d: -f1-3 "$WORK/out" | sort -u >"$WORK/got"
sort -u "$WORK/wanted" >"$WORK/wanted.sorted"
diff "$WORK/wanted.sorted" "$WORK/got" || fail "planted (<) and found (>) differ"
trace "$(wc -l <"$WORK/got") violations found"

trace "a library that the program may not map"
mkdir -p "$WORK/b/bin" "$WORK/b/libexec"
printf 'unsigned long ERR_get_error(void);\nint main(void)%s\n' \
    ' { return (int)ERR_get_error(); }' >"$WORK/p.c"
${CC:-gcc} -o "$WORK/b/bin/cosmian_vm_agent" "$WORK/p.c" -lcrypto ||
    fail "cannot compile"
cp "$WORK/b/bin/cosmian_vm_agent" "$WORK/b/libexec/agent-unheard"
cp "$WORK/b/bin/cosmian_vm_agent" "$WORK/b/libexec/agent-keys"
"$T/mk/lint" "$WORK/b" >"$WORK/out" && fail "not refused: libcrypto in the parent"
cat "$WORK/out"
grep -q '^mk/libs.txt:[0-9]*: libraries: cosmian_vm_agent maps libcrypto$' \
    "$WORK/out" || fail "libcrypto in the parent not named"
grep -q 'agent-unheard is not in the table' "$WORK/out" ||
    fail "a program without a line in the table not named"
! grep -q 'agent-keys' "$WORK/out" || fail "agent-keys may map libcrypto"

trace "a header that comes by way of another"
mkdir -p "$WORK/b/obj/parent"
printf 'x.o: parent/x.c \\\n /usr/include/x/jansson.h\n' >"$WORK/b/obj/parent/x.d"
"$T/mk/lint" "$WORK/b" >"$WORK/out" && fail "not refused: jansson.h by a detour"
grep -q '^parent/x.d:1: wall include' "$WORK/out" || fail "detour not named"
exit 0
