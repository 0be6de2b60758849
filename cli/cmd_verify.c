#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/collect.h"
#include "cli/commands.h"
#include "cli/output.h"

static void
hex(const uint8_t *p, size_t n, char *dst)
{
	size_t i;

	for (i = 0; i < n; i++)
		snprintf(dst + 2 * i, 3, "%02x", (unsigned int)p[i]);
}

/* Services of the machine must show the certificate that the evidence is bound to. */
static int
check_applications(struct session *s)
{
	const struct application *a;
	char got[2 * DIGEST_LEN + 1];
	uint8_t leaf[DIGEST_LEN];
	int i, bad = 0;

	for (i = 0; i < s->o->napps; i++) {
		a = &s->o->apps[i];
		progress("application %s", a->host);
		if (ask_leaf(s, a, leaf) == -1)
			return -1;
		hex(leaf, sizeof(leaf), got);
		if (memcmp(leaf, s->own.leaf, sizeof(leaf)) == 0)
			report_line(&s->report, LINE_OK, "application",
			    "%s:%u shows the agent's certificate", a->host,
			    (unsigned int)a->port);
		else {
			report_line(&s->report, LINE_FAIL, "application",
			    "%s:%u shows another certificate than the "
			    "agent, SHA-256 %s",
			    a->host, (unsigned int)a->port, got);
			bad++;
		}
	}
	if (bad == 0)
		return 0;
	return session_fail(s, EXIT_REFUSED, "%d of %d applications do not "
	    "show the certificate that the evidence is bound to", bad,
	    s->o->napps);
}

int
cmd_verify(struct session *s)
{
	int fd = -1, rc;

	rc = collect_and_judge(s, 0, &fd);
	if (fd != -1)
		close(fd);
	/* also after a refusal: one run shows all that is wrong */
	if (rc == -1 && s->exit != EXIT_REFUSED)
		return -1;
	return check_applications(s) == -1 ? -1 : rc;
}
