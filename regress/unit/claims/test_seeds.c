/*
 * Seeds of the fuzz targets, forged: checks that each is what its decoder
 * takes.  With an argument it also writes them below that folder.
 */
#include <err.h>
#include <sys/stat.h>

#include "evidence/attest.h"
#include "evidence/fileset.h"
#include "evidence/snapshot.h"
#include "regress/unit/check.h"
#include "regress/unit/claims/forge.h"

static const char *top;

static void
seed(const char *folder, const char *name, struct span s)
{
	char path[1024];
	FILE *f;

	if (top == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s", top, folder);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", top, folder, name);
	if ((f = fopen(path, "wb")) == NULL ||
	    fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0)
		err(1, "%s", path);
}

static void
seed_ima(struct forge *f)
{
	struct ima_entry e;
	struct cursor c;
	size_t n = 0;
	uint8_t d[20] = { 1 };

	test_begin("ima");
	forge_measure(f, "/usr/bin/sha1", "sha1", d, 20);
	forge_measure(f, "/var/log/violation", "sha256", NULL, 32);
	cursor_init(&c, buf_span(&f->log));
	while (ima_next(&c, &e) == IMA_ENTRY)
		n++;
	CHECK_INT(n, 5);
	seed("ima", "five-entries", buf_span(&f->log));
	seed("ima", "cut-in-last-entry", span_make(f->log.p, f->log.n - 7));
	seed("ima", "template-ima", span_make("\12\0\0\0"
	    "01234567890123456789\3\0\0\0ima" "abcdefghijklmnopqrst\4\0\0\0"
	    "/bin", 59));
	seed("ima", "template-ima-empty-name", span_make("\12\0\0\0"
	    "01234567890123456789\3\0\0\0ima" "abcdefghijklmnopqrst\0\0\0",
	    55));
	seed("ima", "template-unknown", span_make("\12\0\0\0"
	    "01234567890123456789\3\0\0\0xyz\2\0\0\0ab", 37));
}

static void
seed_tpm(struct forge *f)
{
	struct forge_quote q;
	struct tpm_attest a;
	struct tpm_signature s;
	struct tpm_public p;

	test_begin("tpm");
	forge_quote(f, span_str("nonce"), 0x7ff, &q);
	CHECK_OK(tpm_attest_decode(span_make(q.attest, q.attest_len), &a));
	CHECK_OK(tpm_signature_decode(span_make(q.sig, q.sig_len), &s));
	CHECK_OK(tpm_public_decode(span_make(f->pub, f->pub_len), &p));
	seed("tpm", "attest", span_make(q.attest, q.attest_len));
	seed("tpm", "signature-ecdsa", span_make(q.sig, q.sig_len));
	seed("tpm", "public-ecc", span_make(f->pub, f->pub_len));
}

static void
seed_snp(struct forge *f)
{
	static const char aux[] = "\xc0\xb4\x06\xa4\xa8\x03\x49\x52\x97\x43"
	    "\x3f\xb6\x01\x4c\xd0\xae\x30\0\0\0\2\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "DE";
	struct snp_certs c;
	struct span raw;
	struct buf b;

	test_begin("snp");
	forge_report(f, span_str("data"));
	forge_blob(f, &b);
	CHECK_OK(snp_blob_decode(buf_span(&b), &raw, &c));
	CHECK_OK(snp_auxblob_decode(span_make(aux, 50), &c));
	seed("snp_blob", "three-certificates", buf_span(&b));
	seed("snp_blob", "no-table", raw);
	seed("snp_blob", "cut-in-certificate", span_make(b.p, b.n - 100));
	seed("snp_aux", "one-certificate", span_make(aux, 50));
	buf_free(&b);
}

static void
seed_text(void)
{
	static const char snap[] = "{\"cloud_type\":\"AWS\",\"tee_policy\":"
	    "{\"Sgx\":{\"header\":{\"minimum_qe_svn\":9,\"qe_vendor_id\":"
	    "null},\"body\":{\"mr_enclave\":null,\"mr_signer\":null,"
	    "\"report_data\":null}}},\"tpm_policy\":{\"reset_count\":25},"
	    "\"filehashes\":[[\"/usr/bin/aa\\u00e9\","
	    "\"3259fe4d0ce59b251d644eb52ca72280b4f17602\"]]}";
	static const char cvm[] = "{\"cvm\":{\"version\":1,\"trust\":"
	    "\"first-use\",\"form\":\"compat\",\"instance\":{\"ak_name\":null,"
	    "\"chip_id\":null,\"ek\":null},\"root\":\"amd\",\"config\":null,"
	    "\"pcrs\":null,\"tpm\":{\"reset_count\":1,\"restart_count\":null},"
	    "\"without\":[\"tee\"],\"accepted\":[],\"filehashes_raw\":"
	    "[[\"2fff\",\"3259fe4d0ce59b251d644eb52ca72280b4f17602\"]]},"
	    "\"filehashes\":[],\"tee_policy\":{\"Sgx\":{\"header\":{"
	    "\"qe_vendor_id\":null},\"body\":{\"mr_enclave\":null,"
	    "\"mr_signer\":null,\"report_data\":null}}}}";
	static const char quote[] = "{\"pcr_value_hash_method\":\"Sha256\","
	    "\"quote\":\"AAEC\",\"signature\":\"Aw\",\"public_key\":\"BA\"}";
	struct snapshot s;
	struct attest a;
	const char *why;

	test_begin("text");
	CHECK_OK(snapshot_read(span_str(snap), &s, &why));
	snapshot_free(&s);
	CHECK_OK(snapshot_read(span_str(cvm), &s, &why));
	snapshot_free(&s);
	CHECK_OK(quote_tpm_decode(span_str(quote), &a, &why));
	attest_free(&a);
	seed("snapshot", "existing-client", span_str(snap));
	seed("snapshot", "with-cvm", span_str(cvm));
	seed("attest", "quote-tpm", span_str(quote));
	seed("attest", "quote-tee", span_str("[5,0,255]"));
	seed("attest", "attest-short", span_str("{\"version\":1,\"bound\":{},"
	    "\"config\":{},\"tpm\":null,\"tee\":null}"));
}

static void
seed_files(void)
{
	static const char list[] = "# comment\n/bin/a b "
	    "3259fe4d0ce59b251d644eb52ca72280b4f17602\n";
	static const char rec[] = "CVMSNAP1\0\2\x14/xabcdefghijklmnopqrst";
	struct fileset *fs = fileset_new();
	size_t line;

	test_begin("files");
	CHECK_OK(whitelist_read(span_str(list), fs, &line));
	fileset_free(fs);
	fs = fileset_new();
	CHECK_OK(snaprec_read(span_make(rec, sizeof(rec) - 1), fs));
	fileset_free(fs);
	seed("whitelist", "one-line", span_str(list));
	seed("whitelist", "one-record", span_make(rec, sizeof(rec) - 1));
}

int
main(int argc, char *argv[])
{
	struct forge f;

	top = argc > 1 ? argv[1] : NULL;
	forge_init(&f);
	seed_ima(&f);
	seed_tpm(&f);
	seed_snp(&f);
	forge_free(&f);
	seed_text();
	seed_files();
	return test_end();
}
