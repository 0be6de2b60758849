#include <sha2.h>
#include <string.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "parent/azure.h"
#include "parent/boot.h"
#include "parent/gen.h"
#include "parent/snapshot.h"
#include "privsep/log.h"

/* What the coming and going of each role means, and who handles its messages. */

static void
send_limits(struct agent *a, struct proc *p)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u32(&w, (uint32_t)a->conf.num[CI_HANDSHAKE_TIMEOUT]);
	put_u32(&w, (uint32_t)a->conf.num[CI_HEADER_TIMEOUT]);
	put_u32(&w, (uint32_t)a->conf.num[CI_BODY_TIMEOUT]);
	put_u32(&w, (uint32_t)a->conf.num[CI_IDLE_TIMEOUT]);
	put_u8(&w, (uint8_t)a->conf.num[CI_COMPAT_QUOTES]);
	proc_send(p, MSG_LIMITS, 0, &w, NULL, 0);
}

/*
 * CONFIG: config item[32], then its parts in the order of PROTOCOL.md:
 * agent.toml[32], authorised keys[32], u32 flags, u8 n, n x (str program,
 * its digest[32]). web shows them to clients, who compute the item again.
 */
static void
send_config(struct agent *a, struct proc *p)
{
	uint8_t none[32];
	char name[64];
	struct wbuf w;
	SHA2_CTX sha;
	unsigned int i;

	SHA256Init(&sha);
	SHA256Final(none, &sha);	/* no authorised keys */
	wbuf_init(&w);
	put_raw(&w, a->config, sizeof(a->config));
	put_raw(&w, a->toml, sizeof(a->toml));
	put_raw(&w, none, sizeof(none));
	put_u32(&w, a->flags);
	put_u8(&w, ROLE_MAX);
	for (i = 0; i < ROLE_MAX; i++) {
		program_name(i, name, sizeof(name));
		put_str(&w, name);
		put_raw(&w, a->procs.digest[i], 32);
	}
	proc_send(p, MSG_CONFIG, 0, &w, NULL, 0);
}

void
limits_to_workers(struct agent *a)
{
	unsigned int i;

	for (i = 0; i < a->conf.num[CI_WORKERS]; i++) {
		if (a->procs.net[i].running &&
		    a->procs.net[i].state == ST_READY)
			send_limits(a, &a->procs.net[i]);
		if (a->procs.web[i].running &&
		    a->procs.web[i].state == ST_READY) {
			send_limits(a, &a->procs.web[i]);
			send_config(a, &a->procs.web[i]);
		}
	}
}

void
role_ready(struct agent *a, struct proc *p)
{
	switch (p->role) {
	case ROLE_NET:
		send_limits(a, p);
		gen_serve_net(a, p);
		break;
	case ROLE_WEB:
		send_limits(a, p);
		send_config(a, p);
		break;
	case ROLE_KEYS:
		if (a->gen != 0)
			gen_restore_keys(a);
		break;
	case ROLE_TPM:
		attest_tpm_ready(a, p);
		break;
	case ROLE_TEE:
		tee_ready(a, p);
		break;
	case ROLE_META:
		azure_meta_ready(a, p);
		break;
	case ROLE_HASHER:
		snapshot_hasher_ready(a, p);
		break;
	default:
		break;
	}
	if (a->step == BOOT_WORKERS)
		boot_next(a);
}

void
role_gone(struct agent *a, struct proc *p)
{
	switch (p->role) {
	case ROLE_NET:
		conns_of_gone(a, p);
		break;
	case ROLE_WEB:
		conns_of_gone(a, p);
		attest_web_gone(a, p);
		break;
	case ROLE_TPM:
		tpm_caller_gone(a, p);
		attest_tpm_gone(a);
		break;
	case ROLE_TPMINIT:
		tpm_caller_gone(a, p);
		break;
	case ROLE_TEE:
		tee_gone(a, p);
		break;
	case ROLE_META:
		azure_meta_gone(a, p);
		break;
	case ROLE_HASHER:
		snapshot_hasher_gone(a);
		break;
	case ROLE_KEYS:
		a->keys_loaded = 0;
		break;
	default:
		break;
	}
	if (a->step != BOOT_DONE && p->role != ROLE_NET && p->role != ROLE_WEB)
		boot_fail(a, "%s died during the start", role_name(p->role));
	else if (a->reloading && p->role == ROLE_CONF)
		reload_end(a, "conf died");
	else if (a->reloading && p->role == ROLE_KEYS)
		reload_end(a, "keys died");
}

static int
none_left(const struct agent *a, const struct proc *list)
{
	unsigned int i;

	for (i = 0; i < a->conf.num[CI_WORKERS]; i++)
		if (list[i].running || list[i].deaths <= RESTART_MAX)
			return 0;
	return 1;
}

/*
 * Without keys, or any net or web, nobody can be served any more: then it is
 * the service manager's turn, which would take a silent agent for a sound one.
 */
void
role_given_up(struct agent *a, struct proc *p)
{
	if (p->role == ROLE_TPM)
		attest_tpm_never(a);
	else if (p->role == ROLE_KEYS || none_left(a, p->role == ROLE_NET ?
	    a->procs.net : a->procs.web))
		boot_fail(a, "no %s is left", role_name(p->role));
}

int
role_restarts(const struct agent *a, const struct proc *p)
{
	if (a->step != BOOT_DONE)
		return p->role == ROLE_NET || p->role == ROLE_WEB;
	return p->role == ROLE_NET || p->role == ROLE_WEB ||
	    p->role == ROLE_KEYS || p->role == ROLE_TPM;
}

typedef int handler(struct agent *, struct proc *, struct frame *);

static handler *const handlers[MSG_MAX] = {
	[MSG_HELLO_REQ] =		parent_on_hello,
	[MSG_CONF_ITEM] =		parent_on_conf_item,
	[MSG_CONF_ERROR] =		parent_on_conf_error,
	[MSG_CONF_LOAD_ANS] =		parent_on_conf_load_ans,
	[MSG_CONF_CERT_ANS] =		parent_on_cert_ans,
	[MSG_KEYS_LOAD_ANS] =		parent_on_keys_load_ans,
	[MSG_KEYS_MAKE_ANS] =		parent_on_keys_make_ans,
	[MSG_NET_TLS_REQ] =		parent_on_net_tls,
	[MSG_NET_END] =			parent_on_net_end,
	[MSG_ATTEST_REQ] =		parent_on_attest,
	[MSG_LOG_REQ] =			parent_on_log,
	[MSG_SNAPSHOT_REQ] =		parent_on_snapshot,
	[MSG_SNAPSHOT_DEL_REQ] =	parent_on_snapshot_del,
	[MSG_TPM_CERTS_REQ] =		parent_on_tpm_certs,
	[MSG_TPM_CERTS_ANS] =		parent_on_tpm_certs_ans,
	[MSG_ACTIVATE_REQ] =		parent_on_activate,
	[MSG_ACTIVATE_ANS] =		parent_on_activate_ans,
	[MSG_TPM_CMD_REQ] =		parent_on_tpm_cmd,
	[MSG_AK_ANS] =			parent_on_ak_ans,
	[MSG_QUOTE_ANS] =		parent_on_quote_ans,
	[MSG_HCL_ANS] =			parent_on_hcl_ans,
	[MSG_META_ANS] =		parent_on_meta_ans,
	[MSG_TPMINIT_SAVED_REQ] =	parent_on_tpminit_saved,
	[MSG_TPMINIT_ANS] =		parent_on_tpminit_ans,
	[MSG_REPORT_ANS] =		parent_on_report_ans,
	[MSG_HASH_PROGRESS] =		parent_on_hash_progress,
	[MSG_HASH_ANS] =		parent_on_hash_ans,
};

int
dispatch(struct agent *a, struct proc *p, struct frame *f)
{
	/* every row of the permit table has its handler: regress/unit/permit */
	return handlers[f->type] == NULL ? -1 : handlers[f->type](a, p, f);
}
