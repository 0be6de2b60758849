/* Boot logs of our own: each refusal by one log that only it refuses. */
#include "evidence/attest_verify.h"
#include "evidence/eventlog.h"
#include "evidence/tdx_quote.h"
#include "regress/unit/check.h"
#include "regress/unit/kind_logs/case.h"

static const enum digest_alg banks[] = { DIGEST_SHA1, DIGEST_SHA256 };

/* A log under construction and the registers that it gives. */
static struct buf	 b;
static uint8_t		 pcr[2][TPM_PCRS][DIGEST_MAX];

static void
le32(uint32_t v)
{
	uint8_t p[4] = { v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff, v >> 24 };

	buf_add(&b, p, 4);
}

static void
le16(uint16_t v)
{
	uint8_t p[2] = { v & 0xff, v >> 8 };

	buf_add(&b, p, 2);
}

static void
header(uint8_t vendor_size)
{
	static const uint8_t zero[20];

	buf_free(&b);
	buf_init(&b, 0);
	memset(pcr, 0, sizeof(pcr));
	le32(0);
	le32(EV_NO_ACTION);
	buf_add(&b, zero, 20);
	le32(16 + 8 + 4 + 8 + 1);
	buf_add(&b, "Spec ID Event03", 16);
	buf_add(&b, "\0\0\0\0\0\2\0\2", 8);
	le32(2);
	le16(4);
	le16(20);
	le16(11);
	le16(32);
	buf_add(&b, &vendor_size, 1);
}

/* Digests of `measured`, data as given; nbanks digests. */
static void
event_of(uint32_t index, uint32_t type, struct span data,
    struct span measured, int nbanks)
{
	uint8_t d[DIGEST_MAX], both[2 * DIGEST_MAX];
	int i;

	le32(index);
	le32(type);
	le32(nbanks);
	for (i = 0; i < nbanks; i++) {
		size_t n = digest_size(banks[i]);

		memset(d, 0, sizeof(d));
		if (type != EV_NO_ACTION)
			CHECK_OK(digest_bytes(banks[i], measured, d));
		le16(digest_tpm_id(banks[i]));
		buf_add(&b, d, n);
		if (type == EV_NO_ACTION)
			continue;
		memcpy(both, pcr[i][index], n);
		memcpy(both + n, d, n);
		CHECK_OK(digest_bytes(banks[i], span_make(both, 2 * n),
		    pcr[i][index]));
	}
	le32(data.n);
	buf_add(&b, data.p, data.n);
}

static void
event(uint32_t index, uint32_t type, const char *text)
{
	event_of(index, type, span_str(text), span_str(text), 2);
}

static void
good_log(void)
{
	header(0);
	event(0, EV_S_CRTM_VERSION, "firmware 1");
	event(8, EV_IPL, "kernel_cmdline: /vmlinuz ro quiet");
	event(9, EV_IPL, "/boot/initrd.img");
	event_of(9, EV_IPL, span_str("/boot/vmlinuz"), span_str("kernel"), 2);
	event(7, EV_SEPARATOR, "\1");
}

static void
ask(struct tcase *t)
{
	static const unsigned index[] = { 0, 7, 8, 9 };
	size_t i, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < 4; i++)
			tcase_pcr(t, banks[k], index[i], span_make(
			    pcr[k][index[i]], digest_size(banks[k])));
}

/* Judges the log as it is against the registers as they are. */
static void
verdict(enum verdict want, const char *fails)
{
	struct tcase t;

	tcase_init(&t, "tcg-eventlog");
	tcase_file(&t, "log", buf_span(&b));
	ask(&t);
	CHECK_INT(tcase_judge(&t), want);
	CHECK_STR(tcase_fails(&t), fails);
	tcase_free(&t);
}

static void
test_good(void)
{
	struct tcase t;
	json_t *v;

	test_begin("good");
	good_log();
	verdict(VERDICT_ACCEPT, "");
	tcase_init(&t, "tcg-eventlog");
	tcase_file(&t, "log", buf_span(&b));
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	CHECK(tcase_has(&t, "eventlog.replay", RESULT_WARN));
	CHECK_STR(tcase_claim(&t, "spec_version"), "2.0.0");
	CHECK_INT(json_integer_value(json_object_get(t.out.claims,
	    "events")), 5);
	CHECK_INT(json_integer_value(json_object_get(t.out.claims,
	    "events_where_digest_is_hash_of_data")), 4);
	v = json_array_get(json_object_get(t.out.claims, "command_lines"), 0);
	CHECK_STR(json_string_value(v), "/vmlinuz ro quiet");
	v = json_array_get(json_object_get(t.out.claims, "kernels"), 0);
	CHECK_STR(json_string_value(json_object_get(v, "name")),
	    "/boot/vmlinuz");
	CHECK_INT(json_array_size(json_object_get(t.out.claims, "initrds")),
	    1);
	/* zeros to the end are padding */
	le32(0);
	tcase_file(&t, "log", buf_span(&b));
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	CHECK(tcase_has(&t, "eventlog.padding", RESULT_WARN));
	tcase_file(&t, "log", span_make(b.p, 69));
	CHECK_INT(tcase_judge(&t), VERDICT_PARSED);
	tcase_free(&t);
}

/* The SecureBoot variable with this value, as the firmware measures it. */
static void
secure_boot(uint32_t index, uint8_t value)
{
	static const char name[] = "S\0e\0c\0u\0r\0e\0B\0o\0o\0t";
	uint8_t data[16 + 8 + 8 + 20 + 1] = { 0 };

	data[16] = 10;
	data[24] = 1;
	memcpy(data + 32, name, 20);
	data[52] = value;
	event_of(index, EV_EFI_VARIABLE_DRIVER_CONFIG,
	    span_make(data, sizeof(data)), span_make(data, sizeof(data)), 2);
}

/* What the log says without a digest behind it is not said again. */
static void
test_names(void)
{
	struct tcase t;

	test_begin("names");
	header(0);
	secure_boot(14, 1);
	secure_boot(7, 0);
	event_of(8, EV_IPL, span_str("kernel_cmdline: /vmlinuz quiet"),
	    span_str("/vmlinuz init=/bin/sh"), 2);
	event_of(8, EV_IPL, span_str("kernel_cmdline: /vmlinuz ro"),
	    span_str("/vmlinuz ro"), 2);
	tcase_init(&t, "tcg-eventlog");
	tcase_file(&t, "log", buf_span(&b));
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	CHECK(json_is_false(json_object_get(t.out.claims, "secure_boot")));
	CHECK_INT(json_array_size(json_object_get(t.out.claims,
	    "command_lines")), 1);
	CHECK_STR(json_string_value(json_array_get(json_object_get(
	    t.out.claims, "command_lines"), 0)), "/vmlinuz ro");
	tcase_free(&t);
}

static void
test_locality(void)
{
	static const char start[] = "StartupLocality\0\3";
	struct span s = span_make(start, 17);

	test_begin("locality");
	header(0);
	event_of(0, EV_NO_ACTION, s, s, 2);
	pcr[0][0][19] = pcr[1][0][31] = 3;
	event_of(0, EV_S_CRTM_VERSION, span_str("v"), span_str("else"), 2);
	verdict(VERDICT_ACCEPT, "");
	/* after an event of PCR 0 it cannot be true */
	header(0);
	event(0, EV_S_CRTM_VERSION, "v");
	event_of(0, EV_NO_ACTION, s, s, 2);
	verdict(VERDICT_REJECT, "eventlog.locality");
	/* Windows: index 0xffffffff, no register */
	header(0);
	event_of(0xffffffff, EV_NO_ACTION, s, s, 2);
	event(0, EV_S_CRTM_VERSION, "v");
	verdict(VERDICT_ACCEPT, "");
}

static void
test_refused(void)
{
	struct span data = span_str("x");
	size_t n;

	test_begin("refused");
	good_log();
	for (n = b.n - 1; n > b.n - 30; n--) {
		struct buf all = b;

		b.n = n;
		verdict(VERDICT_REJECT, "eventlog.format");
		b = all;
	}
	header(4);	/* vendor bytes outside of the event */
	buf_add(&b, "\xde\xad\xbe\xef", 4);
	verdict(VERDICT_REJECT, "eventlog.format");
	header(0);
	event_of(3, EV_IPL, data, data, 2);
	b.p[69] = 24;	/* no such register */
	verdict(VERDICT_REJECT, "eventlog.format");
	header(0);
	event_of(7, EV_SEPARATOR, data, span_str("y"), 2);
	verdict(VERDICT_REJECT, "eventlog.data");
	header(0);
	event_of(7, EV_IPL, data, span_str("y"), 2);
	event_of(7, EV_IPL, data, data, 1);
	verdict(VERDICT_REJECT, "eventlog.banks");
	good_log();
	pcr[1][9][0] ^= 1;
	verdict(VERDICT_REJECT, "eventlog.replay");
}

static void
diverges(const char *want)
{
	struct tcase t;
	size_t i;
	int found = 0;

	tcase_init(&t, "tcg-eventlog");
	tcase_file(&t, "log", buf_span(&b));
	ask(&t);
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	for (i = 0; i < t.out.ck.n; i++)
		found |= strcmp(t.out.ck.v[i].name, "eventlog.diverges") ==
		    0 && strstr(t.out.ck.v[i].detail, want) != NULL;
	CHECK(found);
	tcase_free(&t);
}

/* Which event is named when a log does not replay. */
static void
test_diverges(void)
{
	uint8_t keep[2][DIGEST_MAX];
	int i;

	test_begin("diverges");
	good_log();
	memcpy(keep[0], pcr[0][9], DIGEST_MAX);
	memcpy(keep[1], pcr[1][9], DIGEST_MAX);
	event(9, EV_IPL, "one more");
	memcpy(pcr[0][9], keep[0], DIGEST_MAX);
	memcpy(pcr[1][9], keep[1], DIGEST_MAX);
	diverges("event 5 (EV_IPL");
	/* one put in before others */
	header(0);
	event(9, EV_IPL, "first");
	for (i = 0; i < 2; i++)
		memcpy(keep[i], pcr[i][9], DIGEST_MAX);
	event(9, EV_IPL, "put in");
	for (i = 0; i < 2; i++)
		memcpy(pcr[i][9], keep[i], DIGEST_MAX);
	event(9, EV_IPL, "last");
	diverges("event 1 (EV_IPL");
	good_log();
	/* the SHA-1 digest of event 0: the other bank confirms its data */
	b.p[69 + 14] ^= 1;
	diverges("event 0 (EV_S_CRTM_VERSION");
}

static void
test_ccel(void)
{
	static uint8_t quote[48 + 584 + 4];
	static uint8_t table[56] = "CCEL\x38\0\0\0\1";
	struct tcase t;
	uint8_t sum = 0;
	size_t i;

	test_begin("ccel");
	header(0);
	event(1, EV_IPL, "x");
	le32(0xffffffff);
	tcase_init(&t, "ccel");
	tcase_file(&t, "log", buf_span(&b));
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	/* bytes that are no quote, and a log without SHA-384 */
	tcase_file(&t, "td_quote", span_make(quote, sizeof(quote)));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "eventlog.quote");
	t.c.nfiles = 1;
	t.c.nrtmrs = 1;
	t.c.rtmr[0].index = 0;
	t.c.rtmr[0].value = span_make(quote, 48);
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "eventlog.replay");
	tcase_free(&t);
	tcase_init(&t, "ccel-acpi-table");
	for (i = 0; i < sizeof(table); i++)
		sum += table[i];
	table[9] = -sum;
	tcase_file(&t, "table", span_make(table, sizeof(table)));
	CHECK_INT(tcase_judge(&t), VERDICT_PARSED);
	table[9]++;
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "ccel.checksum");
	tcase_file(&t, "table", span_make(table, 55));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "ccel.table");
	tcase_free(&t);
}

static void
aggregate_line(struct buf *line, uint8_t flip)
{
	uint8_t d[DIGEST_MAX], all[10 * 32], data[128];
	size_t n;
	unsigned i;

	for (i = 0; i < 10; i++)
		memcpy(all + 32 * i, pcr[1][i], 32);
	CHECK_OK(digest_bytes(DIGEST_SHA256, span_make(all, sizeof(all)), d));
	d[0] ^= flip;
	memcpy(data, "\x28\0\0\0sha256:", 12);
	memcpy(data + 12, d, 32);
	memcpy(data + 44, "\x0f\0\0\0boot_aggregate", 19);
	n = 63;
	buf_init(line, 0);
	buf_add_str(line, "10 ");
	CHECK_OK(digest_bytes(DIGEST_SHA1, span_make(data, n), all));
	buf_add_hex(line, span_make(all, 20));
	buf_add_str(line, " ima-ng sha256:");
	buf_add_hex(line, span_make(d, 32));
	buf_add_str(line, " boot_aggregate\n");
}

static void
test_aggregate(void)
{
	struct tcase t;
	struct buf line;

	test_begin("aggregate");
	good_log();
	aggregate_line(&line, 0);
	tcase_init(&t, "boot-aggregate");
	tcase_file(&t, "log", buf_span(&b));
	tcase_file(&t, "ima", buf_span(&line));
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	tcase_file(&t, "pcrs", span_str("sha256\n 0: 00\n"));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "eventlog.pcrs");
	t.c.nfiles = 2;
	ask(&t);
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	buf_free(&line);
	aggregate_line(&line, 1);
	tcase_file(&t, "ima", buf_span(&line));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "eventlog.aggregate");
	tcase_free(&t);
	buf_free(&line);
}

int
main(int argc, char *argv[])
{
	FILE *f;

	test_good();
	test_names();
	test_locality();
	test_refused();
	test_diverges();
	test_ccel();
	test_aggregate();
	/* a seed for the fuzzer */
	if (argc > 1 && (f = fopen(argv[1], "wb")) != NULL) {
		good_log();
		CHECK_INT(fwrite(b.p, 1, b.n, f), b.n);
		fclose(f);
	}
	buf_free(&b);
	return test_end();
}
