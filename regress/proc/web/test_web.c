/*
 * A scripted parent and clients of every kind, against the real web under its
 * filter: each answer, the timers, and what it asks of the parent and when.
 */

#include <sys/socket.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "evidence/snp_report.h"
#include "regress/proc/web/play.h"
#include "regress/unit/check.h"

#define HOST	"Host: vm\r\n"
#define NONCE	"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BYTES	"Accept: application/octet-stream\r\n"
#define CROWD	150		/* frames that fit into the channel's buffer */
#define MEASURED	(256 << 20)

static struct spawned web;
static char answer[1 << 20];
static uint32_t next_id = 1;

/* One request on its own connection; what the parent is asked is in f. */
static int
get(const char *request, unsigned int asks, struct frame *f)
{
	int fd = conn_open(&web, ++next_id);

	conn_say(fd, request);
	if (asks != 0)
		CHECK_OK(parent_take(&web, asks, next_id, f));
	return fd;
}

static void
check_answer(int fd, int status, const char *body)
{
	conn_answer(fd, answer, sizeof(answer));
	CHECK_INT(answer_status(answer), status);
	if (body != NULL)
		CHECK_STR(answer_body(answer), body);
}

static void
check_direct(const char *request, int status, const char *body)
{
	int fd = get(request, 0, NULL);

	check_answer(fd, status, body);
	close(fd);
}

static void
test_direct(void)
{
	test_begin("answers without the parent");
	check_direct("GET /version HTTP/1.1\r\n" HOST "\r\n", 200,
	    "{\"version\":\"2.0\",\"protocol\":1,\"forms\":[\"strong\",\"compat\"]}");
	check_direct("GET /nothing HTTP/1.1\r\n" HOST "\r\n", 404,
	    "no such path");
	check_direct("GET /version?a=b HTTP/1.1\r\n" HOST "\r\n", 400,
	    "unknown query parameter");
	check_direct("POST /snapshot HTTP/1.1\r\n" HOST
	    "Content-Length: 0\r\n\r\n", 405, "method not allowed");
	CHECK(strstr(answer, "Allow: GET, DELETE\r\n") != NULL);
	check_direct("HEAD /version HTTP/1.1\r\n" HOST "\r\n", 405, NULL);
	check_direct("POST /snapshot HTTP/1.1\r\n" HOST "X-HTTP-Method-Override:"
	    " DELETE\r\nContent-Length: 0\r\n\r\n", 405, NULL);
	check_direct("GET /version HTTP/1.1\r\n\r\n", 400, NULL);
	check_direct("GET /version HTTP/1.1\r\n" HOST
	    "User-Agent: cli-version/0.9.1\r\n\r\n", 400,
	    "Please update the cosmian_vm cli to version 1.0");
	check_direct("GET /version HTTP/1.1\r\n" HOST
	    "User-Agent: cli-version/1.3.0\r\n\r\n", 200, NULL);
	check_direct("GET /quote/tpm HTTP/1.1\r\n" HOST "\r\n", 400, NULL);
	/* 34 bytes: could be the qualifying data of the strong form */
	check_direct("GET /quote/tpm?nonce=Q1YAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAAAAAAAA HTTP/1.1\r\n" HOST "\r\n", 400,
	    "a nonce of 34 bytes is refused");
	check_direct("GET /quote/tee?nonce=AAAA HTTP/1.1\r\n" HOST "\r\n", 400,
	    NULL);
	check_direct("POST /attest HTTP/1.1\r\n" HOST "Content-Length: 2\r\n"
	    "\r\n{}", 400, "nonce is missing");
	check_direct("POST /attest HTTP/1.1\r\n" HOST "Content-Type: text/plain"
	    "\r\nContent-Length: 2\r\n\r\n{}", 415, NULL);
	check_direct("POST /attest HTTP/1.1\r\n" HOST "Content-Length: 70000\r\n"
	    "\r\n", 413, NULL);
}

#define FROM(n)	"GET /ima/binary HTTP/1.1\r\n" HOST BYTES "Range: bytes=" n \
		"-\r\n\r\n"

static void
test_logs(void)
{
	static const char *const beyond[] = { FROM("300"),
	    FROM("9223372036854775807"), FROM("18446744073709551615") };
	uint8_t log[300];
	char want[2048];
	struct frame f;
	size_t i, n = 0;
	int fd;

	for (i = 0; i < sizeof(log); i++)
		log[i] = (uint8_t)i;
	test_begin("IMA list as numbers");
	fd = get("GET /ima/binary HTTP/1.1\r\n" HOST "\r\n", MSG_LOG_REQ, &f);
	CHECK_INT(f.data[0], LOG_IMA_BINARY);
	parent_log(&web, next_id, ANSWER_OK, file_of("\n\0\377", 3));
	check_answer(fd, 200, "a\r\n[10,0,255]\r\n0\r\n\r\n");
	close(fd);

	test_begin("IMA list as text");
	fd = get("GET /ima/ascii HTTP/1.1\r\n" HOST "\r\n", MSG_LOG_REQ, &f);
	CHECK_INT(f.data[0], LOG_IMA_ASCII);
	parent_log(&web, next_id, ANSWER_OK, file_of("10 a\n", 5));
	check_answer(fd, 200, "8\r\n\"10 a\\n\"\r\n0\r\n\r\n");
	close(fd);

	test_begin("IMA list raw, HTTP/1.0");
	fd = get("GET /ima/binary HTTP/1.0\r\n" HOST BYTES "\r\n", MSG_LOG_REQ,
	    &f);
	parent_log(&web, next_id, ANSWER_OK, file_of("abc", 3));
	n = conn_answer(fd, answer, sizeof(answer));
	CHECK(n > 7 && strcmp(answer + n - 7, "\r\n\r\nabc") == 0);
	CHECK(strstr(answer, "Connection: close") != NULL);
	close(fd);

	test_begin("IMA list from a place on");
	fd = get("GET /ima/binary HTTP/1.1\r\n" HOST BYTES "Range: bytes=296-"
	    "\r\n\r\n", MSG_LOG_REQ, &f);
	parent_log(&web, next_id, ANSWER_OK, file_of(log, sizeof(log)));
	check_answer(fd, 206, NULL);
	CHECK(strstr(answer, "Content-Range: bytes 296-299/300\r\n") != NULL);
	CHECK_MEM(answer_body(answer), log + 296, 4);
	close(fd);
	snprintf(want, sizeof(want), "Content-Range: bytes */300\r\n");
	for (i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		fd = get(beyond[i], MSG_LOG_REQ, &f);
		parent_log(&web, next_id, ANSWER_OK, file_of(log, sizeof(log)));
		check_answer(fd, 416, NULL);
		CHECK(strstr(answer, want) != NULL);
		close(fd);
	}

	test_begin("no event log");
	fd = get("GET /eventlog HTTP/1.1\r\n" HOST "\r\n", MSG_LOG_REQ, &f);
	CHECK_INT(f.data[0], LOG_EVENTS);
	parent_log(&web, next_id, ANSWER_ABSENT, -1);
	check_answer(fd, 404, NULL);
	close(fd);

	test_begin("failed");
	fd = get("GET /eventlog HTTP/1.1\r\n" HOST "\r\n", MSG_LOG_REQ, &f);
	parent_log(&web, next_id, ANSWER_FAILED, -1);
	check_answer(fd, 500, NULL);
	CHECK(strstr(answer, "Something went wrong from the cosmian_vm agent. "
	    "See cosmian_vm_agent logs for additional information. (error id: ")
	    != NULL);
	close(fd);
}

/* More than all buffers: only what the client takes is read. */
static void
test_long(void)
{
	static uint8_t log[3 << 20];
	static char got[16 << 20];
	struct frame f;
	size_t i, n = 0, numbers = 0;
	ssize_t r;
	int fd;

	test_begin("a long list to a slow reader");
	for (i = 0; i < sizeof(log); i++)
		log[i] = (uint8_t)(i % 251);
	fd = get("GET /ima/binary HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
	    MSG_LOG_REQ, &f);
	parent_log(&web, next_id, ANSWER_OK, file_of(log, sizeof(log)));
	usleep(50000);
	while (n < sizeof(got) &&
	    (r = recv(fd, got + n, sizeof(got) - n, 0)) > 0)
		n += (size_t)r;
	CHECK(n > 5 && memcmp(got + n - 5, "0\r\n\r\n", 5) == 0);
	for (i = 0; i < n; i++)
		numbers += got[i] == ',';
	CHECK_INT(numbers, sizeof(log) - 1);
	close(fd);
}

static void
fill_quote(struct attest_ans *a)
{
	memset(a, 0, sizeof(*a));
	a->status = ANSWER_OK;
	memset(a->cert, 0x11, sizeof(a->cert));
	memset(a->conn, 0x22, sizeof(a->conn));
	memset(a->config, 0xc0, sizeof(a->config));
	a->ak_name_len = 34;
	memset(a->ak_name, 0x33, a->ak_name_len);
	a->have_quote = 1;
	/* TPMS_ATTEST: magic, type, two empty names, clock, counts */
	memcpy(a->quote.attest, "\377TCG\200\030\0\0\0\0\0\0\0\0\0\0\0\1"
	    "\0\0\0\7\0\0\0\2\1", 27);
	a->quote.attest_len = 27;
	memcpy(a->quote.sig, "sig", 3);
	a->quote.sig_len = 3;
	memcpy(a->quote.pub, "pub", 3);
	a->quote.pub_len = 3;
	a->quote.digest_len = 32;
	a->quote.mask[0] = 1;
	a->quote.mask[1] = 4;
	memset(a->quote.pcr[0], 0xaa, 32);
	memset(a->quote.pcr[10], 0xbb, 32);
}

static void
test_attest(void)
{
	static const char body[] = "{\"nonce\":\"" NONCE "\",\"pcrs\":[0,10]}";
	char request[512];
	struct attest_ans a;
	struct attest_req q;
	struct frame f;
	struct rbuf r;
	int fd;

	test_begin("attest");
	snprintf(request, sizeof(request), "POST /attest HTTP/1.1\r\n" HOST
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    sizeof(body) - 1, body);
	fd = get(request, MSG_ATTEST_REQ, &f);
	rbuf_init(&r, f.data, f.len);
	CHECK_OK(attest_req_get(&r, &q));
	CHECK_INT(q.form, FORM_STRONG);
	CHECK_INT(q.mask[0] | q.mask[1] << 8 | q.mask[2] << 16, 0x401);
	CHECK_INT(q.nonce_len, 32);
	CHECK_INT(q.nonce[0], 1);
	fill_quote(&a);
	a.tee = TEE_SEV_SNP;
	parent_attest(&web, next_id, &a, file_of("quote", 5));
	check_answer(fd, 200, NULL);
#define HEX8(x)		x x x x x x x x
#define HEX32(x)	HEX8(x) HEX8(x) HEX8(x) HEX8(x)
	CHECK(strstr(answer, "{\"version\":1,\"bound\":{\"nonce\":\"0100") != NULL);
	CHECK(strstr(answer, "\"cert\":\"" HEX32("11") "\",\"conn\":\""
	    HEX32("22") "\",\"seal_pk\":null,\"config\":\"" HEX32("c0")
	    "\",\"ak_name\":\"" HEX32("33") "3333\",\"bank\":\"sha256\","
	    "\"pcrs\":[0,10],\"subject\":null},\"config\":{\"toml\":\""
	    HEX32("c1") "\",\"keys\":\"" HEX32("c2") "\",\"flags\":1,"
	    "\"executables\":[[\"cosmian_vm_agent\",\"" HEX32("e0")
	    "\"],[\"agent-conf\",\"" HEX32("e1") "\"]]},\"tpm\":{\"quote\":"
	    "\"/1RDR4AY") != NULL);
	CHECK(strstr(answer, "\"signature\":\"c2ln\",\"public_key\":\"cHVi\","
	    "\"pcrs\":{\"0\":\"" HEX32("aa") "\",\"10\":\"" HEX32("bb")
	    "\"}},\"tee\":{\"kind\":\"sev-snp\",\"quote\":\"cXVvdGU\"}}") !=
	    NULL);
	close(fd);

	test_begin("attest: no snapshot, busy");
	fd = get(request, MSG_ATTEST_REQ, &f);
	memset(&a, 0, sizeof(a));
	a.status = ANSWER_WORKING;
	parent_attest(&web, next_id, &a, -1);
	check_answer(fd, 409, NULL);
	close(fd);
	fd = get(request, MSG_ATTEST_REQ, &f);
	a.status = ANSWER_BUSY;
	parent_attest(&web, next_id, &a, -1);
	check_answer(fd, 503, NULL);
	CHECK(strstr(answer, "Retry-After: 1\r\n") != NULL);
	close(fd);
}

static void
test_quotes(void)
{
	struct attest_ans a;
	struct attest_req q;
	struct frame f;
	struct rbuf r;
	int fd;

	test_begin("TPM quote");
	fd = get("GET /quote/tpm?nonce=%2B%2F8 HTTP/1.1\r\n" HOST "\r\n",
	    MSG_ATTEST_REQ, &f);
	rbuf_init(&r, f.data, f.len);
	CHECK_OK(attest_req_get(&r, &q));
	CHECK_INT(q.form, FORM_COMPAT_TPM);
	CHECK_INT(q.nonce_len, 2);
	CHECK_MEM(q.nonce, "\xfb\xff", 2);
	fill_quote(&a);
	parent_attest(&web, next_id, &a, -1);
	check_answer(fd, 200, NULL);
	CHECK(strstr(answer, "{\"pcr_value_hash_method\":\"Sha256\",\"quote\":\""
	    "/1RDR4AY") != NULL);
	close(fd);

	test_begin("TEE quote");
	fd = get("GET /quote/tee?nonce=" NONCE " HTTP/1.1\r\n" HOST "\r\n",
	    MSG_ATTEST_REQ, &f);
	memset(&a, 0, sizeof(a));
	a.status = ANSWER_OK;
	a.tee = TEE_SEV_SNP;
	parent_attest(&web, next_id, &a, file_of("\5\0\377", 3));
	check_answer(fd, 200, "9\r\n[5,0,255]\r\n0\r\n\r\n");
	close(fd);

	test_begin("compatible quotes off");
	web_limits(&web, 1, 1, 60, 0);
	check_direct("GET /quote/tee?nonce=" NONCE " HTTP/1.1\r\n" HOST "\r\n",
	    404, NULL);
	web_limits(&web, 1, 1, 60, 1);
}

static void
test_certs(void)
{
	static const char request[] = "GET /tpm/certs HTTP/1.1\r\n" HOST "\r\n";
	static const struct {
		enum answer	status;
		int		http;
	} other[] = { { ANSWER_ABSENT, 404 }, { ANSWER_BUSY, 503 },
	    { ANSWER_FAILED, 500 } };
	struct frame f;
	size_t i;
	int fd;

	test_begin("certificates of the TPM");
	fd = get(request, MSG_TPM_CERTS_REQ, &f);
	CHECK_INT(f.len, 0);
	parent_certs(&web, next_id, ANSWER_OK, file_of("\0\0\3pub\1\0\2e1\3"
	    "\0\1a", 15));
	check_answer(fd, 200, "{\"ek_public\":\"cHVi\",\"ek\":[\"ZTE\"],"
	    "\"ek_chain\":[],\"ak\":[\"YQ\"]}");
	close(fd);
	fd = get(request, MSG_TPM_CERTS_REQ, &f);
	parent_certs(&web, next_id, ANSWER_OK, file_of("\1\0\5x", 4));
	check_answer(fd, 500, NULL);
	close(fd);
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		fd = get(request, MSG_TPM_CERTS_REQ, &f);
		parent_certs(&web, next_id, other[i].status, -1);
		check_answer(fd, other[i].http, NULL);
		close(fd);
	}
	check_direct("POST /tpm/certs HTTP/1.1\r\n" HOST
	    "Content-Length: 0\r\n\r\n", 405, NULL);
	check_direct("GET /tpm/certs?a=b HTTP/1.1\r\n" HOST "\r\n", 400, NULL);
}

static const char *
activate_request(const char *type, const char *body)
{
	static char request[1024];

	snprintf(request, sizeof(request), "POST /activate HTTP/1.1\r\n" HOST
	    "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", type,
	    strlen(body), body);
	return request;
}

static void
test_activate(void)
{
	static const char json[] = "application/json", body[] = "{\"nonce\":\""
	    NONCE "\",\"credential\":\"AAEC\",\"secret\":\"AwQ\"}";
	static const struct {
		enum answer	status;
		int		http;
	} other[] = { { ANSWER_ABSENT, 404 }, { ANSWER_BUSY, 503 },
	    { ANSWER_FAILED, 500 }, { ANSWER_REFUSED, 400 } };
	struct activate_req q;
	struct frame f;
	struct rbuf r;
	size_t i;
	int fd;

	test_begin("activation");
	fd = get(activate_request(json, body), MSG_ACTIVATE_REQ, &f);
	rbuf_init(&r, f.data, f.len);
	CHECK_OK(activate_req_get(&r, &q));
	CHECK_INT(q.nonce[0], 1);
	CHECK_INT(q.credential_len, 3);
	CHECK_MEM(q.secret, "\3\4", 2);
	parent_activated(&web, next_id, ANSWER_OK);
	check_answer(fd, 200, "{\"proof\":\"" HEX32("ab") "\"}");
	close(fd);
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		fd = get(activate_request(json, body), MSG_ACTIVATE_REQ, &f);
		parent_activated(&web, next_id, other[i].status);
		check_answer(fd, other[i].http, NULL);
		close(fd);
	}
	test_begin("activation that the parent does not hear of");
	check_direct(activate_request("text/plain", body), 415, NULL);
	check_direct(activate_request(json, "{}"), 400,
	    "nonce, credential or secret is missing");
	check_direct(activate_request(json, "{\"conn\":\"AA\"}"), 400,
	    "unknown member");
	check_direct("GET /activate HTTP/1.1\r\n" HOST "\r\n", 405, NULL);
}

static void
test_snapshot(void)
{
	static const uint8_t records[] = "CVMSNAP1\0\2\x20/a"
	    "01234567890123456789012345678901";
	uint8_t report[SNP_REPORT_SIZE] = { 2 };
	struct attest_ans a;
	struct frame f;
	int fd;

	test_begin("snapshot under way");
	fd = get("GET /snapshot HTTP/1.1\r\n" HOST "\r\n", MSG_SNAPSHOT_REQ, &f);
	parent_snapshot(&web, next_id, ANSWER_WORKING, -1);
	check_answer(fd, 202, "null");
	close(fd);
	fd = get("GET /snapshot HTTP/1.1\r\n" HOST BYTES "\r\n",
	    MSG_SNAPSHOT_REQ, &f);
	parent_snapshot(&web, next_id, ANSWER_WORKING, -1);
	check_answer(fd, 202, "{\"files\":3,\"bytes\":4096,\"unreadable\":1}");
	close(fd);

	test_begin("snapshot, records");
	fd = get("GET /snapshot HTTP/1.1\r\n" HOST BYTES "\r\n",
	    MSG_SNAPSHOT_REQ, &f);
	parent_snapshot(&web, next_id, ANSWER_OK, file_of(records,
	    sizeof(records) - 1));
	check_answer(fd, 200, NULL);
	CHECK_MEM(answer_body(answer), records, sizeof(records) - 1);
	close(fd);

	test_begin("snapshot, JSON");
	fd = get("GET /snapshot HTTP/1.1\r\n" HOST "\r\n", MSG_SNAPSHOT_REQ, &f);
	parent_snapshot(&web, next_id, ANSWER_OK, file_of(records,
	    sizeof(records) - 1));
	CHECK_OK(parent_take(&web, MSG_ATTEST_REQ, next_id, &f));
	CHECK_INT(f.data[0], FORM_COMPAT_TEE);
	memset(&a, 0, sizeof(a));
	a.status = ANSWER_OK;
	a.tee = TEE_SEV_SNP;
	memset(report + SNP_REPORT_DATA, 0x77, 64);
	parent_attest(&web, next_id, &a, file_of(report, sizeof(report)));
	CHECK_OK(parent_take(&web, MSG_ATTEST_REQ, next_id, &f));
	CHECK_INT(f.data[0], FORM_COMPAT_TPM);
	fill_quote(&a);
	parent_attest(&web, next_id, &a, -1);
	check_answer(fd, 200, NULL);
	CHECK(strstr(answer, "{\"cloud_type\":null,\"tee_policy\":{\"Sev\":{"
	    "\"measurement\":\"0000") != NULL);
	CHECK(strstr(answer, "7777") == NULL);
	CHECK(strstr(answer, "\"tpm_policy\":{\"reset_count\":7,"
	    "\"restart_count\":2},\"filehashes\":") != NULL);
	CHECK(strstr(answer, "[[\"/a\",\"3031323334353637383930") != NULL);
	CHECK(strstr(answer, "3031\"]]}\r\n0\r\n\r\n") != NULL);
	close(fd);

	test_begin("snapshot deleted");
	fd = get("DELETE /snapshot HTTP/1.1\r\n" HOST "\r\n",
	    MSG_SNAPSHOT_DEL_REQ, &f);
	parent_deleted(&web, next_id, ANSWER_BUSY);
	check_answer(fd, 409, "A snapshot is currently processing (hold on "
	    "before processing other actions)");
	close(fd);
}

static void
test_connection(void)
{
	struct frame f;
	int fd, i;

	test_begin("pipelined, in order");
	fd = get("GET /eventlog HTTP/1.1\r\n" HOST "\r\n"
	    "GET /version HTTP/1.1\r\n" HOST "\r\n"
	    "DELETE /version HTTP/1.1\r\n" HOST "\r\n", MSG_LOG_REQ, &f);
	CHECK_INT(recv(fd, answer, 1, MSG_DONTWAIT), -1);
	parent_log(&web, next_id, ANSWER_ABSENT, -1);
	check_answer(fd, 404, NULL);
	close(fd);
	fd = get("", 0, NULL);
	for (i = 0; i < 200; i++)
		conn_say(fd, "GET /version HTTP/1.1\r\n" HOST "\r\n");
	for (i = 0; i < 200; i++) {
		conn_answer(fd, answer, 212);
		if (!CHECK_INT(answer_status(answer), 200))
			break;
	}
	close(fd);

	test_begin("100-continue");
	fd = get("POST /attest HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
	    "Content-Length: 2\r\n\r\n", 0, NULL);
	check_answer(fd, 100, NULL);
	conn_say(fd, "{}");
	check_answer(fd, 400, "nonce is missing");
	close(fd);

	test_begin("half-closed while the parent works");
	fd = get("GET /eventlog HTTP/1.1\r\n" HOST "\r\n", MSG_LOG_REQ, &f);
	CHECK_OK(shutdown(fd, SHUT_WR));
	usleep(20000);
	parent_log(&web, next_id, ANSWER_ABSENT, -1);
	check_answer(fd, 404, NULL);
	CHECK(conn_ended(fd));
	close(fd);

	test_begin("gone while the parent works");
	fd = get("GET /ima/ascii HTTP/1.1\r\n" HOST "\r\n", MSG_LOG_REQ, &f);
	close(fd);
	usleep(20000);
	parent_log(&web, next_id, ANSWER_OK, file_of("late", 4));
	parent_log(&web, 999999, ANSWER_OK, file_of("nobody's", 8));
	check_direct("GET /version HTTP/1.1\r\n" HOST "\r\n", 200, NULL);
}

/* Limits here: header 1 s, body 1 s, and a byte now and then buys nothing. */
static void
test_slow(void)
{
	static const char head[] = "GET /version HTTP/1.1\r\n" HOST "A: b\r\n\r\n";
	char one[2] = "";
	size_t i;
	int fd;

	test_begin("slow header");
	fd = get("", 0, NULL);
	for (i = 0; i < sizeof(head) - 1 && i < 8; i++) {
		one[0] = head[i];
		conn_say(fd, one);
		usleep(200000);
	}
	check_answer(fd, 408, NULL);
	CHECK(conn_ended(fd));
	close(fd);

	test_begin("slow body");
	fd = get("POST /attest HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n",
	    0, NULL);
	for (i = 0; i < 6; i++) {
		conn_say(fd, "x");
		usleep(200000);
	}
	check_answer(fd, 408, NULL);
	CHECK(conn_ended(fd));
	close(fd);

	test_begin("idle");
	web_limits(&web, 1, 1, 1, 1);
	fd = get("GET /version HTTP/1.1\r\n" HOST "\r\n", 0, NULL);
	check_answer(fd, 200, NULL);
	CHECK(conn_ended(fd));
	close(fd);
	web_limits(&web, 1, 1, 60, 1);
}

static unsigned int
descriptors(void)
{
	char path[64];
	unsigned int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)web.pid);
	if ((d = opendir(path)) == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
test_log_line(void)
{
	char line[2048], want[64];
	int fd;

	test_begin("log line");
	while (recv(web.log_fd, line, sizeof(line), MSG_DONTWAIT) > 0)
		continue;
	fd = get("GET /a\"b?nonce=secret HTTP/1.1\r\n" HOST "\r\n", 0, NULL);
	check_answer(fd, 400, NULL);	/* a quote is no byte of a target */
	close(fd);
	CHECK_OK(log_take(&web, line, sizeof(line)));
	fd = get("GET /version?nonce=secret HTTP/1.1\r\n" HOST "\r\n", 0, NULL);
	check_answer(fd, 400, NULL);
	close(fd);
	CHECK_OK(log_take(&web, line, sizeof(line)));
	snprintf(want, sizeof(want), "192.0.2.1:%u \"GET /version\" 400 ",
	    next_id);
	if (!CHECK(strncmp(line, want, strlen(want)) == 0))
		printf("%s\n", line);
	CHECK(strstr(line, "secret") == NULL);
}

/*
 * A log that takes long to measure, and more connections than the parent's
 * channel gives in one wake-up: they are taken and served before it is done.
 */
static void
test_measure(void)
{
	char line[2048];
	struct frame f;
	int fds[CROWD], file, i, slow, before = 0;

	test_begin("measuring holds nobody up");
	while (recv(web.log_fd, line, sizeof(line), MSG_DONTWAIT) > 0)
		continue;
	file = file_of("", 0);
	CHECK_OK(ftruncate(file, MEASURED));
	slow = get(FROM("268435456"), MSG_LOG_REQ, &f);
	CHECK_OK(kill(web.pid, SIGSTOP));
	parent_log(&web, next_id, ANSWER_OK, file);
	for (i = 0; i < CROWD; i++)
		fds[i] = get("GET /version HTTP/1.1\r\n" HOST "\r\n", 0, NULL);
	CHECK_OK(kill(web.pid, SIGCONT));
	while (log_take(&web, line, sizeof(line)) == 0 &&
	    strstr(line, "/ima/binary") == NULL)
		before++;
	CHECK_INT(before, CROWD);
	check_answer(slow, 416, NULL);
	for (i = 0; i < CROWD; i++)
		close(fds[i]);
	close(slow);

	test_begin("nothing is measured for one who is gone");
	CHECK((file = open("/dev/zero", O_RDONLY | O_CLOEXEC)) != -1);
	slow = get(FROM("0"), MSG_LOG_REQ, &f);
	parent_log(&web, next_id, ANSWER_OK, file);
	usleep(20000);
	close(slow);
	CHECK_OK(log_take(&web, line, sizeof(line)));
	CHECK(strstr(line, " cut") != NULL);
}

static void
test_drain(void)
{
	struct frame f;
	int busy, idle;

	test_begin("drain");
	idle = get("", 0, NULL);
	busy = get("GET /eventlog HTTP/1.1\r\n" HOST "\r\n", MSG_LOG_REQ, &f);
	CHECK_OK(chan_send(web.req_fd, MSG_DRAIN, 0, NULL, NULL, 0));
	CHECK(conn_ended(idle));
	parent_log(&web, next_id, ANSWER_ABSENT, -1);
	check_answer(busy, 404, NULL);
	CHECK(strstr(answer, "Connection: close") != NULL);
	CHECK(conn_ended(busy));
	close(idle);
	close(busy);
}

int
main(void)
{
	unsigned int before;

	if (geteuid() != 0)
		test_skip("needs root");
	web_start(&web, 1, 1, 60, 1);
	check_direct("GET /version HTTP/1.1\r\n" HOST "\r\n", 200, NULL);
	usleep(20000);
	before = descriptors();
	test_direct();
	test_logs();
	test_long();
	test_attest();
	test_quotes();
	test_certs();
	test_activate();
	test_snapshot();
	test_connection();
	test_slow();
	test_log_line();
	test_measure();
	usleep(20000);
	test_begin("descriptors");
	if (before != 0)
		CHECK_INT(descriptors(), before);
	test_drain();
	CHECK_OK(web_end(&web));
	return test_end();
}
