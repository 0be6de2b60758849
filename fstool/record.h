#ifndef FSTOOL_RECORD_H
#define FSTOOL_RECORD_H

#include "evidence/bytes.h"
#include "fstool/header.h"
#include "fstool/limits.h"

/*
 * header.mac, the file beside a header: what that header was when we last
 * wrote it.  All integers big-endian:
 *
 *	"CVMFSMAC", u16 version (1), u8 bind, u8 entries (1 or 2)
 *	uuid[36], u32 NV index, Name of the index[34]
 *	and for each entry:
 *	u64 epoch, u64 length of the header, SHA-256 of it[32],
 *	u8 tags, for each: u8 token number, HMAC[32]; HMAC by the volume key[32]
 *
 * A tag is HMAC-SHA256 over "CVM-FS-MAC-1\0", version, bind, uuid, index,
 * Name, and the entry's epoch, length and digest.  Two entries stand there
 * while a header is being replaced: of the old, and of the new one.
 */

struct record_tag {
	uint8_t	token;			/* its number in the header */
	uint8_t	mac[MAC_LEN];		/* by a key from what it unseals */
};

struct record_entry {
	uint64_t		epoch;
	uint64_t		len;	/* bytes of the header */
	uint8_t			digest[32];
	size_t			ntags;
	struct record_tag	tag[HEADER_TOKENS_MAX];
	uint8_t			volume_mac[MAC_LEN];	/* by a key from the volume key */
};

struct record {
	uint8_t			bind;		/* enum bind */
	char			uuid[HEADER_UUID_LEN + 1];
	uint32_t		nv_index;	/* 0: no counter (bind tee without TPM) */
	uint8_t			nv_name[NV_NAME_LEN];
	size_t			nentries;
	struct record_entry	entry[2];
};

/* -1 when nothing of it can be written, which is a fault of the caller. */
int	 record_encode(const struct record *, uint8_t *dst, size_t cap,
	    size_t *ret_len);
/* -1, and a text for people in ret_why (REASON_MAX bytes). */
int	 record_decode(struct span, struct record *, char *ret_why);
/* What the tags of this entry are computed over. */
int	 record_maced(const struct record *, const struct record_entry *,
	    uint8_t *dst, size_t cap, size_t *ret_len);

#endif
