#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/msg_appraise.h"
#include "cli/options_evidence.h"

struct application {
	char		host[HOST_MAX];		/* an IPv6 address in brackets */
	uint16_t	port;
};

/* What the user said; strings are argv's. */
struct options {
	enum verb	 verb;
	const char	*url;
	unsigned int	 timeout;		/* of the whole run; 0: none */
	int		 insecure;
	int		 compat;
	int		 json;
	int		 verbose;
	const char	*output;		/* snapshot -o, evidence fetch -o */
	const char	*kds_url;		/* NULL: AMD's own */
	const char	*pccs;			/* NULL: Intel's own */
	const char	*collateral;		/* a directory: no network for it */
	int		 no_revocation;
	int		 same_boot;		/* verify */
	const char	*snapshot;		/* verify -s */
	const char	*whitelist;
	int		 nroots;
	const char	*root[CASE_ROOTS_MAX];	/* --trust-root */
	char		 policy[KIND_MAX];	/* a name, or empty */
	const char	*policy_file;
	char		 without[NAMES_MAX];
	char		 accept_root[NAMES_MAX];
	int		 accept_legacy;
	int		 napps;
	struct application apps[APPLICATIONS_MAX];
	int		 evidence;		/* evidence verify or show: only what follows */
	struct evidence_options ev;
};

/* Exits: 0 after --help or --version, 2 with the usage line on bad usage. */
void	options_read(struct options *ret_o, int argc, char **argv);

/* HOST[:PORT], [ADDRESS][:PORT]; -1 when it is neither. */
int	application_read(const char *, struct application *ret_a);

#endif
