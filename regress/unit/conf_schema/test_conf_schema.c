/* workers/conf_schema.c: every default, and the text of every refusal. */
#include "agentd/limits.h"
#include "regress/unit/check.h"
#include "workers/conf_schema.h"

static struct conf_set *
set_make(const char *text, size_t len, struct toml_error *err)
{
	struct conf_set *set = NULL;
	struct toml *doc;

	if (toml_parse((const uint8_t *)text, len, &doc, err) == -1)
		return NULL;
	if (conf_schema_check(doc, &set, err) == -1)
		CHECK(set == NULL);
	/* The set must not need the document. */
	toml_free(doc);
	return set;
}

static struct conf_set *
set_ok(const char *text)
{
	struct toml_error err = { 0 };
	struct conf_set *set;

	if ((set = set_make(text, strlen(text), &err)) == NULL)
		CHECK_NEVER("refused: line %u: %s", err.line, err.text);
	return set;
}

/* The n-th value of an item. */
static const struct conf_value *
value(const struct conf_set *set, enum conf_item item, int n)
{
	static const struct conf_value none = { .text = "(none)", .number = -1 };
	size_t i;

	for (i = 0; i < conf_set_count(set); i++)
		if (conf_set_get(set, i)->item == item && n-- == 0)
			return conf_set_get(set, i);
	return &none;
}

static void
check_text(const char *conf, enum conf_item item, int n, const char *want)
{
	struct conf_set *set = set_ok(conf);

	if (set != NULL && CHECK_STR(value(set, item, n)->text, want))
		CHECK_INT(value(set, item, n)->kind, CONF_STR);
	conf_set_free(set);
}

static void
check_number(const char *conf, enum conf_item item, int64_t want)
{
	struct conf_set *set = set_ok(conf);

	if (set != NULL && CHECK_INT(value(set, item, 0)->number, want))
		CHECK_INT(value(set, item, 0)->kind, CONF_INT);
	conf_set_free(set);
}

static void
test_defaults(void)
{
	static const enum conf_kind kinds[] = {
#define ITEM_KIND(item, kind, key)	kind,
		CONF_ITEM_LIST(ITEM_KIND)
#undef ITEM_KIND
	};
	static const char *const want[CI_MAX] = {
		[CI_HOST] = "127.0.0.1", [CI_CERTIFICATE] = "data/cert.pem",
		[CI_PRIVATE_KEY] = "data/key.pem", [CI_TPM_DEVICE] = "",
		[CI_TSM_PATH] = "/sys/kernel/config/tsm/report",
		[CI_TEE_DEVICE] = "auto",
		[CI_IMDS_ADDRESS] = "169.254.169.254:80",
		[CI_IMA_PATH] = "/sys/kernel/security/ima",
		[CI_EVENTLOG_PATH] =
		    "/sys/kernel/security/tpm0/binary_bios_measurements",
		[CI_DATA_DIR] = "/var/lib/cosmian_vm", [CI_SNAPSHOT_ROOTS] = "/",
		[CI_SERVICE_TYPE] = "", [CI_SERVICE_NAME] = "",
		[CI_APP_STORAGE] = "" };
	static const int64_t number[CI_MAX] = { [CI_PORT] = 5555, [CI_TEE] = 2,
		[CI_UID_BASE] = 64200, [CI_REQUIRE_ENCRYPTED] = 1,
		[CI_CONTAINER_SIZE] = CONTAINER_DEFAULT,
		[CI_COMPAT_QUOTES] = 1, [CI_ALLOW_DEGRADED] = 0,
		[CI_WORKERS] = 2, [CI_LOG] = 0,
		[CI_CONNECTIONS] = CONNECTIONS_DEFAULT,
		[CI_PER_ADDRESS] = PER_ADDRESS_DEFAULT,
		[CI_HANDSHAKE_TIMEOUT] = HANDSHAKE_TIMEOUT_S,
		[CI_HEADER_TIMEOUT] = HEADER_TIMEOUT_S,
		[CI_BODY_TIMEOUT] = BODY_TIMEOUT_S,
		[CI_IDLE_TIMEOUT] = IDLE_TIMEOUT_S, [CI_SNAPSHOT_THREADS] = 0 };
	const struct conf_value *v;
	struct conf_set *set;
	size_t i;

	test_begin("defaults");
	if ((set = set_ok("")) == NULL)
		return;
	CHECK_INT(conf_set_count(set), CI_MAX);
	CHECK(conf_set_get(set, CI_MAX) == NULL);
	for (i = 0; i < conf_set_count(set); i++) {
		v = conf_set_get(set, i);
		CHECK_INT(v->item, i);
		CHECK_INT(v->kind, kinds[i]);
		if (v->kind == CONF_STR)
			CHECK_STR(v->text, want[i]);
		else
			CHECK_INT(v->number, number[i]);
	}
	conf_set_free(set);
}

static void
test_values(void)
{
	static const char app[] = "[app]\nservice_type = \"systemd\"\n"
	    "service_name = \"my_app@1\"\napp_storage = \"data/app/\"\n";

	test_begin("values");
	check_text("[agent]\nhost = [\"localhost\", \"2001:DB8:0::7\"]",
	    CI_HOST, 0, "127.0.0.1");
	check_text("[agent]\nhost = [\"localhost\", \"2001:DB8:0::7\"]",
	    CI_HOST, 1, "::1");
	check_text("[agent]\nhost = [\"localhost\", \"2001:DB8:0::7\"]",
	    CI_HOST, 2, "2001:db8::7");
	check_text("[agent]\nhost = [\"0.0.0.0\", \"::\"]", CI_HOST, 1, "::");
	check_number("[agent]\nport = 65535", CI_PORT, 65535);
	check_number("[agent]\ncontainer_size = 64", CI_CONTAINER_SIZE, 64);
	check_text("[agent]\ndata_dir = \"//a/./b//\"", CI_DATA_DIR, 0, "/a/b");
	check_text("[agent]\ndata_dir = \"/\"", CI_DATA_DIR, 0, "/");
	check_text("[agent]\nssl_certificate = \"./..a/b..\"", CI_CERTIFICATE, 0,
	    "..a/b..");
	check_text("[agent]\ntpm_device = \"/dev/tpmrm1\"", CI_TPM_DEVICE, 0,
	    "/dev/tpmrm1");
	check_text("[agent]\ntpm_device = \"unix:/run//t/s\"", CI_TPM_DEVICE, 0,
	    "unix:/run/t/s");
	check_text("[agent]\nimds_address = \"127.0.0.1:8080\"",
	    CI_IMDS_ADDRESS, 0, "127.0.0.1:8080");
	check_text("[agent]\ntee_device = \"unix:/run//t/s\"", CI_TEE_DEVICE, 0,
	    "unix:/run/t/s");
	check_text("[agent]\ntee_device = \"/dev/sev-guest\"", CI_TEE_DEVICE,
	    0, "/dev/sev-guest");
	check_text("[agent]\ntee_device = \"/dev/tdx_guest\"", CI_TEE_DEVICE,
	    0, "/dev/tdx_guest");
	check_number("[agent]\ntee = true", CI_TEE, 1);
	check_number("[agent]\ntee = false", CI_TEE, 0);
	check_number("[agent]\ntee = \"auto\"", CI_TEE, 2);
	check_number("[agent]\nlog = \"syslog\"", CI_LOG, 2);
	check_number("[agent]\nlog = \"stderr\"", CI_LOG, 1);
	check_text("[agent]\nsnapshot_roots = [\"/usr\", \"/usr2\", \"/etc/\"]",
	    CI_SNAPSHOT_ROOTS, 2, "/etc");
	check_number("[agent]\nuid_base = 65536", CI_UID_BASE, 65536);
	check_number("[agent]\nuid_base = 65502", CI_UID_BASE, 65502);
	check_number("[limits]\nconnections = 9", CI_PER_ADDRESS, 9);
	check_number("[limits]\nconnections_per_address = 1024",
	    CI_PER_ADDRESS, 1024);
	check_number("[limits]\nsnapshot_threads = 64", CI_SNAPSHOT_THREADS, 64);
	check_text(app, CI_SERVICE_TYPE, 0, "systemd");
	check_text(app, CI_SERVICE_NAME, 0, "my_app@1");
	check_text(app, CI_APP_STORAGE, 0, "data/app");
}

struct refusal {
	const char	*text;
	unsigned int	 line;
	const char	*want;
};

#define APP(type, name, storage) "[app]\nservice_type = " type \
	"\nservice_name = " name "\napp_storage = " storage

static const struct refusal refusals[] = {
	/* the parser's own refusals pass through */
	{ "[agent]\nport = 1.5", 2, "floating-point" },
	/* names */
	{ "port = 1", 1, "key port stands in no table: allowed are [agent], "
	    "[limits] and [app]" },
	{ "[agent]\n\n[agnet]", 3, "unknown table [agnet]: allowed are [agent], "
	    "[limits] and [app]" },
	{ "[agent.limits]\n[agent]", 1, "unknown table [agent.limits]" },
	{ "[agent]\nhots = \"::\"", 2, "unknown key hots in [agent]: allowed "
	    "are: host port ssl_certificate ssl_private_key tpm_device tsm_path "
	    "tee_device imds_address tee ima_path eventlog_path data_dir "
	    "snapshot_roots uid_base "
	    "require_encrypted_storage container_size compat_quotes "
	    "allow_degraded workers log" },
	{ "[limits]\nport = 1", 2, "unknown key port in [limits]: allowed are: "
	    "connections connections_per_address handshake_timeout "
	    "header_timeout body_timeout idle_timeout snapshot_threads" },
	{ "[app]\nx = 1", 2, "unknown key x in [app]: allowed are: service_type "
	    "service_name app_storage" },
	/* types */
	{ "[agent]\nport = \"5555\"", 2, "port is a string: it must be an "
	    "integer" },
	{ "[agent]\nhost = 1", 2, "host is an integer: it must be a string or an "
	    "array of strings" },
	{ "[agent]\ncompat_quotes = 1", 2, "compat_quotes is an integer: it must "
	    "be true or false" },
	{ "[agent]\nssl_certificate = true", 2, "ssl_certificate is true or "
	    "false: it must be a string" },
	{ "[agent]\ndata_dir = [\"/a\"]", 2, "data_dir is an array of strings: "
	    "it must be a string" },
	{ "[agent]\ntpm_device = 0", 2, "tpm_device is an integer" },
	{ "[agent]\nlog = true", 2, "log is true or false: it must be a string" },
	{ "[agent]\nsnapshot_roots = true", 2, "snapshot_roots is true or "
	    "false" },
	{ "[agent]\nuid_base = true", 2, "uid_base is true or false" },
	{ APP("1", "\"a\"", "\"b\""), 2, "service_type is an integer" },
	{ APP("\"systemd\"", "1", "\"b\""), 3, "service_name is an integer" },
	{ APP("\"systemd\"", "\"a\"", "1"), 4, "app_storage is an integer" },
	/* numbers */
	{ "[agent]\n\nport = 0", 3, "port must be 1 to 65535" },
	{ "[agent]\nport = 65536", 2, "port must be 1 to 65535" },
	{ "[agent]\nworkers = 17", 2, "workers must be 1 to 16" },
	{ "[agent]\nuid_base = 999", 2, "uid_base must be 1000 to 2147483000" },
	{ "[agent]\nuid_base = 65503", 2, "uid_base: the 32 ids from it on must "
	    "not contain 65534 and 65535" },
	{ "[agent]\nuid_base = 65535", 2, "must not contain 65534 and 65535" },
	{ "[limits]\nconnections = 0", 2, "connections must be 1 to 16384" },
	{ "[limits]\nconnections = 9\nconnections_per_address = 10", 3,
	    "connections_per_address must not be above connections, which is 9" },
	{ "[limits]\nconnections_per_address = 0", 2,
	    "connections_per_address must be 1 to 16384" },
	{ "[limits]\nidle_timeout = 3601", 2, "idle_timeout must be 1 to 3600" },
	{ "[limits]\nbody_timeout = 0", 2, "body_timeout must be 1 to 3600" },
	{ "[limits]\nheader_timeout = -1", 2, "header_timeout must be 1 to" },
	{ "[limits]\nhandshake_timeout = 0", 2, "handshake_timeout must be 1" },
	{ "[limits]\nsnapshot_threads = 65", 2, "snapshot_threads must be 0 to "
	    "64" },
	/* words */
	{ "[agent]\ntee = \"yes\"", 2, "tee must be true, false or \"auto\"" },
	{ "[agent]\ntee = 1", 2, "tee must be true, false or \"auto\"" },
	{ "[agent]\nlog = \"file\"", 2, "log must be one of: auto stderr syslog" },
	{ "[agent]\nlog = \"\"", 2, "log must be one of" },
	{ APP("\"runit\"", "\"a\"", "\"b\""), 2, "service_type must be one of: "
	    "systemd supervisor standalone" },
	/* hosts */
	{ "[agent]\nhost = \"example.org\"", 2, "host: example.org is no "
	    "address: allowed are IPv4 and IPv6 addresses and localhost; no "
	    "name is looked up" },
	{ "[agent]\nhost = \"[::1]\"", 2, "host: [::1] is no address" },
	{ "[agent]\nhost = \"fe80::1%eth0\"", 2, "is no address" },
	{ "[agent]\nhost = \"127.1\"", 2, "host: 127.1 is no address" },
	{ "[agent]\nhost = \"\"", 2, "is no address" },
	{ "[agent]\nhost = []", 2, "host must have 1 to 16 addresses" },
	{ "[agent]\nhost = [\"::1\", \"0::1\"]", 2, "host has ::1 twice" },
	{ "[agent]\nhost = [\"localhost\", \"1.1.1.1\", \"1.1.1.2\", \"1.1.1.3\", "
	    "\"1.1.1.4\", \"1.1.1.5\", \"1.1.1.6\", \"1.1.1.7\", \"1.1.1.8\", "
	    "\"1.1.1.9\", \"1.1.2.1\", \"1.1.2.2\", \"1.1.2.3\", \"1.1.2.4\", "
	    "\"1.1.2.5\", \"1.1.2.6\"]", 2, "host must have 1 to 16 addresses" },
	/* paths */
	{ "[agent]\nssl_certificate = \"\"", 2, "ssl_certificate must not be "
	    "empty" },
	{ "[agent]\nssl_certificate = \"data/../x\"", 2, "ssl_certificate must "
	    "not contain \"..\"" },
	{ "[agent]\ndata_dir = \"/..\"", 2, "data_dir must not contain \"..\"" },
	{ "[agent]\nssl_private_key = \"a\\nb\"", 2, "ssl_private_key must not "
	    "contain control characters" },
	{ "[agent]\nssl_private_key = \"data//cert.pem\"", 2, "ssl_private_key "
	    "must not be the file of ssl_certificate" },
	{ "[agent]\ndata_dir = \"data\"", 2, "data_dir must be an absolute path" },
	{ "[agent]\ntsm_path = \"a\"", 2, "tsm_path must be an absolute path" },
	{ "[agent]\nima_path = \"a\"", 2, "ima_path must be an absolute path" },
	{ "[agent]\neventlog_path = \"a\"", 2, "eventlog_path must be an" },
	{ "[agent]\nsnapshot_roots = []", 2, "snapshot_roots must have 1 to 16 "
	    "directories" },
	{ "[agent]\nsnapshot_roots = [\"/usr\", \"bin\"]", 2, "snapshot_roots "
	    "must be an absolute path" },
	{ "[agent]\nsnapshot_roots = [\"/usr/bin\", \"/usr/\"]", 2,
	    "snapshot_roots: one directory lies within another" },
	{ "[agent]\nsnapshot_roots = [\"/\", \"/usr/\"]", 2, "lies within" },
	{ "[agent]\ntpm_device = \"tpmrm0\"", 2, "tpm_device must be a device "
	    "below /dev, \"unix:\" and the absolute path of a socket, or empty "
	    "for no TPM" },
	{ "[agent]\ntpm_device = \"unix:sock\"", 2, "tpm_device must be a "
	    "device" },
	{ "[agent]\ntpm_device = \"/dev/../x\"", 2, "tpm_device must not contain "
	    "\"..\"" },
	{ "[agent]\ntpm_device = \"unix:/0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678901234567890123456"
	    "78\"", 2, "tpm_device: the path of a socket must be shorter than "
	    "108 bytes" },
	{ "[agent]\nimds_address = 1", 2, "imds_address is an integer" },
	{ "[agent]\nimds_address = \"\"", 2, "imds_address must be an IPv4" },
	{ "[agent]\nimds_address = \"127.0.0.1\"", 2, "must be an IPv4" },
	{ "[agent]\nimds_address = \"127.0.0.1:\"", 2, "must be an IPv4" },
	{ "[agent]\nimds_address = \"127.0.0.1:0\"", 2, "must be an IPv4" },
	{ "[agent]\nimds_address = \"127.0.0.1:65536\"", 2, "must be an IPv4" },
	{ "[agent]\nimds_address = \"127.0.0.1:080\"", 2, "must be an IPv4" },
	{ "[agent]\nimds_address = \"127.0.0.1:80 \"", 2, "must be an IPv4" },
	{ "[agent]\nimds_address = \"127.1:80\"", 2, "must be an IPv4" },
	{ "[agent]\nimds_address = \"metadata:80\"", 2, "must be an IPv4" },
	{ "[agent]\nimds_address = \"[::1]:80\"", 2, "must be an IPv4" },
	{ "[agent]\nimds_address = \"0127.0.0.1:80\"", 2, "must be an IPv4" },
	{ "[agent]\ntee_device = true", 2, "tee_device is true or false: it "
	    "must be a string" },
	{ "[agent]\ntee_device = \"\"", 2, "tee_device must be one of: auto "
	    "/dev/sev-guest /dev/tdx_guest, or \"unix:\" and the absolute path "
	    "of a socket" },
	{ "[agent]\ntee_device = \"/dev/mem\"", 2, "tee_device must be one" },
	{ "[agent]\ntee_device = \"/dev/sev-guest/\"", 2, "must be one" },
	{ "[agent]\ntee_device = \"unix:run/tee\"", 2, "must be one" },
	{ "[agent]\ntee_device = \"unix:/run/../tee\"", 2, "tee_device must "
	    "not contain \"..\"" },
	/* [app] */
	{ "[app]", 0, "[app] needs the key service_type" },
	{ "[app]\nservice_type = \"systemd\"", 0, "[app] needs the key "
	    "service_name" },
	{ "[app]\nservice_type = \"systemd\"\nservice_name = \"a\"", 0,
	    "[app] needs the key app_storage" },
	{ APP("\"systemd\"", "\"-a\"", "\"b\""), 3, "service_name must be "
	    "letters, digits and @ . _ - and not begin with -" },
	{ APP("\"systemd\"", "\"\"", "\"b\""), 3, "service_name must be" },
	{ APP("\"systemd\"", "\"a b\"", "\"b\""), 3, "service_name must be" },
	{ APP("\"systemd\"", "\"a/b\"", "\"b\""), 3, "service_name must be" },
	{ APP("\"systemd\"", "\"a\"", "\"../b\""), 4, "app_storage must not "
	    "contain \"..\"" },
};

static void
check_refused(const char *text, unsigned int line, const char *want)
{
	struct toml_error err = { 0 };
	struct conf_set *set;

	set = set_make(text, strlen(text), &err);
	if (!CHECK(set == NULL)) {
		printf("accepted:\n%s\n", text);
		conf_set_free(set);
		return;
	}
	CHECK_INT(err.line, line);
	if (strstr(err.text, want) == NULL)
		CHECK_STR(err.text, want);
}

static void
test_refusals(void)
{
	static char text[128 + TOML_MAX_STRING];
	char long_text[TOML_MAX_STRING];
	size_t i;

	test_begin("refusals");
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		check_refused(refusals[i].text, refusals[i].line,
		    refusals[i].want);

	memset(long_text, 'x', sizeof(long_text));
	long_text[CONF_PATH_MAX] = '\0';
	snprintf(text, sizeof(text), "[agent]\nssl_certificate = '%s'",
	    long_text);
	check_refused(text, 2, "ssl_certificate must be shorter than 1024 bytes");
	long_text[CONF_NAME_MAX] = '\0';
	snprintf(text, sizeof(text), APP("'systemd'", "'%s'", "'b'"), long_text);
	check_refused(text, 3, "service_name must be shorter than 256 bytes");
}

/* The comments of the shipped file promise that they show the defaults. */
static void
test_shipped(void)
{
	static char text[TOML_MAX_FILE], plain[TOML_MAX_FILE];
	struct toml_error err = { 0 };
	struct conf_set *defaults, *set;
	const char *p, *end;
	size_t i, n = 0;
	FILE *fp;

	test_begin("etc/agent.toml");
	if (!CHECK((fp = fopen("etc/agent.toml", "r")) != NULL))
		return;
	text[fread(text, 1, sizeof(text) - 1, fp)] = '\0';
	fclose(fp);
	CHECK((set = set_ok(text)) != NULL);
	CHECK_INT(value(set, CI_REQUIRE_ENCRYPTED, 0)->number, 1);
	CHECK_STR(value(set, CI_HOST, 0)->text, "0.0.0.0");
	CHECK_STR(value(set, CI_TPM_DEVICE, 0)->text, "/dev/tpmrm0");
	conf_set_free(set);

	/* "#key" is a default, "# text" is a remark; the example ends it. */
	for (p = text; *p != '\0' && strncmp(p, "#[app]", 6) != 0; p = end) {
		end = p + strcspn(p, "\n") + 1;
		if (p[0] == '#' && p[1] >= 'a' && p[1] <= 'z')
			p++;
		else if (p[0] != '[')
			continue;
		memcpy(plain + n, p, (size_t)(end - p));
		n += (size_t)(end - p);
	}
	CHECK((set = set_make(plain, n, &err)) != NULL);
	CHECK((defaults = set_ok("")) != NULL);
	if (set == NULL || defaults == NULL)
		return;
	CHECK_INT(conf_set_count(set), CI_MAX);
	for (i = 0; i < conf_set_count(set); i++) {
		CHECK_INT(conf_set_get(set, i)->number,
		    conf_set_get(defaults, i)->number);
		CHECK_STR(conf_set_get(set, i)->text,
		    conf_set_get(defaults, i)->text);
	}
	conf_set_free(set);
	conf_set_free(defaults);
}

int
main(void)
{
	test_defaults();
	test_values();
	test_refusals();
	test_shipped();
	return test_end();
}
