#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fstool/dm.h"
#include "fstool/dm_table.h"
#include "fstool/why.h"

#define CONTROL		"/dev/mapper/control"
#define DATA_MAX	16384u	/* a table of ours has some hundred bytes */
#define REMOVE_TRIES	50	/* of 100 ms: udev looks at what is new */

/* A request and what the kernel answers to it. */
struct dm_call {
	union {
		struct dm_ioctl	io;
		uint8_t		bytes[DATA_MAX];
	};
};

static void
call_init(struct dm_call *c, const char *name)
{
	memset(c, 0, sizeof(*c));
	c->io.version[0] = DM_VERSION_MAJOR;
	c->io.data_size = sizeof(*c);
	/* what follows the struct proper, aligned */
	c->io.data_start = (sizeof(c->io) + 7) & ~7u;
	if (name != NULL)
		snprintf(c->io.name, sizeof(c->io.name), "%s", name);
}

/* 0, or an error number. */
static int
call_run(struct dm_call *c, unsigned long cmd)
{
	int fd, e = 0;

	if ((fd = open(CONTROL, O_RDWR | O_CLOEXEC)) == -1)
		return errno;
	if (ioctl(fd, cmd, c) == -1)
		e = errno;
	else if ((c->io.flags & DM_BUFFER_FULL_FLAG) != 0)
		e = EOVERFLOW;
	close(fd);
	return e;
}

/* This error says that the kernel has none. */
static int
no_mapper(int e)
{
	return e == ENOENT || e == ENODEV;
}

static int
dm_failed(const char *what, int e)
{
	if (no_mapper(e))
		return could_not("the kernel has no device mapper (%s)",
		    CONTROL);
	return could_not("device mapper: %s: %s", what, strerror(e));
}

static int
name_valid(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	return n != 0 && n < 64 && name[n] == '\0';
}

int
dm_find(const char *name, dev_t *ret_dev, char *ret_uuid)
{
	struct dm_call c;
	int e;

	if (!name_valid(name))
		return could_not("no name of a device");
	call_init(&c, name);
	if ((e = call_run(&c, DM_DEV_STATUS)) == ENXIO)
		return 0;
	if (e != 0)
		return dm_failed(name, e);
	*ret_dev = (dev_t)c.io.dev;
	memcpy(ret_uuid, c.io.uuid, 64);
	ret_uuid[63] = '\0';
	return 1;
}

/* --- comparing --------------------------------------------------------------- */

struct table {
	char	 name[DM_NAME_LEN], uuid[DM_UUID_LEN];
	uint64_t length;
	char	 type[DM_MAX_TYPE_NAME];
	char	 text[2048];	/* a kernel without keyrings shows the key */
};

/* One target over the whole device, in use and not about to be changed. */
static int
target_read(const struct dm_call *c, struct table *ret)
{
	struct dm_target_spec spec;
	size_t at = c->io.data_start, n;

	if (c->io.target_count != 1 ||
	    (c->io.flags & DM_ACTIVE_PRESENT_FLAG) == 0)
		return refused("the device mapper's table has not exactly one "
		    "target");
	if ((c->io.flags & (DM_READONLY_FLAG | DM_SUSPEND_FLAG |
	    DM_INACTIVE_PRESENT_FLAG)) != 0)
		return refused("the device mapper is about to change the "
		    "table, or it is not for writing");
	if (at > sizeof(c->bytes) - sizeof(spec))
		return could_not("device mapper: its answer is malformed");
	memcpy(&spec, c->bytes + at, sizeof(spec));
	at += sizeof(spec);
	n = strnlen((const char *)c->bytes + at, sizeof(c->bytes) - at);
	if (n >= sizeof(ret->text) || n == sizeof(c->bytes) - at)
		return could_not("device mapper: its answer is malformed");
	if (spec.sector_start != 0)
		return refused("the device mapper's table does not begin at "
		    "0");
	memcpy(ret->text, c->bytes + at, n);
	ret->text[n] = '\0';
	memcpy(ret->type, spec.target_type, sizeof(ret->type));
	ret->type[sizeof(ret->type) - 1] = '\0';
	ret->length = spec.length;
	return 0;
}

/* By name, or by number where it is NULL. */
static int
table_read(const char *name, dev_t dev, struct table *ret)
{
	struct dm_call c;
	int e, rc = -1;

	call_init(&c, name);
	if (name == NULL)
		c.io.dev = dev;
	c.io.flags = DM_STATUS_TABLE_FLAG | DM_NOFLUSH_FLAG |
	    DM_SECURE_DATA_FLAG;
	if ((e = call_run(&c, DM_TABLE_STATUS)) == ENXIO)
		refused("the device mapper does not have the device");
	else if (e != 0)
		dm_failed("a table", e);
	else
		rc = target_read(&c, ret);
	memcpy(ret->name, c.io.name, sizeof(ret->name));
	memcpy(ret->uuid, c.io.uuid, sizeof(ret->uuid));
	ret->name[sizeof(ret->name) - 1] = '\0';
	ret->uuid[sizeof(ret->uuid) - 1] = '\0';
	explicit_bzero(&c, sizeof(c));
	return rc;
}

/* Size of a block device in sectors of 512 bytes. */
static int
device_sectors(dev_t dev, uint64_t *ret)
{
	char path[64];
	unsigned long long n;
	FILE *f;
	int ok;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/size", major(dev),
	    minor(dev));
	if ((f = fopen(path, "re")) == NULL)
		return could_not("%s: %s", path, strerror(errno));
	ok = fscanf(f, "%llu", &n) == 1;
	fclose(f);
	if (!ok)
		return could_not("%s: no number", path);
	*ret = n;
	return 0;
}

static int
plain_check(const struct table *top, const struct header_facts *f, dev_t data)
{
	uint64_t size = 0, head = f->data_offset / 512;

	if (dm_table_crypt(top->text, f, data) == -1 ||
	    device_sectors(data, &size) == -1)
		return -1;
	if (head > size || top->length > size - head ||
	    (size - head - top->length) * 512 >= f->sector_size)
		return refused("the device mapper's table is not what the "
		    "header asks for: length");
	return 0;
}

static int
tagged_check(const char *name, const struct table *top,
    const struct header_facts *f, dev_t data)
{
	char below[DM_NAME_LEN];
	struct table t;
	dev_t dev;
	int rc = -1;

	snprintf(below, sizeof(below), "%s_dif", name);
	if (dm_table_below(top->text, &dev) == -1 ||
	    dm_table_crypt(top->text, f, dev) == -1 ||
	    table_read(NULL, dev, &t) == -1)
		return -1;
	if (strcmp(t.name, below) != 0 || strcmp(t.type, "integrity") != 0)
		refused("the device mapper's table is not what the header "
		    "asks for: no integrity below");
	else if (t.length != top->length)
		refused("the device mapper's table is not what the header "
		    "asks for: length");
	else
		rc = dm_table_integrity(t.text, f, data);
	explicit_bzero(&t, sizeof(t));
	return rc;
}

int
dm_check(const char *name, const struct header_facts *f, dev_t data)
{
	struct table t;
	int rc = -1;

	if (!name_valid(name))
		return could_not("no name of a device");
	if (table_read(name, 0, &t) == -1)
		goto out;
	if (dm_table_uuid(t.uuid, "LUKS2", f->uuid, name) == -1)
		goto out;
	if (strcmp(t.type, "crypt") != 0)
		refused("the device mapper's table is not what the header "
		    "asks for: no encryption");
	else
		rc = f->integrity ? tagged_check(name, &t, f, data) :
		    plain_check(&t, f, data);
out:
	explicit_bzero(&t, sizeof(t));
	return rc;
}

/* --- removing ---------------------------------------------------------------- */

/* Without udev the node is libdevmapper's, and nobody takes it away. */
static void
node_forget(const char *name)
{
	char path[160];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	if (lstat(path, &st) == 0 && S_ISBLK(st.st_mode))
		(void)unlink(path);
}

static int
remove_one(const char *name)
{
	static const struct timespec pause = { 0, 100000000 };
	struct dm_call c;
	int e, i;

	for (i = 0; i < REMOVE_TRIES; i++) {
		call_init(&c, name);
		if ((e = call_run(&c, DM_DEV_REMOVE)) != EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	if (e == EBUSY)
		return could_not("/dev/mapper/%s is in use", name);
	if (e != 0 && e != ENXIO && !no_mapper(e))
		return dm_failed(name, e);
	node_forget(name);
	return 0;
}

int
dm_remove(const char *name)
{
	char below[DM_NAME_LEN];

	if (!name_valid(name))
		return could_not("no name of a device");
	snprintf(below, sizeof(below), "%s_dif", name);
	return remove_one(name) == -1 ? -1 : remove_one(below);
}

static int
lies_on(const char *name, dev_t data)
{
	struct dm_target_deps *d;
	struct dm_call c;
	uint32_t i;

	call_init(&c, name);
	if (call_run(&c, DM_TABLE_DEPS) != 0 ||
	    c.io.data_start > sizeof(c.bytes) - sizeof(*d))
		return 0;
	d = (struct dm_target_deps *)(void *)(c.bytes + c.io.data_start);
	for (i = 0; i < d->count && c.io.data_start + sizeof(*d) +
	    (i + 1) * sizeof(d->dev[0]) <= sizeof(c.bytes); i++)
		if ((dev_t)d->dev[i] == data)
			return 1;
	return 0;
}

#define HELPER	"temporary-cryptsetup-"

int
dm_remove_helpers(dev_t data)
{
	struct dm_name_list *l;
	struct dm_call c;
	size_t at;
	int e;

	call_init(&c, NULL);
	if ((e = call_run(&c, DM_LIST_DEVICES)) != 0)
		return no_mapper(e) ? 0 : dm_failed("list of devices", e);
	for (at = c.io.data_start; at < sizeof(c.bytes) - sizeof(*l);
	    at += l->next) {
		l = (struct dm_name_list *)(void *)(c.bytes + at);
		if (l->dev != 0 && strncmp(l->name, HELPER,
		    strlen(HELPER)) == 0 && name_valid(l->name) &&
		    lies_on(l->name, data) && remove_one(l->name) == -1)
			return -1;
		if (l->next == 0)
			break;
	}
	return 0;
}
