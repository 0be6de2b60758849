/*
 * fstool's modules of container, device mapper and mount, one call each, for
 * the tests in the virtual machine (regress/vm/volume.sh) and on the host.
 * The passphrase is the argument: nothing here is secret.
 *
 * Exit status: what why_status() says.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fstool/device.h"
#include "fstool/dm.h"
#include "fstool/limits.h"
#include "fstool/volume.h"
#include "fstool/why.h"
#include "privsep/unmeasured.h"

static const char usage_text[] =
    "usage: volumetool format LOCATION HEADER tagged|plain NAME PASS [STOP]\n"
    "       volumetool open LOCATION HEADER NAME PASS\n"
    "       volumetool check HEADER NAME DEVICE\n"
    "       volumetool mkfs NAME\n"
    "       volumetool mount NAME DIR\n"
    "       volumetool umount|mounted DIR\n"
    "       volumetool find|close NAME\n"
    "       volumetool clear LOCATION\n";

/* A secret that no TPM has sealed; it makes slot 0 one of few iterations. */
static const char token[] = "{\"type\":\"systemd-tpm2\",\"keyslots\":[\"0\"],"
    "\"tpm2-blob\":\"AAEAAAE=\",\"tpm2-pcrs\":[7],"
    "\"tpm2-pcr-bank\":\"sha256\",\"tpm2-primary-alg\":\"ecc\","
    "\"tpm2-policy-hash\":\"00112233445566778899aabbccddeeff"
    "00112233445566778899aabbccddeeff\",\"tpm2-pin\":false}";

static unsigned int stop_at = 101;

static int
on_percent(unsigned int percent)
{
	return percent >= stop_at;
}

/* The header's bytes in a sealed memfd, judged. */
static int
header_take(const char *path, struct header_facts *ret)
{
	char why[HEADER_REASON_MAX];
	uint8_t *p;
	int fd;

	if ((p = malloc(HEADER_FILE_LEN)) == NULL ||
	    (fd = open_unmeasured(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    read(fd, p, HEADER_FILE_LEN) != HEADER_FILE_LEN)
		err(1, "%s", path);
	close(fd);
	fd = memfd_create("header", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1 || write(fd, p, HEADER_FILE_LEN) != HEADER_FILE_LEN ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE) == -1)
		err(1, "memfd");
	if (header_check(span_make(p, HEADER_FILE_LEN), ret, why) == -1)
		errx(3, "header: %s", why);
	free(p);
	return fd;
}

static int
do_format(char **a)
{
	struct secret key = { 0 };
	struct device d = { .fd = -1 };
	struct volume *v = NULL;
	int fd, n, rc = -1;

	if (a[5] != NULL)
		stop_at = (unsigned int)atoi(a[5]);
	fd = open(a[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || ftruncate(fd, HEADER_FILE_LEN) == -1)
		err(1, "%s", a[1]);
	close(fd);
	if (device_open(a[0], &d) == 0 && volume_format(a[1], d.path,
	    strcmp(a[2], "tagged") == 0, &v, &key) == 0 &&
	    volume_slot_add(v, &key, a[4], strlen(a[4]), SLOT_TOKEN, &n) == 0 &&
	    volume_token_set(v, -1, token, &n) == 0)
		rc = volume_wipe(v, a[3], &key, on_percent);
	volume_free(v);
	device_close(&d);
	secret_free(&key);
	return rc;
}

static int
do_open(char **a)
{
	struct header_facts f;
	struct secret key = { 0 };
	struct device d = { .fd = -1 };
	struct volume *v = NULL;
	int fd, rc = -1;

	fd = header_take(a[1], &f);
	if (device_open(a[0], &d) == -1 ||
	    volume_load_fd(fd, d.path, &v) == -1)
		goto out;
	if (volume_key(v, -1, a[3], strlen(a[3]), &key) != 1) {
		could_not("wrong passphrase");
		goto out;
	}
	if (volume_activate(v, a[2], &key) == -1)
		goto out;
	if ((rc = dm_check(a[2], &f, d.number)) == -1)
		volume_close(a[2]);
	printf("%s\n", d.path);
out:
	volume_free(v);
	device_close(&d);
	secret_free(&key);
	close(fd);
	return rc;
}

static int
do_check(char **a)
{
	struct header_facts f;
	struct stat st;

	close(header_take(a[0], &f));
	if (stat(a[2], &st) == -1 || !S_ISBLK(st.st_mode))
		errx(1, "%s: no block device", a[2]);
	return dm_check(a[1], &f, st.st_rdev);
}

static int
do_mounted(char **a)
{
	dev_t dev = 0;
	int r = fs_mounted(a[0], &dev);

	printf("%d %ju\n", r, (uintmax_t)dev);
	return r == -1 ? -1 : 0;
}

static int
do_find(char **a)
{
	char uuid[64] = "";
	dev_t dev = 0;
	int r = dm_find(a[0], &dev, uuid);

	printf("%d %ju %s\n", r, (uintmax_t)dev, uuid);
	return r == -1 ? -1 : 0;
}

static int
do_mkfs(char **a)
{
	return fs_make(a[0]);
}

static int
do_mount(char **a)
{
	return fs_mount(a[0], a[1]);
}

static int
do_umount(char **a)
{
	return fs_unmount(a[0]);
}

static int
do_close(char **a)
{
	return volume_close(a[0]);
}

static int
do_clear(char **a)
{
	return device_clear(a[0]);
}

static const struct {
	const char	*name;
	int		(*run)(char **);
	int		 min, max;	/* arguments */
} verbs[] = {
	{ "format",	do_format,	5, 6 },
	{ "open",	do_open,	4, 4 },
	{ "check",	do_check,	3, 3 },
	{ "mkfs",	do_mkfs,	1, 1 },
	{ "mount",	do_mount,	2, 2 },
	{ "umount",	do_umount,	1, 1 },
	{ "mounted",	do_mounted,	1, 1 },
	{ "find",	do_find,	1, 1 },
	{ "close",	do_close,	1, 1 },
	{ "clear",	do_clear,	1, 1 },
};

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0 &&
		    argc - 2 >= verbs[i].min && argc - 2 <= verbs[i].max) {
			if (verbs[i].run(argv + 2) == 0)
				return 0;
			fprintf(stderr, "volumetool: %s\n", why_text());
			return why_status();
		}
	fputs(usage_text, stderr);
	return 2;
}
