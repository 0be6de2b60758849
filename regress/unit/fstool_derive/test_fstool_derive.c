/* Keys of the simulated device, teedev. */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <unistd.h>

#include "fstool/derive.h"
#include "fstool/why.h"
#include "privsep/guest_ioctl.h"
#include "regress/unit/check.h"

static char	dir[200];	/* the hierarchy, and the socket */
static char	device[256];
static const char root[] = "the secret of this processor";

static void
put_bytes(const char *name, const void *p, size_t n)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1 || write(fd, p, n) != (ssize_t)n)
		exit(1);
	close(fd);
}

static void
put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static void
drop(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

static pid_t
teedev_start(void)
{
	const char *build = getenv("BUILD"), *tmp = getenv("TMPDIR");
	char program[512];
	struct stat st;
	pid_t pid;
	int i;

	snprintf(program, sizeof(program), "%s/test/sim/teedev",
	    build != NULL ? build : "build/plain");
	snprintf(dir, sizeof(dir), "%s/derive.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		exit(1);
	put("vcek.key", root);
	snprintf(device, sizeof(device), "unix:%s/sock", dir);
	fflush(stdout);
	if ((pid = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/dev/null", "w", stdout) != NULL)
			execl(program, program, device + 5, "--hierarchy", dir,
			    NULL);
		_exit(127);
	}
	for (i = 0; i < 500 && stat(device + 5, &st) == -1; i++)
		usleep(20000);
	return pid;
}

static int
same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, DERIVED_LEN) == 0;
}

/* The request is the one of derive.c's comment: computed here by itself. */
static void
known_key(uint8_t key[DERIVED_LEN])
{
	struct snp_derived_key_req q = { .guest_field_select = 0x9 };
	uint8_t msg[sizeof(q) + 8 + 48] = { 0 }, md[32];
	const uint64_t policy = 0xb0000;
	unsigned int n = DERIVED_LEN;

	memcpy(msg, &q, sizeof(q));
	memcpy(msg + sizeof(q), &policy, 8);
	memset(msg + sizeof(q) + 8, 0x5a, 48);
	EVP_Digest(root, strlen(root), md, NULL, EVP_sha256(), NULL);
	HMAC(EVP_sha256(), md, 32, msg, sizeof(msg), key, &n);
}

static void
test_fields(void)
{
	uint8_t measurement[48], first[DERIVED_LEN], k[DERIVED_LEN];

	test_begin("what is mixed in");
	memset(measurement, 0x5a, sizeof(measurement));
	put_bytes("measurement", measurement, sizeof(measurement));
	put("policy", "720896");	/* 0xb0000: with debugging */
	CHECK_OK(derive_key(device, first));
	known_key(k);
	CHECK_MEM(first, k, DERIVED_LEN);
	CHECK_OK(derive_key(device, k));
	CHECK(same(first, k));

	put("policy", "196608");
	CHECK_OK(derive_key(device, k));
	CHECK(!same(first, k));
	put("policy", "720896");
	measurement[47] ^= 1;
	put_bytes("measurement", measurement, sizeof(measurement));
	CHECK_OK(derive_key(device, k));
	CHECK(!same(first, k));
	measurement[47] ^= 1;
	put_bytes("measurement", measurement, sizeof(measurement));

	/* not these, which whoever starts the guest chooses, or updates */
	put_bytes("family-id", "family..........", 16);
	put_bytes("image-id", "image...........", 16);
	put_bytes("tcb", "\1\2\3\4\5\6\7\10", 8);
	CHECK_OK(derive_key(device, k));
	CHECK(same(first, k));

	put("vcek.key", "the secret of another one");
	CHECK_OK(derive_key(device, k));
	CHECK(!same(first, k));
	put("vcek.key", root);
}

static void
fails(const char *name, const char *value, const char *why)
{
	uint8_t key[DERIVED_LEN], before[DERIVED_LEN];

	put(name, value);
	why_clear();
	memset(key, 0xee, sizeof(key));
	memcpy(before, key, sizeof(key));
	CHECK_FAIL(derive_key(device, key));
	if (!CHECK(strstr(why_text(), why) != NULL))
		printf("  said: %s\n", why_text());
	CHECK_INT(why_status(), 1);
	CHECK(same(key, before));
	drop(name);
}

static void
test_errors(void)
{
	uint8_t k[DERIVED_LEN];

	test_begin("errors");
	fails("vmpl-floor", "1", "paravisor");
	fails("key-status", "39", "no such root key");
	fails("key-status", "18", "status 0x12");
	fails("tdx-guest", "1", "only AMD SEV-SNP");
	put("errno", "5");
	fails("fw-error", "22", "invalid parameter 0x16");
	put("errno", "5");
	fails("fw-error", "29", "too many messages");
	put("errno", "5");
	fails("fw-error", "99", "firmware error 0x63");
	fails("errno", "12", "Cannot allocate");
	drop("vcek.key");
	fails("unused", "", "Input/output");
	put("vcek.key", root);
	put("busy", "2");
	CHECK_OK(derive_key(device, k));
	put("host-busy", "1");
	CHECK_OK(derive_key(device, k));
}

static void
test_devices(void)
{
	uint8_t k[DERIVED_LEN];
	char path[300];

	test_begin("which device");
	CHECK_INT(derive_possible(device), 1);
	CHECK_INT(derive_possible("/dev/null"), 1);
	CHECK_INT(derive_possible("/dev/no-such-device"), 0);
	CHECK_INT(derive_possible("unix:/no/such/socket"), 0);
	CHECK_INT(derive_possible(dir), 0);
	snprintf(path, sizeof(path), "unix:%s/vcek.key", dir);
	CHECK_INT(derive_possible(path), 0);
	why_clear();
	CHECK_FAIL(derive_key("/dev/null", k));
	CHECK(strstr(why_text(), "derives no keys") != NULL);
	why_clear();
	CHECK_FAIL(derive_key("/dev/no-such-device", k));
	CHECK(strstr(why_text(), "No such file") != NULL);
	why_clear();
	CHECK_FAIL(derive_key(path, k));
	CHECK(strstr(why_text(), "refused") != NULL);
	memset(path + 5, 'x', 200);
	path[205] = '\0';
	why_clear();
	CHECK_FAIL(derive_key(path, k));
	CHECK(strstr(why_text(), "too long") != NULL);
}

int
main(void)
{
	static const char *const files[] = { "vcek.key", "measurement",
	    "policy", "family-id", "image-id", "tcb", "errno", "fw-error",
	    "busy", "host-busy", "sock" };
	pid_t pid;
	size_t i;

	pid = teedev_start();
	test_fields();
	test_errors();
	test_devices();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		drop(files[i]);
	rmdir(dir);
	return test_end();
}
