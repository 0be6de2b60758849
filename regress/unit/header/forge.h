/* A LUKS2 header with a JSON text of choice, checksums right. */
#ifndef REGRESS_UNIT_HEADER_FORGE_H
#define REGRESS_UNIT_HEADER_FORGE_H

#include <stddef.h>
#include <stdint.h>

#define FORGE_COPY	16384u
#define FORGE_SIZE	(2 * FORGE_COPY + 1048576u)
#define FORGE_UUID	"11111111-2222-3333-4444-555555555555"

/* What cosmian_fstool and systemd-cryptenroll write: a password in slot 0,
 * the TPM's secret in slot 1. */
extern const char	 forge_json[];
/* The text with the first `from` replaced; NULL when it is not in it.  The
 * caller's to free. */
char	*forge_edit(const char *text, const char *from, const char *to);
/* FORGE_SIZE bytes. */
void	 forge_header(uint8_t *, const char *json);
/* Makes the checksum of the copy at this offset right. */
void	 forge_seal(uint8_t *, size_t at);

#endif
