#include <string.h>

#include "parent/conf.h"

/*
 * Where the kernel shows what only the kernel can make. Any other path may be
 * a file of somebody's, and evidence says so.
 */

/* head, a number, then tail */
static int
is_numbered(const char *path, const char *head, const char *tail)
{
	size_t n;

	if (strncmp(path, head, strlen(head)) != 0)
		return 0;
	path += strlen(head);
	n = strspn(path, "0123456789");
	return n > 0 && strcmp(path + n, tail) == 0;
}

static int
is_tpm(const char *path)
{
	return path[0] == '\0' || is_numbered(path, "/dev/tpmrm", "") ||
	    is_numbered(path, "/dev/tpm", "");
}

static int
is_eventlog(const char *path)
{
	return is_numbered(path, "/sys/kernel/security/tpm",
	    "/binary_bios_measurements") ||
	    strcmp(path, "/sys/firmware/acpi/tables/data/CCEL") == 0;
}

int
conf_simulated(const struct conf *c)
{
	return !is_tpm(c->str[CI_TPM_DEVICE]) ||
	    strcmp(c->str[CI_TSM_PATH], "/sys/kernel/config/tsm/report") != 0 ||
	    strncmp(c->str[CI_TEE_DEVICE], "unix:", 5) == 0 ||
	    strcmp(c->str[CI_IMDS_ADDRESS], "169.254.169.254:80") != 0 ||
	    strcmp(c->str[CI_IMA_PATH], "/sys/kernel/security/ima") != 0 ||
	    !is_eventlog(c->str[CI_EVENTLOG_PATH]);
}
