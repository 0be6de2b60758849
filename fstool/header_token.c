/*
 * Tokens as systemd-cryptenroll writes them, 250 and later: a secret that the
 * TPM unseals.  PINs, signed PCR policies and PCR locks are refused by name.
 * And ours, into whose secret a key of the TEE is mixed, or which are that key.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/alg.h"
#include "evidence/json.h"
#include "fstool/header_token.h"

/* What may stand in a token; "tpm2-pin" and "tpm2_pcrlock" only with the value
 * that means: not used. */
static const char *const known[] = { "type", "keyslots", "tpm2-blob",
    "tpm2-pcrs", "tpm2-pcr-bank", "tpm2-primary-alg", "tpm2-policy-hash",
    "tpm2-pin", "tpm2_srk", "tpm2_pcrlock", NULL };

static int
members_check(const json_t *o, const struct header_token *t, char *why)
{
	const json_t *pin = json_object_get(o, "tpm2-pin");
	const json_t *lock = json_object_get(o, "tpm2_pcrlock");
	const char *key;
	json_t *v;
	int i;

	if (pin != NULL && !json_is_false(pin))
		return header_refuse(why, "token %u: wants a PIN", t->number);
	if (lock != NULL && !json_is_false(lock))
		return header_refuse(why, "token %u: a PCR lock", t->number);
	if (json_object_get(o, "tpm2_pubkey") != NULL ||
	    json_object_get(o, "tpm2_pubkey_pcrs") != NULL)
		return header_refuse(why, "token %u: a signed PCR policy",
		    t->number);
	json_object_foreach((json_t *)(uintptr_t)o, key, v) {
		for (i = 0; known[i] != NULL && strcmp(known[i], key) != 0; i++)
			;
		if (known[i] == NULL && (t->bind != BIND_TPM_TEE ||
		    strcmp(key, "bind") != 0))
			return header_refuse(why, "token %u: a member that is "
			    "not known", t->number);
	}
	return 0;
}

/* Type and, of ours, what else than the TPM it takes. */
static int
bind_read(const json_t *o, struct header_token *t, char *why)
{
	static const char *const tee[] = { "type", "keyslots", "bind", NULL };
	struct span type, bind;

	if (json_text(json_object_get(o, "type"), &type) == -1)
		type = span_str("");
	if (span_eq_str(type, "systemd-tpm2")) {
		t->bind = BIND_TPM;
		return members_check(o, t, why);
	}
	if (!span_eq_str(type, "cosmian-fstool"))
		return header_refuse(why, "token %u: type other than "
		    "systemd-tpm2 and cosmian-fstool", t->number);
	if (json_text(json_object_get(o, "bind"), &bind) == -1)
		bind = span_str("");
	if (span_eq_str(bind, "tpm+tee")) {
		t->bind = BIND_TPM_TEE;
		return members_check(o, t, why);
	}
	if (!span_eq_str(bind, "tee"))
		return header_refuse(why, "token %u: bound to something else "
		    "than tpm+tee and tee", t->number);
	t->bind = BIND_TEE;
	return json_exact_keys(o, tee) == -1 ? header_refuse(why, "token %u: "
	    "bound to the TEE alone, and with more than that has",
	    t->number) : 0;
}

static int
pcrs_read(const json_t *list, uint32_t *ret)
{
	uint64_t n;
	size_t i;

	*ret = 0;
	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > 24)
		return -1;
	for (i = 0; i < json_array_size(list); i++) {
		if (json_uint(json_array_get(list, i), 23, &n) == -1 ||
		    (*ret >> n & 1) != 0)
			return -1;
		*ret |= 1u << n;
	}
	return 0;
}

/* Base64 with its padding, as systemd writes it. */
static int
padded_base64(const json_t *v, uint8_t *buf, size_t cap, size_t *ret)
{
	struct span s;
	size_t n;

	if (json_text(v, &s) == -1 || s.n == 0 || s.n % 4 != 0)
		return -1;
	n = s.n;
	while (n > s.n - 2 && s.p[n - 1] == '=')
		n--;
	return base64_decode(span_make(s.p, n), buf, cap, ret);
}

static int
slot_of(const json_t *list, struct header_facts *f, unsigned int *ret)
{
	struct span s;
	char text[4];
	size_t i;

	if (!json_is_array(list) || json_array_size(list) != 1 ||
	    json_text(json_array_get(list, 0), &s) == -1 || s.n == 0 ||
	    s.n >= sizeof(text))
		return -1;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (header_key_number(text, HEADER_NUMBERS, ret) == -1)
		return -1;
	for (i = 0; i < f->nslots; i++)
		if (f->slot[i].number == *ret && !f->slot[i].of_token) {
			f->slot[i].of_token = 1;
			return 0;
		}
	return -1;
}

static int
sealed_read(const json_t *o, struct header_token *t, char *why)
{
	const json_t *srk = json_object_get(o, "tpm2_srk");
	struct span bank, alg;
	enum digest_alg d;

	if (pcrs_read(json_object_get(o, "tpm2-pcrs"), &t->pcr_mask) == -1)
		return header_refuse(why, "token %u: PCRs", t->number);
	if (json_text(json_object_get(o, "tpm2-pcr-bank"), &bank) == -1 ||
	    ((d = digest_by_name(bank)) != DIGEST_SHA256 &&
	    d != DIGEST_SHA384))
		return header_refuse(why, "token %u: bank other than sha256 "
		    "and sha384", t->number);
	t->bank = d == DIGEST_SHA256 ? 0x000b : 0x000c;
	if (json_text(json_object_get(o, "tpm2-primary-alg"), &alg) == 0) {
		t->primary_ecc = span_eq_str(alg, "ecc");
		if (!t->primary_ecc && !span_eq_str(alg, "rsa"))
			return header_refuse(why, "token %u: primary key",
			    t->number);
	} else if (srk == NULL)
		return header_refuse(why, "token %u: no primary key named",
		    t->number);
	if (srk != NULL && padded_base64(srk, t->srk, sizeof(t->srk),
	    &t->srk_len) == -1)
		return header_refuse(why, "token %u: tpm2_srk", t->number);
	if (padded_base64(json_object_get(o, "tpm2-blob"), t->blob,
	    sizeof(t->blob), &t->blob_len) == -1)
		return header_refuse(why, "token %u: tpm2-blob", t->number);
	if (json_hex_any(o, "tpm2-policy-hash", t->policy, sizeof(t->policy),
	    &t->policy_len) == -1 || t->policy_len != 32)
		return header_refuse(why, "token %u: policy digest",
		    t->number);
	return 0;
}

int
header_tokens_check(json_t *all, struct header_facts *f, char *why)
{
	struct header_token *t;
	const char *key;
	json_t *v;

	if (!json_is_object(all) || json_object_size(all) > HEADER_TOKENS_MAX)
		return header_refuse(why, "more than %u tokens",
		    HEADER_TOKENS_MAX);
	json_object_foreach(all, key, v) {
		t = &f->token[f->ntokens];
		if (header_key_number(key, HEADER_NUMBERS, &t->number) == -1)
			return header_refuse(why, "a token without number");
		if (bind_read(v, t, why) == -1)
			return -1;
		if (slot_of(json_object_get(v, "keyslots"), f, &t->slot) == -1)
			return header_refuse(why, "token %u: not exactly one "
			    "keyslot, its own", t->number);
		if (t->bind != BIND_TEE && sealed_read(v, t, why) == -1)
			return -1;
		f->ntokens++;
	}
	return 0;
}
