#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "regress/sim/azure.h"
#include "regress/sim/snp.h"

#define HEADER_SIZE	32
#define HARDWARE_SIZE	1184
#define DATA_HEADER	20
#define REPORT_SNP	2

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

int
azure_report(const char *dir, const uint8_t *modulus,
    const uint8_t *user_data, uint8_t *ret_report)
{
	struct sbuf	 vars = { 0 }, b = { 0 };
	uint8_t		 data[64] = { 0 }, zero[12] = { 0 };
	uint8_t		*snp, *aux;
	size_t		 snp_len, aux_len;
	int		 rc = -1;

	vars_make(&vars, modulus, user_data);
	SHA256(vars.p, vars.len, data);
	if (snp_report_make(dir, data, 0, &snp, &snp_len, &aux, &aux_len) == -1)
		goto out;
	free(aux);
	sbuf_str(&b, "HCLA");
	sbuf_le32(&b, 1);
	sbuf_le32(&b, HEADER_SIZE + HARDWARE_SIZE + DATA_HEADER + vars.len);
	sbuf_le32(&b, 2);		/* request type */
	sbuf_le32(&b, 0);		/* status */
	sbuf_add(&b, zero, sizeof(zero));
	sbuf_add(&b, snp, snp_len < HARDWARE_SIZE ? snp_len : HARDWARE_SIZE);
	free(snp);
	sbuf_le32(&b, DATA_HEADER + vars.len);
	sbuf_le32(&b, 1);		/* version */
	sbuf_le32(&b, REPORT_SNP);
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
