/* Boot logs in an appraisal: what is refused, what a snapshot keeps, and how a
 * change is explained. */
#include <jansson.h>
#include <openssl/evp.h>

#include "evidence/appraisal.h"
#include "evidence/eventlog.h"
#include "evidence/json.h"
#include "evidence/snapshot_cvm.h"
#include "regress/unit/check.h"

static struct checks ck;

/* A log, and the PCRs that a TPM has after it. */
struct boot {
	struct buf	 log;
	struct tpm_pcrs	 pcrs;
};

static void
le(struct buf *b, uint64_t v, size_t n)
{
	uint8_t x[8];
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = v >> 8 * i;
	buf_add(b, x, n);
}

static void
sha256(const void *p, size_t n, const void *q, size_t m, uint8_t d[32])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	CHECK(EVP_DigestInit_ex2(c, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(c, p, n) == 1 && EVP_DigestUpdate(c, q, m) == 1 &&
	    EVP_DigestFinal_ex(c, d, NULL) == 1);
	EVP_MD_CTX_free(c);
}

static void
boot_init(struct boot *b)
{
	static const uint8_t zero[20];

	memset(&b->pcrs, 0, sizeof(b->pcrs));
	b->pcrs.bank = DIGEST_SHA256;
	b->pcrs.mask = 0xfff;
	buf_init(&b->log, 0);
	le(&b->log, 0, 4);
	le(&b->log, EV_NO_ACTION, 4);
	buf_add(&b->log, zero, 20);
	le(&b->log, 33, 4);
	buf_add(&b->log, "Spec ID Event03", 16);
	le(&b->log, 0, 4);
	buf_add(&b->log, "\0\2\0\2", 4);
	le(&b->log, 1, 4);
	le(&b->log, 0x000b, 2);
	le(&b->log, 32, 2);
	le(&b->log, 0, 1);
}

/* Event only. */
static void
log_add(struct boot *b, unsigned pcr, uint32_t type, struct span data,
    const uint8_t d[32])
{
	le(&b->log, pcr, 4);
	le(&b->log, type, 4);
	le(&b->log, 1, 4);
	le(&b->log, 0x000b, 2);
	buf_add(&b->log, d, 32);
	le(&b->log, data.n, 4);
	buf_add(&b->log, data.p, data.n);
}

static void
extend(struct boot *b, unsigned pcr, const uint8_t d[32])
{
	sha256(b->pcrs.value[pcr], 32, d, 32, b->pcrs.value[pcr]);
}

static void
event(struct boot *b, unsigned pcr, uint32_t type, struct span data,
    const void *measured, size_t n)
{
	uint8_t d[32];

	sha256(measured, n, "", 0, d);
	log_add(b, pcr, type, data, d);
	extend(b, pcr, d);
}

static void
text(struct boot *b, unsigned pcr, uint32_t type, const char *s)
{
	event(b, pcr, type, span_make(s, strlen(s) + 1), s, strlen(s) + 1);
}

/* Extended by user space, which leaves no event. */
static void
phase(struct boot *b, const char *word, size_t n)
{
	uint8_t d[32];

	sha256(word, n, "", 0, d);
	extend(b, 11, d);
}

static void
variable(struct boot *b, const char *name, uint8_t value)
{
	struct buf v;
	size_t i;

	buf_init(&v, 0);
	for (i = 0; i < 16; i++)
		le(&v, 0, 1);
	le(&v, strlen(name), 8);
	le(&v, 1, 8);
	for (i = 0; name[i] != '\0'; i++)
		le(&v, (uint8_t)name[i], 2);
	le(&v, value, 1);
	event(b, 7, EV_EFI_VARIABLE_DRIVER_CONFIG, buf_span(&v), v.p, v.n);
	buf_free(&v);
}

/* What may be another from one boot to the next. */
struct want {
	uint8_t		 secure;
	const char	*firmware, *kernel, *kernel_bytes, *line;
};
static const struct want usual = { 1, "firmware 1", "/vmlinuz-6.1", "kernel",
    "kernel_cmdline: /vmlinuz-6.1 root=/dev/sda ima_policy=tcb" };

static void
boot_make(struct boot *b, const struct want *w)
{
	const char *line = w->line;
	unsigned i;

	boot_init(b);
	event(b, 0, 8, span_str(w->firmware), w->firmware,
	    strlen(w->firmware));
	variable(b, "SecureBoot", w->secure);
	for (i = 0; i < 8; i++)
		event(b, i, EV_SEPARATOR, span_make("\0\0\0\0", 4),
		    "\0\0\0\0", 4);
	/* GRUB measures the command without its label, and files */
	line += strlen("kernel_cmdline: ");
	event(b, 8, EV_IPL, span_make(w->line, strlen(w->line) + 1), line,
	    strlen(line));
	event(b, 9, EV_IPL, span_make(w->kernel, strlen(w->kernel) + 1),
	    w->kernel_bytes, strlen(w->kernel_bytes));
	text(b, 11, EV_IPL, ".linux");
	/* PCR 10 is IMA's, and user space goes on in PCR 11 */
	extend(b, 10, b->pcrs.value[0]);
	extend(b, 11, b->pcrs.value[0]);
}

struct setup {
	struct appraisal	 a;
	struct appraise_input	 in;
	struct appraise_result	 res;
	struct boot		 was, is;
};

static void
setup(struct setup *s, const char *subject)
{
	test_begin(subject);
	memset(s, 0, sizeof(*s));
	s->a.in = &s->in;
	s->a.ck = &ck;
	s->a.res = &s->res;
	s->in.form = FORM_STRONG;
	s->in.bank = DIGEST_SHA256;
	s->in.pcr_mask = 0xfff;
	s->a.att.has_tpm = 1;
	s->a.tpm_ok = 1;
}

static int
judge(struct setup *s)
{
	s->in.eventlog = buf_span(&s->is.log);
	s->a.att.pcrs = s->is.pcrs;
	json_decref(s->a.boot);
	s->a.boot = NULL;
	checks_init(&ck);
	return appraise_boot(&s->a);
}

/* A snapshot of `was`, as a snapshot file holds it. */
static void
snap(struct setup *s)
{
	struct snapshot_cvm *c = &s->a.snap.cvm;

	s->is = s->was;
	CHECK_OK(judge(s));
	s->a.have_snap = s->a.snap.has_cvm = s->a.snap.has_tpm = 1;
	c->has_pcrs = 1;
	c->pcrs = s->was.pcrs;
	c->boot = json_incref(s->a.boot);
	s->a.snap.reset_count.set = s->a.snap.restart_count.set = 1;
	s->a.snap.reset_count.v = s->a.quote.reset_count = 7;
}

static int
compare(struct setup *s)
{
	judge(s);
	return appraise_compare(&s->a);
}

static const struct check *
found(const char *name, const char *words)
{
	size_t i;

	for (i = 0; i < ck.n; i++)
		if (strcmp(ck.v[i].name, name) == 0 &&
		    strstr(ck.v[i].detail, words) != NULL)
			return &ck.v[i];
	return NULL;
}

static void
result(const char *name, enum result want, const char *words)
{
	const struct check *c = found(name, words);
	size_t i;

	if (c != NULL && c->result == want) {
		CHECK(1);
		return;
	}
	CHECK_NEVER("no %s %s \"%s\"", result_name(want), name, words);
	for (i = 0; i < ck.n; i++)
		printf("%s %s: %s\n", result_name(ck.v[i].result),
		    ck.v[i].name, ck.v[i].detail);
}

static void
done(struct setup *s)
{
	json_decref(s->a.boot);
	snapshot_free(&s->a.snap);
	if (s->is.log.p != s->was.log.p)
		buf_free(&s->was.log);
	buf_free(&s->is.log);
}

static void
test_replay(void)
{
	uint8_t d[32] = { 5 };
	struct setup s;

	setup(&s, "replay");
	boot_make(&s.is, &usual);
	CHECK_OK(judge(&s));
	result("tpm.eventlog", RESULT_OK, "Secure Boot on");
	result("tpm.eventlog", RESULT_OK, "/vmlinuz-6.1");
	CHECK(s.a.boot != NULL);
	CHECK_INT(json_array_size(json_object_get(s.a.boot, "events")), 12);
	CHECK(found("tpm.eventlog", "0-9;") != NULL);
	/* an event that never was extended: its names are not shown */
	log_add(&s.is, 4, EV_IPL, span_str("evil"), d);
	CHECK_FAIL(judge(&s));
	result("tpm.eventlog", RESULT_FAIL, "PCR 4 from event 13");
	result("tpm.eventlog", RESULT_FAIL, "not extended");
	CHECK(s.a.boot == NULL && found("tpm.eventlog", "vmlinuz") == NULL);
	s.a.without = WITHOUT_PCRS;
	CHECK_OK(judge(&s));
	result("tpm.eventlog", RESULT_WARN, "PCR 4 from event 13");
	CHECK(s.a.boot == NULL && found("tpm.eventlog", "vmlinuz") == NULL);
	s.a.without = 0;
	/* and one that is missing */
	buf_free(&s.is.log);
	boot_make(&s.is, &usual);
	extend(&s.is, 4, d);
	CHECK_FAIL(judge(&s));
	result("tpm.eventlog", RESULT_FAIL, "PCR 4");
	CHECK(s.a.boot == NULL);
	/* PCR 11 is user space's as well */
	buf_free(&s.is.log);
	boot_make(&s.is, &usual);
	extend(&s.is, 11, d);
	CHECK_OK(judge(&s));
	CHECK(found("tpm.eventlog", "0-9;") != NULL);
	/* a name is no part of what is measured; a variable's data is */
	s.is.log.p[s.is.log.n - 3] ^= 1;
	CHECK_OK(judge(&s));
	buf_free(&s.is.log);
	boot_init(&s.is);
	sha256("another", 7, "", 0, d);
	log_add(&s.is, 7, EV_SEPARATOR, span_make("\0\0\0\0", 4), d);
	extend(&s.is, 7, d);
	CHECK_FAIL(judge(&s));
	result("tpm.eventlog", RESULT_FAIL, "not that of its data");
	CHECK(s.a.boot == NULL);
	done(&s);
}

/* What stands in the log of PCR 11 counts when it explains PCR 11, and of a
 * register that is not quoted never. */
static void
test_image(void)
{
	static const char line[] = "e\0v\0i\0l";
	struct setup s;
	const json_t *v;

	setup(&s, "unified kernel image");
	boot_make(&s.is, &usual);
	memset(s.is.pcrs.value[11], 0, 32);
	log_add(&s.is, 0, EV_NO_ACTION, span_make(NULL, 0),
	    s.is.pcrs.value[0]);
	/* the event of boot_make, again as the TPM has it */
	phase(&s.is, ".linux", 7);
	phase(&s.is, "enter-initrd", 12);
	phase(&s.is, "sysinit", 7);
	event(&s.is, 12, EV_IPL, span_make(line, sizeof(line)), line,
	    sizeof(line));
	CHECK_OK(judge(&s));
	result("tpm.eventlog", RESULT_OK, "0-9 and 11;");
	v = json_object_get(s.a.boot, "kernels");
	CHECK_INT(json_array_size(v), 2);
	CHECK_INT(json_array_size(json_object_get(s.a.boot,
	    "command_lines")), 1);
	CHECK_INT(json_array_size(json_object_get(s.a.boot, "events")), 13);
	/* words in another order are no boot of systemd's */
	phase(&s.is, "leave-initrd", 12);
	CHECK_OK(judge(&s));
	result("tpm.eventlog", RESULT_OK, "0-9;");
	v = json_object_get(s.a.boot, "kernels");
	CHECK_INT(json_array_size(v), 1);
	done(&s);
}

static void
test_forms(void)
{
	static const char locality[] = "StartupLocality\0\3";
	uint8_t d[32] = { 0 };
	struct setup s;

	setup(&s, "forms");
	CHECK_OK(judge(&s));
	result("tpm.eventlog", RESULT_SKIP, "no boot log");
	boot_make(&s.is, &usual);
	s.is.log.n -= 3;
	CHECK_FAIL(judge(&s));
	result("tpm.eventlog", RESULT_FAIL, "breaks");
	s.is.log.n = 20;
	CHECK_FAIL(judge(&s));
	result("tpm.eventlog", RESULT_FAIL, "");
	buf_free(&s.is.log);
	boot_make(&s.is, &usual);
	s.in.bank = DIGEST_SHA384;
	CHECK_OK(judge(&s));
	result("tpm.eventlog", RESULT_WARN, "sha384");
	CHECK(s.a.boot == NULL);
	s.in.bank = DIGEST_SHA256;
	s.a.tpm_ok = 0;
	CHECK_OK(judge(&s));
	result("tpm.eventlog", RESULT_SKIP, "not judged");
	CHECK(s.a.boot == NULL);
	s.a.tpm_ok = 1;
	/* PCR 0 starts as its locality says, but only before its events */
	log_add(&s.is, 0, EV_NO_ACTION, span_make(locality, sizeof(locality) -
	    1), d);
	CHECK_FAIL(judge(&s));
	result("tpm.eventlog", RESULT_FAIL, "StartupLocality");
	buf_free(&s.is.log);
	boot_init(&s.is);
	log_add(&s.is, 0, EV_NO_ACTION, span_make(locality, sizeof(locality) -
	    1), d);
	s.is.pcrs.value[0][31] = 3;
	CHECK_OK(judge(&s));
	s.in.form = FORM_COMPAT;
	CHECK_OK(judge(&s));
	CHECK_INT(ck.n, 0);
	done(&s);
}

static void
change(const struct want *w, const char *name, const char *words)
{
	struct setup s;

	setup(&s, "changes");
	boot_make(&s.was, &usual);
	snap(&s);
	boot_make(&s.is, w);
	CHECK_FAIL(compare(&s));
	result("pcrs", RESULT_FAIL, "differs");
	result(name, RESULT_WARN, words);
	/* it may be waived, and is said all the same */
	s.a.without = WITHOUT_PCRS;
	CHECK_OK(compare(&s));
	result("pcrs", RESULT_SKIP, "as asked");
	result(name, RESULT_WARN, words);
	done(&s);
}

static void
test_changes(void)
{
	struct want w = usual;
	char line[2000];

	w.secure = 0;
	change(&w, "boot.secure-boot", "on -> off");
	change(&w, "boot.event", "PCR 7: from its event 0");
	w = usual;
	w.kernel = "/vmlinuz-6.5";
	w.kernel_bytes = "new kernel";
	change(&w, "boot.kernels", "/vmlinuz-6.1 (sha256 ");
	change(&w, "boot.kernels", "-> /vmlinuz-6.5 (sha256 ");
	/* the same name with other bytes */
	w.kernel = usual.kernel;
	change(&w, "boot.kernels", "-> /vmlinuz-6.1 (sha256 ");
	w = usual;
	w.line = "kernel_cmdline: /vmlinuz-6.1 root=/dev/sda ima_policy=none";
	change(&w, "boot.command-line", "ima_policy=tcb\" -> \"");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memcpy(line, "kernel_cmdline: /vmlinuz-6.1 init=/bin/sh ", 42);
	w.line = line;
	change(&w, "boot.command-line", "gone \"root=/dev/sda ima_policy=tcb\"");
	change(&w, "boot.command-line", "new \"init=/bin/sh xxx");
	w = usual;
	w.firmware = "firmware 2";
	change(&w, "boot.event", "PCR 0: from its event 0");
	change(&w, "boot.event", "with another digest");
}

static void
test_unexplained(void)
{
	uint8_t d[32] = { 5 };
	struct want w = usual;
	struct setup s;

	setup(&s, "no explanation");
	w.secure = 0;
	boot_make(&s.was, &usual);
	snap(&s);
	boot_make(&s.is, &w);
	s.is.log.n = 0;
	CHECK_FAIL(compare(&s));
	result("boot.changes", RESULT_WARN, "no boot log that replays");
	buf_free(&s.is.log);
	boot_make(&s.is, &w);
	log_add(&s.is, 4, EV_IPL, span_str("evil"), d);
	CHECK_FAIL(compare(&s));
	result("boot.changes", RESULT_WARN, "no boot log that replays");
	CHECK(found("boot.secure-boot", "") == NULL);
	json_decref(s.a.snap.cvm.boot);
	s.a.snap.cvm.boot = NULL;
	buf_free(&s.is.log);
	boot_make(&s.is, &w);
	CHECK_FAIL(compare(&s));
	result("boot.changes", RESULT_WARN, "the snapshot holds");
	/* what is in no log */
	buf_free(&s.is.log);
	buf_free(&s.was.log);
	done(&s);
	setup(&s, "no explanation");
	boot_make(&s.was, &usual);
	snap(&s);
	boot_make(&s.is, &usual);
	extend(&s.is, 11, d);
	CHECK_FAIL(compare(&s));
	result("boot.event", RESULT_WARN, "not in the log");
	done(&s);
}

static void
test_reboot(void)
{
	struct setup s;

	setup(&s, "reboot");
	boot_make(&s.was, &usual);
	snap(&s);
	CHECK_OK(compare(&s));
	result("tpm.boot", RESULT_OK, "the boot of the snapshot");
	s.in.same_boot = 1;
	CHECK_OK(compare(&s));
	s.a.quote.reset_count = 9;
	CHECK_FAIL(compare(&s));
	result("tpm.boot", RESULT_FAIL, "rebooted since the snapshot (2 resets)");
	s.in.same_boot = 0;
	CHECK_OK(compare(&s));
	result("tpm.boot", RESULT_OK, "(2 resets), into the same measured");
	s.a.quote.reset_count = 7;
	s.a.quote.restart_count = 1;
	CHECK_OK(compare(&s));
	result("tpm.boot", RESULT_OK, "resumed");
	s.in.same_boot = 1;
	CHECK_FAIL(compare(&s));
	s.a.quote.reset_count = 6;
	CHECK_FAIL(compare(&s));
	result("tpm.boot", RESULT_FAIL, "another boot");
	result("tpm.reset-count", RESULT_FAIL, "");
	s.in.same_boot = 0;
	CHECK_FAIL(compare(&s));
	result("tpm.reset-count", RESULT_FAIL, "");
	/* another state, accepted: said, but not as the same */
	s.a.quote.reset_count = 8;
	s.a.att.pcrs.value[11][0] ^= 1;
	s.is.pcrs.value[11][0] ^= 1;
	s.a.without = WITHOUT_PCRS;
	CHECK_OK(compare(&s));
	result("tpm.boot", RESULT_WARN, "(1 reset), and not into");
	/* a snapshot that knows no counts */
	s.a.snap.reset_count.set = 0;
	CHECK_OK(compare(&s));
	s.in.same_boot = 1;
	CHECK_FAIL(compare(&s));
	result("tpm.boot", RESULT_FAIL, "not known");
	done(&s);
}

static void
test_legacy(void)
{
	struct setup s;

	setup(&s, "a snapshot without measured boot");
	boot_make(&s.was, &usual);
	snap(&s);
	s.a.snap.has_cvm = 0;
	CHECK_OK(compare(&s));
	CHECK(found("tpm.boot", "") == NULL);
	s.a.quote.reset_count++;
	CHECK_FAIL(compare(&s));
	result("tpm.reset-count", RESULT_FAIL, "one boot");
	s.a.snap.has_cvm = 1;
	s.a.snap.cvm.has_pcrs = 0;
	CHECK_FAIL(compare(&s));
	result("tpm.reset-count", RESULT_FAIL, "one boot");
	done(&s);
}

static void
test_instance(void)
{
	struct setup s;

	setup(&s, "endorsement key of the snapshot");
	boot_make(&s.was, &usual);
	snap(&s);
	s.a.snap.cvm.ek.set = 1;
	s.a.snap.cvm.ek.n = 32;
	s.a.snap.cvm.ak_name_len = 34;
	s.a.own.ak_name = span_make(s.a.snap.cvm.ak_name, 34);
	s.a.ek_proven = 1;
	CHECK_OK(compare(&s));
	result("instance.ek", RESULT_OK, "");
	s.a.ek_sha256[31] ^= 1;
	CHECK_FAIL(compare(&s));
	result("instance.ek", RESULT_FAIL, "another endorsement key");
	s.a.without = WITHOUT_INSTANCE;
	CHECK_OK(compare(&s));
	done(&s);
}

/* Written and read again, and each malformation. */
static int
boot_read(const char *s)
{
	struct snapshot_cvm c;
	json_t *o = json_loads(s, 0, NULL);
	int rc;

	memset(&c, 0, sizeof(c));
	CHECK(o != NULL);
	rc = cvm_boot_read(o, &c);
	json_decref(c.boot);
	json_decref(o);
	return rc;
}

static void
test_file(void)
{
	struct snapshot_cvm c;
	struct setup s;
	struct buf b;
	json_t *o, *v;

	setup(&s, "members of a snapshot");
	boot_make(&s.was, &usual);
	snap(&s);
	strcpy(s.a.snap.cvm.tpm_root, "hardware-tpm");
	buf_init(&b, 0);
	buf_add_str(&b, "{\"x\":1");
	cvm_boot_write(&s.a.snap.cvm, &b);
	buf_add_str(&b, "}");
	o = json_load(buf_span(&b), MAX_SNAPSHOT_REST);
	CHECK(o != NULL);
	memset(&c, 0, sizeof(c));
	CHECK_OK(cvm_boot_read(json_object_get(o, "boot"), &c));
	CHECK_OK(cvm_tpm_root_read(json_object_get(o, "tpm_root"), &c));
	CHECK(json_equal(c.boot, s.a.boot));
	CHECK_STR(c.tpm_root, "hardware-tpm");
	json_decref(c.boot);
	json_decref(o);
	buf_free(&b);
	/* older snapshots have neither */
	memset(&c, 0, sizeof(c));
	CHECK_OK(cvm_boot_read(NULL, &c));
	CHECK_OK(cvm_tpm_root_read(NULL, &c));
	CHECK(c.boot == NULL && c.tpm_root[0] == '\0');
	v = json_string("hardware");
	CHECK_FAIL(cvm_tpm_root_read(v, &c));
	json_decref(v);
#define BOOT(secure, loaders, lines, events) "{\"secure_boot\":" secure \
	",\"boot_loaders\":" loaders ",\"kernels\":[],\"initrds\":[]," \
	"\"command_lines\":" lines ",\"events\":" events "}"
	CHECK_OK(boot_read(BOOT("null", "[]", "[\"a\"]", "null")));
	CHECK_FAIL(boot_read("[]"));
	CHECK_FAIL(boot_read("{\"secure_boot\":null}"));
	CHECK_FAIL(boot_read(BOOT("1", "[]", "[]", "null")));
	CHECK_FAIL(boot_read(BOOT("null", "{}", "[]", "null")));
	CHECK_FAIL(boot_read(BOOT("null", "[1]", "[]", "null")));
	CHECK_FAIL(boot_read(BOOT("null", "[{\"name\":\"a\",\"alg\":\"b\","
	    "\"digest\":\"00\"}]", "[]", "null")));
	CHECK_FAIL(boot_read(BOOT("null", "[]", "[1]", "null")));
	CHECK_FAIL(boot_read(BOOT("null", "[]", "[]", "[1]")));
	CHECK_FAIL(boot_read(BOOT("null", "[]", "[]", "[[24,1,\"00\"]]")));
	done(&s);
}

int
main(void)
{
	test_replay();
	test_image();
	test_forms();
	test_changes();
	test_unexplained();
	test_reboot();
	test_legacy();
	test_instance();
	test_file();
	return test_end();
}
