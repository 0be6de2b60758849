/*
 * A TDX machine made of nothing: an Intel-shaped hierarchy, a quote and all
 * collateral, by keys of its own.  A test changes one
 * member and makes the evidence: what comes out is signed and consistent but
 * for that.
 */
#ifndef SIM_FORGE_TDX_H
#define SIM_FORGE_TDX_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "evidence/bytes.h"

#define FORGE_TDX_NOW	1790000000	/* within all dates */

/* One certificate; days count from now. */
struct forge_node {
	const char	*cn;
	int		 ca;		/* CA:TRUE and keyCertSign, cRLSign */
	int		 from, to;
	int		 by_other;	/* signed by a key of nobody */
	int		 critical;	/* with a critical extension of ours */
	EVP_PKEY	*key;
	X509		*cert;		/* made */
};

struct forge_crl {
	int	 from, to;
	int	 by_other, other_issuer;
	int	 revoke;	/* bits: 1 the first, 2 the second in question */
	int	 delta;
	int	 no_next;
};

struct forge_json {
	const char	*id;
	int		 version;
	int		 from, to;
	int		 by_other, by_ca, by_pck;
	const char	*status;	/* of the newest level */
};

struct forge_tdx {
	int64_t			 now;	/* what all dates count from */
	/* hierarchy */
	struct forge_node	 root, pck_ca, pck, tcb;
	EVP_PKEY		*other;
	int			 root_in_chain;
	int			 ext;	/* 0 none, 1 good, 2 twice, 3 with a
					 * tail, 4 without FMSPC */
	uint8_t			 svn[16], fmspc[6], pceid[2];
	int			 pcesvn;
	/* quote */
	int			 version, att_key_type, tee_type, body_type;
	int			 body_size;	/* 0: as the type is */
	int			 outer_type, inner_type;
	int			 trailing;
	int			 extra;	/* more in the signature data's length */
	uint8_t			 vendor[16];
	uint8_t			 body[648];	/* or an SGX report */
	uint8_t			 qe[384];
	uint8_t			 auth[32];
	EVP_PKEY		*ak;
	int			 ak_other;	/* quote signed by another */
	int			 qe_by_other;	/* QE report signed by another */
	int			 qe_data;	/* flips of its report data */
	int			 qe_data_tail;
	/* collateral */
	struct forge_crl	 pck_crl, root_crl;
	struct forge_json	 info, identity;
	const char		*info_fmspc, *info_pceid;
	const char		*module_id, *module_status;
	int			 module_signer;	/* its first byte */
	int			 module_attributes;
	int			 info_spaces;	/* white space that is signed */
	int			 identity_prod;
	/* made */
	struct buf		 quote, tcb_info, qe_identity;
	struct buf		 pck_crl_der, root_crl_der;
	struct buf		 tcb_signing, root_der;
};

/* A good machine, nothing made yet.  Keys are made once a process. */
void	 forge_tdx_init(struct forge_tdx *);
/* Makes everything from the members. */
void	 forge_tdx_make(struct forge_tdx *);
void	 forge_tdx_free(struct forge_tdx *);
/* A part of it, with keys and certificates that are there. */
void	 forge_tdx_quote(struct forge_tdx *);
void	 forge_tdx_collateral(struct forge_tdx *);

/* forge_tdx_x509.c */
EVP_PKEY *forge_p256(void);
void	 forge_chain(struct forge_tdx *);
void	 forge_pck_extension(const struct forge_tdx *, struct buf *);
void	 forge_crl_make(const struct forge_tdx *, const struct forge_crl *,
	    const struct forge_node *, X509 *, X509 *, struct buf *);
/* r||s over the bytes. */
void	 forge_sign(EVP_PKEY *, struct span, uint8_t [64]);

#endif
