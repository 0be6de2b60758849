#include <err.h>
#include <string.h>
#include <stdio.h>

#include <openssl/evp.h>

#include "regress/sim/imaentry.h"

#define IMA_NAME_PAD	256	/* template "ima": name padded for hashing */
#define IMA_FIELDS_MAX	9
#define SHA1_SIZE	20

enum field {
	F_END, F_D, F_D_NG, F_D_NGV2, F_N, F_N_NG, F_SIG, F_BUF, F_D_MODSIG,
	F_MODSIG, F_XATTRNAMES, F_XATTRLENGTHS, F_XATTRVALUES, F_IUID, F_IGID,
	F_IMODE
};

static const struct {
	const char	*name;
	enum field	 fields[IMA_FIELDS_MAX + 1];
} templates[] = {
	{ "ima", { F_D, F_N } },
	{ "ima-ng", { F_D_NG, F_N_NG } },
	{ "ima-sig", { F_D_NG, F_N_NG, F_SIG } },
	{ "ima-ngv2", { F_D_NGV2, F_N_NG } },
	{ "ima-sigv2", { F_D_NGV2, F_N_NG, F_SIG } },
	{ "ima-buf", { F_D_NG, F_N_NG, F_BUF } },
	{ "ima-modsig", { F_D_NG, F_N_NG, F_SIG, F_D_MODSIG, F_MODSIG } },
	{ "evm-sig", { F_D_NG, F_N_NG, F_SIG, F_XATTRNAMES, F_XATTRLENGTHS,
	    F_XATTRVALUES, F_IUID, F_IGID, F_IMODE } },
};
#define NTEMPLATES	(sizeof(templates) / sizeof(templates[0]))

static size_t
template_index(const char *name)
{
	size_t		 i;

	for (i = 0; i < NTEMPLATES; i++)
		if (strcmp(templates[i].name, name) == 0)
			break;
	return (i);
}

int
ima_template_known(const char *name)
{
	return (template_index(name) < NTEMPLATES);
}

static void
hex_add(struct sbuf *b, const uint8_t *p, size_t len)
{
	char		 text[3];

	for (; len > 0; len--, p++) {
		snprintf(text, sizeof(text), "%02x", *p);
		sbuf_add(b, text, 2);
	}
}

/* The kernel writes blanks in names as '_', so that the list can be split. */
static void
name_add(struct sbuf *b, const char *name)
{
	size_t		 start = b->len;

	sbuf_str(b, name);
	for (; start < b->len; start++)
		if (b->p[start] == ' ')
			b->p[start] = '_';
}

static void
field_text_digest(const struct ima_event *ev, enum field f, struct sbuf *value,
    struct sbuf *ascii)
{
	char		 head[64];

	snprintf(head, sizeof(head), "%s%s%s:", f == F_D_NGV2 ? ev->kind : "",
	    f == F_D_NGV2 ? ":" : "", ev->algo);
	sbuf_str(value, head);
	sbuf_add(value, "", 1);
	sbuf_add(value, ev->digest, ev->digest_len);
	sbuf_str(ascii, head);
	hex_add(ascii, ev->digest, ev->digest_len);
}

static void
field_blob(const struct sbuf *blob, struct sbuf *value, struct sbuf *ascii)
{
	sbuf_add(value, blob->p, blob->len);
	hex_add(ascii, blob->p, blob->len);
}

static void
field_uint(uint32_t v, size_t len, struct sbuf *value, struct sbuf *ascii)
{
	uint8_t		 x[4] = { v, v >> 8, v >> 16, v >> 24 };
	char		 text[16];

	sbuf_add(value, x, len);
	snprintf(text, sizeof(text), "%u", v);
	sbuf_str(ascii, text);
}

static void
field_make(const struct ima_event *ev, enum field f, struct sbuf *value,
    struct sbuf *ascii)
{
	switch (f) {
	case F_D:
		sbuf_add(value, ev->digest, ev->digest_len);
		hex_add(ascii, ev->digest, ev->digest_len);
		break;
	case F_D_NG:
	case F_D_NGV2:
		field_text_digest(ev, f, value, ascii);
		break;
	case F_D_MODSIG:	/* a digest only beside a signature */
		if (ev->modsig.len > 0)
			field_text_digest(ev, f, value, ascii);
		break;
	case F_N:
	case F_N_NG:
		name_add(value, ev->name);
		name_add(ascii, ev->name);
		if (f == F_N_NG)
			sbuf_add(value, "", 1);
		break;
	case F_SIG:
		field_blob(&ev->sig, value, ascii);
		break;
	case F_BUF:
		field_blob(&ev->buffer, value, ascii);
		break;
	case F_MODSIG:
		field_blob(&ev->modsig, value, ascii);
		break;
	case F_XATTRNAMES:
		sbuf_add(value, ev->xattrnames.p, ev->xattrnames.len);
		if (value->len > 0)
			sbuf_str(ascii, (char *)value->p);
		break;
	case F_XATTRLENGTHS:
		field_blob(&ev->xattrlengths, value, ascii);
		break;
	case F_XATTRVALUES:
		field_blob(&ev->xattrvalues, value, ascii);
		break;
	case F_IUID:
		field_uint(ev->uid, 4, value, ascii);
		break;
	case F_IGID:
		field_uint(ev->gid, 4, value, ascii);
		break;
	case F_IMODE:
		field_uint(ev->mode, 2, value, ascii);
		break;
	case F_END:
		break;
	}
}

/*
 * Template "ima" is older than the rest: the digest has no length in front,
 * there is no total, and the name is hashed padded to 256 bytes.
 */
static void
data_add(struct ima_entry *e, struct sbuf *data, enum field f,
    const struct sbuf *value)
{
	static const uint8_t pad[IMA_NAME_PAD];

	if (f != F_D)
		sbuf_le32(data, value->len);
	sbuf_add(data, value->p, value->len);
	if (f == F_D || f == F_N) {
		sbuf_add(&e->hashed, value->p, value->len);
		if (f == F_N && value->len < sizeof(pad))
			sbuf_add(&e->hashed, pad, sizeof(pad) - value->len);
	} else {
		sbuf_le32(&e->hashed, value->len);
		sbuf_add(&e->hashed, value->p, value->len);
	}
}

static void
template_digest(const struct ima_event *ev, const struct sbuf *hashed,
    uint8_t *digest)
{
	memset(digest, 0, SHA1_SIZE);
	if (!ev->violation && EVP_Digest(hashed->p, hashed->len, digest, NULL,
	    EVP_sha1(), NULL) != 1)
		errx(1, "SHA-1 is not available");
}

void
ima_entry_make(const struct ima_event *ev, struct ima_entry *ret_entry)
{
	struct sbuf	 data = { 0 }, text = { 0 }, value = { 0 };
	uint8_t		 digest[SHA1_SIZE];
	char		 head[32];
	size_t		 t = template_index(ev->template), i;
	enum field	 f;

	if (t == NTEMPLATES)
		errx(1, "%s: unknown template", ev->template);
	for (i = 0; (f = templates[t].fields[i]) != F_END; i++) {
		sbuf_str(&text, " ");
		sbuf_add(&value, "", 0);
		value.len = 0;
		field_make(ev, f, &value, &text);
		data_add(ret_entry, &data, f, &value);
	}
	template_digest(ev, &ret_entry->hashed, digest);

	sbuf_le32(&ret_entry->binary, ev->pcr);
	sbuf_add(&ret_entry->binary, digest, sizeof(digest));
	sbuf_le32(&ret_entry->binary, strlen(ev->template));
	sbuf_str(&ret_entry->binary, ev->template);
	if (templates[t].fields[0] != F_D)
		sbuf_le32(&ret_entry->binary, data.len);
	sbuf_add(&ret_entry->binary, data.p, data.len);

	snprintf(head, sizeof(head), "%2u ", ev->pcr);
	sbuf_str(&ret_entry->ascii, head);
	hex_add(&ret_entry->ascii, digest, sizeof(digest));
	sbuf_str(&ret_entry->ascii, " ");
	sbuf_str(&ret_entry->ascii, ev->template);
	sbuf_add(&ret_entry->ascii, text.p, text.len);
	sbuf_str(&ret_entry->ascii, "\n");
	sbuf_free(&data);
	sbuf_free(&text);
	sbuf_free(&value);
}
