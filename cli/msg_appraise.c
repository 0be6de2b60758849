#include <string.h>

#include "cli/msg_appraise.h"

/* A name that the front prints as it is: nothing that moves a terminal. */
static int
is_plain(const char *s)
{
	return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_.:")] == '\0';
}

void
plan_ask_put(struct wbuf *w, const struct plan_ask *p)
{
	put_u8(w, p->verb);
	put_u8(w, p->compat);
	put_u8(w, p->legacy);
	put_u8(w, p->same_boot);
	put_u8(w, p->no_revocation);
	put_u8(w, p->nroots);
	put_u8(w, p->fds);
	put_str(w, p->policy);
	put_str(w, p->without);
	put_str(w, p->accept_root);
}

int
plan_ask_get(struct rbuf *r, struct plan_ask *p)
{
	p->verb = get_u8(r);
	p->compat = get_u8(r);
	p->legacy = get_u8(r);
	p->same_boot = get_u8(r);
	p->no_revocation = get_u8(r);
	p->nroots = get_u8(r);
	p->fds = get_u8(r);
	get_str(r, p->policy, sizeof(p->policy));
	get_str(r, p->without, sizeof(p->without));
	get_str(r, p->accept_root, sizeof(p->accept_root));
	return msg_end(r) == -1 || p->verb >= VERB_MAX || p->compat > 1 ||
	    p->legacy > 1 || p->same_boot > 1 || p->no_revocation > 1 ||
	    p->nroots > ROOTS_MAX || p->fds > 7 ? -1 : 0;
}

void
plan_put(struct wbuf *w, const struct plan *p)
{
	put_u8(w, p->end);
	put_u8(w, p->bank);
	put_u32(w, p->pcrs);
	put_u8(w, p->tee);
	put_u8(w, p->tpm);
	put_u8(w, p->ima);
	put_u8(w, p->pinned);
	put_u8(w, p->eventlog);
	put_u8(w, p->certs);
	put_u8(w, p->collateral);
	put_u8(w, p->file);
	put_str(w, p->policy);
	put_str(w, p->reason);
}

int
plan_get(struct rbuf *r, struct plan *p)
{
	p->end = get_u8(r);
	p->bank = get_u8(r);
	p->pcrs = get_u32(r);
	p->tee = get_u8(r);
	p->tpm = get_u8(r);
	p->ima = get_u8(r);
	p->pinned = get_u8(r);
	p->eventlog = get_u8(r);
	p->certs = get_u8(r);
	p->collateral = get_u8(r);
	p->file = get_u8(r);
	get_str(r, p->policy, sizeof(p->policy));
	get_str(r, p->reason, sizeof(p->reason));
	return msg_end(r) == -1 || p->end >= PLAN_MAX || p->tee > 1 ||
	    p->tpm > 1 || p->ima > 1 || p->pinned > 1 || p->eventlog > 1 ||
	    p->certs > 1 || p->collateral > 1 || p->file > 7 ||
	    !is_plain(p->policy) ? -1 : 0;
}

void
own_put(struct wbuf *w, const struct own *o)
{
	put_u64(w, o->now);
	put_raw(w, o->nonce, sizeof(o->nonce));
	put_raw(w, o->tpm_nonce, sizeof(o->tpm_nonce));
	put_raw(w, o->leaf, sizeof(o->leaf));
	put_u8(w, o->have_conn);
	put_raw(w, o->conn, sizeof(o->conn));
}

int
own_get(struct rbuf *r, struct own *o)
{
	o->now = get_u64(r);
	get_raw(r, o->nonce, sizeof(o->nonce));
	get_raw(r, o->tpm_nonce, sizeof(o->tpm_nonce));
	get_raw(r, o->leaf, sizeof(o->leaf));
	o->have_conn = get_u8(r);
	get_raw(r, o->conn, sizeof(o->conn));
	return msg_end(r) == -1 || o->have_conn > 1 || o->now > INT64_MAX ?
	    -1 : 0;
}

void
check_line_put(struct wbuf *w, const struct check_line *c)
{
	put_u8(w, c->result);
	put_str(w, c->name);
	put_str(w, c->detail);
}

int
check_line_get(struct rbuf *r, struct check_line *c)
{
	c->result = get_u8(r);
	get_str(r, c->name, sizeof(c->name));
	get_str(r, c->detail, sizeof(c->detail));
	return msg_end(r) == -1 || c->result >= LINE_RESULT_MAX ? -1 : 0;
}

void
judgement_put(struct wbuf *w, const struct judgement *j)
{
	put_u8(w, j->verdict);
	put_u8(w, j->retry);
	put_u64(w, j->ima_entries);
	put_u64(w, j->ima_attested);
	put_u64(w, j->ima_tail);
	put_u64(w, j->files);
	put_u64(w, j->unknown_files);
	put_u64(w, j->dropped);
	put_str(w, j->tee_root);
	put_str(w, j->tpm_root);
	put_str(w, j->reason);
}

int
judgement_get(struct rbuf *r, struct judgement *j)
{
	j->verdict = get_u8(r);
	j->retry = get_u8(r);
	j->ima_entries = get_u64(r);
	j->ima_attested = get_u64(r);
	j->ima_tail = get_u64(r);
	j->files = get_u64(r);
	j->unknown_files = get_u64(r);
	j->dropped = get_u64(r);
	get_str(r, j->tee_root, sizeof(j->tee_root));
	get_str(r, j->tpm_root, sizeof(j->tpm_root));
	get_str(r, j->reason, sizeof(j->reason));
	return msg_end(r) == -1 || j->verdict >= VERDICT_MAX || j->retry > 1 ||
	    !is_plain(j->tee_root) || !is_plain(j->tpm_root) ? -1 : 0;
}
