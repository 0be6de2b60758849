#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <tss2/tss2_mu.h>
#include <unistd.h>

#include "regress/proc/tpm/rig.h"
#include "regress/unit/check.h"

/*
 * First launch against swtpm: what it makes, that it changes nothing when all
 * is there, and that it finishes what was cut at any of its commands.
 */

#define EK		0x81000050
#define AK		0x81000051
#define RSA_EK		0x81010001	/* where swtpm_setup keeps its own */
#define ECC_EK		0x81010016
#define CUTS_MAX	200	/* far above the commands of a launch */
#define AUTH_SET_BITS	6	/* TPMA_PERMANENT: endorsement and lockout, not owner */

struct launch {
	int	ended;		/* TPMINIT_ANS came */
	int	saved;		/* TPMINIT_SAVED_REQ came */
	int	ok;
	int	ticket;		/* one for the EK came with it */
	char	text[1024];
};

static int
auth_file(struct rig *r)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/auth", r->dir);
	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1)
		err(1, "%s", path);
	return fd;
}

/* keep: the answer to TPMINIT_SAVED_REQ. */
static void
launch(struct rig *r, int have_auth, int keep, struct launch *ret_l)
{
	struct launch l = { .ended = 0 };
	uint8_t ticket[EK_TICKET_MAX];
	struct frame f;
	struct rbuf b;
	struct wbuf w;
	int fd = auth_file(r);

	worker_start(r, "agent-tpminit", TPM_INIT, AGENT_SIMULATED);
	wbuf_init(&w);
	put_u8(&w, (uint8_t)have_auth);
	CHECK_OK(chan_send(r->worker.req_fd, MSG_TPMINIT_REQ, 0, &w, &fd, 1));
	close(fd);
	while (worker_next(r, &f)) {
		rbuf_init(&b, f.data, f.len);
		if (f.type == MSG_TPMINIT_SAVED_REQ) {
			l.saved = 1;
			wbuf_init(&w);
			put_u8(&w, (uint8_t)keep);
			CHECK_OK(chan_send(r->worker.req_fd,
			    MSG_TPMINIT_SAVED_ANS, 0, &w, NULL, 0));
			continue;
		}
		CHECK_INT(f.type, MSG_TPMINIT_ANS);
		l.ended = 1;
		l.ok = get_u8(&b);
		get_str(&b, l.text, sizeof(l.text));
		l.ticket = get_blob(&b, ticket, sizeof(ticket)) != 0;
		CHECK_OK(msg_end(&b));
		break;
	}
	CHECK_INT(worker_end(r), l.ended ? 0 : -1);
	CHECK(r->refused == NULL);
	*ret_l = l;
}

/* TPM_PT_PERMANENT, and how many transient objects and sessions are loaded. */
static uint32_t
capability(struct rig *r, uint32_t cap, uint32_t property, uint32_t count,
    size_t at)
{
	uint8_t c[22] = { 0x80, 1, 0, 0, 0, 22, 0, 0, 0x01, 0x7a, 0, 0, 0,
	    (uint8_t)cap, (uint8_t)(property >> 24), (uint8_t)(property >> 16),
	    (uint8_t)(property >> 8), (uint8_t)property, 0, 0, 0,
	    (uint8_t)count };
	const uint8_t *p = r->rsp.data + at;

	CHECK_INT(rig_command(r, c, sizeof(c)), 0);
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
check_clean(struct rig *r)
{
	CHECK_INT(capability(r, 1, 0x80000000, 8, 15), 0);
	CHECK_INT(capability(r, 1, 0x02000000, 8, 15), 0);
}

static int
read_key(struct rig *r, uint32_t h, TPM2B_PUBLIC *ret_pub)
{
	size_t at = 10;

	memset(ret_pub, 0, sizeof(*ret_pub));
	return CHECK_INT(rig_read_public(r, h), 0) && CHECK_INT(
	    Tss2_MU_TPM2B_PUBLIC_Unmarshal(r->rsp.data, r->rsp.len, &at,
	    ret_pub), 0);
}

static void
check_ak(struct rig *r, TPM2B_PUBLIC *ret_ak)
{
	const TPMT_PUBLIC *p = &ret_ak->publicArea;

	if (!read_key(r, AK, ret_ak))
		return;
	CHECK_INT(p->objectAttributes, TPMA_OBJECT_FIXEDTPM |
	    TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
	    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
	    TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT);
	CHECK_INT(p->type, TPM2_ALG_ECC);
	CHECK_INT(p->nameAlg, TPM2_ALG_SHA256);
	CHECK_INT(p->parameters.eccDetail.curveID, TPM2_ECC_NIST_P256);
	CHECK_INT(p->parameters.eccDetail.scheme.scheme, TPM2_ALG_ECDSA);
	CHECK_INT(p->parameters.eccDetail.scheme.details.ecdsa.hashAlg,
	    TPM2_ALG_SHA256);
	CHECK_INT(p->authPolicy.size, 0);
}

static int
same_key(const TPM2B_PUBLIC *a, const TPM2B_PUBLIC *b)
{
	return memcmp(&a->publicArea, &b->publicArea,
	    sizeof(a->publicArea)) == 0;
}

/* A password of 32 bytes for the hierarchy: 0 when the TPM takes it. */
static uint32_t
try_auth(struct rig *r, uint32_t hierarchy, const uint8_t auth[32])
{
	uint8_t c[10 + 4 + 4 + 9 + 32 + 2 + 32] = { 0x80, 2, 0, 0, 0,
	    sizeof(c), 0, 0, 0x01, 0x29, 0x40, 0, 0, (uint8_t)hierarchy,
	    0, 0, 0, 9 + 32, 0x40, 0, 0, 9, 0, 0, 1, 0, 32 };

	memcpy(c + 27, auth, 32);
	c[59] = 0;
	c[60] = 32;
	memcpy(c + 61, auth, 32);	/* change it to what it is */
	return rig_command(r, c, sizeof(c));
}

/* The file holds what the TPM wants. */
static void
check_auths(struct rig *r)
{
	uint8_t auth[2][32];
	char b[512] = "", e[65], l[65];
	unsigned int i, k, v;
	struct stat st;
	int fd = auth_file(r);

	CHECK_OK(fstat(fd, &st));
	CHECK_INT(pread(fd, b, sizeof(b) - 1, 0), 12 + 65 + 8 + 65);
	close(fd);
	if (!CHECK_INT(sscanf(b, "endorsement %64[0-9a-f]\nlockout "
	    "%64[0-9a-f]\n", e, l), 2))
		return;
	for (k = 0; k < 2; k++)
		for (i = 0; i < 32; i++) {
			sscanf((k ? l : e) + 2 * i, "%2x", &v);
			auth[k][i] = (uint8_t)v;
		}
	CHECK(memcmp(auth[0], auth[1], 32) != 0);
	CHECK_INT(capability(r, 6, TPM2_PT_PERMANENT, 1, 23) & 7,
	    AUTH_SET_BITS);
	CHECK_INT(try_auth(r, 0x0b, auth[0]), 0);
	CHECK_INT(try_auth(r, 0x0a, auth[1]), 0);
	auth[0][31] ^= 1;
	CHECK(try_auth(r, 0x0b, auth[0]) != 0);
}

/* A maker that put only the certificate of the RSA key, and rubbish in front of it. */
static void
make_rsa_only(struct rig *r)
{
	static const uint8_t define[] = { 0, 0, 0, 14, 0x01, 0xc0, 0, 0x0a,
	    0, 0x0b, 0x42, 0x05, 0, 0x01, 0, 0, 0, 8 };
	static const uint8_t write[] = { 0, 8, 0x30, 6, 1, 2, 3, 4, 5, 6, 0, 0 };
	const uint32_t ecc[] = { TPM2_RH_PLATFORM, 0x01c00016 };
	const uint32_t low[] = { TPM2_RH_PLATFORM, 0x01c0000a };

	rig_do(r, TPM2_CC_NV_UndefineSpace, ecc, 2, NULL, 0);
	rig_do(r, TPM2_CC_NV_DefineSpace, low, 1, define, sizeof(define));
	rig_do(r, TPM2_CC_NV_Write, low, 2, write, sizeof(write));
}

static void
remove_key(struct rig *r, uint32_t key)
{
	const uint32_t h[] = { TPM2_RH_OWNER, key };
	const uint8_t p[4] = { (uint8_t)(key >> 24), (uint8_t)(key >> 16),
	    (uint8_t)(key >> 8), (uint8_t)key };

	rig_do(r, TPM2_CC_EvictControl, h, 2, p, sizeof(p));
}

/* The hierarchies have their authorisations, and the keys are gone: made again with these. */
static void
test_again(struct rig *r)
{
	TPM2B_PUBLIC ek, ak, again;
	struct launch l;

	read_key(r, EK, &ek);
	read_key(r, AK, &ak);
	remove_key(r, AK);
	launch(r, 0, 1, &l);
	/* without them only an EK of the high range still opens */
	CHECK_INT(l.ok, (ek.publicArea.objectAttributes &
	    TPMA_OBJECT_USERWITHAUTH) != 0);
	if (l.ok)
		remove_key(r, AK);
	remove_key(r, EK);
	launch(r, 0, 1, &l);
	CHECK(!l.ok && strstr(l.text, "clear the TPM") != NULL);
	check_clean(r);
	launch(r, 1, 1, &l);
	CHECK(l.ok && !l.saved);
	CHECK(read_key(r, EK, &again) && same_key(&ek, &again));
	CHECK(read_key(r, AK, &again) && !same_key(&ak, &again));
	check_clean(r);
	check_auths(r);
}

static void
test_first(const char *certs, const char *what, uint32_t swtpm_ek)
{
	TPM2B_PUBLIC ek, ak, again, maker;
	struct launch l;
	struct rig r;

	test_begin(what);
	rig_start(&r, certs);
	if (swtpm_ek == RSA_EK)
		make_rsa_only(&r);
	launch(&r, 0, 1, &l);
	printf("%s: %u commands: %s\n", what, r.commands, l.text);
	CHECK(l.ended && l.ok && l.saved);
	CHECK(strstr(l.text, what) != NULL);
	check_clean(&r);
	check_ak(&r, &ak);
	read_key(&r, EK, &ek);
	CHECK_INT(l.ticket, (ek.publicArea.objectAttributes &
	    TPMA_OBJECT_USERWITHAUTH) == 0);
	/* swtpm_setup keeps the EK that it made the certificate for */
	if (swtpm_ek != 0 && read_key(&r, swtpm_ek, &maker))
		CHECK(same_key(&ek, &maker));
	check_auths(&r);

	rig_power_cycle(&r);
	launch(&r, 1, 0, &l);
	CHECK(l.ended && l.ok && !l.saved);
	CHECK_STR(l.text, "EK, AK and authorisations are there");
	read_key(&r, EK, &again);
	CHECK(same_key(&again, &ek));
	read_key(&r, AK, &again);
	CHECK(same_key(&again, &ak));
	check_auths(&r);
	test_again(&r);
	rig_stop(&r);
}

/* Cut after the nth command; returns 0 when the launch has fewer. */
static int
cut(unsigned int n)
{
	TPM2B_PUBLIC ak;
	struct launch l;
	struct rig r;
	int saved;

	rig_start(&r, NULL);
	r.cut_at = n;
	launch(&r, 0, 1, &l);
	r.cut_at = 0;
	if (l.ended) {
		rig_stop(&r);
		return 0;
	}
	/* half of them with the TPM still on, its slots full */
	if (n % 2 == 0)
		rig_power_cycle(&r);
	saved = l.saved;
	launch(&r, saved, 1, &l);
	if (!CHECK(l.ended && l.ok))
		printf("cut at %u: %s\n", n, l.text);
	CHECK_INT(l.saved, !saved);
	check_clean(&r);
	check_ak(&r, &ak);
	check_auths(&r);
	rig_stop(&r);
	return 1;
}

/* The file was not kept: the TPM must not have the authorisations. */
static void
test_not_kept(void)
{
	struct launch l;
	struct rig r;
	int fd;

	test_begin("file not kept");
	rig_start(&r, NULL);
	launch(&r, 0, 0, &l);
	CHECK(l.ended && !l.ok && l.saved);
	CHECK_INT(capability(&r, 6, TPM2_PT_PERMANENT, 1, 23) & 7, 0);
	launch(&r, 0, 1, &l);
	CHECK(l.ok && l.saved);

	test_begin("file lost");
	launch(&r, 0, 1, &l);
	CHECK(l.ok && !l.saved);
	CHECK(strstr(l.text, "somebody else") != NULL);

	test_begin("file damaged");
	fd = auth_file(&r);
	CHECK_INT(pwrite(fd, "x", 1, 20), 1);
	close(fd);
	launch(&r, 1, 1, &l);
	CHECK(!l.ok && !l.saved);
	CHECK(strstr(l.text, "damaged") != NULL);
	rig_stop(&r);
}

/* CreatePrimary in the owner hierarchy of a P-256 signing key that is not restricted, kept at AK's handle. */
static void
put_foreign_key(struct rig *r)
{
	static const uint8_t create[] = { 0x80, 2, 0, 0, 0, 65, 0, 0, 0x01,
	    0x31, 0x40, 0, 0, 1, 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0,
	    0, 4, 0, 0, 0, 0, 0, 24,
	    0, 0x23, 0, 0x0b, 0, 0x04, 0, 0x72, 0, 0, 0, 0x10, 0, 0x18, 0, 0x0b,
	    0, 3, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t evict[] = { 0x80, 2, 0, 0, 0, 35, 0, 0, 0x01, 0x20, 0x40, 0, 0,
	    1, 0x80, 0, 0, 0, 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0,
	    0x81, 0, 0, 0x51 };
	uint8_t flush[] = { 0x80, 1, 0, 0, 0, 14, 0, 0, 0x01, 0x65, 0x80, 0, 0,
	    0 };

	CHECK_INT(rig_command(r, create, sizeof(create)), 0);
	memcpy(evict + 14, r->rsp.data + 10, 4);
	memcpy(flush + 10, r->rsp.data + 10, 4);
	CHECK_INT(rig_command(r, evict, sizeof(evict)), 0);
	CHECK_INT(rig_command(r, flush, sizeof(flush)), 0);
}

static void
test_foreign(void)
{
	TPM2B_PUBLIC before, after;
	struct launch l;
	struct rig r;

	test_begin("foreign key at the AK's handle");
	rig_start(&r, NULL);
	put_foreign_key(&r);
	read_key(&r, AK, &before);
	launch(&r, 0, 1, &l);
	CHECK(l.ended && !l.ok && !l.saved);
	CHECK(strstr(l.text, "is not a restricted signing key") != NULL);
	read_key(&r, AK, &after);
	CHECK(same_key(&before, &after));
	check_clean(&r);
	rig_stop(&r);
}

int
main(void)
{
	const char *why;
	unsigned int n;

	if ((why = rig_missing()) != NULL)
		test_skip(why);
	test_first(NULL, "without a certificate", 0);
	test_first("--create-ek-cert", "ECC P-384", ECC_EK);
	test_first("--create-ek-cert", "RSA 2048", RSA_EK);
	test_begin("cut launch");
	for (n = 1; n < CUTS_MAX && cut(n); n++)
		continue;
	printf("cut at each of %u commands\n", n - 1);
	CHECK(n > 20 && n < CUTS_MAX);
	test_not_kept();
	test_foreign();
	return test_end();
}
