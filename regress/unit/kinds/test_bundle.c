/*
 * The kind snapshot-bundle over a forged machine: for each check the answers
 * of the existing agent that only it refuses.
 */
#include "evidence/kind.h"
#include "evidence/rules.h"
#include "regress/unit/check.h"
#include "regress/unit/claims/play.h"

#define ONES	"1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS	"2222222222222222222222222222222222222222222222222222222222222222"
#define FOURD	"4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"
#define FILES	"[[\"/usr/bin/true\",\"" ONES "\"],[\"/usr/lib/a b.so\",\"" \
	TWOS "\"]]"

static struct evout out;
static struct play p;
static struct buf snap, tee, tpm, ima;
static uint8_t data[64];

static const char *
fails(void)
{
	static char text[256];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < out.ck.n; i++)
		if (out.ck.v[i].result == RESULT_FAIL)
			snprintf(text + strlen(text), sizeof(text) -
			    strlen(text), "%s%s", text[0] == '\0' ? "" : " ",
			    out.ck.v[i].name);
	return text;
}

static void
only(const struct evcase *c, const char *names)
{
	if (!CHECK_OK(evcase_judge(c, &out)))
		return;
	CHECK_STR(fails(), names);
	CHECK_INT(out.verdict, names[0] == '\0' ? VERDICT_ACCEPT :
	    VERDICT_REJECT);
	evout_free(&out);
}

static void
snapshot_text(const char *cloud, const char *measurement, int resets,
    const char *files)
{
	buf_free(&snap);
	buf_printf(&snap, "{\"cloud_type\":%s,\"tee_policy\":{\"Sev\":"
	    "{\"measurement\":\"%s\",", cloud, measurement);
	buf_add_str(&snap, "\"report_data\":null,\"family_id\":null,"
	    "\"image_id\":null,\"guest_svn\":0,\"id_key_digest\":null,"
	    "\"author_key_digest\":null,\"policy\":196608,"
	    "\"report_id\":null,\"report_id_ma\":null}},");
	buf_printf(&snap, "\"tpm_policy\":{\"reset_count\":%d,"
	    "\"restart_count\":0},\"filehashes\":", resets);
	buf_add_str(&snap, files);
	buf_add_str(&snap, "}");
}

static void
list_text(void)
{
	size_t i;

	buf_free(&ima);
	for (i = 0; i < p.f.log.n; i++)
		buf_printf(&ima, "%c%u", i == 0 ? '[' : ',', p.f.log.p[i]);
	buf_add_str(&ima, "]");
}

/* The answers of the machine as it is now. */
static void
case_base(struct evcase *c)
{
	memcpy(data, p.nonce, 32);
	memcpy(data + 32, p.cert, 32);
	buf_free(&tee);
	buf_free(&tpm);
	play_compat(&p, data, &tee, &tpm);
	list_text();
	memset(c, 0, sizeof(*c));
	c->kind = "snapshot-bundle";
	c->at = FORGE_NOW;
	c->file[0] = (struct case_file){ "snapshot", buf_span(&snap) };
	c->file[1] = (struct case_file){ "tee_quote_json", buf_span(&tee) };
	c->file[2] = (struct case_file){ "tpm_quote_json", buf_span(&tpm) };
	c->file[3] = (struct case_file){ "ima_binary_json", buf_span(&ima) };
	c->nfiles = 4;
	c->root[0] = p.in.root[0];
	c->nroots = 1;
	c->has_nonce = 1;
	c->nonce = span_make(p.nonce, 32);
}

static void
fresh(const char *subject)
{
	test_begin(subject);
	play_free(&p);
	play_init(&p);
	snapshot_text("\"GCP\"", FOURD FOURD, 7, FILES);
}

/* One letter of a name, and what it named would be asked no more. */
static void
test_names(void)
{
	static const char *const names[] = { "tpm_policy", "reset_count",
	    "restart_count", "filehashes" };
	struct evcase c;
	uint8_t *at;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fresh(names[i]);
		at = memmem(snap.p, snap.n, names[i], strlen(names[i]));
		if (!CHECK(at != NULL))
			continue;
		*at ^= 1;
		case_base(&c);
		only(&c, "snapshot.format");
	}
}

static void
test_formats(void)
{
	struct evcase c;

	fresh("formats");
	case_base(&c);
	only(&c, "");
	c.nroots = 0;
	only(&c, "snp.root");
	c.nroots = 1;
	c.file[0].data.n--;
	only(&c, "snapshot.format");
	c.file[0].data.n++;
	c.file[1].data.n--;
	only(&c, "bundle.format");
	c.file[1].data.n++;
	c.file[2].data.n--;
	only(&c, "tpm.format");
	c.file[2].data.n++;
	c.file[3].data = span_str("[256]");
	only(&c, "bundle.format");
	case_base(&c);
	c.nfiles = 3;
	CHECK_OK(evcase_judge(&c, &out));
	CHECK_INT(out.verdict, VERDICT_UNJUDGED);
	evout_free(&out);
}

static void
test_policy(void)
{
	struct evcase c;

	fresh("policy");
	snapshot_text("\"GCP\"", FOURD "4e" FOURD, 7, FILES);
	case_base(&c);
	only(&c, "snapshot.format");
	snapshot_text("\"GCP\"", "4e" "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"
	    "4d4d4d" FOURD, 7, FILES);
	case_base(&c);
	only(&c, "policy.measurement");
	snapshot_text("\"GCP\"", FOURD FOURD, 8, FILES);
	case_base(&c);
	only(&c, "policy.reset-count");
	fresh("guest policy");
	p.f.report[0x0a] = 0x02;
	case_base(&c);
	only(&c, "policy.guest-policy");
}

static void
test_quotes(void)
{
	struct evcase c;
	uint8_t other[32] = { 9 };

	fresh("quotes");
	case_base(&c);
	c.nonce = span_make(other, 32);
	only(&c, "tee.nonce tpm.nonce");
	c.nonce = span_make(p.nonce, 32);
	c.has_report_data = 1;
	c.report_data = span_make(data, 64);
	only(&c, "");
	data[63] ^= 1;
	only(&c, "tee.report-data");
	fresh("a key that signs anything");
	forge_ak(&p.f, FORGE_AK & ~0x10000u);
	case_base(&c);
	only(&c, "tpm.ak");
	fresh("no quote at all");
	p.f.magic ^= 1;
	case_base(&c);
	only(&c, "tpm.magic");
	fresh("a report that was changed");
	X509_free(p.f.vek);
	EVP_PKEY_free(p.f.vek_key);
	p.f.vek_key = EVP_EC_gen("P-384");
	p.f.vek = forge_cert(&p.f, "SEV-VCEK", p.f.vek_key, "SEV-Milan",
	    p.f.ark_key, 1);
	case_base(&c);
	only(&c, "snp.chain");
}

static void
test_list(void)
{
	struct evcase c;
	struct policy_rules *own = malloc(sizeof(*own));

	fresh("list");
	case_base(&c);
	p.f.log.n -= 20;
	list_text();
	c.file[3].data = buf_span(&ima);
	CHECK_OK(evcase_judge(&c, &out));
	CHECK(strstr(fails(), "ima.replay") != NULL);
	evout_free(&out);
	fresh("a file that is not known");
	forge_measure(&p.f, "/opt/evil", "sha256", p.nonce, 32);
	case_base(&c);
	only(&c, "ima.file ima.files");
	fresh("a violation");
	forge_measure(&p.f, "/var/x", "sha256", NULL, 32);
	case_base(&c);
	only(&c, "");
	*own = rules_authenticity;
	own->ima_violation = RULE_REFUSE;
	c.policy = own;
	only(&c, "ima.violation");
	free(own);
}

/* The report of boot time, whose data is in the snapshot. */
static void
test_azure(void)
{
	static const char null[] = "\"report_data\":null";
	struct evcase c;
	struct buf text;
	size_t n;
	char *at;

	fresh("Azure");
	snapshot_text("\"Azure\"", FOURD FOURD, 7, FILES);
	case_base(&c);
	only(&c, "");
	if (!CHECK((at = memmem(snap.p, snap.n, null, strlen(null))) != NULL))
		return;
	n = (size_t)(at - (char *)snap.p);
	buf_init(&text, 0);
	buf_add(&text, snap.p, n);
	buf_add_str(&text, "\"report_data\":\"");
	buf_add_hex(&text, span_make(data, 64));
	buf_add_str(&text, "\"");
	n += strlen(null);
	buf_add(&text, snap.p + n, snap.n - n);
	c.file[0].data = buf_span(&text);
	only(&c, "");
	data[63] ^= 1;
	buf_free(&tee);
	buf_free(&tpm);
	play_compat(&p, data, &tee, &tpm);
	c.file[1].data = buf_span(&tee);
	c.file[2].data = buf_span(&tpm);
	only(&c, "tee.report-data");
	buf_free(&text);
}

int
main(void)
{
	play_init(&p);
	test_names();
	test_formats();
	test_policy();
	test_quotes();
	test_list();
	test_azure();
	play_free(&p);
	buf_free(&snap);
	buf_free(&tee);
	buf_free(&tpm);
	buf_free(&ima);
	return test_end();
}
