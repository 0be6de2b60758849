/*
 * agent-conf: reads agent.toml and the certificate, which lie on a disk that
 * the provider holds, and answers with typed items.  It lives for one load.
 * It has no right but to read the descriptors it is lent; a taken one can lie
 * about settings, within the ranges that the parent checks again. Of the
 * evidence's config item, flags follow what it says, the rest is computed by
 * the parent from the file itself.
 */
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "agentd/limits.h"
#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "workers/conf_cert.h"
#include "workers/conf_schema.h"

/* One byte more than is allowed, so that the parsers see what is too long. */
#define FILE_MAX	((CONF_FILE_MAX > CERT_FILE_MAX ? CONF_FILE_MAX : \
			    CERT_FILE_MAX) + 1)

/* The name of a file for messages: a path and its end. */
#define NAME_MAX_LEN	(CONF_PATH_MAX + 16)
/* A message with its NUL: what the parent has room for, more is a broken frame. */
#define MESSAGE_MAX	512

/* One request, opened. */
struct request {
	uint32_t	id;
	char		name[NAME_MAX_LEN];
	size_t		len;
	uint8_t		data[FILE_MAX];
	int		error;		/* errno of reading the file, or 0 */
};

static void
file_read(struct request *req, int fd)
{
	ssize_t n;

	req->len = 0;
	req->error = 0;
	/* By offset: the parent reads the same open file for its digest. */
	while (req->len < sizeof(req->data)) {
		n = pread(fd, req->data + req->len, sizeof(req->data) -
		    req->len, (off_t)req->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			req->error = errno;
		if (n <= 0)
			break;
		req->len += (size_t)n;
	}
}

static void
request_open(struct request *req, struct frame *f)
{
	struct rbuf r;
	int fd;

	rbuf_init(&r, f->data, f->len);
	get_str(&r, req->name, sizeof(req->name));
	if (msg_end(&r) == -1 || f->nfds != 1)
		fatalx("malformed %s", msg_name(f->type));
	req->id = f->id;
	fd = frame_take(f, 0);
	file_read(req, fd);
	close(fd);
}

/* "name:line: text", or "name: text" for line 0; a long name loses its begin. */
static const char *
message_make(const struct request *req, unsigned int line, const char *text)
{
	static char message[NAME_MAX_LEN + sizeof(struct toml_error) + 32];
	size_t len;

	if (line > 0)
		snprintf(message, sizeof(message), "%s:%u: %s", req->name, line,
		    text);
	else
		snprintf(message, sizeof(message), "%s: %s", req->name, text);
	len = strlen(message);
	return message + (len < MESSAGE_MAX ? 0 : len - (MESSAGE_MAX - 1));
}

static void
error_send(const struct request *req, int is_fatal, unsigned int line,
    const char *text)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)is_fatal);
	put_str(&w, message_make(req, line, text));
	ask_send(MSG_CONF_ERROR, req->id, &w, NULL, 0);
}

static void
value_send(uint32_t id, const struct conf_value *value)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u16(&w, (uint16_t)value->item);
	put_u8(&w, (uint8_t)value->kind);
	if (value->kind == CONF_INT)
		put_u64(&w, (uint64_t)value->number);
	else
		put_str(&w, value->text);
	ask_send(MSG_CONF_ITEM, id, &w, NULL, 0);
}

/* 0 and a set, or -1 and the reason. */
static int
conf_parse(const struct request *req, struct conf_set **ret_set,
    struct toml_error *err)
{
	struct toml *doc;
	int rc;

	if (req->error != 0) {
		err->line = 0;
		snprintf(err->text, sizeof(err->text), "%s",
		    strerror(req->error));
		return -1;
	}
	if (toml_parse(req->data, req->len, &doc, err) == -1)
		return -1;
	rc = conf_schema_check(doc, ret_set, err);
	toml_free(doc);
	return rc;
}

/* Nothing is sent of a file that is not right to its end. */
static void
load_answer(const struct request *req)
{
	struct conf_set *set = NULL;
	struct toml_error err;
	struct wbuf w;
	size_t i;
	int ok;

	ok = conf_parse(req, &set, &err) == 0;
	if (!ok)
		error_send(req, 1, err.line, err.text);
	for (i = 0; ok && i < conf_set_count(set); i++)
		value_send(req->id, conf_set_get(set, i));
	conf_set_free(set);
	wbuf_init(&w);
	put_u8(&w, (uint8_t)ok);
	ask_send(MSG_CONF_LOAD_ANS, req->id, &w, NULL, 0);
}

/* A descriptor that nobody can change any more, or -1 with errno. */
static int
memfd_sealed(const char *data, size_t len)
{
	ssize_t n;
	int fd;

	fd = memfd_create("certificates", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	for (; len > 0; data += n, len -= (size_t)n) {
		n = write(fd, data, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			goto fail;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE) == -1)
		goto fail;
	return fd;
fail:
	close(fd);
	return -1;
}

/* facts are NULL when there are none; text is then the reason. */
static void
cert_send(const struct request *req, const struct cert_facts *facts,
    const char *text, int fd)
{
	static const struct cert_facts none;
	const struct cert_facts *f = facts != NULL ? facts : &none;
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, facts != NULL);
	put_raw(&w, f->leaf_hash, sizeof(f->leaf_hash));
	put_raw(&w, f->spki_hash, sizeof(f->spki_hash));
	put_u64(&w, f->not_after > 0 ? (uint64_t)f->not_after : 0);
	put_str(&w, text);
	ask_send(MSG_CONF_CERT_ANS, req->id, &w, &fd, facts != NULL);
}

static void
cert_refuse(const struct request *req, const char *why)
{
	cert_send(req, NULL, message_make(req, 0, why), -1);
}

static void
cert_answer(const struct request *req)
{
	struct cert_facts facts;
	struct cert_text err;
	size_t i;
	int fd;

	if (req->error != 0) {
		cert_refuse(req, strerror(req->error));
		return;
	}
	if (conf_cert_read((const char *)req->data, req->len, time(NULL),
	    &facts, &err) == -1) {
		cert_refuse(req, err.text);
		return;
	}
	for (i = 0; i < facts.nwarnings; i++)
		error_send(req, 0, 0, facts.warnings[i].text);
	if ((fd = memfd_sealed(facts.chain, facts.chain_len)) == -1)
		fatal("memfd of the certificates");
	cert_send(req, &facts, facts.names.text, fd);
	close(fd);
	cert_facts_free(&facts);
}

/* What libcrypto looks up at its first use, it must find before the walls. */
static void
crypto_init(void)
{
	unsigned char hash[EVP_MAX_MD_SIZE];

	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1 ||
	    EVP_Digest("", 0, hash, NULL, EVP_sha256(), NULL) != 1)
		fatalx("libcrypto does not start");
}

int
main(int argc, char **argv)
{
	static struct request req;
	static struct frame f;

	crypto_init();
	agent_child_start(ROLE_CONF, argc, argv, NULL);
	for (;;) {
		ask_next(&f);
		if (f.type != MSG_CONF_LOAD_REQ && f.type != MSG_CONF_CERT_REQ)
			fatalx("unexpected %s", msg_name(f.type));
		request_open(&req, &f);
		if (f.type == MSG_CONF_LOAD_REQ)
			load_answer(&req);
		else
			cert_answer(&req);
		/* Somebody may have pasted a key into the wrong file. */
		explicit_bzero(&req, sizeof(req));
	}
}
