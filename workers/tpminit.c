#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agentd/limits.h"
#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "workers/tpm_ek.h"
#include "workers/tpm_keys.h"
#include "workers/tpm_tcti.h"

/*
 * First launch: EK, AK, and random authorisations for the hierarchies that
 * could take them away. Runs at every start of the agent and looks at what is
 * there before each step, so that a launch that was cut is finished by the
 * next and a complete one changes nothing. Then it ends; the process that
 * serves has none of these commands.
 */

#define AUTH_LEN	32	/* digest of the hierarchies' authorisation: SHA-256 at least */
#define FILE_MAX	256	/* two lines of 76 characters at most */
#define TEXT_MAX	256	/* what the parent takes */
#define TRANSIENT_FIRST	0x80000000	/* the header's own shifts an int too far */
#define SESSION_FIRST	0x02000000	/* TCG part 2, 7.5: those that are loaded */

#define NO	ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

/*
 * Not the owner hierarchy: systemd as distributed keeps the keys that unlock
 * disks below it and knows no authorisation for it.
 */
enum hierarchy { H_ENDORSEMENT, H_LOCKOUT, H_MAX };

static const struct {
	const char	*name;
	ESYS_TR		 tr;
	TPMA_PERMANENT	 set;	/* its bit of TPM_PT_PERMANENT */
} hierarchies[H_MAX] = {
	[H_ENDORSEMENT] = { "endorsement", ESYS_TR_RH_ENDORSEMENT,
	    TPMA_PERMANENT_ENDORSEMENTAUTHSET },
	[H_LOCKOUT] = { "lockout", ESYS_TR_RH_LOCKOUT,
	    TPMA_PERMANENT_LOCKOUTAUTHSET },
};

struct init {
	ESYS_CONTEXT	*esys;
	int		 fd;		/* file of hierarchy secrets */
	int		 known;		/* auth holds what the file holds */
	TPMA_PERMANENT	 permanent;
	TPM2B_AUTH	 auth[H_MAX];
	struct tpm_key	 ek, ak;
	size_t		 ticket_len;
	uint8_t		 ticket[EK_TICKET_MAX];	/* what tpm opens the EK with */
	char		 text[TEXT_MAX];	/* what was done, or why not */
};

static void	note(struct init *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
static int	refuse(struct init *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));

static void
note(struct init *s, const char *fmt, ...)
{
	size_t n = strlen(s->text);
	va_list ap;

	if (n > 0 && n + 2 < sizeof(s->text)) {
		memcpy(s->text + n, "; ", 3);
		n += 2;
	}
	va_start(ap, fmt);
	vsnprintf(s->text + n, sizeof(s->text) - n, fmt, ap);
	va_end(ap);
}

/* The text becomes the reason and nothing else. */
static int
refuse(struct init *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->text, sizeof(s->text), fmt, ap);
	va_end(ap);
	return -1;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "NAME HEX\n" at p; the byte after it, NULL when it is not that. */
static const char *
auth_parse(const char *p, const char *name, TPM2B_AUTH *a)
{
	size_t i, n = strlen(name);
	int hi, lo;

	if (strncmp(p, name, n) != 0 || p[n] != ' ')
		return NULL;
	p += n + 1;
	for (i = 0; i < AUTH_LEN; i++, p += 2) {
		if ((hi = nibble(p[0])) == -1 || (lo = nibble(p[1])) == -1)
			return NULL;
		a->buffer[i] = (uint8_t)(hi << 4 | lo);
	}
	a->size = AUTH_LEN;
	return *p == '\n' ? p + 1 : NULL;
}

static int
auths_read(struct init *s)
{
	char b[FILE_MAX + 1];
	const char *p = b;
	ssize_t n;
	int i;

	if ((n = pread(s->fd, b, FILE_MAX, 0)) == -1)
		return refuse(s, "the file of TPM authorisations cannot be read");
	b[n] = '\0';
	for (i = 0; i < H_MAX && p != NULL; i++)
		p = auth_parse(p, hierarchies[i].name, &s->auth[i]);
	if (p == NULL || *p != '\0') {
		explicit_bzero(b, sizeof(b));
		return refuse(s, "the file of TPM authorisations is damaged");
	}
	explicit_bzero(b, sizeof(b));
	s->known = 1;
	return 0;
}

static int
auths_write(struct init *s)
{
	static const char hex[] = "0123456789abcdef";
	char b[FILE_MAX];
	size_t n = 0;
	int h, i, rc = -1;

	for (h = 0; h < H_MAX; h++) {
		n += (size_t)snprintf(b + n, sizeof(b) - n, "%s ",
		    hierarchies[h].name);
		for (i = 0; i < AUTH_LEN; i++) {
			b[n++] = hex[s->auth[h].buffer[i] >> 4];
			b[n++] = hex[s->auth[h].buffer[i] & 15];
		}
		b[n++] = '\n';
	}
	if (ftruncate(s->fd, 0) == -1 || lseek(s->fd, 0, SEEK_SET) == -1 ||
	    write(s->fd, b, n) != (ssize_t)n || fsync(s->fd) == -1) {
		log_warn("file of TPM authorisations");
		refuse(s, "the file of TPM authorisations cannot be written");
	} else
		rc = 0;
	explicit_bzero(b, sizeof(b));
	return rc;
}

/*
 * Random ones, in the file and the file in its place, before the TPM is told:
 * cut in between, the next launch finds them and sets them.
 */
static int
auths_make(struct init *s)
{
	struct frame f;
	struct wbuf w;
	int i;

	for (i = 0; i < H_MAX; i++) {
		if (RAND_bytes(s->auth[i].buffer, AUTH_LEN) != 1)
			fatalx("no random bytes");
		s->auth[i].size = AUTH_LEN;
	}
	if (auths_write(s) == -1)
		return -1;
	wbuf_init(&w);
	ask_send(MSG_TPMINIT_SAVED_REQ, 0, &w, NULL, 0);
	ask_next(&f);
	if (f.type != MSG_TPMINIT_SAVED_ANS || f.len != 1 || f.nfds != 0)
		fatalx("unexpected %s", msg_name(f.type));
	if (f.data[0] != 1)
		return refuse(s, "the file of TPM authorisations was not kept");
	s->known = 1;
	return 0;
}

static int
permanent_read(struct init *s)
{
	TPMS_CAPABILITY_DATA *cap;
	const TPML_TAGGED_TPM_PROPERTY *p;
	TPMI_YES_NO more;
	TSS2_RC rc;
	int r = -1;

	rc = Esys_GetCapability(s->esys, NO, TPM2_CAP_TPM_PROPERTIES,
	    TPM2_PT_PERMANENT, 1, &more, &cap);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail("get capability", rc);
	p = &cap->data.tpmProperties;
	if (p->count == 1 && p->tpmProperty[0].property == TPM2_PT_PERMANENT) {
		s->permanent = p->tpmProperty[0].value;
		r = 0;
	}
	Esys_Free(cap);
	return r;
}

static int
is_set(const struct init *s, enum hierarchy h)
{
	return (s->permanent & hierarchies[h].set) != 0;
}

/*
 * What a launch that was killed left loaded. Only on a simulated TPM: the
 * kernel's resource manager unloads by itself, and shows others' sessions.
 */
static void
leftovers_flush(struct init *s, TPM2_HANDLE first)
{
	TPMS_CAPABILITY_DATA *cap;
	TPMI_YES_NO more;
	uint32_t i;

	if (Esys_GetCapability(s->esys, NO, TPM2_CAP_HANDLES, first,
	    TPM2_MAX_CAP_HANDLES, &more, &cap) != TSS2_RC_SUCCESS)
		return;
	for (i = 0; i < cap->data.handles.count; i++)
		tpm_flush_handle(cap->data.handles.handle[i]);
	Esys_Free(cap);
}

static int
ek_need(struct init *s)
{
	const char *what;
	int r;

	if ((r = key_read(s->esys, TPM_EK_HANDLE, &s->ek)) == 1)
		return 0;
	if (r == -1)
		return refuse(s, "the EK cannot be read");
	if (ek_make(s->esys, &what) == -1) {
		if (is_set(s, H_ENDORSEMENT) && !s->known)
			return refuse(s, "no EK can be made: the endorsement "
			    "hierarchy has an authorisation that is not ours; "
			    "clear the TPM");
		return refuse(s, "no EK can be made");
	}
	note(s, "EK made: %s", what);
	return key_read(s->esys, TPM_EK_HANDLE, &s->ek) == 1 ? 0 :
	    refuse(s, "the new EK cannot be read");
}

static int
ak_need(struct init *s)
{
	const char *why;
	int r;

	if ((r = key_read(s->esys, TPM_AK_HANDLE, &s->ak)) == -1)
		return refuse(s, "the AK cannot be read");
	if (r == 0) {
		if (ak_make(s->esys, &s->ek) == -1 ||
		    key_read(s->esys, TPM_AK_HANDLE, &s->ak) != 1)
			return refuse(s, "no AK can be made");
		note(s, "AK made");
	}
	/* someone else's key is not ours to remove */
	if ((why = ak_refuses(&s->ak)) != NULL)
		return refuse(s, "the key at handle 0x%x %s: remove it",
		    TPM_AK_HANDLE, why);
	if (!key_is_child(&s->ak, &s->ek))
		return refuse(s, "the key at handle 0x%x is not below the EK "
		    "at 0x%x: remove it", TPM_AK_HANDLE, TPM_EK_HANDLE);
	return 0;
}

/* Encrypted on the way to the TPM, with a salt that only the EK's TPM can open. */
static int
hierarchy_close(struct init *s, enum hierarchy h)
{
	ESYS_TR session;
	TSS2_RC rc;

	if (key_session(s->esys, &s->ek, &session) == -1)
		return refuse(s, "no session with the EK");
	rc = Esys_HierarchyChangeAuth(s->esys, hierarchies[h].tr, session,
	    ESYS_TR_NONE, ESYS_TR_NONE, &s->auth[h]);
	key_flush(s->esys, session);
	if (rc == TPM2_RC_LOCKOUT) {
		/* a day or so; the keys are good, and the next launch tries again */
		note(s, "%s: locked out, authorisation not set yet",
		    hierarchies[h].name);
		return 0;
	}
	if (rc != TSS2_RC_SUCCESS) {
		tpm_fail("change authorisation", rc);
		return refuse(s, "%s: the authorisation cannot be set",
		    hierarchies[h].name);
	}
	note(s, "%s: authorisation set", hierarchies[h].name);
	return 0;
}

static int
hierarchies_close(struct init *s)
{
	int i, open = 0;

	for (i = 0; i < H_MAX; i++)
		if (!is_set(s, (enum hierarchy)i))
			open++;
		else if (!s->known)
			note(s, "%s: has an authorisation of somebody else",
			    hierarchies[i].name);
	if (open == 0)
		return 0;
	if (!s->known && auths_make(s) == -1)
		return -1;
	for (i = 0; i < H_MAX; i++)
		if (!is_set(s, (enum hierarchy)i) &&
		    hierarchy_close(s, (enum hierarchy)i) == -1)
			return -1;
	return 0;
}

/*
 * For the process that serves, in place of the authorisation itself. Where
 * that is not known there are quotes, but no credential activation.
 */
static void
ticket_need(struct init *s)
{
	if (key_takes_password(&s->ek))
		return;
	if ((is_set(s, H_ENDORSEMENT) && !s->known) || ek_ticket_make(s->esys,
	    &s->ek, s->ticket, sizeof(s->ticket), &s->ticket_len) == -1)
		note(s, "no ticket for the EK: no credentials are activated");
}

static int
launch(struct init *s, int have_auth)
{
	TSS2_RC rc;

	if (have_auth && auths_read(s) == -1)
		return -1;
	if (permanent_read(s) == -1)
		return refuse(s, "the TPM does not answer");
	/* proofs of it go in HMAC sessions: it is never shown to the bus */
	if (s->known && is_set(s, H_ENDORSEMENT) && (rc = Esys_TR_SetAuth(
	    s->esys, ESYS_TR_RH_ENDORSEMENT, &s->auth[H_ENDORSEMENT])) !=
	    TSS2_RC_SUCCESS)
		return tpm_fail("endorsement", rc);
	if (ek_need(s) == -1 || ak_need(s) == -1 || hierarchies_close(s) == -1)
		return -1;
	ticket_need(s);
	if (s->text[0] == '\0')
		note(s, "EK, AK and authorisations are there");
	return 0;
}

/* ESYS keeps copies with the hierarchies: overwrite them in place. */
static void
secrets_wipe(struct init *s)
{
	static const TPM2B_AUTH zero = { .size = AUTH_LEN };
	int i;

	for (i = 0; i < H_MAX; i++)
		Esys_TR_SetAuth(s->esys, hierarchies[i].tr, &zero);
	explicit_bzero(s->auth, sizeof(s->auth));
}

int
main(int argc, char **argv)
{
	static struct init s;
	struct frame f;
	struct wbuf w;
	uint32_t flags;
	int ok;

	tpm_prepare();
	flags = agent_child_start(ROLE_TPMINIT, argc, argv, NULL);
	ask_next(&f);
	if (f.type != MSG_TPMINIT_REQ || f.len != 1 || f.data[0] > 1 ||
	    f.nfds != 1)
		fatalx("unexpected %s", msg_name(f.type));
	s.fd = frame_take(&f, 0);
	s.esys = tpm_open();
	if ((flags & AGENT_SIMULATED) != 0) {
		leftovers_flush(&s, TRANSIENT_FIRST);
		leftovers_flush(&s, SESSION_FIRST);
	}
	ok = launch(&s, f.data[0]) == 0;
	secrets_wipe(&s);
	tpm_close(s.esys);
	wbuf_init(&w);
	put_u8(&w, (uint8_t)ok);
	put_str(&w, s.text);
	put_blob(&w, s.ticket, ok ? s.ticket_len : 0);
	ask_send(MSG_TPMINIT_ANS, f.id, &w, NULL, 0);
	return 0;
}
