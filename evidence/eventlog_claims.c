/* Names from the events of a boot log. */
#include <string.h>

#include "evidence/attest_verify.h"
#include "evidence/checks.h"
#include "evidence/eventlog_claims.h"

/* Events of the Linux EFI stub (include/linux/efi.h). */
#define TAG_INITRD		0x8f3b22ecu
#define TAG_LOAD_OPTIONS	0x8f3b22edu

/* Device path node: media, file path. */
#define NODE_MEDIA	4
#define NODE_FILE	4

struct names {
	const struct eventlog	*log;
	int			 bank;
	json_t			*loaders, *kernels, *initrds, *lines;
	int			 secure_boot;	/* -1 unknown */
};

static json_t *
text_json(struct span s)
{
	char buf[MAX_EVENTLOG_TEXT];

	text_escape(s, buf, sizeof(buf));
	return json_string(buf);
}

static void
name_add(struct names *n, json_t *list, struct span name,
    const struct event *e)
{
	char hex[2 * DIGEST_MAX + 1], alg[16];

	if (json_array_size(list) >= MAX_EVENTLOG_NAMES ||
	    hex_encode(e->digest[n->bank], hex, sizeof(hex)) == -1)
		return;
	json_array_append_new(list, json_pack("{s:o,s:s,s:s}",
	    "name", text_json(name), "alg",
	    eventlog_alg_name(&n->log->alg[n->bank], alg), "digest", hex));
}

/*
 * A name is a label beside its digest; a command line is nothing but its
 * text, so it is shown only where the event's digest is that of the bytes.
 */
static void
line_add(struct names *n, const struct event *e, struct span measured,
    struct span text)
{
	uint8_t d[DIGEST_MAX];

	while (text.n > 0 && text.p[text.n - 1] == '\0')
		text.n--;
	if (text.n == 0 || json_array_size(n->lines) >= MAX_EVENTLOG_NAMES ||
	    digest_bytes(n->log->alg[n->bank].alg, measured, d) == -1 ||
	    !span_eq(e->digest[n->bank], span_make(d,
	    n->log->alg[n->bank].size)))
		return;
	json_array_append_new(n->lines, text_json(text));
}

/* UTF-16 to one byte a character, others as '?': a name to show. */
static struct span
narrow(struct span wide, char *buf, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i + 1 < wide.n && n < size; i += 2) {
		if (wide.p[i] == 0 && wide.p[i + 1] == 0)
			break;
		buf[n++] = wide.p[i + 1] == 0 && wide.p[i] < 0x80 ?
		    wide.p[i] : '?';
	}
	return span_make(buf, n);
}

/* UEFI_VARIABLE_DATA: guid, two lengths, name in UTF-16, value.  Firmware
 * measures SecureBoot into PCR 7, RTMR 0 of a TD: what stands in another
 * register can have been put there by the guest. */
static void
variable(struct names *n, const struct event *e)
{
	struct span name, value;
	struct cursor c;
	uint64_t nlen, vlen;
	char buf[64];

	if (e->index != (n->log->kind == EVENTLOG_TPM ? 7 : 1))
		return;
	cursor_init(&c, e->data);
	if (cursor_skip(&c, 16) == -1 || cursor_le64(&c, &nlen) == -1 ||
	    cursor_le64(&c, &vlen) == -1 || nlen > e->data.n ||
	    vlen > e->data.n || cursor_take(&c, 2 * nlen, &name) == -1 ||
	    cursor_take(&c, vlen, &value) == -1)
		return;
	if (span_eq_str(narrow(name, buf, sizeof(buf)), "SecureBoot") &&
	    n->secure_boot == -1)
		n->secure_boot = value.n == 1 && value.p[0] == 1;
}

/* UEFI_IMAGE_LOAD_EVENT: four u64, the last the length of a device path;
 * its file name nodes, one after the other, are the name. */
static void
application(struct names *n, const struct event *e)
{
	char buf[MAX_EVENTLOG_TEXT];
	size_t used = 0, i;
	struct cursor c;
	struct span node;
	uint64_t len;
	uint8_t type, sub;
	uint16_t size;

	cursor_init(&c, e->data);
	if (cursor_skip(&c, 24) == -1 || cursor_le64(&c, &len) == -1)
		return;
	while (cursor_u8(&c, &type) == 0 && cursor_u8(&c, &sub) == 0 &&
	    cursor_le16(&c, &size) == 0 && size >= 4 &&
	    cursor_take(&c, size - 4, &node) == 0)
		if (type == NODE_MEDIA && sub == NODE_FILE)
			used += narrow(node, buf + used,
			    sizeof(buf) - used).n;
	for (i = 0; i < used; i++)
		if (buf[i] == '\\')
			buf[i] = '/';
	name_add(n, n->loaders, span_make(buf, used), e);
}

static int
contains(struct span s, const char *word)
{
	return s.n > 0 && memmem(s.p, s.n, word, strlen(word)) != NULL;
}

/* The rest after a prefix; n 0 if it is not there. */
static struct span
after(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (s.n < n || memcmp(s.p, prefix, n) != 0)
		return span_make(NULL, 0);
	return span_make(s.p + n, s.n - n);
}

/* GRUB: PCR 8 holds commands, PCR 9 files; systemd-stub: PCR 11 sections, PCR
 * 12 the command line in UTF-16.  A TD has them in RTMR 2. */
static void
ipl(struct names *n, const struct event *e)
{
	char buf[MAX_EVENTLOG_TEXT];
	struct span text = e->data, rest;

	while (text.n > 0 && text.p[text.n - 1] == '\0')
		text.n--;
	if ((rest = after(text, "kernel_cmdline: ")).n > 0) {
		line_add(n, e, rest, rest);
		line_add(n, e, e->data, rest);
		return;
	}
	if (n->log->kind == EVENTLOG_TPM && e->index == 12) {
		line_add(n, e, e->data, narrow(e->data, buf, sizeof(buf)));
		return;
	}
	if (after(text, "grub_cmd:").n > 0 ||
	    after(text, "module_cmdline:").n > 0)
		return;
	if (span_eq_str(text, ".linux") || contains(text, "vmlinuz") ||
	    after(text, "grub_linux").n > 0)
		name_add(n, n->kernels, text, e);
	else if (span_eq_str(text, ".initrd") || contains(text, "initrd") ||
	    contains(text, "initramfs"))
		name_add(n, n->initrds, text, e);
}

/* TCG_PCClientTaggedEvent: u32 id, u32 size, data. */
static void
tagged(struct names *n, const struct event *e)
{
	char buf[MAX_EVENTLOG_TEXT];
	struct cursor c;
	struct span s;
	uint32_t id, size;

	cursor_init(&c, e->data);
	if (cursor_le32(&c, &id) == -1 || cursor_le32(&c, &size) == -1 ||
	    cursor_take(&c, size, &s) == -1)
		return;
	if (id == TAG_INITRD)
		name_add(n, n->initrds, span_str("Linux initrd"), e);
	else if (id == TAG_LOAD_OPTIONS)
		line_add(n, e, s, narrow(s, buf, sizeof(buf)));
}

static void
event_names(struct names *n, const struct event *e)
{
	switch (e->type) {
	case EV_EFI_VARIABLE_DRIVER_CONFIG:
		variable(n, e);
		break;
	case EV_EFI_BOOT_APPLICATION:
		application(n, e);
		break;
	case EV_IPL:
		ipl(n, e);
		break;
	case EV_EVENT_TAG:
		tagged(n, e);
		break;
	}
}

/* The bank whose digests are shown: the strongest common one. */
static int
shown_bank(const struct eventlog *l)
{
	static const enum digest_alg order[] = {
		DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_SHA1
	};
	size_t i, k;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (k = 0; k < l->nalgs; k++)
			if (l->alg[k].alg == order[i])
				return k;
	return 0;
}

int
eventlog_names_of(const struct eventlog *l, uint32_t mask, json_t *o)
{
	struct names n = { l, shown_bank(l), json_array(), json_array(),
	    json_array(), json_array(), -1 };
	struct cursor c;
	struct event e;
	const char *why;
	int rc = 0;

	eventlog_start(l, &c);
	while (eventlog_next(l, &c, &e, &why) == EVENT_OK)
		if (e.index < 32 && (mask >> e.index & 1) != 0)
			event_names(&n, &e);
	/* each takes its value over, also when it fails */
	rc |= json_object_set_new(o, "secure_boot", n.secure_boot == -1 ?
	    json_null() : json_boolean(n.secure_boot));
	rc |= json_object_set_new(o, "boot_loaders", n.loaders);
	rc |= json_object_set_new(o, "kernels", n.kernels);
	rc |= json_object_set_new(o, "initrds", n.initrds);
	rc |= json_object_set_new(o, "command_lines", n.lines);
	return rc;
}

int
eventlog_names(const struct eventlog *l, json_t *o)
{
	return eventlog_names_of(l, UINT32_MAX, o);
}
