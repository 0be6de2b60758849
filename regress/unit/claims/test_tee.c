/*
 * TEE evidence of every kind in a whole appraisal: the right one is accepted,
 * and each fault refused by its own check.
 */
#include "evidence/json.h"
#include "evidence/rules.h"
#include "regress/unit/check.h"
#include "regress/unit/claims/teeplay.h"

static void
taken(struct play *p)
{
	if (!CHECK_OK(verify(p)))
		show();
}

/* A snapshot of a machine that play_init_*() has made. */
static void
made(struct play *p)
{
	if (!CHECK_OK(snapshot(p)))
		show();
	play_bind(p);
}

static void
tdx_ready(struct play *p, const char *subject)
{
	test_begin(subject);
	play_init_tdx(p);
	made(p);
}

static void
azure_ready(struct play *p, const char *kind, const char *subject)
{
	test_begin(subject);
	play_init_azure(p, kind);
	made(p);
}

static int
has(const struct buf *b, const char *text)
{
	return memmem(b->p, b->n, text, strlen(text)) != NULL;
}

static void
test_revocation(void)
{
	struct play p;

	play_ready(&p, "no list");
	p.in.ncollateral = 0;
	CHECK_FAIL(verify(&p));
	CHECK(failed("snp.revocation") != NULL &&
	    strstr(failed("snp.revocation"), "--no-revocation") != NULL &&
	    strstr(failed("snp.revocation"), "--kds-url") != NULL);
	p.in.accept = ACCEPT_NO_REVOCATION;
	taken(&p);
	CHECK_INT(checks_find(&ck, "snp.revocation")->result, RESULT_WARN);
	CHECK(!has(&p.snapshot, "no-revocation"));
	play_free(&p);
	play_ready(&p, "revoked");
	play_crl(&p, p.f.ask, -1, 1);
	refused(&p, "snp.revocation");
	play_ready(&p, "a list that is too old");
	play_crl(&p, NULL, -2, -1);
	p.in.accept = ACCEPT_NO_REVOCATION;
	refused(&p, "snp.crl");
	/* Accepted once, written down, and good until a policy is given. */
	test_begin("no list from the start");
	play_init(&p);
	p.in.ncollateral = 0;
	CHECK_FAIL(snapshot(&p));
	p.in.accept = ACCEPT_NO_REVOCATION;
	CHECK_OK(snapshot(&p));
	CHECK(has(&p.snapshot, "\"accepted\":[\"no-revocation\"]"));
	play_bind(&p);
	p.in.accept = 0;
	taken(&p);
	p.in.policy = &rules_default;
	refused(&p, "snp.revocation");
	/* Not needed, not written down. */
	test_begin("accepted in vain");
	play_init(&p);
	p.in.accept = ACCEPT_NO_REVOCATION;
	CHECK_OK(snapshot(&p));
	CHECK(!has(&p.snapshot, "no-revocation"));
	play_free(&p);
}

/* The same chip with other firmware. */
static void
microcode_set(struct forge *f, uint8_t v)
{
	f->report[0x3f] = f->report[0x187] = f->report[0x1e7] =
	    f->report[0x1f7] = v;
	X509_free(f->vek);
	f->vek = forge_cert(f, "SEV-VCEK", f->vek_key, "SEV-Milan",
	    f->ask_key, 1);
}

static void
test_firmware(void)
{
	struct play p;

	play_ready(&p, "firmware goes forth");
	microcode_set(&p.f, 0xdf);
	taken(&p);
	CHECK_INT(checks_find(&ck, "policy.tcb")->result, RESULT_OK);
	play_free(&p);
	play_ready(&p, "firmware goes back");
	microcode_set(&p.f, 0xdd);
	refused(&p, "policy.tcb");
	play_ready(&p, "a less trusted layer asks");
	p.f.report[0x30] = 1;
	refused(&p, "policy.vmpl");
	play_ready(&p, "below AMD's minimum");
	p.f.report[0x1ec] = 1;		/* 1.55.1 */
	refused(&p, "snp.floor");
	/* The root with the same name and key, made anew. */
	play_ready(&p, "another root");
	X509_free(p.f.ark);
	p.f.ark = forge_cert(&p.f, "ARK", p.f.ark_key, "ARK", p.f.ark_key,
	    0);
	buf_free(&p.root);
	p.in.root[0] = forge_der(p.f.ark, &p.root);
	refused(&p, "instance.root");
}

static void
report_only(struct play *p, const uint8_t rd[64], struct buf *quote,
    struct buf *extra)
{
	(void)rd;
	(void)extra;
	buf_add(quote, p->f.report, sizeof(p->f.report));
	forge_put_le32(quote, 0);
}

static void
test_no_certs(void)
{
	struct play p;

	play_ready(&p, "a host without certificates");
	p.tee_make = report_only;
	CHECK_FAIL(verify(&p));
	CHECK(failed("snp.chain") != NULL &&
	    strstr(failed("snp.chain"), "--kds-url") != NULL);
	CHECK_STR(p.res.tee_root, "none");
	play_free(&p);
}

static void
test_policy(void)
{
	struct policy_rules *own = malloc(sizeof(*own));
	struct play p;

	play_ready(&p, "strict");
	p.in.policy = &rules_strict;
	CHECK_FAIL(verify(&p));
	CHECK(strstr(checks_find(&ck, "policy")->detail, "strict") != NULL);
	refused(&p, "snp.bits");
	/* A file's rules go with the snapshot. */
	test_begin("rules of the snapshot");
	play_init(&p);
	*own = rules_default;
	own->snp_measurement.n = 1;
	memset(own->snp_measurement.v[0], 0x4d, 48);
	own->debug = RULE_WARN;
	p.in.policy = own;
	made(&p);
	CHECK(has(&p.snapshot, "\"policy\":{\"debug\":\"warn\""));
	p.in.policy = NULL;
	taken(&p);
	CHECK(strstr(checks_find(&ck, "policy")->detail, "of the snapshot") !=
	    NULL);
	CHECK(checks_find(&ck, "snp.measurement") != NULL);
	p.in.policy = own;
	taken(&p);
	CHECK_INT(checks_find(&ck, "policy")->result, RESULT_OK);
	p.in.policy = &rules_default;
	taken(&p);
	CHECK_INT(checks_find(&ck, "policy")->result, RESULT_WARN);
	CHECK(checks_find(&ck, "snp.measurement") == NULL);
	own->snp_measurement.v[0][0] = 0;
	p.in.policy = own;
	refused(&p, "snp.measurement");
	play_ready(&p, "a violation");
	forge_measure(&p.f, "/var/x", "sha256", NULL, 32);
	CHECK_FAIL(verify(&p));
	CHECK(failed("ima.violation") != NULL);
	own->snp_measurement.n = 0;
	own->ima_violation = RULE_WARN;
	p.in.policy = own;
	taken(&p);
	CHECK_INT(checks_find(&ck, "ima.violation")->result, RESULT_WARN);
	own->ima_violation = RULE_REFUSE;
	refused(&p, "ima.violation");
	play_ready(&p, "debug");
	p.f.report[0x0a] |= 8;
	CHECK_FAIL(verify(&p));
	CHECK(failed("snp.debug") != NULL);
	p.in.policy = own;
	refused(&p, "policy.guest-policy");
	test_begin("strict, by name");
	play_init(&p);
	p.f.report[0x0a] |= 0xc0;
	p.f.report[0x0b] |= 3;
	p.f.report[0x40] = 0x20;	/* looked for aliases */
	p.in.policy = &rules_strict;
	made(&p);
	CHECK(has(&p.snapshot, "\"policy\":\"strict\""));
	p.in.policy = NULL;
	p.f.report[0x40] = 0;
	refused(&p, "snp.alias");
	free(own);
}

static void
test_tdx(void)
{
	struct play p;

	tdx_ready(&p, "TDX");
	CHECK(strncmp(p.res.tee_root, "simulated:", 10) == 0);
	CHECK(has(&p.snapshot, "\"tee_policy\":{\"Tdx\":{\"header\":"
	    "{\"minimum_qe_svn\":"));
	CHECK(has(&p.snapshot, "\"tee\":{\"kind\":\"tdx\""));
	taken(&p);
	CHECK_INT(checks_find(&ck, "policy.mrtd")->result, RESULT_OK);
	CHECK_INT(checks_find(&ck, "policy.rtmr")->result, RESULT_OK);
	CHECK_INT(checks_find(&ck, "instance.root")->result, RESULT_OK);
	tee_td.body[328 + 3 * 48] ^= 1;		/* RTMR3 grows */
	taken(&p);
	tee_td.body[328 + 48] ^= 1;
	p.in.without = WITHOUT_PCRS;
	taken(&p);
	p.in.without = 0;
	refused(&p, "policy.rtmr");
	tdx_ready(&p, "another TD");
	tee_td.body[136] ^= 1;
	refused(&p, "policy.mrtd");
	tdx_ready(&p, "report data, the last bit");
	tee_fault.report_data = 1;
	refused(&p, "tdx.report-data");
	tdx_ready(&p, "report of long ago");
	p.agent.nonce = p.says.nonce = span_make(p.cert, 32);
	refused(&p, "binding.nonce");
	tdx_ready(&p, "debug");
	tee_td.body[120] |= 1;
	refused(&p, "tdx.debug");
	tdx_ready(&p, "not Intel's root, and another named");
	p.in.root[0] = buf_span(&p.root);
	refused(&p, "tdx.root");
	tdx_ready(&p, "signed by nobody");
	tee_td.ak_other = 1;
	refused(&p, "tdx.signature");
}

/* What the machine's collateral is now. */
static void
collateral_anew(struct play *p)
{
	forge_tdx_free(&tee_td);
	forge_tdx_make(&tee_td);
	play_tdx_collateral(p);
	/* The certificates are new ones: another root than the snapshot's. */
	p->in.snapshot = span_make(NULL, 0);
	buf_free(&p->snapshot);
}

/* Refused while the snapshot is made. */
static void
not_made(struct play *p, const char *name)
{
	collateral_anew(p);
	CHECK_FAIL(snapshot(p));
	if (!CHECK(failed(name) != NULL)) {
		printf("no FAIL %s\n", name);
		show();
	}
	CHECK_INT(p->snapshot.n, 0);
	play_free(p);
}

static void
test_tdx_collateral(void)
{
	struct play p;

	tdx_ready(&p, "TDX without collateral");
	p.in.ncollateral = 0;
	CHECK_FAIL(verify(&p));
	CHECK(failed("tcb.status") != NULL && failed("revocation") != NULL);
	CHECK(strstr(failed("revocation"), "--pccs") != NULL);
	p.in.accept = ACCEPT_NO_REVOCATION;
	taken(&p);
	CHECK_INT(checks_find(&ck, "revocation")->result, RESULT_WARN);
	CHECK_INT(checks_find(&ck, "tcb.status")->result, RESULT_WARN);
	CHECK_INT(checks_find(&ck, "qe.identity")->result, RESULT_WARN);
	play_free(&p);
	tdx_ready(&p, "TDX without the identity of its quoting enclave");
	p.in.collateral[1].data = span_make(NULL, 0);
	CHECK_STR(p.in.collateral[1].role, "qe_identity.json");
	refused(&p, "qe.identity");
	tdx_ready(&p, "PCK revoked");
	tee_td.pck_crl.revoke = 1;
	not_made(&p, "pck.revoked");
	tdx_ready(&p, "PCK CA revoked");
	tee_td.root_crl.revoke = 1;
	not_made(&p, "ca.revoked");
	tdx_ready(&p, "a list that is too old");
	tee_td.pck_crl.to = -1;
	not_made(&p, "pck.crl");
	tdx_ready(&p, "out of date");
	tee_td.info.status = "OutOfDate";
	p.in.accept = ACCEPT_NO_REVOCATION;
	not_made(&p, "tcb.status");
	tdx_ready(&p, "TCB info of last month");
	tee_td.info.to = -1;
	not_made(&p, "tcb.dates");
	tdx_ready(&p, "another root");
	forge_tdx_free(&tee_td);
	forge_tdx_make(&tee_td);
	play_tdx_collateral(&p);
	refused(&p, "instance.root");
	test_begin("an older TDX module");
	play_init_tdx(&p);
	tee_td.body[2] = 7;
	made(&p);
	taken(&p);
	tee_td.body[2] = 6;
	refused(&p, "policy.tee-tcb-svn");
}

/* The existing agent's answer: what it holds decides what it is. */
static void
test_tdx_compat(void)
{
	static const char records[] = "{\"cloud_type\":\"GCP\",\"tee_policy\":"
	    "{\"Sev\":{\"measurement\":null,\"report_data\":null,"
	    "\"family_id\":null,\"image_id\":null,\"id_key_digest\":null,"
	    "\"author_key_digest\":null,\"report_id\":null,"
	    "\"report_id_ma\":null}},\"tpm_policy\":null,\"filehashes\":"
	    "[[\"/usr/bin/true\",\"111111111111111111111111111111111111111111"
	    "1111111111111111111111\"],[\"/usr/lib/a_b.so\",\"22222222222222222"
	    "22222222222222222222222222222222222222222222222\"]]}";
	struct buf tee, tpm;
	uint8_t data[64];
	struct play p;

	test_begin("TDX, compatible form");
	play_init_tdx(&p);
	p.in.accept = ACCEPT_PROVIDER_VTPM;
	memcpy(data, p.nonce, 32);
	memcpy(data + 32, p.cert, 32);
	play_compat(&p, data, &tee, &tpm);
	p.in.records = span_str(records);
	if (!CHECK_OK(appraise_snapshot(&p.in, &ck, &p.res, &p.snapshot)))
		show();
	CHECK(has(&p.snapshot, "\"Tdx\""));
	p.in.snapshot = buf_span(&p.snapshot);
	checks_init(&ck);
	if (!CHECK_OK(appraise_verify(&p.in, &ck, &p.res)))
		show();
	buf_free(&tee);
	buf_free(&tpm);
	data[63] ^= 1;
	play_compat(&p, data, &tee, &tpm);
	CHECK_FAIL(appraise_verify(&p.in, &ck, &p.res));
	CHECK(failed("tdx.report-data") != NULL);
	buf_free(&tee);
	buf_free(&tpm);
	play_free(&p);
}

/* Faults that are the same with either TEE behind the paravisor. */
static void
azure_faults(const char *kind)
{
	struct play p;

	azure_ready(&p, kind, kind);
	CHECK(strncmp(p.res.tee_root, "simulated:", 10) == 0);
	CHECK_INT(checks_find(&ck, "hcl.measurement")->result, RESULT_WARN);
	taken(&p);
	CHECK_INT(checks_find(&ck, "hcl.ak")->result, RESULT_OK);
	CHECK_INT(checks_find(&ck, "hcl.binding")->result, RESULT_OK);
	CHECK_INT(checks_find(&ck, "hcl.user-data")->result, RESULT_OK);
	tee_fault.ak = snpforge_rsa(1);
	refused(&p, "hcl.ak");
	azure_ready(&p, kind, "user data, the last bit");
	tee_fault.user_data = 1;
	refused(&p, "hcl.user-data");
	azure_ready(&p, kind, "user data of another connection");
	p.agent.conn = p.says.conn = span_make(p.cert, 32);
	refused(&p, "binding.connection");
	azure_ready(&p, kind, "runtime data that is not bound");
	tee_fault.binding = 1;
	refused(&p, "hcl.binding");
	azure_ready(&p, kind, "another root is named");
	p.in.root[0] = p.in.root[0].p == p.root.p ?
	    buf_span(&tee_td.root_der) : buf_span(&p.root);
	refused(&p, strcmp(kind, "azure-tdx") == 0 ? "tdx.root" :
	    "snp.root");
	azure_ready(&p, kind, "the agent says the other TEE");
	p.tee_kind = strcmp(kind, "azure-tdx") == 0 ? "azure-snp" :
	    "azure-tdx";
	refused(&p, "policy.tee");
}

static void
test_azure(void)
{
	struct policy_rules *own = malloc(sizeof(*own));
	struct play p;

	azure_faults("azure-snp");
	azure_faults("azure-tdx");
	azure_ready(&p, "azure-snp", "a report of the guest's own");
	tee_snp.report[0x30] = 2;
	refused(&p, "snp.vmpl");
	azure_ready(&p, "azure-snp", "another paravisor than the policy's");
	*own = rules_default;
	own->hcl_measurement.n = 1;
	memset(own->hcl_measurement.v[0], 0x4d, 48);
	p.in.policy = own;
	taken(&p);
	own->hcl_measurement.v[0][0] = 0;
	refused(&p, "hcl.measurement");
	azure_ready(&p, "azure-snp", "another paravisor than the snapshot's");
	tee_snp.report[0x90] ^= 1;
	refused(&p, "policy.measurement");
	azure_ready(&p, "azure-snp", "certificates by --collateral only");
	tee_fault.no_certs = 1;
	taken(&p);
	p.in.ncollateral = 1;
	refused(&p, "snp.chain");
	azure_ready(&p, "azure-tdx", "quote of another TDREPORT");
	tee_fault.td_other = 1;
	refused(&p, "hcl.td-quote");
	azure_ready(&p, "azure-tdx", "debug");
	tee_td.body[120] |= 1;
	refused(&p, "tdx.debug");
	free(own);
}

/* Evidence of one kind where the snapshot is of another.  The guest can name
 * a TPM of its own behind a report that it asked for itself. */
static void
test_kinds(void)
{
	struct play p, q;

	azure_ready(&p, "azure-snp", "a guest that plays the paravisor");
	tee_snp.report[0x90] = 0x4d;
	play_init(&q);
	if (!CHECK_OK(snapshot(&q)))
		show();
	p.snapshot.n = 0;
	buf_add(&p.snapshot, q.snapshot.p, q.snapshot.n);
	play_free(&q);
	p.in.without = WITHOUT_INSTANCE;
	refused(&p, "policy.tee");
	tdx_ready(&p, "TDX for a snapshot of SEV-SNP");
	play_init(&q);
	CHECK_OK(snapshot(&q));
	p.snapshot.n = 0;
	buf_add(&p.snapshot, q.snapshot.p, q.snapshot.n);
	refused(&p, "policy.tee");
	/* and the other way */
	test_begin("SEV-SNP for a snapshot of TDX");
	play_init_tdx(&p);
	made(&p);
	q.snapshot.n = 0;
	buf_add(&q.snapshot, p.snapshot.p, p.snapshot.n);
	play_free(&p);
	play_bind(&q);
	refused(&q, "policy.tee");
}

/* Makes the snapshot one of before these members were written. */
static void
older(struct play *p)
{
	char *at = memmem(p->snapshot.p, p->snapshot.n, ",\"tee\":{\"kind", 13);
	char *end;
	size_t n;

	if (!CHECK(at != NULL))
		return;
	end = memmem(at, p->snapshot.n - (size_t)(at -
	    (char *)p->snapshot.p), "\"rtmrs\":null}", 13);
	if (!CHECK(end != NULL))
		return;
	n = (size_t)((char *)p->snapshot.p + p->snapshot.n - (end + 13));
	memmove(at, end + 13, n);
	p->snapshot.n = (size_t)(at - (char *)p->snapshot.p) + n;
}

static void
test_older(void)
{
	struct play p, q;

	play_ready(&p, "an older snapshot");
	older(&p);
	taken(&p);
	CHECK(checks_find(&ck, "policy.tcb") == NULL);
	CHECK_INT(checks_find(&ck, "policy.measurement")->result, RESULT_OK);
	azure_ready(&q, "azure-snp", "a paravisor for an older snapshot");
	q.snapshot.n = 0;
	buf_add(&q.snapshot, p.snapshot.p, p.snapshot.n);
	play_free(&p);
	refused(&q, "policy.tee");
}

int
main(void)
{
	test_revocation();
	test_firmware();
	test_no_certs();
	test_policy();
	test_tdx();
	test_tdx_collateral();
	test_tdx_compat();
	test_azure();
	test_kinds();
	test_older();
	forge_tdx_free(&tee_td);
	snpforge_free(&tee_snp);
	return test_end();
}
