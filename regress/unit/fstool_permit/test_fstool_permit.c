/*
 * What the children of cosmian_fstool may say, as data: what has no row is
 * refused, what breaks a row in one point is refused, and table and list of
 * messages agree. Everything here is generated from FS_LIST and the table, so
 * a new message cannot be forgotten.
 */
#include "fstool/permit.h"
#include "fstool/roles.h"
#include "privsep/wire.h"
#include "regress/unit/check.h"

#define TYPE_BEYOND	(FS_MAX + 16)	/* types and roles that do not exist */
#define ROLE_BEYOND	(FSTOOL_MAX + 2)

#define FS_ROW(name, value)	{ #name, value },
static const struct {
	const char	*name;
	unsigned int	 type;
} messages[] = { FS_LIST(FS_ROW) };
#define NMESSAGES	(sizeof(messages) / sizeof(messages[0]))

static unsigned int
rows_of(unsigned int from, unsigned int type)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < nfstool_permits; i++)
		n += fstool_permits[i].from == from &&
		    fstool_permits[i].type == type;
	return n;
}

/* The request after which this may come; 0: none, the child was just started. */
static unsigned int
request_of(unsigned int type)
{
	return type == FS_HELLO_REQ ? 0 : type - 1;
}

/* 1 when it may pass. */
static unsigned int
one_triple(unsigned int from, unsigned int type, unsigned int open)
{
	const char *rule = fstool_permit_refuses(from, type, open, 8, 0);

	if (rows_of(from, type) == 0)
		CHECK_STR(rule, "not permitted to this process");
	else if (open != request_of(type))
		CHECK_STR(rule, "not asked for");
	return rule == NULL;
}

static void
test_every_triple(void)
{
	unsigned int from, type, open, passed = 0;

	test_begin("every sender, type, and question that is open");
	for (from = 0; from < ROLE_BEYOND; from++)
		for (type = 0; type < TYPE_BEYOND; type++)
			/* what is asked is even */
			for (open = 0; open < TYPE_BEYOND; open += 2)
				passed += one_triple(from, type, open);
	/* one for each row, and HELLO has another length */
	CHECK_INT(passed, nfstool_permits - 2);
	CHECK(fstool_permit_refuses(FSTOOL_PARSE, 0xffff, 0xfffe, 8, 0) !=
	    NULL);
}

/* One row, broken in one point after the other. */
static void
check_row(const struct fstool_permit *p)
{
	const unsigned int open = request_of(p->type);
	const size_t lo = p->min_len, hi = p->max_len;

#define REFUSES(len, nfds)	\
	fstool_permit_refuses(p->from, p->type, open, (len), (nfds))
	CHECK(REFUSES(lo, 0) == NULL);
	CHECK(REFUSES(hi, 0) == NULL);
	CHECK_STR(REFUSES(lo - 1, 0), "wrong length");
	CHECK_STR(REFUSES(hi + 1, 0), "wrong length");
	CHECK_STR(REFUSES(SIZE_MAX, 0), "wrong length");
	CHECK_STR(REFUSES(lo, 1), "wrong number of descriptors");
	CHECK_STR(REFUSES(lo, -1), "wrong number of descriptors");
#undef REFUSES
}

static void
test_rows(void)
{
	const struct fstool_permit *p;
	size_t i;

	test_begin("every row");
	for (i = 0; i < nfstool_permits; i++) {
		p = &fstool_permits[i];
		check_row(p);
		CHECK_INT(rows_of(p->from, p->type), 1);
		CHECK(p->from == FSTOOL_PARSE || p->from == FSTOOL_TPM);
		CHECK(p->min_len > 0 && p->min_len <= p->max_len);
		CHECK(p->max_len <= FRAME_MAX);
		/* a child answers; of its own accord it says HELLO only */
		CHECK((p->type & 1) != 0 || p->type == FS_HELLO_REQ);
	}
}

/* An answer is one process's; a request is none's but the front's. */
static void
test_messages(void)
{
	unsigned int type, rows;
	size_t i;

	test_begin("every message");
	for (i = 0; i < NMESSAGES; i++) {
		type = messages[i].type;
		CHECK(type != 0 && type < FS_MAX);
		CHECK_STR(fs_name(type), messages[i].name);
		rows = rows_of(FSTOOL_PARSE, type) + rows_of(FSTOOL_TPM, type);
		if (type == FS_HELLO_REQ)
			CHECK_INT(rows, 2);
		else if (!CHECK_INT(rows, (type & 1) != 0 &&
		    type != FS_HELLO_ANS))
			printf("\t%s\n", messages[i].name);
		CHECK_INT(rows_of(FSTOOL_FRONT, type), 0);
	}
	CHECK_STR(fs_name(0), "UNKNOWN");
	CHECK_STR(fs_name(0xffff), "UNKNOWN");
}

static void
test_program(void)
{
	const struct peer_program *p = fstool_program();

	test_begin("the program");
	CHECK(p->refuses == fstool_permit_refuses);
	CHECK(p->roles == fstool_roles);
	CHECK_INT(p->hello, FS_HELLO_REQ);
	CHECK_INT(p->version, FS_VERSION);
	/* as root they have a uid of their own, and nobody else's */
	CHECK(p->uid_base >= 64240);
	CHECK(fstool_roles[FSTOOL_PARSE].uid_off != 0);
	CHECK(fstool_roles[FSTOOL_TPM].uid_off != 0);
}

int
main(void)
{
	test_every_triple();
	test_rows();
	test_messages();
	test_program();
	return test_end();
}
