/* What changes nothing: status, check; and a copy of the header. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/memfd.h"
#include "fstool/commands.h"
#include "fstool/derive.h"
#include "fstool/device.h"
#include "fstool/dm.h"
#include "fstool/report.h"
#include "fstool/token.h"
#include "fstool/why.h"

#define BANK_SHA256	0x000b

static const char *
bind_name(uint8_t b)
{
	return b == BIND_TPM ? "tpm" : b == BIND_TEE ? "tee" : "tpm+tee";
}

static void
report_tokens(const struct store *s)
{
	const struct header_token *t;
	char text[128];
	unsigned int i;
	size_t j, n;

	report_list("tokens");
	for (j = 0; j < s->facts.ntokens; j++) {
		t = &s->facts.token[j];
		report_element();
		report_number("number", t->number);
		report_number("keyslot", t->slot);
		report_fact("bind", "%s", bind_name(t->bind));
		for (i = 0, n = 0, text[0] = '\0'; i < PCR_COUNT; i++)
			if ((t->pcr_mask >> i & 1) != 0)
				n += (size_t)snprintf(text + n,
				    sizeof(text) - n, "%s%u", n == 0 ? "" :
				    ",", i);
		report_fact("pcrs", "%s", text);
		report_flag("recorded", record_wraps(&s->record, t->number));
	}
	report_list_end();
}

static void
report_header(const struct store *s)
{
	const struct header_facts *f = &s->facts;
	unsigned int i, passwords = 0;

	for (i = 0; i < f->nslots; i++)
		passwords += !f->slot[i].of_token;
	report_fact("header", "%s", s->o->header);
	report_fact("uuid", "%s", f->uuid);
	report_flag("integrity", f->integrity);
	report_number("sector_size", f->sector_size);
	report_number("password_keyslots", passwords);
	report_tokens(s);
	report_flag("recorded", s->entry != NULL);
	if (s->entry != NULL)
		report_number("epoch", s->entry->epoch);
	if (s->have_counter)
		report_number("counter", s->counter);
	if (!s->have_record)
		return;
	report_flag("protected_against_an_older_header",
	    s->record.nv_index != 0);
	if (s->record.nv_index == 0)
		notice("no protection against an older header: it was "
		    "recorded without a TPM, so no counter says which is the "
		    "latest; with a TPM: cosmian_fstool adopt");
}

/* Header, record, and the counter where there is a TPM: all but what is secret. */
static int
look(struct store *s)
{
	int rc;

	if ((rc = store_load(s)) == -1)
		return -1;
	if (rc == 0)
		return could_not("there is no container (%s)", s->o->header);
	if (s->have_record && ask_tpm_there(&s->kids) && geteuid() == 0 &&
	    store_check_counter(s) == -1)
		return -1;
	return 0;
}

int
cmd_check(struct store *s)
{
	if (look(s) == -1)
		return -1;
	report_header(s);
	if (!s->have_record)
		return refused("%s has no record beside it (%s): take it in: "
		    "cosmian_fstool adopt", s->o->header, s->mac);
	if (s->entry == NULL)
		return refused("%s is not the header that was written last",
		    s->o->header);
	return 0;
}

static void
report_volume(struct store *s)
{
	dev_t mounted, active;
	char uuid[128];
	int a;

	report_fact("location", "%s", s->o->location);
	if ((a = dm_find(s->o->name, &active, uuid)) == -1)
		why_clear();	/* no device mapper: nothing is active */
	report_flag("active", a == 1);
	report_flag("mounted", fs_mounted(s->o->mount, &mounted) == 1 &&
	    a == 1 && mounted == active);
	report_fact("mount_point", "%s", s->o->mount);
}

/* Only where a token needs it. */
static void
report_tee(const struct store *s)
{
	size_t i;

	for (i = 0; i < s->facts.ntokens; i++)
		if (s->facts.token[i].bind != BIND_TPM) {
			report_fact("tee", derive_possible(s->o->tee) ? "%s" :
			    "none (%s)", s->o->tee);
			return;
		}
}

static int
report_tpm(struct store *s)
{
	static const uint8_t zero[PCR_DIGEST_MAX];
	struct pcrs_ans now;
	struct target t;
	int capped, there;

	if (ask_pcrs(&s->kids, BANK_SHA256, 1u << PCR_CAP, &now) == -1)
		return -1;
	capped = now.values_len != 0 &&
	    memcmp(now.values, zero, now.values_len) != 0;
	report_flag("capped", capped);
	if (target_find(s, NULL, &t) == -1) {
		report_fact("unseals_at_next_boot", "unknown: %s",
		    why_text());
		why_clear();
		return 0;
	}
	report_flag("root_measured", t.root_measured);
	there = token_is_there(s, &t) &&
	    (t.bind == BIND_TPM || derive_possible(s->o->tee));
	if (there && t.bind != BIND_TPM)	/* capped: it cannot be tried */
		report_fact("unseals_at_next_boot", "if the processor derives "
		    "the same key");
	else
		report_flag("unseals_at_next_boot", there);
	return 0;
}

int
cmd_status(struct store *s)
{
	if (look(s) == -1)
		return -1;
	report_header(s);
	report_volume(s);
	report_tee(s);
	if (!ask_tpm_there(&s->kids)) {
		report_fact("tpm", "none (%s)", s->o->tpm);
		return 0;
	}
	return report_tpm(s);
}

/* Written once, never over something. */
static int
copy_out(const char *path, struct span bytes)
{
	int fd, ok;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return could_not("%s: %s", path, strerror(errno));
	ok = memfd_write(fd, bytes.p, bytes.n) == 0 && fsync(fd) == 0;
	if (!ok) {
		/* a part of a copy would be taken for one, and be in the way */
		could_not("%s: %s", path, strerror(errno));
		unlink(path);
	}
	close(fd);
	return ok ? 0 : -1;
}

int
cmd_backup_header(struct store *s)
{
	struct loaded mac = { .fd = -1 };
	char beside[PATH_MAX];
	int rc;

	if (look(s) == -1)
		return -1;
	if (s->entry == NULL)
		return refused("%s is not the header that was written last: "
		    "it is not worth a copy", s->o->header);
	if (file_beside(s->o->output, ".mac", beside) == -1 ||
	    file_take(s->mac, RECORD_MAX, &mac) != 1)
		return could_not("%s: it is gone", s->mac);
	rc = copy_out(s->o->output, s->header.bytes);
	if (rc == 0)
		rc = copy_out(beside, mac.bytes);
	file_drop(&mac);
	return rc;
}
