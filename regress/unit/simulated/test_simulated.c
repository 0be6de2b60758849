/* Each path that is not the kernel's own, alone, makes a machine simulated. */

#include <string.h>

#include "parent/conf.h"
#include "regress/unit/check.h"

static void
conf_real(struct conf *c)
{
	memset(c, 0, sizeof(*c));
	c->str[CI_TPM_DEVICE] = "/dev/tpmrm0";
	c->str[CI_TSM_PATH] = "/sys/kernel/config/tsm/report";
	c->str[CI_TEE_DEVICE] = "auto";
	c->str[CI_IMDS_ADDRESS] = "169.254.169.254:80";
	c->str[CI_IMA_PATH] = "/sys/kernel/security/ima";
	c->str[CI_EVENTLOG_PATH] =
	    "/sys/kernel/security/tpm0/binary_bios_measurements";
}

int
main(void)
{
	static const struct {
		enum conf_item	 item;
		char		*path;
		int		 want;
	} t[] = {
		{ CI_TPM_DEVICE, "", 0 },
		{ CI_TPM_DEVICE, "/dev/tpmrm12", 0 },
		{ CI_TPM_DEVICE, "/dev/tpm0", 0 },
		{ CI_TPM_DEVICE, "/dev/tpm", 1 },
		{ CI_TPM_DEVICE, "/dev/tpm0/x", 1 },
		{ CI_TPM_DEVICE, "/dev/shm/tpm0", 1 },
		{ CI_TPM_DEVICE, "unix:/run/tpm", 1 },
		{ CI_TSM_PATH, "/sys/kernel/config/tsm", 1 },
		{ CI_TSM_PATH, "/run/tsm", 1 },
		{ CI_TEE_DEVICE, "/dev/sev-guest", 0 },
		{ CI_TEE_DEVICE, "/dev/tdx_guest", 0 },
		{ CI_TEE_DEVICE, "unix:/run/tee", 1 },
		{ CI_IMDS_ADDRESS, "169.254.169.254:8080", 1 },
		{ CI_IMA_PATH, "/run/ima", 1 },
		{ CI_EVENTLOG_PATH, "/sys/kernel/security/tpm1/"
		    "binary_bios_measurements", 0 },
		{ CI_EVENTLOG_PATH, "/sys/firmware/acpi/tables/data/CCEL", 0 },
		{ CI_EVENTLOG_PATH, "/sys/kernel/security/tpm0/x", 1 },
		{ CI_EVENTLOG_PATH, "/run/eventlog", 1 },
	};
	struct conf c;
	size_t i;

	test_begin("the kernel's own");
	conf_real(&c);
	CHECK_INT(conf_simulated(&c), 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		test_begin(t[i].path);
		conf_real(&c);
		c.str[t[i].item] = t[i].path;
		CHECK_INT(conf_simulated(&c), t[i].want);
	}
	return test_end();
}
