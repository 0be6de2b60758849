/* The kind of RA-TLS certificates: see kinds.c. */
#ifndef EVIDENCE_KIND_RATLS_H
#define EVIDENCE_KIND_RATLS_H

#include "evidence/kind.h"

kind_fn	 kind_ratls;	/* cert; quote; ark, issuer, crl; root, ... */

#endif
