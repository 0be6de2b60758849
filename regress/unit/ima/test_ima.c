/* IMA list: reading, replay, boot aggregate, matching; each refusal. */
#include "evidence/ima_match.h"
#include "evidence/ima_verify.h"
#include "regress/unit/check.h"
#include "regress/unit/claims/forge.h"

static struct checks ck;

static const char *
failed(const char *name)
{
	size_t i;

	for (i = 0; i < ck.n; i++)
		if (ck.v[i].result == RESULT_FAIL &&
		    strcmp(ck.v[i].name, name) == 0)
			return ck.v[i].detail;
	return NULL;
}

static int
replay(struct forge *f, struct span log, struct ima_replay *r)
{
	struct ima_target t;

	memset(&t, 0, sizeof(t));
	t.bank = DIGEST_SHA256;
	t.value = span_make(f->pcrs.value[IMA_PCR], 32);
	checks_init(&ck);
	if (!CHECK_OK(ima_replay(log, &t, r)))
		return -1;
	return ima_replay_checks(r, &ck);
}

/* Offset and length of entry i. */
static struct span
entry(struct forge *f, size_t i, size_t *ret_off)
{
	struct cursor c;
	struct ima_entry e;

	cursor_init(&c, buf_span(&f->log));
	do
		CHECK_INT(ima_next(&c, &e), IMA_ENTRY);
	while (i-- > 0);
	*ret_off = e.offset;
	return span_make(f->log.p + e.offset, c.off - e.offset);
}

static void
test_read(struct forge *f)
{
	struct span log = buf_span(&f->log);
	struct ima_entry e;
	struct cursor c;
	size_t n, first;

	test_begin("read");
	cursor_init(&c, log);
	CHECK_INT(ima_next(&c, &e), IMA_ENTRY);
	CHECK(e.decoded && ima_is_boot_aggregate(&e));
	CHECK_INT(e.alg, DIGEST_SHA256);
	CHECK_INT(e.pcr, IMA_PCR);
	first = c.off;
	/* Cut anywhere in the first entry: short, and the cursor stays. */
	for (n = 1; n < first; n++) {
		cursor_init(&c, span_make(log.p, n));
		CHECK_INT(ima_next(&c, &e), IMA_SHORT);
		CHECK_INT(c.off, 0);
	}
	cursor_init(&c, span_make(log.p, 0));
	CHECK_INT(ima_next(&c, &e), IMA_END);
}

/* One entry of a template, with this data. */
static enum ima_status
read_one(const char *name, const void *data, size_t n, struct ima_entry *e)
{
	static uint8_t keep[4096];
	struct cursor c;
	struct buf b;

	buf_init(&b, sizeof(keep));
	forge_put_le32(&b, IMA_PCR);
	buf_add(&b, "01234567890123456789", 20);
	forge_put_le32(&b, strlen(name));
	buf_add_str(&b, name);
	buf_add(&b, data, n);
	memcpy(keep, b.p, b.n);
	cursor_init(&c, span_make(keep, b.n));
	buf_free(&b);
	return ima_next(&c, e);
}

static void
test_templates(void)
{
	struct ima_entry e;

	test_begin("templates");
	CHECK_INT(read_one("ima", "abcdefghijklmnopqrst\4\0\0\0/a b", 28, &e),
	    IMA_ENTRY);
	CHECK(e.is_ima && e.decoded && span_eq_str(e.path, "/a b"));
	CHECK_INT(read_one("ima", "abcdefghijklmnopqrst\0\1\0\0/a b", 28, &e),
	    IMA_BAD);
	CHECK_INT(read_one("x-unknown", "\2\0\0\0ab", 6, &e), IMA_ENTRY);
	CHECK(!e.decoded && span_eq_str(e.data, "ab"));
	CHECK_INT(read_one("ima-ng", "\xff\xff\xff\xff", 4, &e), IMA_BAD);
	CHECK_INT(read_one("", "", 0, &e), IMA_BAD);
	/* Fields that do not parse: kept, not decoded. */
	CHECK_INT(read_one("ima-ng", "\2\0\0\0ab", 6, &e), IMA_ENTRY);
	CHECK(!e.decoded && e.path.n == 0 && e.digest.n == 0);
	/* sha1 with 4 bytes of digest */
	CHECK_INT(read_one("ima-ng", "\x15\0\0\0" "\x0a\0\0\0sha1:\0abcd"
	    "\3\0\0\0/a\0", 25, &e), IMA_ENTRY);
	CHECK(!e.decoded);
	/* a name without its NUL */
	CHECK_INT(read_one("ima-ng", "\x14\0\0\0" "\x0a\0\0\0md0x:\0abcd"
	    "\2\0\0\0/a", 24, &e), IMA_ENTRY);
	CHECK(!e.decoded);
	/* an algorithm that we do not know is no error */
	CHECK_INT(read_one("ima-sig", "\x1b\0\0\0" "\x0a\0\0\0md0x:\0abcd"
	    "\3\0\0\0/a\0" "\2\0\0\0\3\2", 31, &e), IMA_ENTRY);
	CHECK(e.decoded && e.alg == DIGEST_NONE && e.sig.n == 2);
	CHECK(span_eq_str(e.alg_name, "md0x"));
}

static void
test_replay(struct forge *f)
{
	struct span log = buf_span(&f->log), e1;
	struct ima_replay r;
	struct buf b;
	size_t off;

	test_begin("replay");
	CHECK_OK(replay(f, log, &r));
	CHECK_INT(r.attested, 3);
	/* A tail that the quote does not cover is reported, not refused. */
	buf_init(&b, 0);
	buf_add(&b, log.p, log.n);
	e1 = entry(f, 1, &off);
	buf_add(&b, e1.p, e1.n);
	CHECK_OK(replay(f, buf_span(&b), &r));
	CHECK_INT(r.attested, 3);
	CHECK_INT(r.entries, 4);
	CHECK_INT(r.attested_end, log.n);
	CHECK_OK(replay(f, span_make(b.p, b.n - 1), &r));
	CHECK(checks_find(&ck, "ima.tail") != NULL);
	buf_free(&b);
	/* Entry removed, cut, and an empty list. */
	buf_init(&b, 0);
	buf_add(&b, log.p, off);
	buf_add(&b, log.p + off + e1.n, log.n - off - e1.n);
	CHECK_FAIL(replay(f, buf_span(&b), &r));
	CHECK(failed("ima.replay") != NULL);
	buf_free(&b);
	CHECK_FAIL(replay(f, span_make(log.p, log.n - 1), &r));
	CHECK(failed("ima.list") != NULL);
	CHECK_INT(r.tail_offset, off + e1.n);
	CHECK_FAIL(replay(f, span_make(log.p, 0), &r));
	CHECK(failed("ima.list") != NULL);
}

static void
test_changed(struct forge *f)
{
	struct ima_replay r;
	size_t off;

	test_begin("changed entries");
	entry(f, 1, &off);
	f->log.p[off + 5] ^= 1;		/* template digest */
	CHECK_FAIL(replay(f, buf_span(&f->log), &r));
	CHECK(failed("ima.template") != NULL);
	CHECK_INT(r.first_bad, 1);
	CHECK(r.matched);		/* the PCR does not depend on it */
	f->log.p[off + 5] ^= 1;
	f->log.p[off] = 11;		/* PCR */
	CHECK_FAIL(replay(f, buf_span(&f->log), &r));
	CHECK(failed("ima.pcr") != NULL);
	f->log.p[off] = 10;
	CHECK_OK(replay(f, buf_span(&f->log), &r));
}

static void
test_single_quote(struct forge *f)
{
	struct ima_target t;
	struct ima_replay r;
	uint8_t d[32];

	test_begin("digest of a single PCR");
	memset(&t, 0, sizeof(t));
	t.bank = DIGEST_SHA256;
	t.quote_alg = DIGEST_SHA256;
	digest_bytes(DIGEST_SHA256, span_make(f->pcrs.value[10], 32), d);
	t.quote_digest = span_make(d, 32);
	CHECK_OK(ima_replay(buf_span(&f->log), &t, &r));
	CHECK(r.matched);
	d[0] ^= 1;
	CHECK_OK(ima_replay(buf_span(&f->log), &t, &r));
	CHECK(!r.matched);
	t.bank = DIGEST_NONE;
	CHECK_FAIL(ima_replay(buf_span(&f->log), &t, &r));
}

static int
boot(struct forge *f)
{
	checks_init(&ck);
	return ima_boot_aggregate_check(buf_span(&f->log), &f->pcrs, &ck);
}

static void
test_boot(struct forge *f)
{
	struct span log = buf_span(&f->log), e0;
	size_t off;

	test_begin("boot aggregate");
	CHECK_OK(boot(f));
	f->pcrs.value[9][0] ^= 1;
	CHECK_FAIL(boot(f));
	f->pcrs.value[9][0] ^= 1;
	f->pcrs.mask &= ~4u;
	CHECK_FAIL(boot(f));
	f->pcrs.mask |= 4;
	f->pcrs.bank = DIGEST_SHA1;
	CHECK_FAIL(boot(f));
	f->pcrs.bank = DIGEST_SHA256;
	e0 = entry(f, 0, &off);
	checks_init(&ck);
	CHECK_FAIL(ima_boot_aggregate_check(span_make(log.p + e0.n,
	    log.n - e0.n), &f->pcrs, &ck));
}

static int
match(struct forge *f, struct fileset *fs, struct fileset *wl, int boot_ok,
    struct ima_match *m)
{
	struct ima_replay r;

	CHECK_OK(replay(f, buf_span(&f->log), &r));
	checks_init(&ck);
	return ima_match(buf_span(&f->log), r.attested, fs, wl, boot_ok,
	    RULE_REFUSE, &ck, m);
}

static void
test_match(struct forge *f)
{
	struct fileset *fs = fileset_new(), *wl = fileset_new();
	struct ima_match m;
	uint8_t d[32];

	test_begin("match");
	memset(d, 0x11, 32);
	fileset_add(fs, span_str("/usr/bin/true"), span_make(d, 32));
	memset(d, 0x22, 32);
	fileset_add(fs, span_str("/usr/lib/a b.so"), span_make(d, 32));
	memset(d, 0x33, 32);
	fileset_add(wl, span_str("/opt/new"), span_make(d, 32));
	memset(d, 0, 32);
	fileset_add(fs, span_str("/var/violation"), span_make(d, 32));
	CHECK_OK(fileset_seal(fs));
	CHECK_OK(fileset_seal(wl));
	CHECK_OK(match(f, fs, NULL, 1, &m));
	CHECK_INT(m.known, 3);
	/* boot_aggregate is exempt only when it was checked. */
	CHECK_FAIL(match(f, fs, NULL, 0, &m));
	memset(d, 0x33, 32);
	forge_measure(f, "/opt/new", "sha256", d, 32);
	CHECK_OK(match(f, fs, wl, 1, &m));
	CHECK_INT(m.allowed, 1);
	CHECK_FAIL(match(f, fs, NULL, 1, &m));
	CHECK(failed("ima.file") != NULL &&
	    strstr(failed("ima.file"), "/opt/new") != NULL &&
	    strstr(failed("ima.file"), "333333") != NULL);
	/* Another content of a known path. */
	forge_measure(f, "/usr/bin/true", "sha256", d, 32);
	CHECK_FAIL(match(f, fs, wl, 1, &m));
	CHECK(strstr(failed("ima.file"), "another content") != NULL);
	/* a file that is known by nothing better than SHA-1 */
	CHECK_INT(m.sha1, 0);
	CHECK(checks_find(&ck, "ima.sha1") == NULL);
	forge_measure(f, "/usr/bin/old", "sha1", d, 20);
	CHECK_FAIL(match(f, fs, wl, 1, &m));
	CHECK_INT(m.sha1, 1);
	CHECK(checks_find(&ck, "ima.sha1") != NULL &&
	    checks_find(&ck, "ima.sha1")->result == RESULT_WARN);
	fileset_free(fs);
	fileset_free(wl);
}

static void
test_exempt(struct forge *f)
{
	struct fileset *fs = fileset_new(), *wl = fileset_new();
	struct ima_match m;
	uint8_t d[32];
	int i;

	test_begin("exemptions");
	memset(d, 0x11, 32);
	fileset_add(fs, span_str("/usr/bin/true"), span_make(d, 32));
	memset(d, 0x22, 32);
	fileset_add(fs, span_str("/usr/lib/a_b.so"), span_make(d, 32));
	memset(d, 0, 32);
	fileset_add(wl, span_str("/var/log/ok"), span_make(d, 32));
	fileset_seal(fs);
	fileset_seal(wl);
	digest_bytes(DIGEST_SHA256, span_make(NULL, 0), d);
	forge_measure(f, "/empty", "sha256", d, 32);
	CHECK_OK(match(f, fs, wl, 1, &m));
	CHECK_INT(m.empty, 1);
	/* A violation of a path that the user named. */
	forge_measure(f, "/var/log/ok", "sha256", NULL, 32);
	CHECK_OK(match(f, fs, wl, 1, &m));
	CHECK_INT(m.violations, 0);
	/* A second boot_aggregate is a name like another. */
	forge_measure(f, "boot_aggregate", "sha256", d + 0, 32);
	d[0] ^= 1;
	forge_measure(f, "boot_aggregate", "sha256", d, 32);
	CHECK_FAIL(match(f, fs, wl, 1, &m));
	CHECK_INT(m.unknown, 1);
	/* A zero digest with a true template digest is no violation. */
	memset(d, 0, 32);
	forge_measure(f, "/zero", "sha256", d, 32);
	CHECK_FAIL(match(f, fs, wl, 1, &m));
	CHECK_INT(m.unknown, 2);
	CHECK_INT(m.violations, 0);
	forge_measure(f, "/var/log/x", "sha256", NULL, 32);
	CHECK_FAIL(match(f, fs, wl, 1, &m));
	CHECK_INT(m.violations, 1);
	CHECK(failed("ima.violation") != NULL);
	for (i = 0; i < 100; i++)
		forge_measure(f, "/many", "sha256", d, 32);
	CHECK_FAIL(match(f, fs, wl, 1, &m));
	CHECK_INT(m.unknown, 102);
	CHECK(ck.dropped == 0);
	fileset_free(fs);
	fileset_free(wl);
}

int
main(void)
{
	struct forge f;

	forge_init(&f);
	test_read(&f);
	test_templates();
	test_replay(&f);
	test_changed(&f);
	test_single_quote(&f);
	test_boot(&f);
	test_match(&f);
	forge_free(&f);
	forge_init(&f);
	test_exempt(&f);
	forge_free(&f);
	return test_end();
}
