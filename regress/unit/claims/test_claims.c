/* The whole appraisal over a forged machine: what is accepted, and that each
 * attack is refused for its own reason. */
#include "regress/unit/check.h"
#include "regress/unit/claims/play.h"

static void
test_good(void)
{
	struct play p;

	play_ready(&p, "good");
	CHECK(strncmp(p.res.tee_root, "simulated:", 10) == 0);
	CHECK_STR(p.res.tpm_root, "simulated");
	if (!CHECK_OK(verify(&p)))
		show();
	CHECK_INT(p.res.ima_attested, 3);
	CHECK_INT(p.res.files, 2);
	/* After a reboot the count grows; boot state is the same. */
	p.f.reset_count++;
	CHECK_OK(verify(&p));
	/* A program that is not in the snapshot: named; then by whitelist. */
	forge_measure(&p.f, "/opt/evil", "sha256", p.nonce, 32);
	CHECK_FAIL(verify(&p));
	CHECK(failed("ima.file") != NULL &&
	    strstr(failed("ima.file"), "/opt/evil") != NULL);
	CHECK_INT(p.res.unknown_files, 1);
	p.in.whitelist = span_str("/opt/evil 010101010101010101010101010101"
	    "0101010101010101010101010101010101\n");
	CHECK_OK(verify(&p));
	p.in.whitelist = span_str("/opt/evil 01\n");
	refused(&p, "whitelist");
}

static void
test_binding(void)
{
	static const uint8_t other[34] = { 9 };
	struct play p;

	play_ready(&p, "replayed");
	p.agent.nonce = p.says.nonce = span_make(other, 32);
	refused(&p, "binding.nonce");
	play_ready(&p, "other certificate");
	p.agent.cert = p.says.cert = span_make(other, 32);
	refused(&p, "binding.certificate");
	play_ready(&p, "man in the middle");
	p.agent.conn = p.says.conn = span_make(other, 32);
	refused(&p, "binding.connection");
	play_ready(&p, "the middle man lies");
	p.agent.conn = span_make(other, 32);
	refused(&p, "binding");
	play_ready(&p, "other configuration");
	p.agent.config = p.says.config = span_make(other, 32);
	refused(&p, "binding.config");
	play_ready(&p, "key named is not the key");
	p.agent.ak_name = p.says.ak_name = span_make(other, 34);
	refused(&p, "binding.key");
	play_ready(&p, "a subject that nobody asked for");
	p.agent.subject = p.says.subject = span_make(other, 32);
	refused(&p, "binding.subject");
	play_ready(&p, "fewer PCRs");
	p.agent.pcr_mask = p.says.pcr_mask = 0x7ff;
	refused(&p, "binding.pcrs");
	play_ready(&p, "quote of another TPM's key");
	forge_ak(&p.f, FORGE_AK);
	play_bind(&p);
	refused(&p, "instance.key");
	play_ready(&p, "key is not restricted");
	forge_ak(&p.f, FORGE_AK & ~0x10000u);
	play_bind(&p);
	refused(&p, "tpm.ak");
	play_ready(&p, "no handshake known");
	p.in.conn.n = 0;
	refused(&p, "input");
	play_ready(&p, "no nonce");
	memset(p.nonce, 0, 32);
	refused(&p, "input");
	play_ready(&p, "SHA-1 bank");
	p.in.bank = DIGEST_SHA1;
	refused(&p, "input");
}

static void
test_machine(void)
{
	struct play p;
	uint8_t d[32] = { 1 };

	play_ready(&p, "log with an entry removed");
	play_answer(&p);
	p.f.log.n -= 20;
	refused(&p, "ima.replay");
	play_ready(&p, "other boot state");
	p.f.pcrs.value[11][0] ^= 1;
	refused(&p, "pcrs");
	play_ready(&p, "kernel changed");
	p.f.pcrs.value[9][0] ^= 1;
	refused(&p, "ima.boot-aggregate");
	play_ready(&p, "reset count goes back");
	p.f.reset_count--;
	refused(&p, "tpm.reset-count");
	play_ready(&p, "violation");
	forge_measure(&p.f, "/var/x", "sha256", NULL, 32);
	refused(&p, "ima.violation");
	play_ready(&p, "other executable");
	memcpy(p.config.exe[0].digest, d, 32);
	play_bind(&p);
	refused(&p, "config");
	play_ready(&p, "no filter any more");
	p.config.flags |= CONFIG_NO_SECCOMP;
	play_bind(&p);
	refused(&p, "config");
	play_ready(&p, "other measurement");
	p.f.report[0x90] ^= 1;
	refused(&p, "policy.measurement");
	play_ready(&p, "debug");
	p.f.report[0x0a] |= 8;
	refused(&p, "snp.debug");
	play_ready(&p, "no list");
	p.f.log.n = 0;
	refused(&p, "ima");
}

static void
test_roots(void)
{
	struct play p;

	play_ready(&p, "simulated without its root named");
	p.in.nroots = 0;
	CHECK_FAIL(verify(&p));
	CHECK(failed("config.flags") != NULL);
	p.config.flags = 0;
	play_bind(&p);
	refused(&p, "snp.root");
	play_ready(&p, "debug build that says it is real");
	p.config.flags = CONFIG_DEBUG;
	play_bind(&p);
	refused(&p, "config.flags");
	/* No TEE: the TPM may be the provider's. */
	test_begin("no TEE");
	play_init(&p);
	p.config.flags = 0;
	p.no_tee = 1;
	play_bind(&p);
	CHECK_FAIL(snapshot(&p));
	CHECK(failed("tee") != NULL && failed("tpm.root") != NULL);
	p.in.without = WITHOUT_TEE;
	CHECK_FAIL(snapshot(&p));
	p.config.flags = CONFIG_SIMULATED;	/* so it says */
	play_bind(&p);
	CHECK_FAIL(snapshot(&p));
	CHECK(failed("tpm.root") != NULL && failed("config.flags") == NULL);
	p.config.flags = 0;
	play_bind(&p);
	p.in.accept = ACCEPT_PROVIDER_VTPM;
	CHECK_OK(snapshot(&p));
	CHECK_STR(p.res.tpm_root, "provider-vtpm");
	/* The snapshot remembers both. */
	p.in.without = p.in.accept = 0;
	play_bind(&p);
	CHECK_OK(verify(&p));
	CHECK(checks_find(&ck, "tpm.root")->result == RESULT_WARN);
	play_free(&p);
	play_ready(&p, "TEE report left out later");
	p.no_tee = 1;
	refused(&p, "tee");
}

static void
test_forms(void)
{
	struct play p;
	char *at;

	play_ready(&p, "weaker form than the snapshot's");
	p.in.form = FORM_COMPAT;
	refused(&p, "snapshot");
	play_ready(&p, "records changed after the quote");
	play_answer(&p);
	play_record(&p, "/opt/evil", 0x44);
	p.in.records = buf_span(&p.records);
	checks_init(&ck);
	CHECK_FAIL(appraise_snapshot(&p.in, &ck, &p.res, &p.snapshot));
	CHECK(failed("binding.subject") != NULL);
	play_free(&p);
	play_ready(&p, "snapshot of the existing client");
	buf_free(&p.snapshot);
	buf_add_str(&p.snapshot, "{\"cloud_type\":\"GCP\",\"tee_policy\":"
	    "{\"Sev\":{\"measurement\":null,\"report_data\":null,"
	    "\"family_id\":null,\"image_id\":null,\"id_key_digest\":null,"
	    "\"author_key_digest\":null,\"report_id\":null,"
	    "\"report_id_ma\":null}},\"tpm_policy\":"
	    "{\"reset_count\":7,\"restart_count\":null},"
	    "\"filehashes\":[[\"/usr/bin/true\",\"11111111111111111111111111"
	    "11111111111111111111111111111111111111\"],[\"/usr/lib/a_b.so\","
	    "\"222222222222222222222222222222222222222222222222222222222222"
	    "2222\"]]}");
	CHECK_FAIL(verify(&p));
	CHECK(failed("snapshot") != NULL);
	p.in.accept = ACCEPT_LEGACY;
	if (!CHECK_OK(verify(&p)))
		show();
	at = memmem(p.snapshot.p, p.snapshot.n, "restart", 7);
	at[0] = 'R';
	CHECK_FAIL(verify(&p));
	CHECK(failed("snapshot") != NULL);
	at[0] = 'r';
	/* It wants the very boot it was made in. */
	p.f.reset_count++;
	refused(&p, "tpm.reset-count");
}

static void
test_without(void)
{
	struct play p;

	play_ready(&p, "named skips");
	p.in.without = WITHOUT_PCRS | WITHOUT_CONFIG | WITHOUT_INSTANCE;
	p.f.pcrs.value[11][0] ^= 1;
	p.config.toml[0] ^= 1;
	forge_ak(&p.f, FORGE_AK);
	play_bind(&p);
	CHECK_OK(verify(&p));
	CHECK_INT(checks_verdict(&ck), RESULT_SKIP);
	p.in.without = WITHOUT_PCRS | WITHOUT_CONFIG;
	refused(&p, "instance.key");
	play_ready(&p, "malformed answer");
	play_answer(&p);
	p.in.snapshot = buf_span(&p.snapshot);
	p.in.attest.n--;
	checks_init(&ck);
	CHECK_FAIL(appraise_verify(&p.in, &ck, &p.res));
	CHECK(failed("attest.format") != NULL);
	play_free(&p);
}

/* What skips name must leave something that vouches for the rest. */
static void
test_nothing(void)
{
	static const char tpm[] = "\"tpm\":{";
	struct play p;
	struct buf b;
	char *at;

	test_begin("neither TEE nor TPM");
	play_init(&p);
	p.no_tee = 1;
	p.in.without = WITHOUT_TEE | WITHOUT_TPM | WITHOUT_INSTANCE;
	play_answer(&p);
	buf_init(&b, 0);
	at = memmem(p.json.p, p.json.n, tpm, sizeof(tpm) - 1);
	buf_add(&b, p.json.p, at - (char *)p.json.p);
	buf_add_str(&b, "\"tpm\":null,\"tee\":null}");
	p.in.attest = buf_span(&b);
	p.in.records = buf_span(&p.records);
	checks_init(&ck);
	CHECK_FAIL(appraise_snapshot(&p.in, &ck, &p.res, &p.snapshot));
	CHECK(failed("attest.format") == NULL);
	CHECK(failed("evidence") != NULL);
	CHECK_INT(p.snapshot.n, 0);
	buf_free(&b);
	play_free(&p);
	play_ready(&p, "a flag that is not known");
	p.config.flags |= 0x10;
	p.in.without = WITHOUT_CONFIG;
	play_bind(&p);
	refused(&p, "config.flags");
}

/* What only follows from another failure is no second accusation. */
static void
test_no_followers(void)
{
	static const uint8_t other[32] = { 9 };
	struct play p;
	size_t i;

	play_ready(&p, "one reason only");
	p.agent.conn = p.says.conn = span_make(other, 32);
	CHECK_FAIL(verify(&p));
	for (i = 0; i < ck.n; i++)
		if (ck.v[i].result == RESULT_FAIL)
			CHECK(strcmp(ck.v[i].name, "binding.connection") == 0 ||
			    strcmp(ck.v[i].name, "tpm.nonce") == 0 ||
			    strcmp(ck.v[i].name, "snp.report-data") == 0);
	CHECK(checks_find(&ck, "pcrs")->result == RESULT_SKIP);
	CHECK(checks_find(&ck, "config")->result == RESULT_SKIP);
	CHECK(checks_find(&ck, "policy.tee")->result == RESULT_SKIP);
	CHECK(checks_find(&ck, "instance.root")->result == RESULT_SKIP);
	play_free(&p);
	play_ready(&p, "a waived violation is said");
	forge_measure(&p.f, "/var/x", "sha256", NULL, 32);
	p.in.whitelist = span_str("/var/x 000000000000000000000000000000000000"
	    "0000000000000000000000000000\n");
	if (!CHECK_OK(verify(&p)))
		show();
	CHECK(checks_find(&ck, "ima.violation") != NULL &&
	    checks_find(&ck, "ima.violation")->result == RESULT_WARN);
	play_free(&p);
}

/* An agent that says "Azure" while a snapshot is made must not get rid of
 * nonce and certificate in every later verification. */
static void
test_azure(void)
{
	static const char records[] = "{\"cloud_type\":\"Azure\","
	    "\"tee_policy\":{\"Sev\":{\"measurement\":null,"
	    "\"report_data\":null,\"family_id\":null,\"image_id\":null,"
	    "\"id_key_digest\":null,\"author_key_digest\":null,"
	    "\"report_id\":null,\"report_id_ma\":null}},"
	    "\"tpm_policy\":null,\"filehashes\":[[\"/usr/bin/true\","
	    "\"1111111111111111111111111111111111111111111111111111111111111111\"]"
	    ",[\"/usr/lib/a_b.so\","
	    "\"2222222222222222222222222222222222222222222222222222222222222222\"]]}";
	uint8_t data[64], zero[64] = { 0 };
	struct buf tee, tpm;
	struct play p;

	test_begin("the agent says Azure");
	play_init(&p);
	p.config.flags = 0;
	memcpy(data, p.nonce, 32);
	memcpy(data + 32, p.cert, 32);
	play_compat(&p, data, &tee, &tpm);
	p.in.records = span_str(records);
	if (!CHECK_OK(appraise_snapshot(&p.in, &ck, &p.res, &p.snapshot)))
		show();
	p.in.snapshot = buf_span(&p.snapshot);
	checks_init(&ck);
	if (!CHECK_OK(appraise_verify(&p.in, &ck, &p.res)))
		show();
	/* no nonce of the quote */
	p.in.tpm_nonce.n = 0;
	checks_init(&ck);
	CHECK_FAIL(appraise_verify(&p.in, &ck, &p.res));
	CHECK(failed("input") != NULL);
	buf_free(&tee);
	buf_free(&tpm);
	/* a report of boot time, over nothing */
	play_compat(&p, zero, &tee, &tpm);
	CHECK_FAIL(appraise_verify(&p.in, &ck, &p.res));
	CHECK(failed("snp.report-data") != NULL);
	buf_free(&tee);
	buf_free(&tpm);
	play_free(&p);
}

int
main(void)
{
	test_nothing();
	test_no_followers();
	test_azure();
	test_good();
	test_binding();
	test_machine();
	test_roots();
	test_forms();
	test_without();
	return test_end();
}
