#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "regress/sim/bootlog.h"
#include "regress/sim/simutil.h"

#define EV_POST_CODE	1
#define EV_NO_ACTION	3
#define EV_IPL		0x0d

static void
le16(struct sbuf *b, uint16_t v)
{
	uint8_t		 x[2] = { v & 0xff, v >> 8 };

	sbuf_add(b, x, sizeof(x));
}

/* TCG_EfiSpecIdEvent, in the form of SHA-1 that every log begins with. */
static void
header_add(struct sbuf *b, const struct tpm *t)
{
	static const uint8_t zero[20], version[8] = { 0, 0, 0, 0, 0, 2, 0, 2 };
	size_t		 i;

	sbuf_le32(b, 0);
	sbuf_le32(b, EV_NO_ACTION);
	sbuf_add(b, zero, sizeof(zero));
	sbuf_le32(b, 16 + sizeof(version) + 4 + 4 * t->nbanks + 1);
	sbuf_add(b, "Spec ID Event03", 16);
	sbuf_add(b, version, sizeof(version));
	sbuf_le32(b, t->nbanks);
	for (i = 0; i < t->nbanks; i++) {
		le16(b, t->banks[i].alg);
		le16(b, t->banks[i].size);
	}
	sbuf_add(b, zero, 1);
}

void
bootlog_add(const char *path, const struct tpm *t, uint32_t pcr,
    uint8_t digests[][TPM_DIGEST_MAX], const char *text)
{
	struct sbuf	 b = { 0 };
	struct stat	 st;
	size_t		 i;
	int		 fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0440);
	if (fd == -1 || fstat(fd, &st) == -1)
		err(1, "%s", path);
	if (st.st_size == 0)
		header_add(&b, t);
	sbuf_le32(&b, pcr);
	sbuf_le32(&b, pcr == 8 || pcr == 9 ? EV_IPL : EV_POST_CODE);
	sbuf_le32(&b, t->nbanks);
	for (i = 0; i < t->nbanks; i++) {
		le16(&b, t->banks[i].alg);
		sbuf_add(&b, digests[i], t->banks[i].size);
	}
	sbuf_le32(&b, strlen(text));
	sbuf_str(&b, text);
	if (write(fd, b.p, b.len) != (ssize_t)b.len || close(fd) == -1)
		err(1, "%s", path);
	sbuf_free(&b);
}
