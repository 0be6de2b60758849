#ifndef FSTOOL_RECORD_H
#define FSTOOL_RECORD_H

#include "evidence/bytes.h"
#include "fstool/header.h"
#include "fstool/limits.h"

/*
 * header.mac, the file beside a header: what that header was when we last
 * wrote it.  All integers big-endian:
 *
 *	"CVMFSMAC", u16 version (1), u8 entries (1 or 2)
 *	uuid[36], u32 NV index, Name of the index[34]
 *	u8 wraps, for each: u8 token number, wrapped key[32]
 *	and for each entry:
 *	u64 epoch, u64 length of the header, SHA-256 of it[32], HMAC-SHA256[32]
 *
 * The MAC key comes from the volume key, so that whoever opens the volume by
 * whatever means can write the record anew.  A wrap is that key XOR a pad
 * which only the secret of that token yields, so that the TPM's one unseal is
 * enough to judge a header before anything looks at its keyslots.  A MAC is
 * over "CVM-FS-MAC-1\0", version, uuid, index, Name, wraps, and the entry's
 * epoch, length and digest.  Two entries stand there while a header is being
 * replaced: of the old, and of the new one.
 */

/* One more than a header has tokens: while it replaces one. */
#define RECORD_WRAPS_MAX	(HEADER_TOKENS_MAX + 1)

struct record_wrap {
	uint8_t	token;			/* its number in the header */
	uint8_t	key[MAC_LEN];
};

struct record_entry {
	uint64_t	epoch;
	uint64_t	len;		/* bytes of the header */
	uint8_t		digest[32];
	uint8_t		mac[MAC_LEN];
};

struct record {
	char			uuid[HEADER_UUID_LEN + 1];
	uint32_t		nv_index;	/* 0: no counter, for there is no TPM (bind tee) */
	uint8_t			nv_name[NV_NAME_LEN];
	size_t			nwraps;
	struct record_wrap	wrap[RECORD_WRAPS_MAX];
	size_t			nentries;
	struct record_entry	entry[2];
};

/* -1 when it cannot be written, which is a fault of the caller. */
int	 record_encode(const struct record *, uint8_t *dst, size_t cap,
	    size_t *ret_len);
/* -1, and a text for people in ret_why (REASON_MAX bytes). */
int	 record_decode(struct span, struct record *, char *ret_why);
/* What the MAC of this entry is computed over. */
int	 record_maced(const struct record *, const struct record_entry *,
	    uint8_t *dst, size_t cap, size_t *ret_len);

#endif
