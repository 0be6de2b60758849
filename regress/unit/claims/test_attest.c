/* The agent's answers as JSON: strictness, limits. */
#include "evidence/attest.h"
#include "evidence/attest_verify.h"
#include "regress/unit/check.h"

#define H32	"11223344556677889900aabbccddeeff" \
	"11223344556677889900aabbccddeeff"
#define BOUND	"{\"nonce\":\"" H32 "\",\"cert\":\"" H32 "\",\"conn\":\"" H32 \
	"\",\"seal_pk\":null,\"config\":\"" H32 "\",\"ak_name\":\"000b" H32 \
	"\",\"bank\":\"sha256\",\"pcrs\":[0,1,10],\"subject\":null}"
#define CONFIG	"{\"toml\":\"" H32 "\",\"keys\":\"" H32 "\",\"flags\":1," \
	"\"executables\":[[\"cosmian_vm_agent\",\"" H32 "\"]]}"
#define TPM	"{\"quote\":\"AAEC\",\"signature\":\"Aw\",\"public_key\":\"BA\"," \
	"\"pcrs\":{\"0\":\"" H32 "\",\"10\":\"" H32 "\"}}"
#define TEE	"{\"kind\":\"sev-snp\",\"quote\":\"AAEC\"}"
#define GOOD	"{\"version\":1,\"bound\":" BOUND ",\"config\":" CONFIG \
	",\"tpm\":" TPM ",\"tee\":" TEE "}"

static int
try(const char *text)
{
	struct attest a;
	const char *err = NULL;
	int rc = attest_decode(span_str(text), &a, &err);

	CHECK((rc == 0) == (err == NULL));
	attest_free(&a);
	return rc;
}

static void
test_good(void)
{
	struct attest a;
	const char *err = "";

	test_begin("good");
	if (!CHECK_OK(attest_decode(span_str(GOOD), &a, &err)))
		printf("%s\n", err);
	CHECK_INT(a.bound.pcr_mask, 0x403);
	CHECK_INT(a.bound.ak_name_len, 34);
	CHECK_INT(a.pcrs.mask, 0x401);
	CHECK_INT(a.quote_len, 3);
	CHECK_INT(a.config.nexe, 1);
	CHECK_STR(a.config.exe[0].name, "cosmian_vm_agent");
	CHECK_INT(a.tee, TEE_QUOTE_SNP);
	attest_free(&a);
}

/* GOOD with one text replaced by another. */
static void
changed(const char *from, const char *to)
{
	char text[sizeof(GOOD) + 256];
	const char *at = strstr(GOOD, from);

	if (!CHECK(at != NULL))
		return;
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - GOOD), GOOD, to,
	    at + strlen(from));
	if (!CHECK_FAIL(try(text)))
		printf("%s -> %s\n", from, to);
}

static void
test_strict(void)
{
	test_begin("strict");
	changed("\"version\":1", "\"version\":2");
	changed("\"version\":1", "\"version\":true");
	changed("\"version\":1", "\"version\":1,\"more\":0");
	changed("\"version\":1", "\"version\":1,\"version\":1");
	changed("\"conn\":\"11", "\"conn\":\"1");
	changed("\"conn\"", "\"cone\"");
	changed("\"seal_pk\":null", "\"seal_pk\":1");
	changed("\"bank\":\"sha256\"", "\"bank\":\"SHA256\"");
	changed("[0,1,10]", "[0,1,24]");
	changed("[0,1,10]", "[0,1,1]");
	changed("[0,1,10]", "[0,-1]");
	changed("[0,1,10]", "{}");
	changed("\"flags\":1", "\"flags\":4294967296");
	changed("\"flags\":1", "\"flags\":1.0");
	changed("[[\"cosmian_vm_agent\",", "[[\"\",");
	changed("[[\"cosmian_vm_agent\",", "[[\"a\",\"b\",");
	changed("\"AAEC\"", "\"AAEC=\"");
	changed("\"AAEC\"", "\"\"");
	changed("\"Aw\"", "\"Ax\"");
	changed("\"pcrs\":{\"0\"", "\"pcrs\":{\"00\"");
	changed("\"pcrs\":{\"0\"", "\"pcrs\":{\"24\"");
	changed("\"10\":\"11", "\"10\":\"");
	changed("sev-snp", "sgx");
	changed("\"tee\":", "\"teh\":");
	CHECK_FAIL(try(""));
	CHECK_FAIL(try("[]"));
	CHECK_FAIL(try(GOOD "x"));
	CHECK_OK(try("{\"version\":1,\"bound\":" BOUND ",\"config\":" CONFIG
	    ",\"tpm\":null,\"tee\":null}"));
}

/* GOOD with another TEE: -1, or its kind; the length of extra. */
static int
tee(const char *text, size_t *ret_extra)
{
	char all[sizeof(GOOD) + 256];
	struct attest a;
	const char *err;
	int rc;

	snprintf(all, sizeof(all), "{\"version\":1,\"bound\":" BOUND
	    ",\"config\":" CONFIG ",\"tpm\":" TPM ",\"tee\":{%s}}", text);
	rc = attest_decode(span_str(all), &a, &err) == -1 ? -1 : (int)a.tee;
	*ret_extra = a.tee_extra_len;
	attest_free(&a);
	return rc;
}

static void
test_azure(void)
{
	static const char *const bad[] = {
		"\"kind\":\"azure-snp\",\"quote\":\"AAEC\"",
		"\"kind\":\"azure-snp\",\"quote\":\"AAEC\",\"extra\":\"\"",
		"\"kind\":\"azure-snp\",\"quote\":\"AAEC\",\"extra\":\"AA==\"",
		"\"kind\":\"azure-snp\",\"quote\":\"\",\"extra\":null",
		"\"kind\":\"azure-tdx\",\"quote\":\"AAEC\",\"extra\":null",
		"\"kind\":\"azure-tdx\",\"quote\":\"AAEC\"",
		"\"kind\":\"azure-tdx\",\"quote\":\"AAEC\",\"extra\":1",
		"\"kind\":\"sev-snp\",\"quote\":\"AAEC\",\"extra\":null",
		"\"kind\":\"tdx\",\"quote\":\"AAEC\",\"extra\":\"AAEC\"",
		"\"kind\":\"azure\",\"quote\":\"AAEC\",\"extra\":\"AAEC\"",
		"\"kind\":null,\"quote\":\"AAEC\"",
	};
	size_t i, n;

	test_begin("azure");
	CHECK_INT(tee("\"kind\":\"azure-snp\",\"quote\":\"AAEC\","
	    "\"extra\":\"AAECAw\"", &n), TEE_QUOTE_AZURE_SNP);
	CHECK_INT(n, 4);
	CHECK_INT(tee("\"kind\":\"azure-snp\",\"quote\":\"AAEC\","
	    "\"extra\":null", &n), TEE_QUOTE_AZURE_SNP);
	CHECK_INT(n, 0);
	CHECK_INT(tee("\"kind\":\"azure-tdx\",\"quote\":\"AAEC\","
	    "\"extra\":\"AAE\"", &n), TEE_QUOTE_AZURE_TDX);
	CHECK_INT(n, 2);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK_INT(tee(bad[i], &n), -1))
			printf("%s\n", bad[i]);
}

static int
bytes(const char *text, size_t max, size_t want)
{
	struct buf b;
	int rc;

	buf_init(&b, 0);
	rc = byte_array_decode(span_str(text), max, &b);
	if (rc == 0)
		CHECK_INT(b.n, want);
	buf_free(&b);
	return rc;
}

static void
test_compat(void)
{
	struct attest a;
	const char *err;

	test_begin("compatible answers");
	CHECK_OK(bytes("[]", 4, 0));
	CHECK_OK(bytes(" [ 0 , 255,10 ]\n", 4, 3));
	CHECK_FAIL(bytes("[1,2,3,4,5]", 4, 0));
	CHECK_FAIL(bytes("[256]", 4, 0));
	CHECK_FAIL(bytes("[01]", 4, 0));
	CHECK_FAIL(bytes("[-1]", 4, 0));
	CHECK_FAIL(bytes("[1.0]", 4, 0));
	CHECK_FAIL(bytes("[1,]", 4, 0));
	CHECK_FAIL(bytes("[1 2]", 4, 0));
	CHECK_FAIL(bytes("[1", 4, 0));
	CHECK_FAIL(bytes("[1]]", 4, 0));
	CHECK_FAIL(bytes("", 4, 0));
	CHECK_OK(quote_tpm_decode(span_str("{\"pcr_value_hash_method\":"
	    "\"Sha256\",\"quote\":\"AA\",\"signature\":\"AA\",\"public_key\":"
	    "\"AA\"}"), &a, &err));
	CHECK_INT(a.pcrs.bank, DIGEST_SHA256);
	attest_free(&a);
	CHECK_FAIL(quote_tpm_decode(span_str("{\"pcr_value_hash_method\":"
	    "\"sha256\",\"quote\":\"AA\",\"signature\":\"AA\",\"public_key\":"
	    "\"AA\"}"), &a, &err));
	attest_free(&a);
	CHECK_FAIL(quote_tpm_decode(span_str("{\"pcr_value_hash_method\":"
	    "\"Sha256\",\"quote\":\"AA==\",\"signature\":\"AA\","
	    "\"public_key\":\"AA\"}"), &a, &err));
	attest_free(&a);
	CHECK_FAIL(quote_tpm_decode(span_str("[1]"), &a, &err));
	attest_free(&a);
}

/* Every part moves the digest; the layout is fixed by this value. */
static void
test_config(void)
{
	struct config_claim c;
	uint8_t d[32], e[32], want[32];
	struct buf b;

	test_begin("config item");
	memset(&c, 0, sizeof(c));
	c.flags = 0x01020304;
	c.nexe = 1;
	snprintf(c.exe[0].name, sizeof(c.exe[0].name), "ab");
	CHECK_OK(config_digest(&c, d));
	buf_init(&b, 0);
	buf_add(&b, "CVM-CFG-1", 10);
	buf_add(&b, c.toml, 32);
	buf_add(&b, c.keys, 32);
	buf_add(&b, "\1\2\3\4" "\0\1" "\2ab", 9);
	buf_add(&b, c.exe[0].digest, 32);
	CHECK_OK(digest_bytes(DIGEST_SHA256, buf_span(&b), want));
	CHECK_MEM(d, want, 32);
	buf_free(&b);
	c.exe[0].digest[31] = 1;
	CHECK_OK(config_digest(&c, e));
	CHECK(memcmp(d, e, 32) != 0);
	CHECK_FAIL(digest_bytes(DIGEST_NONE, span_str("x"), e));
}

int
main(void)
{
	test_good();
	test_strict();
	test_azure();
	test_compat();
	test_config();
	return test_end();
}
