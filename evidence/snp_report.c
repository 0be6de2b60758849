/* SEV-SNP report and certificate tables as bytes (WIRE 1.1, 1.2). */
#include <string.h>

#include "evidence/limits.h"
#include "evidence/snp_report.h"

#define GUID_LEN	16u

static const struct guid {
	uint8_t	 id[GUID_LEN];
	size_t	 member;	/* of struct snp_certs */
	enum snp_entry_kind kind;
} guids[] = {
	{ { 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43,
	    0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae },
	    offsetof(struct snp_certs, ark), SNP_ENTRY_ARK },
	{ { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f,
	    0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82 },
	    offsetof(struct snp_certs, ask), SNP_ENTRY_ASK },
	{ { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5,
	    0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd },
	    offsetof(struct snp_certs, vcek), SNP_ENTRY_VCEK },
	{ { 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6,
	    0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1 },
	    offsetof(struct snp_certs, vlek), SNP_ENTRY_VLEK },
	{ { 0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d, 0x97, 0xff,
	    0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea },
	    offsetof(struct snp_certs, crl), SNP_ENTRY_CRL },
};

static enum snp_product
product_by_cpuid(uint8_t family, uint8_t model)
{
	if (family == 0x19 && model <= 0x0f)
		return SNP_MILAN;
	if (family == 0x19 && ((model >= 0x10 && model <= 0x1f) ||
	    (model >= 0xa0 && model <= 0xaf)))
		return SNP_GENOA;
	if (family == 0x1a && model <= 0x1f)
		return SNP_TURIN;
	return SNP_UNKNOWN;
}

const char *
snp_product_name(enum snp_product p)
{
	static const char *const name[] = { "unknown", "Milan", "Genoa",
	    "Turin" };

	return (unsigned)p < SNP_PRODUCT_MAX ? name[p] : name[0];
}

void
snp_tcb_decode(struct span s, enum snp_product product, struct snp_tcb *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->raw, s.p, sizeof(ret->raw));
	ret->microcode = s.p[7];
	if (product == SNP_TURIN) {
		ret->fmc = s.p[0];
		ret->boot_loader = s.p[1];
		ret->tee = s.p[2];
		ret->snp = s.p[3];
	} else {
		ret->boot_loader = s.p[0];
		ret->tee = s.p[1];
		ret->snp = s.p[6];
	}
}

static struct span
part(struct span s, size_t off, size_t n)
{
	return span_make(s.p + off, n);
}

static uint64_t
le_at(struct span s, size_t off, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | s.p[off + n];
	return v;
}

static void
report_numbers(struct span s, struct snp_report *r)
{
	r->version = le_at(s, 0x000, 4);
	r->guest_svn = le_at(s, 0x004, 4);
	r->policy = le_at(s, 0x008, 8);
	r->vmpl = le_at(s, 0x030, 4);
	r->sig_alg = le_at(s, 0x034, 4);
	r->platform_info = le_at(s, 0x040, 8);
	r->key_info = le_at(s, 0x048, 4);
	r->author_key_en = r->key_info & 1;
	r->mask_chip_key = r->key_info >> 1 & 1;
	r->signing_key = r->key_info >> 2 & 7;
	/* Build first: as a number it is in the right order already. */
	r->current_fw = le_at(s, 0x1e8, 3);
	r->committed_fw = le_at(s, 0x1ec, 3);
	if (r->version >= 3) {
		r->has_cpuid = 1;
		r->cpuid_family = s.p[0x188];
		r->cpuid_model = s.p[0x189];
		r->cpuid_stepping = s.p[0x18a];
		r->product = product_by_cpuid(r->cpuid_family,
		    r->cpuid_model);
	}
}

int
snp_report_decode(struct span s, struct snp_report *ret)
{
	struct snp_report r;

	if (s.n != SNP_REPORT_SIZE)
		return -1;
	memset(&r, 0, sizeof(r));
	report_numbers(s, &r);
	if (r.version < 2 || r.version > 5)
		return -1;
	r.raw = s;
	r.body = part(s, 0, SNP_SIGNED_SIZE);
	r.family_id = part(s, 0x010, 16);
	r.image_id = part(s, 0x020, 16);
	r.report_data = part(s, SNP_REPORT_DATA, 64);
	r.measurement = part(s, 0x090, 48);
	r.host_data = part(s, 0x0c0, 32);
	r.id_key_digest = part(s, 0x0e0, 48);
	r.author_key_digest = part(s, 0x110, 48);
	r.report_id = part(s, 0x140, 32);
	r.report_id_ma = part(s, 0x160, 32);
	r.chip_id = part(s, 0x1a0, 64);
	snp_tcb_decode(part(s, 0x038, 8), r.product, &r.current);
	snp_tcb_decode(part(s, 0x180, 8), r.product, &r.reported);
	snp_tcb_decode(part(s, 0x1e0, 8), r.product, &r.committed);
	snp_tcb_decode(part(s, 0x1f0, 8), r.product, &r.launch);
	r.sig_r = part(s, 0x2a0, 72);
	r.sig_s = part(s, 0x2e8, 72);
	r.sig_rest = part(s, 0x330, SNP_REPORT_SIZE - 0x330);
	*ret = r;
	return 0;
}

/* Files an entry under its role; an unknown GUID is counted only. */
static int
certs_put(struct snp_certs *c, struct span guid, struct span der)
{
	struct span *slot;
	size_t i;

	if (der.n > MAX_SNP_CERT)
		return -1;
	for (i = 0; i < sizeof(guids) / sizeof(guids[0]); i++) {
		if (memcmp(guid.p, guids[i].id, GUID_LEN) != 0)
			continue;
		slot = (struct span *)((char *)c + guids[i].member);
		/* Two of a role: a verifier might look at another one than
		 * the next reader does. */
		if (der.n == 0 || slot->n != 0)
			return -1;
		*slot = der;
	}
	c->count++;
	return 0;
}

int
snp_blob_decode(struct span blob, struct span *ret_report,
    struct snp_certs *ret_certs)
{
	struct snp_certs certs;
	struct span report, guid, der;
	struct cursor c;
	uint32_t count, len;

	memset(&certs, 0, sizeof(certs));
	cursor_init(&c, blob);
	if (cursor_take(&c, SNP_REPORT_SIZE, &report) == -1)
		return -1;
	if (cursor_left(&c) > 0) {
		if (cursor_le32(&c, &count) == -1 || count > MAX_SNP_CERTS)
			return -1;
		for (; count > 0; count--) {
			if (cursor_le32(&c, &len) == -1 || len < GUID_LEN ||
			    cursor_take(&c, GUID_LEN, &guid) == -1 ||
			    cursor_take(&c, len - GUID_LEN, &der) == -1 ||
			    certs_put(&certs, guid, der) == -1)
				return -1;
		}
	}
	if (cursor_left(&c) != 0)
		return -1;
	*ret_report = report;
	*ret_certs = certs;
	return 0;
}

static enum snp_entry_kind
entry_kind(struct span guid)
{
	size_t i;

	if (span_is_zero(guid))
		return SNP_ENTRY_EMPTY;
	for (i = 0; i < sizeof(guids) / sizeof(guids[0]); i++)
		if (memcmp(guid.p, guids[i].id, GUID_LEN) == 0)
			return guids[i].kind;
	return SNP_ENTRY_OTHER;
}

const char *
snp_entry_name(enum snp_entry_kind k)
{
	static const char *const name[] = { "empty", "ARK", "ASK", "VCEK",
	    "VLEK", "CRL", "other" };

	return (unsigned)k < SNP_ENTRY_MAX ? name[k] : name[SNP_ENTRY_OTHER];
}

size_t
snp_blob_entries(struct span blob, struct snp_entry *ret)
{
	struct cursor c;
	uint32_t count, len;
	size_t i;

	cursor_init(&c, blob);
	if (cursor_skip(&c, SNP_REPORT_SIZE) == -1 ||
	    cursor_le32(&c, &count) == -1 || count > MAX_SNP_CERTS)
		return 0;
	for (i = 0; i < count; i++) {
		if (cursor_le32(&c, &len) == -1 || len < GUID_LEN ||
		    cursor_take(&c, GUID_LEN, &ret[i].guid) == -1 ||
		    cursor_take(&c, len - GUID_LEN, &ret[i].data) == -1)
			return i;
		ret[i].kind = entry_kind(ret[i].guid);
	}
	return count;
}

/* One entry of the older table; other: the variant that has a GUID. */
static int
bincode_next(struct cursor *c, uint32_t other, uint32_t *ret_variant,
    struct snp_entry *e)
{
	uint64_t len;

	e->guid = span_make(NULL, 0);
	if (cursor_le32(c, ret_variant) == -1 || *ret_variant > 6)
		return -1;
	if (*ret_variant == other && (cursor_le64(c, &len) == -1 ||
	    len != GUID_LEN || cursor_take(c, GUID_LEN, &e->guid) == -1))
		return -1;
	if (cursor_le64(c, &len) == -1 || len > MAX_SNP_CERT ||
	    cursor_take(c, len, &e->data) == -1)
		return -1;
	e->kind = e->guid.n != 0 ? entry_kind(e->guid) :
	    *ret_variant < SNP_ENTRY_MAX ? *ret_variant : SNP_ENTRY_OTHER;
	return 0;
}

static int
bincode_table(struct cursor c, uint32_t other, struct snp_entry *e,
    uint32_t *variants, size_t *ret_count)
{
	uint64_t count;
	size_t i;

	if (cursor_le64(&c, &count) == -1 || count > MAX_SNP_CERTS)
		return -1;
	for (i = 0; i < count; i++)
		if (bincode_next(&c, other, &variants[i], &e[i]) == -1)
			return -1;
	*ret_count = count;
	return cursor_left(&c) == 0 ? 0 : -1;
}

int
snp_bincode_decode(struct span blob, struct span *ret_report,
    struct snp_entry *e, uint32_t *ret_variants, size_t *ret_count)
{
	struct cursor c;

	cursor_init(&c, blob);
	if (cursor_take(&c, SNP_REPORT_SIZE, ret_report) == -1)
		return -1;
	/* Newer (VLEK known, other is 6), then older (other is 3). */
	if (bincode_table(c, 6, e, ret_variants, ret_count) == 0)
		return 0;
	return bincode_table(c, 3, e, ret_variants, ret_count);
}

/* Next entry of the host's table: 1, 0 at its end, -1 malformed. */
static int
aux_next(struct cursor *c, struct span aux, struct span *ret_guid,
    struct span *ret_der)
{
	uint32_t off, len;
	struct span guid;

	if (cursor_take(c, GUID_LEN, &guid) == -1 ||
	    cursor_le32(c, &off) == -1 || cursor_le32(c, &len) == -1)
		return -1;
	if (span_is_zero(guid))
		return 0;
	if (off > aux.n || len > aux.n - off || len > MAX_SNP_CERT)
		return -1;
	*ret_guid = guid;
	*ret_der = part(aux, off, len);
	return 1;
}

int
snp_auxblob_decode(struct span aux, struct snp_certs *ret)
{
	struct snp_certs certs;
	struct span guid, der;
	struct cursor c;
	int more;

	memset(&certs, 0, sizeof(certs));
	if (aux.n > MAX_SNP_AUXBLOB)
		return -1;
	cursor_init(&c, aux);
	while (aux.n > 0 && (more = aux_next(&c, aux, &guid, &der)) != 0) {
		if (more == -1 || certs.count == MAX_SNP_CERTS ||
		    certs_put(&certs, guid, der) == -1)
			return -1;
	}
	*ret = certs;
	return 0;
}

static void
put_le32(uint8_t *p, uint32_t v)
{
	p[0] = v & 0xff;
	p[1] = v >> 8 & 0xff;
	p[2] = v >> 16 & 0xff;
	p[3] = v >> 24;
}

int
snp_blob_pack(struct span report, struct span aux, uint8_t *dst, size_t cap,
    size_t *ret_len)
{
	struct span guid, der;
	struct snp_certs certs;
	struct cursor c;
	size_t n = SNP_REPORT_SIZE + 4;

	if (report.n != SNP_REPORT_SIZE || cap < n ||
	    snp_auxblob_decode(aux, &certs) == -1)
		return -1;
	memcpy(dst, report.p, SNP_REPORT_SIZE);
	put_le32(dst + SNP_REPORT_SIZE, certs.count);
	cursor_init(&c, aux);
	while (aux.n > 0 && aux_next(&c, aux, &guid, &der) == 1) {
		if (cap - n < 4 + GUID_LEN + der.n)
			return -1;
		put_le32(dst + n, GUID_LEN + der.n);
		memcpy(dst + n + 4, guid.p, GUID_LEN);
		memcpy(dst + n + 4 + GUID_LEN, der.p, der.n);
		n += 4 + GUID_LEN + der.n;
	}
	*ret_len = n;
	return 0;
}
