/*
 * measure: what the kernel's IMA does when a file is run on the simulated
 * machine: append an entry to the measurement list, then extend PCR 10 in
 * all active banks.
 *
 * Usage: measure [options] FILE...
 *	-d, --dir DIR		IMA folder (or $IMA_DIR)
 *	-T, --tpm SOCKET	swtpm's data socket (or $TPM_SOCKET)
 *	-t, --template NAME	ima, ima-ng (default), ima-sig, ima-ngv2,
 *				ima-sigv2, ima-buf, ima-modsig, evm-sig
 *	-a, --algo NAME		digest of the file (sha256; ima: sha1)
 *	-n, --name PATH		the name in the list
 *	-D, --digest HEX	the digest in the list; FILE need not exist
 *	-V, --violation		an open-writers or ToMToU violation
 *	-k, --kind ima|verity	for d-ngv2
 *	-s, --sig HEX, -m, --modsig HEX, -x, --xattr NAME=HEX (many)
 *	-p, --pcr N		another PCR than 10
 *	-B, --boot-aggregate	the first entry, of PCRs 0-9
 *	-e, --extend PCR=TEXT	no entry: extend H(TEXT), as firmware does
 *	-L, --log FILE		what follows is extended into FILE as well, the
 *				firmware's log
 *	-r, --replay		no entry: extend all entries that the list
 *				has (only what this program wrote)
 *	-S, --shutdown		no entry: an orderly power-off of the TPM
 *	-R, --remove N		a rootkit: take entry N (from 0) out of the
 *				list, as if it had never been measured
 *	-N, --no-extend		a kernel that lies: entry without extend
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/sim/bootlog.h"
#include "regress/sim/imaentry.h"
#include "regress/sim/simutil.h"
#include "regress/sim/swtpm.h"

#define LIST_BINARY	"binary_runtime_measurements"
#define LIST_ASCII	"ascii_runtime_measurements"
#define LIST_LOCK	".lock"
#define IMA_PCR		10
#define PCR_MAX		23

struct options {
	const char	*dir, *tpm, *algo, *name, *digest, *log;
	int		 boot, replay, no_extend, extended;
	struct ima_event ev;
};

static const struct option longopts[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "tpm", required_argument, NULL, 'T' },
	{ "template", required_argument, NULL, 't' },
	{ "algo", required_argument, NULL, 'a' },
	{ "name", required_argument, NULL, 'n' },
	{ "digest", required_argument, NULL, 'D' },
	{ "violation", no_argument, NULL, 'V' },
	{ "kind", required_argument, NULL, 'k' },
	{ "sig", required_argument, NULL, 's' },
	{ "modsig", required_argument, NULL, 'm' },
	{ "xattr", required_argument, NULL, 'x' },
	{ "pcr", required_argument, NULL, 'p' },
	{ "boot-aggregate", no_argument, NULL, 'B' },
	{ "extend", required_argument, NULL, 'e' },
	{ "log", required_argument, NULL, 'L' },
	{ "replay", no_argument, NULL, 'r' },
	{ "shutdown", no_argument, NULL, 'S' },
	{ "remove", required_argument, NULL, 'R' },
	{ "no-extend", no_argument, NULL, 'N' },
	{ 0 }
};

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr, "usage: measure [--dir DIR] [--tpm SOCKET] "
	    "[--template NAME] [--algo NAME] [--name PATH] [--digest HEX]\n"
	    "\t[--violation] [--kind ima|verity] [--sig HEX] [--modsig HEX] "
	    "[--xattr NAME=HEX] [--pcr N]\n\t[--boot-aggregate] "
	    "[--log FILE] [--extend PCR=TEXT] [--replay] [--shutdown] [--remove N] [--no-extend] [FILE...]\n");
	exit(2);
}

/* The kernel's extend mutex: entry and extend of two measurers never mix. */
static int
list_lock(const char *dir)
{
	char		 path[PATH_MAX];
	int		 fd;

	snprintf(path, sizeof(path), "%s/%s", dir, LIST_LOCK);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || flock(fd, LOCK_EX) == -1)
		err(1, "%s", path);
	return (fd);
}

/* One write(2): a reader sees the entry whole or not at all. */
static void
list_append(const char *dir, const char *list, const struct sbuf *b)
{
	char		 path[PATH_MAX];
	int		 fd;

	snprintf(path, sizeof(path), "%s/%s", dir, list);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0440);
	if (fd == -1 || write(fd, b->p, b->len) != (ssize_t)b->len ||
	    close(fd) == -1)
		err(1, "%s", path);
}

static void
extend_log(const char *socket, uint32_t pcr, const struct sbuf *hashed,
    int violation, const char *log, const char *text)
{
	uint8_t		 digests[TPM_BANKS_MAX][TPM_DIGEST_MAX];
	struct tpm	 t;
	size_t		 i;

	tpm_open(&t, socket);
	for (i = 0; i < t.nbanks; i++) {
		if (violation)
			memset(digests[i], 0xff, TPM_DIGEST_MAX);
		else
			digest_make(t.banks[i].name, hashed->p, hashed->len,
			    digests[i]);
	}
	tpm_pcr_extend(&t, pcr, digests);
	if (log != NULL)
		bootlog_add(log, &t, pcr, digests, text);
	tpm_close(&t);
}

static void
extend_hash(const char *socket, uint32_t pcr, const struct sbuf *hashed,
    int violation)
{
	extend_log(socket, pcr, hashed, violation, NULL, NULL);
}

static void
entry_commit(const struct options *o)
{
	struct ima_entry e = { 0 };
	int		 fd;

	ima_entry_make(&o->ev, &e);
	fd = list_lock(o->dir);
	list_append(o->dir, LIST_BINARY, &e.binary);
	list_append(o->dir, LIST_ASCII, &e.ascii);
	if (!o->no_extend)
		extend_hash(o->tpm, o->ev.pcr, &e.hashed, o->ev.violation);
	close(fd);
	sbuf_free(&e.binary);
	sbuf_free(&e.ascii);
	sbuf_free(&e.hashed);
}

/* SHA-1 covers PCRs 0 to 7, the others 0 to 9, of the bank of that hash. */
static void
boot_aggregate(struct options *o)
{
	struct tpm	 t;
	struct sbuf	 pcrs = { 0 };
	uint8_t		 value[TPM_DIGEST_MAX];
	size_t		 i;
	uint32_t	 pcr, n = strcmp(o->ev.algo, "sha1") == 0 ? 8 : 10;

	tpm_open(&t, o->tpm);
	for (i = 0; i < t.nbanks; i++)
		if (strcmp(t.banks[i].name, o->ev.algo) == 0)
			break;
	if (i == t.nbanks)
		errx(1, "no bank %s for boot_aggregate", o->ev.algo);
	for (pcr = 0; pcr < n; pcr++) {
		tpm_pcr_read(&t, t.banks[i].alg, pcr, value);
		sbuf_add(&pcrs, value, t.banks[i].size);
	}
	tpm_close(&t);
	o->ev.digest_len = digest_make(o->ev.algo, pcrs.p, pcrs.len,
	    o->ev.digest);
	o->ev.name = "boot_aggregate";
	sbuf_free(&pcrs);
	entry_commit(o);
}

static void
file_measure(struct options *o, const char *path)
{
	struct stat	 st = { 0 };
	uint8_t		*p;
	size_t		 len;
	ssize_t		 n;

	o->ev.name = o->name != NULL ? o->name : path;
	if (stat(path, &st) == 0) {
		o->ev.uid = st.st_uid;
		o->ev.gid = st.st_gid;
		o->ev.mode = st.st_mode;
	}
	if (o->digest != NULL) {
		n = hex_bytes(o->digest, o->ev.digest, IMA_DIGEST_MAX);
		if (n <= 0)
			errx(2, "%s: no digest", o->digest);
		o->ev.digest_len = n;
	} else {
		if (file_read(NULL, path, &p, &len) == -1)
			err(1, "%s", path);
		o->ev.digest_len = digest_make(o->ev.algo, p, len,
		    o->ev.digest);
		if (strcmp(o->ev.template, "ima-buf") == 0) {
			sbuf_free(&o->ev.buffer);
			sbuf_add(&o->ev.buffer, p, len);
		}
		free(p);
	}
	if (o->ev.violation)
		memset(o->ev.digest, 0, sizeof(o->ev.digest));
	entry_commit(o);
}

/* The next len bytes of the list; exits where there are fewer. */
static const uint8_t *
list_take(const struct sbuf *b, size_t *off, size_t len)
{
	const uint8_t	*p = b->p + *off;

	if (b->len - *off < len)
		errx(1, "the list ends inside an entry");
	*off += len;
	return (p);
}

static uint32_t
list_number(const struct sbuf *b, size_t *off)
{
	const uint8_t	*p = list_take(b, off, 4);

	return (p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24);
}

/* One entry of the list, pointing into it. */
struct list_entry {
	size_t		 start, end;
	uint32_t	 pcr;
	int		 violation;
	struct sbuf	 data;		/* not to be freed */
};

/* Not for template "ima", which has no total length and hashes otherwise. */
static void
list_next(const struct sbuf *list, size_t *off, struct list_entry *ret_entry)
{
	static const uint8_t zero[20];
	size_t		 n;

	ret_entry->start = *off;
	ret_entry->pcr = list_number(list, off);
	ret_entry->violation = memcmp(list_take(list, off, sizeof(zero)),
	    zero, sizeof(zero)) == 0;
	n = list_number(list, off);
	if (n == strlen("ima"))
		errx(1, "the list has entries of template ima");
	list_take(list, off, n);
	ret_entry->data.len = list_number(list, off);
	ret_entry->data.p = (uint8_t *)list_take(list, off,
	    ret_entry->data.len);
	ret_entry->end = *off;
}

/*
 * Brings another TPM to where the list is, as if it had been there from the
 * start.
 */
static void
list_replay(const struct options *o)
{
	struct list_entry e;
	struct sbuf	 list = { 0 };
	size_t		 off = 0;
	int		 fd;

	fd = list_lock(o->dir);
	if (file_read(o->dir, LIST_BINARY, &list.p, &list.len) == -1)
		err(1, "%s/%s", o->dir, LIST_BINARY);
	while (off < list.len) {
		list_next(&list, &off, &e);
		extend_hash(o->tpm, e.pcr, &e.data, e.violation);
	}
	sbuf_free(&list);
	close(fd);
}

static void
line_remove(const char *dir, int n)
{
	uint8_t		*p, *line, *end;
	size_t		 len;

	if (file_read(dir, LIST_ASCII, &p, &len) == -1)
		err(1, "%s/%s", dir, LIST_ASCII);
	for (line = p; (end = memchr(line, '\n', p + len - line)) != NULL &&
	    n > 0; n--)
		line = end + 1;
	if (end != NULL) {
		memmove(line, end + 1, p + len - end - 1);
		len -= end + 1 - line;
	}
	file_write(dir, LIST_ASCII, p, len, 0440);
	free(p);
}

static void
entry_remove(const struct options *o, int n)
{
	struct list_entry e = { 0 };
	struct sbuf	 list = { 0 };
	size_t		 off = 0;
	int		 fd, i;

	if (o->dir == NULL)
		usage();
	fd = list_lock(o->dir);
	if (file_read(o->dir, LIST_BINARY, &list.p, &list.len) == -1)
		err(1, "%s/%s", o->dir, LIST_BINARY);
	for (i = 0; i <= n; i++) {
		if (off == list.len)
			errx(1, "the list has %d entries", i);
		list_next(&list, &off, &e);
	}
	memmove(list.p + e.start, list.p + e.end, list.len - e.end);
	file_write(o->dir, LIST_BINARY, list.p,
	    list.len - (e.end - e.start), 0440);
	line_remove(o->dir, n);
	sbuf_free(&list);
	close(fd);
}

/* PCR=TEXT */
static void
text_extend(const struct options *o, const char *arg)
{
	struct sbuf	 text = { 0 };
	const char	*p = strchr(arg, '=');
	int		 pcr = atoi(arg);

	if (p == NULL || pcr < 0 || pcr > PCR_MAX || o->tpm == NULL)
		usage();
	sbuf_str(&text, p + 1);
	extend_log(o->tpm, pcr, &text, 0, o->log, p + 1);
	sbuf_free(&text);
}

static void
power_off(const struct options *o)
{
	struct tpm	 t;

	if (o->tpm == NULL)
		usage();
	tpm_open(&t, o->tpm);
	tpm_shutdown(&t);
	tpm_close(&t);
}

static void
blob_set(struct sbuf *b, const char *hex)
{
	uint8_t		 p[4096];
	ssize_t		 n = hex_bytes(hex, p, sizeof(p));

	if (n == -1)
		errx(2, "%s: not hexadecimal", hex);
	sbuf_add(b, p, n);
}

static void
xattr_add(struct ima_event *ev, const char *arg)
{
	const char	*p = strchr(arg, '=');
	size_t		 before = ev->xattrvalues.len;

	if (p == NULL)
		usage();
	if (ev->xattrnames.len > 0)		/* the NUL becomes a bar */
		ev->xattrnames.p[ev->xattrnames.len - 1] = '|';
	sbuf_add(&ev->xattrnames, arg, p - arg);
	sbuf_add(&ev->xattrnames, "", 1);
	blob_set(&ev->xattrvalues, p + 1);
	sbuf_le32(&ev->xattrlengths, ev->xattrvalues.len - before);
}

static void
option_take(struct options *o, int ch)
{
	switch (ch) {
	case 'd': o->dir = optarg; break;
	case 'T': o->tpm = optarg; break;
	case 't': o->ev.template = optarg; break;
	case 'a': o->algo = optarg; break;
	case 'n': o->name = optarg; break;
	case 'D': o->digest = optarg; break;
	case 'V': o->ev.violation = 1; break;
	case 'k': o->ev.kind = optarg; break;
	case 's': blob_set(&o->ev.sig, optarg); break;
	case 'm': blob_set(&o->ev.modsig, optarg); break;
	case 'x': xattr_add(&o->ev, optarg); break;
	case 'p': o->ev.pcr = atoi(optarg); break;
	case 'B': o->boot = 1; break;
	case 'e': o->extended = 1; text_extend(o, optarg); break;
	case 'L': o->log = optarg; break;
	case 'r': o->replay = 1; break;
	case 'S': o->extended = 1; power_off(o); break;
	case 'R': o->extended = 1; entry_remove(o, atoi(optarg)); break;
	case 'N': o->no_extend = 1; break;
	default: usage();
	}
}

static void
event_free(struct ima_event *ev)
{
	sbuf_free(&ev->sig);
	sbuf_free(&ev->modsig);
	sbuf_free(&ev->buffer);
	sbuf_free(&ev->xattrnames);
	sbuf_free(&ev->xattrlengths);
	sbuf_free(&ev->xattrvalues);
}

int
main(int argc, char **argv)
{
	struct options	 o = { .ev = { .pcr = IMA_PCR, .template = "ima-ng",
			    .kind = "ima" } };
	int		 ch, i;

	o.dir = getenv("IMA_DIR");
	o.tpm = getenv("TPM_SOCKET");
	while ((ch = getopt_long(argc, argv, "d:T:t:a:n:D:Vk:s:m:x:p:Be:L:rSR:N",
	    longopts, NULL)) != -1)
		option_take(&o, ch);
	if (!ima_template_known(o.ev.template))
		errx(2, "%s: unknown template", o.ev.template);
	o.ev.algo = o.algo != NULL ? o.algo :
	    strcmp(o.ev.template, "ima") == 0 ? "sha1" : "sha256";
	if ((o.boot || o.replay || optind < argc) && o.dir == NULL)
		errx(2, "no IMA folder: --dir or $IMA_DIR");
	if (o.tpm == NULL && !o.no_extend)
		errx(2, "no TPM: --tpm or $TPM_SOCKET");
	if (o.replay)
		list_replay(&o);
	if (o.boot)
		boot_aggregate(&o);
	for (i = optind; i < argc; i++)
		file_measure(&o, argv[i]);
	if (optind == argc && !o.boot && !o.replay && !o.extended)
		usage();
	event_free(&o.ev);
	return (0);
}
