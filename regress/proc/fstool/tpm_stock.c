#include <err.h>
#include <fcntl.h>
#include <jansson.h>
#include <libcryptsetup.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#include "fstool/header_token.h"
#include "regress/proc/fstool/tpm_kid.h"
#include "regress/unit/check.h"

/*
 * Stock tools both ways, on a plain file: what fstool-tpm seals is opened by
 * Debian's plug-in of systemd, and it opens what systemd-cryptenroll sealed.
 */

#define PASSWORD	"correct horse"
#define PASS_LEN	44		/* base64 of 32 bytes */
#define IMAGE_LEN	(20 << 20)	/* a header and a little */
#define PLUGIN		"/usr/lib/x86_64-linux-gnu/cryptsetup/" \
	"libcryptsetup-token-systemd-tpm2.so"
#define ENROLL		"/usr/bin/systemd-cryptenroll"

/* What systemd's plug-in takes as its user pointer (src/cryptsetup/cryptsetup-tokens). */
struct plugin_params {
	uint32_t	 search_pcr_mask;
	const char	*device;
	const char	*signature_path;
};

/* The TCTI that systemd loads keeps its configuration. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:Tss2_Tcti_Swtpm_Init";
}

static char image[160], device[200];

/* A slot for passphrases that cost nothing to try. */
static void
quick(struct crypt_device *cd)
{
	static const struct crypt_pbkdf_type pbkdf = {
		.type = CRYPT_KDF_PBKDF2, .hash = "sha512",
		.iterations = 1000, .flags = CRYPT_PBKDF_NO_BENCHMARK
	};

	if (crypt_set_pbkdf_type(cd, &pbkdf) < 0)
		errx(1, "pbkdf");
}

static struct crypt_device *
container_open(void)
{
	struct crypt_device *cd;

	if (crypt_init(&cd, image) < 0 ||
	    crypt_load(cd, CRYPT_LUKS2, NULL) < 0)
		errx(1, "%s", image);
	quick(cd);
	return cd;
}

static void
container_make(const struct rig *r)
{
	struct crypt_device *cd;
	int fd;

	snprintf(image, sizeof(image), "%s/image", r->dir);
	snprintf(device, sizeof(device), "swtpm:path=%s", r->path + 5);
	fd = open(image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || ftruncate(fd, IMAGE_LEN) == -1)
		err(1, "%s", image);
	close(fd);
	if (crypt_init(&cd, image) < 0)
		errx(1, "%s", image);
	quick(cd);
	if (crypt_format(cd, CRYPT_LUKS2, "aes", "xts-plain64", NULL, NULL,
	    64, NULL) < 0 || crypt_keyslot_add_by_volume_key(cd, 0, NULL, 0,
	    PASSWORD, strlen(PASSWORD)) < 0)
		errx(1, "format %s", image);
	crypt_free(cd);
}

/* The token as the front writes it. */
static void
token_write(struct crypt_device *cd, int token, int slot,
    const struct seal_ans *a)
{
	char json[8192], b64[TOKEN_BLOB_MAX * 2], hex[65];
	size_t i;

	EVP_EncodeBlock((unsigned char *)b64, a->blob, (int)a->blob_len);
	for (i = 0; i < sizeof(a->policy); i++)
		snprintf(hex + 2 * i, 3, "%02x", a->policy[i]);
	snprintf(json, sizeof(json), "{\"type\":\"systemd-tpm2\","
	    "\"keyslots\":[\"%d\"],\"tpm2-blob\":\"%s\",\"tpm2-pcrs\":[7],"
	    "\"tpm2-pcr-bank\":\"sha256\",\"tpm2-primary-alg\":\"%s\","
	    "\"tpm2-policy-hash\":\"%s\",\"tpm2-pin\":false}", slot, b64,
	    a->primary_ecc ? "ecc" : "rsa", hex);
	CHECK_INT(crypt_token_json_set(cd, token, json), token);
}

static int
plugin_opens(struct rig *r, int token)
{
	struct plugin_params p = { UINT32_MAX, device, NULL };
	struct crypt_device *cd = container_open();
	int slot;

	slot = crypt_activate_by_token_pin(cd, NULL, "systemd-tpm2", token,
	    NULL, 0, &p, 0);
	crypt_free(cd);
	/* systemd 252 leaves its sessions loaded: there is room for three */
	tpm_restart(r);
	return slot;
}

/* PCR 7 of bank sha256. */
static void
extend_7(struct rig *r)
{
	const uint8_t p[4 + 2 + 32] = { 0, 0, 0, 1, 0, 0x0b, 7 };
	const uint32_t pcr = 7;

	rig_do(r, 0x182, &pcr, 1, p, sizeof(p));
}

static int
plugin_opens_extended(struct rig *r, int token)
{
	extend_7(r);
	return plugin_opens(r, token);
}

static void
test_ours(struct rig *r, int rsa)
{
	struct crypt_device *cd = container_open();
	char pass[PASS_LEN + 4];
	struct seal_ask q;
	struct seal_ans a;
	struct kid k;
	int slot = 1 + rsa;

	test_begin(rsa ? "ours by systemd, RSA" : "ours by systemd");
	kid_start(&k, r);
	seal_ask_now(&k, PCR7, &q);
	if (rsa)
		kid_without_ecc(&k);
	CHECK(kid_seal(&k, &q, &a) && a.ok);
	CHECK_INT(a.primary_ecc, !rsa);
	CHECK_INT(kid_end(&k), 0);
	EVP_EncodeBlock((unsigned char *)pass, q.secret, SECRET_LEN);
	CHECK_INT(crypt_keyslot_add_by_passphrase(cd, slot, PASSWORD,
	    strlen(PASSWORD), pass, PASS_LEN), slot);
	token_write(cd, rsa, slot, &a);
	crypt_free(cd);
	CHECK_INT(plugin_opens(r, rsa), slot);
	CHECK(plugin_opens_extended(r, rsa) < 0);
	CHECK_INT(plugin_opens(r, rsa), slot);
}

/* The token as the header's check reads it. */
static int
token_read(struct crypt_device *cd, int token, struct header_facts *f)
{
	char why[HEADER_REASON_MAX] = "", key[4];
	json_t *all = json_object();
	const char *text;
	size_t i;
	int rc;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < HEADER_SLOTS_MAX; i++)
		f->slot[i].number = (unsigned int)i;
	f->nslots = HEADER_SLOTS_MAX;
	snprintf(key, sizeof(key), "%d", token);
	if (crypt_token_json_get(cd, token, &text) != token)
		return -1;
	json_object_set_new(all, key, json_loads(text, 0, NULL));
	if ((rc = header_tokens_check(all, f, why)) == -1)
		printf("%s\n", why);
	json_decref(all);
	return rc;
}

static void
test_theirs(struct rig *r)
{
	struct crypt_device *cd;
	char command[900], pass[PASS_LEN + 4];
	struct header_facts f;
	struct unseal_ans u = { .status = UNSEAL_FAILED };
	struct kid k;

	test_begin("systemd-cryptenroll's by ours");
	/* with PCR 7 alone it would say that ours does already */
	snprintf(command, sizeof(command), "PASSWORD='" PASSWORD "' " ENROLL
	    " --tpm2-device=%s --tpm2-pcrs=7+10 %s >%s/enroll.log 2>&1 || "
	    "{ cat %s/enroll.log; exit 1; }", device, image, r->dir, r->dir);
	if (!CHECK_INT(system(command), 0))
		return;
	tpm_restart(r);
	cd = container_open();
	if (CHECK_OK(token_read(cd, 2, &f))) {
		kid_start(&k, r);
		CHECK(kid_unseal(&k, &f.token[0], &u));
		if (!CHECK_INT(u.status, UNSEAL_OK))
			printf("%s\n", u.why);
		CHECK_INT(u.secret_len, SECRET_LEN);
		EVP_EncodeBlock((unsigned char *)pass, u.secret, SECRET_LEN);
		CHECK_INT(crypt_activate_by_passphrase(cd, NULL,
		    CRYPT_ANY_SLOT, pass, PASS_LEN, 0), (int)f.token[0].slot);
		extend_7(r);
		CHECK(kid_unseal(&k, &f.token[0], &u));
		CHECK_INT(u.status, UNSEAL_PCRS);
		CHECK_INT(kid_end(&k), 0);
	}
	crypt_free(cd);
}

int
main(void)
{
	const char *why;
	struct rig r;

	if ((why = rig_missing()) != NULL)
		test_skip(why);
	if (access(PLUGIN, R_OK) == -1 || access(ENROLL, X_OK) == -1)
		test_skip("systemd has no TPM support here");
	rig_start(&r, NULL);
	container_make(&r);
	test_ours(&r, 0);
	test_ours(&r, 1);
	test_theirs(&r);
	rig_stop(&r);
	return test_end();
}
