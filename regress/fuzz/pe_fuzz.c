/* A kernel image: opened, hashed, and taken for the next boot. */
#define CORPUS	"regress/corpus/pe"
#include <string.h>

#include "fstool/boot.h"
#include "fstool/pe.h"
#include "regress/fuzz/replay.h"

/* a log of sha256 that tells of one image and of one part that the stub measured */
static const uint8_t log_head[] =
    "\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x21\0\0\0"
    "Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0b\0\x20\0\0"
    "\4\0\0\0\3\0\0\x80\1\0\0\0\x0b\0" "01234567012345670123456701234567"
    "\0\0\0\0" "\x0b\0\0\0\x0d\0\0\0\1\0\0\0\x0b\0"
    "01234567012345670123456701234567\0\0\0";

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct boot_ask q = { .bank = 0x000b, .values_len = LOG_PCRS * 32 };
	const struct pe_section *s;
	uint8_t digest[DIGEST_MAX];
	struct boot_ans a;
	const char *why;
	struct pe pe;

	if (pe_open(span_make(buf, len), &pe, &why) == 0) {
		if (pe_authenticode(&pe, DIGEST_SHA256, digest) == -1)
			__builtin_trap();
		pe_find(&pe, ".linux", &s);
	}
	boot_next(&q, span_make(log_head, sizeof(log_head)), span_str("quiet"),
	    span_make(buf, len), &a);
	if (!a.ok && a.why[0] == '\0')
		__builtin_trap();
	return 0;
}
