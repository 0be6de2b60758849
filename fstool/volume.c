/* Headers, slots and tokens by libcryptsetup; volume_map.c has /dev/mapper. */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libcryptsetup.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fstool/header.h"
#include "fstool/limits.h"
#include "fstool/volume_cd.h"
#include "fstool/why.h"
#include "privsep/unmeasured.h"

#define KEY_XTS		64u
#define KEY_HMAC	32u
#define LANES_MAX	4u	/* header_check() knows no more */
#define ARGON2_MEMORY	(256u * 1024)	/* KiB: not all machines have more to spare at boot */

/* What libcryptsetup said last of what went wrong. */
static char said[256];

static void
on_log(int level, const char *msg, void *arg)
{
	(void)arg;
	if (level != CRYPT_LOG_ERROR)
		return;
	snprintf(said, sizeof(said), "%s", msg);
	said[strcspn(said, "\n")] = '\0';
}

int
volume_failed(const char *what, int error)
{
	if (said[0] != '\0')
		could_not("%s: %s", what, said);
	else
		could_not("%s: %s", what, strerror(-error));
	said[0] = '\0';
	return -1;
}

/*
 * No plug-in is looked for, nothing is printed.  The library is shown a
 * descriptor's name: it opens the header anew whenever it wants something.
 */
static int
library_start(struct volume *v, const char *data)
{
	char path[32];
	int r;

	crypt_set_log_callback(NULL, on_log, NULL);
	crypt_token_external_disable();
	said[0] = '\0';
	snprintf(path, sizeof(path), "/proc/self/fd/%d", v->header);
	if ((r = crypt_init_data_device(&v->cd, path, data)) < 0) {
		v->cd = NULL;
		return volume_failed("the header cannot be opened", r);
	}
	crypt_set_log_callback(v->cd, on_log, NULL);
	return 0;
}

static struct volume *
volume_new(void)
{
	struct volume *v = calloc(1, sizeof(*v));

	if (v == NULL) {
		could_not("no memory");
		return NULL;
	}
	v->header = v->file = v->data = -1;
	return v;
}

void
volume_free(struct volume *v)
{
	if (v == NULL)
		return;
	crypt_free(v->cd);
	if (v->header != -1)
		close(v->header);
	if (v->file != -1)
		close(v->file);
	if (v->data != -1)
		close(v->data);
	free(v);
}

static int
facts_take(struct volume *v)
{
	struct crypt_params_integrity p = { 0 };
	const char *uuid = crypt_get_uuid(v->cd);

	if (uuid == NULL || strlen(uuid) != HEADER_UUID_LEN)
		return could_not("the header has no UUID");
	memcpy(v->uuid, uuid, HEADER_UUID_LEN + 1);
	v->integrity = crypt_get_integrity_info(v->cd, &p) == 0 &&
	    p.integrity != NULL && p.tag_size != 0;
	return 0;
}

const char *
volume_uuid(struct volume *v)
{
	return v->uuid;
}

/* --- the header's file -------------------------------------------------------- */

static int
bytes_copy(int from, int to, off_t n)
{
	off_t at = 0;
	ssize_t r;

	if (lseek(to, 0, SEEK_SET) == -1)
		return -1;
	while (at < n)
		if ((r = sendfile(to, from, &at, (size_t)(n - at))) <= 0 &&
		    (r == 0 || errno != EINTR))
			return -1;
	return 0;
}

/*
 * The library works on a copy in memory.  It would open the file as root, and
 * IMA would measure a header, which no two machines have in common.
 */
static int
header_take(struct volume *v, const char *path)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
	struct stat st;

	v->file = geteuid() == 0 ? open_unmeasured(path, flags) :
	    open(path, flags);
	if (v->file == -1 || fstat(v->file, &st) == -1)
		return could_not("%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > HEADER_MAX)
		return could_not("%s: no file of a header", path);
	v->size = st.st_size;
	if ((v->header = memfd_create("header", MFD_CLOEXEC)) == -1 ||
	    bytes_copy(v->file, v->header, v->size) == -1)
		return could_not("%s: %s", path, strerror(errno));
	return 0;
}

/* Back into the file, where there is one. */
static int
header_put(struct volume *v)
{
	if (v->file != -1 && bytes_copy(v->header, v->file, v->size) == -1)
		return could_not("the header cannot be written: %s",
		    strerror(errno));
	return 0;
}

/* --- key derivation --------------------------------------------------------- */

/* Half of what is free, for argon2id. */
static uint32_t
memory_kib(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	if (f != NULL)
		fclose(f);
	if (kib / 2 < ARGON2_MEMORY_MIN)
		return ARGON2_MEMORY_MIN;
	return kib / 2 < ARGON2_MEMORY ? (uint32_t)(kib / 2) : ARGON2_MEMORY;
}

static uint32_t
lanes(void)
{
	cpu_set_t set;
	unsigned int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = (unsigned int)CPU_COUNT(&set);
	return n < 1 ? 1 : n > LANES_MAX ? LANES_MAX : n;
}

/*
 * Nothing is benchmarked: what a slot costs must not depend on how busy the
 * machine was when it was made.  The digest of the volume key follows the
 * same flag; that key is random, so the least of iterations will do.
 */
static void
kdf_choose(enum slot_kind kind, struct crypt_pbkdf_type *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->flags = CRYPT_PBKDF_NO_BENCHMARK;
	if (kind == SLOT_TOKEN) {
		ret->type = CRYPT_KDF_PBKDF2;
		ret->hash = "sha512";
		ret->iterations = PBKDF2_MIN;
		return;
	}
	ret->type = CRYPT_KDF_ARGON2ID;
	ret->hash = "sha256";
	ret->iterations = ARGON2_TIME_MIN;
	ret->max_memory_kb = memory_kib();
	ret->parallel_threads = lanes();
}

/* --- a new header ----------------------------------------------------------- */

static int
key_make(size_t n, struct secret *ret)
{
	size_t done = 0;
	ssize_t r;

	if (secret_alloc(ret, n) == -1)
		return could_not("no memory for a key: %s", strerror(errno));
	while (done < n) {
		if ((r = getrandom(ret->p + done, n - done, 0)) == -1) {
			if (errno == EINTR)
				continue;
			secret_free(ret);
			return could_not("getrandom: %s", strerror(errno));
		}
		done += (size_t)r;
	}
	return 0;
}

/* ext4 has blocks of 4096 bytes; so has the volume where its size allows. */
static uint32_t
sector_size(const char *data)
{
	uint64_t size = 0;
	struct stat st;
	int fd;

	if ((fd = open(data, O_RDONLY | O_CLOEXEC)) == -1)
		return SECTOR_SMALL;
	if (fstat(fd, &st) == -1)
		size = SECTOR_SMALL;
	else if (S_ISREG(st.st_mode))
		size = (uint64_t)st.st_size;
	else if (ioctl(fd, BLKGETSIZE64, &size) == -1)
		size = SECTOR_SMALL;
	close(fd);
	return size % SECTOR_LARGE == 0 ? SECTOR_LARGE : SECTOR_SMALL;
}

static int
header_write(struct volume *v, const char *data, int integrity,
    const struct secret *key)
{
	struct crypt_params_luks2 p = { 0 };
	struct crypt_pbkdf_type kdf;
	int r;

	kdf_choose(SLOT_PASSWORD, &kdf);
	p.pbkdf = &kdf;
	p.integrity = integrity ? "hmac(sha256)" : NULL;
	p.sector_size = sector_size(data);
	if ((r = crypt_set_metadata_size(v->cd, HEADER_COPY_MIN,
	    HEADER_FILE_LEN - 2 * HEADER_COPY_MIN)) < 0)
		return volume_failed("the header cannot be made", r);
	r = crypt_format(v->cd, CRYPT_LUKS2, "aes", "xts-plain64", NULL,
	    (const char *)key->p, key->n, &p);
	if (r < 0)
		return volume_failed("the header cannot be made", r);
	return header_put(v) == -1 ? -1 : facts_take(v);
}

/*
 * Without a data device the library would take the header's file for one and
 * put the data behind the header: an empty file stands in for it.
 */
static int
stand_in(char path[static 32])
{
	int fd;

	if ((fd = memfd_create("no-data", MFD_CLOEXEC)) == -1 ||
	    ftruncate(fd, HEADER_FILE_LEN) == -1) {
		if (fd != -1)
			close(fd);
		return could_not("memfd_create: %s", strerror(errno));
	}
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

int
volume_format(const char *header, const char *data, int integrity,
    struct volume **ret_v, struct secret *ret_key)
{
	struct volume *v = NULL;
	struct secret key = { 0 };
	char path[32];
	int rc = -1;

	if (data == NULL && integrity)
		return could_not("integrity without a data device");
	if ((v = volume_new()) == NULL)
		return -1;
	if (data == NULL) {
		if ((v->data = stand_in(path)) == -1)
			goto out;
		data = path;
	}
	if (header_take(v, header) == -1 || library_start(v, data) == -1 ||
	    key_make(KEY_XTS + (integrity ? KEY_HMAC : 0), &key) == -1 ||
	    header_write(v, data, integrity, &key) == -1)
		goto out;
	*ret_v = v;
	*ret_key = key;
	v = NULL;
	rc = 0;
out:
	if (rc == -1)
		secret_free(&key);
	volume_free(v);
	return rc;
}

/* --- a header that is there -------------------------------------------------- */

/* v is freed when it is none. */
static int
header_read(struct volume *v, const char *data, struct volume **ret)
{
	int r;

	if (library_start(v, data) == -1)
		goto fail;
	if ((r = crypt_load(v->cd, CRYPT_LUKS2, NULL)) < 0) {
		volume_failed("the header cannot be read", r);
		goto fail;
	}
	if (facts_take(v) == -1)
		goto fail;
	*ret = v;
	return 0;
fail:
	volume_free(v);
	return -1;
}

int
volume_load_fd(int header, const char *data, struct volume **ret)
{
	struct volume *v;

	if ((v = volume_new()) == NULL)
		return -1;
	if ((v->header = fcntl(header, F_DUPFD_CLOEXEC, 3)) == -1) {
		volume_free(v);
		return could_not("the header's descriptor: %s",
		    strerror(errno));
	}
	return header_read(v, data, ret);
}

int
volume_load_copy(int header, struct volume **ret)
{
	struct volume *v;
	struct stat st;

	if ((v = volume_new()) == NULL)
		return -1;
	if (fstat(header, &st) == -1 ||
	    (v->header = memfd_create("header", MFD_CLOEXEC)) == -1 ||
	    bytes_copy(header, v->header, st.st_size) == -1) {
		could_not("the header's copy: %s", strerror(errno));
		volume_free(v);
		return -1;
	}
	return header_read(v, NULL, ret);
}

int
volume_header(const struct volume *v)
{
	return v->header;
}

/* --- slots and tokens --------------------------------------------------------- */

int
volume_key(struct volume *v, int slot, const void *pass, size_t len,
    struct secret *ret)
{
	struct secret key = { 0 };
	size_t n;
	int r;

	if ((r = crypt_get_volume_key_size(v->cd)) <= 0 ||
	    (n = (size_t)r) > VOLUME_KEY_MAX)
		return could_not("the header has no volume key");
	if (secret_alloc(&key, n) == -1)
		return could_not("no memory for a key: %s", strerror(errno));
	said[0] = '\0';
	r = crypt_volume_key_get(v->cd, slot == -1 ? CRYPT_ANY_SLOT : slot,
	    (char *)key.p, &n, pass, len);
	if (r >= 0 && n == key.n) {
		*ret = key;
		return 1;
	}
	secret_free(&key);
	if (r == -EPERM || r == -ENOENT || (slot != -1 &&
	    crypt_keyslot_status(v->cd, slot) <= CRYPT_SLOT_INACTIVE)) {
		said[0] = '\0';
		return 0;
	}
	return volume_failed("the volume key", r < 0 ? r : -EINVAL);
}

/* The slot's own cipher is the library's choice, aes-xts-plain64 with 64 bytes;
 * with integrity it takes no other. */
int
volume_slot_add(struct volume *v, const struct secret *key, const void *pass,
    size_t len, enum slot_kind kind, int *ret)
{
	struct crypt_pbkdf_type kdf;
	int r;

	kdf_choose(kind, &kdf);
	said[0] = '\0';
	if ((r = crypt_set_pbkdf_type(v->cd, &kdf)) < 0 ||
	    (r = crypt_keyslot_add_by_key(v->cd, CRYPT_ANY_SLOT,
	    (const char *)key->p, key->n, pass, len, 0)) < 0)
		return volume_failed("a keyslot cannot be added", r);
	if (header_put(v) == -1)
		return -1;
	*ret = r;
	return 0;
}

int
volume_slot_remove(struct volume *v, int slot)
{
	int r;

	said[0] = '\0';
	if ((r = crypt_keyslot_destroy(v->cd, slot)) < 0)
		return volume_failed("a keyslot cannot be removed", r);
	return header_put(v);
}

int
volume_token_set(struct volume *v, int token, const char *json, int *ret)
{
	int r;

	said[0] = '\0';
	r = crypt_token_json_set(v->cd, token == -1 ? CRYPT_ANY_TOKEN : token,
	    json);
	if (r < 0)
		return volume_failed("a token cannot be written", r);
	if (header_put(v) == -1)
		return -1;
	*ret = r;
	return 0;
}

int
volume_token_remove(struct volume *v, int token)
{
	int r;

	said[0] = '\0';
	if ((r = crypt_token_json_set(v->cd, token, NULL)) < 0)
		return volume_failed("a token cannot be removed", r);
	return header_put(v);
}

int
volume_token_is_of(struct volume *v, int token, int slot)
{
	return crypt_token_is_assigned(v->cd, token, slot) == 0;
}

int
volume_token_says(struct volume *v, const char *text)
{
	const char *json;
	int i;

	for (i = 0; i < (int)HEADER_NUMBERS; i++)
		if (crypt_token_json_get(v->cd, i, &json) == i &&
		    strstr(json, text) != NULL)
			return 1;
	return 0;
}
