/*
 * client-appraise: reads what the agent sent, and the snapshot, and judges. It
 * has no network and no files: evidence comes as sealed memfds and leaves as
 * check lines and, for a snapshot, as one more memfd.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/appraise_case.h"
#include "cli/appraise_kind.h"
#include "cli/appraise_pieces.h"
#include "cli/child.h"
#include "cli/memfd.h"
#include "cli/msg_facts.h"
#include "privsep/log.h"

static struct appraise_case the_case;
static int kind_begun;	/* a case of evidence by itself: no run is planned */

/* Algorithms and configuration are found before no file can be opened. */
static void
warm_up(void)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	const EVP_MD *algs[] = {
		EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()
	};
	EVP_PKEY_CTX *key;
	size_t i;

	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		EVP_Digest("", 0, md, NULL, algs[i], NULL);
	key = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	EVP_PKEY_CTX_free(key);
	key = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	EVP_PKEY_CTX_free(key);
}

static struct span
map_fd(int fd, uint64_t max)
{
	const uint8_t *p;
	size_t n;

	if (memfd_map(fd, max, &p, &n) == -1)
		fatal("evidence cannot be read");
	return span_make(p, n);
}

static void
on_plan(struct frame *f, struct rbuf *r)
{
	struct span *const files[] = {
		&the_case.snapshot, &the_case.whitelist, &the_case.policy_file
	};
	struct plan_ask ask;
	struct plan plan;
	struct wbuf w;
	int i, n = 0;

	if (plan_ask_get(r, &ask) == -1 || the_case.planned ||
	    kind_begun)
		fatalx("broken PLAN_REQ");
	for (i = 0; i < 3; i++) {
		if ((ask.fds & 1 << i) == 0)
			continue;
		if (n >= f->nfds)
			fatalx("PLAN_REQ without its files");
		*files[i] = map_fd(f->fds[n++], USER_FILE_MAX);
	}
	if (n != f->nfds)
		fatalx("PLAN_REQ with a file too many");
	case_plan(&the_case, &ask, &plan);
	wbuf_init(&w);
	plan_put(&w, &plan);
	front_send(CL_PLAN_ANS, &w, NULL, 0);
}

/* The list as numbers becomes the list; what is not one stays, and is refused later. */
static struct span
ima_from_json(struct span json)
{
	buf_free(&the_case.ima);
	buf_init(&the_case.ima, IMA_MAX);
	if (byte_array_decode(json, IMA_MAX, &the_case.ima) == -1 ||
	    the_case.ima.failed)
		return json;
	return buf_span(&the_case.ima);
}

static void
on_part(struct frame *f, struct rbuf *r)
{
	static const uint64_t max[PART_MAX] = {
		[PART_ATTEST] = ATTEST_MAX, [PART_QUOTE_TPM] = QUOTE_MAX,
		[PART_QUOTE_TEE] = QUOTE_MAX, [PART_IMA] = IMA_JSON_MAX,
		[PART_RECORDS] = RECORDS_MAX, [PART_EVENTLOG] = EVENTLOG_MAX,
		[PART_TPM_CERTS] = CERTS_MAX, [PART_ACTIVATION] = SMALL_MAX
	};
	unsigned int part = get_u8(r), content = get_u8(r);
	struct span s;

	if (msg_end(r) == -1 || part >= PART_MAX || content >= CONTENT_MAX ||
	    f->nfds != 1 || !the_case.planned)
		fatalx("broken PART");
	s = map_fd(f->fds[0], max[part]);
	if (part == PART_IMA && content == CONTENT_JSON)
		s = ima_from_json(s);
	the_case.part[part] = s;
}

static void
send_checks(const struct checks *ck)
{
	struct check_line line;
	struct wbuf w;
	size_t i;

	_Static_assert((int)LINE_OK == (int)RESULT_OK &&
	    (int)LINE_WARN == (int)RESULT_WARN &&
	    (int)LINE_SKIP == (int)RESULT_SKIP &&
	    (int)LINE_FAIL == (int)RESULT_FAIL, "same order");
	_Static_assert(sizeof(line.name) >= MAX_CHECK_NAME &&
	    sizeof(line.detail) >= MAX_CHECK_DETAIL &&
	    CHECKS_MAX >= MAX_CHECKS, "same sizes");
	for (i = 0; i < ck->n; i++) {
		line.result = (uint8_t)ck->v[i].result;
		memcpy(line.name, ck->v[i].name, sizeof(ck->v[i].name));
		memcpy(line.detail, ck->v[i].detail, sizeof(ck->v[i].detail));
		wbuf_init(&w);
		check_line_put(&w, &line);
		front_send(CL_CHECK, &w, NULL, 0);
	}
}

/* A new snapshot, or claims, as a sealed memfd, or -1. */
static int
give_json(const struct buf *json)
{
	int fd;

	if ((fd = memfd_make("json")) == -1)
		return -1;
	if (memfd_write(fd, json->p, json->n) == -1 || memfd_seal(fd) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
on_judge(struct frame *f, struct rbuf *r)
{
	static struct checks ck;
	struct judgement j;
	struct buf json;
	struct own own;
	struct wbuf w;
	int fd = -1;

	if (own_get(r, &own) == -1 || f->nfds != 0 || !the_case.planned ||
	    the_case.ask.verb == VERB_FETCH ||
	    the_case.nroots != the_case.ask.nroots)
		fatalx("broken JUDGE_REQ");
	checks_init(&ck);
	buf_init(&json, RECORDS_MAX);
	case_judge(&the_case, &own, &json, &ck, &j);
	if (the_case.ask.verb == VERB_SNAPSHOT &&
	    j.verdict == VERDICT_VERIFIED && (fd = give_json(&json)) == -1)
		fatal("the snapshot cannot be handed over");
	send_checks(&ck);
	wbuf_init(&w);
	judgement_put(&w, &j);
	front_send(CL_JUDGE_ANS, &w, &fd, fd == -1 ? 0 : 1);
	if (fd != -1)
		close(fd);
	buf_free(&json);
}

static void
give_piece(enum piece which, struct span s)
{
	struct wbuf w;
	int fd;

	if ((fd = memfd_make("piece")) == -1 ||
	    memfd_write(fd, s.p, s.n) == -1 || memfd_seal(fd) == -1)
		fatal("a piece of the evidence cannot be handed over");
	wbuf_init(&w);
	put_u8(&w, (uint8_t)which);
	front_send(CL_PIECE, &w, &fd, 1);
	close(fd);
}

static void
on_pieces(struct frame *f, struct rbuf *r)
{
	struct pieces_end end;
	struct wbuf w;
	struct own own;

	if (own_get(r, &own) == -1 || f->nfds != 0 || !the_case.planned ||
	    the_case.ask.verb != VERB_FETCH)
		fatalx("broken PIECES_REQ");
	pieces_take(the_case.part[PART_ATTEST],
	    the_case.part[PART_TPM_CERTS], &own, give_piece, &end);
	wbuf_init(&w);
	pieces_end_put(&w, &end);
	front_send(CL_PIECES_ANS, &w, NULL, 0);
}

static void
on_collateral(struct frame *f, struct rbuf *r)
{
	struct case_place_of p;

	if (case_place_get(r, &p) == -1 || f->nfds != 1 || !the_case.planned ||
	    case_add(&the_case, &p, map_fd(f->fds[0], COLLATERAL_FILE_MAX)) ==
	    -1)
		fatalx("broken COLLATERAL");
}

static void
on_platform(struct frame *f, struct rbuf *r)
{
	struct platform p;
	struct wbuf w;

	if (msg_end(r) == -1 || f->nfds != 0 || !the_case.planned)
		fatalx("broken PLATFORM_REQ");
	platform_take(the_case.part[PART_ATTEST],
	    the_case.part[PART_QUOTE_TEE], &p);
	wbuf_init(&w);
	platform_put(&w, &p);
	front_send(CL_PLATFORM_ANS, &w, NULL, 0);
}

static void
on_challenge(struct frame *f, struct rbuf *r)
{
	struct challenge c;
	struct wbuf w;

	if (msg_end(r) == -1 || f->nfds != 0 || !the_case.planned ||
	    the_case.challenged)
		fatalx("broken CHALLENGE_REQ");
	case_challenge(&the_case, &c);
	wbuf_init(&w);
	challenge_put(&w, &c);
	front_send(CL_CHALLENGE_ANS, &w, NULL, 0);
}

static void
on_case_file(struct frame *f, struct rbuf *r)
{
	struct case_place_of p;

	if (case_place_get(r, &p) == -1 || f->nfds != 1 || the_case.planned ||
	    kind_add_file(&p, map_fd(f->fds[0], EVIDENCE_FILE_MAX)) == -1)
		fatalx("broken CASE_FILE");
	kind_begun = 1;
}

static void
on_case_register(struct frame *f, struct rbuf *r)
{
	struct case_register reg;

	if (case_register_get(r, &reg) == -1 || f->nfds != 0 ||
	    the_case.planned || kind_add_register(&reg) == -1)
		fatalx("broken CASE_REGISTER");
	kind_begun = 1;
}

static void
on_case(struct frame *f, struct rbuf *r)
{
	static struct case_ask ask;
	static struct checks ck;
	struct case_end end;
	struct buf claims;
	struct wbuf w;
	int fd;

	if (case_ask_get(r, &ask) == -1 || f->nfds != 0 || the_case.planned)
		fatalx("broken CASE_REQ");
	kind_begun = 1;
	buf_init(&claims, CLAIMS_MAX);
	if (kind_decide(&ask, &ck, &claims, &end) == -1 || claims.failed)
		fatalx("no memory for the claims");
	if ((fd = give_json(&claims)) == -1)
		fatal("the claims cannot be handed over");
	send_checks(&ck);
	wbuf_init(&w);
	case_end_put(&w, &end);
	front_send(CL_CASE_ANS, &w, &fd, 1);
	close(fd);
	buf_free(&claims);
}

static void
on_facts(struct frame *f, struct rbuf *r)
{
	struct collateral_facts facts;
	char name[ROLE_MAX];
	struct wbuf w;

	get_str(r, name, sizeof(name));
	if (msg_end(r) == -1 || f->nfds != 1)
		fatalx("broken FACTS_REQ");
	collateral_facts_read(name, map_fd(f->fds[0], COLLATERAL_FILE_MAX),
	    &facts);
	wbuf_init(&w);
	facts_put(&w, &facts);
	front_send(CL_FACTS_ANS, &w, NULL, 0);
}

static const struct {
	enum cl_type	 type;
	void		(*on)(struct frame *, struct rbuf *);
} handlers[] = {
	{ CL_PLAN_REQ, on_plan },
	{ CL_PART, on_part },
	{ CL_COLLATERAL, on_collateral },
	{ CL_PLATFORM_REQ, on_platform },
	{ CL_CHALLENGE_REQ, on_challenge },
	{ CL_JUDGE_REQ, on_judge },
	{ CL_PIECES_REQ, on_pieces },
	{ CL_FACTS_REQ, on_facts },
	{ CL_CASE_FILE, on_case_file },
	{ CL_CASE_REGISTER, on_case_register },
	{ CL_CASE_REQ, on_case },
};

static void
dispatch(struct frame *f)
{
	struct rbuf r;
	size_t i;

	rbuf_init(&r, f->data, f->len);
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == f->type) {
			handlers[i].on(f, &r);
			return;
		}
	fatalx("unexpected %s", cl_name(f->type));
}

int
main(int argc, char **argv)
{
	struct frame f;

	warm_up();
	client_child_start(CLIENT_APPRAISE, argc, argv, NULL);
	for (;;) {
		front_next(&f);
		dispatch(&f);
		frame_close(&f);
	}
}
