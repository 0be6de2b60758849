#ifndef WORKERS_WEB_AZURE_H
#define WORKERS_WEB_AZURE_H

#include "evidence/bytes.h"

/*
 * What an Azure machine attests, in the forms that know no paravisor. hcl is
 * its report, pem the certificates from the metadata service, VCEK first; no
 * byte of either was looked at before.
 */

/* The SNP report in there, or an empty span. */
struct span	azure_snp_report(struct span hcl);
/* WIRE 1.2: report and certificates. -1 when one of them is none. */
int	azure_snp_blob(struct span hcl, struct span pem, struct buf *);

#endif
