#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "regress/sim/azure.h"
#include "regress/sim/snp.h"
#include "regress/sim/tdx.h"

#define HEADER_SIZE	32
#define HARDWARE_SIZE	1184
#define DATA_HEADER	20
#define REPORT_SNP	2
#define REPORT_TDX	4
#define QUOTE_HEADER	48
#define QUOTE_V5_TYPE	6

/* RFC 4648, 5, without padding. */
static void
base64url_add(struct sbuf *b, const uint8_t *p, size_t n)
{
	char	 text[AZURE_MODULUS_SIZE * 2];
	size_t	 i, len;

	len = (size_t)EVP_EncodeBlock((unsigned char *)text, p, (int)n);
	while (len > 0 && text[len - 1] == '=')
		len--;
	for (i = 0; i < len; i++)
		text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	sbuf_add(b, text, len);
}

/* As the paravisor writes it: members in this order, hexadecimal in capitals. */
static void
vars_make(struct sbuf *b, const uint8_t *modulus, const uint8_t *user_data)
{
	char	 hex[2 * AZURE_DATA_SIZE + 1];
	size_t	 i;

	sbuf_str(b, "{\"keys\":[{\"kid\":\"HCLAkPub\",\"key_ops\":[\"sign\"],"
	    "\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"");
	base64url_add(b, modulus, AZURE_MODULUS_SIZE);
	sbuf_str(b, "\"}],\"vm-configuration\":{\"console-enabled\":true,"
	    "\"secure-boot\":true,\"tpm-enabled\":true,\"vmUniqueId\":"
	    "\"00000000-1111-2222-3333-444444444444\"},\"user-data\":\"");
	for (i = 0; i < AZURE_DATA_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02X", user_data[i]);
	sbuf_str(b, hex);
	sbuf_str(b, "\"}");
}

/* Intel's TDREPORT_STRUCT and TD quote: what both have, and where (WIRE 2, 3). */
static const struct {
	size_t	report, body, len;
} td_fields[] = {
	{ 128, 520, 64 },		/* report data */
	{ 264, 0, 16 },			/* SVNs of the module */
	{ 280, 16, 48 },		/* MRSEAM */
	{ 328, 64, 48 },		/* MRSIGNERSEAM */
	{ 376, 112, 8 },		/* its attributes */
	{ 512, 120, 16 },		/* attributes and XFAM of the TD */
	{ 528, 136, 384 },		/* MRTD to RTMR3 */
};

/* A TDREPORT from which a quote with the same body comes, later. */
static int
tdreport_make(const char *dir, const uint8_t *data, uint8_t *report)
{
	uint8_t		*quote, *body;
	size_t		 i, len;

	if (tdx_quote_make(dir, data, &quote, &len) == -1)
		return (-1);
	body = quote + QUOTE_HEADER + (quote[0] == 5 ? QUOTE_V5_TYPE : 0);
	report[0] = 0x81;
	for (i = 0; i < sizeof(td_fields) / sizeof(td_fields[0]); i++)
		memcpy(report + td_fields[i].report, body + td_fields[i].body,
		    td_fields[i].len);
	report[256] = 0xff;		/* which parts of TEE_TCB_INFO are valid */
	report[257] = 0x01;
	SHA384(report + 256, 239, report + 32);
	SHA384(report + 512, 512, report + 80);
	free(quote);
	return (0);
}

/* The hardware's part: AMD's report, or a TDREPORT; zeros to its end. */
static int
hardware_make(const char *dir, int tdx, const uint8_t *data, uint8_t *hw)
{
	uint8_t		*snp, *aux;
	size_t		 len, aux_len;

	memset(hw, 0, HARDWARE_SIZE);
	if (tdx)
		return (tdreport_make(dir, data, hw));
	if (snp_report_make(dir, data, 0, &snp, &len, &aux, &aux_len) == -1)
		return (-1);
	memcpy(hw, snp, len < HARDWARE_SIZE ? len : HARDWARE_SIZE);
	free(snp);
	free(aux);
	return (0);
}

int
azure_report(const char *dir, int tdx, const uint8_t *modulus,
    const uint8_t *user_data, uint8_t *ret_report)
{
	struct sbuf	 vars = { 0 }, b = { 0 };
	uint8_t		 data[64] = { 0 }, zero[12] = { 0 };
	uint8_t		 hw[HARDWARE_SIZE];
	int		 rc = -1;

	vars_make(&vars, modulus, user_data);
	SHA256(vars.p, vars.len, data);
	if (hardware_make(dir, tdx, data, hw) == -1)
		goto out;
	sbuf_str(&b, "HCLA");
	sbuf_le32(&b, tdx ? 2 : 1);
	sbuf_le32(&b, HEADER_SIZE + HARDWARE_SIZE + DATA_HEADER + vars.len);
	sbuf_le32(&b, 2);		/* request type */
	sbuf_le32(&b, 0);		/* status */
	sbuf_add(&b, zero, sizeof(zero));
	sbuf_add(&b, hw, sizeof(hw));
	sbuf_le32(&b, DATA_HEADER + vars.len);
	sbuf_le32(&b, 1);		/* version */
	sbuf_le32(&b, tdx ? REPORT_TDX : REPORT_SNP);
	sbuf_le32(&b, 1);		/* SHA-256 */
	sbuf_le32(&b, vars.len);
	sbuf_add(&b, vars.p, vars.len);
	if (b.len > AZURE_REPORT_SIZE) {
		warnx("a paravisor's report of %zu bytes", b.len);
		goto out;
	}
	memset(ret_report, 0, AZURE_REPORT_SIZE);
	memcpy(ret_report, b.p, b.len);
	rc = 0;
out:
	sbuf_free(&vars);
	sbuf_free(&b);
	return (rc);
}
