#ifndef WORKERS_WEB_ROUTES_H
#define WORKERS_WEB_ROUTES_H

#include "workers/web_conn.h"

/* Answer the request of c that is complete, or ask the parent for it. */
void	web_route(struct web_conn *c);

#endif
