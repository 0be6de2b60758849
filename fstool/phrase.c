#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "fstool/commands.h"
#include "fstool/device.h"
#include "fstool/pass.h"
#include "fstool/why.h"

void
phrase_free(struct phrase *p)
{
	secret_free(&p->text);
	p->len = 0;
}

int
phrase_make(struct phrase *ret)
{
	uint8_t random[SECRET_LEN];
	int rc;

	if (keys_alloc(&ret->text, SLOT_PASS_LEN + 1) == -1)
		return -1;
	rc = keys_random(random, sizeof(random));
	keys_slot_pass(random, (char *)ret->text.p);
	ret->len = SLOT_PASS_LEN;
	explicit_bzero(random, sizeof(random));
	return rc;
}

/* 1 and "file:PATH", when the volume is mounted and holds its own password. */
static int
kept_password(const struct store *s, char *how, size_t cap)
{
	dev_t dev;
	int n;

	n = snprintf(how, cap, "file:%s/luks_password", s->o->mount);
	if (n < 0 || (size_t)n >= cap || fs_mounted(s->o->mount, &dev) != 1)
		return 0;
	return file_there(how + 5) == 1;
}

int
phrase_read(struct store *s, const char *prompt, int twice,
    struct phrase *ret)
{
	const char *how = s->o->password;
	char kept[PATH_MAX + 32];

	if (how == NULL && !twice && kept_password(s, kept, sizeof(kept)))
		how = kept;
	if (pass_read(how, prompt, twice, &ret->text, &ret->len) == -1)
		return -1;
	if (!twice && recovery_read((char *)ret->text.p, ret->text.n,
	    &ret->len) == -1) {
		phrase_free(ret);
		return -1;
	}
	return 0;
}
