/* What the agent says, and the appraisal of it. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "evidence/tpm_verify.h"
#include "regress/unit/claims/play.h"

struct checks ck;

static void
must(int rc, const char *what)
{
	if (rc != 0)
		errx(1, "play: %s", what);
}

const char *
failed(const char *name)
{
	size_t i;

	for (i = 0; i < ck.n; i++)
		if (ck.v[i].result == RESULT_FAIL &&
		    strcmp(ck.v[i].name, name) == 0)
			return ck.v[i].detail;
	return NULL;
}

void
show(void)
{
	size_t i;

	for (i = 0; i < ck.n; i++)
		printf("%s %s: %s\n", result_name(ck.v[i].result),
		    ck.v[i].name, ck.v[i].detail);
}

/* Things that follow from others: call after changing key or config. */
void
play_bind(struct play *p)
{
	struct tpm_public pub;
	size_t n = 0;

	must(tpm_public_decode(span_make(p->f.pub, p->f.pub_len), &pub), "evidence");
	must(tpm_name(&pub, p->name, &n), "evidence");
	must(config_digest(&p->config, p->config_sum), "evidence");
	memset(&p->agent, 0, sizeof(p->agent));
	p->agent.nonce = span_make(p->nonce, 32);
	p->agent.cert = span_make(p->cert, 32);
	p->agent.conn = span_make(p->conn, 32);
	p->agent.config = span_make(p->config_sum, 32);
	p->agent.ak_name = span_make(p->name, n);
	p->agent.bank = DIGEST_SHA256;
	p->agent.pcr_mask = p->f.pcrs.mask;
	p->says = p->agent;
}

static void
put_hex(struct buf *b, const char *key, struct span s)
{
	buf_printf(b, ",\"%s\":", key);
	if (s.n == 0)
		buf_add_str(b, "null");
	else
		json_put_hex(b, s);
}

static void
put_b64(struct buf *b, const char *key, const uint8_t *p, size_t n)
{
	char *text = malloc(base64_size(n));

	must(base64_encode(span_make(p, n), text, base64_size(n)), "evidence");
	buf_printf(b, "%s\"%s\":\"", b->p[b->n - 1] == '{' ? "" : ",", key);
	buf_add_str(b, text);
	buf_add_str(b, "\"");
	free(text);
}

static void
put_bound(struct buf *b, const struct bound_values *v)
{
	const char *comma = "";
	unsigned i;

	buf_add_str(b, ",\"bound\":{\"bank\":\"sha256\"");
	put_hex(b, "nonce", v->nonce);
	put_hex(b, "cert", v->cert);
	put_hex(b, "conn", v->conn);
	put_hex(b, "seal_pk", v->seal_pk);
	put_hex(b, "config", v->config);
	put_hex(b, "ak_name", v->ak_name);
	put_hex(b, "subject", v->subject);
	buf_add_str(b, ",\"pcrs\":[");
	for (i = 0; i < TPM_PCRS; i++)
		if ((v->pcr_mask >> i & 1) != 0) {
			buf_printf(b, "%s%u", comma, i);
			comma = ",";
		}
	buf_add_str(b, "]}");
}

static void
put_tee(struct play *p, const uint8_t rd[64], struct buf *b)
{
	struct buf quote, extra;

	if (p->no_tee) {
		buf_add_str(b, "null}");
		return;
	}
	buf_init(&quote, 0);
	buf_init(&extra, 0);
	if (p->tee_make != NULL)
		p->tee_make(p, rd, &quote, &extra);
	else
		forge_blob(&p->f, &quote);
	buf_printf(b, "{\"kind\":\"%s\"", p->tee_kind != NULL ?
	    p->tee_kind : "sev-snp");
	put_b64(b, "quote", quote.p, quote.n);
	if (p->tee_kind != NULL && strcmp(p->tee_kind, "azure-snp") == 0 &&
	    extra.n == 0)
		buf_add_str(b, ",\"extra\":null");
	if (extra.n != 0)
		put_b64(b, "extra", extra.p, extra.n);
	buf_add_str(b, "}}");
	buf_free(&quote);
	buf_free(&extra);
}

/* The answer of POST /attest over what the agent bound. */
void
play_answer(struct play *p)
{
	struct forge_quote q;
	uint8_t qd[34], rd[64];
	struct buf *b = &p->json;

	must(bound_tpm_data(&p->agent, qd), "evidence");
	must(bound_tee_data(&p->agent, rd), "evidence");
	forge_quote(&p->f, p->extra.n != 0 ? p->extra : span_make(qd,
	    sizeof(qd)), p->agent.pcr_mask, &q);
	forge_report(&p->f, p->data.n != 0 ? p->data : span_make(rd,
	    sizeof(rd)));
	buf_free(b);
	buf_init(b, 0);
	buf_add_str(b, "{\"version\":1");
	put_bound(b, &p->says);
	buf_add_str(b, ",\"config\":");
	json_put_config(b, &p->config);
	buf_add_str(b, ",\"tpm\":{");
	put_b64(b, "quote", q.attest, q.attest_len);
	put_b64(b, "signature", q.sig, q.sig_len);
	put_b64(b, "public_key", p->f.pub, p->f.pub_len);
	buf_add_str(b, ",\"pcrs\":");
	json_put_pcr_values(b, &p->f.pcrs);
	buf_add_str(b, "},\"tee\":");
	put_tee(p, rd, b);
	p->in.attest = buf_span(b);
	p->in.ima = buf_span(&p->f.log);
}

void
play_record(struct play *p, const char *path, uint8_t fill)
{
	uint8_t d[32], len = 32;

	memset(d, fill, sizeof(d));
	buf_add_be16(&p->records, strlen(path));
	buf_add(&p->records, &len, 1);
	buf_add_str(&p->records, path);
	buf_add(&p->records, d, sizeof(d));
}

void
play_crl(struct play *p, X509 *revoked, int from, int to)
{
	buf_free(&p->crl);
	forge_crl(&p->f, revoked, from, to, &p->crl);
	p->in.collateral[0].role = "amd_crl.der";
	p->in.collateral[0].data = buf_span(&p->crl);
	p->in.ncollateral = 1;
}

void
play_init(struct play *p)
{
	memset(p, 0, sizeof(*p));
	forge_init(&p->f);
	memset(p->nonce, 0x01, 32);
	memset(p->cert, 0x02, 32);
	memset(p->conn, 0x03, 32);
	p->config.nexe = 1;
	p->config.flags = CONFIG_SIMULATED;
	snprintf(p->config.exe[0].name, 64, "agent-web");
	buf_init(&p->records, 0);
	buf_add_str(&p->records, "CVMSNAP1");
	play_record(p, "/usr/bin/true", 0x11);
	play_record(p, "/usr/lib/a b.so", 0x22);
	buf_init(&p->snapshot, 0);
	p->in.form = FORM_STRONG;
	p->in.now = FORGE_NOW;
	p->in.nonce = span_make(p->nonce, 32);
	p->in.cert = span_make(p->cert, 32);
	p->in.conn = span_make(p->conn, 32);
	p->in.bank = DIGEST_SHA256;
	p->in.pcr_mask = p->f.pcrs.mask;
	p->in.root[0] = forge_der(p->f.ark, &p->root);
	p->in.nroots = 1;
	play_crl(p, NULL, -1, 1);
	play_bind(p);
}

void
play_free(struct play *p)
{
	forge_free(&p->f);
	buf_free(&p->json);
	buf_free(&p->records);
	buf_free(&p->snapshot);
	buf_free(&p->root);
	buf_free(&p->crl);
}

int
snapshot(struct play *p)
{
	must(digest_bytes(DIGEST_SHA256, buf_span(&p->records),
	    p->subject), "evidence");
	p->agent.subject = p->says.subject = span_make(p->subject, 32);
	play_answer(p);
	p->in.records = buf_span(&p->records);
	checks_init(&ck);
	return appraise_snapshot(&p->in, &ck, &p->res, &p->snapshot);
}

int
verify(struct play *p)
{
	play_answer(p);
	p->in.snapshot = buf_span(&p->snapshot);
	checks_init(&ck);
	return appraise_verify(&p->in, &ck, &p->res);
}

void
play_made(struct play *p)
{
	play_init(p);
	if (snapshot(p) == -1) {
		show();
		errx(1, "play: the machine is not accepted");
	}
	play_bind(p);
}

int
play_refused(struct play *p, const char *name)
{
	int ok = verify(p) == -1 && failed(name) != NULL;

	if (!ok) {
		printf("no FAIL %s\n", name);
		show();
	}
	play_free(p);
	return ok;
}

/* The compatible form: report over this data, quote of PCR 10. */
void
play_compat(struct play *p, const uint8_t data[64], struct buf *tee,
    struct buf *tpm)
{
	struct forge_quote q;
	struct buf blob, extra;
	size_t i;

	buf_init(&blob, 0);
	buf_init(&extra, 0);
	forge_report(&p->f, span_make(data, 64));
	if (p->tee_make != NULL)
		p->tee_make(p, data, &blob, &extra);
	else
		forge_blob(&p->f, &blob);
	buf_free(&extra);
	buf_init(tee, 0);
	for (i = 0; i < blob.n; i++)
		buf_printf(tee, "%c%u", i == 0 ? '[' : ',', blob.p[i]);
	buf_add_str(tee, "]");
	buf_free(&blob);
	forge_quote(&p->f, p->extra.n != 0 ? p->extra : span_make(p->nonce,
	    32), 1u << IMA_PCR, &q);
	buf_init(tpm, 0);
	buf_add_str(tpm, "{\"pcr_value_hash_method\":\"Sha256\"");
	put_b64(tpm, "quote", q.attest, q.attest_len);
	put_b64(tpm, "signature", q.sig, q.sig_len);
	put_b64(tpm, "public_key", p->f.pub, p->f.pub_len);
	buf_add_str(tpm, "}");
	p->in.form = FORM_COMPAT;
	p->in.quote_tee = buf_span(tee);
	p->in.quote_tpm = buf_span(tpm);
	p->in.tpm_nonce = span_make(p->nonce, 32);
	p->in.ima = buf_span(&p->f.log);
	checks_init(&ck);
}
