# One C file at a time: style lengths, and the walls between the folders.
# Prints file:line: rule: what.  Comments are blanked first, strings stay.
# With walls=0 (tests) only the style rules.

function bad(line, rule, what)
{
	printf "%s:%d: %s: %s\n", FILENAME, line, rule, what
	found = 1
}

# Blank comments; state in_comment goes on over lines.
function strip(s,    out, i, c, two, quote)
{
	out = ""
	quote = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		two = substr(s, i, 2)
		if (in_comment) {
			if (two == "*/") {
				in_comment = 0
				i++
			}
			continue
		}
		if (quote != "") {
			out = out c
			if (c == "\\") {
				i++
				out = out substr(s, i, 1)
			} else if (c == quote)
				quote = ""
			continue
		}
		if (two == "/*") {
			in_comment = 1
			i++
			continue
		}
		if (two == "//")
			break
		if (c == "\"" || c == "'")
			quote = c
		out = out c
	}
	return out
}

# The same without what stands in quotes.
function unquote(s)
{
	gsub(/\\./, "", s)
	gsub(/"[^"]*"/, "\"\"", s)
	gsub(/'[^']*'/, "''", s)
	return s
}

function calls(s, names)
{
	return match(s, "(^|[^A-Za-z0-9_.>])(" names ")[ \t]*\\(") != 0
}

BEGIN {
	libc = "^(assert|ctype|dirent|elf|endian|err|errno|fcntl|getopt|grp|" \
	    "inttypes|libgen|limits|locale|paths|poll|pthread|pwd|sched|signal|" \
	    "spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|" \
	    "stdnoreturn|string|strings|syslog|termios|threads|time|ucontext|" \
	    "unistd|utmp|byteswap|sys/[a-z_]+|net/if|netinet/[a-z]+|" \
	    "arpa/inet|linux/[a-z_0-9]+|asm/[a-z_0-9]+)\\.h$"
	parent_sys = "^(event2/(event|event_struct|util)\\.h|sha2\\.h)$"
	parent_own = "^(privsep/|agentd/|parent/|evidence/binding\\.h$)"
	parsers = "openssl/|^tls\\.h|jansson|tss2|llhttp|curl/|libcryptsetup|" \
	    "fuse|expat|zlib|gnutls"
	pure_sys = "^(assert|ctype|endian|errno|inttypes|limits|stdarg|stdbool|" \
	    "stddef|stdint|stdio|stdlib|string|strings|sys/types|sys/cdefs|" \
	    "sys/param|byteswap)\\.h$"
	pure_lib = "^(openssl/|jansson\\.h$|tss2/tss2_(mu|tpm2_types|common)\\.h$)"
	syscalls = "open|openat|open64|creat|close|read|write|pread|pwrite|" \
	    "readv|writev|lseek|ioctl|fcntl|socket|connect|accept|bind|" \
	    "listen|send|sendmsg|recv|recvmsg|poll|select|stat|fstat|" \
	    "lstat|fstatat|access|unlink|rename|mkdir|opendir|readdir|" \
	    "fork|execv|execve|execl|system|popen|kill|syscall|mmap|munmap|" \
	    "mprotect|time|clock_gettime|gettimeofday|getrandom|getentropy|" \
	    "getenv|secure_getenv|setenv|getpid|getuid|sleep|usleep|" \
	    "nanosleep|exit|_exit|abort|fopen|fdopen|freopen|fmemopen|" \
	    "fclose|fread|fwrite|fgets|fputs|fprintf|vfprintf|printf|" \
	    "vprintf|puts|putchar|perror|err|errx|warn|warnx|syslog|" \
	    "BIO_new_file|BIO_new_fp|BIO_new_socket"
	random = "RAND_bytes|RAND_priv_bytes"
}

FNR == 1 {
	in_comment = 0
	in_body = 0
	head = ""
	walls_on = walls != "0"
	dir = FILENAME
	sub(/^\.\//, "", dir)
	path = dir
	sub(/\/.*/, "", dir)
}

{
	raw = $0
	code = strip(raw)
	bare = unquote(code)
}

# Style.

raw ~ /[ \t]+$/ { bad(FNR, "style", "white space at the end of the line") }
raw ~ /^ +\t/ { bad(FNR, "tabs", "space before tab") }
raw ~ /^        / { bad(FNR, "tabs", "indented with spaces") }
in_body && raw ~ /^  / && raw !~ /^        / {
	bad(FNR, "tabs", "indented with spaces")
}
FNR == 901 { bad(FNR, "file length", "more than 900 lines") }

raw ~ /^\{[ \t]*$/ {
	in_body = 1
	body_line = FNR
	name = head
}
in_body && raw ~ /^\}/ {
	in_body = 0
	limit = name ~ /^main\(/ ? 120 : 80
	if (FNR - body_line - 1 > limit)
		bad(body_line, "function length", \
		    sprintf("%d lines, more than %d", FNR - body_line - 1, limit))
}
!in_body && raw ~ /^[a-z_A-Z]/ { head = raw }

# Walls.

walls_on && code ~ /^[ \t]*#[ \t]*include/ {
	inc = code
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", inc)
	system_inc = inc ~ /^</
	gsub(/[<>" \t]/, "", inc)
	if (dir == "parent")
		ok = system_inc ? inc ~ libc || inc ~ parent_sys : inc ~ parent_own
	else if (dir == "privsep")
		ok = system_inc ? inc !~ parsers : inc ~ /^privsep\// || \
		    (path ~ /^privsep\/agent_/ && inc ~ /^agentd\//)
	else if (dir == "evidence")
		ok = system_inc ? inc ~ pure_sys || inc ~ pure_lib : inc ~ /^evidence\//
	else
		ok = 1
	if (!ok)
		bad(FNR, "wall " dir, dir "/ may not include " inc)
	if (path ~ /^workers\/(net|web|http)[_a-z]*\.[ch]$/ &&
	    inc ~ /tss2|libcryptsetup/)
		bad(FNR, "wall worker", path " may not include " inc)
	next
}

walls_on && path ~ /^workers\/(net|web|http)[_a-z]*\.[ch]$/ && code ~ /"\/(dev|sys)\// {
	bad(FNR, "wall worker", "a device path in " path)
}

walls_on && dir == "evidence" {
	if (calls(bare, syscalls))
		bad(FNR, "wall evidence", "no system call, file or clock here: " \
		    substr(bare, RSTART, RLENGTH))
	# A challenge is random; nothing else that is judged may be.
	if (path != "evidence/credential.c" && calls(bare, random))
		bad(FNR, "wall evidence", "no random numbers here: " \
		    substr(bare, RSTART, RLENGTH))
	if (bare ~ /(^|[^A-Za-z0-9_])(FILE|stdout|stderr|stdin|environ)([^A-Za-z0-9_]|$)/)
		bad(FNR, "wall evidence", "no stdio stream or environment here")
}

END { exit found }
