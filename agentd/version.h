#ifndef AGENTD_VERSION_H
#define AGENTD_VERSION_H

/* What GET /version says. Existing clients want 1.0 or above of each other. */
#define AGENT_VERSION	"2.0"

#endif
