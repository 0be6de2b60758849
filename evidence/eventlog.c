/* Reading of boot logs. */
#include <stdio.h>
#include <string.h>

#include "evidence/eventlog.h"

#define SPEC_ID		"Spec ID Event03"	/* and its NUL */
#define PADDING		0xffffffffu

struct header {
	uint32_t	 index, type;
	struct span	 digest, data;
};

static int
record_sha1(struct cursor *c, struct header *h)
{
	uint32_t n;

	return cursor_le32(c, &h->index) == -1 ||
	    cursor_le32(c, &h->type) == -1 ||
	    cursor_take(c, digest_size(DIGEST_SHA1), &h->digest) == -1 ||
	    cursor_le32(c, &n) == -1 || cursor_take(c, n, &h->data) == -1 ?
	    -1 : 0;
}

static int
spec_algs(struct cursor *c, struct eventlog *l)
{
	uint32_t n;
	uint16_t size;
	size_t i, j;

	if (cursor_le32(c, &n) == -1 || n == 0 || n > MAX_EVENTLOG_ALGS)
		return -1;
	for (i = 0; i < n; i++) {
		if (cursor_le16(c, &l->alg[i].id) == -1 ||
		    cursor_le16(c, &size) == -1 || size == 0 ||
		    size > DIGEST_MAX)
			return -1;
		l->alg[i].size = size;
		l->alg[i].alg = digest_by_tpm_id(l->alg[i].id);
		if (l->alg[i].alg != DIGEST_NONE &&
		    size != digest_size(l->alg[i].alg))
			return -1;
		for (j = 0; j < i; j++)
			if (l->alg[j].id == l->alg[i].id)
				return -1;
	}
	l->nalgs = n;
	return 0;
}

/* TCG_EfiSpecIDEvent; vendorInfo must lie inside the event. */
static int
spec_id(struct span data, struct eventlog *l)
{
	struct cursor c;
	uint32_t class;
	uint8_t uintn, vendor;

	cursor_init(&c, data);
	if (cursor_skip(&c, sizeof(SPEC_ID)) == -1 ||
	    cursor_le32(&c, &class) == -1 || cursor_u8(&c, &l->minor) == -1 ||
	    cursor_u8(&c, &l->major) == -1 ||
	    cursor_u8(&c, &l->errata) == -1 || cursor_u8(&c, &uintn) == -1 ||
	    spec_algs(&c, l) == -1)
		return -1;
	return cursor_u8(&c, &vendor) == -1 || cursor_skip(&c, vendor) == -1 ?
	    -1 : 0;
}

int
eventlog_open(struct span raw, enum eventlog_kind kind, struct eventlog *ret,
    const char **ret_why)
{
	struct eventlog l;
	struct header h;
	struct cursor c;

	memset(&l, 0, sizeof(l));
	l.raw = raw;
	l.kind = kind;
	cursor_init(&c, raw);
	*ret_why = "the log is empty, or longer than any firmware writes";
	if (raw.n == 0 || raw.n > MAX_EVENTLOG)
		return -1;
	*ret_why = "the first record runs past the end";
	if (record_sha1(&c, &h) == -1)
		return -1;
	if (h.type == EV_NO_ACTION && h.data.n >= sizeof(SPEC_ID) &&
	    memcmp(h.data.p, SPEC_ID, sizeof(SPEC_ID)) == 0) {
		*ret_why = "the Spec ID header does not fit its event";
		if (spec_id(h.data, &l) == -1)
			return -1;
		l.agile = 1;
		l.first = c.off;
	} else {
		l.nalgs = 1;
		l.alg[0].id = digest_tpm_id(DIGEST_SHA1);
		l.alg[0].alg = DIGEST_SHA1;
		l.alg[0].size = digest_size(DIGEST_SHA1);
	}
	*ret = l;
	return 0;
}

void
eventlog_start(const struct eventlog *l, struct cursor *c)
{
	cursor_init(c, l->raw);
	c->off = l->first;
}

/* Banks of the header, each at most once; that none comes and goes is checked
 * in the replay. */
static int
digests_agile(const struct eventlog *l, struct cursor *c, struct event *e)
{
	uint32_t n, i;
	uint16_t id;
	size_t k;

	if (cursor_le32(c, &n) == -1 || n == 0 || n > l->nalgs)
		return -1;
	for (i = 0; i < n; i++) {
		if (cursor_le16(c, &id) == -1)
			return -1;
		for (k = 0; k < l->nalgs && l->alg[k].id != id; k++)
			continue;
		if (k == l->nalgs || e->digest[k].n != 0 ||
		    cursor_take(c, l->alg[k].size, &e->digest[k]) == -1)
			return -1;
	}
	return 0;
}

static int
index_ok(const struct eventlog *l, const struct event *e)
{
	/* An EV_NO_ACTION of Windows has index 0xffffffff. */
	if (e->type == EV_NO_ACTION)
		return 1;
	return e->index < (l->kind == EVENTLOG_CCEL ? 5 : TPM_PCRS);
}

static int
at_end(const struct eventlog *l, const struct cursor *c)
{
	struct cursor t = *c;
	uint32_t index;

	if (cursor_left(c) == 0)
		return 1;
	if (l->kind == EVENTLOG_CCEL && cursor_le32(&t, &index) == 0 &&
	    index == PADDING)
		return 1;
	return span_is_zero(span_make(c->p + c->off, cursor_left(c)));
}

enum event_status
eventlog_next(const struct eventlog *l, struct cursor *c, struct event *ret,
    const char **ret_why)
{
	struct cursor t = *c;
	struct event e;
	uint32_t n;
	int rc;

	if (at_end(l, c))
		return EVENT_END;
	memset(&e, 0, sizeof(e));
	e.offset = t.off;
	*ret_why = "the event runs past the end";
	if (cursor_le32(&t, &e.index) == -1 || cursor_le32(&t, &e.type) == -1)
		return EVENT_BAD;
	rc = l->agile ? digests_agile(l, &t, &e) :
	    cursor_take(&t, l->alg[0].size, &e.digest[0]);
	if (rc == -1) {
		*ret_why = "the digests of the event are not of the banks "
		    "in the header";
		return EVENT_BAD;
	}
	if (cursor_le32(&t, &n) == -1 || cursor_take(&t, n, &e.data) == -1)
		return EVENT_BAD;
	if (!index_ok(l, &e)) {
		*ret_why = "the event is for a register that does not exist";
		return EVENT_BAD;
	}
	*c = t;
	*ret = e;
	return EVENT_OK;
}

const char *
event_type_name(uint32_t type)
{
	static const struct {
		uint32_t	 type;
		const char	*name;
	} names[] = {
		{ 0, "EV_PREBOOT_CERT" }, { 1, "EV_POST_CODE" },
		{ EV_NO_ACTION, "EV_NO_ACTION" },
		{ EV_SEPARATOR, "EV_SEPARATOR" }, { 5, "EV_ACTION" },
		{ EV_EVENT_TAG, "EV_EVENT_TAG" },
		{ 7, "EV_S_CRTM_CONTENTS" },
		{ EV_S_CRTM_VERSION, "EV_S_CRTM_VERSION" },
		{ 9, "EV_CPU_MICROCODE" }, { 0xa, "EV_PLATFORM_CONFIG_FLAGS" },
		{ 0xb, "EV_TABLE_OF_DEVICES" }, { 0xc, "EV_COMPACT_HASH" },
		{ EV_IPL, "EV_IPL" }, { 0xe, "EV_IPL_PARTITION_DATA" },
		{ 0xf, "EV_NONHOST_CODE" }, { 0x10, "EV_NONHOST_CONFIG" },
		{ 0x11, "EV_NONHOST_INFO" },
		{ 0x12, "EV_OMIT_BOOT_DEVICE_EVENTS" },
		{ EV_EFI_VARIABLE_DRIVER_CONFIG,
		    "EV_EFI_VARIABLE_DRIVER_CONFIG" },
		{ 0x80000002, "EV_EFI_VARIABLE_BOOT" },
		{ EV_EFI_BOOT_APPLICATION,
		    "EV_EFI_BOOT_SERVICES_APPLICATION" },
		{ 0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER" },
		{ 0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER" },
		{ EV_EFI_GPT_EVENT, "EV_EFI_GPT_EVENT" },
		{ EV_EFI_ACTION, "EV_EFI_ACTION" },
		{ 0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB" },
		{ 0x80000009, "EV_EFI_HANDOFF_TABLES" },
		{ 0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2" },
		{ 0x8000000b, "EV_EFI_HANDOFF_TABLES2" },
		{ 0x8000000c, "EV_EFI_VARIABLE_BOOT2" },
		{ 0x80000010, "EV_EFI_HCRTM_EVENT" },
		{ 0x800000e0, "EV_EFI_VARIABLE_AUTHORITY" },
		{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB" },
		{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "event type";
}

const char *
eventlog_alg_name(const struct eventlog_alg *a, char buf[16])
{
	if (a->alg != DIGEST_NONE)
		return digest_name(a->alg);
	if (a->id == 0x0012)
		return "sm3_256";
	snprintf(buf, 16, "0x%04x", a->id);
	return buf;
}
