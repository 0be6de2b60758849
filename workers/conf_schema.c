#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/limits.h"
#include "workers/conf_schema.h"

/* Every item once, and each list to its end. */
#define VALUES_MAX	(CI_MAX + LISTEN_MAX + SNAPSHOT_ROOTS_MAX)
/* What the file holds and the defaults; each text is followed by a NUL. */
#define TEXT_MAX	(TOML_MAX_FILE + VALUES_MAX * 64)
/* Accounts that the roles may come to need above uid_base. */
#define UID_SPAN	32
#define UID_NOBODY	65534
/* The largest that leaves room for the roles below 2^31. */
#define UID_BASE_MAX	2147483000
#define UID_BASE_DEFAULT	64200
/* No request is worth more waiting. */
#define TIMEOUT_MAX_S	3600

struct conf_set {
	struct conf_value	values[VALUES_MAX];
	size_t			nvalues;
	size_t			used;
	char			text[TEXT_MAX];
};

struct rule;

struct checker {
	const struct toml	*doc;
	struct conf_set		*set;
	struct toml_error	*err;
	const struct rule	*rule;		/* being checked */
	unsigned int		 line;		/* of its key, 0 for a default */
	int			 has_app;	/* the file has a table [app] */
};

struct rule {
	enum conf_item	 item;
	const char	*table;
	const char	*key;
	int		(*check)(struct checker *, const struct toml_entry *);
	int64_t		 min, max;	/* of a number, or of elements in a list */
	const char	*words;		/* allowed, one blank between them */
	struct toml_entry	fallback;	/* checked like what the file says */
};

static int __attribute__((format(printf, 2, 3)))
check_fail(struct checker *ck, const char *fmt, ...)
{
	va_list ap;

	ck->err->line = ck->line;
	va_start(ap, fmt);
	vsnprintf(ck->err->text, sizeof(ck->err->text), fmt, ap);
	va_end(ap);
	return -1;
}

static struct conf_value *
value_add(struct checker *ck, enum conf_kind kind)
{
	struct conf_set *set = ck->set;
	struct conf_value *value;

	/* The limits of lists are part of the size. */
	if (set->nvalues == VALUES_MAX)
		abort();
	value = &set->values[set->nvalues++];
	value->item = ck->rule->item;
	value->kind = kind;
	value->text = "";
	return value;
}

static int
number_add(struct checker *ck, int64_t number)
{
	value_add(ck, CONF_INT)->number = number;
	return 0;
}

static int
text_add(struct checker *ck, const char *text)
{
	struct conf_set *set = ck->set;
	size_t size = strlen(text) + 1;

	if (size > sizeof(set->text) - set->used)
		return check_fail(ck, "strings are too long in all");
	memcpy(set->text + set->used, text, size);
	value_add(ck, CONF_STR)->text = set->text + set->used;
	set->used += size;
	return 0;
}

/* The value of an item that was checked before; NULL if there is none. */
static const struct conf_value *
value_find(const struct conf_set *set, enum conf_item item)
{
	size_t i;

	for (i = 0; i < set->nvalues; i++)
		if (set->values[i].item == item)
			return &set->values[i];
	return NULL;
}

static int
type_wrong(struct checker *ck, const struct toml_entry *entry,
    const char *allowed)
{
	return check_fail(ck, "%s is %s: it must be %s", ck->rule->key,
	    toml_type_name(entry->type), allowed);
}

static int
check_integer(struct checker *ck, const struct toml_entry *entry)
{
	const struct rule *rule = ck->rule;

	if (entry->type != TOML_INTEGER)
		return type_wrong(ck, entry, "an integer");
	if (entry->number < rule->min || entry->number > rule->max)
		return check_fail(ck, "%s must be %jd to %jd", rule->key,
		    (intmax_t)rule->min, (intmax_t)rule->max);
	return number_add(ck, entry->number);
}

static int
check_boolean(struct checker *ck, const struct toml_entry *entry)
{
	if (entry->type != TOML_BOOLEAN)
		return type_wrong(ck, entry, "true or false");
	return number_add(ck, entry->number);
}

static int
check_uid(struct checker *ck, const struct toml_entry *entry)
{
	if (check_integer(ck, entry) == -1)
		return -1;
	/* nobody's processes may be anyone's; 65535 is "no id" to some calls. */
	if (entry->number <= UID_NOBODY + 1 &&
	    entry->number + UID_SPAN > UID_NOBODY)
		return check_fail(ck, "%s: the %d ids from it on must not "
		    "contain 65534 and 65535", ck->rule->key, UID_SPAN);
	return 0;
}

/* The place of text among the rule's words, -1 if it is none of them. */
static int
word_find(const struct rule *rule, struct toml_text text)
{
	const char *word = rule->words;
	size_t len;
	int i;

	for (i = 0; *word != '\0'; i++) {
		len = strcspn(word, " ");
		if (len == text.len && memcmp(word, text.data, len) == 0)
			return i;
		word += len + (word[len] == ' ');
	}
	return -1;
}

static int
check_word(struct checker *ck, const struct toml_entry *entry)
{
	int i;

	if (entry->type != TOML_STRING)
		return type_wrong(ck, entry, "a string");
	if ((i = word_find(ck->rule, entry->string)) == -1)
		return check_fail(ck, "%s must be one of: %s", ck->rule->key,
		    ck->rule->words);
	return number_add(ck, i);
}

/* true, false or "auto": 1, 0, 2. */
static int
check_auto(struct checker *ck, const struct toml_entry *entry)
{
	if (entry->type == TOML_BOOLEAN)
		return number_add(ck, entry->number);
	if (entry->type != TOML_STRING || strcmp(entry->string.data, "auto") != 0)
		return check_fail(ck, "%s must be true, false or \"auto\"",
		    ck->rule->key);
	return number_add(ck, 2);
}

/* Copies the components of a path without the empty ones and ".". */
static int
path_clean(struct checker *ck, const char *path, char *dst)
{
	const char *key = ck->rule->key;
	size_t len, n = 0;
	const char *p;

	if (*path == '\0')
		return check_fail(ck, "%s must not be empty", key);
	if (strlen(path) >= CONF_PATH_MAX)
		return check_fail(ck, "%s must be shorter than %d bytes", key,
		    CONF_PATH_MAX);
	for (p = path; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return check_fail(ck, "%s must not contain control "
			    "characters", key);
	if (*path == '/')
		dst[n++] = '/';
	for (p = path; *p != '\0'; p += len + (p[len] == '/')) {
		len = strcspn(p, "/");
		if (len == 0 || (len == 1 && *p == '.'))
			continue;
		if (len == 2 && p[0] == '.' && p[1] == '.')
			return check_fail(ck, "%s must not contain \"..\"",
			    key);
		if (n > 0 && dst[n - 1] != '/')
			dst[n++] = '/';
		memcpy(dst + n, p, len);
		n += len;
	}
	if (n == 0)
		dst[n++] = '.';
	dst[n] = '\0';
	return 0;
}

/* An absolute path, or one below data_dir, which the parent puts before it. */
static int
check_path(struct checker *ck, const struct toml_entry *entry)
{
	char path[CONF_PATH_MAX];

	if (entry->type != TOML_STRING)
		return type_wrong(ck, entry, "a string");
	if (path_clean(ck, entry->string.data, path) == -1)
		return -1;
	return text_add(ck, path);
}

static int
check_absolute(struct checker *ck, const struct toml_entry *entry)
{
	if (entry->type == TOML_STRING && entry->string.len > 0 &&
	    entry->string.data[0] != '/')
		return check_fail(ck, "%s must be an absolute path",
		    ck->rule->key);
	return check_path(ck, entry);
}

/* A path again that must not be the certificate's: one would replace the other. */
static int
check_key_path(struct checker *ck, const struct toml_entry *entry)
{
	const struct conf_set *set = ck->set;

	if (check_path(ck, entry) == -1)
		return -1;
	if (strcmp(set->values[set->nvalues - 1].text,
	    value_find(set, CI_CERTIFICATE)->text) == 0)
		return check_fail(ck, "%s must not be the file of "
		    "ssl_certificate", ck->rule->key);
	return 0;
}

/* "unix:" and the path of a socket, which is text's. */
static int
socket_add(struct checker *ck, const char *text)
{
	static const char scheme[] = "unix:";
	const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path);
	char device[sizeof(scheme) + CONF_PATH_MAX];

	strcpy(device, scheme);
	if (path_clean(ck, text, device + strlen(scheme)) == -1)
		return -1;
	if (strlen(device) - strlen(scheme) >= max)
		return check_fail(ck, "%s: the path of a socket must be shorter "
		    "than %zu bytes", ck->rule->key, max);
	return text_add(ck, device);
}

static int
check_tpm(struct checker *ck, const struct toml_entry *entry)
{
	char device[CONF_PATH_MAX];
	const char *text = entry->string.data;

	if (entry->type != TOML_STRING)
		return type_wrong(ck, entry, "a string");
	if (*text == '\0')
		return text_add(ck, text);
	if (strncmp(text, "unix:/", 6) == 0)
		return socket_add(ck, text + 5);
	if (strncmp(text, "/dev/", 5) != 0)
		return check_fail(ck, "%s must be a device below /dev, "
		    "\"unix:\" and the absolute path of a socket, or empty for "
		    "no TPM", ck->rule->key);
	if (path_clean(ck, text, device) == -1)
		return -1;
	return text_add(ck, device);
}

static int
check_tee_device(struct checker *ck, const struct toml_entry *entry)
{
	const char *text = entry->string.data;

	if (entry->type != TOML_STRING)
		return type_wrong(ck, entry, "a string");
	if (word_find(ck->rule, entry->string) != -1)
		return text_add(ck, text);
	if (strncmp(text, "unix:/", 6) == 0)
		return socket_add(ck, text + 5);
	return check_fail(ck, "%s must be one of: %s, or \"unix:\" and the "
	    "absolute path of a socket", ck->rule->key, ck->rule->words);
}

/* A literal: whoever answers for a name would choose the service. */
static int
check_imds(struct checker *ck, const struct toml_entry *entry)
{
	const char *text = entry->string.data, *colon;
	char host[INET_ADDRSTRLEN] = "", shown[INET_ADDRSTRLEN + 8];
	unsigned long port = 0;
	struct in_addr in;

	if (entry->type != TOML_STRING)
		return type_wrong(ck, entry, "a string");
	if ((colon = strchr(text, ':')) != NULL &&
	    (size_t)(colon - text) < sizeof(host)) {
		memcpy(host, text, (size_t)(colon - text));
		port = strtoul(colon + 1, NULL, 10);
	}
	/* one way to write it: what has another is none */
	snprintf(shown, sizeof(shown), "%s:%lu", host, port);
	if (port < 1 || port > 65535 || strcmp(shown, text) != 0 ||
	    inet_pton(AF_INET, host, &in) != 1)
		return check_fail(ck, "%s must be an IPv4 address and a port, "
		    "as \"169.254.169.254:80\"", ck->rule->key);
	return text_add(ck, text);
}

/* What stands in the list: one string is a list of one. */
static int
list_open(struct checker *ck, const struct toml_entry *entry, const char *what,
    const struct toml_text **ret_elements, size_t *ret_n)
{
	const struct rule *rule = ck->rule;
	size_t n = entry->type == TOML_STRING ? 1 : entry->nelements;

	if (entry->type != TOML_STRING && entry->type != TOML_ARRAY)
		return type_wrong(ck, entry, "a string or an array of strings");
	if (n < (size_t)rule->min || n > (size_t)rule->max)
		return check_fail(ck, "%s must have %jd to %jd %s", rule->key,
		    (intmax_t)rule->min, (intmax_t)rule->max, what);
	*ret_elements = entry->type == TOML_STRING ? &entry->string :
	    entry->elements;
	*ret_n = n;
	return 0;
}

static int
address_add(struct checker *ck, const char *text)
{
	const struct conf_set *set = ck->set;
	char address[INET6_ADDRSTRLEN], shown[64];
	uint8_t bytes[sizeof(struct in6_addr)];
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	size_t i;

	if (inet_pton(family, text, bytes) != 1 ||
	    inet_ntop(family, bytes, address, sizeof(address)) == NULL) {
		toml_text_show((struct toml_text){ text, strlen(text) }, shown,
		    sizeof(shown));
		return check_fail(ck, "%s: %s is no address: allowed are IPv4 "
		    "and IPv6 addresses and localhost; no name is looked up",
		    ck->rule->key, shown);
	}
	for (i = 0; i < set->nvalues; i++)
		if (set->values[i].item == ck->rule->item &&
		    strcmp(set->values[i].text, address) == 0)
			return check_fail(ck, "%s has %s twice", ck->rule->key,
			    address);
	/* The hosts are the first values; localhost counts for two. */
	if (set->nvalues == LISTEN_MAX)
		return check_fail(ck, "%s must have %jd to %jd addresses",
		    ck->rule->key, (intmax_t)ck->rule->min,
		    (intmax_t)ck->rule->max);
	return text_add(ck, address);
}

static int
check_hosts(struct checker *ck, const struct toml_entry *entry)
{
	const struct toml_text *hosts;
	size_t i, n;

	if (list_open(ck, entry, "addresses", &hosts, &n) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (strcmp(hosts[i].data, "localhost") == 0) {
			if (address_add(ck, "127.0.0.1") == -1 ||
			    address_add(ck, "::1") == -1)
				return -1;
		} else if (address_add(ck, hosts[i].data) == -1)
			return -1;
	}
	return 0;
}

/* Whether path is dir or lies below it. */
static int
path_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return 1;
	return strncmp(path, dir, len) == 0 &&
	    (path[len] == '\0' || path[len] == '/');
}

static int
check_roots(struct checker *ck, const struct toml_entry *entry)
{
	const struct conf_value *other, *root;
	struct toml_entry one = { .type = TOML_STRING };
	const struct toml_text *roots;
	size_t i, k, n;

	if (list_open(ck, entry, "directories", &roots, &n) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		one.string = roots[i];
		if (check_absolute(ck, &one) == -1)
			return -1;
		/* A file must not be in the snapshot twice. */
		root = &ck->set->values[ck->set->nvalues - 1];
		for (k = 1; k <= i; k++) {
			other = root - k;
			if (path_within(root->text, other->text) ||
			    path_within(other->text, root->text))
				return check_fail(ck, "%s: one directory lies "
				    "within another", ck->rule->key);
		}
	}
	return 0;
}

/* The default follows a lower limit of all connections. */
static int
check_per_address(struct checker *ck, const struct toml_entry *entry)
{
	int64_t all = value_find(ck->set, CI_CONNECTIONS)->number;

	if (ck->line == 0 && entry->number > all)
		return number_add(ck, all);
	if (check_integer(ck, entry) == -1)
		return -1;
	if (entry->number > all)
		return check_fail(ck, "%s must not be above connections, which "
		    "is %jd", ck->rule->key, (intmax_t)all);
	return 0;
}

/* A key of [app] has no default, but the whole table may be left out. */
static int
app_absent(struct checker *ck)
{
	if (!ck->has_app)
		return text_add(ck, "");
	return check_fail(ck, "[app] needs the key %s", ck->rule->key);
}

static int
check_service_type(struct checker *ck, const struct toml_entry *entry)
{
	if (ck->line == 0)
		return app_absent(ck);
	if (entry->type != TOML_STRING)
		return type_wrong(ck, entry, "a string");
	if (word_find(ck->rule, entry->string) == -1)
		return check_fail(ck, "%s must be one of: %s", ck->rule->key,
		    ck->rule->words);
	return text_add(ck, entry->string.data);
}

/* It becomes an argument of the service manager's command. */
static int
check_service_name(struct checker *ck, const struct toml_entry *entry)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._-";
	const char *name = entry->string.data;

	if (ck->line == 0)
		return app_absent(ck);
	if (entry->type != TOML_STRING)
		return type_wrong(ck, entry, "a string");
	if (*name == '\0' || *name == '-' || name[strspn(name, allowed)] != '\0')
		return check_fail(ck, "%s must be letters, digits and @ . _ - "
		    "and not begin with -", ck->rule->key);
	if (entry->string.len >= CONF_NAME_MAX)
		return check_fail(ck, "%s must be shorter than %d bytes",
		    ck->rule->key, CONF_NAME_MAX);
	return text_add(ck, name);
}

static int
check_app_storage(struct checker *ck, const struct toml_entry *entry)
{
	return ck->line == 0 ? app_absent(ck) : check_path(ck, entry);
}

#define STR(s)	{ .type = TOML_STRING, .string = { s, sizeof(s) - 1 } }
#define INT(n)	{ .type = TOML_INTEGER, .number = (n) }
#define BOOL(n)	{ .type = TOML_BOOLEAN, .number = (n) }
#define NONE	{ .type = TOML_MAX, .string = { "", 0 } }

/*
 * Every key there is, in the order of conf_item.h.  The defaults are the safe
 * ones: what opens something has to be written down by the owner.
 */
static const struct rule rules[] = {
	/* item, table, key, check, min, max, words, default */
	{ CI_HOST, "agent", "host", check_hosts,
	    1, LISTEN_MAX, NULL, STR("127.0.0.1") },
	{ CI_PORT, "agent", "port", check_integer, 1, 65535, NULL, INT(5555) },
	{ CI_CERTIFICATE, "agent", "ssl_certificate", check_path,
	    0, 0, NULL, STR("data/cert.pem") },
	{ CI_PRIVATE_KEY, "agent", "ssl_private_key", check_key_path,
	    0, 0, NULL, STR("data/key.pem") },
	{ CI_TPM_DEVICE, "agent", "tpm_device", check_tpm,
	    0, 0, NULL, STR("") },
	{ CI_TSM_PATH, "agent", "tsm_path", check_absolute,
	    0, 0, NULL, STR("/sys/kernel/config/tsm/report") },
	{ CI_TEE_DEVICE, "agent", "tee_device", check_tee_device,
	    0, 0, "auto /dev/sev-guest /dev/tdx_guest", STR("auto") },
	{ CI_IMDS_ADDRESS, "agent", "imds_address", check_imds,
	    0, 0, NULL, STR("169.254.169.254:80") },
	{ CI_TEE, "agent", "tee", check_auto, 0, 0, NULL, STR("auto") },
	{ CI_IMA_PATH, "agent", "ima_path", check_absolute,
	    0, 0, NULL, STR("/sys/kernel/security/ima") },
	{ CI_EVENTLOG_PATH, "agent", "eventlog_path", check_absolute, 0, 0,
	    NULL, STR("/sys/kernel/security/tpm0/binary_bios_measurements") },
	{ CI_DATA_DIR, "agent", "data_dir", check_absolute,
	    0, 0, NULL, STR("/var/lib/cosmian_vm") },
	{ CI_SNAPSHOT_ROOTS, "agent", "snapshot_roots", check_roots,
	    1, SNAPSHOT_ROOTS_MAX, NULL, STR("/") },
	{ CI_UID_BASE, "agent", "uid_base", check_uid,
	    1000, UID_BASE_MAX, NULL, INT(UID_BASE_DEFAULT) },
	{ CI_REQUIRE_ENCRYPTED, "agent", "require_encrypted_storage",
	    check_boolean, 0, 0, NULL, BOOL(1) },
	{ CI_CONTAINER_SIZE, "agent", "container_size", check_integer,
	    CONTAINER_MIN, CONTAINER_MAX, NULL, INT(CONTAINER_DEFAULT) },
	{ CI_COMPAT_QUOTES, "agent", "compat_quotes", check_boolean,
	    0, 0, NULL, BOOL(1) },
	{ CI_ALLOW_DEGRADED, "agent", "allow_degraded", check_boolean,
	    0, 0, NULL, BOOL(0) },
	{ CI_WORKERS, "agent", "workers", check_integer,
	    1, WORKERS_MAX, NULL, INT(2) },
	{ CI_LOG, "agent", "log", check_word,
	    0, 0, "auto stderr syslog", STR("auto") },
	{ CI_CONNECTIONS, "limits", "connections", check_integer,
	    1, CONNECTIONS_MAX, NULL, INT(CONNECTIONS_DEFAULT) },
	{ CI_PER_ADDRESS, "limits", "connections_per_address",
	    check_per_address, 1, CONNECTIONS_MAX, NULL,
	    INT(PER_ADDRESS_DEFAULT) },
	{ CI_HANDSHAKE_TIMEOUT, "limits", "handshake_timeout", check_integer,
	    1, TIMEOUT_MAX_S, NULL, INT(HANDSHAKE_TIMEOUT_S) },
	{ CI_HEADER_TIMEOUT, "limits", "header_timeout", check_integer,
	    1, TIMEOUT_MAX_S, NULL, INT(HEADER_TIMEOUT_S) },
	{ CI_BODY_TIMEOUT, "limits", "body_timeout", check_integer,
	    1, TIMEOUT_MAX_S, NULL, INT(BODY_TIMEOUT_S) },
	{ CI_IDLE_TIMEOUT, "limits", "idle_timeout", check_integer,
	    1, TIMEOUT_MAX_S, NULL, INT(IDLE_TIMEOUT_S) },
	{ CI_SNAPSHOT_THREADS, "limits", "snapshot_threads", check_integer,
	    0, HASH_THREADS_MAX, NULL, INT(0) },
	{ CI_SERVICE_TYPE, "app", "service_type", check_service_type,
	    0, 0, "systemd supervisor standalone", NONE },
	{ CI_SERVICE_NAME, "app", "service_name", check_service_name,
	    0, 0, NULL, NONE },
	{ CI_APP_STORAGE, "app", "app_storage", check_app_storage,
	    0, 0, NULL, NONE },
};

#define NRULES	(sizeof(rules) / sizeof(rules[0]))
_Static_assert(NRULES == CI_MAX, "one rule an item");

static int
text_is(struct toml_text text, const char *what)
{
	return text.len == strlen(what) &&
	    memcmp(text.data, what, text.len) == 0;
}

/* The full name of a table for messages; the depth is that of the parser. */
static void
table_show(const struct toml *doc, size_t index, char *dst, size_t size)
{
	size_t path[TOML_MAX_TABLES], n = 0;

	for (; index != TOML_ROOT && n < TOML_MAX_TABLES;
	    index = toml_table_get(doc, index)->parent)
		path[n++] = index;
	*dst = '\0';
	while (n-- > 0 && size > strlen(dst) + 1) {
		toml_text_show(toml_table_get(doc, path[n])->name,
		    dst + strlen(dst), size - strlen(dst));
		if (n > 0 && size > strlen(dst) + 1)
			strcat(dst, ".");
	}
}

static int
check_tables(struct checker *ck)
{
	const struct toml_table *table;
	char shown[TOML_MAX_NAME + 1];
	size_t i;

	for (i = TOML_ROOT + 1; i < toml_table_count(ck->doc); i++) {
		table = toml_table_get(ck->doc, i);
		if (table->parent == TOML_ROOT && (text_is(table->name,
		    "agent") || text_is(table->name, "limits")))
			continue;
		if (table->parent == TOML_ROOT && text_is(table->name, "app")) {
			ck->has_app = 1;
			continue;
		}
		ck->line = table->line;
		table_show(ck->doc, i, shown, sizeof(shown));
		return check_fail(ck, "unknown table [%s]: allowed are [agent], "
		    "[limits] and [app]", shown);
	}
	return 0;
}

static const struct rule *
rule_find(const struct toml_table *table, const struct toml_entry *entry)
{
	size_t i;

	for (i = 0; i < NRULES; i++)
		if (text_is(table->name, rules[i].table) &&
		    text_is(entry->key, rules[i].key))
			return &rules[i];
	return NULL;
}

static int
key_unknown(struct checker *ck, const struct toml_table *table,
    const struct toml_entry *entry)
{
	char list[sizeof(ck->err->text)] = "", shown[TOML_MAX_NAME + 1];
	size_t i, n = 0;

	ck->line = entry->line;
	toml_text_show(entry->key, shown, sizeof(shown));
	if (entry->table == TOML_ROOT)
		return check_fail(ck, "key %s stands in no table: allowed are "
		    "[agent], [limits] and [app]", shown);
	for (i = 0; i < NRULES && n < sizeof(list); i++)
		if (text_is(table->name, rules[i].table))
			n += (size_t)snprintf(list + n, sizeof(list) - n,
			    "%s%s", n > 0 ? " " : "", rules[i].key);
	return check_fail(ck, "unknown key %s in [%s]: allowed are: %s", shown,
	    table->name.data, list);
}

/* After check_tables(), so that each table is one of ours. */
static int
check_keys(struct checker *ck)
{
	const struct toml_entry *entry;
	const struct toml_table *table;
	size_t i;

	for (i = 0; i < toml_entry_count(ck->doc); i++) {
		entry = toml_entry_get(ck->doc, i);
		table = toml_table_get(ck->doc, entry->table);
		if (rule_find(table, entry) == NULL)
			return key_unknown(ck, table, entry);
	}
	return 0;
}

static int
check_rule(struct checker *ck, const struct rule *rule)
{
	const struct toml_entry *entry = &rule->fallback, *e;
	size_t i;

	ck->rule = rule;
	ck->line = 0;
	for (i = 0; i < toml_entry_count(ck->doc); i++) {
		e = toml_entry_get(ck->doc, i);
		if (rule_find(toml_table_get(ck->doc, e->table), e) != rule)
			continue;
		entry = e;
		ck->line = e->line;
	}
	return rule->check(ck, entry);
}

int
conf_schema_check(const struct toml *doc, struct conf_set **ret_set,
    struct toml_error *ret_err)
{
	struct checker ck = { .doc = doc, .err = ret_err };
	size_t i;

	if ((ck.set = calloc(1, sizeof(*ck.set))) == NULL)
		return check_fail(&ck, "no memory");
	if (check_tables(&ck) == -1 || check_keys(&ck) == -1)
		goto fail;
	for (i = 0; i < NRULES; i++)
		if (check_rule(&ck, &rules[i]) == -1)
			goto fail;
	*ret_set = ck.set;
	return 0;
fail:
	conf_set_free(ck.set);
	return -1;
}

void
conf_set_free(struct conf_set *set)
{
	free(set);
}

size_t
conf_set_count(const struct conf_set *set)
{
	return set->nvalues;
}

const struct conf_value *
conf_set_get(const struct conf_set *set, size_t i)
{
	return i < set->nvalues ? &set->values[i] : NULL;
}
