#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "regress/sim/simutil.h"
#include "regress/sim/swtpm.h"

#define TPM_CC_SHUTDOWN		0x145
#define TPM_CC_PCR_READ		0x17e
#define TPM_CC_GET_CAPABILITY	0x17a
#define TPM_CC_PCR_EXTEND	0x182
#define TPM_ST_NO_SESSIONS	0x8001
#define TPM_ST_SESSIONS		0x8002
#define TPM_HEADER_SIZE		10
#define TPM_RESPONSE_MAX	4096
#define TPM_WAIT_SECONDS	30

static const struct tpm_bank known_banks[] = {
	{ 0x0004, "sha1", 20 },
	{ 0x000b, "sha256", 32 },
	{ 0x000c, "sha384", 48 },
	{ 0x000d, "sha512", 64 },
	{ 0x0012, "sm3", 32 },
};

static void
be_add(struct sbuf *b, uint32_t v, size_t len)
{
	uint8_t		 x[4] = { v >> 24, v >> 16, v >> 8, v };

	sbuf_add(b, x + 4 - len, len);
}

static uint32_t
be_get(const uint8_t *p, size_t len)
{
	uint32_t	 v = 0;

	while (len-- > 0)
		v = v << 8 | *p++;
	return (v);
}

/* Send what b holds behind a header; the response's body, at least min. */
static size_t
tpm_command(struct tpm *t, uint16_t tag, uint32_t cc, const struct sbuf *body,
    uint8_t *resp, size_t min)
{
	struct sbuf	 cmd = { 0 };
	size_t		 len = 0, want = TPM_HEADER_SIZE;
	ssize_t		 n;

	be_add(&cmd, tag, 2);
	be_add(&cmd, TPM_HEADER_SIZE + body->len, 4);
	be_add(&cmd, cc, 4);
	sbuf_add(&cmd, body->p, body->len);
	if (send(t->fd, cmd.p, cmd.len, MSG_NOSIGNAL) != (ssize_t)cmd.len)
		err(1, "TPM: send");
	sbuf_free(&cmd);
	while (len < want) {
		n = recv(t->fd, resp + len, want - len, 0);
		if (n <= 0)
			errx(1, "TPM: no answer");
		len += n;
		if (len == TPM_HEADER_SIZE)
			want = be_get(resp + 2, 4);
		if (want < TPM_HEADER_SIZE || want > TPM_RESPONSE_MAX)
			errx(1, "TPM: answer of %zu bytes", want);
	}
	if (be_get(resp + 6, 4) != 0)
		errx(1, "TPM: command 0x%x: error 0x%x", cc,
		    be_get(resp + 6, 4));
	if (len < TPM_HEADER_SIZE + min)
		errx(1, "TPM: command 0x%x: short answer", cc);
	return (len - TPM_HEADER_SIZE);
}

static void
banks_read(struct tpm *t)
{
	uint8_t		 resp[TPM_RESPONSE_MAX], *p = resp + TPM_HEADER_SIZE;
	struct sbuf	 body = { 0 };
	size_t		 i, n, k, left, bits;
	uint16_t	 alg;

	be_add(&body, 5, 4);			/* TPM_CAP_PCRS */
	be_add(&body, 0, 4);
	be_add(&body, 1, 4);
	left = tpm_command(t, TPM_ST_NO_SESSIONS, TPM_CC_GET_CAPABILITY, &body,
	    resp, 9) - 9;
	sbuf_free(&body);
	n = be_get(p + 5, 4);
	for (p += 9; n > 0 && left >= 3; n--) {
		alg = be_get(p, 2);
		k = p[2];
		if (left < 3 + k)
			break;
		for (bits = 0, i = 0; i < k; i++)
			bits |= p[3 + i];
		p += 3 + k;
		left -= 3 + k;
		for (i = 0; bits != 0 && i < sizeof(known_banks) /
		    sizeof(known_banks[0]); i++)
			if (known_banks[i].alg == alg &&
			    t->nbanks < TPM_BANKS_MAX)
				t->banks[t->nbanks++] = known_banks[i];
	}
	if (t->nbanks == 0)
		errx(1, "TPM: no active PCR bank");
}

void
tpm_open(struct tpm *t, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timeval	 tv = { .tv_sec = TPM_WAIT_SECONDS };

	memset(t, 0, sizeof(*t));
	if (strlen(path) >= sizeof(sun.sun_path))
		errx(1, "%s: path too long for a socket", path);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* connect and recv wait while swtpm serves another client */
	if (t->fd == -1 || setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof(tv)) == -1 || setsockopt(t->fd, SOL_SOCKET, SO_SNDTIMEO,
	    &tv, sizeof(tv)) == -1)
		err(1, "socket");
	if (connect(t->fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", path);
	banks_read(t);
}

void
tpm_close(struct tpm *t)
{
	close(t->fd);
	t->fd = -1;
}

void
tpm_pcr_extend(struct tpm *t, uint32_t pcr, uint8_t digests[][TPM_DIGEST_MAX])
{
	uint8_t		 resp[TPM_RESPONSE_MAX];
	struct sbuf	 body = { 0 };
	size_t		 i;

	be_add(&body, pcr, 4);
	be_add(&body, 9, 4);			/* one password session, empty */
	be_add(&body, 0x40000009, 4);
	be_add(&body, 0, 2);
	be_add(&body, 0, 1);
	be_add(&body, 0, 2);
	be_add(&body, t->nbanks, 4);
	for (i = 0; i < t->nbanks; i++) {
		be_add(&body, t->banks[i].alg, 2);
		sbuf_add(&body, digests[i], t->banks[i].size);
	}
	tpm_command(t, TPM_ST_SESSIONS, TPM_CC_PCR_EXTEND, &body, resp, 0);
	sbuf_free(&body);
}

void
tpm_pcr_read(struct tpm *t, uint16_t alg, uint32_t pcr, uint8_t *ret_value)
{
	uint8_t		 resp[TPM_RESPONSE_MAX], map[3] = { 0 };
	struct sbuf	 body = { 0 };
	size_t		 len, i, size = 0;

	if (pcr >= 24)
		errx(1, "PCR %u: there are 24", pcr);
	map[pcr / 8] = 1 << pcr % 8;
	be_add(&body, 1, 4);
	be_add(&body, alg, 2);
	be_add(&body, sizeof(map), 1);
	sbuf_add(&body, map, sizeof(map));
	/* update counter 4, selection 4 + 6, count 4, size 2, digest */
	len = tpm_command(t, TPM_ST_NO_SESSIONS, TPM_CC_PCR_READ, &body, resp,
	    20);
	sbuf_free(&body);
	for (i = 0; i < t->nbanks; i++)
		if (t->banks[i].alg == alg)
			size = t->banks[i].size;
	if (size == 0 || len < 20 + size ||
	    be_get(resp + TPM_HEADER_SIZE + 18, 2) != size)
		errx(1, "TPM: PCR %u cannot be read in bank 0x%x", pcr, alg);
	memcpy(ret_value, resp + TPM_HEADER_SIZE + 20, size);
}

void
tpm_shutdown(struct tpm *t)
{
	uint8_t		 resp[TPM_RESPONSE_MAX];
	struct sbuf	 body = { 0 };

	be_add(&body, 0, 2);			/* TPM_SU_CLEAR */
	tpm_command(t, TPM_ST_NO_SESSIONS, TPM_CC_SHUTDOWN, &body, resp, 0);
	sbuf_free(&body);
}

size_t
digest_make(const char *name, const void *p, size_t len, uint8_t *ret_digest)
{
	const EVP_MD	*md = EVP_get_digestbyname(name);
	unsigned int	 n;

	if (md == NULL || EVP_MD_get_size(md) > TPM_DIGEST_MAX ||
	    EVP_Digest(p, len, ret_digest, &n, md, NULL) != 1)
		errx(1, "digest %s: not known", name);
	return (n);
}
