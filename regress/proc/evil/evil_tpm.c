/*
 * A tpm that was taken over by what a TPM answered. It gives its AK's Name as
 * it should; for a quote it sends the command that the qualifying data names
 * instead: the first byte is the number of an act. So it is with the nonce of
 * an activation.
 */
#include <string.h>

#include "agentd/limits.h"
#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "regress/proc/evil/remote.h"

#define PASSWORD	"0000000940000009000000" "0000"	/* authorisation area, empty */

/* The body of each after tag, size and code; the last word says what it is. */
static const struct {
	const char	*tag, *code, *rest;
} acts[] = {
	{ NULL, NULL, NULL },					/* the quote that was asked for */
	{ "8002", "00000182", "0000000a" PASSWORD "00000001000b"
	    "0101010101010101010101010101010101010101010101010101010101010101" },	/* PCR_Extend */
	{ "8002", "00000126", "4000000a" PASSWORD },		/* Clear */
	{ "8002", "00000137", "01c0000201c00002" PASSWORD "000101" "0000" },	/* NV_Write */
	{ "8002", "00000158", "81000051" PASSWORD "0004deadbeef" "0010"
	    "00000001000b03000400" },				/* Quote, other data */
	{ NULL, "mask", NULL },					/* Quote, other PCRs */
	{ NULL, "key", NULL },					/* Quote, other key */
	{ "8002", "0000015d", "81000051" PASSWORD "0020"
	    "0101010101010101010101010101010101010101010101010101010101010101"
	    "0010" "8024400000070000" },			/* Sign by the AK */
	{ "8002", "00000120", "4000000181000051" PASSWORD "81000051" },	/* EvictControl: remove the AK */
	{ "8001", "00000145", "0000" },				/* Shutdown */
	{ "8002", "0000013d", "00000010" PASSWORD },		/* PCR_Reset */
	{ "8001", "20000001", "00" },				/* the vendor's */
	{ NULL, "two", NULL },					/* the quote with a second command behind */
};

static struct frame f;

static void
command(const char *tag, const char *code, const char *rest, struct wbuf *w)
{
	char hex[1024];
	size_t n = 10 + strlen(rest) / 2;

	strcpy(hex, tag);
	strcat(hex, "00000000");
	strcat(hex, code);
	strcat(hex, rest);
	if (hex_put(w, hex) == -1)
		fatalx("EVIL: no hexadecimal");
	w->b[4] = (uint8_t)(n >> 8);
	w->b[5] = (uint8_t)n;
}

/* What the parent expects, from QUOTE_REQ. */
static void
expected(const struct frame *q, struct wbuf *w)
{
	size_t n = q->len - 7;

	command("8002", "00000158", "81000051" PASSWORD, w);
	put_blob(w, q->data + 7, n);
	put_raw(w, "\0\x10\0\0\0\1", 6);
	put_raw(w, q->data, 2);
	put_u8(w, 3);
	put_raw(w, q->data + 2, 3);
	w->b[4] = (uint8_t)(w->n >> 8);
	w->b[5] = (uint8_t)w->n;
}

static void
compose(const struct frame *q, unsigned int act, struct wbuf *w)
{
	static const uint8_t shutdown[12] = { 0x80, 1, 0, 0, 0, 12, 0, 0, 1,
	    0x45, 0, 0 };

	if (acts[act].tag != NULL) {
		command(acts[act].tag, acts[act].code, acts[act].rest, w);
		return;
	}
	expected(q, w);
	if (acts[act].code == NULL)
		return;
	if (strcmp(acts[act].code, "mask") == 0)
		w->b[w->n - 1] ^= 1;
	else if (strcmp(acts[act].code, "key") == 0)
		w->b[13] = 0x50;
	else
		put_raw(w, shutdown, sizeof(shutdown));
}

static void
on_ak(void)
{
	struct wbuf w;
	size_t n;

	command("8001", "00000173", "81000051", &w);
	ask_send(MSG_TPM_CMD_REQ, 0, &w, NULL, 0);
	ask_next(&f);
	/* TPM2B_PUBLIC, TPM2B_NAME */
	n = 12 + ((size_t)f.data[10] << 8 | f.data[11]);
	wbuf_init(&w);
	put_u8(&w, 1);
	put_u8(&w, TEE_NONE);
	put_blob(&w, f.data + n + 2, (size_t)f.data[n] << 8 | f.data[n + 1]);
	ask_send(MSG_AK_ANS, 0, &w, NULL, 0);
}

static void
on_quote(void)
{
	unsigned int act = f.len > 7 ? f.data[7] : 0;
	uint32_t id = f.id;
	struct wbuf w;

	if (act >= sizeof(acts) / sizeof(acts[0]))
		fatalx("EVIL: no such act");
	compose(&f, act, &w);
	ask_send(MSG_TPM_CMD_REQ, 0, &w, NULL, 0);
	ask_next(&f);
	log_warnx("EVIL: act %u has passed, code %02x%02x", act, f.data[8],
	    f.data[9]);
	wbuf_init(&w);
	put_u8(&w, 0);
	ask_send(MSG_QUOTE_ANS, id, &w, NULL, 0);
}

#define EK	0x81000050
#define AK	0x81000051
#define SRK	0x81000001

/* The command that the parent expects, with other handles or another password of the EK. */
static void
activate(const struct frame *q, uint32_t ak, uint32_t ek, const char *password,
    struct wbuf *w)
{
	size_t n = strlen(password);
	size_t params = q->len - 32 - 64 - 2;	/* what is behind nonce, before the rest */

	wbuf_init(w);
	put_u16(w, 0x8002);
	put_u32(w, 0);
	put_u32(w, 0x147);
	put_u32(w, ak);
	put_u32(w, ek);
	put_u32(w, (uint32_t)(18 + n));
	put_u32(w, 0x40000009);
	put_raw(w, "\0\0\0\0\0", 5);
	put_u32(w, 0x40000009);
	put_raw(w, "\0\0\0", 3);
	put_blob(w, password, n);
	put_raw(w, q->data + 32, params);
	w->b[4] = (uint8_t)(w->n >> 8);
	w->b[5] = (uint8_t)w->n;
}

static void
session(const char *type, struct wbuf *w)
{
	char rest[128] = "4000000740000007" "0010"
	    "01010101010101010101010101010101" "0000";

	strcat(rest, type);
	strcat(rest, "0010000b");
	command("8001", "00000176", rest, w);
}

static void
compose_activate(const struct frame *q, unsigned int act, struct wbuf *w)
{
	wbuf_init(w);
	switch (act) {
	case 2:
		activate(q, EK, AK, "", w);
		break;
	case 3:
		activate(q, AK, SRK, "", w);
		break;
	case 4:
		activate(q, AK, EK, "wrong", w);	/* towards the lockout */
		break;
	case 5:
		session("00", w);
		break;
	case 6:
		session("01", w);	/* this EK needs no policy */
		break;
	case 7:
		command("8002", "00000158", "81000051" PASSWORD "0004deadbeef"
		    "0010" "00000001000b03000400", w);
		break;
	case 8:
		command("8001", "00000172", "03000000" "0000" "0000" "0000"
		    "0004" "4000000b" "8023" "4000000b" "0000", w);
		break;
	default:
		activate(q, AK, EK, "", w);
		if (act == 1)
			w->b[w->n - 1] ^= 1;
		break;
	}
}

static void
on_activate(void)
{
	unsigned int act = f.data[0];
	uint32_t id = f.id;
	struct wbuf w;

	compose_activate(&f, act, &w);
	ask_send(MSG_TPM_CMD_REQ, 0, &w, NULL, 0);
	ask_next(&f);
	log_warnx("EVIL: activation %u has passed", act);
	wbuf_init(&w);
	put_u8(&w, ANSWER_FAILED);
	put_raw(&w, (const uint8_t[32]){ 0 }, 32);
	ask_send(MSG_ACTIVATE_ANS, id, &w, NULL, 0);
}

int
main(int argc, char **argv)
{
	agent_child_start(ROLE_TPM, argc, argv, NULL);
	for (;;) {
		ask_next(&f);
		if (f.type == MSG_AK_REQ)
			on_ak();
		else if (f.type == MSG_QUOTE_REQ)
			on_quote();
		else if (f.type == MSG_ACTIVATE_REQ)
			on_activate();
	}
}
