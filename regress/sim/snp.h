/*
 * The simulated AMD secure processor: reports signed by a VCEK of our own,
 * for a chip and a guest whose values are files of the hierarchy folder
 * (made by forge-snp).
 *
 * Read anew for every report, all optional, besides what forge-snp wrote:
 *	version			report version, 2 or 3 (default)
 *	policy			guest policy as a number
 *	vmpl-floor		lowest privlevel accepted
 *	measurement, host-data, family-id, image-id, report-id,
 *	id-key-digest, author-key-digest	raw bytes
 *	frozen-report-data	64 raw bytes used in place of what was asked
 *	delay-ms		a slow secure processor
 *	garbage			reports of this many random bytes
 *	crl.der			AMD's list of revoked certificates, which the host
 *				sends along; without it a verifier has to ask AMD
 *	no-certs		empty auxblob, as hosts without certificates
 */
#ifndef SIM_SNP_H
#define SIM_SNP_H

#include <stddef.h>
#include <stdint.h>

#define SNP_REPORT_SIZE		1184
#define SNP_REPORT_DATA_SIZE	64

/*
 * Make a report over data at VMPL vmpl and the certificate table that the
 * host adds.  The caller frees both.  -1 after a message on stderr.
 */
int	snp_report_make(const char *dir, const uint8_t *data, uint32_t vmpl,
	    uint8_t **ret_report, size_t *ret_report_len,
	    uint8_t **ret_aux, size_t *ret_aux_len);

#endif
