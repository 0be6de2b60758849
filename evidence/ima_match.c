/*
 * Every attested entry must be a known file.  What is exempt is said here and
 * nowhere else: boot_aggregate when it is entry 0 and was checked, and files
 * without bytes, which cannot carry code.  A zero file digest is not exempt:
 * with a true template digest it is a digest like another.
 */
#include <string.h>

#include "evidence/ima_match.h"
#include "evidence/limits.h"

struct match {
	struct span		 log;
	const struct fileset	*files;
	const struct fileset	*whitelist;
	int			 boot_ok;
	enum rule		 violation;
	struct checks		*ck;
	size_t			 reported;
	size_t			 waived;	/* violations, by whitelist */
	size_t			 allowed;	/* violations, by the rule */
	struct ima_match	 m;
};

/* One line for a finding, up to the limit; the counts tell the rest. */
static void
report(struct match *m, const char *name, const struct ima_entry *e,
    const char *why)
{
	char path[MAX_CHECK_DETAIL / 2], hex[2 * DIGEST_MAX + 1];

	if (m->reported++ >= MAX_UNKNOWN_FILES)
		return;
	text_escape(e->path, path, sizeof(path));
	if (hex_encode(e->digest, hex, sizeof(hex)) == -1)
		hex[0] = '\0';
	checks_add(m->ck, RESULT_FAIL, name, "%s: %s %s", path, why, hex);
}

/* The user may name a path that is written while it is measured, with a zero
 * digest in the whitelist.  The snapshot, which the agent fills, may not. */
static int
violation_allowed(const struct match *m, const struct ima_entry *e)
{
	return m->whitelist != NULL && span_is_zero(e->digest) &&
	    fileset_has(m->whitelist, e->path, e->digest);
}

static void
violation_found(struct match *m, const struct ima_entry *e)
{
	if (m->violation != RULE_REFUSE) {
		m->allowed++;
		return;
	}
	m->m.violations++;
	report(m, "ima.violation", e,
	    "was written while measured, content unknown");
}

static void
match_entry(struct match *m, const struct ima_entry *e)
{
	size_t number = m->m.entries++;
	int boot = number == 0 && ima_is_boot_aggregate(e);

	/* MD5 is as short or shorter */
	m->m.sha1 += e->decoded && !e->violation && !boot &&
	    e->digest.n <= digest_size(DIGEST_SHA1);
	if (!e->decoded) {
		m->m.undecoded++;
		if (m->reported++ < MAX_UNKNOWN_FILES)
			checks_add(m->ck, RESULT_FAIL, "ima.entry",
			    "entry %zu is of a template or form that is not "
			    "understood", number);
	} else if (e->violation && !violation_allowed(m, e))
		violation_found(m, e);
	else if (boot && m->boot_ok)
		m->m.known++;
	else if (!e->violation && fileset_has(m->files, e->path, e->digest))
		m->m.known++;
	else if (m->whitelist != NULL &&
	    fileset_has(m->whitelist, e->path, e->digest)) {
		m->m.allowed++;
		m->waived += e->violation;
	} else if (digest_is_empty(e->alg, e->digest))
		m->m.empty++;
	else {
		m->m.unknown++;
		report(m, "ima.file", e, fileset_has_path(m->files, e->path) ?
		    "another content than in the snapshot:" :
		    "not in the snapshot:");
	}
}

int
ima_match(struct span log, size_t entries, const struct fileset *files,
    const struct fileset *whitelist, int boot_ok, enum rule violation,
    struct checks *ck, struct ima_match *ret)
{
	struct match m = { .log = log, .files = files, .whitelist = whitelist,
	    .boot_ok = boot_ok, .violation = violation, .ck = ck };
	struct ima_entry e;
	struct cursor c;
	size_t bad;

	cursor_init(&c, log);
	while (m.m.entries < entries && ima_next(&c, &e) == IMA_ENTRY)
		match_entry(&m, &e);
	*ret = m.m;
	bad = m.m.unknown + m.m.violations + m.m.undecoded;
	if (m.reported > MAX_UNKNOWN_FILES)
		checks_add(ck, RESULT_FAIL, "ima.file",
		    "and %zu more are not shown",
		    m.reported - MAX_UNKNOWN_FILES);
	if (m.m.sha1 > 0)
		checks_add(ck, RESULT_WARN, "ima.sha1", "%zu of %zu entries "
		    "have a digest of SHA-1 only (boot parameter ima_hash)",
		    m.m.sha1, m.m.entries);
	/* What the list says of a violation is in no digest. */
	if (m.waived > 0)
		checks_add(ck, RESULT_WARN, "ima.violation",
		    "%zu violations pass by the whitelist, but nothing "
		    "attests which files they were", m.waived);
	if (m.allowed > 0)
		rule_check(ck, violation, "ima.violation", "%zu files were "
		    "written while measured, contents unknown: the policy "
		    "lets them pass", m.allowed);
	if (bad == 0 && m.m.entries == entries)
		return checks_add(ck, RESULT_OK, "ima.files",
		    "%zu entries: %zu in the snapshot, %zu in the whitelist, "
		    "%zu empty files", m.m.entries, m.m.known, m.m.allowed,
		    m.m.empty);
	return checks_add(ck, RESULT_FAIL, "ima.files",
	    "%zu of %zu entries are not accepted: %zu unknown, %zu "
	    "violations, %zu not understood", bad, entries, m.m.unknown,
	    m.m.violations, m.m.undecoded);
}
