/*
 * What Azure's paravisor does to its vTPM: the report at NV 0x01400001 is made
 * anew over what was written to NV 0x01400002, and names the key that the
 * paravisor has put at 0x81000003.
 */
#ifndef SIM_AZURE_H
#define SIM_AZURE_H

#include <stddef.h>
#include <stdint.h>

#include "regress/sim/simutil.h"

#define AZURE_REPORT_INDEX	0x01400001
#define AZURE_DATA_INDEX	0x01400002
#define AZURE_AK		0x81000003
#define AZURE_REPORT_SIZE	2048	/* of the NV index; Azure's has 2600, swtpm no more than this */
#define AZURE_DATA_SIZE		64
#define AZURE_MODULUS_SIZE	256

/*
 * The paravisor's report over user data, of the processor whose hierarchy, AMD's
 * or with tdx Intel's, is in dir; modulus is that of the key.  Exactly
 * AZURE_REPORT_SIZE bytes.  -1 after a message on stderr.
 */
int	azure_report(const char *dir, int tdx, const uint8_t *modulus,
	    const uint8_t *user_data, uint8_t *ret_report);

#endif
