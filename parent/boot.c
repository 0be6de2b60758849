#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "parent/azure.h"
#include "parent/boot.h"
#include "parent/gen.h"
#include "parent/notify.h"
#include "parent/store_file.h"
#include "parent/volume.h"
#include "privsep/child.h"
#include "privsep/log.h"
#include "privsep/unmeasured.h"

/*
 * Start-up, one step after the other; each ends in boot_next(), in the
 * handler of the answer it waited for. A reload walks BOOT_CONF, BOOT_CERT
 * and BOOT_KEYS again, and whatever fails leaves all as it was.
 */

#define AUTH_FILE	"data/tpm-auth"	/* hierarchy secrets, beside the key */

void
boot_fail(struct agent *a, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warnx("%s%s", a->step == BOOT_DONE ? "" : "start: ", text);
	a->exit_code = 1;
	a->draining = 1;	/* nothing is replaced any more */
	event_base_loopbreak(a->base);
}

static const char *
auth_path(struct agent *a)
{
	return conf_path(&a->conf, AUTH_FILE);
}

static int
tpm_keys(struct agent *a)
{
	struct wbuf w;
	struct proc *p;
	int fd, have = access(auth_path(a), F_OK) == 0;

	fd = have ? open_unmeasured(auth_path(a), O_RDONLY | O_CLOEXEC |
	    O_NOFOLLOW) : store_file_new(auth_path(a), 0600);
	if (fd == -1) {
		log_warn("%s", auth_path(a));
		return -1;
	}
	if ((p = proc_start(a, ROLE_TPMINIT, 0, NULL, 0)) == NULL) {
		close(fd);
		return -1;
	}
	wbuf_init(&w);
	put_u8(&w, (uint8_t)have);
	return proc_ask_when_ready(a, p, MSG_TPMINIT_REQ, 0, &w, &fd, 1);
}

int
parent_on_tpminit_saved(struct agent *a, struct proc *p, struct frame *f)
{
	struct wbuf w;

	(void)f;
	wbuf_init(&w);
	put_u8(&w, a->step == BOOT_TPM_KEYS &&
	    access(auth_path(a), F_OK) == -1 &&
	    store_file_keep(auth_path(a)) == 0);
	proc_send(p, MSG_TPMINIT_SAVED_ANS, 0, &w, NULL, 0);
	return 0;
}

int
parent_on_tpminit_ans(struct agent *a, struct proc *p, struct frame *f)
{
	char text[256];
	struct rbuf r;
	unsigned int ok;

	rbuf_init(&r, f->data, f->len);
	ok = get_u8(&r);
	get_str(&r, text, sizeof(text));
	a->ek_ticket_len = get_blob(&r, a->ek_ticket, sizeof(a->ek_ticket));
	if (msg_end(&r) == -1 || ok > 1)
		return -1;
	proc_stop(p);
	if (a->tpm_caller == p)
		a->tpm_caller = NULL;
	if (!ok) {
		boot_fail(a, "TPM keys: %s", text);
		return 0;
	}
	log_info("TPM keys: %s", text);
	boot_next(a);
	return 0;
}

void
program_name(unsigned int role, char *dst, size_t len)
{
	if (role == ROLE_PARENT)
		snprintf(dst, len, "cosmian_vm_agent");
	else
		snprintf(dst, len, "agent-%s", role_name(role));
}

static void
digest_config(struct agent *a)
{
	static const char label[] = "CVM-CFG-1";
	uint8_t none[32], be[4], n[2] = { 0, ROLE_MAX }, len;
	SHA2_CTX sha;
	char name[64];
	unsigned int i;

	SHA256Init(&sha);
	SHA256Final(none, &sha);	/* no authorised keys */
	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)label, sizeof(label));
	SHA256Update(&sha, a->toml, sizeof(a->toml));
	SHA256Update(&sha, none, sizeof(none));
	for (i = 0; i < 4; i++)
		be[i] = (uint8_t)(a->flags >> (24 - 8 * i));
	SHA256Update(&sha, be, sizeof(be));
	SHA256Update(&sha, n, sizeof(n));
	for (i = 0; i < ROLE_MAX; i++) {
		program_name(i, name, sizeof(name));
		len = (uint8_t)strlen(name);
		SHA256Update(&sha, &len, 1);
		SHA256Update(&sha, (const uint8_t *)name, len);
		SHA256Update(&sha, a->procs.digest[i], 32);
	}
	SHA256Final(a->config, &sha);
}

static int
set_flags(struct agent *a)
{
	const char *missing = confine_missing();

	if (conf_simulated(&a->conf))
		a->flags |= AGENT_SIMULATED;
#ifdef DEBUG
	a->flags |= AGENT_DEBUG;
#endif
#ifdef NO_SECCOMP
	a->flags |= AGENT_NO_SECCOMP;
#endif
	if (missing == NULL)
		return 0;
	if (!a->conf.num[CI_ALLOW_DEGRADED]) {
		log_warnx("this kernel has no %s; allow_degraded = true would "
		    "start without it", missing);
		return -1;
	}
	log_warnx("degraded: this kernel has no %s", missing);
	a->flags |= AGENT_DEGRADED;
	return 0;
}

/*
 * Keys and certificate may be made only where the disk's owner cannot read
 * them: first_launch() has seen to it, but may have ended long ago.
 */
static int
storage_ready(struct agent *a)
{
	char data[CONF_PATH_MAX + 16];

	snprintf(data, sizeof(data), "%s", conf_path(&a->conf, "data"));
	if (a->conf.num[CI_REQUIRE_ENCRYPTED] && !volume_is_encrypted(data)) {
		log_warnx("%s is not on an encrypted volume, so no key is made "
		    "there: mount it (cosmian_fstool), or set "
		    "require_encrypted_storage = false", data);
		return -1;
	}
	return dir_make(a->conf.str[CI_DATA_DIR]) == -1 ||
	    dir_make(data) == -1 ? -1 : 0;
}

/* What a start would do where there is no encrypted volume. */
static void
say_storage(struct agent *a)
{
	printf("storage %s: ", a->conf.str[CI_DATA_DIR]);
	if (volume_is_encrypted(conf_path(&a->conf, "data")))
		printf("encrypted\n");
	else if (first_launch_would(a))
		printf("not encrypted: the container would be opened, or one "
		    "of %llu MiB made\n",
		    (unsigned long long)a->conf.num[CI_CONTAINER_SIZE]);
	else
		printf("not encrypted%s\n", a->conf.num[CI_REQUIRE_ENCRYPTED] ?
		    ": keys would not be made" : "");
}

static void
say_plan(struct agent *a)
{
	int i, files = gen_files_present(a);

	printf("%s: ok\n", a->conf_path);
	for (i = 0; i < a->conf.nhosts; i++)
		printf("listen on %s port %llu\n", a->conf.hosts[i],
		    (unsigned long long)a->conf.num[CI_PORT]);
	printf("certificate %s", conf_path(&a->conf, a->conf.str[CI_CERTIFICATE]));
	printf(", key %s: %s\n", conf_path(&a->conf,
	    a->conf.str[CI_PRIVATE_KEY]), files == 1 ? "present" :
	    files == -1 ? "the key is missing" : a->preinit ?
	    "would be made" : "missing, and COSMIAN_VM_PREINIT=0");
	printf("TPM %s\n", a->conf.str[CI_TPM_DEVICE][0] == '\0' ? "none" :
	    a->conf.str[CI_TPM_DEVICE]);
	printf("TEE reports %s\n", a->conf.num[CI_TEE] == 0 ? "none" :
	    tee_place(a));
	printf("IMA %s\n", a->conf.str[CI_IMA_PATH]);
	say_storage(a);
	for (i = 0; i < a->conf.nroots; i++)
		printf("snapshot of %s\n", a->conf.roots[i]);
	fflush(stdout);
}

static void
check_files(struct agent *a)
{
	uint64_t need = 2 * a->conf.num[CI_CONNECTIONS] + 64;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_max < need)
		log_warnx("connections = %llu wants %llu descriptors a process, "
		    "and there are %llu: raise LimitNOFILE",
		    (unsigned long long)a->conf.num[CI_CONNECTIONS],
		    (unsigned long long)need, (unsigned long long)r.rlim_max);
}

static int
after_conf(struct agent *a)
{
	if (a->check_only) {
		say_plan(a);
		a->draining = 1;
		event_base_loopbreak(a->base);
		return 0;
	}
	if (set_flags(a) == -1)
		return -1;
	unmeasured_uid((unsigned int)a->conf.num[CI_UID_BASE]);
	if (!a->foreground && a->conf.num[CI_LOG] != 0)
		log_init_parent("cosmian_vm_agent", a->conf.num[CI_LOG] == 1 ?
		    LOG_TO_STDERR : LOG_TO_SYSLOG, a->verbose);
	digest_config(a);
	check_files(a);
	if (listen_open(a) == -1 || tpm_open(a) == -1 || tee_open(a) == -1)
		return -1;
	a->step = BOOT_VOLUME;
	if (a->preinit && a->have_tpm)
		return first_launch(a);
	boot_next(a);
	return 0;
}

static int
after_volume(struct agent *a)
{
	a->step = BOOT_TPM_KEYS;
	if (a->preinit && a->have_tpm)
		return storage_ready(a) == -1 ? -1 : tpm_keys(a);
	boot_next(a);
	return 0;
}

static int
after_tpm_keys(struct agent *a)
{
	int files = gen_files_present(a);

	if (files == -1)
		return -1;
	if (proc_start(a, ROLE_KEYS, 0, NULL, 0) == NULL)
		return -1;
	a->step = BOOT_MAKE_CERT;
	if (files == 1) {
		boot_next(a);
		return 0;
	}
	if (!a->preinit) {
		log_warnx("%s is missing, and COSMIAN_VM_PREINIT=0 says not to "
		    "make it", conf_path(&a->conf, a->conf.str[CI_CERTIFICATE]));
		return -1;
	}
	return storage_ready(a) == -1 ? -1 : gen_make(a);
}

static int
start_workers(struct agent *a)
{
	unsigned int i;

	a->step = BOOT_WORKERS;
	for (i = 0; i < a->conf.num[CI_WORKERS]; i++)
		if (proc_start(a, ROLE_NET, i, NULL, 0) == NULL ||
		    proc_start(a, ROLE_WEB, i, NULL, 0) == NULL)
			return -1;
	return 0;
}

static int
after_keys(struct agent *a)
{
	a->step = BOOT_AK;
	if (!a->have_tpm)
		return start_workers(a);
	return proc_start(a, ROLE_TPM, 0, NULL, 0) == NULL ? -1 : 0;
}

static int
after_ak(struct agent *a)
{
	if (a->ak_name_len == 0) {
		log_warnx("the TPM has no attestation key at 0x81000051; start "
		    "once without COSMIAN_VM_PREINIT=0 to make it");
		return -1;
	}
	if (a->conf.num[CI_TEE] == 1 && !a->have_tee) {
		log_warnx("tee = true, but there is neither %s nor a report "
		    "of Azure's paravisor in the TPM",
		    a->conf.str[CI_TSM_PATH]);
		return -1;
	}
	return start_workers(a);
}

static int
after_workers(struct agent *a)
{
	unsigned int i;

	for (i = 0; i < a->conf.num[CI_WORKERS]; i++)
		if (a->procs.net[i].state != ST_READY ||
		    !a->procs.net[i].running || !a->procs.web[i].running ||
		    a->procs.web[i].state != ST_READY)
			return 0;
	a->step = BOOT_DONE;
	listen_start(a);
	listen_log(a);
	notify("READY=1");
	if (a->reload_again)
		reload_start(a);
	return 0;
}

static int
boot_step(struct agent *a)
{
	switch (a->step) {
	case BOOT_CONF:
		return after_conf(a);
	case BOOT_VOLUME:
		return after_volume(a);
	case BOOT_TPM_KEYS:
		return after_tpm_keys(a);
	case BOOT_MAKE_CERT:
		a->step = BOOT_CERT;
		return gen_load_cert(a);
	case BOOT_CERT:
		a->step = BOOT_KEYS;
		return gen_load_key(a);
	case BOOT_KEYS:
		return after_keys(a);
	case BOOT_AK:
		return after_ak(a);
	case BOOT_WORKERS:
		return after_workers(a);
	default:
		return 0;
	}
}

/* Reloading, step is BOOT_DONE; `reloading` counts what has been done. */
static int
reload_step(struct agent *a)
{
	switch (a->reloading++) {
	case 1:
		digest_config(a);
		limits_to_workers(a);
		azure_forget(a);
		return gen_load_cert(a);
	case 2:
		return gen_load_key(a);
	default:
		reload_end(a, NULL);
		return 0;
	}
}

void
boot_next(struct agent *a)
{
	if (a->reloading) {
		if (reload_step(a) == -1)
			reload_end(a, "the old certificate stays");
	} else if (boot_step(a) == -1)
		boot_fail(a, "given up");
}

/* One that hangs would keep every later reload waiting. */
static void
on_reload_late(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;

	(void)fd;
	(void)what;
	if (!a->reloading)
		return;
	if (a->procs.conf.running)
		proc_kill(&a->procs.conf, "no answer in time");
	else if (a->procs.keys.running)
		proc_kill(&a->procs.keys, "no answer in time");
}

void
reload_start(struct agent *a)
{
	const struct timeval tv = { RELOAD_TIMEOUT_S, 0 };

	if (a->draining)
		return;
	/* what it is about may have been read already: once more, then */
	if (a->step != BOOT_DONE || a->reloading) {
		a->reload_again = 1;
		return;
	}
	log_info("reload");
	notify("RELOADING=1");
	a->reloading = 1;
	a->reload_again = 0;
	proc_stop(&a->procs.conf);
	if (a->reload_timer == NULL)
		a->reload_timer = evtimer_new(a->base, on_reload_late, a);
	if (a->reload_timer != NULL)
		evtimer_add(a->reload_timer, &tv);
	if (conf_load(a) == -1)
		reload_end(a, "the old configuration stays");
}

void
reload_end(struct agent *a, const char *why_not)
{
	if (why_not != NULL)
		log_warnx("reload: %s; the %s in force stay%s", why_not,
		    a->reloading > 1 ? "certificate and key" : "configuration",
		    a->reloading > 1 ? "" : "s");
	else
		log_info("reload: done");
	a->reloading = 0;
	if (a->reload_timer != NULL)
		event_del(a->reload_timer);
	/* an answer that comes late must not be taken for one to the next reload */
	proc_stop(&a->procs.conf);
	gen_drop(&a->next_gen);
	notify("READY=1");
	if (a->reload_again)
		reload_start(a);
}

static void
on_drain_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;

	(void)fd;
	(void)what;
	log_warnx("%u connections cut", a->conns.n);
	event_base_loopbreak(a->base);
}

void
drain_start(struct agent *a)
{
	struct timeval tv = { DRAIN_TIMEOUT_S, 0 };
	unsigned int i;

	if (a->draining)
		return;
	log_info("ending: what is in flight is finished first");
	notify("STOPPING=1");
	a->draining = 1;
	listen_stop(a);
	for (i = 0; i < WORKERS_MAX; i++) {
		if (a->procs.web[i].running)
			proc_send(&a->procs.web[i], MSG_DRAIN, 0, NULL, NULL, 0);
		if (a->procs.net[i].running)
			proc_send(&a->procs.net[i], MSG_DRAIN, 0, NULL, NULL, 0);
	}
	if ((a->drain_timer = evtimer_new(a->base, on_drain_timeout, a)) != NULL)
		evtimer_add(a->drain_timer, &tv);
	drain_check(a);
}

void
drain_check(struct agent *a)
{
	if (a->draining && a->conns.n == 0)
		event_base_loopbreak(a->base);
}
