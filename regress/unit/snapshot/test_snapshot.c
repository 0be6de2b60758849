/* The snapshot file: round trip, strictness, policies. */
#include <stdlib.h>

#include "evidence/attest.h"
#include "evidence/policy.h"
#include "evidence/rules.h"
#include "evidence/snapshot.h"
#include "regress/unit/check.h"

#define SEV	"{\"Sev\":{\"measurement\":null,\"report_data\":null," \
	"\"family_id\":null,\"image_id\":null,\"guest_svn\":null," \
	"\"id_key_digest\":null,\"author_key_digest\":null,\"policy\":null," \
	"\"report_id\":null,\"report_id_ma\":null}}"
#define HEX20	"ab00000000000000000000000000000000000000"
#define FILES	"[[\"/bin/a b\",\"" HEX20 "\"]]"

static int
try(const char *text)
{
	struct snapshot s;
	const char *err = NULL;
	int rc = snapshot_read(span_str(text), &s, &err);

	CHECK((rc == 0) == (err == NULL));
	snapshot_free(&s);
	return rc;
}

static void
test_strict(void)
{
	test_begin("strict");
	CHECK_OK(try("{\"cloud_type\":null,\"tee_policy\":" SEV "}"));
	CHECK_OK(try(" { \"filehashes\" : [ ] , \"x\": {\"filehashes\":[1]},"
	    "\"tee_policy\":" SEV "}\n"));
	CHECK_OK(try("{\"tee_policy\":" SEV ",\"filehashes\": " FILES "}"));
	CHECK_FAIL(try("{\"tee_policy\":" SEV ",\"filehashes\":[[\"/a\"]]}"));
	CHECK_FAIL(try("{\"tee_policy\":" SEV ",\"filehashes\":[[\"/a\",\""
	    HEX20 "00\"]]}"));
	CHECK_FAIL(try("{\"tee_policy\":" SEV ",\"filehashes\":[[\"\",\""
	    HEX20 "\"]]}"));
	CHECK_FAIL(try("{\"tee_policy\":" SEV ",\"filehashes\":[[\"/a\",\""
	    HEX20 "\"],]}"));
	CHECK_FAIL(try("{\"tee_policy\":" SEV ",\"filehashes\":" FILES));
	CHECK_FAIL(try("{\"tee_policy\":" SEV ",\"filehashes\":7}"));
	/* Two lists: which one counts would depend on the reader. */
	CHECK_FAIL(try("{\"tee_policy\":" SEV ",\"filehashes\":" FILES
	    ",\"filehashes\":" FILES "}"));
	CHECK_FAIL(try("{\"tee_policy\":" SEV ",\"filehashes\":" FILES
	    ",\"\\u0066ilehashes\":null}"));
	CHECK_FAIL(try("{\"cloud_type\":\"gcp\",\"tee_policy\":" SEV "}"));
	CHECK_FAIL(try("{\"tee_policy\":{\"Snp\":{}}}"));
	CHECK_FAIL(try("{\"tee_policy\":{\"Sev\":{}}}"));
	CHECK_FAIL(try("{\"tpm_policy\":{\"reset_count\":-1},\"tee_policy\":"
	    SEV "}"));
	CHECK_FAIL(try("{\"cvm\":{\"version\":2},\"tee_policy\":" SEV "}"));
	CHECK_FAIL(try("{}"));
	CHECK_FAIL(try(""));
	CHECK_FAIL(try("\"filehashes\":["));
}

static const char *
missing(const char *text)
{
	struct snapshot s;
	const char *err, *name = "";

	if (CHECK_OK(snapshot_read(span_str(text), &s, &err)))
		name = s.missing;
	snapshot_free(&s);
	return name;
}

static void
test_missing(void)
{
	static const char rest[] = ",\"restart_count\":1},\"filehashes\":[],"
	    "\"tee_policy\":" SEV "}";
	char text[1024];

	test_begin("missing members");
	CHECK_STR(missing("{\"tee_policy\":" SEV ",\"filehashes\":null}"),
	    "tpm_policy");
	CHECK_STR(missing("{\"tee_policy\":" SEV ",\"tpm_policy\":null}"),
	    "filehashes");
	CHECK(missing("{\"tee_policy\":" SEV ",\"tpm_policy\":null,"
	    "\"filehashes\":null}") == NULL);
	CHECK_STR(missing("{\"tee_policy\":" SEV ",\"tpm_policy\":{"
	    "\"reset_count\":1},\"filehashes\":null}"), "restart_count");
	snprintf(text, sizeof(text), "{\"tpm_policy\":{\"reset_coun4\":1%s",
	    rest);
	CHECK_STR(missing(text), "reset_count");
	snprintf(text, sizeof(text), "{\"tpm_policy\":{\"reset_count\":null%s",
	    rest);
	CHECK(missing(text) == NULL);
}

static void
fill(struct snapshot *s)
{
	struct snapshot_cvm *c = &s->cvm;

	memset(s, 0, sizeof(*s));
	s->cloud = CLOUD_GCP;
	s->has_tpm = 1;
	s->reset_count.set = 1;
	s->reset_count.v = 7;
	s->tee.sev.measurement.set = 1;
	s->tee.sev.measurement.n = 48;
	s->tee.sev.measurement.b[0] = 0x4d;
	s->tee.sev.policy.set = 1;
	s->tee.sev.policy.v = 0x30000;
	s->files = fileset_new();
	fileset_add(s->files, span_str("/bin/a b"), span_make(s->tee.sev.
	    measurement.b, 32));
	fileset_add(s->files, span_str("/bin/q\"\\\n\x1f"),
	    span_make(s->tee.sev.measurement.b, 20));
	fileset_add(s->files, span_str("/bin/\xff"),
	    span_make(s->tee.sev.measurement.b, 20));
	s->has_cvm = 1;
	c->form = FORM_STRONG;
	c->ak_name_len = 34;
	c->chip_id.set = 1;
	c->chip_id.n = 64;
	snprintf(c->root, sizeof(c->root), "amd");
	c->has_config = 1;
	c->config.flags = 5;
	c->config.nexe = 1;
	snprintf(c->config.exe[0].name, sizeof(c->config.exe[0].name), "x");
	c->has_pcrs = 1;
	c->pcrs.bank = DIGEST_SHA256;
	c->pcrs.mask = 0x401;
	c->without = WITHOUT_PCRS | WITHOUT_CONFIG;
	c->accepted = ACCEPT_PROVIDER_VTPM | ACCEPT_NO_REVOCATION;
	c->policy = malloc(sizeof(*c->policy));
	*c->policy = rules_strict;
	c->policy->snp_vmpl = 3;
	c->tee.kind = TEE_QUOTE_AZURE_TDX;
	c->tee.has_snp = c->tee.has_rtmrs = 1;
	c->tee.product = SNP_GENOA;
	c->tee.vmpl = 2;
	c->tee.tcb[6] = 0x17;
	c->tee.rtmr[3][47] = 0x33;
}

static void
test_round(void)
{
	static const char start[] = "{\"cloud_type\":\"GCP\",\"tee_policy\":"
	    "{\"Sev\":{\"measurement\":\"4d00";
	struct snapshot s, t;
	struct buf a, b;
	const char *err = "";
	uint8_t d[48] = { 0x4d };

	test_begin("round trip");
	buf_init(&a, 0);
	buf_init(&b, 0);
	fill(&s);
	snapshot_write(&s, &a);
	CHECK(!a.failed && a.n > sizeof(start));
	CHECK_MEM(a.p, start, sizeof(start) - 1);
	if (CHECK_OK(snapshot_read(buf_span(&a), &t, &err))) {
		CHECK_INT(fileset_count(t.files), 3);
		CHECK(fileset_has(t.files, span_str("/bin/a_b"),
		    span_make(d, 32)));
		CHECK(fileset_has(t.files, span_str("/bin/q\"\\\n\x1f"),
		    span_make(d, 20)));
		CHECK(fileset_has(t.files, span_str("/bin/\xff"),
		    span_make(d, 20)));
		CHECK_INT(t.cvm.without, s.cvm.without);
		CHECK_INT(t.cvm.accepted, s.cvm.accepted);
		CHECK_INT(t.cvm.pcrs.mask, 0x401);
		CHECK_INT(cvm_policy(&t.cvm)->snp_vmpl, 3);
		CHECK_INT(t.cvm.tee.kind, TEE_QUOTE_AZURE_TDX);
		CHECK_INT(t.cvm.tee.product, SNP_GENOA);
		CHECK_INT(t.cvm.tee.vmpl, 2);
		CHECK_INT(t.cvm.tee.tcb[6], 0x17);
		CHECK_INT(t.cvm.tee.rtmr[3][47], 0x33);
		snapshot_write(&t, &b);
		CHECK(span_eq(buf_span(&a), buf_span(&b)));
	} else
		printf("%s\n", err);
	snapshot_free(&s);
	snapshot_free(&t);
	buf_free(&a);
	buf_free(&b);
}

/* An unknown word in our part is refused: it might weaken something. */
static void
test_words(void)
{
	static const struct {
		const char *from, *to;
	} v[] = {
		{ "\"version\":1", "\"version\":3" },
		{ "\"first-use\"", "\"first-usf\"" },
		{ "\"strong\"", "\"strung\"" },
		{ "[\"pcrs\"", "[\"pcrt\"" },
		{ "provider-vtpm", "provider-vtpn" },
		{ "\"sha256\"", "\"sha257\"" },
		{ "\"flags\":5", "\"flags\":\"" },
		{ "\"ek\":null", "\"ek\":1234" },
		{ "\"root\"", "\"roof\"" },
		{ "\"10\":\"00", "\"24\":\"00" },
		{ "no-revocation", "no-revocatiom" },
		{ "\"azure-tdx\"", "\"azure-tdy\"" },
		{ "2,\"product\":\"Genoa", "2,\"product\":\"Genob" },
		{ "\"tcb\":\"00", "\"tcb\":\"0g" },
		{ "\"rtmrs\":[\"00", "\"rtmrs\":[\"0g" },
		{ "\"policy\":{\"debug\"", "\"policy\":{\"debuh\"" },
		{ "\"policy\":{\"debug", "\"polizy\":{\"debug" },
	};
	struct snapshot s, t;
	const char *err;
	struct buf a;
	char *p;
	size_t i;

	test_begin("words of our part");
	fill(&s);
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		buf_init(&a, 0);
		snapshot_write(&s, &a);
		p = memmem(a.p, a.n, v[i].from, strlen(v[i].from));
		if (CHECK(p != NULL))
			memcpy(p, v[i].to, strlen(v[i].to));
		CHECK_FAIL(snapshot_read(buf_span(&a), &t, &err));
		snapshot_free(&t);
		buf_free(&a);
	}
	snapshot_free(&s);
}

/* The members that came later: by name, or missing as in older files. */
static void
test_optional(void)
{
	static const char name[] = "\"policy\":\"strict\"";
	const char *err = "";
	struct snapshot s, t;
	struct buf a;
	char *p;

	test_begin("optional members");
	fill(&s);
	free(s.cvm.policy);
	s.cvm.policy = NULL;
	memset(&s.cvm.tee, 0, sizeof(s.cvm.tee));
	buf_init(&a, 0);
	snapshot_write(&s, &a);
	CHECK(memmem(a.p, a.n, "\"policy\":\"", 10) == NULL);
	CHECK_OK(snapshot_read(buf_span(&a), &t, &err));
	CHECK(cvm_policy(&t.cvm) == NULL);
	CHECK_INT(t.cvm.tee.kind, 0);
	snapshot_free(&t);
	buf_free(&a);
	snprintf(s.cvm.policy_name, sizeof(s.cvm.policy_name), "strict");
	snapshot_write(&s, &a);
	CHECK_OK(snapshot_read(buf_span(&a), &t, &err));
	CHECK(cvm_policy(&t.cvm) == &rules_strict);
	snapshot_free(&t);
	if (CHECK((p = memmem(a.p, a.n, name, sizeof(name) - 1)) != NULL))
		p[10] = 'x';
	CHECK_FAIL(snapshot_read(buf_span(&a), &t, &err));
	snapshot_free(&t);
	buf_free(&a);
	snapshot_free(&s);
}

static void
test_policy(void)
{
	static struct checks ck;
	uint8_t raw[SNP_REPORT_SIZE] = { 3 };
	static const size_t off[] = { 0x90, 0x10, 0x20, 0xe0, 0x110, 0x160,
	    0x04, 0x08 };
	struct sev_policy p;
	struct snp_report r;
	size_t i;

	test_begin("policy");
	CHECK_OK(snp_report_decode(span_make(raw, sizeof(raw)), &r));
	sev_policy_make(&r, &p);
	checks_init(&ck);
	CHECK_OK(sev_policy_check(&p, &r, &ck));
	CHECK_INT(ck.n, 8);
	for (i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		raw[off[i]] ^= 1;
		snp_report_decode(span_make(raw, sizeof(raw)), &r);
		checks_init(&ck);
		CHECK_FAIL(sev_policy_check(&p, &r, &ck));
		CHECK_INT(ck.count[RESULT_FAIL], 1);
		raw[off[i]] ^= 1;
	}
	/* Null: not compared; of the measurement that is said. */
	memset(&p, 0, sizeof(p));
	checks_init(&ck);
	CHECK_OK(sev_policy_check(&p, &r, &ck));
	CHECK_INT(ck.n, 1);
	CHECK_INT(ck.count[RESULT_WARN], 1);
}

int
main(void)
{
	test_strict();
	test_missing();
	test_round();
	test_words();
	test_optional();
	test_policy();
	return test_end();
}
