#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agentd/limits.h"
#include "evidence/snp_report.h"
#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "workers/tee_guest.h"

/*
 * tee: one report, then the end. The host answers here, so what it says is
 * read where nothing else is: five attributes of one configfs entry, of which
 * the parent has opened each (Linux ABI/testing/configfs-tsm-report), or where
 * there is no configfs-tsm the guest device (tee_guest.h).
 *
 * Whether the report says what was asked is not looked at: nobody has to
 * believe this machine, so the client must find that out anyway.
 */

enum attribute {
	INBLOB = RES_FD,
	OUTBLOB,
	AUXBLOB,	/* /dev/null when the provider has no certificates */
	PROVIDER,
	GENERATION
};

#define REPORT_DATA	64
#define OUTBLOB_MAX	32768	/* TSM_OUTBLOB_MAX of the kernel */
#define GENERATION_OURS	1	/* of an entry that was made for us and written once */
#define REASON_MAX	GUEST_REASON_MAX

struct report {
	enum tee_kind	kind;
	size_t		len;
	uint8_t		quote[TEE_QUOTE_MAX];
	char		reason[REASON_MAX];	/* why there is none */
};

/* The whole of an attribute, fewer than cap bytes; -1 with errno. */
static ssize_t
attribute_read(int fd, void *dst, size_t cap)
{
	uint8_t *p = dst;
	size_t n = 0;
	ssize_t r;

	while (n < cap) {
		r = read(fd, p + n, cap - n);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		if (r == 0)
			return (ssize_t)n;
		n += (size_t)r;
	}
	errno = EFBIG;
	return -1;
}

static int
text_read(int fd, char *dst, size_t cap)
{
	ssize_t n = attribute_read(fd, dst, cap);

	if (n == -1)
		return -1;
	dst[n] = '\0';
	dst[strcspn(dst, "\n")] = '\0';
	return 0;
}

static int
generation_read(unsigned long *ret_g)
{
	char text[32];
	unsigned long g;
	int end = 0;

	if (text_read(GENERATION, text, sizeof(text)) == -1)
		return -1;
	if (sscanf(text, "%lu%n", &g, &end) != 1 || text[end] != '\0') {
		errno = EBADMSG;
		return -1;
	}
	*ret_g = g;
	return 0;
}

static int
failed(struct report *r, const char *what)
{
	snprintf(r->reason, sizeof(r->reason), "%s: %s", what, strerror(errno));
	return -1;
}

static int
provider_read(struct report *r)
{
	char name[64];

	if (text_read(PROVIDER, name, sizeof(name)) == -1)
		return failed(r, "provider");
	if (strcmp(name, "sev_guest") == 0)
		r->kind = TEE_SEV_SNP;
	else if (strcmp(name, "tdx_guest") == 0)
		r->kind = TEE_TDX;
	else {
		snprintf(r->reason, sizeof(r->reason), "provider %.32s is "
		    "neither sev_guest nor tdx_guest", name);
		return -1;
	}
	return 0;
}

static int
pack_tdx(struct report *r, const uint8_t *out, size_t outlen)
{
	if (outlen == 0) {
		snprintf(r->reason, sizeof(r->reason), "outblob: empty");
		return -1;
	}
	memcpy(r->quote, out, outlen);
	r->len = outlen;
	return 0;
}

/*
 * The certificates are the host's to give, and a verifier can get them from
 * AMD: a table that is none, or too large, takes nothing from the report.
 */
static int
pack_snp(struct report *r, const uint8_t *out, size_t outlen,
    const uint8_t *aux, size_t auxlen)
{
	const struct span report = span_make(out, SNP_REPORT_SIZE);

	if (outlen < SNP_REPORT_SIZE) {
		snprintf(r->reason, sizeof(r->reason), "outblob: %zu bytes are "
		    "no SNP report", outlen);
		return -1;
	}
	if (snp_blob_pack(report, span_make(aux, auxlen), r->quote,
	    sizeof(r->quote), &r->len) == 0)
		return 0;
	log_warnx("the host's certificates are no table: the report is served "
	    "without them");
	return snp_blob_pack(report, span_make(NULL, 0), r->quote,
	    sizeof(r->quote), &r->len);
}

static size_t
auxblob_read(uint8_t *aux, size_t cap)
{
	ssize_t n = attribute_read(AUXBLOB, aux, cap);

	if (n == -1)
		log_warn("auxblob: the report is served without certificates");
	return n == -1 ? 0 : (size_t)n;
}

/*
 * configfs takes inblob when its last descriptor is closed, and no error of
 * that comes back; it also shows one descriptor the same content for ever. So
 * each attribute is used once, and generation is read last: the entry is new,
 * so any other number than that of one write means that somebody else wrote to
 * it and the report may be his.
 */
static int
tsm_report(struct report *r, const uint8_t data[REPORT_DATA])
{
	static uint8_t out[OUTBLOB_MAX + 1], aux[TEE_QUOTE_MAX];
	ssize_t outlen;
	size_t auxlen;
	unsigned long g;

	if (write(INBLOB, data, REPORT_DATA) != REPORT_DATA)
		return failed(r, "inblob");
	close(INBLOB);
	if (provider_read(r) == -1)
		return -1;
	if ((outlen = attribute_read(OUTBLOB, out, sizeof(out))) == -1)
		return failed(r, "outblob");
	auxlen = auxblob_read(aux, sizeof(aux));
	if (generation_read(&g) == -1)
		return failed(r, "generation");
	if (g != GENERATION_OURS) {
		snprintf(r->reason, sizeof(r->reason), "generation is %lu, not "
		    "%d: somebody else writes to the report entry", g,
		    GENERATION_OURS);
		return -1;
	}
	if (r->kind == TEE_TDX)
		return pack_tdx(r, out, (size_t)outlen);
	return pack_snp(r, out, (size_t)outlen, aux, auxlen);
}

/*
 * The device is closed before the host's table is parsed: whoever takes this
 * process by it must not have reports over bytes of his choice.
 */
static int
device_report(struct report *r, enum tee_source source,
    const uint8_t data[REPORT_DATA])
{
	static struct guest_report g;
	int rc = guest_report(RES_FD, source, data, &g);

	close(RES_FD);
	if (rc == -1) {
		memcpy(r->reason, g.reason, sizeof(r->reason));
		return -1;
	}
	r->kind = TEE_SEV_SNP;
	return pack_snp(r, g.report, sizeof(g.report), g.certs, g.certs_len);
}

/* Sealed: neither we nor who gets it can change it while another one reads. */
static int
quote_fd(struct report *r)
{
	const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK |
	    F_SEAL_SEAL;
	int fd;

	fd = memfd_create("quote", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1 || write(fd, r->quote, r->len) != (ssize_t)r->len ||
	    fcntl(fd, F_ADD_SEALS, seals) == -1) {
		failed(r, "memfd");
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

int
main(int argc, char **argv)
{
	static struct report r;
	uint8_t data[REPORT_DATA];
	struct frame f;
	struct rbuf in;
	struct wbuf w;
	unsigned int source;
	int rc, fd = -1;

	agent_child_start(ROLE_TEE, argc, argv, NULL);
	ask_next(&f);
	rbuf_init(&in, f.data, f.len);
	source = get_u8(&in);
	get_raw(&in, data, sizeof(data));
	if (f.type != MSG_REPORT_REQ || f.nfds != 0 || msg_end(&in) == -1 ||
	    source == TEE_FROM_NOTHING || source >= TEE_FROM_MAX)
		fatalx("bad REPORT_REQ");
	rc = source == TEE_FROM_TSM ? tsm_report(&r, data) :
	    device_report(&r, (enum tee_source)source, data);
	if (rc == 0)
		fd = quote_fd(&r);
	wbuf_init(&w);
	put_u8(&w, fd != -1);
	put_u8(&w, (uint8_t)(fd != -1 ? r.kind : TEE_NONE));
	put_str(&w, fd != -1 ? "" : r.reason);
	ask_send(MSG_REPORT_ANS, f.id, &w, &fd, fd != -1 ? 1 : 0);
	return 0;
}
