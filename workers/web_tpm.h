#ifndef WORKERS_WEB_TPM_H
#define WORKERS_WEB_TPM_H

#include "workers/web_conn.h"

/* GET /tpm/certs and POST /activate; each ends in an answer. */
void	web_get_tpm_certs(struct web_conn *);
void	web_post_activate(struct web_conn *);

#endif
