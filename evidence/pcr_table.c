/* PCR values from JSON, text and tpm2-tools. */
#include <string.h>

#include "evidence/json.h"
#include "evidence/pcr_table.h"

/* tpm2-tools writes its own memory: TPML_PCR_SELECTION, u32 count, TPML_DIGEST
 * of eight, in the order of the host; only LE is read here. */
#define TPM2_SELECTIONS		16u
#define TPM2_LIST		8u
#define TPM2_DIGEST		64u

static int
table_put(struct pcr_table *t, enum digest_alg a, unsigned i, struct span v)
{
	if (a == DIGEST_NONE || i >= TPM_PCRS || v.n != digest_size(a))
		return -1;
	if ((t->mask[a] >> i & 1) != 0)
		return span_eq(v, span_make(t->value[a][i], v.n)) ? 0 : -1;
	memcpy(t->value[a][i], v.p, v.n);
	t->mask[a] |= 1u << i;
	return 0;
}

struct span
pcr_table_get(const struct pcr_table *t, enum digest_alg a, unsigned i)
{
	if (i >= TPM_PCRS || (t->mask[a] >> i & 1) == 0)
		return span_make(NULL, 0);
	return span_make(t->value[a][i], digest_size(a));
}

int
pcr_table_json(struct pcr_table *t, struct span s)
{
	json_t *o = json_load(s, MAX_PCR_FILE), *v;
	struct tpm_pcrs p;
	enum digest_alg a;
	const char *bank;
	unsigned i;
	int rc = -1;

	if (!json_is_object(o))
		goto out;
	json_object_foreach(o, bank, v) {
		a = digest_by_name(span_str(bank));
		memset(&p, 0, sizeof(p));
		if (a == DIGEST_NONE || json_pcrs(v, a, &p) == -1)
			goto out;
		for (i = 0; i < TPM_PCRS; i++)
			if ((p.mask >> i & 1) != 0 && table_put(t, a, i,
			    span_make(p.value[i], digest_size(a))) == -1)
				goto out;
	}
	rc = json_object_size(o) > 0 ? 0 : -1;
out:
	json_decref(o);
	return rc;
}

/* "sha256", "-halg sha1": the last such word of a heading. */
static enum digest_alg
heading_bank(struct span line)
{
	size_t i, n;
	int a;

	for (i = 0; i < line.n; i++)
		for (a = DIGEST_ALG_MAX - 1; a > DIGEST_NONE; a--) {
			n = strlen(digest_name(a));
			if (line.n - i >= n &&
			    memcmp(line.p + i, digest_name(a), n) == 0)
				return a;
		}
	return DIGEST_NONE;
}

static int
text_line(struct pcr_table *t, struct span line, enum digest_alg *bank)
{
	uint8_t v[DIGEST_MAX];
	size_t i = 0, n;
	unsigned index = 0, digits = 0;
	enum digest_alg a;

	while (line.n > 0 && strchr(" \t\r", line.p[line.n - 1]) != NULL)
		line.n--;
	while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
		i++;
	if (i == line.n)
		return 0;
	for (; i < line.n && line.p[i] >= '0' && line.p[i] <= '9' &&
	    digits < 3; i++, digits++)
		index = 10 * index + (line.p[i] - '0');
	while (i < line.n && line.p[i] == ' ')
		i++;
	if (digits == 0 || i == line.n || line.p[i] != ':') {
		if ((a = heading_bank(line)) == DIGEST_NONE)
			return -1;
		*bank = a;
		return 0;
	}
	for (i++; i < line.n && line.p[i] == ' '; i++)
		continue;
	if (line.n - i > 2 && memcmp(line.p + i, "0x", 2) == 0)
		i += 2;
	if (hex_decode(span_make(line.p + i, line.n - i), v, sizeof(v),
	    &n) == -1)
		return -1;
	a = *bank != DIGEST_NONE ? *bank : digest_by_size(n);
	return table_put(t, a, index, span_make(v, n));
}

int
pcr_table_text(struct pcr_table *t, struct span s)
{
	enum digest_alg bank = DIGEST_NONE;
	const uint8_t *nl;
	size_t n;

	if (s.n == 0 || s.n > MAX_PCR_FILE ||
	    memchr(s.p, '\0', s.n) != NULL)
		return -1;
	while (s.n > 0) {
		nl = memchr(s.p, '\n', s.n);
		n = nl == NULL ? s.n : (size_t)(nl - s.p);
		if (text_line(t, span_make(s.p, n), &bank) == -1)
			return -1;
		s = span_make(s.p + n, s.n - n);
		if (nl != NULL)
			s = span_make(s.p + 1, s.n - 1);
	}
	return 0;
}

struct tpm2_select {
	uint32_t	 n;
	struct {
		enum digest_alg	 alg;
		uint32_t	 mask;
	} bank[TPM2_SELECTIONS];
};

static int
tpm2_selections(struct cursor *c, struct tpm2_select *s)
{
	uint8_t size, b[4];
	struct span bits;
	uint16_t id;
	uint32_t i;
	int k;

	if (cursor_le32(c, &s->n) == -1 || s->n == 0 ||
	    s->n > TPM2_SELECTIONS)
		return -1;
	for (i = 0; i < TPM2_SELECTIONS; i++) {
		if (cursor_le16(c, &id) == -1 || cursor_u8(c, &size) == -1 ||
		    cursor_take(c, sizeof(b), &bits) == -1 ||
		    cursor_skip(c, 1) == -1)
			return -1;
		if (i >= s->n)
			continue;
		if (size > 3 || (s->bank[i].alg = digest_by_tpm_id(id)) ==
		    DIGEST_NONE)
			return -1;
		s->bank[i].mask = 0;
		for (k = 0; k < size; k++)
			s->bank[i].mask |= (uint32_t)bits.p[k] << (8 * k);
	}
	return 0;
}

/* Puts one digest where the selection has its next bit. */
static int
tpm2_put(struct pcr_table *t, const struct tpm2_select *s, uint32_t *bank,
    unsigned *index, struct span v)
{
	for (; *bank < s->n; ++*bank, *index = 0)
		for (; *index < TPM_PCRS; ++*index)
			if ((s->bank[*bank].mask >> *index & 1) != 0)
				return table_put(t, s->bank[*bank].alg,
				    (*index)++, v);
	return -1;
}

int
pcr_table_tpm2(struct pcr_table *t, struct span file)
{
	struct tpm2_select s;
	struct cursor c;
	struct span v;
	uint32_t lists, n, bank = 0, i;
	unsigned index = 0;
	uint16_t size;

	cursor_init(&c, file);
	if (file.n > MAX_PCR_FILE || tpm2_selections(&c, &s) == -1 ||
	    cursor_le32(&c, &lists) == -1)
		return -1;
	for (; lists > 0; lists--) {
		if (cursor_le32(&c, &n) == -1 || n > TPM2_LIST)
			return -1;
		for (i = 0; i < TPM2_LIST; i++) {
			if (cursor_le16(&c, &size) == -1 ||
			    size > TPM2_DIGEST ||
			    cursor_take(&c, TPM2_DIGEST, &v) == -1)
				return -1;
			if (i < n && tpm2_put(t, &s, &bank, &index,
			    span_make(v.p, size)) == -1)
				return -1;
		}
	}
	return cursor_left(&c) == 0 ? 0 : -1;
}

int
pcr_table_file(struct pcr_table *t, struct span s)
{
	struct pcr_table u = *t;

	if (pcr_table_json(&u, s) == 0)
		goto out;
	u = *t;
	if (pcr_table_text(&u, s) == 0)
		goto out;
	u = *t;
	if (pcr_table_tpm2(&u, s) == -1)
		return -1;
out:
	*t = u;
	return 0;
}

int
pcr_table_case(struct pcr_table *t, const struct evcase *c)
{
	size_t i;

	for (i = 0; i < c->npcrs; i++)
		if (table_put(t, c->pcr[i].bank, c->pcr[i].index,
		    c->pcr[i].value) == -1)
			return -1;
	return 0;
}
