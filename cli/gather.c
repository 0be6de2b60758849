#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/collateral.h"
#include "cli/gather.h"

static const struct {
	const char	*file;
	const char	*name;
} pieces[COLLATERAL_MAX] = {
	[COLLATERAL_AMD_CHAIN] = { "amd_chain.pem", "certificate chain" },
	[COLLATERAL_AMD_CRL] = { "amd_crl.der",
	    "list of revoked certificates" },
	[COLLATERAL_AMD_VCEK] = { "vcek.der",
	    "certificate of the processor" },
	[COLLATERAL_TCB_INFO] = { "tcb_info.json", "TCB info" },
	[COLLATERAL_TCB_SIGNING] = { "tcb_signing.pem",
	    "certificate of TCB signing" },
	[COLLATERAL_QE_IDENTITY] = { "qe_identity.json",
	    "identity of the quoting enclave" },
	[COLLATERAL_PCK_CRL] = { "pck_crl.der", "list of revoked PCKs" },
	[COLLATERAL_ROOT_CRL] = { "root_ca_crl.der", "list of revoked CAs" },
	[COLLATERAL_INTEL_ROOT_CRL] = { "root_ca_crl.der",
	    "list of revoked CAs" },
};

const char *
collateral_name(unsigned int what)
{
	return what < COLLATERAL_MAX ? pieces[what].file : "";
}

struct gathering {
	struct session	*s;
	struct collateral_ask ask;
	unsigned int	 flags;		/* of collateral_get() */
	int		*fd;		/* [COLLATERAL_MAX] */
};

static int
gather(struct gathering *g, enum collateral what, unsigned int flags)
{
	g->ask.what = (uint8_t)what;
	if (collateral_get(g->s, &g->ask, pieces[what].file,
	    pieces[what].name, g->flags | flags, &g->fd[what]) == -1)
		return -1;
	/* who does not answer once is not waited for again and again */
	if (g->fd[what] == -1 && (g->flags & COLLATERAL_SOFT) != 0 &&
	    (flags & COLLATERAL_LACKING) == 0)
		g->flags |= COLLATERAL_CACHED;
	return 0;
}

static int
gather_amd(struct gathering *g)
{
	const struct platform *p = &g->ask.platform;

	if (p->product[0] == '\0') {
		if ((g->flags & COLLATERAL_SOFT) == 0)
			return session_fail(g->s, EXIT_ERROR, "the report "
			    "does not say which processor this is: "
			    "--kds-url cannot be asked");
		report_line(&g->s->report, LINE_WARN, "collateral",
		    "the report does not say which processor this is: AMD's "
		    "service cannot be asked");
		return 0;
	}
	if (gather(g, COLLATERAL_AMD_CRL, 0) == -1 ||
	    gather(g, COLLATERAL_AMD_CHAIN, 0) == -1)
		return -1;
	return p->has_vek || p->vlek ? 0 : gather(g, COLLATERAL_AMD_VCEK, 0);
}

/* Intel's own service does not have the list of its root, only a PCCS does. */
static int
gather_intel(struct gathering *g)
{
	static const enum collateral all[] = {
		COLLATERAL_PCK_CRL, COLLATERAL_TCB_INFO,
		COLLATERAL_TCB_SIGNING, COLLATERAL_QE_IDENTITY
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (gather(g, all[i], 0) == -1)
			return -1;
	if (strncmp(g->ask.base, PCS_DEFAULT, sizeof(PCS_DEFAULT) - 1) != 0)
		return gather(g, COLLATERAL_ROOT_CRL, COLLATERAL_LACKING);
	snprintf(g->ask.base, sizeof(g->ask.base), "%s", PCS_ROOT);
	if (gather(g, COLLATERAL_INTEL_ROOT_CRL, 0) == -1)
		return -1;
	g->fd[COLLATERAL_ROOT_CRL] = g->fd[COLLATERAL_INTEL_ROOT_CRL];
	g->fd[COLLATERAL_INTEL_ROOT_CRL] = -1;
	return 0;
}

/* Which server; NULL: none is asked. */
static const char *
server_of(const struct options *o, const struct platform *p)
{
	const char *named = p->snp ? o->kds_url : o->pccs;

	if (named != NULL)
		return named;
	if (o->kds_url != NULL || o->pccs != NULL || o->no_revocation ||
	    o->collateral != NULL || o->nroots != 0 || p->simulated)
		return NULL;
	return p->snp ? KDS_DEFAULT : PCS_DEFAULT;
}

int
gather_collateral(struct session *s, const struct platform *p, int hard,
    int fd[COLLATERAL_MAX])
{
	static struct gathering g;
	const char *base;
	int i, rc;

	for (i = 0; i < COLLATERAL_MAX; i++)
		fd[i] = -1;
	if ((!p->snp && !p->tdx) || (base = server_of(s->o, p)) == NULL)
		return 0;
	memset(&g, 0, sizeof(g));
	g.s = s;
	g.fd = fd;
	g.ask.platform = *p;
	snprintf(g.ask.base, sizeof(g.ask.base), "%s", base);
	if (!hard || (base != s->o->kds_url && base != s->o->pccs))
		g.flags = COLLATERAL_SOFT;
	rc = p->snp ? gather_amd(&g) : gather_intel(&g);
	for (i = 0; rc == -1 && i < COLLATERAL_MAX; i++)
		if (fd[i] != -1) {
			close(fd[i]);
			fd[i] = -1;
		}
	return rc;
}
