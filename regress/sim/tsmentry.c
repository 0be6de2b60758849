#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "regress/sim/simutil.h"
#include "regress/sim/snp.h"
#include "regress/sim/tdx.h"
#include "regress/sim/tsmentry.h"

#define DELAY_STEP_MS	10
#define DELAY_MAX_MS	600000

struct entry {
	struct entry	*next;
	int64_t		 serial;
	char		*name;
	uint8_t		 inblob[TSM_INBLOB_MAX];
	size_t		 inblob_len;
	unsigned int	 privlevel;
	unsigned long	 write_generation;
	unsigned long	 read_generation;	/* that of the report */
	uint8_t		*report, *aux;
	size_t		 report_len, aux_len;
};

const struct tsm_attr_info tsm_attrs[TSM_ATTR_MAX] = {
	[TSM_DIR] =		{ "", 0755, 0 },
	[TSM_INBLOB] =		{ "inblob", 0200, 1 },
	[TSM_OUTBLOB] =		{ "outblob", 0444, 1 },
	[TSM_AUXBLOB] =		{ "auxblob", 0444, 1 },
	[TSM_PROVIDER] =	{ "provider", 0444, 0 },
	[TSM_GENERATION] =	{ "generation", 0444, 0 },
	[TSM_PRIVLEVEL] =	{ "privlevel", 0200, 0 },
	[TSM_PRIVLEVEL_FLOOR] =	{ "privlevel_floor", 0444, 0 },
};

static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry	*entries;
static int64_t		 last_serial;
static const char	*hierarchy, *provider;
static int		 is_tdx;

int
tsm_init(const char *dir, const char *name)
{
	hierarchy = dir;
	provider = name;
	is_tdx = strcmp(name, "tdx_guest") == 0;
	return (is_tdx || strcmp(name, "sev_guest") == 0 ||
	    strcmp(name, "none") == 0 ? 0 : -1);
}

int
tsm_visible(enum tsm_attr a)
{
	return (!is_tdx || (a != TSM_AUXBLOB && a != TSM_PRIVLEVEL &&
	    a != TSM_PRIVLEVEL_FLOOR));
}

static struct entry *
entry_get(int64_t serial)
{
	struct entry	*e;

	for (e = entries; e != NULL; e = e->next)
		if (e->serial == serial)
			break;
	return (e);
}

static struct entry **
entry_slot(const char *name)
{
	struct entry	**p;

	for (p = &entries; *p != NULL; p = &(*p)->next)
		if (strcmp((*p)->name, name) == 0)
			break;
	return (p);
}

int64_t
tsm_entry_make(const char *name)
{
	struct entry	*e, **slot;
	int64_t		 rc = -ENOMEM;

	if (strcmp(provider, "none") == 0)
		return (-ENXIO);
	pthread_mutex_lock(&lock);
	slot = entry_slot(name);
	if (*slot != NULL) {
		rc = -EEXIST;
		goto out;
	}
	if ((e = calloc(1, sizeof(*e))) == NULL ||
	    (e->name = strdup(name)) == NULL) {
		free(e);
		goto out;
	}
	*slot = e;
	rc = e->serial = ++last_serial;
out:
	pthread_mutex_unlock(&lock);
	return (rc);
}

int
tsm_entry_remove(const char *name)
{
	struct entry	*e, **slot;

	pthread_mutex_lock(&lock);
	slot = entry_slot(name);
	if ((e = *slot) != NULL) {
		*slot = e->next;
		free(e->report);
		free(e->aux);
		free(e->name);
		free(e);
	}
	pthread_mutex_unlock(&lock);
	return (e == NULL ? -ENOENT : 0);
}

int64_t
tsm_entry_find(const char *name)
{
	struct entry	*e;
	int64_t		 rc;

	pthread_mutex_lock(&lock);
	e = *entry_slot(name);
	rc = e == NULL ? -ENOENT : e->serial;
	pthread_mutex_unlock(&lock);
	return (rc);
}

void
tsm_entry_each(void (*fn)(const char *, int64_t, void *), void *arg)
{
	struct entry	*e;

	pthread_mutex_lock(&lock);
	for (e = entries; e != NULL; e = e->next)
		fn(e->name, e->serial, arg);
	pthread_mutex_unlock(&lock);
}

int
tsm_entry_alive(int64_t serial)
{
	int		 alive;

	pthread_mutex_lock(&lock);
	alive = entry_get(serial) != NULL;
	pthread_mutex_unlock(&lock);
	return (alive);
}

static int
privlevel_set(struct entry *e, const char *p, size_t len)
{
	char		 text[32], *end;
	unsigned long	 v;

	if (len == 0 || len >= sizeof(text) || p[0] < '0' || p[0] > '9')
		return (-EINVAL);
	memcpy(text, p, len);
	text[len] = '\0';
	v = strtoul(text, &end, 0);
	if (*end == '\n')
		end++;
	if (*end != '\0' || v > TSM_PRIVLEVEL_MAX ||
	    v < file_read_number(hierarchy, "vmpl-floor", 0))
		return (-EINVAL);
	e->privlevel = v;
	return (0);
}

int
tsm_write(int64_t serial, enum tsm_attr a, const void *p, size_t len)
{
	struct entry	*e;
	int		 rc = -EINVAL;

	pthread_mutex_lock(&lock);
	if ((e = entry_get(serial)) == NULL) {
		rc = -ENOENT;
	} else if (a == TSM_PRIVLEVEL) {
		rc = privlevel_set(e, p, len);
	} else if (a == TSM_INBLOB && len <= TSM_INBLOB_MAX) {
		memcpy(e->inblob, p, len);
		e->inblob_len = len;
		rc = 0;
	}
	if (rc == 0)
		e->write_generation++;
	pthread_mutex_unlock(&lock);
	return (rc);
}

static int
delay(int (*cancelled)(void *), void *arg)
{
	struct timespec	 step = { 0, DELAY_STEP_MS * 1000000L };
	uint64_t	 ms = file_read_number(hierarchy, "delay-ms", 0);

	if (ms > DELAY_MAX_MS)
		ms = DELAY_MAX_MS;
	for (; ms >= DELAY_STEP_MS; ms -= DELAY_STEP_MS) {
		if (cancelled != NULL && cancelled(arg))
			return (-EINTR);
		nanosleep(&step, NULL);
	}
	return (0);
}

static int
evidence_make(const uint8_t *data, unsigned int privlevel,
    uint8_t **ret_report, size_t *ret_report_len, uint8_t **ret_aux,
    size_t *ret_aux_len)
{
	if (!is_tdx)
		return (snp_report_make(hierarchy, data, privlevel,
		    ret_report, ret_report_len, ret_aux, ret_aux_len));
	*ret_aux = NULL;
	*ret_aux_len = 0;
	return (tdx_quote_make(hierarchy, data, ret_report, ret_report_len));
}

/*
 * The lock is not held while the secure processor works, so that a write may
 * come in between: the report is then of an older generation and is refused
 * with EWOULDBLOCK.
 */
static int
report_make(int64_t serial, int (*cancelled)(void *), void *arg)
{
	struct entry	*e = entry_get(serial);
	unsigned long	 generation = e->write_generation;
	unsigned int	 privlevel = e->privlevel;
	uint8_t		 data[TSM_INBLOB_MAX], *report, *aux;
	size_t		 report_len, aux_len;
	int		 rc;

	memcpy(data, e->inblob, sizeof(data));
	pthread_mutex_unlock(&lock);
	if ((rc = delay(cancelled, arg)) == 0 && evidence_make(data,
	    privlevel, &report, &report_len, &aux, &aux_len) == -1)
		rc = -EIO;
	pthread_mutex_lock(&lock);
	if (rc != 0)
		return (rc);
	e = entry_get(serial);
	if (e == NULL || e->write_generation != generation) {
		free(report);
		free(aux);
		return (e == NULL ? -ENOENT : -EWOULDBLOCK);
	}
	free(e->report);
	free(e->aux);
	e->report = report;
	e->report_len = report_len;
	e->aux = aux;
	e->aux_len = aux_len;
	e->read_generation = generation;
	return (0);
}

static int
blob_read(int64_t serial, enum tsm_attr a, int (*cancelled)(void *), void *arg,
    struct sbuf *b)
{
	struct entry	*e = entry_get(serial);
	int		 rc;

	/* both providers take exactly 64 bytes, tsm at least one */
	if (e->inblob_len != SNP_REPORT_DATA_SIZE)
		return (-EINVAL);
	if (e->report == NULL || e->read_generation != e->write_generation) {
		if ((rc = report_make(serial, cancelled, arg)) != 0)
			return (rc);
		e = entry_get(serial);
	}
	if (a == TSM_OUTBLOB)
		sbuf_add(b, e->report, e->report_len);
	else
		sbuf_add(b, e->aux, e->aux_len);
	return (0);
}

int
tsm_read(int64_t serial, enum tsm_attr a, int (*cancelled)(void *), void *arg,
    uint8_t **ret_p, size_t *ret_len)
{
	struct sbuf	 b = { 0 };
	struct entry	*e;
	char		 text[32];
	int		 rc = 0;

	sbuf_add(&b, "", 0);
	pthread_mutex_lock(&lock);
	if ((e = entry_get(serial)) == NULL) {
		rc = -ENOENT;
	} else if (a == TSM_OUTBLOB || a == TSM_AUXBLOB) {
		rc = blob_read(serial, a, cancelled, arg, &b);
	} else if (a == TSM_PROVIDER) {
		sbuf_str(&b, provider);
		sbuf_str(&b, "\n");
	} else if (a == TSM_GENERATION || a == TSM_PRIVLEVEL_FLOOR) {
		snprintf(text, sizeof(text), "%lu\n", a == TSM_GENERATION ?
		    e->write_generation : (unsigned long)file_read_number(
		    hierarchy, "vmpl-floor", 0));
		sbuf_str(&b, text);
	} else
		rc = -EACCES;
	pthread_mutex_unlock(&lock);
	if (rc != 0) {
		sbuf_free(&b);
		return (rc);
	}
	*ret_p = b.p;
	*ret_len = b.len;
	return (0);
}
