/*
 * What evidence is made over has many forms: those of POST /attest, of the
 * compatible endpoints, of RA-TLS and of Azure.  Whoever gets evidence in one
 * form must not be able to offer it as another.  For each ordered pair one
 * piece of evidence whose bound value is the first's, signed by the right key,
 * offered as the second: refused, and by the check of the binding.
 */
#include <openssl/core_names.h>

#include "evidence/ratls.h"
#include "regress/unit/boot/ek.h"
#include "regress/unit/check.h"
#include "regress/unit/claims/play.h"
#include "regress/unit/kind_azure/azforge.h"

enum form_name {
	F_TEE,			/* POST /attest */
	F_TEE_SUBJECT,		/* the same with a snapshot's digest */
	F_TPM,
	F_TPM_SUBJECT,
	F_COMPAT_TEE,		/* nonce || certificate */
	F_COMPAT_TPM,		/* the nonce alone */
	F_RATLS,		/* SHA-256 of the key || 0 */
	F_HCL,			/* SHA-256 of the variable data || 0 */
	F_USER_DATA,		/* in the variable data: what F_TEE is over */
	F_PROOF,		/* HMAC of an activated credential */
	F_MAX
};

struct value {
	uint8_t	 b[64];
	size_t	 n;
};

static const char *const names[F_MAX] = {
	"report of /attest", "report with a subject", "quote of /attest",
	"quote with a subject", "report of /quote/tee", "quote of /quote/tpm",
	"RA-TLS", "HCL report", "Azure user data", "activation"
};

/* GET /snapshot of the existing agent. */
static const char records[] =
    "{\"cloud_type\":\"Azure\","
    "\"tee_policy\":{\"Sev\":{\"measurement\":null,"
    "\"report_data\":null,\"family_id\":null,\"image_id\":null,"
    "\"id_key_digest\":null,\"author_key_digest\":null,"
    "\"report_id\":null,\"report_id_ma\":null}},"
    "\"tpm_policy\":null,\"filehashes\":[[\"/usr/bin/true\","
    "\"1111111111111111111111111111111111111111111111111111111111111111\"]"
    ",[\"/usr/lib/a_b.so\","
    "\"2222222222222222222222222222222222222222222222222222222222222222\"]]}";

static struct value	 value[F_MAX];
static struct play	 p;
static struct snpforge	 snp;
static EVP_PKEY		*tls_key, *ek;
static struct buf	 ek_pub, vars, certs, proof;
static struct credential cred;
static struct evout	 out;

static const struct span none = { NULL, 0 };

static struct span
is(enum form_name f)
{
	return span_make(value[f].b, value[f].n);
}

/* In a place of 64 bytes, zeros behind. */
static struct span
wide(enum form_name f)
{
	return span_make(value[f].b, 64);
}

static void
tee_values(void)
{
	uint8_t subject[32] = { 0x77 };
	struct bound_values v = p.agent;

	CHECK_OK(bound_tee_data(&v, value[F_TEE].b));
	CHECK_OK(bound_tpm_data(&v, value[F_TPM].b));
	CHECK_OK(digest_bytes(DIGEST_SHA256, buf_span(&p.records), subject));
	v.subject = span_make(subject, 32);
	CHECK_OK(bound_tee_data(&v, value[F_TEE_SUBJECT].b));
	CHECK_OK(bound_tpm_data(&v, value[F_TPM_SUBJECT].b));
	value[F_TEE].n = value[F_TEE_SUBJECT].n = 64;
	value[F_TPM].n = value[F_TPM_SUBJECT].n = 34;
	memcpy(value[F_COMPAT_TEE].b, p.nonce, 32);
	memcpy(value[F_COMPAT_TEE].b + 32, p.cert, 32);
	value[F_COMPAT_TEE].n = 64;
	memcpy(value[F_COMPAT_TPM].b, p.nonce, 32);
	value[F_COMPAT_TPM].n = 32;
}

static void
other_values(void)
{
	uint8_t point[65];
	size_t n;

	tls_key = EVP_EC_gen("P-256");
	EVP_PKEY_get_octet_string_param(tls_key, OSSL_PKEY_PARAM_PUB_KEY,
	    point, sizeof(point), &n);
	CHECK_OK(digest_bytes(DIGEST_SHA256, span_make(point, n),
	    value[F_RATLS].b));
	value[F_USER_DATA] = value[F_TEE];
	az_vars(&vars, snpforge_rsa(2), wide(F_USER_DATA));
	CHECK_OK(digest_bytes(DIGEST_SHA256, buf_span(&vars),
	    value[F_HCL].b));
	value[F_RATLS].n = value[F_HCL].n = 64;
}

static void
proof_put(struct span mac)
{
	buf_free(&proof);
	buf_init(&proof, 0);
	buf_add_str(&proof, "{\"proof\":\"");
	buf_add_hex(&proof, mac);
	buf_add_str(&proof, "\"}");
	p.in.activation = buf_span(&proof);
}

/* A challenge for this machine's keys, and its answer. */
static void
activation(void)
{
	char text[1024];
	const char *why;

	ek = ek_key("P-256");
	ek_public(&ek_good, ek, &ek_pub);
	CHECK_OK(base64_encode(buf_span(&ek_pub), text, sizeof(text)));
	buf_init(&certs, 0);
	buf_printf(&certs, "{\"ek_public\":\"%s\",\"ek\":[],\"ek_chain\":[],"
	    "\"ak\":[]}", text);
	CHECK_OK(credential_make(buf_span(&ek_pub), p.agent.ak_name, &cred,
	    &why));
	CHECK_OK(credential_proof(&cred, p.in.cert, p.in.conn,
	    value[F_PROOF].b));
	value[F_PROOF].n = 32;
	p.in.tpm_certs = buf_span(&certs);
	p.in.credential = &cred;
	proof_put(is(F_PROOF));
}

/* 0 accepted, 1 refused by this check alone or by what follows from it, -1
 * refused by others. */
static int
result(int rc, const char *name)
{
	if (rc == 0)
		return 0;
	if (failed(name) != NULL)
		return 1;
	show();
	return -1;
}

static int
strong(enum form_name as, enum form_name what)
{
	int tee = as == F_TEE || as == F_TEE_SUBJECT, rc;
	const char *name = tee ? "snp.report-data" : "tpm.nonce";

	/* The user data is what this report is over, but not what Azure's is
	 * over: that is the variable data. */
	if (as == F_TEE && what == F_USER_DATA)
		what = F_HCL;
	p.data = tee ? wide(what) : none;
	p.extra = tee ? none : is(what);
	p.agent.subject = p.says.subject = none;
	if (as == F_TEE_SUBJECT || as == F_TPM_SUBJECT) {
		struct buf made = p.snapshot;

		buf_init(&p.snapshot, 0);
		rc = result(snapshot(&p), name);
		buf_free(&p.snapshot);
		p.snapshot = made;
		p.agent.subject = p.says.subject = none;
	} else
		rc = result(verify(&p), name);
	p.data = p.extra = none;
	return rc;
}

static int
compat(enum form_name as, enum form_name what)
{
	struct appraise_input keep = p.in;
	struct buf tee, tpm;
	int rc;

	p.extra = as == F_COMPAT_TPM ? is(what) : none;
	play_compat(&p, value[as == F_COMPAT_TEE ? what : F_COMPAT_TEE].b,
	    &tee, &tpm);
	p.in.credential = NULL;
	p.in.records = span_str(records);
	p.in.snapshot = none;
	rc = result(appraise_snapshot(&p.in, &ck, &p.res, &tee),
	    as == F_COMPAT_TEE ? "snp.report-data" : "tpm.nonce");
	buf_free(&tee);
	buf_free(&tpm);
	p.in = keep;
	p.extra = none;
	return rc;
}

/* Kind, file and what else the case asks for; the root is the forge's. */
static int
judged(const char *kind, const char *role, struct span s, const char *name)
{
	struct buf vek, ask, ark;
	struct evcase c;
	int rc;

	memset(&c, 0, sizeof(c));
	c.kind = kind;
	c.at = FORGED_AT;
	c.file[0] = (struct case_file){ role, s };
	c.file[1] = (struct case_file){ "vek", snpforge_der(snp.vek, &vek) };
	c.file[2] = (struct case_file){ "issuer", snpforge_der(snp.ask,
	    &ask) };
	c.file[3] = (struct case_file){ "ark", snpforge_der(snp.ark, &ark) };
	c.nfiles = 4;
	c.root[c.nroots++] = buf_span(&ark);
	c.has_report_data = strcmp(kind, "azure-hcl") == 0;
	c.report_data = wide(F_TEE);
	CHECK_OK(evcase_judge(&c, &out));
	ck = out.ck;
	rc = result(out.verdict == VERDICT_ACCEPT ? 0 : -1, name);
	evout_free(&out);
	buf_free(&vek);
	buf_free(&ask);
	buf_free(&ark);
	return rc;
}

static int
ratls(enum form_name what)
{
	struct buf blob, der;
	X509 *x;
	int rc;

	memcpy(snp.report + SNP_REPORT_DATA, value[what].b, 64);
	snpforge_sign(&snp);
	snpforge_blob(&snp, &blob);
	x = az_ratls(tls_key, tls_key, buf_span(&blob), RATLS_OID_SEV, NULL);
	rc = judged("ratls", "cert", snpforge_der(x, &der), "ratls.key");
	X509_free(x);
	buf_free(&der);
	buf_free(&blob);
	return rc;
}

/* The hardware's report is over the value. */
static int
hcl(enum form_name what)
{
	struct buf b;
	int rc;

	az_hcl(&snp, &b, buf_span(&vars), wide(what));
	rc = judged("azure-hcl", "hcl_report", buf_span(&b), "hcl.binding");
	buf_free(&b);
	return rc;
}

/* The user data is the value.  That of /attest is Azure's user data: a plain
 * report over it is what must not pass for an HCL report. */
static int
user_data(enum form_name what)
{
	struct buf b, v;
	int rc;

	if (what == F_TEE)
		return hcl(what);
	az_vars(&v, snpforge_rsa(2), wide(what));
	az_hcl(&snp, &b, buf_span(&v), none);
	rc = judged("azure-hcl", "hcl_report", buf_span(&b), "hcl.user-data");
	buf_free(&b);
	buf_free(&v);
	return rc;
}

static int
activated(enum form_name what)
{
	int rc;

	proof_put(span_make(value[what].b, CREDENTIAL_PROOF_LEN));
	rc = result(verify(&p), "tpm.activation");
	proof_put(is(F_PROOF));
	return rc;
}

static int
offer(enum form_name what, enum form_name as)
{
	switch (as) {
	case F_COMPAT_TEE:
	case F_COMPAT_TPM:
		return compat(as, what);
	case F_RATLS:
		return ratls(what);
	case F_HCL:
		return hcl(what);
	case F_USER_DATA:
		return user_data(what);
	case F_PROOF:
		return activated(what);
	default:
		return strong(as, what);
	}
}

int
main(void)
{
	char subject[128];
	int what, as;

	test_begin("values");
	play_made(&p);
	snpforge_init(&snp, SNP_GENOA, 0);
	tee_values();
	other_values();
	activation();
	for (as = 0; as < F_MAX; as++)
		for (what = 0; what < F_MAX; what++) {
			snprintf(subject, sizeof(subject), "%s offered as %s",
			    names[what], names[as]);
			test_begin(subject);
			CHECK_INT(offer(what, as), what != as);
		}
	credential_clear(&cred);
	EVP_PKEY_free(tls_key);
	EVP_PKEY_free(ek);
	buf_free(&ek_pub);
	buf_free(&vars);
	buf_free(&certs);
	buf_free(&proof);
	snpforge_free(&snp);
	play_free(&p);
	return test_end();
}
