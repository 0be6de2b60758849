/*
 * The parent's part played to a real, confined tee. Files and pipes stand for
 * the attributes of a report entry; a script of what each says.
 */

#include <sys/mman.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "evidence/snp_report.h"
#include "regress/proc/tee/tee_play.h"
#include "regress/unit/check.h"

#define NATTR		5

struct script {
	const char	*provider, *generation;
	size_t		 out_len, aux_len;
	const uint8_t	*aux;
};

struct inblob_got {
	uint8_t	 p[128];
	ssize_t	 len;
};

static uint8_t outblob[40000], huge[70000];
static char said[1024];

static int
attribute(const void *p, size_t n)
{
	int fd = memfd_create("attribute", MFD_CLOEXEC);

	if (fd == -1 || write(fd, p, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) == -1)
		err(1, "memfd");
	return fd;
}

static void
tee_run(const struct script *sc, struct answer_got *ret_a,
    struct inblob_got *ret_in)
{
	const int res[NATTR] = {
		attribute("", 0), attribute(outblob, sc->out_len),
		sc->aux != NULL ? attribute(sc->aux, sc->aux_len) :
		    open("/dev/null", O_RDONLY | O_CLOEXEC),
		attribute(sc->provider, strlen(sc->provider)),
		attribute(sc->generation, strlen(sc->generation))
	};
	struct spawned s;
	int i;

	tee_start(&s, res, NATTR);
	tee_ask(&s, TEE_FROM_TSM);
	tee_answer(&s, ret_a);
	tee_end(&s, said, sizeof(said));
	ret_in->len = pread(res[0], ret_in->p, sizeof(ret_in->p), 0);
	for (i = 0; i < NATTR; i++)
		close(res[i]);
}

static void
test_snp(void)
{
	/* one certificate of three bytes as VCEK, as the host's table has it */
	static uint8_t aux[48 + 3] = {
		0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5,
		0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd, 48, 0, 0, 0, 3, 0, 0, 0
	};
	struct script sc = { "sev_guest\n", "1\n", SNP_REPORT_SIZE,
	    sizeof(aux), aux };
	uint8_t quote[4096], data[64];
	struct snp_certs certs;
	struct span report;
	struct answer_got a;
	struct inblob_got in;
	ssize_t n;

	test_begin("SNP with a certificate");
	memcpy(aux + 48, "abc", 3);
	memset(data, TEE_DATA, sizeof(data));
	tee_run(&sc, &a, &in);
	CHECK_INT(a.ok, 1);
	CHECK_INT(a.kind, TEE_SEV_SNP);
	CHECK_STR(a.reason, "");
	CHECK_INT(in.len, sizeof(data));
	CHECK_MEM(in.p, data, sizeof(data));
	n = pread(a.fd, quote, sizeof(quote), 0);
	CHECK_INT(n, SNP_REPORT_SIZE + 4 + 4 + 16 + 3);
	if (CHECK_OK(snp_blob_decode(span_make(quote, n > 0 ? (size_t)n : 0),
	    &report, &certs))) {
		CHECK_MEM(report.p, outblob, SNP_REPORT_SIZE);
		CHECK(span_eq_str(certs.vcek, "abc"));
	}
	CHECK_INT(fcntl(a.fd, F_GET_SEALS), F_SEAL_WRITE | F_SEAL_GROW |
	    F_SEAL_SHRINK | F_SEAL_SEAL);
	CHECK_ERRNO(ftruncate(a.fd, 0), EPERM);
	close(a.fd);

	test_begin("SNP without certificates");
	sc.aux = NULL;
	tee_run(&sc, &a, &in);
	CHECK_INT(a.ok, 1);
	CHECK_INT(pread(a.fd, quote, sizeof(quote), 0), SNP_REPORT_SIZE + 4);
	close(a.fd);
}

static void
test_tdx(void)
{
	const struct script sc = { "tdx_guest\n", "1\n", 8000, 0, NULL };
	uint8_t quote[9000];
	struct answer_got a;
	struct inblob_got in;

	test_begin("TDX");
	tee_run(&sc, &a, &in);
	CHECK_INT(a.ok, 1);
	CHECK_INT(a.kind, TEE_TDX);
	CHECK_INT(pread(a.fd, quote, sizeof(quote), 0), 8000);
	CHECK_MEM(quote, outblob, 8000);
	close(a.fd);
}

/* The host's certificates are not worth a report. */
static void
test_bad_tables(void)
{
	static const uint8_t junk[24] = { 1 };
	static const struct {
		const char	*name;
		struct script	 sc;
		const char	*why;
	} t[] = {
		{ "table cut off", { "sev_guest\n", "1\n", 1184, 24, junk },
		    "certificates are no table" },
		{ "table too long", { "sev_guest\n", "1\n", 1184,
		    sizeof(huge), huge }, "auxblob: the report is served "
		    "without certificates: File too large" },
	};
	struct answer_got a;
	struct inblob_got in;
	uint8_t quote[2000];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		test_begin(t[i].name);
		tee_run(&t[i].sc, &a, &in);
		CHECK_INT(a.ok, 1);
		CHECK_INT(a.kind, TEE_SEV_SNP);
		CHECK_INT(pread(a.fd, quote, sizeof(quote), 0),
		    SNP_REPORT_SIZE + 4);
		CHECK_MEM(quote, outblob, SNP_REPORT_SIZE);
		if (!CHECK(strstr(said, t[i].why) != NULL))
			printf("%s\n", said);
		close(a.fd);
	}
}

static void
test_refused(void)
{
	static const struct {
		const char	*name;
		struct script	 sc;
		const char	*reason;
	} t[] = {
		{ "other provider", { "arm_cca_guest\n", "1\n", 1184, 0, NULL },
		    "provider arm_cca_guest is neither" },
		{ "short report", { "sev_guest\n", "1\n", 1183, 0, NULL },
		    "outblob: 1183 bytes" },
		{ "nothing", { "tdx_guest\n", "1\n", 0, 0, NULL },
		    "outblob: empty" },
		{ "too long", { "tdx_guest\n", "1\n", 33000, 0, NULL },
		    "outblob: File too large" },
		{ "another writer", { "sev_guest\n", "2\n", 1184, 0, NULL },
		    "generation is 2, not 1" },
		{ "our write is not there", { "sev_guest\n", "0\n", 1184, 0,
		    NULL }, "generation is 0, not 1" },
		{ "no number", { "sev_guest\n", "1x\n", 1184, 0, NULL },
		    "generation: " },
	};
	struct answer_got a;
	struct inblob_got in;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		test_begin(t[i].name);
		tee_run(&t[i].sc, &a, &in);
		CHECK_INT(a.ok, 0);
		CHECK_INT(a.kind, TEE_NONE);
		if (!CHECK(strncmp(a.reason, t[i].reason,
		    strlen(t[i].reason)) == 0))
			printf("%s\n", a.reason);
	}
}

int
main(void)
{
	size_t i;

	if (geteuid() != 0)
		test_skip("needs root");
	for (i = 0; i < sizeof(outblob); i++)
		outblob[i] = (uint8_t)(i * 7);
	test_snp();
	test_tdx();
	test_bad_tables();
	test_refused();
	return test_end();
}
