/*
 * Seeds of the fuzz targets, forged: checks that each is what its decoder
 * takes.  With an argument it also writes them below that folder.
 */
#include <sys/stat.h>

#include <err.h>

#include "evidence/crl.h"
#include "evidence/sgx_ext.h"
#include "evidence/tcb_info.h"
#include "evidence/tdx_quote.h"
#include "regress/unit/check.h"
#include "regress/sim/forge_tdx.h"

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
seed_quote(int version, int tee, int type, const char *name)
{
	struct forge_tdx f;
	struct tdx_quote q;
	const char *why;

	test_begin(name);
	forge_tdx_init(&f);
	f.version = version;
	f.tee_type = tee;
	f.body_type = type;
	f.trailing = 7;
	forge_tdx_make(&f);
	CHECK_OK(tdx_quote_decode(buf_span(&f.quote), &q, &why));
	CHECK_INT(q.trailing, 7);
	seed("tdx_quote", name, buf_span(&f.quote));
	forge_tdx_free(&f);
}

static void
seed_report(void)
{
	uint8_t r[1184] = { 0x81 };
	struct tdreport d;

	test_begin("tdreport");
	CHECK_OK(tdreport_decode(span_make(r, 1024), &d));
	CHECK_OK(tdreport_decode(span_make(r, sizeof(r)), &d));
	CHECK_FAIL(tdreport_decode(span_make(r, 1023), &d));
	seed("tdx_quote", "tdreport", span_make(r, 1024));
	r[1183] = 1;
	CHECK_FAIL(tdreport_decode(span_make(r, sizeof(r)), &d));
	r[0] = 0;
	CHECK_FAIL(tdreport_decode(span_make(r, 1024), &d));
}

static void
seed_extension(const struct forge_tdx *f)
{
	struct sgx_ext e;
	struct buf b;

	test_begin("extension");
	buf_init(&b, 0);
	forge_pck_extension(f, &b);
	CHECK_OK(sgx_ext_decode(buf_span(&b), &e));
	seed("sgx_ext", "complete", buf_span(&b));
	seed("sgx_ext", "cut", span_make(b.p, b.n - 9));
	buf_free(&b);
}

static void
seed_collateral(struct forge_tdx *f)
{
	struct tdx_quote q;
	struct span o;
	uint8_t sig[64];
	X509_CRL *crl;
	const char *why;

	test_begin("collateral");
	CHECK_OK(signed_json_split(buf_span(&f->tcb_info), "tcbInfo", &o,
	    sig));
	seed("tcb_info", "platform", buf_span(&f->tcb_info));
	seed("tcb_info", "inner-object", o);
	CHECK_OK(signed_json_split(buf_span(&f->qe_identity),
	    "enclaveIdentity", &o, sig));
	seed("tcb_info", "quoting-enclave", buf_span(&f->qe_identity));
	crl = crl_decode(buf_span(&f->root_crl_der));
	CHECK(crl != NULL);
	X509_CRL_free(crl);
	seed("crl", "two-revoked", buf_span(&f->root_crl_der));
	CHECK_OK(tdx_quote_decode(buf_span(&f->quote), &q, &why));
	seed("crl", "pem-chain", q.cert_data);
}

int
main(int argc, char *argv[])
{
	struct forge_tdx f;

	top = argc > 1 ? argv[1] : NULL;
	seed_quote(4, 0x81, 2, "version-4");
	seed_quote(5, 0x81, 2, "version-5");
	seed_quote(5, 0x81, 3, "version-5-tdx-1.5");
	seed_quote(4, 0, 1, "version-4-sgx");
	seed_report();
	forge_tdx_init(&f);
	f.root_crl.revoke = 3;
	forge_tdx_make(&f);
	seed_extension(&f);
	seed_collateral(&f);
	forge_tdx_free(&f);
	return test_end();
}
