/*
 * The PCK extension: SEQUENCE of SEQUENCE { OID, value }, the TCB member again
 * so.  The levels are fixed, so there is no recursion.
 */
#include <string.h>

#include "evidence/limits.h"
#include "evidence/sgx_ext.h"

#define DER_INTEGER	0x02u
#define DER_OCTETS	0x04u
#define DER_OID		0x06u
#define DER_ENUM	0x0au
#define DER_SEQUENCE	0x30u

/* 1.2.840.113741.1.13.1 */
static const uint8_t	arc[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01,
    0x0d, 0x01 };

#define ARC_TCB		2u
#define TCB_PCESVN	17u
#define TCB_CPUSVN	18u

#define SEEN_PPID	0x01u
#define SEEN_TCB	0x02u
#define SEEN_PCEID	0x04u
#define SEEN_FMSPC	0x08u
#define SEEN_TYPE	0x10u
#define SEEN_ALL	0x1fu

/* One element; the length must be in its shortest form. */
static int
der_next(struct cursor *c, unsigned *ret_tag, struct span *ret_value)
{
	uint8_t tag, first, low;
	uint16_t len;

	if (cursor_u8(c, &tag) == -1 || cursor_u8(c, &first) == -1)
		return -1;
	len = first;
	if (first == 0x81) {
		if (cursor_u8(c, &low) == -1 || low < 0x80)
			return -1;
		len = low;
	} else if (first == 0x82) {
		if (cursor_be16(c, &len) == -1 || len < 0x100)
			return -1;
	} else if (first >= 0x80)
		return -1;
	if (cursor_take(c, len, ret_value) == -1)
		return -1;
	*ret_tag = tag;
	return 0;
}

/* A SEQUENCE { OID, value } and nothing behind it. */
static int
member_next(struct cursor *c, struct span *ret_oid, unsigned *ret_tag,
    struct span *ret_value)
{
	struct cursor in;
	struct span seq;
	unsigned tag;

	if (der_next(c, &tag, &seq) == -1 || tag != DER_SEQUENCE)
		return -1;
	cursor_init(&in, seq);
	if (der_next(&in, &tag, ret_oid) == -1 || tag != DER_OID ||
	    der_next(&in, ret_tag, ret_value) == -1)
		return -1;
	return cursor_left(&in) == 0 ? 0 : -1;
}

/* The last number of prefix.N, each below 128; 0: another OID. */
static unsigned
oid_last(struct span oid, const uint8_t *prefix, size_t n)
{
	if (oid.n != n + 1 || memcmp(oid.p, prefix, n) != 0 ||
	    oid.p[n] >= 0x80)
		return 0;
	return oid.p[n];
}

/* A DER INTEGER from 0 to 65535. */
static int
der_u16(unsigned tag, struct span s, uint16_t *ret)
{
	uint16_t v = 0;
	size_t i;

	if (tag != DER_INTEGER || s.n == 0 || s.n > 3 || s.p[0] >= 0x80 ||
	    (s.n > 1 && s.p[0] == 0 && s.p[1] < 0x80) ||
	    (s.n == 3 && s.p[0] != 0))
		return -1;
	for (i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	*ret = v;
	return 0;
}

static int
octets(unsigned tag, struct span s, size_t n, struct span *ret)
{
	if (tag != DER_OCTETS || s.n != n)
		return -1;
	*ret = s;
	return 0;
}

static int
tcb_member(unsigned n, unsigned tag, struct span value, struct sgx_ext *e)
{
	uint16_t v;

	if (n == TCB_CPUSVN)
		return octets(tag, value, 16, &e->cpusvn);
	if (n == 0 || n > TCB_PCESVN)
		return -1;
	if (der_u16(tag, value, &v) == -1)
		return -1;
	if (n == TCB_PCESVN)
		e->pcesvn = v;
	else if (v > 255)
		return -1;
	else
		e->svn[n - 1] = v;
	return 0;
}

static int
tcb_decode(unsigned tag, struct span s, struct sgx_ext *e)
{
	uint8_t prefix[sizeof(arc) + 1];
	unsigned n, t;
	struct cursor c;
	struct span oid, value;
	uint32_t seen = 0;

	if (tag != DER_SEQUENCE)
		return -1;
	memcpy(prefix, arc, sizeof(arc));
	prefix[sizeof(arc)] = ARC_TCB;
	cursor_init(&c, s);
	while (cursor_left(&c) > 0) {
		if (member_next(&c, &oid, &t, &value) == -1)
			return -1;
		n = oid_last(oid, prefix, sizeof(prefix));
		if (n > TCB_CPUSVN || (seen & 1u << n) != 0 ||
		    tcb_member(n, t, value, e) == -1)
			return -1;
		seen |= 1u << n;
	}
	/* 1 to 18, all of them */
	return seen == 0x7fffeu ? 0 : -1;
}

static int
member_decode(unsigned n, unsigned tag, struct span value, struct sgx_ext *e,
    unsigned *ret_bit)
{
	switch (n) {
	case 1:
		*ret_bit = SEEN_PPID;
		return octets(tag, value, 16, &e->ppid);
	case ARC_TCB:
		*ret_bit = SEEN_TCB;
		return tcb_decode(tag, value, e);
	case 3:
		*ret_bit = SEEN_PCEID;
		return octets(tag, value, 2, &e->pceid);
	case 4:
		*ret_bit = SEEN_FMSPC;
		return octets(tag, value, 6, &e->fmspc);
	case 5:
		*ret_bit = SEEN_TYPE;
		if (tag != DER_ENUM || value.n != 1)
			return -1;
		e->sgx_type = value.p[0];
		return 0;
	}
	*ret_bit = 0;
	return 0;
}

int
sgx_ext_decode(struct span s, struct sgx_ext *ret)
{
	struct cursor c;
	struct sgx_ext e;
	struct span seq, oid, value;
	unsigned tag, bit, seen = 0;

	if (s.n > MAX_SGX_EXTENSION)
		return -1;
	memset(&e, 0, sizeof(e));
	cursor_init(&c, s);
	if (der_next(&c, &tag, &seq) == -1 || tag != DER_SEQUENCE ||
	    cursor_left(&c) != 0)
		return -1;
	cursor_init(&c, seq);
	while (cursor_left(&c) > 0) {
		if (member_next(&c, &oid, &tag, &value) == -1 ||
		    member_decode(oid_last(oid, arc, sizeof(arc)), tag, value,
		    &e, &bit) == -1 || (seen & bit) != 0)
			return -1;
		seen |= bit;
	}
	if (seen != SEEN_ALL)
		return -1;
	*ret = e;
	return 0;
}
