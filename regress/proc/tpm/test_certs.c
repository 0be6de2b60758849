#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "agentd/tpm_msg.h"
#include "regress/proc/tpm/test_certs.h"
#include "regress/unit/check.h"

#define JOB	77
#define RSA	0x01c00002	/* EK certificates of swtpm_setup */
#define P384	0x01c00016
#define SEALS	(F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

int
certs_ask(struct rig *r, uint8_t *dst, size_t *ret_n)
{
	struct frame f;
	struct stat st;
	struct wbuf w;
	int fd;

	wbuf_init(&w);
	CHECK_OK(chan_send(r->worker.req_fd, MSG_TPM_CERTS_REQ, JOB, &w, NULL,
	    0));
	if (!worker_next(r, &f))
		return -1;
	CHECK_INT(f.type, MSG_TPM_CERTS_ANS);
	CHECK_INT(f.id, JOB);
	CHECK_INT(f.len, 1);
	CHECK_INT(f.nfds, f.data[0] == ANSWER_OK);
	*ret_n = 0;
	if (f.nfds == 1) {
		fd = frame_take(&f, 0);
		CHECK_INT(fcntl(fd, F_GET_SEALS), SEALS);
		CHECK_OK(fstat(fd, &st));
		CHECK(st.st_size <= TPM_CERTS_MAX);
		*ret_n = (size_t)pread(fd, dst, TPM_CERTS_MAX, 0);
		CHECK_INT(*ret_n, st.st_size);
		close(fd);
	}
	return f.data[0];
}

/* An index as it is, read by the test itself. */
static size_t
nv_read(struct rig *r, uint32_t index, uint8_t *dst, size_t want)
{
	const uint32_t h[2] = { 0x40000001, index };
	struct wbuf w;
	size_t at, n;

	for (at = 0; at < want; at += n) {
		n = want - at < 512 ? want - at : 512;
		wbuf_init(&w);
		put_u16(&w, (uint16_t)n);
		put_u16(&w, (uint16_t)at);
		rig_do(r, 0x14e, h, 2, w.b, w.n);
		memcpy(dst + at, r->rsp.data + 16, n);
	}
	return want;
}

/* The certificate there: its length is in its first bytes. */
static size_t
cert_of(struct rig *r, uint32_t index, uint8_t *dst)
{
	nv_read(r, index, dst, 4);
	if (!CHECK(dst[0] == 0x30 && dst[1] == 0x82))
		return 0;
	return nv_read(r, index, dst, 4 + ((size_t)dst[2] << 8 | dst[3]));
}

static void
check_row(const uint8_t **p, size_t *n, enum tpm_cert_kind kind,
    const uint8_t *want, size_t len)
{
	struct tpm_cert c;

	if (!CHECK_INT(tpm_cert_next(p, n, &c), 1))
		return;
	CHECK_INT(c.kind, kind);
	if (CHECK_INT(c.n, len))
		CHECK_MEM(c.p, want, len);
}

/* The EK is the one for P-384, so its certificate goes before that of the lower index. */
static void
check_eks(struct rig *r, const uint8_t **p, size_t *n)
{
	static uint8_t der[TPM_CERT_MAX];
	struct tpm_cert c;
	size_t len;

	CHECK_INT(rig_read_public(r, 0x81000050), 0);
	if (CHECK_INT(tpm_cert_next(p, n, &c), 1)) {
		CHECK_INT(c.kind, TPM_CERT_EK_PUBLIC);
		CHECK_INT(c.n, r->rsp.data[10] << 8 | r->rsp.data[11]);
		CHECK_MEM(c.p, r->rsp.data + 12, c.n);
	}
	len = cert_of(r, P384, der);
	check_row(p, n, TPM_CERT_EK, der, len);
	len = cert_of(r, RSA, der);
	check_row(p, n, TPM_CERT_EK, der, len);
}

/*
 * A chain of which the second certificate goes on in the next index, and then
 * comes padding; an AK certificate with padding; what is none at all.
 */
static void
fill(struct rig *r, uint8_t *der, size_t *ret_n)
{
	uint8_t b[2048], pad[64] = { 0x30, 0x03, 1, 1, 1, 0xff };
	size_t n = cert_of(r, P384, der);

	memcpy(b, der, n);
	memcpy(b + n, der, n / 2);
	rig_nv_fill(r, 0x01c00100, b, n + n / 2);
	memcpy(b, der + n / 2, n - n / 2);
	memset(b + (n - n / 2), 0xff, 40);
	rig_nv_fill(r, 0x01c001ff, b, n - n / 2 + 40);
	rig_nv_fill(r, 0x01c10000, "no certificate", 14);
	rig_nv_fill(r, 0x01c101d0, pad, sizeof(pad));
	rig_nv_fill(r, 0x01c10001, der, n);	/* a template's place: not asked for */
	rig_nv_fill(r, 0x01c0000a, "\x30\x82\xff\xff", 4);
	*ret_n = n;
}

void
test_certs(struct rig *r)
{
	static uint8_t file[TPM_CERTS_MAX];
	uint8_t der[2048];
	const uint8_t *p = file;
	size_t n, len;

	test_begin("certificates of the maker");
	CHECK_INT(certs_ask(r, file, &n), ANSWER_OK);
	check_eks(r, &p, &n);
	CHECK_INT(n, 0);

	test_begin("chains and AK certificates");
	fill(r, der, &len);
	CHECK_INT(certs_ask(r, file, &n), ANSWER_OK);
	p = file;
	check_eks(r, &p, &n);
	check_row(&p, &n, TPM_CERT_EK_CHAIN, der, len);
	check_row(&p, &n, TPM_CERT_EK_CHAIN, der, len);
	check_row(&p, &n, TPM_CERT_AK, (const uint8_t *)"\x30\x03\1\1\1", 5);
	CHECK_INT(n, 0);
	CHECK(r->refused == NULL);
}
