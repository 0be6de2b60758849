/*
 * tee-key: ask /dev/sev-guest for a derived key and print it.
 *
 * Usage: tee-key FIELDS [SVN]		(GUEST_FIELD_SELECT, a number)
 */
#include <sys/ioctl.h>

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/sev-guest.h>

#define DEVICE		"/dev/sev-guest"
#define HEAD_SIZE	32

int
main(int argc, char **argv)
{
	struct snp_derived_key_req	 req = { 0 };
	struct snp_derived_key_resp	 resp = { 0 };
	struct snp_guest_request_ioctl	 io = { .msg_version = 1,
		.req_data = (uintptr_t)&req, .resp_data = (uintptr_t)&resp };
	size_t		 i;
	int		 fd;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: tee-key FIELDS [SVN]\n");
		return (2);
	}
	req.guest_field_select = strtoull(argv[1], NULL, 0);
	req.guest_svn = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 0) : 0;
	if ((fd = open(DEVICE, O_RDWR | O_CLOEXEC)) == -1)
		err(1, "%s", DEVICE);
	if (ioctl(fd, SNP_GET_DERIVED_KEY, &io) == -1)
		err(1, "SNP_GET_DERIVED_KEY (firmware error 0x%x)", io.fw_error);
	for (i = HEAD_SIZE; i < sizeof(resp.data); i++)
		printf("%02x", resp.data[i]);
	printf("\n");
	return (0);
}
