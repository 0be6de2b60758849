/* Fields of template data. */
#include <string.h>

#include "evidence/ima_fields.h"

static const char *const field_name[IMA_F_MAX] = {
	[IMA_F_D] = "d", [IMA_F_N] = "n", [IMA_F_D_NG] = "d-ng",
	[IMA_F_D_NGV2] = "d-ngv2", [IMA_F_N_NG] = "n-ng",
	[IMA_F_SIG] = "sig", [IMA_F_BUF] = "buf",
	[IMA_F_D_MODSIG] = "d-modsig", [IMA_F_MODSIG] = "modsig",
	[IMA_F_EVMSIG] = "evmsig", [IMA_F_XATTR_NAMES] = "xattrnames",
	[IMA_F_XATTR_LENGTHS] = "xattrlengths",
	[IMA_F_XATTR_VALUES] = "xattrvalues", [IMA_F_UID] = "iuid",
	[IMA_F_GID] = "igid", [IMA_F_MODE] = "imode",
};

static const struct {
	const char	*name;
	const char	*format;
} templates[] = {
	{ "ima",	"d|n" },
	{ "ima-ng",	"d-ng|n-ng" },
	{ "ima-sig",	"d-ng|n-ng|sig" },
	{ "ima-ngv2",	"d-ngv2|n-ng" },
	{ "ima-sigv2",	"d-ngv2|n-ng|sig" },
	{ "ima-buf",	"d-ng|n-ng|buf" },
	{ "ima-modsig",	"d-ng|n-ng|sig|d-modsig|modsig" },
	{ "evm-sig",	"d-ng|n-ng|evmsig|xattrnames|xattrlengths|"
			"xattrvalues|iuid|igid|imode" },
};

/* hash_algo_name[] and hash_digest_size[] of the kernel. */
static const struct {
	const char	*name;
	size_t		 size;
} hashes[] = {
	{ "md4", 16 }, { "md5", 16 }, { "sha1", 20 }, { "rmd160", 20 },
	{ "sha256", 32 }, { "sha384", 48 }, { "sha512", 64 },
	{ "sha224", 28 }, { "rmd128", 16 }, { "rmd256", 32 },
	{ "rmd320", 40 }, { "wp256", 32 }, { "wp384", 48 }, { "wp512", 64 },
	{ "tgr128", 16 }, { "tgr160", 20 }, { "tgr192", 24 }, { "sm3", 32 },
	{ "sm3-256", 32 }, { "streebog256", 32 }, { "streebog512", 64 },
	{ "sha3-256", 32 }, { "sha3-384", 48 }, { "sha3-512", 64 },
};

size_t
ima_hash_size(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (span_eq_str(name, hashes[i].name))
			return hashes[i].size;
	return 0;
}

static int
field_by_name(struct span s)
{
	int i;

	for (i = 0; i < IMA_F_MAX; i++)
		if (span_eq_str(s, field_name[i]))
			return i;
	return -1;
}

int
ima_template_fields(struct span name, enum ima_field ret[MAX_IMA_FIELDS])
{
	const uint8_t *bar;
	size_t i, n;
	int count = 0, f;

	for (i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (span_eq_str(name, templates[i].name)) {
			name = span_str(templates[i].format);
			break;
		}
	for (;;) {
		bar = name.n == 0 ? NULL : memchr(name.p, '|', name.n);
		n = bar == NULL ? name.n : (size_t)(bar - name.p);
		f = field_by_name(span_make(name.p, n));
		if (f == -1 || count == (int)MAX_IMA_FIELDS)
			return -1;
		ret[count++] = f;
		if (bar == NULL)
			return count;
		name = span_make(bar + 1, name.n - n - 1);
	}
}

/* "sha256:" NUL digest, with or without "ima:" before it. */
static int
digest_ng(struct span f, int v2, struct span *ret_type, struct span *ret_alg,
    struct span *ret_digest)
{
	const uint8_t *nul = f.n == 0 ? NULL : memchr(f.p, '\0', f.n), *colon;
	struct span type = { NULL, 0 }, alg;
	size_t n, size;

	if (nul == NULL || nul - f.p < 2 || nul[-1] != ':')
		return -1;
	n = nul - f.p;
	alg = span_make(f.p, n - 1);
	if (v2) {
		colon = memchr(f.p, ':', alg.n);
		if (colon == NULL || colon == f.p)
			return -1;
		type = span_make(f.p, colon - f.p);
		alg = span_make(colon + 1, alg.n - type.n - 1);
		if (!span_eq_str(type, "ima") && !span_eq_str(type, "verity"))
			return -1;
	}
	*ret_digest = span_make(nul + 1, f.n - n - 1);
	size = ima_hash_size(alg);
	if (alg.n == 0 || ret_digest->n == 0 || ret_digest->n > DIGEST_MAX ||
	    (size != 0 && ret_digest->n != size))
		return -1;
	*ret_type = type;
	*ret_alg = alg;
	return 0;
}

/* A name and its NUL, which is counted; no other NUL. */
static int
name_ng(struct span f, struct span *ret)
{
	if (f.n < 2 || f.n > MAX_FILE_PATH ||
	    memchr(f.p, '\0', f.n) != f.p + f.n - 1)
		return -1;
	*ret = span_make(f.p, f.n - 1);
	return 0;
}

static int
field_digest(enum ima_field kind, struct span s, struct ima_fields *f)
{
	struct span none;

	if (kind == IMA_F_D_MODSIG)
		/* empty when there is no appended signature */
		return s.n == 0 ? 0 : digest_ng(s, 0, &none, &none,
		    &f->modsig_digest);
	if (kind == IMA_F_D) {
		if (s.n != 20)
			return -1;
		f->digest = s;
		f->alg = DIGEST_SHA1;
		f->alg_name = span_str("sha1");
		return 0;
	}
	if (digest_ng(s, kind == IMA_F_D_NGV2, &f->type, &f->alg_name,
	    &f->digest) == -1)
		return -1;
	f->alg = digest_by_name(f->alg_name);
	return 0;
}

static int
field_take(enum ima_field kind, struct span s, struct ima_fields *f)
{
	switch (kind) {
	case IMA_F_D:
	case IMA_F_D_NG:
	case IMA_F_D_NGV2:
	case IMA_F_D_MODSIG:
		return field_digest(kind, s, f);
	case IMA_F_N:
	case IMA_F_N_NG:
		return name_ng(s, &f->path);
	case IMA_F_SIG:
		f->sig = s;
		return 0;
	case IMA_F_BUF:
		f->buf = s;
		f->has_buf = 1;
		return 0;
	case IMA_F_MODSIG:
		f->modsig = s;
		return 0;
	case IMA_F_EVMSIG:
		f->evmsig = s;
		return 0;
	case IMA_F_XATTR_LENGTHS:
		return s.n % 4 == 0 ? 0 : -1;
	case IMA_F_UID:
	case IMA_F_GID:
		return s.n == 4 ? 0 : -1;
	case IMA_F_MODE:
		return s.n == 2 ? 0 : -1;
	default:
		return 0;
	}
}

int
ima_fields_decode(struct span name, struct span data, struct ima_fields *ret)
{
	enum ima_field kind[MAX_IMA_FIELDS];
	struct ima_fields f;
	struct cursor c;
	struct span s;
	uint32_t len;
	int i, n;

	memset(&f, 0, sizeof(f));
	if ((n = ima_template_fields(name, kind)) == -1)
		return -1;
	cursor_init(&c, data);
	for (i = 0; i < n; i++)
		if (cursor_le32(&c, &len) == -1 ||
		    cursor_take(&c, len, &s) == -1 ||
		    field_take(kind[i], s, &f) == -1)
			return -1;
	if (cursor_left(&c) != 0)
		return -1;
	*ret = f;
	return 0;
}
