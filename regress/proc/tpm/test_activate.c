#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "agentd/tpm_msg.h"
#include "evidence/credential.h"
#include "regress/proc/tpm/rig.h"
#include "regress/proc/tpm/test_certs.h"
#include "regress/unit/check.h"

/*
 * The parent's part played to the real agent-tpm on swtpm: credentials that
 * the client's own code makes are opened for the right keys only, by EKs of
 * both ranges, and the proof is the one that the client expects.
 */

#define EK		0x81000050
#define AK		0x81000051
#define JOB		43
#define TURNS		20	/* above the sessions that swtpm has room for */
#define HOSTILE_TURNS	200

struct keys {
	uint8_t	ek[1024];	/* TPMT_PUBLIC */
	size_t	ek_len;
	uint8_t	name[34];
};

static const uint8_t cert[32] = "certificate", conn[32] = "handshake";

static void
keys_read(struct rig *r, struct keys *k)
{
	size_t n;

	CHECK_INT(rig_read_public(r, EK), 0);
	k->ek_len = (size_t)r->rsp.data[10] << 8 | r->rsp.data[11];
	memcpy(k->ek, r->rsp.data + 12, k->ek_len);
	CHECK_INT(rig_read_public(r, AK), 0);
	n = (size_t)r->rsp.data[10] << 8 | r->rsp.data[11];
	k->name[0] = 0;
	k->name[1] = 0x0b;
	EVP_Digest(r->rsp.data + 12, n, k->name + 2, NULL, EVP_sha256(), NULL);
}

static void
challenge(const struct keys *k, struct credential *c)
{
	const char *why = "";

	if (!CHECK_OK(credential_make(span_make(k->ek, k->ek_len),
	    span_make(k->name, sizeof(k->name)), c, &why)))
		printf("%s\n", why);
}

static void
job_of(struct rig *r, const struct credential *c, struct activate_job *j)
{
	memset(j, 0, sizeof(*j));
	memcpy(j->req.nonce, c->nonce, 32);
	j->req.credential_len = c->blob_len;
	memcpy(j->req.credential, c->blob, c->blob_len);
	j->req.secret_len = c->seed_len;
	memcpy(j->req.secret, c->seed, c->seed_len);
	memcpy(j->cert, cert, 32);
	memcpy(j->conn, conn, 32);
	j->ticket_len = r->ticket_len;
	memcpy(j->ticket, r->ticket, r->ticket_len);
}

/* The status, -1 when the worker is gone. */
static int
ask(struct rig *r, const struct activate_job *j, uint8_t ret_proof[32])
{
	struct activate_ans a;
	struct tpm_expect e;
	struct frame f;
	struct rbuf b;
	struct wbuf w;

	CHECK_OK(tpm_activate_command(j->req.credential,
	    j->req.credential_len, j->req.secret, j->req.secret_len,
	    r->ticket_len != 0, &e));
	if (r->expect == NULL)
		r->expect = &e;
	wbuf_init(&w);
	activate_job_put(&w, j);
	CHECK_OK(chan_send(r->worker.req_fd, MSG_ACTIVATE_REQ, JOB, &w, NULL,
	    0));
	if (!worker_next(r, &f)) {
		r->expect = NULL;
		return -1;
	}
	r->expect = NULL;
	CHECK_INT(f.type, MSG_ACTIVATE_ANS);
	CHECK_INT(f.id, JOB);
	rbuf_init(&b, f.data, f.len);
	memset(&a, 0, sizeof(a));
	CHECK_OK(activate_ans_get(&b, &a));
	memcpy(ret_proof, a.proof, 32);
	return a.status;
}

static uint32_t
property(struct rig *r, uint32_t cap, uint32_t which, size_t at)
{
	uint8_t c[22] = { 0x80, 1, 0, 0, 0, 22, 0, 0, 0x01, 0x7a, 0, 0, 0,
	    (uint8_t)cap, (uint8_t)(which >> 24), (uint8_t)(which >> 16),
	    (uint8_t)(which >> 8), (uint8_t)which, 0, 0, 0, 8 };
	const uint8_t *p = r->rsp.data + at;

	CHECK_INT(rig_command(r, c, sizeof(c)), 0);
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Nothing stays loaded, and nothing counts towards the lockout. */
static void
check_clean(struct rig *r)
{
	CHECK_INT(property(r, 1, 0x80000000, 15), 0);
	CHECK_INT(property(r, 1, 0x02000000, 15), 0);
	CHECK_INT(property(r, 6, 0x0000020e, 23), 0);	/* TPM_PT_LOCKOUT_COUNTER */
}

/* How often the bytes are in the memory that the process can write. */
static int
found(int mem, uint64_t from, uint64_t to, const uint8_t *want, size_t len)
{
	uint8_t *p = malloc(to - from), *at;
	int n = 0;

	if (p == NULL)
		abort();
	if (pread(mem, p, to - from, (off_t)from) == (ssize_t)(to - from))
		for (at = p; (at = memmem(at, (size_t)(p + (to - from) - at),
		    want, len)) != NULL; at++)
			n++;
	else
		n = -1;
	free(p);
	return n;
}

static int
memory_has(const struct rig *r, const uint8_t *want, size_t len)
{
	char path[64], line[512], how[8];
	uint64_t from, to;
	int mem, n = 0, k;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)r->worker.pid);
	f = fopen(path, "r");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)r->worker.pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (!CHECK(f != NULL && mem != -1))
		return -1;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &from, &to,
		    how) == 3 && strncmp(how, "rw", 2) == 0 &&
		    to - from < 64 << 20 &&	/* no shadow of a sanitizer */
		    (k = found(mem, from, to, want, len)) > 0)
			n += k;
	fclose(f);
	close(mem);
	return n;
}

/* The request itself may still be there; the secret that the TPM gave is not. */
static void
test_memory(struct rig *r, const struct keys *k)
{
	uint8_t proof[32];
	struct activate_job j;
	struct credential c;

	test_begin("nothing of the secret stays in memory");
	challenge(k, &c);
	job_of(r, &c, &j);
	CHECK_INT(ask(r, &j, proof), ANSWER_OK);
	CHECK(memory_has(r, k->name, sizeof(k->name)) > 0);
	CHECK_INT(memory_has(r, c.secret, sizeof(c.secret)), 0);
	/* an end of it neither */
	CHECK_INT(memory_has(r, c.secret + 16, 16), 0);
}

static void
test_good(struct rig *r, const struct keys *k)
{
	uint8_t proof[32], want[32], other[32];
	struct activate_job j;
	struct credential c;
	int i;

	test_begin("proof");
	for (i = 0; i < TURNS; i++) {
		challenge(k, &c);
		job_of(r, &c, &j);
		CHECK_INT(ask(r, &j, proof), ANSWER_OK);
		CHECK_OK(credential_proof(&c, span_make(cert, 32),
		    span_make(conn, 32), want));
		CHECK_MEM(proof, want, 32);
	}
	/* for another connection it is another one */
	j.conn[31] ^= 1;
	CHECK_INT(ask(r, &j, other), ANSWER_OK);
	CHECK(memcmp(other, proof, 32) != 0);
	j.conn[31] ^= 1;
	j.cert[0] ^= 1;
	CHECK_INT(ask(r, &j, other), ANSWER_OK);
	CHECK(memcmp(other, proof, 32) != 0);
	check_clean(r);
}

static void
refused(struct rig *r, const struct activate_job *j)
{
	static const uint8_t zero[32];
	uint8_t proof[32];

	CHECK_INT(ask(r, j, proof), ANSWER_REFUSED);
	CHECK_MEM(proof, zero, 32);
}

static void
test_refused(struct rig *r, const struct keys *k, const struct keys *foreign)
{
	struct activate_job j;
	struct credential c;
	struct keys other;
	uint8_t proof[32];

	test_begin("credential for another key");
	other = *k;
	other.name[33] ^= 1;
	challenge(&other, &c);
	job_of(r, &c, &j);
	refused(r, &j);
	if (foreign != NULL) {
		other = *foreign;
		memcpy(other.name, k->name, sizeof(other.name));
		challenge(&other, &c);
		job_of(r, &c, &j);
		refused(r, &j);
	}
	test_begin("credential that was changed");
	challenge(k, &c);
	job_of(r, &c, &j);
	j.req.credential[5] ^= 1;	/* in the integrity value */
	refused(r, &j);
	j.req.credential[5] ^= 1;
	j.req.credential[j.req.credential_len - 1] ^= 1;
	refused(r, &j);
	j.req.credential[j.req.credential_len - 1] ^= 1;
	j.req.secret[8] ^= 1;
	refused(r, &j);
	j.req.secret[8] ^= 1;
	j.req.credential_len--;
	refused(r, &j);
	j.req.credential_len = 1;
	refused(r, &j);
	job_of(r, &c, &j);
	j.req.secret_len = 1;
	refused(r, &j);
	job_of(r, &c, &j);
	j.req.secret_len = ENC_SECRET_MAX;
	refused(r, &j);
	job_of(r, &c, &j);
	CHECK_INT(ask(r, &j, proof), ANSWER_OK);
	check_clean(r);
}

static void
test_filter(struct rig *r, const struct keys *k)
{
	static const uint8_t other[] = "another";
	struct activate_job j;
	struct credential c;
	struct tpm_expect e;
	uint8_t proof[32];

	test_begin("another credential than the parent's");
	challenge(k, &c);
	job_of(r, &c, &j);
	CHECK_OK(tpm_activate_command(other, sizeof(other), other,
	    sizeof(other), r->ticket_len != 0, &e));
	r->expect = &e;
	CHECK_INT(ask(r, &j, proof), ANSWER_FAILED);
	CHECK_STR(r->refused, "not the credential that was asked for");
	r->refused = NULL;
	CHECK_INT(ask(r, &j, proof), ANSWER_OK);
	CHECK(r->refused == NULL);
	check_clean(r);
}

/* An EK of the low range: nothing without a good ticket, and none outlives a reset. */
static void
test_ticket(struct rig *r, const struct keys *k)
{
	struct activate_job j;
	struct credential c;
	uint8_t proof[32];

	test_begin("ticket");
	challenge(k, &c);
	job_of(r, &c, &j);
	j.ticket[j.ticket_len - 1] ^= 1;
	CHECK_INT(ask(r, &j, proof), ANSWER_FAILED);
	j.ticket_len--;
	CHECK_INT(ask(r, &j, proof), ANSWER_FAILED);
	j.ticket_len = 0;
	CHECK_INT(ask(r, &j, proof), ANSWER_FAILED);
	check_clean(r);
	rig_power_cycle(r);
	job_of(r, &c, &j);
	CHECK_INT(ask(r, &j, proof), ANSWER_FAILED);
	check_clean(r);
	CHECK_INT(worker_end(r), 0);
	rig_relaunch(r);
	worker_start(r, "agent-tpm", TPM_SERVE, 0);
	job_of(r, &c, &j);
	CHECK_INT(ask(r, &j, proof), ANSWER_OK);
}

static uint32_t
session_start(struct rig *r, uint8_t type)
{
	uint8_t c[] = { 0x80, 1, 0, 0, 0, 43, 0, 0, 0x01, 0x76,
	    0x40, 0, 0, 7, 0x40, 0, 0, 7, 0, 16, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	    1, 1, 1, 1, 1, 1, 0, 0, type, 0, 0x10, 0, 0x0b };

	CHECK_INT(rig_command(r, c, sizeof(c)), 0);
	return (uint32_t)r->rsp.data[10] << 24 | (uint32_t)r->rsp.data[11] << 16 |
	    (uint32_t)r->rsp.data[12] << 8 | r->rsp.data[13];
}

/*
 * A tpm that was killed, or a TPM that lied about a handle, leaves sessions
 * behind, and there is room for three. Somebody else's of another kind stays.
 */
static void
test_leftovers(struct rig *r, const struct keys *k)
{
	uint8_t flush[14] = { 0x80, 1, 0, 0, 0, 14, 0, 0, 0x01, 0x65 };
	struct activate_job j;
	struct credential c;
	uint8_t proof[32];
	uint32_t other;
	int i;

	test_begin("sessions left behind");
	challenge(k, &c);
	job_of(r, &c, &j);
	other = session_start(r, 0);
	session_start(r, 1);
	session_start(r, 1);
	CHECK_INT(ask(r, &j, proof), ANSWER_FAILED);
	CHECK_INT(ask(r, &j, proof), ANSWER_OK);
	CHECK_INT(property(r, 1, 0x02000000, 15), 1);
	for (i = 0; i < 4; i++)
		flush[10 + i] = (uint8_t)(other >> (24 - 8 * i));
	CHECK_INT(rig_command(r, flush, sizeof(flush)), 0);
	check_clean(r);
}

static void
lie(struct rig *r)
{
	if (r->rsp.len == 0 || random() % 5 != 0)
		return;
	if (random() % 4 == 0)
		r->rsp.len = (size_t)random() % r->rsp.len;
	else
		r->rsp.data[(size_t)random() % r->rsp.len] ^=
		    (uint8_t)(1 << random() % 8);
}

static void
test_hostile(struct rig *r, const struct keys *k)
{
	static uint8_t file[TPM_CERTS_MAX];
	uint8_t proof[32], want[32];
	struct activate_job j;
	struct credential c;
	unsigned int i, made = 0;
	size_t n;
	int got = 0;

	test_begin("TPM that lies");
	challenge(k, &c);
	job_of(r, &c, &j);
	srandom(2);
	r->after = lie;
	for (i = 0; i < HOSTILE_TURNS && got != -1; i++) {
		if (i % 4 == 0)
			got = certs_ask(r, file, &n);
		else if ((got = ask(r, &j, proof)) == ANSWER_OK)
			made++;
	}
	r->after = NULL;
	CHECK(got != -1);
	printf("%u of %d proofs came through\n", made, HOSTILE_TURNS * 3 / 4);
	/* a lie may have left a session of ours behind */
	rig_power_cycle(r);
	CHECK_INT(worker_end(r), 0);
	rig_relaunch(r);
	worker_start(r, "agent-tpm", TPM_SERVE, 0);
	job_of(r, &c, &j);
	CHECK_INT(ask(r, &j, proof), ANSWER_OK);
	CHECK_OK(credential_proof(&c, span_make(cert, 32), span_make(conn, 32),
	    want));
	CHECK_MEM(proof, want, 32);
}

static void
broken(struct rig *r, enum msg_type type, size_t len)
{
	static const uint8_t zeros[256];
	struct frame f;
	struct wbuf w;

	worker_start(r, "agent-tpm", TPM_SERVE, 0);
	wbuf_init(&w);
	put_raw(&w, zeros, len);
	CHECK_OK(chan_send(r->worker.req_fd, type, 0, &w, NULL, 0));
	CHECK_INT(worker_next(r, &f), 0);
	CHECK_INT(worker_end(r), 1);
}

/* Only the RSA key has a certificate, so its template is taken. */
static void
rsa_only(struct rig *r)
{
	const uint32_t ecc[] = { 0x4000000c, 0x01c00016 };

	rig_do(r, 0x122, ecc, 2, NULL, 0);	/* NV_UndefineSpace */
}

static void
test_machine(const char *certs, int rsa, const struct keys *foreign,
    struct keys *ret_k)
{
	static uint8_t file[TPM_CERTS_MAX];
	struct keys k;
	struct rig r;
	size_t n;

	rig_start(&r, certs);
	if (rsa)
		rsa_only(&r);
	worker_start(&r, "agent-tpm", TPM_SERVE, 0);
	test_begin("nothing there yet");
	CHECK_INT(certs_ask(&r, file, &n), certs != NULL ? ANSWER_OK :
	    ANSWER_ABSENT);
	CHECK_INT(worker_end(&r), 0);
	rig_first_launch(&r);
	keys_read(&r, &k);
	printf("EK of %zu bytes, ticket of %zu\n", k.ek_len, r.ticket_len);
	worker_start(&r, "agent-tpm", TPM_SERVE, 0);
	test_good(&r, &k);
	test_memory(&r, &k);
	test_refused(&r, &k, foreign);
	test_filter(&r, &k);
	if (certs != NULL && !rsa)
		test_certs(&r);
	if (r.ticket_len != 0) {
		test_leftovers(&r, &k);
		test_ticket(&r, &k);
	}
	test_hostile(&r, &k);
	CHECK_INT(worker_end(&r), 0);
	test_begin("broken frames");
	broken(&r, MSG_TPM_CERTS_REQ, 1);
	broken(&r, MSG_ACTIVATE_REQ, 104);
	rig_stop(&r);
	*ret_k = k;
}

int
main(void)
{
	struct keys low, high, rsa;
	const char *why;

	if ((why = rig_missing()) != NULL)
		test_skip(why);
	test_machine(NULL, 0, NULL, &low);
	test_machine("--create-ek-cert", 0, &low, &high);
	test_machine("--create-ek-cert", 1, &low, &rsa);
	return test_end();
}
