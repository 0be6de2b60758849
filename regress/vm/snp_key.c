#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "regress/sim/simutil.h"
#include "regress/sim/snp.h"
#include "regress/vm/snp_key.h"

#define VMPL_MAX	3
#define CHIP_ID_SIZE	64

/* What GUEST_FIELD_SELECT names (SEV-SNP ABI 56860, MSG_KEY_REQ); the guest's
 * SVN and the TCB version are those of the request. */
static const struct {
	unsigned int	 bit;
	const char	*name;
	size_t		 len;
} fields[] = {
	{ 1, "image-id", 16 },
	{ 2, "family-id", 16 },
	{ 3, "measurement", 48 },
};
#define SELECT_POLICY	(1ULL << 0)
#define SELECT_SVN	(1ULL << 4)
#define SELECT_TCB	(1ULL << 5)
#define SELECT_ALL	0x3fULL

static void
add_number(struct sbuf *b, uint64_t v)
{
	sbuf_le32(b, (uint32_t)v);
	sbuf_le32(b, (uint32_t)(v >> 32));
}

static void
add_fields(struct sbuf *b, const char *dir, uint64_t select)
{
	uint8_t		 value[64];
	size_t		 i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if ((select & 1ULL << fields[i].bit) == 0)
			continue;
		memset(value, 0, sizeof(value));
		file_read_fixed(dir, fields[i].name, value, fields[i].len);
		sbuf_add(b, value, fields[i].len);
	}
}

int
snp_key_derive(const char *dir, const struct snp_derived_key_req *q,
    uint8_t ret_key[SNP_KEY_SIZE])
{
	static const char secret[] = "the simulated chip's own key";
	const uint64_t	 select = q->guest_field_select;
	struct sbuf	 b = { 0 };
	uint8_t		 chip[CHIP_ID_SIZE] = { 0 };
	unsigned int	 len = SNP_KEY_SIZE;
	int		 ok;

	if (q->rsvd != 0 || q->vmpl > VMPL_MAX || q->root_key_select > 1 ||
	    (select & ~SELECT_ALL) != 0)
		return (-1);
	file_read_fixed(dir, "chip-id", chip, sizeof(chip));
	sbuf_add(&b, chip, sizeof(chip));
	sbuf_le32(&b, q->root_key_select);
	sbuf_le32(&b, q->vmpl);
	add_number(&b, select);
	add_number(&b, select & SELECT_POLICY ?
	    file_read_number(dir, "policy", 0) : 0);
	add_number(&b, select & SELECT_SVN ? q->guest_svn : 0);
	add_number(&b, select & SELECT_TCB ? q->tcb_version : 0);
	add_fields(&b, dir, select);
	ok = HMAC(EVP_sha256(), secret, sizeof(secret), b.p, b.len, ret_key,
	    &len) != NULL;
	sbuf_free(&b);
	return (ok ? 0 : -1);
}
