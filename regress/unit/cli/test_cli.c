#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/evidence_out.h"
#include "cli/fetch_tls.h"
#include "cli/fetch_url.h"
#include "cli/files.h"
#include "cli/kind_roles.h"
#include "cli/memfd.h"
#include "cli/options.h"
#include "cli/savedir.h"
#include "privsep/text.h"
#include "regress/unit/check.h"

static void
make_is(const char *base, const char *path, const char *query,
    const char *want)
{
	const char *why;
	CURLU *b, *u;
	char *got = NULL;

	b = url_base(base, &why);
	if (!CHECK(b != NULL))
		return;
	u = url_make(b, path, query);
	if (CHECK(u != NULL) &&
	    CHECK(curl_url_get(u, CURLUPART_URL, &got, 0) == CURLUE_OK))
		CHECK_STR(got, want);
	curl_free(got);
	curl_url_cleanup(u);
	curl_url_cleanup(b);
}

static void
test_url(void)
{
	const char *why;

	test_begin("URLs");
	make_is("https://h:5555", "/attest", NULL, "https://h:5555/attest");
	make_is("https://h:5555/", "/attest", NULL, "https://h:5555/attest");
	make_is("https://h/a/b//", "/version", NULL, "https://h/a/b/version");
	make_is("https://[::1]:7", "/version", NULL, "https://[::1]:7/version");
	make_is("https://h", "/quote/tee", "nonce=+/a",
	    "https://h/quote/tee?nonce=%2b%2fa");
	CHECK(url_base("http://h", &why) == NULL);
	CHECK(url_base("https://u@h", &why) == NULL);
	CHECK(url_base("https://h?x", &why) == NULL);
	CHECK(url_base("h:1", &why) == NULL);
}

static void
test_bodies(void)
{
	struct attest_ask a = { .bank = 48, .pcrs = 1, .tee = 0, .snapshot = 1 };
	uint8_t nonce[NONCE_LEN] = { 0 };
	char text[512], query[NONCE_QUERY_MAX];

	test_begin("bodies and queries");
	CHECK_OK(attest_body(&a, text, sizeof(text)));
	CHECK_STR(text, "{\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAA\",\"bank\":\"sha384\",\"pcrs\":[0],\"tee\":false,"
	    "\"subject\":\"snapshot\"}");
	CHECK_FAIL(attest_body(&a, text, 40));
	a.bank = 7;
	CHECK_FAIL(attest_body(&a, text, sizeof(text)));
	a = (struct attest_ask){ .bank = 32, .pcrs = 0xffffff };
	CHECK_OK(attest_body(&a, text, sizeof(text)));
	CHECK(strstr(text, ",22,23]") != NULL);
	nonce_query(nonce, query);
	CHECK_STR(query, "nonce=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

static void
test_progress(void)
{
	static const char *const bad[] = {
		"", "null", "{}", "{\"files\":}", "{\"files\":1}",
		"{\"files\":1,\"bytes\":-1}", "{\"files\":1,\"bytes\":2",
		"{\"files\":99999999999999999999,\"bytes\":2}"
	};
	uint64_t files = 7, bytes = 7;
	size_t i;

	test_begin("progress of a snapshot");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_FAIL(progress_read(bad[i], strlen(bad[i]), &files,
		    &bytes));
	CHECK_INT(files, 7);
	CHECK_OK(progress_read("{\"files\":12,\"bytes\":345}", 24, &files,
	    &bytes));
	CHECK_INT(files, 12);
	CHECK_INT(bytes, 345);
}

static void
clean_is(const char *in, const char *want)
{
	char s[64];

	snprintf(s, sizeof(s), "%s", in);
	text_clean(s);
	CHECK_STR(s, want);
}

static void
json_is(const char *in, const char *want)
{
	char *got = NULL;
	size_t n;
	FILE *f;

	if (!CHECK((f = open_memstream(&got, &n)) != NULL))
		return;
	text_json(f, in);
	fclose(f);
	CHECK_STR(got, want);
	free(got);
}

static void
test_text(void)
{
	test_begin("texts of strangers");
	clean_is("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	    "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	clean_is("a\033[31mb\n\x7f", "a?[31mb??");
	clean_is("\xff\xc0\x80\xe2\x82", "?????");
	clean_is("\xc2\x9b" "2J", "??2J");		/* C1 CSI */
	clean_is("x\xe2\x80\xae" "y", "x???y");	/* right-to-left override */
	clean_is("\xed\xa0\x80", "???");		/* surrogate */
	json_is("a\"b\\c", "\"a\\\"b\\\\c\"");
	json_is("\t", "\"\\u0009\"");
}

static void
test_application(void)
{
	static const char *const bad[] = {
		"", ":443", "h:", "h:0", "h:65536", "h:1x", "h/x", "h h",
		"[::1", "[]:1", "[::1]x", "::1", "h:443:1", "u@h"
	};
	struct application a;
	size_t i;

	test_begin("applications");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK_FAIL(application_read(bad[i], &a)))
			printf("\t%s\n", bad[i]);
	CHECK_OK(application_read("svc.example", &a));
	CHECK_STR(a.host, "svc.example");
	CHECK_INT(a.port, 443);
	CHECK_OK(application_read("[::1]:8443", &a));
	CHECK_STR(a.host, "[::1]");
	CHECK_INT(a.port, 8443);
}

/* The conn of DESIGN 7: ClientHello, retry, ClientHello, ServerHello, no more. */
static void
test_watch(void)
{
	static const uint8_t retry[32] = {
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d,
		0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16,
		0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
		0x33, 0x9c
	};
	uint8_t m[60] = { 1, 0, 0, 56 }, h[60] = { 2, 0, 0, 56, 3, 3 };
	uint8_t r[60] = { 2, 0, 0, 56, 3, 3 }, all[240], want[32];
	struct watch w;

	test_begin("hash of a handshake");
	memcpy(r + 6, retry, sizeof(retry));
	memset(&w, 0, sizeof(w));
	w.md = EVP_MD_CTX_new();
	EVP_DigestInit_ex(w.md, EVP_sha256(), NULL);
	watch_message(&w, 22, m, sizeof(m));
	watch_message(&w, 20, m, sizeof(m));	/* not a handshake record */
	watch_message(&w, 22, r, sizeof(r));
	CHECK_INT(w.hello, 0);
	watch_message(&w, 22, m, sizeof(m));
	watch_message(&w, 22, h, sizeof(h));
	CHECK_INT(w.hello, 1);
	watch_message(&w, 22, m, sizeof(m));
	memcpy(all, m, 60);
	memcpy(all + 60, r, 60);
	memcpy(all + 120, m, 60);
	memcpy(all + 180, h, 60);
	EVP_Digest(all, sizeof(all), want, NULL, EVP_sha256(), NULL);
	CHECK_MEM(w.conn, want, sizeof(want));
	CHECK(w.why == NULL);
	watch_free(&w);
}

static int
content_is(const char *path, const char *want)
{
	char got[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, got, sizeof(got) - 1);

	if (fd != -1)
		close(fd);
	return n >= 0 && strcmp(got, want) == 0;
}

static int
memfd_of(const char *text)
{
	int fd = memfd_make("t");

	if (memfd_write(fd, text, strlen(text)) == -1 || memfd_seal(fd) == -1)
		return -1;
	return fd;
}

static void
test_files(void)
{
	char dir[] = "/tmp/cvm-cli.XXXXXX", path[64];
	const uint8_t *p;
	struct stat st;
	size_t n;
	int fd;

	test_begin("files");
	if (!CHECK(mkdtemp(dir) != NULL))
		return;
	snprintf(path, sizeof(path), "%s/s", dir);
	fd = memfd_of("first");
	CHECK_OK(file_save(path, fd));
	CHECK(content_is(path, "first"));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	close(fd);
	fd = memfd_of("second");
	CHECK_OK(file_save(path, fd));
	CHECK(content_is(path, "second"));
	close(fd);
	CHECK_ERRNO(file_load(path, 5), EFBIG);
	if (CHECK((fd = file_load(path, 6)) != -1)) {
		CHECK_ERRNO(write(fd, "x", 1), EPERM);
		CHECK_ERRNO(memfd_map(fd, 5, &p, &n), EFBIG);
		if (CHECK_OK(memfd_map(fd, 6, &p, &n)))
			CHECK(n == 6 && memcmp(p, "second", 6) == 0);
		CHECK_ERRNO(file_save("/nonexistent/x", fd), ENOENT);
		CHECK_ERRNO(file_save(dir, fd), EISDIR);	/* no rename onto it */
		close(fd);
	}
	fd = memfd_make("open");
	CHECK_ERRNO(memfd_map(fd, 6, &p, &n), EPERM);	/* not sealed */
	close(fd);
	CHECK_OK(unlink(path));
	/* nothing was left beside it */
	CHECK_OK(rmdir(dir));
}

static void
test_date(void)
{
	static const struct {
		const char	*text;
		int64_t		 t;
	} dates[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-01-31T12:00:00Z", 1769860800 },
		{ "2026-01-31T14:00:00+02:00", 1769860800 },
		{ "2026-01-31T06:30:00-05:30", 1769860800 },
		{ "2026-01-31t12:00:00.25z", 1769860800 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "1970-01-01T00:00:00+00:01", -1 },
		{ "2026-01-31", -1 },
		{ "2026-01-31T12:00:00", -1 },
		{ "2026-02-30T12:00:00Z", -1 },
		{ "2026-01-31T12:00:00.Z", -1 },
		{ "2026-01-31T12:00:00+0200", -1 },
		{ "2026-01-31T12:00:00+24:00", -1 },
		{ "2026-01-31T12:00:00Z ", -1 },
		{ "2026-01-31 12:00:00Z", -1 },
		{ "", -1 },
	};
	int64_t t;
	size_t i;
	int rc;

	test_begin("dates of RFC 3339");
	for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		t = -1;
		rc = date_read(dates[i].text, &t);
		CHECK_INT(rc, dates[i].t == -1 ? -1 : 0);
		if (!CHECK_INT(t, dates[i].t))
			printf("\t%s\n", dates[i].text);
	}
}

static void
test_claims(void)
{
	static const char *const good[] = {
		"{}", "{\n \"a\": [1, {\"b\": null}]}", "{\"a\":\"}\\\"]\"}"
	};
	static const char *const bad[] = {
		"", "{", "[]", "{}}", "{},\"verdict\":{}", "{\"a\":\"\n\"}",
		"{\"a\":\"\\\033[1m\"}", "{\"a\":\"\200\"}", "{\"a\":\"", "{}\n"
	};
	size_t i;

	test_begin("claims that may be printed");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(claims_printable(good[i], strlen(good[i])));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK(!claims_printable(bad[i], strlen(bad[i]))))
			printf("\t%s\n", bad[i]);
}

static void
test_roles(void)
{
	const char *r = kind_roles("tpm-quote");
	size_t i;

	test_begin("kinds and roles");
	CHECK(kind_roles("") == NULL && kind_roles("tpm") == NULL);
	if (CHECK(r != NULL)) {
		CHECK(role_known(r, "attest", 6) && role_known(r,
		    "eventlog", 8));
		CHECK(!role_known(r, "attes", 5) && !role_known(r, "", 0) &&
		    !role_known(r, "attest signature", 16));
	}
	for (i = 1; kind_name(i) != NULL; i++)
		CHECK(strcmp(kind_name(i - 1), kind_name(i)) < 0);
}

static void
kds_is(struct collateral_ask *a, enum collateral what, const char *want,
    const char *query)
{
	char path[KDS_PATH_MAX], q[KDS_QUERY_MAX];

	a->what = (uint8_t)what;
	if (!CHECK_OK(kds_path(a, path, q)))
		return;
	CHECK_STR(path, want);
	CHECK_STR(q, query);
	make_is("https://kds.example", path, q[0] == '\0' ? NULL : q, q[0] ==
	    '\0' ? "https://kds.example/vcek/v1/Turin/crl" :
	    "https://kds.example/vcek/v1/Turin/0102030405060708?blSPL=07"
	    "&teeSPL=00&snpSPL=21&ucodeSPL=209&fmcSPL=01");
}

static void
test_kds(void)
{
	struct collateral_ask a = { .platform = {
		.snp = 1, .product = "Turin", .hwid_len = 8,
		.hwid = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.nspl = 5, .spl = { 7, 0, 21, 209, 1 }
	} };
	char path[KDS_PATH_MAX], q[KDS_QUERY_MAX];
	struct collateral_ask b;
	struct wbuf w;
	struct rbuf r;

	test_begin("AMD's service");
	kds_is(&a, COLLATERAL_AMD_CRL, "/vcek/v1/Turin/crl", "");
	kds_is(&a, COLLATERAL_AMD_VCEK, "/vcek/v1/Turin/0102030405060708",
	    "blSPL=07&teeSPL=00&snpSPL=21&ucodeSPL=209&fmcSPL=01");
	a.platform.tdx = 1;
	a.platform.fmspc[0] = 0xb0;
	a.what = COLLATERAL_TCB_INFO;
	CHECK_OK(pcs_path(&a, path, q));
	CHECK_STR(path, "/tdx/certification/v4/tcb");
	CHECK_STR(q, "fmspc=B00000000000");
	a.what = COLLATERAL_PCK_CRL;
	CHECK_OK(pcs_path(&a, path, q));
	CHECK_STR(q, "ca=platform&encoding=der");
	a.what = COLLATERAL_INTEL_ROOT_CRL;
	CHECK_OK(pcs_path(&a, path, q));
	CHECK_STR(path, "/IntelSGXRootCA.der");
	a.what = COLLATERAL_AMD_CRL;
	CHECK_FAIL(pcs_path(&a, path, q));
	a.platform.vlek = 1;
	a.what = COLLATERAL_AMD_CHAIN;
	CHECK_OK(kds_path(&a, path, q));
	CHECK_STR(path, "/vlek/v1/Turin/cert_chain");
	a.what = COLLATERAL_AMD_VCEK;
	CHECK_FAIL(kds_path(&a, path, q));
	a.platform.vlek = 0;
	a.platform.hwid_len = 0;
	CHECK_FAIL(kds_path(&a, path, q));
	test_begin("a product that is a path");
	snprintf(a.platform.product, PRODUCT_MAX, "../Milan");
	wbuf_init(&w);
	collateral_ask_put(&w, &a);
	rbuf_init(&r, w.b, w.n);
	CHECK_FAIL(collateral_ask_get(&r, &b));
}

static void
test_challenge(void)
{
	struct challenge c = { .have = 1, .credential_len = 1, .seed_len = 1 };
	struct challenge d;
	char body[ACTIVATE_BODY_MAX];
	struct wbuf w;
	struct rbuf r;

	test_begin("a challenge in a frame and in a body");
	wbuf_init(&w);
	challenge_put(&w, &c);
	rbuf_init(&r, w.b, w.n);
	CHECK_OK(challenge_get(&r, &d));
	c.seed_len = 0;		/* half a challenge is none */
	wbuf_init(&w);
	challenge_put(&w, &c);
	rbuf_init(&r, w.b, w.n);
	CHECK_FAIL(challenge_get(&r, &d));
	c.credential_len = CREDENTIAL_MAX;
	c.seed_len = SEED_MAX;
	CHECK_OK(activate_body(&c, body, sizeof(body)));
	CHECK_FAIL(activate_body(&c, body, 1024));
}

/* appraise reads what strangers send: what it names is printed as it is. */
static void
test_names(void)
{
	struct plan p = { .end = PLAN_OK, .policy = "default" }, q;
	struct judgement j = { .tee_root = "simulated:00ff",
	    .tpm_root = "provider-vtpm" }, k;
	struct wbuf w;
	struct rbuf r;
	int i;

	test_begin("names in a plan and a verdict");
	for (i = 0; i < 4; i++) {
		if (i == 1)
			p.policy[0] = '\033';
		else if (i > 1)
			(i == 2 ? j.tee_root : j.tpm_root)[0] = '\033';
		wbuf_init(&w);
		plan_put(&w, &p);
		rbuf_init(&r, w.b, w.n);
		CHECK_INT(plan_get(&r, &q), i == 0 ? 0 : -1);
		wbuf_init(&w);
		judgement_put(&w, &j);
		rbuf_init(&r, w.b, w.n);
		CHECK_INT(judgement_get(&r, &k), i < 2 ? 0 : -1);
		j.tee_root[0] = 's';
	}
}

static void
test_savedir(void)
{
	char dir[] = "/tmp/t.cli.XXXXXX", path[64], file[96];
	struct savedir d;

	test_begin("a directory appears whole or not at all");
	if (!CHECK(mkdtemp(dir) != NULL))
		return;
	snprintf(path, sizeof(path), "%s/x", dir);
	CHECK_OK(savedir_begin(&d, path));
	CHECK_OK(savedir_add_text(&d, "a", "text"));
	CHECK_OK(savedir_add_text(&d, "collateral/b", "text"));
	CHECK_FAIL(savedir_add_text(&d, "a", "twice"));
	CHECK(access(path, F_OK) == -1);
	savedir_abort(&d);
	CHECK_OK(rmdir(dir));
	CHECK(mkdir(dir, 0700) == 0);
	CHECK_OK(savedir_begin(&d, path));
	CHECK_OK(savedir_add_text(&d, "a", "text"));
	/* somebody makes one meanwhile */
	snprintf(file, sizeof(file), "%s/other", path);
	CHECK(mkdir(path, 0700) == 0 && mkdir(file, 0700) == 0);
	CHECK_FAIL(savedir_commit(&d));
	savedir_abort(&d);
	CHECK_FAIL(savedir_check(path));
	CHECK_OK(rmdir(file));
	CHECK_OK(savedir_check(path));
	CHECK_OK(savedir_begin(&d, path));
	CHECK_OK(savedir_add_text(&d, "a", "text"));
	CHECK_OK(savedir_commit(&d));
	snprintf(file, sizeof(file), "%s/a", path);
	CHECK_OK(unlink(file));
	CHECK_OK(rmdir(path));
	CHECK_OK(rmdir(dir));
}

int
main(void)
{
	test_url();
	test_bodies();
	test_progress();
	test_text();
	test_application();
	test_watch();
	test_files();
	test_date();
	test_claims();
	test_roles();
	test_kds();
	test_challenge();
	test_names();
	test_savedir();
	return test_end();
}
